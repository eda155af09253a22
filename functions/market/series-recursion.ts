/**
 * Supertrend over the bars of many series, for several parameter sets at once. State in, state out: a recursion that starts
 * from the state in which another one ended gives the same values, bit for bit, as one recursion over all the bars.
 */
import {
  type AdvanceSupertrend,
  initialState,
  type Prices,
  type SupertrendParameters,
  type SupertrendState,
  type SupertrendValues,
  supertrend,
} from './supertrend.ts'
import type { Times } from './times/time.ts'

/** Raised whenever a field changes its meaning: a state of another version cannot be continued. */
const RECURSION_VERSION = 1

/** The state of one series after its last bar: all that its next bar needs. */
export interface SeriesState {
  /** Time of the last bar, with or without a price, in the unit of the time column: a 64-bit integer as two words. */
  timeLow: number
  timeHigh: number
  /** One for each parameter set, in their order. */
  readonly supertrends: readonly SupertrendState[]
}

/** The state after the last bar: all that later bars need. Plain data, without methods or shared objects. */
export interface RecursionState {
  readonly version: typeof RECURSION_VERSION
  readonly parameters: readonly SupertrendParameters[]
  /** By series number; series are numbered in the order in which they first appear. */
  readonly series: SeriesState[]
}

/** The state before the first bar. */
export function initialRecursion(parameters: readonly SupertrendParameters[]): RecursionState {
  return { version: RECURSION_VERSION, parameters, series: [] }
}

export interface SeriesBars extends Prices {
  readonly times: Times
  /** By bar, the index of its time; undefined when that is the bar's own. Spares callers that sort to gather the times. */
  readonly timeAt?: Uint32Array
  /** Series numbers; undefined for a single series. */
  readonly series: Int32Array | undefined
}

/** The recursions of series after earlier files. */
export interface CarriedRecursions {
  /** @returns undefined when no earlier file has the series; the caller may change the result */
  recursionsOf(series: number): SeriesState | undefined
}

/**
 * Rows that a recursion takes in one call. In six of 14 processes, V8 compiled a loop of 2,048 rows while it ran, with its
 * numbers in objects, and used that code for 800,000 rows: 25 ns a row instead of 13, and 36 MB of garbage.
 */
const CALL_ROWS = 512

/** Advances the recursions of all series and parameter sets side by side. */
export class SeriesRecursion {
  readonly #advances: readonly AdvanceSupertrend[]
  /** Moves on with each call of `advance`. */
  readonly state: RecursionState
  readonly #carried: CarriedRecursions | undefined

  /**
   * @param state continued in place: a caller that needs it again passes a copy
   * @param carried of series that the state does not have yet
   */
  constructor(state: RecursionState, carried?: CarriedRecursions) {
    this.#advances = state.parameters.map(supertrend)
    this.state = state
    this.#carried = carried
  }

  /**
   * Takes the next bars of each series in time order.
   * @param rows how many of `bars` to take, from the first
   * @param accepted 1 for rows that take part; undefined when all do
   * @param out for each parameter set the results, at the same index as the bar; rows that take no part are not written
   */
  advance(bars: SeriesBars, rows: number, accepted: Uint8Array | undefined, out: readonly SupertrendValues[]): void {
    const { series, timeAt } = bars
    const { words } = bars.times
    const states = this.state.series
    for (let from = 0; from < rows; ) {
      const end = Math.min(rows, from + CALL_ROWS)
      if (accepted && accepted[from] === 0) {
        from++
        continue
      }
      const number = series ? series[from]! : 0
      let to = series || accepted ? from + 1 : end
      while (to < end && (!series || series[to] === number) && (!accepted || accepted[to] === 1)) to++
      states[number] ??= this.#carried?.recursionsOf(number) ?? this.#newSeries()
      const state = states[number]
      const { supertrends } = state
      for (let set = 0; set < supertrends.length; set++) {
        this.#advances[set]!(supertrends[set]!, bars, from, to, out[set]!)
      }
      const last = timeAt ? timeAt[to - 1]! : to - 1
      state.timeLow = words[2 * last]!
      state.timeHigh = words[2 * last + 1]!
      from = to
    }
  }

  #newSeries(): SeriesState {
    return { timeLow: 0, timeHigh: 0, supertrends: this.#advances.map(initialState) }
  }
}
