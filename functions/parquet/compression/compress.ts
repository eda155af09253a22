/**
 * What goes into pages, compressed. SNAPPY and LZ4 are made here: Node has neither, and parquet-wasm, which has, would have to be
 * started for it.
 * Formats: https://github.com/google/snappy/blob/main/format_description.txt
 * and https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */

import zlib from 'node:zlib'
import { BLOCK_ROWS, blockEnd } from '../../shared/block-rows.ts'
import { concatBytes } from '../../shared/concat-bytes.ts'
import { RefusedError } from '../../shared/errors.ts'
import type { Compression } from '../format/enumerations.ts'
import { putVarint } from '../format/varint.ts'

export type NewCompression = 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP' | 'ZSTD' | 'LZ4_RAW'

/** Node's default is the highest, and a hundred times as slow. */
const BROTLI_QUALITY = 5

/** @throws Error for a compression that cannot be read either */
export function compress(bytes: Uint8Array, compression: Compression): Uint8Array {
  switch (compression) {
    case 'UNCOMPRESSED':
      return bytes
    case 'SNAPPY':
      return putMatches(bytes, new Snappy(bytes.length)).bytes()
    case 'LZ4_RAW':
      return putMatches(bytes, new Lz4(bytes.length)).bytes()
    case 'LZ4':
      return inHadoopFrame(bytes.length, putMatches(bytes, new Lz4(bytes.length)).bytes())
    case 'GZIP':
      return zlib.gzipSync(bytes)
    case 'ZSTD':
      if (zlib.zstdCompressSync) return zlib.zstdCompressSync(bytes)
      throw new RefusedError(
        'unsupported',
        `Node ${process.version} cannot compress ZSTD, from 22.15 on it can; run a later one, or choose another compression`,
      )
    case 'BROTLI':
      return zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } })
    default:
      throw new Error(`nothing is written with ${compression}`)
  }
}

/** The older LZ4 of parquet has the lengths before and after in front, most significant byte first. */
function inHadoopFrame(length: number, block: Uint8Array): Uint8Array {
  const frame = new Uint8Array(8 + block.length)
  const view = new DataView(frame.buffer)
  view.setUint32(0, length)
  view.setUint32(4, block.length)
  frame.set(block, 8)
  return frame
}

/**
 * Values of 32 bits that mostly repeat the one before: a line that stays flat, a side, a segment's number. That they repeat
 * is all that is looked for, so that one comparison a value is all that it takes.
 * @param prefix bytes before the values, taken as they are
 */
export function compressRepeating(prefix: Uint8Array, words: Int32Array, compression: NewCompression): Uint8Array {
  const values = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  switch (compression) {
    case 'SNAPPY':
      return snappy(prefix, words, values)
    case 'LZ4_RAW':
      return lz4(prefix, words, values)
    default:
      return compress(concatBytes([prefix, values]), compression)
  }
}

const WORD_BYTES = 4
/** Fewer words than this that repeat are not worth an instruction. */
const MIN_REPEAT_WORDS = 2

/** Words that repeat the one before them: `start` to `end` (exclusive), ascending. */
interface Repeats {
  readonly starts: Int32Array
  readonly ends: Int32Array
  count: number
}

/** Those that begin at `from` or later and before `to`; @returns where the next ones may begin */
function findRepeats(words: Int32Array, from: number, to: number, found: Repeats): number {
  const { starts, ends } = found
  const { length } = words
  let count = 0
  let i = from
  while (i < to) {
    const word = words[i]!
    if (word !== words[i - 1]) {
      i++
      continue
    }
    const start = i
    while (i < length && words[i] === word) i++
    if (i - start >= MIN_REPEAT_WORDS) {
      starts[count] = start
      ends[count++] = i
    }
    // it differs from the one before
    i++
  }
  found.count = count
  return i
}

const repeats: Repeats = { starts: new Int32Array(BLOCK_ROWS), ends: new Int32Array(BLOCK_ROWS), count: 0 }

/** Stretches of bytes, each followed by some that occurred before. */
interface Output {
  /** The bytes `from` to `to` as they are, then `length` from `distance` before the end again. */
  put(bytes: Uint8Array, from: number, to: number, distance: number, length: number): void
}

