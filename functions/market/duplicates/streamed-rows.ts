/** Finds the rows whose series already has their time, while the rows stream by. */
import { isBefore, type Times } from '../times/time.ts'
import { AcceptedTimes, type BoundedMemory, TIME_MEMORY_BYTES } from './accepted-times.ts'
import type { CarriedTimes } from './carried-times.ts'
import { DuplicatePairs, type PairStore } from './duplicate-pairs.ts'
import { RemovedRows, RowSet } from './row-set.ts'

/** The reason why the rows of a file have to be held in memory: the first row that cannot be judged while streaming. */
export interface UnstreamedRow {
  readonly row: number
  /**
   * `earlier`: its time is new to its series, but before the latest one.
   * `unknown`: the times before are too irregular to remember, so it may or may not repeat one.
   * `again`: with `keep: 'last'`, it has the time of row `of`, which is not directly before it.
   */
  readonly because: 'earlier' | 'unknown' | 'again'
  readonly of?: number
}

/**
 * Judges rows while they stream by, as long as each new time of a series is later than all before. With `keep: 'last'`, all
 * rows of one series and time have to be side by side.
 */
export class StreamedRows {
  readonly #series: AcceptedTimes[] = []
  readonly #memory: BoundedMemory = { bytes: 0, limitBytes: TIME_MEMORY_BYTES }
  readonly #keep: 'first' | 'last'
  readonly pairs: DuplicatePairs
  readonly removed: RemovedRows
  /** Of these, the rows that an earlier file has to have: the caller checks it. */
  readonly carried: RowSet
  outOfOrder = 0
  /** Rows directly before the next one, in whose favour they will be removed. */
  #waiting = 0
  /** The row found last: the next duplicate is mostly a copy of it, or of the row after it. */
  #foundIndex = -1
  #foundRow = -1

  readonly #carriedTimes: CarriedTimes | undefined

  /**
   * @param rows of the file
   * @param carriedTimes of the files that this one continues
   */
  constructor(rows: number, keep: 'first' | 'last', store?: PairStore, carriedTimes?: CarriedTimes) {
    this.removed = new RemovedRows(rows)
    this.carried = new RowSet(rows)
    this.#carriedTimes = carriedTimes
    this.#keep = keep
    this.pairs = new DuplicatePairs(store)
  }

  get series(): readonly AcceptedTimes[] {
    return this.#series
  }

  /**
   * Marks in `accepted` which rows of a piece are kept.
   * @param times of the rows; with `keep: 'last'` also of the next one, if the file has one
   * @param series series numbers of the same rows, undefined for a single series
   * @returns the row because of which all rows have to be held, if there is one
   */
  judge(
    { words }: Times,
    series: Int32Array | undefined,
    rows: number,
    firstRow: number,
    accepted: Uint8Array,
  ): UnstreamedRow | undefined {
    accepted.fill(1, 0, rows)
    const carriedTimes = this.#carriedTimes
    const repeats = this.#keep === 'last' && markRepeated(words, series, rows, accepted)
    for (let i = 0; i < rows; i++) {
      if (accepted[i] === 0) {
        this.removed.add(firstRow + i)
        this.#waiting++
        continue
      }
      const number = series ? series[i]! : 0
      this.#series[number] ??= new AcceptedTimes(this.#memory, number)
      const of = this.#series[number]
      const low = words[2 * i]!
      const high = words[2 * i + 1]!
      const row = firstRow + i
      // rows of a single series are counted without the removed ones, so that runs stay regular wherever those are
      const index = series ? row : row - this.removed.size
      if (!series) {
        const taken = of.acceptRun(words, i, repeats ? nextZero(accepted, i, rows) : rows, index - i)
        if (taken > 0) {
          if (this.#waiting > 0) this.#endWaiting(row)
          i += taken - 1
          of.previousLow = of.lastLow
          of.previousHigh = of.lastHigh
          continue
        }
      }
      const isLater = of.lastRow < 0 || isBefore(of.lastLow, of.lastHigh, low, high)
      // a time after an accepted one is after the carried ones, too
      if (carriedTimes && (of.lastRow < 0 || !isLater) && carriedTimes.isCarried(number, low, high)) {
        this.#removeCarried(row, of, low, high)
        accepted[i] = 0
      } else if (isLater) {
        of.accept(low, high, index)
        if (this.#waiting > 0) this.#endWaiting(row)
      } else {
        const unstreamed = this.#remove(row, of, low, high, series !== undefined)
        if (unstreamed) return unstreamed
        accepted[i] = 0
      }
      of.previousLow = low
      of.previousHigh = high
      of.hasPrevious = true
    }
    return undefined
  }

  /** Removes a row whose time is not later than all accepted ones. */
  #remove(row: number, of: AcceptedTimes, low: number, high: number, areSeries: boolean): UnstreamedRow | undefined {
    if (isBefore(low, high, of.previousLow, of.previousHigh)) this.outOfOrder++
    const found = of.find(low, high)
    if (found === undefined) return { row, because: 'unknown' }
    if (found < 0) return { row, because: 'earlier' }
    const kept = areSeries ? found : this.#rowOf(found, row)
    if (this.#keep === 'last') return { row, because: 'again', of: kept }
    this.pairs.add(row, kept)
    this.removed.add(row)
    return undefined
  }

  #removeCarried(row: number, of: AcceptedTimes, low: number, high: number): void {
    if (of.hasPrevious && isBefore(low, high, of.previousLow, of.previousHigh)) this.outOfOrder++
    this.removed.add(row)
    this.carried.add(row)
  }

  #endWaiting(row: number): void {
    this.pairs.addAll(row - this.#waiting, this.#waiting, row)
    this.#waiting = 0
  }

  /** The row of a single series that was accepted with that index; it is before `row`. */
  #rowOf(index: number, row: number): number {
    if (index === this.#foundIndex) return this.#foundRow
    this.#foundRow =
      index === this.#foundIndex + 1
        ? this.removed.nextOutside(this.#foundRow + 1, row)
        : this.removed.rowOutside(index)
    this.#foundIndex = index
    return this.#foundRow
  }
}

/** Marks rows whose next row has the same series and time. */
function markRepeated(words: Int32Array, series: Int32Array | undefined, rows: number, accepted: Uint8Array): boolean {
  const known = Math.min(rows, words.length / 2 - 1)
  let repeats = false
  for (let i = 0; i < known; i++) {
    if (words[2 * i] !== words[2 * i + 2] || words[2 * i + 1] !== words[2 * i + 3]) continue
    if (series && series[i] !== series[i + 1]) continue
    accepted[i] = 0
    repeats = true
  }
  return repeats
}

function nextZero(marks: Uint8Array, from: number, to: number): number {
  const at = marks.indexOf(0, from)
  return at < 0 || at > to ? to : at
}
