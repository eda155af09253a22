/**
 * Supertrend: a trailing line one multiple of the average true range away from the price. Below the price (orientation
 * +1) it is a stop for a long position, above it (-1) for a short one; the price closing through it flips the side.
 *
 * Two definitions, because two are in use and differ in the warm-up and at ties:
 * - `stockstats`: what stockstats 0.4.1 computes. The ATR is the bias-corrected exponential mean, a value from row 0 on.
 * - `tradingview`: what TradingView's `ta.supertrend` draws. The ATR is Wilder's, seeded with the mean of the first
 *   `period` true ranges; no values before row `period - 1`.
 *
 * Everything is computed in double, in the order that the definitions state, so that near-ties fall the same way.
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

/** What one series' recursion knows after its last bar. */
export interface SupertrendState {
  /** Bars seen. */
  bars: number
  /** NaN before the first bar. */
  previousClose: number
  /** The average true range; tradingview: the sum of the true ranges until there are `period` of them. */
  atr: number
  /** stockstats: the sum of the weights in the mean. */
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
}

export interface Prices {
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
}

/** A bar takes part when all three prices are finite numbers; other rows get no value and leave the recursion alone. */
export function hasPrice(high: number, low: number, close: number): boolean {
  // the sum of finite numbers may overflow, but then each one is tested
  return (
    Number.isFinite(high + low + close) || (Number.isFinite(high) && Number.isFinite(low) && Number.isFinite(close))
  )
}

export function newValues(rows: number): { line: Float32Array; orientation: Int8Array; segment: Int32Array } {
  return { line: new Float32Array(rows), orientation: new Int8Array(rows), segment: new Int32Array(rows) }
}

export function newPrices(rows: number): Prices {
  return { high: new Float64Array(rows), low: new Float64Array(rows), close: new Float64Array(rows) }
}

export type Advance = (state: SupertrendState, prices: Prices, from: number, to: number, out: SupertrendValues) => void

/**
 * Returns the recursion for some parameters. It takes the bars `from` to `to` (exclusive) of one series in time order,
 * moves `state` on, and writes each bar's results to the same index of `out`.
 */
export function supertrend(parameters: SupertrendParameters): Advance {
  return parameters.definition === 'stockstats' ? stockstats(parameters) : tradingView(parameters)
}

function noValue(out: SupertrendValues, at: number): void {
  out.line[at] = Number.NaN
  out.orientation[at] = 0
  out.segment[at] = 0
}

function stockstats({ period, multiplier }: SupertrendParameters): Advance {
  const decay = 1 - 1 / period
  return (state, prices, from, to, out) => {
    const { high: highs, low: lows, close: closes } = prices
    let { bars, previousClose, atr, weight, upper, lower, side, orientation, segment } = state
    for (let i = from; i < to; i++) {
      const high = highs[i]!
      const low = lows[i]!
      const close = closes[i]!
      if (!hasPrice(high, low, close)) {
        noValue(out, i)
        continue
      }
      // the first close is its own previous one
      const range = trueRange(high, low, bars === 0 ? close : previousClose)
      // the order of pandas' ewm, which stockstats calls: it decides the last bit, and so the near-ties
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
      // stockstats takes the side from the value it shows, the upper band first: equal bands are the upper one, now and next
      if (lower === upper) side = -1
      if (side !== orientation) segment++
      orientation = side
      out.line[i] = side === -1 ? upper : lower
      out.orientation[i] = side
      out.segment[i] = segment
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

function tradingView({ period, multiplier }: SupertrendParameters): Advance {
  return (state, prices, from, to, out) => {
    const { high: highs, low: lows, close: closes } = prices
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
      if (side !== orientation) segment++
      orientation = side
      out.line[i] = side === -1 ? upper : lower
      out.orientation[i] = side
      out.segment[i] = segment
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
