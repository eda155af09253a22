/**
 * Pages decompressed outside of parquet-wasm: the length is known beforehand, so that a bomb ends where it has to, and a page
 * of another length than it states is found.
 */

import type { Transform } from 'node:stream'
import zlib from 'node:zlib'
import { RefusedError } from '../../shared/errors.ts'
import type { Compression } from '../format/enumerations.ts'
import { SNAPPY_SLACK, SnappyError, snappyDecompress, snappyLength } from './snappy.ts'

export interface NodeCompression {
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

export const NODE_COMPRESSIONS: Partial<Record<Compression, NodeCompression>> = {
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

export const GOES_ON = 'it goes on after its end'
/** Bytes that SNAPPY is decompressed to in one call: see BLOCK_ROWS. */
export const SNAPPY_CALL_BYTES = 16 * 1024
/** The first call is shorter: see BLOCK_ROWS. */
const FIRST_CALL_BYTES = 1024

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
      const stop = Math.min(length, at + (at === 0 ? FIRST_CALL_BYTES : SNAPPY_CALL_BYTES))
      const end = snappyDecompress(
        state,
        { bytes: input, isLast: true },
        { bytes: scratch.bytes, at, stop, limit: length },
      )
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

/** Of a page, whose place is known to who has it read. */
export class DamagedPageError extends RefusedError {
  /** What is wrong, after "the page at byte ...". */
  readonly what: string

  constructor(what: string, cause?: unknown) {
    super('corrupt', `the file is damaged: a page ${what}`, cause === undefined ? {} : { cause })
    this.what = what
  }
}

export function undecodable(error: unknown): RefusedError {
  if (error instanceof RefusedError) return error
  const what = error instanceof SnappyError ? ` (${error.message})` : ''
  return new DamagedPageError(`cannot be decompressed${what}`, error)
}

export function wrongLength(got: number | string, stated: number): RefusedError {
  return new DamagedPageError(`of ${stated} bytes decompresses to ${got}`)
}
