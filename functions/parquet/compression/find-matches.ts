/** Looks for bytes that occurred before, for SNAPPY and LZ4. */
import { BLOCK_ROWS, blockEnd } from '../../shared/block-rows.ts'
import { LZ4_END_BYTES, type MatchOutput, MIN_MATCH } from './match-output.ts'

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

/** @param at where the words begin in `bytes`, where `literalFrom` and what follows has not been put yet */
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

/** Bytes that a match has at least, and how far back it may begin. */
const MAX_DISTANCE = 65_535
const HASH_BITS = 14
/** More would pass over what may be referred to. */
const MAX_SKIP = 64
/** Where four bytes of each hash were seen last, plus one. */
const seen = new Int32Array(1 << HASH_BITS)

/** Puts bytes of any kind: repetitions of four bytes and more are looked for, as fast compressors do. */
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
