/**
 * Writes SNAPPY and LZ4: literal bytes and matches, which repeat earlier bytes.
 * Formats: https://github.com/google/snappy/blob/main/format_description.txt
 * and https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */
import { putVarint } from '../format/varint.ts'

/** Takes literals, each followed by a match. */
export interface MatchOutput {
  /** Appends the bytes `from` to `to` (exclusive), then repeats `length` bytes that begin `distance` before the end. */
  put(bytes: Uint8Array, from: number, to: number, distance: number, length: number): void
}

/** LZ4 requires literals in the last five bytes, and no match that begins in the last twelve. */
export const LZ4_END_BYTES = 12

/** The shortest match. */
export const MIN_MATCH = 4

/** Grows with the pages and is used again. */
let scratch = new Uint8Array(0)
/** The buffer of an unusually long page is not kept. */
const KEPT_SCRATCH_BYTES = 4 * 1024 * 1024

function roomFor(bytes: number): Uint8Array {
  // a match of four bytes takes three, and the header of the literals before it at most five
  const needed = 2 * bytes + 64
  if (needed > KEPT_SCRATCH_BYTES) return new Uint8Array(needed)
  if (scratch.length < needed) scratch = new Uint8Array(needed)
  return scratch
}

export class SnappyOutput implements MatchOutput {
  readonly #out: Uint8Array
  #at: number

  constructor(length: number) {
    this.#out = roomFor(length)
    this.#at = putVarint(length, this.#out, 0)
  }

  put(bytes: Uint8Array, from: number, to: number, distance: number, length: number): void {
    const out = this.#out
    let at = this.#at
    const last = to - from - 1
    if (last >= 0) {
      if (last < 60) out[at++] = last << 2
      else {
        const lengthBytes = (39 - Math.clz32(last)) >> 3
        out[at++] = (59 + lengthBytes) << 2
        for (let byte = 0; byte < lengthBytes; byte++) out[at++] = last >>> (8 * byte)
      }
      at = copy(bytes, from, to, out, at)
    }
    for (let left = length; left > 0; left -= 64) {
      const some = Math.min(64, left)
      if (some >= 4 && some < 12 && distance < 2048) out[at++] = ((distance >> 8) << 5) | ((some - 4) << 2) | 1
      else {
        out[at++] = ((some - 1) << 2) | 2
        out[at++] = distance & 255
        out[at++] = distance >> 8
        continue
      }
      out[at++] = distance & 255
    }
    this.#at = at
  }

  bytes(): Uint8Array {
    return this.#out.slice(0, this.#at)
  }
}

function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  if (end - start > 32) to.set(from.subarray(start, end), at)
  else for (let i = start, j = at; i < end; i++, j++) to[j] = from[i]!
  return at + end - start
}

export class Lz4Output implements MatchOutput {
  readonly #out: Uint8Array
  #at = 0

  constructor(length: number) {
    this.#out = roomFor(length)
  }

  put(bytes: Uint8Array, from: number, to: number, distance: number, length: number): void {
    const out = this.#out
    const literals = to - from
    const token = this.#at++
    out[token] = Math.min(15, literals) << 4
    if (literals >= 15) this.#count(literals)
    this.#at = copy(bytes, from, to, out, this.#at)
    if (length === 0) return
    out[this.#at++] = distance & 255
    out[this.#at++] = distance >> 8
    out[token]! |= Math.min(15, length - MIN_MATCH)
    if (length - MIN_MATCH >= 15) this.#count(length - MIN_MATCH)
  }

  #count(length: number): void {
    let left = length - 15
    for (; left >= 255; left -= 255) this.#out[this.#at++] = 255
    this.#out[this.#at++] = left
  }

  bytes(): Uint8Array {
    return this.#out.slice(0, this.#at)
  }
}
