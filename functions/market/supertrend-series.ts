/** Supertrend of one series whose bars arrive in pieces, such as live bars: the same values as in an enriched file. */
import { RefusedError } from '../shared/errors.ts'
import {
  initialState,
  newPrices,
  newValues,
  type SupertrendParameters,
  type SupertrendState,
  supertrend,
} from './supertrend.ts'

/** Raised whenever a field changes its meaning: a state of another version cannot be continued. */
const SERIES_STATE_VERSION = 1

/**
 * All that the next bar needs. Plain data, to be kept in any way that keeps doubles: JSON does, but for the sign of -0, and
 * `structuredClone` keeps that too.
 */
export interface SupertrendSeriesState extends SupertrendParameters {
  readonly version: typeof SERIES_STATE_VERSION
  /** Bars with a price so far. */
  readonly bars: number
  /** Null before the first bar, like the bands. */
  readonly previousClose: number | null
  /** The average true range; during the warm-up of `tradingview`, the sum of the true ranges. */
  readonly atr: number
  /** Of `stockstats`: the sum of the weights in the mean. */
  readonly weight: number
  readonly upper: number | null
  readonly lower: number | null
  /** The side on which the line is: -1 above, 1 below the price. */
  readonly side: -1 | 1
  /** Of the last value, 0 before the first. */
  readonly orientation: -1 | 0 | 1
  /** Number of the trend, 0 before the first value. */
  readonly segment: number
}

export interface SupertrendSeriesOptions extends Partial<SupertrendParameters> {
  /** The state from which the series continues. It contains the parameters, which need not be given again. */
  readonly after?: SupertrendSeriesState
  /** `missing` (default): a bar whose prices are all 0 has no price. `value`: its prices are 0. */
  readonly zeroPrices?: 'missing' | 'value'
}

/** Prices of consecutive bars in time order, in plain or typed arrays of one length. Null and NaN are no prices. */
export interface SeriesPrices {
  readonly high: ArrayLike<number | null>
  readonly low: ArrayLike<number | null>
  readonly close: ArrayLike<number | null>
  /** Only tells whether a bar of zeros has a price. */
  readonly open?: ArrayLike<number | null>
}

/** One element for each bar, null where the columns of a file are null. Bands are rounded to 32-bit floats, as in a file. */
export interface SeriesValues {
  readonly upperBand: (number | null)[]
  readonly lowerBand: (number | null)[]
  readonly orientation: (-1 | 1 | null)[]
  readonly segment: (number | null)[]
  /** After the last of these bars. */
  readonly state: SupertrendSeriesState
}

export interface SupertrendSeries {
  /** After the last bar. */
  readonly state: SupertrendSeriesState
  /** Takes the next bars. A bar that is pushed again counts again. */
  push(bars: SeriesPrices): SeriesValues
}

/**
 * @param parameters complete and valid
 * @throws RefusedError `state-version` or `state-settings` when the state is not one of these parameters
 */
export function seriesOf(
  parameters: SupertrendParameters,
  { after, zeroPrices = 'missing' }: Pick<SupertrendSeriesOptions, 'after' | 'zeroPrices'>,
): SupertrendSeries {
  if (after) checkState(after, parameters)
  const advance = supertrend(parameters)
  const state = after ? asState(after) : initialState()
  return {
    get state() {
      return seriesState(parameters, state)
    },
    push(bars) {
      const rows = lengthOf(bars)
      const prices = newPrices(rows)
      for (let i = 0; i < rows; i++) {
        const isMissing = zeroPrices === 'missing' && isZero(bars, i)
        prices.high[i] = isMissing ? Number.NaN : (bars.high[i] ?? Number.NaN)
        prices.low[i] = bars.low[i] ?? Number.NaN
        prices.close[i] = bars.close[i] ?? Number.NaN
      }
      const values = newValues(rows)
      advance(state, prices, 0, rows, values)
      return { ...columnsOf(values), state: seriesState(parameters, state) }
    },
  }
}

function lengthOf({ high, low, close, open }: SeriesPrices): number {
  const lengths = [high, low, close, ...(open ? [open] : [])].map(({ length }) => length)
  if (new Set(lengths).size === 1) return high.length
  throw new RefusedError('settings', `the prices have ${lengths.join(', ')} elements; allowed are arrays of one length`)
}

/** As in a file: an open that is missing does not make zeros a price. */
function isZero({ high, low, close, open }: SeriesPrices, i: number): boolean {
  if (high[i] !== 0 || low[i] !== 0 || close[i] !== 0) return false
  const opened = open?.[i]
  return typeof opened !== 'number' || opened === 0 || !Number.isFinite(opened)
}

function columnsOf({ line, orientation, segment }: ReturnType<typeof newValues>): Omit<SeriesValues, 'state'> {
  const sides = Array.from(orientation, (side) => (side === 0 ? null : (side as -1 | 1)))
  return {
    upperBand: sides.map((side, i) => (side === -1 ? line[i]! : null)),
    lowerBand: sides.map((side, i) => (side === 1 ? line[i]! : null)),
    orientation: sides,
    segment: sides.map((side, i) => (side === null ? null : segment[i]!)),
  }
}

export function seriesState(
  { definition, period, multiplier }: SupertrendParameters,
  state: SupertrendState,
): SupertrendSeriesState {
  const known = (value: number) => (Number.isNaN(value) ? null : value)
  const { previousClose, upper, lower } = state
  return {
    version: SERIES_STATE_VERSION,
    definition,
    period,
    multiplier,
    ...state,
    previousClose: known(previousClose),
    upper: known(upper),
    lower: known(lower),
  }
}

function asState(state: SupertrendSeriesState): SupertrendState {
  const { bars, previousClose, atr, weight, upper, lower, side, orientation, segment } = state
  const orNaN = (value: number | null) => value ?? Number.NaN
  return {
    ...{ bars, previousClose: orNaN(previousClose), atr, weight, upper: orNaN(upper), lower: orNaN(lower) },
    ...{ side, orientation, segment },
  }
}

function checkState(after: SupertrendSeriesState, parameters: SupertrendParameters): void {
  if (after.version !== SERIES_STATE_VERSION) {
    const states = `this program continues states of version ${SERIES_STATE_VERSION}`
    throw new RefusedError('state-version', `the state has version ${after.version}; ${states}`)
  }
  for (const name of ['definition', 'period', 'multiplier'] as const) {
    if (after[name] === parameters[name]) continue
    throw new RefusedError(
      'state-settings',
      `the state is of ${name} ${after[name]}, not ${parameters[name]}; leave the parameters out, which the state contains`,
    )
  }
}
