/** Rows in time order, for files whose rows are not. */
import type { Times } from './time.ts'

/** Bytes that `timeOrder` needs per row: two indexes, one of them its result. */
export const ORDER_BYTES_PER_ROW = 8

const DIGIT_BITS = 16
const BUCKETS = 1 << DIGIT_BITS

/**
 * The rows sorted by series, then time; rows of one series with one time stay in file order.
 * A radix sort: four passes over the times, two over the series, less those in which all rows have the same digit.
 * @param series numbers from 0, or undefined for a single series
 */
export function timeOrder(times: Times, series: Int32Array | undefined, rows: number): Uint32Array {
  const { words } = times
  let order = new Uint32Array(rows)
  let spare = new Uint32Array(rows)
  for (let i = 0; i < rows; i++) order[i] = i
  const counts = new Uint32Array(BUCKETS)
  const pass = (digit: (row: number) => number): void => {
    counts.fill(0)
    for (let i = 0; i < rows; i++) counts[digit(i)]!++
    if (rows > 0 && counts[digit(0)] === rows) return
    let sum = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = counts[bucket]!
      counts[bucket] = sum
      sum += count
    }
    for (let i = 0; i < rows; i++) {
      const row = order[i]!
      spare[counts[digit(row)]!++] = row
    }
    ;[order, spare] = [spare, order]
  }
  pass((row) => words[2 * row]! & 0xffff)
  pass((row) => words[2 * row]! >>> DIGIT_BITS)
  pass((row) => words[2 * row + 1]! & 0xffff)
  // the sign bit flipped: negative times come first
  pass((row) => (words[2 * row + 1]! >>> DIGIT_BITS) ^ 0x8000)
  if (series) {
    pass((row) => series[row]! & 0xffff)
    pass((row) => series[row]! >>> DIGIT_BITS)
  }
  return order
}
