/** Sorts the rows of files that are not in time order. */
import { isBefore, type Times } from './times/time.ts'

/** Bytes that `timeOrder` needs per row: two indexes, one of them its result. */
export const ORDER_BYTES_PER_ROW = 8

const DIGIT_BITS = 16
const BUCKETS = 1 << DIGIT_BITS
const DIGIT = BUCKETS - 1

/**
 * Sorts the rows by series, then time; rows of one series and time stay in file order.
 * Ascending times need no sorting, and descending ones are reversed. Otherwise a radix sort takes four passes over the times
 * and two over the series, minus the passes in which all rows have the same digit.
 * @param series numbers from 0, or undefined for a single series
 */
export function timeOrder(times: Times, series: Int32Array | undefined, rows: number): Uint32Array {
  const { words } = times
  const order = new Order(rows)
  if (!isSorted(words, rows, 1)) {
    if (isSorted(words, rows, -1)) reverse(order.rows, words)
    else {
      order.sortBy(words, 2, 0, 0)
      order.sortBy(words, 2, 0, DIGIT_BITS)
      order.sortBy(words, 2, 1, 0)
      // flipping the sign bit puts negative times first
      order.sortBy(words, 2, 1, DIGIT_BITS, 0x8000)
    }
  }
  if (series) {
    order.sortBy(series, 1, 0, 0)
    order.sortBy(series, 1, 0, DIGIT_BITS)
  }
  return order.rows
}

/** @param direction 1: no time is below that of the row before; -1: none is above it */
function isSorted(words: Int32Array, rows: number, direction: 1 | -1): boolean {
  const toNext = 2 * direction
  const end = 2 * rows
  for (let at = direction === 1 ? 0 : end - 2; ; at += toNext) {
    const next = at + toNext
    if (next < 0 || next >= end) return true
    if (isBefore(words[next]!, words[next + 1]!, words[at]!, words[at + 1]!)) return false
  }
}

/** Reverses the rows, but leaves rows of one time in file order. */
function reverse(order: Uint32Array, words: Int32Array): void {
  let at = 0
  for (let end = order.length; end > 0; ) {
    let start = end - 1
    while (start > 0 && words[2 * start - 2] === words[2 * end - 2] && words[2 * start - 1] === words[2 * end - 1])
      start--
    for (let row = start; row < end; row++) order[at++] = row
    end = start
  }
}

class Order {
  rows: Uint32Array
  #spare: Uint32Array
  readonly #counts = new Uint32Array(BUCKETS)

  constructor(rows: number) {
    this.rows = new Uint32Array(rows)
    this.#spare = new Uint32Array(rows)
    for (let i = 0; i < rows; i++) this.rows[i] = i
  }

  /** A stable sort by 16 bits of a key, `words[stride * row + offset] >>> shift`. */
  sortBy(words: Int32Array, stride: number, offset: number, shift: number, flip = 0): void {
    const [order, spare, counts] = [this.rows, this.#spare, this.#counts]
    const rows = order.length
    counts.fill(0)
    for (let row = 0, at = offset; row < rows; row++, at += stride) {
      counts[((words[at]! >>> shift) & DIGIT) ^ flip]!++
    }
    if (rows > 0 && counts[((words[offset]! >>> shift) & DIGIT) ^ flip] === rows) return
    let sum = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = counts[bucket]!
      counts[bucket] = sum
      sum += count
    }
    for (let i = 0; i < rows; i++) {
      const row = order[i]!
      const digit = ((words[stride * row + offset]! >>> shift) & DIGIT) ^ flip
      spare[counts[digit]!++] = row
    }
    this.rows = spare
    this.#spare = order
  }
}
