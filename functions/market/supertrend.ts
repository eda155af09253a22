/**
 * Supertrend: a line that trails the price at a multiple of the average true range. Below the price (orientation +1) it is a
 * stop for a long position, above the price (-1) for a short one. When the price closes beyond the line, the side flips.
 *
 * Two definitions are in use; they differ in the warm-up and at ties:
 * - `stockstats`, as computed by stockstats 0.4.1: the ATR is the bias-corrected exponential mean, with values from row 0 on.
 * - `tradingview`, as drawn by TradingView's `ta.supertrend`: the ATR is Wilder's, seeded with the mean of the first
 *   `period` true ranges, with no values before row `period - 1`.
 *
 * All arithmetic is in doubles and in the order of the originals, so that near-ties are decided as they decide them.
 */
import { trueRange } from './true-range.ts'

export const DEFINITIONS = ['stockstats', 'tradingview'] as const
export type Definition = (typeof DEFINITIONS)[number]

/** One parameter set of Supertrend. */
export interface SupertrendParameters {
  /** `stockstats`: as stockstats 0.4.1. `tradingview`: as `ta.supertrend` of TradingView. */
  readonly definition: Definition
  /** Bars that the ATR looks back, an integer >= 1. */
  readonly period: number
  /** Distance of the bands from the middle of the bar in ATRs, finite and > 0. */
  readonly multiplier: number
}

/** -1: the line is the upper band (the trend is down). +1: it is the lower band (the trend is up). */
type Side = -1 | 1

/** The state of one series' recursion after its last bar; plain numbers, all that the next bar needs. */
export interface SupertrendState {
  /** Bars seen. */
  bars: number
  /** NaN before the first bar. */
  previousClose: number
  /** The average true range. tradingview: during the warm-up of `period - 1` bars, the sum of the true ranges. */
  atr: number
  /** stockstats: the sum of the weights in the mean, which grows towards `period`. tradingview: unused. */
  weight: number
  upper: number
  lower: number
  side: Side
  /** The orientation of the last value, 0 before the first. */
  orientation: -1 | 0 | 1
  /** 1-based number of the current run of equal orientation, 0 before the first value. */
  segment: number
}

export function initialState(): SupertrendState {
  return {
    bars: 0,
    previousClose: Number.NaN,
    atr: 0,
    weight: 0,
    upper: Number.NaN,
    lower: Number.NaN,
    side: -1,
    orientation: 0,
    segment: 0,
  }
}

/** Results, one to one with the bars. A row without a value has orientation 0 and segment 0. */
export interface SupertrendValues {
  /** The line: the upper band where the orientation is -1, the lower where it is +1. */
  readonly line: Float32Array | Float64Array
  readonly orientation: Int8Array
  readonly segment: Int32Array
  /** What only some outputs need; undefined when it is not wanted. */
  readonly further?: FurtherValues | undefined
}

/** Also one to one with the bars. */
export interface FurtherValues {
  /** The average true range, NaN for a row without a value. */
  readonly atr: Float32Array | Float64Array
  /** 1 for a bar whose orientation differs from that of the value before it, else 0. */
  readonly flip: Uint8Array
}

export interface Prices {
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
}

/** True when all three prices are finite. Other rows get no value, and the recursion skips them. */
export function hasPrice(high: number, low: number, close: number): boolean {
  // the sum of finite numbers may overflow; each number is tested only then
  return (
    Number.isFinite(high + low + close) || (Number.isFinite(high) && Number.isFinite(low) && Number.isFinite(close))
  )
}

/** What is computed, and how precisely it is kept. */
export interface ValueShape {
  /** Whether the line and the average true range keep all bits of the computation. */
  readonly isDouble: boolean
  readonly hasFurther: boolean
}

const PLAIN_SHAPE: ValueShape = { isDouble: false, hasFurther: false }

export function newValues(rows: number, { isDouble, hasFurther } = PLAIN_SHAPE): SupertrendValues {
  const numbers = () => (isDouble ? new Float64Array(rows) : new Float32Array(rows))
  return {
    line: numbers(),
    orientation: new Int8Array(rows),
    segment: new Int32Array(rows),
    further: hasFurther ? { atr: numbers(), flip: new Uint8Array(rows) } : undefined,
  }
}

export function newPrices(rows: number): Prices {
  return { high: new Float64Array(rows), low: new Float64Array(rows), close: new Float64Array(rows) }
}

export type AdvanceSupertrend = (
  state: SupertrendState,
  prices: Prices,
  from: number,
  to: number,
  out: SupertrendValues,
) => void

