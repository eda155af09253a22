/** Decides which of two time columns has the time of the bars, when the chosen one has duplicates. */

import { StepCounter } from '../quality/step-counter.ts'
import { DAY_SECONDS } from './calendar.ts'
import { minus, wordsToNumber } from './time.ts'

/** Times of the whole file in series and time order. */
export interface TimesInOrder {
  readonly words: Int32Array
  readonly secondsPerUnit: number
  /** Whether every time is the beginning of a day. */
  readonly areDays: boolean
  readonly order: Uint32Array
  /** Rows with the series and time of the row before, but other prices. */
  readonly repeated: number
  /** Share of the other rows among all rows that do not repeat the prices of the row before as well. */
  readonly distinctShare: number
  /** Share of the steps that equal the usual one. */
  readonly regularShare: number
  /** The usual step; NaN without steps. */
  readonly usualSeconds: number
  /** Whether the file has the rows of each series in time order; rows that repeat time and prices do not count. */
  readonly isSorted: boolean
  /** From the first time to the last. */
  readonly spanSeconds: number
}

/**
 * @param order rows in series and time order
 * @param prices by row, a number that rows share when their prices are equal
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
  /** The row before, without rows that repeat time and prices. */
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

/** The time of bars repeats in less than half of the rows. */
const DISTINCT_SHARE = 0.5
/** Half of its steps are equal, unless bars end by something else than the clock, such as a volume. */
const REGULAR_SHARE = 0.5
/** This share where nothing else distinguishes bars from versions: every second version may come at the same step. */
const VERY_REGULAR_SHARE = 0.75
/** Downloads and corrections take less than this share of the time span of their bars. */
const SHORT_SHARE = 0.1
/** A column with so few different times has the times of whole downloads. */
const FEW_SHARE = 0.1
/** Nearly all rows. */
const MOST_SHARE = 0.99

/**
 * True when `other` has the time of the bars rather than the chosen column. No series may have a time twice in it, except in
 * rows that also repeat the prices. That alone is weak evidence, because the time at which a row was written is unique too.
 */
export function isBarTime(chosen: TimesInOrder, other: TimesInOrder): boolean {
  if (other.repeated > 0) return false
  // the chosen column has local times, in which an hour occurs twice when daylight saving time ends
  if (differsByZone(chosen, other)) return true
  const isRegular = other.regularShare >= REGULAR_SHARE
  const repeatsMostly = chosen.distinctShare <= DISTINCT_SHARE
  if (other.spanSeconds < SHORT_SHARE * chosen.spanSeconds) return false
  const { before, within, near } = compareTimes(chosen, other)
  if (!repeatsMostly && chosen.regularShare >= REGULAR_SHARE) {
    // for example bars of 40 s, where the chosen column has the minutes in which they begin
    const hasOwnStep = other.regularShare >= VERY_REGULAR_SHARE && other.usualSeconds !== chosen.usualSeconds
    return hasOwnStep && within >= MOST_SHARE
  }
  // bars are written after their time
  if (before >= MOST_SHARE) return true
  // the other column has fractions of the chosen one's seconds, or hours of its days
  if (within >= MOST_SHARE && (repeatsMostly || largestUnit(chosen) === 1)) return true
  if (!repeatsMostly) return false
  if (chosen.areDays && near >= MOST_SHARE && (isRegular || other.isSorted === chosen.isSorted)) return true
  const areFew = chosen.distinctShare <= FEW_SHARE && chosen.spanSeconds < SHORT_SHARE * other.spanSeconds
  // if only one of the two is in order, versions were written one after the other, or bars were sorted
  if (other.isSorted !== chosen.isSorted) return false
  return other.regularShare >= VERY_REGULAR_SHARE || (areFew && other.isSorted)
}

/** The largest of day, hour, minute and second of which all times are multiples; 0 if some have fractions of a second. */
function largestUnit({ words, secondsPerUnit, areDays, order }: TimesInOrder): number {
  if (areDays) return DAY_SECONDS
  const units = [3600, 60, 1]
  for (let row = 0; row < order.length && units.length > 0; row++) {
    const seconds = wordsToNumber(words[2 * row]!, words[2 * row + 1]!) * secondsPerUnit
    // as a double, a time in nanoseconds is exact to a few hundred nanoseconds
    while (units.length > 0 && Math.abs(seconds - units[0]! * Math.round(seconds / units[0]!)) > 1e-6) units.shift()
  }
  return units[0] ?? 0
}

/** Shares of rows whose other time is at or before the chosen one, within its unit, and within two days of it. */
function compareTimes(chosen: TimesInOrder, other: TimesInOrder) {
  const unit = largestUnit(chosen)
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

/** Different offsets of a zone, including daylight saving time and changes of law. */
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
