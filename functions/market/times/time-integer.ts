/** Integers that say no unit: epochs, whose unit follows from their magnitude, or calendar times such as 20240131. */

import type { TimeUnit } from '../column-values.ts'
import type { Warning } from '../quality/warnings.ts'
import {
  type CalendarDigits,
  calendarDigits,
  calendarSeconds,
  clockSeconds,
  PER_SECOND,
  UNIT_NAMES,
} from './calendar.ts'
import { RereadTimes } from './reread-times.ts'
import { setNumber, type Times, type TimesPiece, wordsToNumber } from './time.ts'

/** Throws, naming the row at an index of the piece. */
export interface Refusals {
  /** The row holds what no time is; `why` ends the sentence. */
  value(row: number, what: string, why?: string): never
  missing(row: number): never
}

/** What to do where a time of day was taken for a time. */
export const TIME_OF_DAY_ADVICE =
  'which is no point in time; if it is a time of day, name the column of the day as well: --time-column DAY --time-column TIME (in the function: columns.time, a list)'

/** Below this a number counts or names something; as seconds it would be a time before March 1973. */
const SMALLEST_EPOCH = 100_000_000
const UNITS = ['s', 'ms', 'us', 'ns'] as const

/**
 * 1e11 s is the year 5138, 1e11 ms is 1973: between two units lie centuries in which no market traded.
 * @returns undefined for what is no epoch
 */
export function unitByMagnitude(time: bigint): TimeUnit | undefined {
  const size = time < 0n ? -time : time
  if (size < SMALLEST_EPOCH) return undefined
  if (size < 100_000_000_000n) return 's'
  if (size < 100_000_000_000_000n) return 'ms'
  return size < 100_000_000_000_000_000n ? 'us' : 'ns'
}

/** The same of a double, which is not exact around 1e17. */
function unitOf({ values, words }: Times, index: number): TimeUnit | undefined {
  const size = Math.abs(wordsToNumber(words[2 * index]!, words[2 * index + 1]!))
  if (size < SMALLEST_EPOCH) return undefined
  if (size < 1e11) return 's'
  if (size < 1e14) return 'ms'
  return size === 1e17 ? unitByMagnitude(values[index]!) : size < 1e17 ? 'us' : 'ns'
}

/** The high words that positive epochs of a unit may have and those of other units may not. */
const HIGH_WORDS = { s: [0, 22], ms: [24, 23_282], us: [23_284, 23_283_063], ns: [23_283_065, 0x7fff_ffff] } as const

/**
 * The unit of a piece without negative epochs and without any at a limit: the usual case, in which a row must cost next
 * to nothing.
 * @returns undefined when each row has to be looked at
 */
function commonUnit({ words }: Times, at: number, rows: number): TimeUnit | undefined {
  let least = words[2 * at + 1]!
  let most = least
  for (let i = 2 * at + 3, end = 2 * (at + rows); i < end; i += 2) {
    const high = words[i]!
    if (high < least) least = high
    else if (high > most) most = high
  }
  const unit = UNITS.find((unit) => least >= HIGH_WORDS[unit][0] && most <= HIGH_WORDS[unit][1])
  if (unit !== 's') return unit
  for (let i = 2 * at, end = 2 * (at + rows); i < end; i += 2) {
    if (words[i]! >>> 0 < SMALLEST_EPOCH && words[i + 1] === 0) return undefined
  }
  return unit
}

/** The integers of one column; what is learned of them is kept when the column is read again. */
export class IntegerTimes {
  readonly #label: string
  readonly #mayCount: boolean
  #isSettled = false
  #digits: CalendarDigits | undefined
  #unit: TimeUnit | undefined
  /** Whether the smaller epochs are times around 1970, not of a coarser unit. */
  #isOneUnit = false
  /** Whether some have fractions, so that all are nanoseconds. */
  #hasFractions = false
  /** Whether epochs of a coarser unit have been multiplied. */
  #isScaled = false
  #counts: Record<TimeUnit, number> = { s: 0, ms: 0, us: 0, ns: 0 }

  /**
   * @param label how messages name the column
   * @param mayCount whether the numbers may be those of the rows
   */
  constructor(label: string, mayCount: boolean) {
    this.#label = label
    this.#mayCount = mayCount
  }

  /** Of what was read. */
  get unit(): TimeUnit {
    return this.#unit ?? 's'
  }

