/** Which of two columns of times is that of the bars, where the one that was chosen repeats. */

import { StepCounter } from '../quality/step-counter.ts'
import { DAY_SECONDS } from './calendar.ts'
import { minus, wordsToNumber } from './time.ts'

/** Times of the whole file in series and time order. */
export interface TimesInOrder {
  readonly words: Int32Array
  readonly secondsPerUnit: number
  /** Whether each is the beginning of a day. */
  readonly areDays: boolean
  readonly order: Uint32Array
  /** Rows that come after one of their series with the same time and other prices. */
  readonly repeated: number
  /** Share of the rows that do not, among those that do not repeat another row in prices as well. */
  readonly distinctShare: number
  /** Share of the steps that are the usual one. */
  readonly regularShare: number
  /** The usual step; NaN without steps. */
  readonly usualSeconds: number
  /** Whether the rows of each series are in time order in the file, those left out that are there twice. */
  readonly isSorted: boolean
  /** From the first time to the last. */
  readonly spanSeconds: number
}

/**
 * @param order rows in series and time order
 * @param prices for each row a number that rows share when their prices are equal
 */
export function statisticsOf(
  words: Int32Array,
  series: Int32Array | undefined,
  prices: Int32Array,
  order: Uint32Array,
  secondsPerUnit: number,
): Omit<TimesInOrder, 'words' | 'secondsPerUnit' | 'areDays' | 'order'> {
  const counter = new StepCounter()
  const steps = new Float64Array(order.length)
  let [repeated, agreeing, count] = [0, 0, 0]
  let isSorted = true
  /** The row before, those left out that are there twice. */
  let before = -1
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!
    const time = wordsToNumber(words[2 * row]!, words[2 * row + 1]!)
    if (time < first) first = time
    if (time > last) last = time
    const previous = order[i - 1]
    if (previous === undefined || (series && series[row] !== series[previous])) {
      before = row
      continue
    }
    const [low, high] = minus(words[2 * row]!, words[2 * row + 1]!, words[2 * previous]!, words[2 * previous + 1]!)
    if (low === 0 && high === 0) {
      if (prices[row] === prices[previous]) {
        agreeing++
        continue
      }
      repeated++
    } else {
      steps[count] = wordsToNumber(low, high >>> 0)
      counter.add(steps[count++]!, 1)
    }
    if (row < before) isSorted = false
    before = row
  }
  const { usual } = counter
  const regular = steps.subarray(0, count).reduce((sum, step) => sum + (step === usual ? 1 : 0), 0)
  return {
    repeated,
    distinctShare: order.length === 0 ? 1 : 1 - repeated / (order.length - agreeing),
    regularShare: count === 0 ? 0 : regular / count,
    usualSeconds: usual * secondsPerUnit,
    isSorted,
    spanSeconds: order.length === 0 ? 0 : (last - first) * secondsPerUnit,
  }
}

/** A time of bars repeats in less than half of the rows. */
const DISTINCT_SHARE = 0.5
/** Half of its steps are of one size, unless something else than the clock ends the bars. */
const REGULAR_SHARE = 0.5
/** So many, where nothing else tells the bars from versions of them, of which each second one may come at the same step. */
const VERY_REGULAR_SHARE = 0.75
/** Downloads and corrections take less than this part of the time that their bars span. */
const SHORT_SHARE = 0.1
/** A time that repeats so often is that of whole downloads. */
const FEW_SHARE = 0.1
/** Nearly all rows. */
const MOST_SHARE = 0.99

/**
 * Whether `other` is the time of the bars rather than the column chosen. No series has a time twice in it, but for rows that
 * are the same in both; that alone says little, since the time at which a row was written does not repeat either.
 */
export function isBarTime(chosen: TimesInOrder, other: TimesInOrder): boolean {
  if (other.repeated > 0) return false
  // local time, in which an hour comes twice when daylight saving ends
  if (differsByZone(chosen, other)) return true
  const isRegular = other.regularShare >= REGULAR_SHARE
  const repeatsMostly = chosen.distinctShare <= DISTINCT_SHARE
  if (other.spanSeconds < SHORT_SHARE * chosen.spanSeconds) return false
  const { before, within, near } = compareTimes(chosen, other)
  if (!repeatsMostly && chosen.regularShare >= REGULAR_SHARE) {
    // bars of 40 s, say, under the minutes that they begin in
    const hasOwnStep = other.regularShare >= VERY_REGULAR_SHARE && other.usualSeconds !== chosen.usualSeconds
    return hasOwnStep && within >= MOST_SHARE
  }
  // bars are written after their time
  if (before >= MOST_SHARE) return true
  // seconds of which the other column has fractions, or days of which it has the hours
  if (within >= MOST_SHARE && (repeatsMostly || unitOf(chosen) === 1)) return true
  if (!repeatsMostly) return false
  if (chosen.areDays && near >= MOST_SHARE && (isRegular || other.isSorted === chosen.isSorted)) return true
  const areFew = chosen.distinctShare <= FEW_SHARE && chosen.spanSeconds < SHORT_SHARE * other.spanSeconds
  // where rows of only one of the two go back in the file, versions were written one after the other, or bars sorted
  if (other.isSorted !== chosen.isSorted) return false
  return other.regularShare >= VERY_REGULAR_SHARE || (areFew && other.isSorted)
}

/** The largest of a day, an hour, a minute and a second that all times are multiples of; 0 for fractions. */
function unitOf({ words, secondsPerUnit, areDays, order }: TimesInOrder): number {
  if (areDays) return DAY_SECONDS
  const units = [3600, 60, 1]
  for (let row = 0; row < order.length && units.length > 0; row++) {
    const seconds = wordsToNumber(words[2 * row]!, words[2 * row + 1]!) * secondsPerUnit
    // a double carries a time in nanoseconds to a few hundred of them
    while (units.length > 0 && Math.abs(seconds - units[0]! * Math.round(seconds / units[0]!)) > 1e-6) units.shift()
  }
  return units[0] ?? 0
}

/** Shares of the rows whose other time is not after the chosen one, within its unit, within two days of it. */
function compareTimes(chosen: TimesInOrder, other: TimesInOrder) {
  const unit = unitOf(chosen)
  let [before, within, near] = [0, 0, 0]
  const rows = chosen.order.length
  for (let row = 0; row < rows; row++) {
    const later = secondsOf(other, row) - secondsOf(chosen, row)
    if (later <= 1e-6) before++
    if (later >= -1e-6 && later < unit) within++
    if (Math.abs(later) < 2 * DAY_SECONDS) near++
  }
  return { before: before / rows, within: within / rows, near: near / rows }
}

function secondsOf({ words, secondsPerUnit }: TimesInOrder, row: number): number {
  return wordsToNumber(words[2 * row]!, words[2 * row + 1]!) * secondsPerUnit
}

/** Different offsets of a zone, with daylight saving and changes of law. */
const MAX_OFFSETS = 4
const QUARTER_HOUR_S = 900

function differsByZone(chosen: TimesInOrder, other: TimesInOrder): boolean {
  const offsets = new Set<number>()
  for (let row = 0; row < chosen.order.length; row++) {
    const offset = (secondsOf(chosen, row) - secondsOf(other, row)) / QUARTER_HOUR_S
    const whole = Math.round(offset)
    if (Math.abs(offset - whole) > 1e-6) return false
    offsets.add(whole)
    if (offsets.size > MAX_OFFSETS) return false
  }
  return offsets.size > 1
}