/** @param at where the words begin in `bytes`, where `literalFrom` and what follows has not been put yet */
function putWords(words: Int32Array, bytes: Uint8Array, at: number, literalFrom: number, output: Output): void {
  let from = literalFrom
  for (let i = 1; i < words.length; ) {
    i = findRepeats(words, i, blockEnd(i - 1, words.length), repeats)
    from = putRepeats(bytes, at, from, output)
  }
  output.put(bytes, from, bytes.length, 0, 0)
}

function putRepeats(bytes: Uint8Array, at: number, literalFrom: number, output: Output): number {
  let from = literalFrom
  for (let k = 0; k < repeats.count; k++) {
    const start = at + WORD_BYTES * repeats.starts[k]!
    const end = at + WORD_BYTES * repeats.ends[k]!
    output.put(bytes, from, start, WORD_BYTES, end - start)
    from = end
  }
  return from
}

/** LZ4 wants the last five bytes as they are, and no repetition that begins in the last twelve. */
const LZ4_END_BYTES = 12

/** Bytes that a match has at least, and how far back it may begin. */
const [MIN_MATCH, MAX_DISTANCE] = [4, 65_535]
const HASH_BITS = 14
/** More would pass over what may be referred to. */
const MAX_SKIP = 64
/** Where four bytes of each hash were seen last, plus one. */
const seen = new Int32Array(1 << HASH_BITS)

/** Puts bytes of any kind: repetitions of four bytes and more are looked for, as fast compressors do. */
function putMatches<T extends Output>(bytes: Uint8Array, output: T): T {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bytes.length - LZ4_END_BYTES
  seen.fill(0)
  let from = 0
  for (let at = 0; at < end; ) {
    const word = view.getInt32(at, true)
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS)
    const before = seen[slot]! - 1
    seen[slot] = at + 1
    if (before < 0 || at - before > MAX_DISTANCE || view.getInt32(before, true) !== word) {
      // the longer nothing repeats, the fewer places are looked at
      at += 1 + Math.min(MAX_SKIP, (at - from) >> 6)
      continue
    }
    let length = MIN_MATCH
    while (at + length < end && bytes[before + length] === bytes[at + length]) length++
    output.put(bytes, from, at, at - before, length)
    at += length
    from = at
  }
  output.put(bytes, from, bytes.length, 0, 0)
  return output
}

/** Grows to what the pages take, and is used again. */
let scratch = new Uint8Array(0)
/** What a page of unusual length takes is not kept. */
const KEPT_BYTES = 4 * 1024 * 1024

function roomFor(bytes: number): Uint8Array {
  // a match of four bytes takes three, and the literals before it at most five beside themselves
  const needed = 2 * bytes + 64
  if (needed > KEPT_BYTES) return new Uint8Array(needed)
  if (scratch.length < needed) scratch = new Uint8Array(needed)
  return scratch
}

class Snappy implements Output {
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
        // the length in three bytes, or in four where a page is as long as that
        const isLong = last >= 2 ** 24
        out[at++] = (isLong ? 63 : 62) << 2
        out[at++] = last & 255
        out[at++] = (last >> 8) & 255
        out[at++] = (last >> 16) & 255
        if (isLong) out[at++] = last >>> 24
      }
      at = copy(bytes, from, to, out, at)
    }
    for (let left = length; left > 0; left -= 64) {
      out[at++] = ((Math.min(64, left) - 1) << 2) | 2
      out[at++] = distance & 255
      out[at++] = distance >> 8
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

class Lz4 implements Output {
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

function snappy(prefix: Uint8Array, words: Int32Array, values: Uint8Array): Uint8Array {
  const output = new Snappy(prefix.length + values.length)
  output.put(prefix, 0, prefix.length, 0, 0)
  putWords(words, values, 0, 0, output)
  return output.bytes()
}

function lz4(prefix: Uint8Array, words: Int32Array, values: Uint8Array): Uint8Array {
  const bytes = concatBytes([prefix, values])
  const output = new Lz4(bytes.length)
  // what no repetition may lie in is literal
  const repeatable = words.subarray(0, Math.max(0, words.length - LZ4_END_BYTES / 4))
  putWords(repeatable, bytes, prefix.length, 0, output)
  return output.bytes()
}
