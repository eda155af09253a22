/** Recognises a column of times of day beside a column of days, by its values and not only by its name. */

import type { ColumnDescription } from '../column-values.ts'
import type { ConflictSample } from '../duplicates/conflict-evidence.ts'
import { DAY_SECONDS, PER_SECOND, QUARTER_SECONDS } from './calendar.ts'
import { clearClock } from './clock-numbers.ts'
import { CLOCK_DIGITS } from './time-of-day.ts'

/** `part`: hours alone, minutes alone, or AM and PM; several such columns together may be the time of day. */
export type TimeOfDayKind = 'whole' | 'part'

/** `HH:MM`, `HH:MM:SS` with or without a fraction, with or without AM or PM. */
const CLOCK_TEXT = /^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d+)?)?(\s?[ap]\.?m\.?)?$/i
const HALF_DAY = /^[ap]\.?m\.?$/i
/** With such a name, all numbers that can be times of day are. Without it they may as well identify instruments. */
const CLOCK_NAME = /time|hour|min|clock|hhmm|hms/i

/**
 * @param values the different values, as text
 * @param goOn whether prices continue from each value to the next one within a day
 */
export function timesOfDay(
  { name, logical }: ColumnDescription,
  values: readonly string[],
  goOn: (rowsOfDay: number) => boolean,
): TimeOfDayKind | undefined {
  if (logical.kind === 'time') return 'whole'
  if (values.length === 0) return undefined
  const isNamed = CLOCK_NAME.test(name)
  if (logical.kind === 'duration') {
    const seconds = values.map((value) => Number(value) / Number(PER_SECOND[logical.unit])).sort((a, b) => a - b)
    const areWithinDay = seconds[0]! >= 0 && seconds.at(-1)! < DAY_SECONDS
    return areWithinDay && (isNamed || areWholeMinutes(seconds) || goOn(MANY_ROWS)) ? 'whole' : undefined
  }
  const are = (pattern: RegExp) => values.every((value) => pattern.test(value))
  if (are(CLOCK_TEXT)) return 'whole'
  if (are(HALF_DAY)) return 'part'
  if (!are(CLOCK_DIGITS)) return undefined
  const areSmall = are(/^[0-5]?\d$/)
  if (isNamed && areSmall && values.some((value) => Number(value) > 23)) return 'part'
  const numbers = [...new Set(values.map(Number))].sort((a, b) => a - b)
  const clock = clearClock(name, numbers)
  if (!clock) return undefined
  // numbers of instruments may look like hours and minutes
  const haveSteps = clock.areHours || areSmall ? () => false : clock.isDigits ? areDigits : areCounted
  if (!isNamed && !haveSteps(numbers, clock.seconds) && !goOn(areSmall ? FEW_ROWS : MANY_ROWS)) return undefined
  return areSmall && !clock.areHours ? 'part' : 'whole'
}

/** With so many rows in a day, or in several days together, prices do not continue by chance. */
const MANY_ROWS = 30
const MANY_ROWS_IN_ALL = 120
const FEW_ROWS = 5
/** From bar to bar, the prices of one instrument move by less than this share of the distance of any two bars of a day. */
const CONTINUOUS_SHARE = 0.6

/**
 * True when, in the order of some numbers, the prices of a day continue from row to row, as those of one instrument do. Prices
 * of several instruments jump.
 * @param numberOf the number of a row of the sample
 * @param rowsOfDay days with fewer rows are left out; a small minimum is enough where there are many days
 */
