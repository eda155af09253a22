/** The rows of a file that earlier files have to have, sorted so that the bars of an earlier file find them. */
import { timeOrder } from '../../market/order.ts'
import { newTimes, type Times } from '../../market/times/time.ts'
import { checkFits } from '../../shared/memory-budget.ts'
import { readBars } from '../bars.ts'
import type { Computed } from '../compute.ts'
import type { MarketFile } from '../market-file.ts'
import type { EnrichSettings } from '../settings.ts'

/** Time, series, row, order, and the words that are compared. */
const CARRIED_ROW_BYTES = 8 + 4 + 4 + 8 + 64

export class CarriedRows {
  readonly #times: Times
  readonly #series: Int32Array
  readonly #rows: Uint32Array
  /** By series, then time: indexes of the arrays above. */
  readonly #order: Uint32Array
  /** By series, its first place in the order; one more at the end. */
  readonly #starts: Uint32Array
  /** 1 for each place whose row an earlier file has. */
  readonly #found: Uint8Array
  /** Where the last look-up ended: the next bar of the series mostly follows. */
  #last = 0

  constructor(times: Times, series: Int32Array, rows: Uint32Array, seriesCount: number) {
    this.#times = times
    this.#series = series
    this.#rows = rows
    this.#order = timeOrder(times, series, rows.length)
    this.#found = new Uint8Array(rows.length)
    this.#starts = new Uint32Array(seriesCount + 1)
    for (const number of series) this.#starts[number + 1]!++
    for (let i = 0; i < seriesCount; i++) this.#starts[i + 1]! += this.#starts[i]!
  }

  /** The row at a place of the order. */
  rowAt(place: number): number {
    return this.#rows[this.#order[place]!]!
  }

  /** The time of the rows at a place of the order. */
  timeAt(place: number): bigint {
    return this.#times.values[this.#order[place]!]!
  }

  /** The first place with this series and time, -1 if there is none. */
  find(series: number, time: bigint): number {
    let [from, to] = [this.#starts[series]!, this.#starts[series + 1]!]
    const end = to
    // it is the first place with its series and time, because a look-up ends behind the last one of others
    const guess = this.#last
    if (guess >= from && guess < to && this.timeAt(guess) === time) from = to = guess
    while (from < to) {
      const middle = (from + to) >> 1
      if (this.timeAt(middle) < time) from = middle + 1
      else to = middle
    }
    if (from >= end || this.timeAt(from) !== time) return -1
    this.#last = this.endOf(from)
    return from
  }

  /** The place after the rows with the series and time of the one at `place`. */
  endOf(place: number): number {
    const end = this.#starts[this.#series[this.#order[place]!]! + 1]!
    let next = place + 1
    while (next < end && this.timeAt(next) === this.timeAt(place)) next++
    return next
  }

  /** Marks the rows of a place as those of an earlier file. @returns false when they are already */
  mark(place: number): boolean {
    if (this.#found[place] === 1) return false
    this.#found.fill(1, place, this.endOf(place))
    return true
  }

  /** The first row that no earlier file has, with its time and the number of its series; undefined when all are found. */
  missing(): { readonly row: number; readonly time: bigint; readonly series: number } | undefined {
    let first: number | undefined
    for (let place = this.#found.indexOf(0); place >= 0; place = this.#found.indexOf(0, place + 1)) {
      if (first === undefined || this.rowAt(place) < this.rowAt(first)) first = place
    }
    if (first === undefined) return undefined
    const at = this.#order[first]!
    return { row: this.#rows[at]!, time: this.#times.values[at]!, series: this.#series[at]! }
  }
}

/** Reads the series and times of the rows. @throws RefusedError `too-big` */
export async function carriedRows(
  file: MarketFile,
  { carried }: Pick<Computed, 'carried'>,
  { memoryBudgetBytes }: EnrichSettings,
): Promise<CarriedRows> {
  const count = carried.size
  const doing = `comparing ${count} rows with earlier files`
  checkFits(doing, count * CARRIED_ROW_BYTES, memoryBudgetBytes)
  const times = newTimes(count)
  const series = new Int32Array(count)
  const rows = new Uint32Array(count)
  let at = 0
  let seriesCount = 1
  for await (const bars of readBars(file)) {
    const end = bars.firstRow + bars.rows
    for (let row = carried.nextIn(bars.firstRow, end); row < end; row = carried.nextIn(row + 1, end)) {
      const i = row - bars.firstRow
      times.values[at] = bars.times.values[i]!
      const number = bars.series ? bars.series[i]! : 0
      series[at] = number
      seriesCount = Math.max(seriesCount, number + 1)
      rows[at++] = row
    }
  }
  return new CarriedRows(times, series, rows, seriesCount)
}