  /**
   * Converts the integers of a piece to the unit of the whole column.
   * @param fractions billionths to be added to each; undefined for none
   * @throws RereadTimes when the rows before were converted to another unit
   */
  settle({ out, at, rows, firstRow }: TimesPiece, refuse: Refusals, fractions?: Int32Array): void {
    if (firstRow === 0) {
      this.#isScaled = false
      this.#counts = { s: 0, ms: 0, us: 0, ns: 0 }
    }
    if (rows === 0) return
    if (fractions && !this.#hasFractions) {
      this.#hasFractions = true
      this.#unit = 'ns'
      if (firstRow > 0) throw new RereadTimes(`${this.#label} holds fractions from row ${firstRow} on`)
    }
    if (this.#hasFractions) {
      this.#settleFractions(out, at, rows, refuse, fractions)
      return
    }
    if (!this.#isSettled) {
      this.#isSettled = true
      this.#digits = digitsOf(out, at, rows)
    }
    if (this.#digits !== undefined) {
      readCalendar(out, at, rows, this.#digits, refuse)
      return
    }
    refuseCalendar(out, at, rows, refuse)
    const unit = commonUnit(out, at, rows)
    if (unit !== undefined && (this.#unit ?? unit) === unit) {
      this.#unit = unit
      this.#counts[unit] += rows
    } else this.#settleEach(out, at, rows, firstRow, refuse)
  }

  /** All become nanoseconds: what is beyond those is cut off. */
  #settleFractions(out: Times, at: number, rows: number, refuse: Refusals, fractions: Int32Array | undefined): void {
    for (let i = 0; i < rows; i++) {
      const value = out.values[at + i]!
      const fraction = fractions?.[i] ?? 0
      const text = `${value}${fraction === 0 ? '' : String(Math.abs(fraction) / 1e9).slice(1)}`
      const unit = unitByMagnitude(value)
      if (unit === undefined) refuse.value(i, text, this.#whyNoTime(Number(value)))
      this.#counts[unit!]++
      const nanos = value * (PER_SECOND.ns / PER_SECOND[unit!]) + BigInt(fraction) / PER_SECOND[unit!]
      if (nanos !== BigInt.asIntN(64, nanos)) refuse.value(i, `${text}, a time outside of the years 1677 to 2262`)
      out.values[at + i] = nanos
    }
  }

  /** Rows of several units, around 1970, or that are no times. */
  #settleEach(out: Times, at: number, rows: number, firstRow: number, refuse: Refusals): void {
    const units = Array.from({ length: rows }, (_, i) => unitOf(out, at + i))
    const finest = finestOf([this.#unit, ...new Set(units)])
    if (this.#unit !== finest) {
      const isFirst = this.#unit === undefined
      this.#unit = finest
      if (!isFirst) throw new RereadTimes(`${this.#label} holds ${UNIT_NAMES[finest!]} from row ${firstRow} on`)
    }
    if (!this.#isOneUnit && units.some((unit, i) => unit !== finest && isImplausible(out, at + i, unit))) {
      this.#isOneUnit = true
      if (this.#isScaled) throw new RereadTimes(`${this.#label} holds ${UNIT_NAMES[finest!]} of the years around 1970`)
    }
    for (let i = 0; i < rows; i++) {
      const unit = this.#isOneUnit ? finest : units[i]
      if (unit === undefined) refuse.value(i, `${out.values[at + i]}`, this.#whyNoTime(Number(out.values[at + i])))
      this.#counts[unit!]++
      if (unit === finest) continue
      this.#isScaled = true
      out.values[at + i] = (out.values[at + i]! * PER_SECOND[finest!]) / PER_SECOND[unit!]
    }
  }

  #whyNoTime(value: number): string {
    if (this.#mayCount) {
      return 'the index of a data frame that counts rows is no time; write the time, or name its column'
    }
    if (calendarSeconds(value, 8) !== undefined) {
      return 'a calendar day among epochs; write all times alike'
    }
    const isClock = value >= 100 && (clockSeconds(value) ?? clockSeconds(value * 100)) !== undefined
    return isClock
      ? TIME_OF_DAY_ADVICE
      : 'which is no point in time: a number below 100,000,000 (as seconds before March 1973) rather counts or names something; write times as timestamps, or name their column with --time-column (in the function: columns.time)'
  }

  warnings(): Warning[] {
    const units = UNITS.filter((unit) => this.#counts[unit] > 0)
    if (units.length < 2) return []
    const counts = units.map((unit) => `${UNIT_NAMES[unit]} in ${this.#counts[unit]} rows`).join(' and ')
    return [{ code: 'mixed-time-units', message: `${this.#label} holds ${counts}; each was read by its magnitude` }]
  }
}

/** The digits of calendar times, if the column begins with such: any number of 8 digits, others if the whole piece has them. */
function digitsOf(out: Times, at: number, rows: number): CalendarDigits | undefined {
  const valueAt = (i: number) => Number(out.values[at + i])
  const digits = calendarDigits(valueAt(0))
  if (digits === undefined || calendarSeconds(valueAt(0), digits) === undefined) return undefined
  for (let i = 1; i < rows && digits !== 8; i++) {
    if (calendarSeconds(valueAt(i), digits) === undefined) return undefined
  }
  return digits
}

/** Calendar times become the seconds since 1970. */
function readCalendar(out: Times, at: number, rows: number, digits: CalendarDigits, refuse: Refusals): void {
  const example = `20240131${'093000'.slice(0, digits - 8)}`
  for (let i = at; i < at + rows; i++) {
    const seconds = calendarSeconds(wordsToNumber(out.words[2 * i]!, out.words[2 * i + 1]!), digits)
    if (seconds === undefined) {
      const what = digits === 8 ? 'day' : 'time'
      refuse.value(i - at, `${out.values[i]}, which is no ${what} such as ${example}, unlike the rows before`)
    }
    setNumber(out, i, seconds!)
  }
}

/** Numbers as people write calendar times, of which epochs would be those of 1976, or of years far from now. */
const CALENDAR_FORMS = [
  { digits: 12, perSecond: 1, highWords: [44, 49] },
  { digits: 14, perSecond: 1, highWords: [4423, 4891] },
  { digits: 14, perSecond: 1000, highWords: [4_423_783, 4_889_444] },
] as const
/** Of epochs of 1976 in milliseconds hardly one in a hundred looks like a calendar time. */
const CALENDAR_SHARE = 0.5
const MIN_CALENDAR_TIMES = 2

/**
 * Where most of the numbers that may be calendar times are, the column is one of calendar times with mistakes, or a mixture:
 * as epochs, the rows would come out in other centuries.
 * @throws what `refuse` does, for the first row that is unlike the others
 */
function refuseCalendar(out: Times, at: number, rows: number, refuse: Refusals): void {
  for (const { digits, perSecond, highWords } of CALENDAR_FORMS) {
    let [within, found] = [0, 0]
    let [first, firstWrong] = [-1, -1]
    for (let i = at; i < at + rows; i++) {
      const high = out.words[2 * i + 1]!
      if (high < highWords[0] || high > highWords[1]) continue
      within++
      const isCalendar = calendarSeconds(Math.floor(Number(out.values[i]) / perSecond), digits) !== undefined
      if (isCalendar) found++
      if (isCalendar && first < 0) first = i
      if (!isCalendar && firstWrong < 0) firstWrong = i
    }
    const isEnough = found >= MIN_CALENDAR_TIMES || (found > 0 && digits === 14)
    if (!isEnough || found < CALENDAR_SHARE * within) continue
    const example = `20240131${'093000'.slice(0, digits - 8)}`
    if (firstWrong >= 0) {
      refuse.value(
        firstWrong - at,
        `${out.values[firstWrong]}, which is no time such as ${example}, unlike most others`,
      )
    }
    if (perSecond === 1)
      refuse.value(
        first - at,
        `${out.values[first]}, a calendar time such as ${example} among epochs; write all times alike`,
      )
    refuse.value(
      first - at,
      `${out.values[first]}, a calendar time with milliseconds; name its notation with --time-format %Y%m%d%H%M%S%L (in the function: timeFormat)`,
    )
  }
}

function finestOf(units: readonly (TimeUnit | undefined)[]): TimeUnit | undefined {
  return UNITS.findLast((unit) => units.includes(unit))
}

/**
 * Whether an epoch lies outside of the years 1677 to 2262 in its unit: then it is rather one of the next finer unit, a few
 * years from 1970, in a column of that unit which goes back that far.
 */
function isImplausible({ words }: Times, index: number, unit: TimeUnit | undefined): boolean {
  if (unit === undefined) return false
  const size = Math.abs(wordsToNumber(words[2 * index]!, words[2 * index + 1]!))
  return size > 2 ** 63 / Number(PER_SECOND.ns / PER_SECOND[unit])
}
