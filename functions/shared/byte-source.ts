/**
 * Bytes that can be read at any place: a local file, an S3 object, an array in a test.
 *
 * `slice` resolves to exactly `end - start` bytes or rejects. The caller may offer room for the bytes; the result is then
 * valid until that room is used again.
 */
export interface ByteSource {
  /** Size of the whole. */
  readonly byteLength: number
  /** Each read is a request over a network, so that a few long reads are better than many short ones. */
  readonly isRemote?: boolean
  /**
   * Reads a range of bytes.
   * @param start offset of the first byte
   * @param end offset behind the last byte
   * @param room if given, the bytes may be put into the array that it returns
   */
  slice(start: number, end: number, room?: Room): Promise<Uint8Array>
}

/** Returns room for `length` bytes. */
export type Room = (length: number) => Uint8Array

/** Bytes of a source that are read at a time when all of them are wanted. */
const SLICE_BYTES = 4 * 1024 * 1024

/** Bytes in memory as a source. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  return { byteLength: bytes.length, slice: async (start, end) => bytes.subarray(start, end) }
}

/** Bytes in order, piece by piece; each piece is valid until the next one is asked for. */
export type BytePieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** The bytes of an output: `appended`, the input and then these bytes; `compacted`, these bytes alone. */
export interface OutputBytes {
  readonly layout: 'appended' | 'compacted'
  /** Undefined: parquet. */
  readonly contentType?: string
  bytes(): BytePieces
}

/** Yields all bytes of the output. */
export async function* wholeOutput(input: ByteSource, output: OutputBytes): AsyncGenerator<Uint8Array> {
  if (output.layout === 'appended') yield* piecesBetween(input, 0, input.byteLength)
  yield* output.bytes()
}

/** Yields the bytes `start` to `end` (exclusive). */
export async function* piecesBetween(source: ByteSource, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += SLICE_BYTES) yield await source.slice(at, Math.min(end, at + SLICE_BYTES))
}
