/** Decodes DELTA_BINARY_PACKED integers piece by piece. They come out as PLAIN. */
import { type Bytes, bytesOf } from '../../shared/byte-window.ts'
import { packedBits, unpack } from '../format/hybrid.ts'
import { copiedDeltas, DeltaBlocks } from './delta-blocks.ts'
import type { Page } from './page.ts'
import { PIECE_ROWS } from './piece.ts'

/** 1 for integers of 32 bits, 2 for those of 64. */
type WordsEach = 1 | 2

/**
 * Yields `count` integers.
 * @param encoded begins with them; what follows them is not used
 * @throws RefusedError `corrupt`, `too-big`
 */
export async function* deltaIntegers(
  page: Page,
  encoded: Bytes,
  count: number,
  words: WordsEach,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  const blocks = await DeltaBlocks.open(page, encoded, count, limitBytes)
  const few = Math.min(PIECE_ROWS, count)
  const sums = new DeltaSums(blocks, words, few + Math.min(blocks.blockSize, count))
  for (let left = count; left > 0; left -= few) {
    const some = Math.min(few, left)
    while (sums.count < some) {
      const next = blocks.next()
      if (next) await next
      sums.addBlock()
    }
    yield sums.bytes.subarray(0, 4 * words * some)
    sums.drop(some)
  }
}

/** Copies `count` integers that other bytes follow, and yields them as 32 bits each. */
export async function copiedIntegers(
  page: Page,
  encoded: Bytes,
  count: number,
  limitBytes: number,
): Promise<AsyncGenerator<Uint8Array>> {
  const copied = await copiedDeltas(page, encoded, count, limitBytes)
  return deltaIntegers(page, bytesOf(copied), count, 1, limitBytes)
}

/** Adds up the differences of blocks. */
class DeltaSums {
  readonly #blocks: DeltaBlocks
  readonly #words: WordsEach
  readonly #out: Int32Array
  readonly #lows: Int32Array
  readonly #highs: Int32Array
  /** The latest integer. */
  readonly #last: Integer
  readonly bytes: Uint8Array
  /** The integers that are held. */
  count = 0

  constructor(blocks: DeltaBlocks, words: WordsEach, most: number) {
    this.#blocks = blocks
    this.#words = words
    this.#out = new Int32Array(words * most)
    this.#lows = new Int32Array(blocks.miniblockSize)
    this.#highs = new Int32Array(blocks.miniblockSize)
    this.bytes = new Uint8Array(this.#out.buffer)
    const [low, high] = blocks.first
    this.#last = { low, high }
    this.#out[0] = low
    if (words === 2) this.#out[1] = high
    this.count = 1
  }

  addBlock(): void {
    const { widths, body, miniblockSize, count, smallest } = this.#blocks
    let at = 0
    for (let done = 0, i = 0; done < count; done += miniblockSize, i++) {
      const few = Math.min(miniblockSize, count - done)
      const bits = widths[i]!
      unpackWords(body, at, bits, { lows: this.#lows, highs: this.#highs, count: few })
      at += (miniblockSize * bits) / 8
      if (this.#words === 1) addNarrow(this.#last, smallest[0], this.#lows, few, this.#out, this.count)
      else addWide(this.#last, smallest, this.#lows, this.#highs, few, this.#out, this.count)
      this.count += few
    }
  }

  /** Removes the first integers. */
  drop(count: number): void {
    this.#out.copyWithin(0, this.#words * count, this.#words * this.count)
    this.count -= count
  }
}

/** An integer of 64 bits, or in its low word one of 32. */
interface Integer {
  low: number
  high: number
}

function addNarrow(last: Integer, smallest: number, lows: Int32Array, count: number, out: Int32Array, at: number) {
  let { low } = last
  for (let i = 0; i < count; i++) {
    low = (low + smallest + lows[i]!) | 0
    out[at + i] = low
  }
  last.low = low
}

function addWide(
  last: Integer,
  [smallestLow, smallestHigh]: readonly [low: number, high: number],
  lows: Int32Array,
  highs: Int32Array,
  count: number,
  out: Int32Array,
  at: number,
) {
  let { low, high } = last
  for (let i = 0, o = 2 * at; i < count; i++, o += 2) {
    // the carry of two additions without a sign
    const sum = (low + smallestLow) | 0
    const carry = sum >>> 0 < low >>> 0 ? 1 : 0
    low = (sum + lows[i]!) | 0
    high = (high + smallestHigh + highs[i]! + carry + (low >>> 0 < sum >>> 0 ? 1 : 0)) | 0
    out[o] = low
    out[o + 1] = high
  }
  last.low = low
  last.high = high
}

/** `unpack` reads integers of at most this many bits at once. */
const MAX_NARROW_BITS = 25

interface UnpackedWords {
  readonly lows: Int32Array
  readonly highs: Int32Array
  readonly count: number
}

/** @param from the byte at which integers of `bits` bits each begin */
function unpackWords(bytes: Uint8Array, from: number, bits: number, { lows, highs, count }: UnpackedWords): void {
  if (bits <= MAX_NARROW_BITS) {
    highs.fill(0, 0, count)
    unpack(packedBits(bytes, bits), 8 * from, lows, 0, count)
    return
  }
  const lowBits = Math.min(32, bits)
  const lowMask = lowBits === 32 ? -1 : 2 ** lowBits - 1
  const highMask = bits === 64 ? -1 : bits > 32 ? 2 ** (bits - 32) - 1 : 0
  for (let i = 0, bit = 8 * from; i < count; i++, bit += bits) {
    const [at, shift] = [bit >> 3, bit & 7]
    const [first, second] = [wordAt(bytes, at), wordAt(bytes, at + 4)]
    lows[i] = shifted(first, second, shift) & lowMask
    highs[i] = bits > 32 ? shifted(second, bytes[at + 8]! | 0, shift) & highMask : 0
  }
}

/** The word that begins `shift` bits into the first one. */
function shifted(word: number, next: number, shift: number): number {
  return shift === 0 ? word : (word >>> shift) | (next << (32 - shift))
}

/** Four bytes; those after the end are zeros. */
function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
