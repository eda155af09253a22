/**
 * Pages decompressed outside of parquet-wasm: the length is known beforehand, so that a bomb ends where it has to, and a page
 * of another length than it states is found.
 */

import type { Transform } from 'node:stream'
import zlib from 'node:zlib'
import type { Bytes } from '../../shared/byte-window.ts'
import { concatBytes } from '../../shared/concat-bytes.ts'
import { RefusedError } from '../../shared/errors.ts'
import { checkFits } from '../../shared/memory-budget.ts'
import { type Compression, DATA_PAGE_V2 } from '../format/enumerations.ts'
import { DATA_PAGE_HEADER_V2, PAGE_HEADER } from '../format/fields.ts'
import { ThriftStruct, thrift } from '../format/thrift.ts'
import { FarCopyError, SNAPPY_SLACK, SnappyError, snappyDecompress, snappyLength } from './snappy.ts'

interface NodeCompression {
  readonly whole: (
    bytes: Uint8Array,
    options: { readonly maxOutputLength: number; readonly finishFlush?: number },
  ) => Uint8Array
  /** With which the bytes may end anywhere. */
  readonly flush: number
  /** The longest piece that is decompressed at once. */
  readonly blockBytes: number
  readonly stream: () => Transform
}

const NODE_COMPRESSIONS: Partial<Record<Compression, NodeCompression>> = {
  GZIP: { whole: zlib.gunzipSync, stream: zlib.createGunzip, flush: zlib.constants.Z_SYNC_FLUSH, blockBytes: 1 },
  BROTLI: {
    whole: zlib.brotliDecompressSync,
    stream: zlib.createBrotliDecompress,
    flush: zlib.constants.BROTLI_OPERATION_FLUSH,
    blockBytes: 1,
  },
  // not in Node before 22.15, where parquet-wasm does it
  ...(zlib.zstdDecompressSync && {
    ZSTD: {
      whole: zlib.zstdDecompressSync,
      stream: zlib.createZstdDecompress,
      flush: zlib.constants.ZSTD_e_flush,
      blockBytes: 128 * 1024,
    },
  }),
}

/** Whether pages with this compression can be decompressed here. */
export function canDecompress(compression: Compression): boolean {
  return compression === 'UNCOMPRESSED' || compression === 'SNAPPY' || NODE_COMPRESSIONS[compression] !== undefined
}

const GOES_ON = 'it goes on after its end'
/** Bytes that SNAPPY is decompressed to in one call: see BLOCK_ROWS. */
const [FIRST_CALL_BYTES, CALL_BYTES] = [1024, 16 * 1024]

/** Room for one decompressed page, used again and again. */
export interface Scratch {
  bytes: Uint8Array
}

/**
 * @param compressed not empty, or `length` is 0
 * @param length bytes that it has to decompress to
 * @param scratch the result may be a view of it
 * @throws RefusedError `corrupt` when it does not
 */
export function decompress(
  compressed: Uint8Array,
  compression: Compression,
  length: number,
  scratch: Scratch,
): Uint8Array {
  if (compression === 'UNCOMPRESSED' || (compressed.length === 0 && length === 0)) return compressed
  if (compression !== 'SNAPPY') return inflate(NODE_COMPRESSIONS[compression]!, compressed, length)
  const { plain, left } = unsnapped(compressed, length, length, scratch)
  if (left > 0) throw undecodable(new SnappyError(GOES_ON))
  return plain
}

/** @returns `enough` bytes or some more, and how many compressed ones are left */
function unsnapped(compressed: Uint8Array, length: number, enough: number, scratch: Scratch) {
  if (scratch.bytes.length < length + SNAPPY_SLACK) scratch.bytes = new Uint8Array(length + SNAPPY_SLACK)
  try {
    const stated = snappyLength(compressed)
    if (stated.value !== length) throw wrongLength(stated.value, length)
    const state = { used: 0, literal: 0 }
    let input = compressed.subarray(stated.end)
    let at = 0
    while (at < enough) {
      const stop = Math.min(length, at + (at === 0 ? FIRST_CALL_BYTES : CALL_BYTES))
      const end = snappyDecompress(state, input, true, scratch.bytes, at, stop, length)
      if (end === at) throw wrongLength(end, length)
      at = end
      input = input.subarray(state.used)
    }
    return { plain: scratch.bytes.subarray(0, at), left: input.length }
  } catch (error) {
    throw undecodable(error)
  }
}

