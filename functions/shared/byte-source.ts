/**
 * Bytes that can be read at any place: a local file, an S3 object, an array in a test.
 *
 * `slice` resolves to exactly `end - start` bytes or rejects. The caller may offer room that the bytes may be put into; the
 * result is then valid until that is used again.
 */
export interface ByteSource {
  /** Size of the whole. */
  readonly byteLength: number
  /**
   * Reads a range of bytes.
   * @param start offset of the first byte
   * @param end offset behind the last byte
   * @param room if given, the bytes may be put into the array that it returns
   */
  slice(start: number, end: number, room?: Room): Promise<Uint8Array>
}

/** Gives a place for so many bytes. */
export type Room = (length: number) => Uint8Array

const PIECE_BYTES = 4 * 1024 * 1024

/** All bytes of the source, then the pieces. */
export async function* followedBy(
  source: ByteSource,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* piecesOf(source, source.byteLength)
  yield* pieces
}

/** The first `byteLength` bytes of the source. */
export async function* piecesOf(source: ByteSource, byteLength: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < byteLength; at += PIECE_BYTES)
    yield await source.slice(at, Math.min(byteLength, at + PIECE_BYTES))
}
