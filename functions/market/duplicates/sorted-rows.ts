/** Finds the rows whose series already has their time, in rows that are held and sorted. */
import { isBefore } from '../times/time.ts'
import { DuplicatePairs, type PairStore } from './duplicate-pairs.ts'
import { RemovedRows } from './row-set.ts'

/** @returns how many rows, in file order, have a time below that of the previous row of their series */
export function countOutOfOrder(words: Int32Array, series: Int32Array | undefined, rows: number): number {
  const previous: number[] = []
  let count = 0
  for (let row = 0; row < rows; row++) {
    const number = series ? series[row]! : 0
    const before = previous[number]
    if (before !== undefined && rowIsBefore(words, row, before)) count++
    previous[number] = row
  }
  return count
}

export function rowIsBefore(words: Int32Array, a: number, b: number): boolean {
  return isBefore(words[2 * a]!, words[2 * a + 1]!, words[2 * b]!, words[2 * b + 1]!)
}

function sameSeriesAndTime(words: Int32Array, series: Int32Array | undefined, a: number, b: number): boolean {
  if (words[2 * a] !== words[2 * b] || words[2 * a + 1] !== words[2 * b + 1]) return false
  return !series || series[a] === series[b]
}

export interface SortedRows {
  /** Rows by series, then time; rows of one series and time in file order. Overwritten with the rows that are kept. */
  readonly order: Uint32Array
  /** By row: times, and the number of the series if there are several. */
  readonly words: Int32Array
  readonly series: Int32Array | undefined
}

/** Splits sorted rows into kept ones, in the same order, and removed ones. */
export function removeDuplicates({ order, words, series }: SortedRows, keep: 'first' | 'last', store: PairStore) {
  const removed = new RemovedRows(order.length)
  /** By removed row, the row that is kept in its place. */
  let keptFor = new Uint32Array(0)
  let kept = 0
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && sameSeriesAndTime(words, series, order[from]!, order[to]!)) to++
    const keptRow = order[keep === 'first' ? from : to - 1]!
    if (to > from + 1 && keptFor.length === 0) keptFor = new Uint32Array(order.length)
    for (let i = from; i < to; i++) {
      const row = order[i]!
      if (row === keptRow) continue
      removed.add(row)
      keptFor[row] = keptRow
    }
    order[kept++] = keptRow
    from = to
  }
  const pairs = new DuplicatePairs(store)
  const end = order.length
  for (let row = removed.nextIn(0, end); row < end; row = removed.nextIn(row + 1, end)) pairs.add(row, keptFor[row]!)
  return { removed, pairs, kept: order.subarray(0, kept) }
}
