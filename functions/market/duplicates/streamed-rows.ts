/** Finds the rows whose time their series already has, while the rows stream by. */
import { isBefore, type Times } from '../times/time.ts'
import { AcceptedTimes, type BoundedMemory, TIME_MEMORY_BYTES } from './accepted-times.ts'
import { DuplicatePairs, type PairStore } from './duplicate-pairs.ts'
import { DroppedRows } from './row-set.ts'

/** Why the rows of a file have to be held in memory: the first one that cannot be judged as it streams by. */
export interface UnstreamedRow {
  readonly row: number
  /**
   * `earlier`: it has a time that its series has not had, before one that it has had.
   * `unknown`: the times before are too irregular to be remembered, so it is not known whether it repeats one.
   * `again`: the last row of a time is kept, and this one has the time of `of`, which does not lie just before it.
   */
  readonly because: 'earlier' | 'unknown' | 'again'
  readonly of?: number
}

/**
 * Judges rows as they stream by, as long as every time that a series has not had yet comes after all that it has had.
 * If the last row of a time is to be kept, all rows of one time have to lie side by side.
 */
export class StreamedRows {
  readonly #series: AcceptedTimes[] = []
  readonly #memory: BoundedMemory = { bytes: 0, limitBytes: TIME_MEMORY_BYTES }
  readonly #keep: 'first' | 'last'
  readonly pairs: DuplicatePairs
  readonly dropped: DroppedRows
  outOfOrder = 0
  /** Rows just before the next one that it will be kept for. */
  #waiting = 0
  /** The row found last: copies of it mostly follow, or of the one after it. */
  #foundIndex = -1
  #foundRow = -1

  /** @param rows of the file */
  constructor(rows: number, keep: 'first' | 'last', store?: PairStore) {
    this.dropped = new DroppedRows(rows)
    this.#keep = keep
    this.pairs = new DuplicatePairs(store)
  }

  get series(): readonly AcceptedTimes[] {
    return this.#series
  }

  /**
   * Marks in `accepted` which rows of a piece are kept.
   * @param times of the rows; where the last row of a time is to be kept, of one more if the file has one
   * @param series series numbers of the same rows, undefined for a single series
   * @returns the row that makes it necessary to hold the rows, if there is one
   */
  judge(
    { words }: Times,
    series: Int32Array | undefined,
    rows: number,
    firstRow: number,
    accepted: Uint8Array,
  ): UnstreamedRow | undefined {
    accepted.fill(1, 0, rows)
    const repeats = this.#keep === 'last' && markRepeated(words, series, rows, accepted)
    for (let i = 0; i < rows; i++) {
      if (accepted[i] === 0) {
        this.dropped.add(firstRow + i)
        this.#waiting++
        continue
      }
      const number = series ? series[i]! : 0
      this.#series[number] ??= new AcceptedTimes(this.#memory, number)
      const of = this.#series[number]
      const low = words[2 * i]!
      const high = words[2 * i + 1]!
      const row = firstRow + i
      // the rows of a single series are counted without the dropped ones: wherever those lie, the rest is regular
      const index = series ? row : row - this.dropped.size
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
      if (of.lastRow < 0 || isBefore(of.lastLow, of.lastHigh, low, high)) {
        of.accept(low, high, index)
        if (this.#waiting > 0) this.#endWaiting(row)
      } else {
        const unstreamed = this.#drop(row, of, low, high, series !== undefined)
        if (unstreamed) return unstreamed
        accepted[i] = 0
      }
      of.previousLow = low
      of.previousHigh = high
    }
    return undefined
  }

  /** Drops a row whose time is not later than all accepted ones. */
  #drop(row: number, of: AcceptedTimes, low: number, high: number, areSeries: boolean): UnstreamedRow | undefined {
    if (isBefore(low, high, of.previousLow, of.previousHigh)) this.outOfOrder++
    const found = of.find(low, high)
    if (found === undefined) return { row, because: 'unknown' }
    if (found < 0) return { row, because: 'earlier' }
    const kept = areSeries ? found : this.#rowOf(found, row)
    if (this.#keep === 'last') return { row, because: 'again', of: kept }
    this.pairs.add(row, kept)
    this.dropped.add(row)
    return undefined
  }

  #endWaiting(row: number): void {
    this.pairs.addAll(row - this.#waiting, this.#waiting, row)
    this.#waiting = 0
  }

  /** The row of a single series that was accepted as the one with that number; it lies before `row`. */
  #rowOf(index: number, row: number): number {
    if (index === this.#foundIndex) return this.#foundRow
    this.#foundRow =
      index === this.#foundIndex + 1
        ? this.dropped.nextOutside(this.#foundRow + 1, row)
        : this.dropped.rowOutside(index)
    this.#foundIndex = index
    return this.#foundRow
  }
}

/** Marks the rows whose series and time the next row has too. */
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
