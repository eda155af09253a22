/**
 * Walks over DELTA_BINARY_PACKED: the first integer, then the differences between neighbours in blocks of miniblocks, each
 * with as many bits as its largest difference needs.
 * Source: https://github.com/apache/parquet-format/blob/master/Encodings.md#delta-encoding-delta_binary_packed--5
 */
import type { Bytes } from '../../shared/byte-window.ts'
import { concatBytes } from '../../shared/concat-bytes.ts'
import { checkFits } from '../../shared/memory-budget.ts'
import { damaged } from '../format/page-header.ts'
import type { Page } from './page.ts'
import { tooShort } from './page-end.ts'

/** The most that an integer of 64 bits takes. */
const MAX_INTEGER_BYTES = 10
const MAX_START_BYTES = 4 * MAX_INTEGER_BYTES
const MAX_BITS = 64

export class DeltaBlocks {
  readonly #page: Page
  readonly #encoded: Bytes
  /** Differences of a block, and of a miniblock. */
  readonly blockSize: number
  readonly miniblockSize: number
  /** The two words of the first integer. */
  readonly first: readonly [low: number, high: number]
  /** Integers after those of the current block and before it. */
  #left: number
  /** The current block: its differences, the words of the smallest one, the bits of each miniblock, and these. */
  count = 0
  readonly smallest: [low: number, high: number] = [0, 0]
  widths: Uint8Array = new Uint8Array(0)
  body: Uint8Array = new Uint8Array(0)

  private constructor(page: Page, encoded: Bytes, header: Words, count: number, limitBytes: number) {
    this.#page = page
    this.#encoded = encoded
    const [blockSize, miniblocks, stated] = [header.count(), header.count(), header.count()]
    this.first = header.zigzag()
    if (header.isOver) throw tooShort(page)
    const { label, at } = page
    if (stated !== count) {
      throw damaged(label, `the page at byte ${at} states ${count} values, and ${stated} where they begin`)
    }
    this.blockSize = blockSize
    this.miniblockSize = blockSize / miniblocks
    // a miniblock ends at a byte whatever its bits are
    if (!(blockSize > 0) || miniblocks === 0 || this.miniblockSize % 8 !== 0) {
      throw damaged(label, `the page at byte ${at} has ${miniblocks} miniblocks in blocks of ${blockSize} values`)
    }
    // the block, and its values
    checkFits(`a block of the page at byte ${at} of ${label}`, 2 * this.blockBytes, limitBytes)
    this.#left = count - 1
  }

  /** @param count of the integers, at least 1 */
  static async open(page: Page, encoded: Bytes, count: number, limitBytes: number): Promise<DeltaBlocks> {
    const header = new Words(await encoded.atLeast(MAX_START_BYTES))
    const blocks = new DeltaBlocks(page, encoded, header, count, limitBytes)
    encoded.advance(header.at)
    return blocks
  }

  /** The most that a block takes. */
  get blockBytes(): number {
    return MAX_INTEGER_BYTES + this.blockSize / this.miniblockSize + (this.blockSize * MAX_BITS) / 8
  }

  /** Goes on to the next block; there is none when its `count` is 0. It is valid until the one after it. */
  next(): Promise<void> | undefined {
    const view = this.#encoded.atLeast(this.#left === 0 ? 0 : this.blockBytes)
    if (view instanceof Promise) return view.then((bytes) => this.#take(bytes))
    this.#take(view)
    return undefined
  }

  #take(view: Uint8Array): void {
    const { miniblockSize } = this
    this.count = Math.min(this.#left, this.blockSize)
    this.#left -= this.count
    if (this.count === 0) return
    const words = new Words(view)
    words.zigzag(this.smallest)
    const start = words.at + this.blockSize / miniblockSize
    if (words.isOver || start > view.length) throw tooShort(this.#page)
    this.widths = view.subarray(words.at, start)
    // the miniblocks without values have no bytes
    const used = Math.ceil(this.count / miniblockSize)
    let end = start
    for (let i = 0; i < used; i++) {
      if (this.widths[i]! > MAX_BITS) throw this.#tooWide(this.widths[i]!)
      end += (miniblockSize * this.widths[i]!) / 8
    }
    if (end > view.length) throw tooShort(this.#page)
    this.body = view.subarray(start, end)
    this.#encoded.advance(end)
  }

  #tooWide(bits: number): Error {
    const { label, at } = this.#page
    return damaged(label, `the page at byte ${at} has differences of ${bits} bits`)
  }
}

/** Integers of seven bits a byte, as words of 32 bits. */
class Words {
  readonly #bytes: Uint8Array
  at = 0
  /** Whether the bytes ended inside an integer. */
  isOver = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** @returns NaN for a negative one, which no count can be */
  count(): number {
    const words: [number, number] = [0, 0]
    this.#read(words)
    return words[1] === 0 && words[0] >= 0 ? words[0] : Number.NaN
  }

  zigzag(words: [low: number, high: number] = [0, 0]): [low: number, high: number] {
    this.#read(words)
    const [low, high] = words
    const sign = -(low & 1)
    words[0] = ((low >>> 1) | (high << 31)) ^ sign
    words[1] = (high >>> 1) ^ sign
    return words
  }

  #read(words: [low: number, high: number]): void {
    words[0] = words[1] = 0
    for (let shift = 0; shift < MAX_BITS; shift += 7) {
      if (this.at === this.#bytes.length) {
        this.isOver = true
        return
      }
      const byte = this.#bytes[this.at++]!
      if (shift < 32) words[0] |= (byte & 127) << shift
      if (shift === 28) words[1] |= (byte & 127) >> 4
      else if (shift > 28) words[1] |= (byte & 127) << (shift - 32)
      if (byte < 128) return
    }
  }
}

/**
 * Copies the bytes of `count` integers, for encodings in which other bytes follow them.
 * @throws RefusedError `corrupt`, `too-big`
 */
export async function copiedDeltas(page: Page, encoded: Bytes, count: number, limitBytes: number): Promise<Uint8Array> {
  const copied: Uint8Array[] = []
  let length = 0
  const copying: Bytes = {
    atLeast: (few) => encoded.atLeast(few),
    advance: (few) => {
      length += few
      checkFits(`the lengths in the page at byte ${page.at} of ${page.label}`, 2 * length, limitBytes)
      // they are there: nothing advances over bytes that it has not seen
      copied.push((encoded.atLeast(few) as Uint8Array).slice(0, few))
      encoded.advance(few)
    },
  }
  const blocks = await DeltaBlocks.open(page, copying, count, limitBytes)
  do {
    const next = blocks.next()
    if (next) await next
  } while (blocks.count > 0)
  return concatBytes(copied)
}
