/** The state of one series as plain data, which JSON keeps exactly. */
import { printable, RefusedError } from '../shared/errors.ts'
import type { SupertrendParameters, SupertrendState } from './supertrend.ts'

/** Raised whenever a field changes its meaning: a state of another version cannot be continued. */
const SERIES_STATE_VERSION = 1

/** Numbers that JSON does not have are their names. */
export type StateNumber = number | 'Infinity' | '-Infinity' | 'NaN' | '-0'

/** All that the next bar needs. Plain data, which JSON and `structuredClone` keep bit for bit. */
export interface SupertrendSeriesState extends SupertrendParameters {
  /** Version of these fields. */
  readonly version: typeof SERIES_STATE_VERSION
  /** Whether bars of zeros have no price, or the price 0. */
  readonly zeroPrices: 'missing' | 'value'
  /** Bars with a price so far. */
  readonly bars: number
  /** Null before the first bar. */
  readonly previousClose: StateNumber | null
  /** The average true range; during the warm-up of `tradingview`, the sum of the true ranges. */
  readonly atr: StateNumber
  /** Of `stockstats`: the sum of the weights in the mean. */
  readonly weight: number
  /** The upper band, not rounded; null before the first value. */
  readonly upper: StateNumber | null
  /** The lower band, not rounded; null before the first value. */
  readonly lower: StateNumber | null
  /** The side on which the line is: -1 above, 1 below the price. */
  readonly side: -1 | 1
  /** Of the last value, 0 before the first. */
  readonly orientation: -1 | 0 | 1
  /** Number of the trend, 0 before the first value. */
  readonly segment: number
}

/** The settings to which a state belongs. */
export interface SeriesSettings extends SupertrendParameters {
  readonly zeroPrices: 'missing' | 'value'
}

export function seriesState(
  { definition, period, multiplier, zeroPrices }: SeriesSettings,
  state: SupertrendState,
): SupertrendSeriesState {
  const { bars, previousClose, atr, upper, lower, orientation } = state
  return {
    ...{ version: SERIES_STATE_VERSION, definition, period, multiplier, zeroPrices },
    ...state,
    previousClose: bars === 0 ? null : stateNumber(previousClose),
    atr: stateNumber(atr),
    upper: orientation === 0 ? null : stateNumber(upper),
    lower: orientation === 0 ? null : stateNumber(lower),
  }
}

function stateNumber(value: number): StateNumber {
  if (Object.is(value, -0)) return '-0'
  return Number.isFinite(value) ? value : (String(value) as StateNumber)
}

/**
 * Refuses what programs give in place of a state.
 * @throws RefusedError `settings`
 */
export function checkIsState(after: unknown): void {
  const refuse = (what: string) => {
    throw new RefusedError('settings', `after is ${what}`)
  }
  if (after === null) return refuse('null; allowed is a state, or no after for a new series')
  if (typeof after === 'string') refuse('a string; allowed is a state: JSON.parse makes one of its text')
  if (typeof after !== 'object') return refuse(`a ${typeof after}; allowed is a state`)
  if (ArrayBuffer.isView(after)) refuse('bytes; allowed is a state: carriedStates lists those in an enriched file')
  if (Array.isArray(after)) refuse('a list; allowed is the state of one series, such as list[0].supertrends[0]')
  if ('supertrends' in after) refuse('a series of carriedStates; allowed is one of its states, such as series.supertrends[0]')
}

/**
 * @param given for whose bars the state is
 * @throws RefusedError `state-version`, `state-settings`, or `state-damaged` with the first field that cannot be right
 */
export function readSeriesState(after: SupertrendSeriesState, given: SeriesSettings): SupertrendState {
  if (after.version !== SERIES_STATE_VERSION) {
    const states = `this program continues states of version ${SERIES_STATE_VERSION}`
    throw new RefusedError('state-version', `the state has version ${after.version}; ${states}`)
  }
  for (const name of ['definition', 'period', 'multiplier', 'zeroPrices'] as const) {
    if (after[name] === given[name]) continue
    throw new RefusedError(
      'state-settings',
      `the state is of ${name} ${after[name]}, not ${given[name]}; leave out what the state contains`,
    )
  }
  const { bars, weight, side, orientation, segment } = after
  const hasValues = bars >= (given.definition === 'stockstats' ? 1 : given.period)
  checkState('bars', Number.isSafeInteger(bars) && bars >= 0, bars, 'an integer from 0 up')
  checkState('weight', Number.isFinite(weight) && weight >= 0, weight, 'a number from 0 up')
  checkState('side', side === -1 || side === 1, side, '-1 and 1')
  checkState(
    'orientation',
    hasValues ? orientation === side : orientation === 0,
    orientation,
    hasValues ? `${side}` : '0',
  )
  const [fewest, most] = hasValues ? [1, bars] : [0, 0]
  const isSegment = Number.isSafeInteger(segment) && segment >= fewest && segment <= most
  checkState('segment', isSegment, segment, `an integer from ${fewest} to ${most}`)
  return {
    ...{ bars, weight, side, orientation, segment },
    previousClose: readNumber(after, 'previousClose', bars === 0),
    // below 0 after a first bar whose high is below its low
    atr: readNumber(after, 'atr', false),
    upper: readNumber(after, 'upper', !hasValues),
    lower: readNumber(after, 'lower', !hasValues),
  }
}

function readNumber(after: SupertrendSeriesState, name: 'previousClose' | 'atr' | 'upper' | 'lower', isNull: boolean) {
  const value = after[name]
  const isNumber = Number.isFinite(value) || ['Infinity', '-Infinity', 'NaN', '-0'].includes(value as string)
  checkState(
    name,
    isNull ? value === null : isNumber,
    value,
    isNull ? 'null' : 'a number, "Infinity", "-Infinity", "NaN" and "-0"',
  )
  return isNull ? Number.NaN : Number(value)
}

function checkState(name: string, isRight: boolean, value: unknown, allowed: string): void {
  if (isRight) return
  const shown = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'missing')
  throw new RefusedError('state-damaged', `${name} of the state is ${printable(shown, 100)}; allowed here: ${allowed}`)
}
