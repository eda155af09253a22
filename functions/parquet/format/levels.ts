/**
 * Definition levels of one bit, 1 = has a value: runs of equal levels, and groups of eight.
 * Source:
 * https://github.com/apache/parquet-format/blob/master/Encodings.md#run-length-encoding--bit-packing-hybrid-rle--3
 */
import { BLOCK_ROWS, blockEnd } from '../../shared/block-rows.ts'
import { setBits } from './bits.ts'
import { HybridReader } from './hybrid.ts'
import { putVarint, readVarint } from './varint.ts'

/** Fewer bytes of eight equal levels than this are packed with their neighbours. */
const RUN_BYTES = 4

/**
 * @param valid one bit per row, least significant first
 * @param nulls number of rows without a value
 */
export function encodeLevels(valid: Uint8Array, rows: number, nulls: number): Uint8Array {
  // where the chunk states no nulls, fastparquet expects one run of all rows and skips it unread
  if (nulls === 0) return oneRun(rows)
  const bytes = (rows + 7) >> 3
  // at most a header for each byte of levels
  const out = new Uint8Array(2 * bytes + 16)
  let at = 0
  /** Bytes before it are encoded. */
  let from = 0
  for (let start = 0; start < bytes; ) {
    const level = valid[start]!
    let end = start + 1
    if (level === 0 || level === 255) while (end < bytes && valid[end] === level) end++
    if (end - start >= RUN_BYTES) {
      at = putPacked(valid, from, start, out, at)
      at = putVarint(Math.min(8 * (end - start), rows - 8 * start) << 1, out, at)
      out[at++] = level & 1
      from = end
    }
    start = end
  }
  return out.subarray(0, putPacked(valid, from, bytes, out, at))
}

/** Puts the levels in the bytes `from` to `to` (exclusive), if there are any. @returns where to go on */
function putPacked(valid: Uint8Array, from: number, to: number, out: Uint8Array, start: number): number {
  if (from === to) return start
  let at = putVarint(((to - from) << 1) | 1, out, start)
  for (let i = from; i < to; i++) out[at++] = valid[i]!
  return at
}

/** Memory that `oneBitLevels` allocates per level. */
export const ONE_BIT_BYTES = 3 / 8

/**
 * Converts the levels of a field of nested structs, any of which may be null, to one bit: 1 where the field itself has
 * a value.
 * @param highest the level of a row that has a value
 * @returns undefined when there are fewer levels than `count`, or higher ones
 */
export function oneBitLevels(levels: Uint8Array, count: number, highest: number): Uint8Array | undefined {
  const reader = new HybridReader(32 - Math.clz32(highest))
  const valid = new Uint8Array((count + 7) >> 3)
  const block = new Int32Array(Math.min(count, BLOCK_ROWS))
  let nulls = 0
  for (let from = 0, to = 0, at = 0; from < count; from = to) {
    to = blockEnd(from, count)
    const used = reader.read(levels.subarray(at), block, to - from)
    if (used < 0) return undefined
    at += used
    for (let i = 0; i < to - from; i++) {
      if (block[i]! > highest) return undefined
      if (block[i] === highest) setBits(valid, from + i, from + i + 1)
      else nulls++
    }
  }
  return encodeLevels(valid, count, nulls)
}

function oneRun(rows: number): Uint8Array {
  const out = new Uint8Array(6)
  const at = putVarint(2 * rows, out, 0)
  out[at] = 1
  return out.subarray(0, at + 1)
}

/** The number of set bits of each byte. */
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length)

/**
 * Counts the levels that are zero.
 * @returns undefined when there are fewer levels than `count`, or others than 0 and 1
 */
export function countZeros(levels: Uint8Array, count: number): number | undefined {
  let zeros = 0
  let at = 0
  for (let left = count; left > 0; ) {
    const read = readVarint(levels, at)
    if (!read) return undefined
    const { value: header } = read
    at = read.end
    if (header % 2 === 0) {
      const run = Math.min(left, header / 2)
      if (run === 0 || at >= levels.length || levels[at]! > 1) return undefined
      if ((levels[at++]! & 1) === 0) zeros += run
      left -= run
      continue
    }
    for (let group = (header - 1) / 2; group > 0 && left > 0; group--) {
      const byte = levels[at++]
      if (byte === undefined) return undefined
      const bits = Math.min(8, left)
      zeros += bits - ONES[byte & ((1 << bits) - 1)]!
      left -= bits
    }
  }
  return zeros
}

/** Definition levels in order, for pages in which `countZeros` has found nulls. */
export class LevelReader {
  readonly #levels: Uint8Array
  #at = 0
  #repeated = 0
  #level = 0
  /** Levels left of the current packed groups, and the bit of the next one. */
  #packed = 0
  #bit = 0

  constructor(levels: Uint8Array) {
    this.#levels = levels
  }

  /** Whether the next row has a value. */
  next(): boolean {
    for (;;) {
      if (this.#repeated > 0) {
        this.#repeated--
        return this.#level === 1
      }
      if (this.#packed > 0) {
        const has = (this.#levels[this.#at + (this.#bit >> 3)]! >> (this.#bit & 7)) & 1
        this.#bit++
        if (--this.#packed === 0) this.#at += this.#bit >> 3
        return has === 1
      }
      const { value: header, end } = readVarint(this.#levels, this.#at)!
      this.#at = end
      if (header % 2 === 0) {
        this.#repeated = header / 2
        this.#level = this.#levels[this.#at++]!
      } else {
        this.#packed = 4 * (header - 1)
        this.#bit = 0
      }
    }
  }
}
