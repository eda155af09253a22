/** Looks for bytes that occurred before, for SNAPPY and LZ4. */
import { BLOCK_ROWS, blockEnd } from '../../shared/block-rows.ts'
import { LZ4_END_BYTES, type MatchOutput, MIN_MATCH } from './match-output.ts'

const WORD_BYTES = 4
/** How far back a match may begin. */
const MAX_DISTANCE = 65_535
const MAX_DISTANCE_WORDS = Math.floor(MAX_DISTANCE / WORD_BYTES)
/** Twice as large a table makes the columns of 500 alternating series 0.1 % smaller. */
const WORD_HASH_BITS = 12
/** By hash: the latest word with it. */
const latestWord = new Int32Array(1 << WORD_HASH_BITS)

/** Ranges of words that repeat earlier ones, ascending; `end` is exclusive. */
interface Repeats {
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** Words from a range to what it repeats. */
  readonly distances: Int32Array
  count: number
  /** The distance of the latest repeat. */
  distance: number
}

/**
 * Finds the repeats that begin in `from` to `to` (exclusive). A word is compared with the one at the distance of the
 * repeat before it; the hash is needed only where they differ.
 * @param from 1 or more
 * @returns where to go on
 */
function findRepeats(words: Int32Array, from: number, to: number, found: Repeats): number {
  const { starts, ends, distances } = found
  const { length } = words
  let { distance } = found
  let count = 0
  let i = from
  while (i < to) {
    const word = words[i]!
    if (word !== words[i - distance]) {
      const slot = slotOf(word)
      const before = latestWord[slot]!
      latestWord[slot] = i
      if (words[before] !== word || i - before > MAX_DISTANCE_WORDS) {
        i++
        continue
      }
      distance = i - before
    }
    const start = i++
    // the words of a flat line need not be found again
    if (distance === 1) while (i < length && words[i] === word) i++
    else {
      while (i < length && words[i] === words[i - distance]) {
        latestWord[slotOf(words[i]!)] = i
        i++
      }
    }
    starts[count] = start
    ends[count] = i
    distances[count++] = distance
  }
  found.count = count
  found.distance = distance
  return i
}

function slotOf(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - WORD_HASH_BITS)
}

const repeats: Repeats = {
  starts: new Int32Array(BLOCK_ROWS),
  ends: new Int32Array(BLOCK_ROWS),
  distances: new Int32Array(BLOCK_ROWS),
  count: 0,
  distance: 1,
}

/** Bytes, and values of 32 bits that are the rest of them. */
export interface PrefixedWords {
  readonly prefixLength: number
  readonly bytes: Uint8Array
  /** The values in which repeats may begin: all of them, or those before the last ones. */
  readonly words: Int32Array
}

/** Puts values of 32 bits: it compares whole values only, which is faster than comparing bytes. */
export function putWords<T extends MatchOutput>({ prefixLength, bytes, words }: PrefixedWords, output: T): T {
  latestWord.fill(0)
  repeats.distance = 1
  let from = putFoundMatches(bytes.subarray(0, prefixLength), output)
  for (let i = 1; i < words.length; ) {
    i = findRepeats(words, i, blockEnd(i - 1, words.length), repeats)
    from = putRepeats(bytes, prefixLength, from, output)
  }
  output.put(bytes, from, bytes.length, 0, 0)
  return output
}

/**
 * @param at offset of the words in `bytes`
 * @param literalFrom offset of the first byte that has not been put
 */
function putRepeats(bytes: Uint8Array, at: number, literalFrom: number, output: MatchOutput): number {
  const { starts, ends, distances, count } = repeats
  let from = literalFrom
  for (let k = 0; k < count; k++) {
    const start = at + WORD_BYTES * starts[k]!
    const end = at + WORD_BYTES * ends[k]!
    output.put(bytes, from, start, WORD_BYTES * distances[k]!, end - start)
    from = end
  }
  return from
}

const HASH_BITS = 14
/** A longer skip would miss too many matches. */
const MAX_SKIP = 64
/** By hash: the latest offset of four bytes with it, plus one. */
const seen = new Int32Array(1 << HASH_BITS)

/**
 * Puts any bytes. It looks for repetitions of four and more bytes by a hash, as fast compressors do.
 * @returns offset of the first byte that it has not put
 */
function putFoundMatches(bytes: Uint8Array, output: MatchOutput): number {
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
  return from
}

/** Puts any bytes. */
export function putMatches<T extends MatchOutput>(bytes: Uint8Array, output: T): T {
  const from = putFoundMatches(bytes, output)
  output.put(bytes, from, bytes.length, 0, 0)
  return output
}
