/**
 * Decompresses pages without parquet-wasm, to a length that is known beforehand: a bomb ends there, and a page whose
 * length differs from its header is found.
 */

import type { Transform } from 'node:stream'
import zlib from 'node:zlib'
import { RefusedError } from '../../shared/errors.ts'
import { keptMemory } from '../../shared/kept-memory.ts'
import type { Compression } from '../format/enumerations.ts'
import { SNAPPY_SLACK, SnappyError, snappyDecompress, snappyLength } from './snappy.ts'
import { snappyInWasm } from './snappy-wasm.ts'

export interface NodeCompression {
  readonly whole: (
    bytes: Uint8Array,
    options: { readonly maxOutputLength: number; readonly finishFlush?: number },
  ) => Uint8Array
  /** The flush mode that lets the bytes end anywhere. */
  readonly flush: number
  /** The longest stretch of compressed bytes that is only decompressed as a whole. */
  readonly unitBytes: number
  readonly stream: () => Transform
}

export const NODE_COMPRESSIONS: Partial<Record<Compression, NodeCompression>> = {
  GZIP: { whole: zlib.gunzipSync, stream: zlib.createGunzip, flush: zlib.constants.Z_SYNC_FLUSH, unitBytes: 1 },
  BROTLI: {
    whole: zlib.brotliDecompressSync,
    stream: zlib.createBrotliDecompress,
    flush: zlib.constants.BROTLI_OPERATION_FLUSH,
    unitBytes: 1,
  },
  // Node has it since 22.15; before, parquet-wasm decompresses it
  ...(zlib.zstdDecompressSync && {
    ZSTD: {
      whole: zlib.zstdDecompressSync,
      stream: zlib.createZstdDecompress,
      flush: zlib.constants.ZSTD_e_flush,
      unitBytes: 128 * 1024,
    },
  }),
}

/** Whether pages with this compression can be decompressed here. */
export function canDecompress(compression: Compression): boolean {
  return compression === 'UNCOMPRESSED' || compression === 'SNAPPY' || NODE_COMPRESSIONS[compression] !== undefined
}

export const GOES_ON = 'it goes on after its end'
/** Bytes that SNAPPY decompresses in one call: see BLOCK_ROWS. */
export const SNAPPY_CALL_BYTES = 16 * 1024
/** The first call is shorter: see BLOCK_ROWS. */
const FIRST_CALL_BYTES = 1024

/** Memory for one decompressed page, used for page after page. */
export interface Scratch {
  bytes: Uint8Array
}

/**
 * @param compressed may be empty only if `length` is 0
 * @param length of the decompressed bytes, as the page states it
 * @param scratch the result may be a view of it
 * @throws RefusedError `corrupt` when they have another length
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

/** Starting wasm takes a millisecond. */
const MIN_WASM_BYTES = 4 * 1024
/** Where a page has few repetitions, the copies into the memory of wasm and out of it take longer. */
const MAX_WASM_SHARE = 0.9

function isForWasm(compressed: Uint8Array, length: number): boolean {
  return length >= MIN_WASM_BYTES && compressed.length <= MAX_WASM_SHARE * length
}

/** @returns at least `enough` bytes, and the number of compressed bytes that are left */
function unsnapped(compressed: Uint8Array, length: number, enough: number, scratch: Scratch) {
  if (scratch.bytes.length < length + SNAPPY_SLACK) scratch.bytes = new Uint8Array(keptMemory(length + SNAPPY_SLACK))
  try {
    const stated = snappyLength(compressed)
    if (stated.value !== length) throw wrongLength(stated.value, length)
    const { bytes } = scratch
    let input = compressed.subarray(stated.end)
    if (enough === length && isForWasm(input, length) && snappyInWasm(input, bytes, length)) {
      return { plain: bytes.subarray(0, length), left: 0 }
    }
    const state = { used: 0, literal: 0 }
    let at = 0
    while (at < enough) {
      const stop = Math.min(length, at + (at === 0 ? FIRST_CALL_BYTES : SNAPPY_CALL_BYTES))
      const end = snappyDecompress(state, { bytes: input, isLast: true }, { bytes, at, stop, limit: length })
      if (end === at) throw wrongLength(end, length)
      at = end
      input = input.subarray(state.used)
    }
    return { plain: bytes.subarray(0, at), left: input.length }
  } catch (error) {
    throw undecodable(error)
  }
}

/**
 * The first bytes of the result of `decompress`, at least `enough` of them.
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
  // incompressible bytes are hardly longer than before
  const start = compressed.subarray(0, Math.max(2 * enough, node?.unitBytes ?? 0))
  if (!node || start.length === compressed.length) return decompress(compressed, compression, length, scratch)
  try {
    const plain = node.whole(start, { maxOutputLength: length, finishFlush: node.flush })
    if (plain.length >= enough) return plain
  } catch {
    // the whole page decides whether it is damaged
  }
  return decompress(compressed, compression, length, scratch)
}

function inflate({ whole }: NodeCompression, bytes: Uint8Array, length: number): Uint8Array {
  try {
    const plain = whole(bytes, { maxOutputLength: Math.max(1, length) })
    if (plain.length !== length) throw wrongLength(plain.length, length)
    // not a Buffer, whose slice would be a view
    return new Uint8Array(plain.buffer, plain.byteOffset, plain.length)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw wrongLength(`more than ${length}`, length)
    }
    throw undecodable(error)
  }
}

/** A damaged page. The caller knows its place in the file. */
export class DamagedPageError extends RefusedError {
  /** The fault, as the end of a sentence that begins with "the page at byte ...". */
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