export function pricesGoOn(
  { groups, bars }: ConflictSample,
  numberOf: (at: number) => number,
  rowsOfDay = MANY_ROWS,
): boolean {
  const prices = bars.at(-1)!
  let [path, expected] = [0, 0]
  const days = groups.map((group) => group.filter((at) => Number.isFinite(prices[at]) && Number.isFinite(numberOf(at))))
  const inAll = days.reduce((sum, { length }) => sum + (length < rowsOfDay ? 0 : length), 0)
  const atLeast = inAll >= MANY_ROWS_IN_ALL ? rowsOfDay : MANY_ROWS
  for (const rows of days) {
    if (rows.length < atLeast) continue
    const inOrder = rows.toSorted((a, b) => numberOf(a) - numberOf(b)).map((at) => prices[at]!)
    for (let i = 1; i < inOrder.length; i++) path += Math.abs(inOrder[i]! - inOrder[i - 1]!)
    expected += (inOrder.length - 1) * meanDistance(inOrder)
  }
  return expected > 0 && path < CONTINUOUS_SHARE * expected
}

/** The mean distance of any two values. */
function meanDistance(values: readonly number[]): number {
  const { length } = values
  const sum = values.toSorted((a, b) => a - b).reduce((sum, value, i) => sum + value * (2 * i - length + 1), 0)
  return (2 * sum) / (length * (length - 1))
}

/** Whether the hours are those of a 12-hour clock, which need AM or PM. */
export function areTwelveHours(values: readonly string[]): boolean {
  return values.every((value) => /^(0?[1-9]|1[0-2]):[^ap]*$/i.test(value))
}

export function areHalfDays(values: readonly string[]): boolean {
  return values.length > 0 && values.every((value) => HALF_DAY.test(value))
}

/** The steps of so many different values are evidence. */
const FEW = 6
/** So many values without last two digits above 59 are evidence, unless they are within a few hundreds. */
const MANY = 20
const HUNDREDS = 5

/** Whether digits such as 930 advance like a clock: from one hour to the next by the same step as within an hour. */
function areDigits(numbers: readonly number[], seconds: readonly number[]): boolean {
  if (numbers.length >= MANY && new Set(numbers.map((n) => Math.floor(n / 100))).size >= HUNDREDS) return true
  if (numbers.length < FEW) return false
  const { step, share } = usualStep(seconds)
  const hourOf = (second: number) => Math.floor(second / 3600)
  const goesOn = seconds.some((second, i) => {
    const before = seconds[i - 1]
    return before !== undefined && second - before === step && hourOf(second) !== hourOf(before)
  })
  return goesOn && share >= 0.5
}

/** Numbers of instruments are consecutive; consecutive minutes of a day begin at a quarter of an hour. */
const DENSE = 120

function areWholeMinutes(seconds: readonly number[]): boolean {
  return seconds.every((second) => second % 60 === 0)
}

/** Whether numbers are counted since midnight: their steps are common intervals, or they cover a whole day. */
function areCounted(numbers: readonly number[], seconds: readonly number[]): boolean {
  if (numbers.length < FEW) return false
  const { step, share } = usualStep(seconds)
  const perUnit = seconds.at(-1)! / numbers.at(-1)!
  const isWhole = (unit: number) => seconds.every((second) => second % unit === 0)
  if (perUnit < 1) return isWhole(1)
  if (perUnit < 60 && areWholeMinutes(seconds)) return true
  if (share < 0.8) return false
  if (perUnit === 60 && step >= 300 && isWhole(step)) return true
  const [first, last] = [seconds[0]!, seconds.at(-1)!]
  const isWholeDay = first < step && last + step >= DAY_SECONDS
  return isWholeDay || (numbers.length >= DENSE && first > 0 && first % QUARTER_SECONDS === 0)
}

/** The most frequent step of ascending seconds, with its share of all steps. */
function usualStep(seconds: readonly number[]): { readonly step: number; readonly share: number } {
  const counts = new Map<number, number>()
  for (let i = 1; i < seconds.length; i++) {
    const step = seconds[i]! - seconds[i - 1]!
    counts.set(step, (counts.get(step) ?? 0) + 1)
  }
  const [step, count] = [...counts].reduce((most, each) => (each[1] > most[1] ? each : most), [0, 0])
  return { step, share: count / (seconds.length - 1) }
}
