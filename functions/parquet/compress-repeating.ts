/**
 * Compresses values of 32 bits that mostly repeat the one before: a line that stays flat, a side, a segment's number. That
 * they repeat is all that is looked for, so that one comparison a value is all that it takes; the result is what any
 * decompressor of the format reads.
 * Formats: https://github.com/google/snappy/blob/main/format_description.txt
 * and https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */

import { gzipSync, zstdCompressSync } from 'node:zlib'
import { concatBytes } from './thrift.ts'
import { putVarint } from './varint.ts'

export type NewCodec = 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP' | 'ZSTD' | 'LZ4_RAW'

/** @param prefix bytes before the values, taken as they are */
export function compressRepeating(prefix: Uint8Array, words: Int32Array, codec: NewCodec): Uint8Array {
  const values = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  switch (codec) {
    case 'SNAPPY':
      return snappy(prefix, words, values)
    case 'LZ4_RAW':
      return lz4(concatBytes([prefix, values]), prefix.length, words)
    case 'GZIP':
      return gzipSync(concatBytes([prefix, values]))
    case 'ZSTD':
      return zstdCompressSync(concatBytes([prefix, values]))
    default:
      return concatBytes([prefix, values])
  }
}

/** Fewer words than this that repeat are not worth an instruction. */
const MIN_REPEAT_WORDS = 2

/** Calls `take` for each stretch: `from` to `to` as they are, then the last of them `repeats` times more. */
function stretches(words: Int32Array, take: (from: number, to: number, repeats: number) => void): void {
  const { length } = words
  let from = 0
  for (let i = 1; i < length; ) {
    if (words[i] !== words[i - 1]) {
      i++
      continue
    }
    const start = i
    const word = words[i]
    while (i < length && words[i] === word) i++
    if (i - start < MIN_REPEAT_WORDS) continue
    take(from, start, i - start)
    from = i
    // the next one has nothing before it in its stretch
    i++
  }
  if (from < length) take(from, length, 0)
}

/** Grows to what the largest page takes, and is used again. */
let scratch = new Uint8Array(0)

function roomFor(bytes: number): Uint8Array {
  // each stretch of literals takes 5 bytes more at most, and there is one for every four words at most
  const needed = bytes + (bytes >> 1) + 64
  if (scratch.length < needed) scratch = new Uint8Array(needed)
  return scratch
}

function snappy(prefix: Uint8Array, words: Int32Array, values: Uint8Array): Uint8Array {
  const length = prefix.length + values.length
  const out = roomFor(length)
  let at = putVarint(length, out, 0)
  const literal = (bytes: Uint8Array, from: number, to: number) => {
    const count = to - from
    if (count === 0) return
    if (count <= 60) out[at++] = (count - 1) << 2
    else {
      out[at++] = 62 << 2
      out[at++] = (count - 1) & 255
      out[at++] = ((count - 1) >> 8) & 255
      out[at++] = (count - 1) >> 16
    }
    at = copy(bytes, from, to, out, at)
  }
  literal(prefix, 0, prefix.length)
  stretches(words, (from, to, repeats) => {
    literal(values, 4 * from, 4 * to)
    for (let left = 4 * repeats; left > 0; left -= 64) {
      out[at++] = ((Math.min(64, left) - 1) << 2) | 2
      out[at++] = 4
      out[at++] = 0
    }
  })
  return out.slice(0, at)
}

function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  if (end - start > 32) to.set(from.subarray(start, end), at)
  else for (let i = start, j = at; i < end; i++, j++) to[j] = from[i]!
  return at + end - start
}

/** The format wants the last five bytes as they are, and no repetition that begins in the last twelve. */
const LZ4_END_BYTES = 12

function lz4(bytes: Uint8Array, valuesAt: number, words: Int32Array): Uint8Array {
  const out = roomFor(bytes.length)
  let at = 0
  let literalFrom = 0
  const count = (left: number) => {
    for (left -= 15; left >= 255; left -= 255) out[at++] = 255
    out[at++] = left
  }
  const sequence = (literalTo: number, repeatBytes: number) => {
    const literals = literalTo - literalFrom
    const token = at++
    if (literals >= 15) count(literals)
    at = copy(bytes, literalFrom, literalTo, out, at)
    literalFrom = literalTo + repeatBytes
    out[token] = Math.min(15, literals) << 4
    if (repeatBytes === 0) return
    out[at++] = 4
    out[at++] = 0
    out[token]! |= Math.min(15, repeatBytes - 4)
    if (repeatBytes - 4 >= 15) count(repeatBytes - 4)
  }
  const lastMatch = bytes.length - LZ4_END_BYTES
  stretches(words, (_, to, repeats) => {
    const start = valuesAt + 4 * to
    const end = Math.min(start + 4 * repeats, lastMatch)
    if (end - start >= 4) sequence(start, end - start)
  })
  sequence(bytes.length, 0)
  return out.slice(0, at)
}
