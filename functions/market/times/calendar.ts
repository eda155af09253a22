/** Days, times of day and units: conversions of numbers to times, and of times to text. */
import type { TimeUnit } from '../column-values.ts'

export const DAY_SECONDS = 86_400
/** A quarter of an hour. */
export const QUARTER_SECONDS = 900

export const PER_SECOND: Readonly<Record<TimeUnit, bigint>> = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n }

/** Names of units in messages. */
export const UNIT_NAMES: Readonly<Record<TimeUnit, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** False for NaN as well. */
export function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
}

/** Days since 1970-01-01. Source: Howard Hinnant, chrono-Compatible Low-Level Date Algorithms. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** Seconds since midnight of a number hhmmss; undefined for other numbers. */
export function clockSeconds(value: number): number | undefined {
  const [hour, minute, second] = [Math.floor(value / 10_000), Math.floor(value / 100) % 100, value % 100]
  return hour >= 0 && hour <= 23 && minute <= 59 && second <= 59 ? hour * 3600 + minute * 60 + second : undefined
}

/** Digits of numbers that may be calendar times: YYYYMMDD, YYYYMMDDhhmm, YYYYMMDDhhmmss. */
export type CalendarDigits = 8 | 12 | 14

export const FIRST_CALENDAR_YEAR = 1900
export const LAST_CALENDAR_YEAR = 2100

export function calendarDigits(value: number): CalendarDigits | undefined {
  return value >= 1e7 && value < 1e8
    ? 8
    : value >= 1e11 && value < 1e12
      ? 12
      : value >= 1e13 && value < 1e14
        ? 14
        : undefined
}

/**
 * Seconds since 1970 of a calendar time with so many digits, in the years 1900 to 2100; undefined for other numbers. As epochs,
 * numbers of 8 digits would be seconds of 1970, those of 12 milliseconds of 1976, those of 14 milliseconds of 2572 to 2635.
 */
export function calendarSeconds(value: number, digits: CalendarDigits): number | undefined {
  if (calendarDigits(value) !== digits) return undefined
  const perDay = 10 ** (digits - 8)
  const date = Math.floor(value / perDay)
  const clock = clockSeconds(((value % perDay) * 1e6) / perDay)
  const [year, month, day] = [Math.floor(date / 10_000), Math.floor(date / 100) % 100, date % 100]
  if (year < FIRST_CALENDAR_YEAR || year > LAST_CALENDAR_YEAR || clock === undefined || !isDay(year, month, day)) {
    return undefined
  }
  return daysFromCivil(year, month, day) * DAY_SECONDS + clock
}

const JULIAN_EPOCH_DAY = 2_440_588
const NS_PER_DAY = 86_400_000_000_000n

/**
 * Nanoseconds since 1970 of an INT96 timestamp: nanoseconds of the day (64 bits), then the Julian day (32 bits). The result
 * may exceed 64 bits.
 */
export function int96Nanos(view: DataView, at: number): bigint {
  return BigInt(view.getInt32(at + 8, true) - JULIAN_EPOCH_DAY) * NS_PER_DAY + view.getBigInt64(at, true)
}

/** Formats a time as ISO 8601 without a zone, and a day without a time of day. */
export function isoText(time: bigint, unit: TimeUnit | 'day'): string {
  if (unit === 'day') return isoText(time * BigInt(DAY_SECONDS), 's').replace('T00:00:00', '')
  const perSecond = PER_SECOND[unit]
  const fraction = ((time % perSecond) + perSecond) % perSecond
  const date = new Date(Number(((time - fraction) / perSecond) * 1000n))
  // Date ends with the year 275760
  if (Number.isNaN(date.getTime())) return `${time} ${unit}`
  const digits = fraction === 0n ? '' : `.${String(fraction).padStart(String(perSecond).length - 1, '0')}`
  return date.toISOString().replace(/\.000Z$/, digits)
}
