/** A set of rows of a file: one bit for each row of the file, no memory while the set is empty. */

const WORD_ROWS = 32
/** Rows per span. One count for each span takes an eighth of the bits' memory. */
const COUNTED_BITS = 8
const COUNTED_ROWS = 1 << COUNTED_BITS
const COUNTED_WORDS = COUNTED_ROWS / WORD_ROWS

/** Memory for each row of the file, as soon as one row is in the set. */
export const ROW_SET_BYTES_PER_ROW = 1 / 8 + 4 / COUNTED_ROWS

export class RowSet {
  readonly #rows: number
  #words = new Int32Array(0)
  /** Rows of the set before each span; valid up to span `#counted`. */
  #before = new Uint32Array(0)
  #counted = 0
  size = 0

  /** @param rows of the file */
  constructor(rows: number) {
    this.#rows = rows
  }

  /** Adds the rows `from` to `to` (exclusive); rows may be added in any order and more than once. */
  add(from: number, to = from + 1): void {
    if (this.#words.length === 0) {
      this.#words = new Int32Array(Math.ceil(this.#rows / COUNTED_ROWS) * COUNTED_WORDS)
      this.#before = new Uint32Array(this.#words.length / COUNTED_WORDS + 1)
    }
    for (let row = from; row < to; ) {
      const end = Math.min(to, (row | (WORD_ROWS - 1)) + 1)
      const word = row >> 5
      const added = bitsBetween(row, end) & ~this.#words[word]!
      this.#words[word]! |= added
      this.size += countBits(added)
      row = end
    }
    this.#counted = Math.min(this.#counted, from >>> COUNTED_BITS)
  }

  has(row: number): boolean {
    return this.size > 0 && (this.#words[row >> 5]! & (1 << row)) !== 0
  }

  /** The number of rows from `from` to `to` (exclusive) that are in the set. */
  countIn(from: number, to: number): number {
    return to > from ? this.rankOf(to) - this.rankOf(from) : 0
  }

  /** The number of rows before `row` that are in the set. */
  rankOf(row: number): number {
    if (this.size === 0) return 0
    const span = row >>> COUNTED_BITS
    if (this.#counted < span) this.#countTo(span)
    let count = this.#before[span]!
    for (let word = span * COUNTED_WORDS; word < row >> 5; word++) count += countBits(this.#words[word]!)
    return row % WORD_ROWS === 0 ? count : count + countBits(this.#words[row >> 5]! & ((1 << row) - 1))
  }

  #countTo(span: number): void {
    for (; this.#counted < span; this.#counted++) {
      let count = this.#before[this.#counted]!
      const start = this.#counted * COUNTED_WORDS
      for (let word = start; word < start + COUNTED_WORDS; word++) count += countBits(this.#words[word]!)
      this.#before[this.#counted + 1] = count
    }
  }

  /** The row with number `index` among the rows that are not in the set. */
  rowOutside(index: number): number {
    if (this.size === 0) return index
    // the row is at `index`, or further on by the size of the set at most
    let from = index >>> COUNTED_BITS
    let to = Math.min(this.#before.length - 1, (index + this.size) >>> COUNTED_BITS)
    if (this.#counted < to) this.#countTo(to)
    while (from < to) {
      const middle = (from + to + 1) >> 1
      if (middle * COUNTED_ROWS - this.#before[middle]! <= index) from = middle
      else to = middle - 1
    }
    let left = index - (from * COUNTED_ROWS - this.#before[from]!)
    let word = from * COUNTED_WORDS
    for (; ; word++) {
      const outside = WORD_ROWS - countBits(this.#words[word]!)
      if (left < outside) break
      left -= outside
    }
    let row = word * WORD_ROWS
    for (; this.has(row) || left-- > 0; row++);
    return row
  }

  /** The first row from `from` on that is in the set; `to` when none before it is. */
  nextIn(from: number, to: number): number {
    return this.size === 0 ? to : this.#next(from, to, 0)
  }

  /** The first row from `from` on that is not in the set; `to` when none before it is not. */
  nextOutside(from: number, to: number): number {
    return this.size === 0 ? from : this.#next(from, to, -1)
  }

  #next(from: number, to: number, flip: number): number {
    for (let row = from; row < to; row = (row | (WORD_ROWS - 1)) + 1) {
      const bits = (this.#words[row >> 5]! ^ flip) & (-1 << row)
      if (bits !== 0) return Math.min(to, (row & -WORD_ROWS) + 31 - Math.clz32(bits & -bits))
    }
    return to
  }
}

/** The rows of a file that are removed. */
export class RemovedRows extends RowSet {
  /** The ranges of kept rows between `from` and `to` (exclusive), relative to `from`. */
  keptRanges(from: number, to: number): readonly (readonly [start: number, end: number])[] {
    const ranges: [number, number][] = []
    for (let end = from; end < to; ) {
      const start = this.nextOutside(end, to)
      end = this.nextIn(start, to)
      if (end > start) ranges.push([start - from, end - from])
    }
    return ranges
  }
}

/** The bits of the rows `from` to `to` (exclusive), which belong to one word. */
function bitsBetween(from: number, to: number): number {
  return (-1 << from) & (-1 >>> (-to & (WORD_ROWS - 1)))
}

/** Source: Henry S. Warren, Hacker's Delight, 5-1. */
function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x5555_5555)
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}