/**
 * The first bytes of what `decompress` returns: `enough` of them or more.
 * @param enough at most `length`
 * @throws RefusedError `corrupt`
 */
export function decompressStart(
  compressed: Uint8Array,
  compression: Compression,
  length: number,
  enough: number,
  scratch: Scratch,
): Uint8Array {
  if (compression === 'SNAPPY') return unsnapped(compressed, length, enough, scratch).plain
  const node = NODE_COMPRESSIONS[compression]
  // what does not compress well is as long as it was, and little longer
  const start = compressed.subarray(0, Math.max(2 * enough, node?.blockBytes ?? 0))
  if (!node || start.length === compressed.length) return decompress(compressed, compression, length, scratch)
  try {
    const plain = node.whole(start, { maxOutputLength: length, finishFlush: node.flush })
    if (plain.length >= enough) return plain
  } catch {
    // it may be as long as it states: the whole of it tells
  }
  return decompress(compressed, compression, length, scratch)
}

/** What a copy may reach back in what is still held; compressors of today work in blocks of 64 KiB. */
const HISTORY_BYTES = 64 * 1024
/** What is decompressed before the history is moved to the front. */
const STREAMED_BYTES = 256 * 1024
/** Enough for one call, whatever it is that is compressed. */
const COMPRESSED_BYTES = 2 * CALL_BYTES

/** Compressed bytes that can be read once more. */
export interface Again {
  readonly length: number
  read(): Promise<Uint8Array>
}

/**
 * A page that is too long to be held.
 * @param length bytes that it has to decompress to
 * @param again the same bytes from the first on, and how many they are, for SNAPPY with copies from far back
 * @throws RefusedError `corrupt` when it does not, `too-big` when it would have to be held and is too long
 */
export async function* decompressStream(
  bytes: Bytes,
  compression: Compression,
  length: number,
  limitBytes: number,
  again: Again,
): AsyncGenerator<Uint8Array> {
  if (compression === 'SNAPPY') {
    yield* snappyStream(bytes, length, limitBytes, again)
    return
  }
  let left = length
  for await (const piece of compression === 'UNCOMPRESSED'
    ? piecesOf(bytes)
    : inflateStream(NODE_COMPRESSIONS[compression]!, bytes)) {
    left -= piece.length
    if (left < 0) throw wrongLength(`more than ${length}`, length)
    yield piece
  }
  if (left > 0) throw wrongLength(length - left, length)
}

async function* snappyStream(
  bytes: Bytes,
  length: number,
  limitBytes: number,
  again: Again,
): AsyncGenerator<Uint8Array> {
  const out = new Uint8Array(HISTORY_BYTES + STREAMED_BYTES + CALL_BYTES + 2 * SNAPPY_SLACK)
  const state = { used: 0, literal: 0 }
  let [done, at] = [0, 0]
  try {
    const stated = snappyLength(await bytes.atLeast(5))
    if (stated.value !== length) throw wrongLength(stated.value, length)
    bytes.advance(stated.end)
    while (done < length) {
      const input = await bytes.atLeast(COMPRESSED_BYTES)
      if (input.length === 0) throw wrongLength(done, length)
      const limit = at + length - done
      const stop = Math.min(limit, at + CALL_BYTES)
      const end = snappyDecompress(state, input, input.length < COMPRESSED_BYTES, out, at, stop, limit)
      bytes.advance(state.used)
      if (end === at && state.used === 0) throw wrongLength(done, length)
      done += end - at
      yield out.subarray(at, end)
      at = end
      if (at < HISTORY_BYTES + STREAMED_BYTES) continue
      out.copyWithin(0, end - HISTORY_BYTES, end)
      at = HISTORY_BYTES
    }
    if ((await bytes.atLeast(1)).length > 0) throw new SnappyError(GOES_ON)
  } catch (error) {
    if (!(error instanceof FarCopyError)) throw undecodable(error)
    checkFits('a page with references to far back', again.length + 2 * length, limitBytes)
    yield decompress(await again.read(), 'SNAPPY', length, { bytes: new Uint8Array(0) }).subarray(done)
  }
}

async function* piecesOf(bytes: Bytes): AsyncGenerator<Uint8Array> {
  for (;;) {
    const piece = await bytes.atLeast(1)
    if (piece.length === 0) return
    yield piece
    bytes.advance(piece.length)
  }
}