/**
 * Returns the recursion for some parameters. It takes the bars `from` to `to` (exclusive) of one series in time order,
 * moves `state` on, and writes each bar's results to the same index of `out`.
 */
export function supertrend(parameters: SupertrendParameters): AdvanceSupertrend {
  return parameters.definition === 'stockstats' ? stockstats(parameters) : tradingView(parameters)
}

function setValue(out: SupertrendValues, at: number, line: number, orientation: number, segment: number): void {
  out.line[at] = line
  out.orientation[at] = orientation
  out.segment[at] = segment
}

function noValue(out: SupertrendValues, at: number): void {
  setValue(out, at, Number.NaN, 0, 0)
  if (out.further) setFurther(out.further, at, Number.NaN, false)
}

function setFurther({ atr, flip }: FurtherValues, at: number, range: number, isFlip: boolean): void {
  atr[at] = range
  flip[at] = isFlip ? 1 : 0
}

function stockstats({ period, multiplier }: SupertrendParameters): AdvanceSupertrend {
  const decay = 1 - 1 / period
  return (state, prices, from, to, out) => {
    const { high: highs, low: lows, close: closes } = prices
    const { further } = out
    let { bars, previousClose, atr, weight, upper, lower, side, orientation, segment } = state
    for (let i = from; i < to; i++) {
      const high = highs[i]!
      const low = lows[i]!
      const close = closes[i]!
      if (!hasPrice(high, low, close)) {
        noValue(out, i)
        continue
      }
      // the first bar's previous close is its own close
      const range = trueRange(high, low, bars === 0 ? close : previousClose)
      // in the order of pandas' ewm, which stockstats calls: the order decides the last bit, and with it near-ties
      weight *= decay
      if (bars === 0) atr = range
      else if (atr !== range) atr = (weight * atr + range) / (weight + 1)
      weight++
      const distance = multiplier * atr
      const middle = (high + low) / 2
      const basicUpper = middle + distance
      const basicLower = middle - distance
      if (bars === 0) {
        upper = basicUpper
        lower = basicLower
        side = close <= upper ? -1 : 1
      } else {
        if (basicUpper < upper || previousClose > upper) upper = basicUpper
        if (basicLower > lower || previousClose < lower) lower = basicLower
        if (side === -1) side = close <= upper ? -1 : 1
        else side = close > lower ? 1 : -1
      }
      // stockstats derives the side from the line, comparing with the upper band first: equal bands count as the upper one
      if (lower === upper) side = -1
      if (further) setFurther(further, i, atr, side !== orientation && orientation !== 0)
      if (side !== orientation) segment++
      orientation = side
      setValue(out, i, side === -1 ? upper : lower, side, segment)
      previousClose = close
      bars++
    }
    state.bars = bars
    state.previousClose = previousClose
    state.atr = atr
    state.weight = weight
    state.upper = upper
    state.lower = lower
    state.side = side
    state.orientation = orientation
    state.segment = segment
  }
}

function tradingView({ period, multiplier }: SupertrendParameters): AdvanceSupertrend {
  return (state, prices, from, to, out) => {
    const { high: highs, low: lows, close: closes } = prices
    const { further } = out
    let { bars, previousClose, atr, upper, lower, side, orientation, segment } = state
    for (let i = from; i < to; i++) {
      const high = highs[i]!
      const low = lows[i]!
      const close = closes[i]!
      if (!hasPrice(high, low, close)) {
        noValue(out, i)
        continue
      }
      const range = trueRange(high, low, previousClose)
      bars++
      if (bars < period) {
        atr += range
        previousClose = close
        noValue(out, i)
        continue
      }
      atr = bars === period ? (atr + range) / period : (atr * (period - 1) + range) / period
      const distance = multiplier * atr
      const middle = (high + low) / 2
      const basicUpper = middle + distance
      const basicLower = middle - distance
      if (bars === period) {
        upper = basicUpper
        lower = basicLower
        side = -1
      } else {
        if (basicUpper < upper || previousClose > upper) upper = basicUpper
        if (basicLower > lower || previousClose < lower) lower = basicLower
        if (side === -1) side = close <= upper ? -1 : 1
        else side = close >= lower ? 1 : -1
      }
      if (further) setFurther(further, i, atr, side !== orientation && orientation !== 0)
      if (side !== orientation) segment++
      orientation = side
      setValue(out, i, side === -1 ? upper : lower, side, segment)
      previousClose = close
    }
    state.bars = bars
    state.previousClose = previousClose
    state.atr = atr
    state.upper = upper
    state.lower = lower
    state.side = side
    state.orientation = orientation
    state.segment = segment
  }
}
