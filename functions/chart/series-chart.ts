/** Gathers the bars of one series for its chart. */
import { RefusedError } from '../shared/errors.ts'
import type { Bar } from './bar.ts'
import type { SeriesRows } from './chart-file.ts'
import type { ChartLevel } from './chart-level.ts'
import { FlipList, type Flips } from './flip-list.ts'
import { BarGatherer } from './gather-bars.ts'
import { levelsOf } from './levels.ts'
import { priceDecimals } from './price-decimals.ts'
import { TimeIndex } from './time-index.ts'

/** Milliseconds since 1970, both included. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

/** A series as the page gets it. */
export interface SeriesData {
  /** Empty if the file has no symbol column. */
  readonly symbol: string
  /** Of the series in the file, whatever part of it is drawn. */
  readonly rows: number
  readonly range: TimeRange
  /** Decimals of the prices. */
  readonly decimals: number
  /** The last close; null when there is none. */
  readonly last: number | null
  /** Finest first; the last ones are the whole series. */
  readonly levels: readonly ChartLevel[]
  /** The newest flips of each set of parameters. */
  readonly flips: readonly Flips[]
}

/** Bars of the whole series that are kept in memory, and rows of its end: about 30 MB, however many sets there are. */
const [KEPT_BARS, LEAST_KEPT_BARS] = [32_768, 4096]
/** The last bars, which show the precision of the prices: older ones may have been divided when shares were split. */
const PRECISION_BARS = 500
/** Flips that a page lists. */
const LISTED_FLIPS = 2000

function keptBarsFor(sets: number): number {
  return Math.max(LEAST_KEPT_BARS, Math.floor(KEPT_BARS / sets))
}

export class SeriesChart implements SeriesRows {
  readonly name: string
  readonly index = new TimeIndex()
  readonly gathered: BarGatherer
  readonly shown: TimeRange
  readonly #flips: readonly FlipList[]
  #range = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY }
  #rows = 0
  #previous = Number.NEGATIVE_INFINITY
  #last = Number.NaN
  isInOrder = true
  /** Rows of the file before this one are not the last ones of the series. */
  #lastRowsFrom = 0

  /** @param sets of parameters */
  constructor(name: string, shown: TimeRange, sets: number, keptBars = keptBarsFor(sets)) {
    this.name = name
    this.shown = shown
    this.gathered = new BarGatherer(keptBars)
    this.#flips = Array.from({ length: sets }, () => new FlipList())
  }

  add(bar: Bar, row: number): void {
    const { time, close } = bar
    this.#rows++
    if (time < this.#range.from) this.#range.from = time
    if (time > this.#range.to) this.#range.to = time
    if (time < this.#previous) this.isInOrder = false
    this.#previous = time
    this.index.add(row, time)
    if (time < this.shown.from || time > this.shown.to) return
    this.gathered.add(bar, row >= this.#lastRowsFrom)
    if (Number.isFinite(close)) this.#last = close
    for (const [set, { flips, side }] of bar.trends.entries()) {
      // a series has flips only after its first bar
      if (flips > 0 && this.gathered.rows > 1) this.#flips[set]!.add({ time, side, price: close })
      else if (side !== 0) this.#flips[set]!.goOn(close)
    }
  }

  /** To be called if the file has no other series, and its last rows are shown. */
  expectRows(rows: number): void {
    this.#lastRowsFrom = Math.max(0, rows - KEPT_BARS)
  }

  get rows(): number {
    return this.#rows
  }

  get range(): TimeRange {
    return this.#rows === 0 ? { from: 0, to: 0 } : this.#range
  }

  /** @throws RefusedError `settings` when no bar is in the range that is to be shown */
  checkShown(): void {
    if (this.#rows === 0 || this.gathered.rows > 0) return
    const [first, last] = [this.#range.from, this.#range.to].map((ms) =>
      new Date(ms).toISOString().replace(/(?:\.000)?Z$/, ''),
    )
    throw new RefusedError('settings', `--from, --to: there is no bar between them; the file has ${first} to ${last}`)
  }

  /** All flips that are kept in memory. */
  flips(set: number, limit?: number): Flips {
    return this.#flips[set]!.result(limit)
  }

  data(points: number, hasVolume: boolean): SeriesData {
    const { bars } = this.gathered.whole()
    return {
      symbol: this.name,
      rows: this.#rows,
      range: this.range,
      decimals: priceDecimals(
        bars.slice(-PRECISION_BARS).flatMap(({ open, high, low, close }) => [open, high, low, close]),
      ),
      last: Number.isFinite(this.#last) ? this.#last : null,
      levels: levelsOf(this.gathered, points, hasVolume),
      flips: this.#flips.map((_, set) => this.flips(set, LISTED_FLIPS)),
    }
  }
}