async function* inflateStream({ stream }: NodeCompression, bytes: Bytes): AsyncGenerator<Uint8Array> {
  const { pipeline, Readable } = await import('node:stream')
  // the stream keeps what it is given, so it gets bytes of its own
  const copies = (async function* () {
    for await (const piece of piecesOf(bytes)) yield piece.slice()
  })()
  try {
    // an error of any part comes out where the last one is read
    yield* pipeline(Readable.from(copies, { objectMode: false }), stream(), () => {})
  } catch (error) {
    throw undecodable(error)
  } finally {
    // the stream reads ahead: nobody else may look at the bytes before that has ended
    await copies.return(undefined)
  }
}

function inflate({ whole }: NodeCompression, bytes: Uint8Array, length: number): Uint8Array {
  try {
    const plain = whole(bytes, { maxOutputLength: Math.max(1, length) })
    if (plain.length !== length) throw wrongLength(plain.length, length)
    // a Buffer's slice is no copy
    return new Uint8Array(plain.buffer, plain.byteOffset, plain.length)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw wrongLength(`more than ${length}`, length)
    }
    throw undecodable(error)
  }
}

/** The compression of pages after `uncompressedPage`. */
export function compressionAfter(compression: Compression): Compression {
  return NODE_COMPRESSIONS[compression] ? 'UNCOMPRESSED' : compression
}

/** A page of which header and body are there. */
export interface CompressedPage {
  readonly kind: number
  /** Header and body. */
  readonly bytes: Uint8Array
  readonly headerLength: number
  readonly uncompressedLength: number
  /** Of a v2 page, whose levels are never compressed. */
  readonly levelsLength: number
  readonly isCompressed: boolean
}

/**
 * The page as one that is not compressed, header included; as it is if it is SNAPPY or only parquet-wasm can decompress it.
 * @throws RefusedError `corrupt` when it is not as long as it states
 */
export function uncompressedPage(page: CompressedPage, compression: Compression): Uint8Array {
  const { levelsLength, isCompressed, bytes, headerLength, uncompressedLength } = page
  const body = bytes.subarray(headerLength)
  const length = uncompressedLength - levelsLength
  const values = body.subarray(levelsLength)
  if (!NODE_COMPRESSIONS[compression]) {
    // SNAPPY begins with the length of what it holds; parquet-wasm takes that for the truth
    if (compression === 'SNAPPY' && isCompressed && values.length > 0) checkSnappyLength(values, length)
    return bytes
  }
  const plain = decompress(values, isCompressed ? compression : 'UNCOMPRESSED', length, { bytes: new Uint8Array(0) })
  const header = new ThriftStruct(bytes)
  const size = thrift.i32(uncompressedLength)
  const details =
    page.kind === DATA_PAGE_V2
      ? header.struct(PAGE_HEADER.dataPageHeaderV2)?.with({ [DATA_PAGE_HEADER_V2.isCompressed]: thrift.boolean(false) })
      : undefined
  // no checksum: that of the compressed bytes has been checked
  const plainHeader = header.with({
    [PAGE_HEADER.uncompressedPageSize]: size,
    [PAGE_HEADER.compressedPageSize]: size,
    [PAGE_HEADER.crc]: undefined,
    ...(details && { [PAGE_HEADER.dataPageHeaderV2]: details }),
  })
  return concatBytes([plainHeader.raw, body.subarray(0, levelsLength), plain])
}

function checkSnappyLength(compressed: Uint8Array, length: number): void {
  let stated: number
  try {
    stated = snappyLength(compressed).value
  } catch (error) {
    throw undecodable(error)
  }
  if (stated !== length) throw wrongLength(stated, length)
}

/** Of a page, whose place is known to who has it read. */
export class DamagedPageError extends RefusedError {
  /** What is wrong, after "the page at byte ...". */
  readonly what: string

  constructor(what: string, cause?: unknown) {
    super('corrupt', `the file is damaged: a page ${what}`, cause === undefined ? {} : { cause })
    this.what = what
  }
}

function undecodable(error: unknown): RefusedError {
  if (error instanceof RefusedError) return error
  const what = error instanceof SnappyError ? ` (${error.message})` : ''
  return new DamagedPageError(`cannot be decompressed${what}`, error)
}

function wrongLength(got: number | string, stated: number): RefusedError {
  return new DamagedPageError(`of ${stated} bytes decompresses to ${got}`)
}
