/** Supertrend of one series whose bars arrive in pieces, such as live bars: the same values as in an enriched file. */
import { RefusedError } from '../shared/errors.ts'
import { initialState, newPrices, newValues, type SupertrendParameters, supertrend } from './supertrend.ts'
import {
  readSeriesState,
  type SeriesSettings,
  type SupertrendSeriesState,
  seriesState,
} from './supertrend-series-state.ts'

/** The parameters of the Supertrend, or the state to continue from. */
export interface SupertrendSeriesOptions extends Partial<SupertrendParameters> {
  /** The state from which the series continues. It contains the other options, which need not be given again. */
  readonly after?: SupertrendSeriesState
  /** `missing` (default): a bar whose prices are all 0 has no price. `value`: its prices are 0. */
  readonly zeroPrices?: 'missing' | 'value'
}

/** Prices of consecutive bars in time order, in plain or typed arrays of one length. Null and NaN are no prices. */
export interface SeriesPrices {
  /** The highest price of each bar. */
  readonly high: ArrayLike<number | null>
  /** The lowest price of each bar. */
  readonly low: ArrayLike<number | null>
  /** The last price of each bar. */
  readonly close: ArrayLike<number | null>
  /** Only for the decision whether a bar of zeros has a price. */
  readonly open?: ArrayLike<number | null>
}

/** One element for each bar, null where the columns of a file are null. Bands are rounded to 32-bit floats, as in a file. */
export interface SeriesValues {
  /** The column `supertrend_ub`. */
  readonly upperBand: (number | null)[]
  /** The column `supertrend_lb`. */
  readonly lowerBand: (number | null)[]
  /** 1: the trend is up and the line is below the price. -1: the trend is down. */
  readonly orientation: (-1 | 1 | null)[]
  /** Number of the trend: it grows by 1 with each flip. */
  readonly segment: (number | null)[]
  /** After the last of these bars. */
  readonly state: SupertrendSeriesState
}

/** A series that takes its bars in pieces. */
export interface SupertrendSeries {
  /** After the last bar. */
  readonly state: SupertrendSeriesState
  /** Takes the next bars. A bar that is pushed again counts again. */
  push(bars: SeriesPrices): SeriesValues
}

/**
 * @param settings complete and valid
 * @throws RefusedError when the state is not one of these settings, or cannot be right
 */
export function seriesOf(settings: SeriesSettings, after: SupertrendSeriesState | undefined): SupertrendSeries {
  const { zeroPrices } = settings
  const advance = supertrend(settings)
  const state = after ? readSeriesState(after, settings) : initialState()
  return {
    get state() {
      return seriesState(settings, state)
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
      return { ...columnsOfSeries(values), state: seriesState(settings, state) }
    },
  }
}

/** @throws RefusedError `settings` when a bar is given where arrays of prices are expected */
function lengthOf(bars: SeriesPrices): number {
  const names = ['high', 'low', 'close', ...(bars?.open === undefined ? [] : ['open'])] as const
  const lengths = (names as readonly (keyof SeriesPrices)[]).map((name) => {
    const prices: unknown = bars?.[name]
    if (isPriceArray(prices)) {
      checkPrices(name, prices)
      return prices.length
    }
    const found = prices === undefined ? 'missing' : ArrayBuffer.isView(prices) ? `a ${prices.constructor.name}` : `a ${typeof prices}`
    throw new RefusedError(
      'settings',
      `${name} is ${found}; allowed is an array, as in push({ high: [2], low: [1], close: [2] })`,
    )
  })
  if (new Set(lengths).size === 1) return lengths[0]!
  throw new RefusedError('settings', `the prices have ${lengths.join(', ')} elements; allowed are arrays of one length`)
}

function isPriceArray(prices: unknown): prices is ArrayLike<unknown> {
  if (prices instanceof BigInt64Array || prices instanceof BigUint64Array) return false
  return Array.isArray(prices) || (ArrayBuffer.isView(prices) && 'length' in prices)
}

/** JavaScript callers may give text, which would be no price. @throws RefusedError `settings` */
function checkPrices(name: string, prices: ArrayLike<unknown>): void {
  if (ArrayBuffer.isView(prices)) return
  for (let i = 0; i < prices.length; i++) {
    const price = prices[i]
    if (typeof price === 'number' || price === null || price === undefined) continue
    throw new RefusedError('settings', `${name}[${i}] is a ${typeof price}; allowed are numbers, and null for no price`)
  }
}

/** As in a file: an open that is missing does not make zeros a price. */
function isZero({ high, low, close, open }: SeriesPrices, i: number): boolean {
  if (high[i] !== 0 || low[i] !== 0 || close[i] !== 0) return false
  const opened = open?.[i]
  return typeof opened !== 'number' || opened === 0 || !Number.isFinite(opened)
}

function columnsOfSeries({ line, orientation, segment }: ReturnType<typeof newValues>): Omit<SeriesValues, 'state'> {
  const sides = Array.from(orientation, (side) => (side === 0 ? null : (side as -1 | 1)))
  return {
    upperBand: sides.map((side, i) => (side === -1 ? line[i]! : null)),
    lowerBand: sides.map((side, i) => (side === 1 ? line[i]! : null)),
    orientation: sides,
    segment: sides.map((side, i) => (side === null ? null : segment[i]!)),
  }
}
