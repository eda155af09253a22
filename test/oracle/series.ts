/**
 * Series of bars on which two recursions part if they differ anywhere: by category, each with bars whose high and low are
 * the same, closes that equal a band, and bands that are equal. The same seed gives the same bars.
 */
import { initialState, newValues, supertrend } from '../../functions/market/supertrend.ts'
import { random } from '../random.ts'

export interface Series {
  readonly category: string
  readonly period: number
  readonly multiplier: number
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
}

type Bar = readonly [high: number, low: number, close: number]
type Random = () => number

interface Category {
  readonly parameters: readonly (readonly [period: number, multiplier: number])[]
  /** The first price. */
  readonly start: (next: Random) => number
  /** The bar after a close. */
  readonly bar: (next: Random, previous: number, start: number) => Bar
  /** How many of the closes are moved onto a band, or one float beside it. */
  readonly onBand?: number
}

const COMMON = [
  [14, 3],
  [10, 3],
  [7, 2],
  [3, 1],
  [2, 0.5],
  [50, 0.1],
  [1_000_000_007, 1.7],
] as const
/** Powers of two: every mean is exact, so that ties are. */
const EXACT = [
  [1, 1],
  [2, 0.5],
  [2, 1],
  [4, 2],
  [8, 3],
] as const
const PERIOD_1 = [
  [1, 0.1],
  [1, 0.5],
  [1, 1],
  [1, 1.5],
  [1, 3],
] as const
/** With the first two, the distance is lost when it is added to a price: the bands of a bar are equal. */
const NO_DISTANCE = [
  [14, 1e-18],
  [3, 1e-17],
  [14, 3],
  [5, 10],
  [2, 0.5],
] as const

const between = (next: Random, from: number, to: number) => from + Math.floor(next() * (to - from + 1))
const cents = (value: number) => Math.round(value * 100) / 100
const isTrue = (next: Random, share: number) => next() < share

/** A bar of a walk on multiples of a tick, flat now and then. */
function onGrid(next: Random, previous: number, tick: number, ticks: number): Bar {
  const close = previous + tick * between(next, -ticks, ticks)
  if (isTrue(next, 0.2)) return [close, close, close]
  return [
    Math.max(previous, close) + tick * between(next, 0, ticks),
    Math.min(previous, close) - tick * between(next, 0, ticks),
    close,
  ]
}

function inCents(next: Random, previous: number): Bar {
  return onGrid(next, previous, 0.01, 30).map(cents) as unknown as Bar
}

/** Of the size of the price, so that prices stay within some orders of magnitude. */
function proportional(next: Random, previous: number, start: number): Bar {
  const tick = isTrue(next, 0.3) ? Math.abs(start) * 2 ** -52 : Math.abs(start) * 0.003
  return onGrid(next, previous, Math.max(tick, Number.MIN_VALUE), 5)
}

const CATEGORIES: Readonly<Record<string, Category>> = {
  'flat bars': {
    parameters: COMMON,
    start: (next) => cents(10 + 500 * next()),
    bar: (next, previous) => {
      if (isTrue(next, 0.4)) return inCents(next, previous)
      const price = isTrue(next, 0.6) ? previous : cents(previous + next() - 0.5)
      return [price, price, price]
    },
  },
  ties: { parameters: COMMON, start: (next) => cents(10 + 500 * next()), bar: inCents, onBand: 0.4 },
  'grid prices': {
    parameters: EXACT,
    start: (next) => 100 + 0.25 * between(next, -8, 8),
    bar: (next, previous) => onGrid(next, previous, 0.25, 3),
  },
  'period 1': {
    parameters: PERIOD_1,
    start: (next) => cents(10 + 50 * next()),
    bar: (next, previous) => (isTrue(next, 0.5) ? inCents(next, previous) : onGrid(next, previous, 0.5, 2)),
  },
  'equal bands': {
    parameters: NO_DISTANCE,
    start: (next) => cents(10 + 500 * next()),
    bar: (next, previous) => (isTrue(next, 0.5) ? inCents(next, previous) : onGrid(next, previous, 0.01, 2)),
  },
  'huge prices': {
    parameters: [...COMMON, ...NO_DISTANCE],
    start: (next) => (1 + next()) * 10 ** between(next, 12, 300),
    bar: proportional,
  },
  'tiny prices': {
    parameters: [...COMMON, ...EXACT],
    // down to multiples of the smallest number there is
    start: (next) => Math.max((1 + next()) * 10 ** -between(next, 5, 323), 20 * Number.MIN_VALUE),
    bar: proportional,
  },
  'inconsistent bars': {
    parameters: COMMON,
    start: (next) => cents(10 + 500 * next()),
    bar: (next, previous) => {
      const [high, low, close] = inCents(next, previous)
      const outside = isTrue(next, 0.3) ? cents(close + 4 * next() - 2) : close
      return isTrue(next, 0.3) ? [low, high, outside] : [high, low, outside]
    },
  },
  'prices around zero': {
    parameters: [...EXACT, ...PERIOD_1],
    start: (next) => (isTrue(next, 0.5) ? -0 : 0.25 * between(next, -4, 4)),
    bar: (next, previous) => {
      const bar = onGrid(next, previous, 0.25, 3)
      return isTrue(next, 0.2) ? [-bar[1], -bar[0], -bar[2]] : bar
    },
  },
}

export const CATEGORY_NAMES = Object.keys(CATEGORIES)

/** Series of a category until they have that many bars. */
export function* seriesOf(category: string, bars: number, seed: number): Generator<Series> {
  const next = random(seed)
  for (let left = bars; left > 0; ) {
    // most of what can go wrong goes wrong soon, and the first bars are rules of their own
    const rows = Math.min(left, isTrue(next, 0.05) ? 800 : between(next, 1, 120))
    yield oneSeries(category, rows, next)
    left -= rows
  }
}

function oneSeries(name: string, rows: number, next: Random): Series {
  const category = CATEGORIES[name]!
  const [period, multiplier] = category.parameters[between(next, 0, category.parameters.length - 1)]!
  const prices = { high: new Float64Array(rows), low: new Float64Array(rows), close: new Float64Array(rows) }
  const advance = supertrend({ definition: 'stockstats', period, multiplier })
  const out = newValues(rows)
  const start = category.start(next)
  const flatRows = isTrue(next, 0.6) ? between(next, 1, 5) : 0
  let state = initialState()
  let previous = start
  for (let row = 0; row < rows; row++) {
    const [high, low, close] = row < flatRows ? [start, start, start] : category.bar(next, previous, start)
    prices.high[row] = high
    prices.low[row] = low
    prices.close[row] = close
    const after = { ...state }
    advance(after, prices, row, row + 1, out)
    // the bands of a row do not depend on its close, but for the first one
    if (row > 0 && isTrue(next, category.onBand ?? 0.05)) {
      const band = isTrue(next, 0.5) ? after.upper : after.lower
      prices.close[row] = band + [0, 0, 2 ** -52, -(2 ** -52)][between(next, 0, 3)]! * Math.abs(band)
      advance(state, prices, row, row + 1, out)
    } else {
      state = after
    }
    previous = prices.close[row]!
  }
  return { category: name, period, multiplier, ...prices }
}
