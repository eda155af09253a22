/** Parses ISO 8601 and some other common forms from the bytes of a text column. */
import { DAY_SECONDS, daysFromCivil, FIRST_CALENDAR_YEAR, isDay, LAST_CALENDAR_YEAR } from './calendar.ts'

/**
 * Date: `YYYY-MM-DD`, with `/` or `.` instead of `-`, or without separators.
 * Time of day, optional, after a space or `T`: `hh:mm`, `hh:mm:ss` or `hh:mm:ss.f` (1 to 9 digits). After a date without
 * separators the colons may be missing, and without colons also the space or `T`.
 * Zone, optional, with or without a space: `Z`, `UTC`, `GMT`, `+hh`, `+hhmm` or `+hh:mm`.
 *
 * The result is in fields, because allocating an object per row would cost more than parsing.
 */
export class TimeParser {
  seconds = 0
  nanos = 0
  hasOffset = false
  /** The day parsed last: neighbouring rows mostly have the same. */
  #date = -1
  #dateSeconds = 0

  parse(bytes: Uint8Array, start: number, end: number): boolean {
    this.nanos = 0
    this.hasOffset = false
    const separator = start + 4 < end ? bytes[start + 4]! : 0
    const isBasic = separator >= 48 && separator <= 57
    let at = start + (isBasic ? 8 : 10)
    if (at > end) return false
    if (!isBasic) {
      if (separator !== DASH && separator !== SLASH && separator !== DOT) return false
      if (bytes[start + 7] !== separator) return false
    }
    const year = pair(bytes, start) * 100 + pair(bytes, start + 2)
    const month = pair(bytes, isBasic ? start + 4 : start + 5)
    if (!this.#setDate(year, month, pair(bytes, at - 2))) return false
    if (at === end) return true
    const mark = bytes[at]!
    const isJoined = mark >= 48 && mark <= 57
    // in other years the digits are rather those of an epoch
    if (isJoined ? !isBasic || year < FIRST_CALENDAR_YEAR || year > LAST_CALENDAR_YEAR : !isMark(mark)) return false
    if (!isJoined) at++
    at = this.#parseClock(bytes, at, end, isBasic, isJoined)
    return at === end || (at > 0 && this.#parseZone(bytes, at, end))
  }

  #setDate(year: number, month: number, day: number): boolean {
    const date = year * 10_000 + month * 100 + day
    if (date !== this.#date) {
      // year is NaN without digits
      if (!(year >= 0) || !isDay(year, month, day)) return false
      this.#date = date
      this.#dateSeconds = daysFromCivil(year, month, day) * DAY_SECONDS
    }
    this.seconds = this.#dateSeconds
    return true
  }

  /** @returns the end of the time of day, or -1 if there is none */
  #parseClock(bytes: Uint8Array, start: number, end: number, isBasic: boolean, isJoined: boolean): number {
    let at = start + 2
    const hasColon = at < end && bytes[at] === COLON
    if (hasColon ? isJoined : !isBasic) return -1
    if (hasColon) at++
    const [hour, minute] = [pair(bytes, start), pair(bytes, at)]
    at += 2
    if (at > end || !(hour <= 23 && minute <= 59)) return -1
    this.seconds += hour * 3600 + minute * 60
    if (at === end || (hasColon ? bytes[at] !== COLON : !isDigit(bytes, at, end))) return at
    if (hasColon) at++
    const second = pair(bytes, at)
    at += 2
    if (at > end || !(second <= 59)) return -1
    this.seconds += second
    if (at === end || (bytes[at] !== DOT && bytes[at] !== COMMA)) return at
    const from = ++at
    while (isDigit(bytes, at, end)) at++
    const length = at - from
    if (length < 1 || length > 9) return -1
    this.nanos = digits(bytes, from, at) * 10 ** (9 - length)
    return at
  }

  #parseZone(bytes: Uint8Array, start: number, end: number): boolean {
    this.hasOffset = true
    let at = bytes[start] === SPACE ? start + 1 : start
    const length = end - at
    if (length === 1) return bytes[at] === Z || bytes[at] === LOWER_Z
    if (length === 3 && (startsWith(bytes, at, UTC) || startsWith(bytes, at, GMT))) return true
    const sign = bytes[at] === PLUS ? -1 : bytes[at] === DASH ? 1 : 0
    const hours = pair(bytes, ++at)
    at += 2
    if (sign === 0 || at > end || !(hours <= 23)) return false
    let minutes = 0
    if (at < end) {
      if (bytes[at] === COLON) at++
      minutes = pair(bytes, at)
      if (at + 2 !== end || !(minutes <= 59)) return false
    }
    this.seconds += sign * (hours * 3600 + minutes * 60)
    return true
  }
}

export const [DASH, DOT] = Buffer.from('-.')
const [SPACE, PLUS, COMMA, SLASH, COLON, T, Z, LOWER_T, LOWER_Z] = Buffer.from(' +,/:TZtz')
const UTC = Buffer.from('UTC')
const GMT = Buffer.from('GMT')

function isMark(code: number): boolean {
  return code === T || code === SPACE || code === LOWER_T
}

export function isDigit(bytes: Uint8Array, at: number, end: number): boolean {
  return at < end && bytes[at]! >= 48 && bytes[at]! <= 57
}

/** The number of two digits; NaN if they are no digits. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 48
  const ones = bytes[at + 1]! - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

function startsWith(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  return word.every((code, i) => bytes[at + i] === code)
}

/** The number of some decimal digits. */
export function digits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) value = value * 10 + (bytes[at]! - 48)
  return value
}
