/** Finds the rows whose series already has their time, in rows that are held and sorted. */
import { isBefore } from '../times/time.ts'
import type { CarriedTimes } from './carried-times.ts'
import { DuplicatePairs, type PairStore } from './duplicate-pairs.ts'
import { RemovedRows, RowSet } from './row-set.ts'

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

/**
 * Splits sorted rows into kept ones, in the same order, and removed ones.
 * @param carriedTimes of the files that this one continues
 */
export function removeDuplicates(
  { order, words, series }: SortedRows,
  keep: 'first' | 'last',
  store: PairStore,
  carriedTimes?: CarriedTimes,
) {
  const removed = new RemovedRows(order.length)
  /** Removed rows that an earlier file has to have: the caller checks it. */
  const carried = new RowSet(order.length)
  /** By removed row, the row that is kept in its place. */
  let keptFor = new Uint32Array(0)
  let kept = 0
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && sameSeriesAndTime(words, series, order[from]!, order[to]!)) to++
    const first = order[from]!
    if (carriedTimes?.isCarried(series ? series[first]! : 0, words[2 * first]!, words[2 * first + 1]!)) {
      for (let i = from; i < to; i++) {
        removed.add(order[i]!)
        carried.add(order[i]!)
      }
      from = to
      continue
    }
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
  for (let row = removed.nextIn(0, end); row < end; row = removed.nextIn(row + 1, end)) {
    if (!carried.has(row)) pairs.add(row, keptFor[row]!)
  }
  return { removed, carried, pairs, kept: order.subarray(0, kept) }
}
