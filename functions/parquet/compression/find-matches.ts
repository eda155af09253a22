/** Looks for bytes that occurred before, for SNAPPY and LZ4. */
import { BLOCK_ROWS, blockEnd } from '../../shared/block-rows.ts'
import { LZ4_END_BYTES, type MatchOutput, MIN_MATCH } from './match-output.ts'

const WORD_BYTES = 4
/** A match of fewer words takes more bytes than it saves. */
const MIN_REPEAT_WORDS = 2

/** Ranges of words that repeat the word before them, ascending; `end` is exclusive. */
interface Repeats {
  readonly starts: Int32Array
  readonly ends: Int32Array
  count: number
}

/** Finds the repeats that begin in `from` to `to` (exclusive). @returns where to go on */
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
    // this word differs from the one before
    i++
  }
  found.count = count
  return i
}

const repeats: Repeats = { starts: new Int32Array(BLOCK_ROWS), ends: new Int32Array(BLOCK_ROWS), count: 0 }

/**
 * @param at offset of the words in `bytes`
 * @param literalFrom offset of the first byte that has not been put
 */
export function putWords(
  words: Int32Array,
  bytes: Uint8Array,
  at: number,
  literalFrom: number,
  output: MatchOutput,
): void {
  let from = literalFrom
  for (let i = 1; i < words.length; ) {
    i = findRepeats(words, i, blockEnd(i - 1, words.length), repeats)
    from = putRepeats(bytes, at, from, output)
  }
  output.put(bytes, from, bytes.length, 0, 0)
}

function putRepeats(bytes: Uint8Array, at: number, literalFrom: number, output: MatchOutput): number {
  let from = literalFrom
  for (let k = 0; k < repeats.count; k++) {
    const start = at + WORD_BYTES * repeats.starts[k]!
    const end = at + WORD_BYTES * repeats.ends[k]!
    output.put(bytes, from, start, WORD_BYTES, end - start)
    from = end
  }
  return from
}

/** How far back a match may begin. */
const MAX_DISTANCE = 65_535
const HASH_BITS = 14
/** A longer skip would miss too many matches. */
const MAX_SKIP = 64
/** By hash: the latest offset of four bytes with it, plus one. */
const seen = new Int32Array(1 << HASH_BITS)

/** Puts any bytes. It looks for repetitions of four and more bytes by a hash, as fast compressors do. */
export function putMatches<T extends MatchOutput>(bytes: Uint8Array, output: T): T {
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
      // skip more, the longer nothing has repeated
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
