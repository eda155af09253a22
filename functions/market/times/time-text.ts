/** Times that are text: ISO 8601 and what is common beside it, epochs in digits, or a notation that the user states. */
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { quoted } from '../../shared/errors.ts'
import type { TimeUnit } from '../column-values.ts'
import type { Warning } from '../quality/warnings.ts'
import { DAY_SECONDS, daysFromCivil, FIRST_CALENDAR_YEAR, isDay, LAST_CALENDAR_YEAR } from './calendar.ts'
import { setNanos, type Times } from './time.ts'
import { IntegerTimes, type Refusals } from './time-integer.ts'

export const INT64_NS_YEARS = '1677 to 2262'
/** How the notation is stated, on the command line and in the function. */
export const TIME_FORMAT_OPTION = '--time-format (in the function: timeFormat)'

/** A time in UTC; nanoseconds from 0 to 999,999,999. */
export interface ParsedTime {
  readonly seconds: number
  readonly nanos: number
}

/** Reads a time in a stated notation; a text says why it is none. */
export type ParseTime = (text: string) => ParsedTime | string

/** The times of a text column as nanoseconds, or in the unit of the digits. */
interface TextTimes {
  readonly unit: TimeUnit
  read(column: DecodedColumn, out: Times, at: number, firstRow: number, refuse: Refusals): void
  warnings(): Warning[]
}

/** The text of a row; whatever somebody writes into a column, no more than 200 bytes of it. */
export function textsOf({ values, offsets }: DecodedColumn): (row: number) => string {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  return (row) => bytes.toString('utf8', offsets![row]!, Math.min(offsets![row + 1]!, offsets![row]! + 200))
}

/** The first value decides whether the column holds times or the digits of epochs. */
export class CommonText implements TextTimes {
  readonly #parser = new TimeParser()
  readonly #epochs: IntegerTimes
  #isDigits: boolean | undefined
  #hasOffset: boolean | undefined

  constructor(label: string) {
    this.#epochs = new IntegerTimes(label, false)
  }

  get unit(): TimeUnit {
    return this.#isDigits ? this.#epochs.unit : 'ns'
  }

  read(column: DecodedColumn, out: Times, at: number, firstRow: number, refuse: Refusals): void {
    const { values, offsets, rows } = column
    if (rows === 0) return
    const [start, end] = [offsets![0]!, offsets![1]!]
    this.#isDigits ??= !this.#parser.parse(values, start, end) && isEpoch(values, start, end)
    if (this.#isDigits) {
      const fractions = readDigits(column, out, at, refuse)
      this.#epochs.settle({ out, at, rows, firstRow }, refuse, fractions)
    } else this.#readTimes(column, out, at, refuse)
  }

  #readTimes(column: DecodedColumn, out: Times, at: number, refuse: Refusals): void {
    const { values, rows } = column
    const offsets = column.offsets!
    const parser = this.#parser
    for (let i = 0; i < rows; i++) {
      if (!parser.parse(values, offsets[i]!, offsets[i + 1]!)) refuseText(column, i, refuse)
      const { hasOffset } = parser
      this.#hasOffset ??= hasOffset
      if (hasOffset !== this.#hasOffset) {
        const text = quoted(textsOf(column)(i))
        const which = `${hasOffset ? 'with' : 'without'} a UTC offset, unlike the rows before`
        refuse.value(i, `${text}, ${which}; all or none may have one`)
      }
      if (!setNanos(out, at + i, parser.seconds, parser.nanos)) refuseYear(column, i, refuse)
    }
  }

  warnings(): Warning[] {
    return this.#epochs.warnings()
  }
}

/** Text in the notation that the user states. */
export class FormattedText implements TextTimes {
  readonly unit = 'ns'
  readonly #parse: ParseTime

  constructor(parse: ParseTime) {
    this.#parse = remembering(parse)
  }

  read(column: DecodedColumn, out: Times, at: number, _firstRow: number, refuse: Refusals): void {
    const textOf = textsOf(column)
    for (let i = 0; i < column.rows; i++) {
      const text = textOf(i)
      const time = this.#parse(text)
      if (typeof time === 'string') refuse.value(i, quoted(text), time)
      if (!setNanos(out, at + i, time.seconds, time.nanos)) refuseYear(column, i, refuse)
    }
  }

  warnings(): Warning[] {
    return []
  }
}

/** Integers whose digits are in the notation that the user states, such as 20240102 in %Y%m%d. */
export class FormattedNumbers {
  readonly unit = 'ns'
  readonly #parse: ParseTime

  constructor(parse: ParseTime) {
    this.#parse = remembering((text) => parseDigits(parse, text))
  }

  /** Replaces the integers that stand in `out`. */
  settle(out: Times, at: number, rows: number, refuse: Refusals): void {
    for (let i = 0; i < rows; i++) {
      const text = String(out.values[at + i])
      const time = this.#parse(text)
      if (typeof time === 'string') {
        refuse.value(i, text, `${time}; leave it out for integers that are epochs or days such as 20240131`)
      }
      if (!setNanos(out, at + i, time.seconds, time.nanos)) {
        refuse.value(i, `${text}, a time outside of the years ${INT64_NS_YEARS}`)
      }
    }
  }
}

/** An integer has lost the zero in front: 20124 is 020124 in %d%m%y. */
export function parseDigits(parse: ParseTime, digits: string): ParsedTime | string {
  const time = parse(digits)
  if (typeof time !== 'string') return time
  const padded = parse(`0${digits}`)
  return typeof padded === 'string' ? time : padded
}

/** Many series have the same times. */
function remembering(parse: ParseTime): ParseTime {
  const known = new Map<string, ParsedTime | string>()
  return (text) => {
    let time = known.get(text)
    if (time === undefined) {
      if (known.size >= MAX_KNOWN) known.clear()
      time = parse(text)
      known.set(text, time)
    }
    return time
  }
}

const MAX_KNOWN = 16_384

function refuseYear(column: DecodedColumn, row: number, refuse: Refusals): never {
  return refuse.value(row, `${quoted(textsOf(column)(row))}, a time outside of the years ${INT64_NS_YEARS}`)
}

/** Shows two values: together they mostly tell the day from the month. */
function refuseText(column: DecodedColumn, row: number, refuse: Refusals): never {
  const textOf = textsOf(column)
  let other = row + 1
  while (other < column.rows && textOf(other) === textOf(row)) other++
  const then = other < column.rows ? `then ${quoted(textOf(other))}: ` : ''
  const known = 'not ISO 8601, such as 2024-05-31T09:30:00 or 2024-05-31, nor another form that is known'
  const advice = `say how times are written with ${TIME_FORMAT_OPTION}, such as "%m/%d/%Y %H:%M"`
  return refuse.value(row, quoted(textOf(row)), `${then}${known}; ${advice}`)
}

/** Digits with or without a minus sign, and with or without a fraction of up to nine digits. */
function isEpoch(bytes: Uint8Array, start: number, end: number): boolean {
  const from = bytes[start] === DASH ? start + 1 : start
  const point = endOfDigits(bytes, from, end)
  if (point === from || point - from > MAX_DIGITS) return false
  if (point === end) return true
  const length = end - point - 1
  return bytes[point] === DOT && length >= 1 && length <= 9 && endOfDigits(bytes, point + 1, end) === end
}

function endOfDigits(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (isDigit(bytes, at, end)) at++
  return at
}

/** Of a 64-bit integer. */
const MAX_DIGITS = 19

/**
 * Integers in digits; nothing is known of their unit.
 * @returns what comes behind the point as billionths, of negative numbers negative; undefined where that is 0 in all rows
 */
function readDigits(column: DecodedColumn, out: Times, at: number, refuse: Refusals): Int32Array | undefined {
  const { values, rows } = column
  let fractions: Int32Array | undefined
  for (let i = 0; i < rows; i++) {
    const [start, end] = [column.offsets![i]!, column.offsets![i + 1]!]
    if (!isEpoch(values, start, end)) {
      refuse.value(i, `${quoted(textsOf(column)(i))}, which is no number, unlike the rows before`)
    }
    const isNegative = values[start] === DASH
    const first = isNegative ? start + 1 : start
    const point = endOfDigits(values, first, end)
    if (point < end) {
      const fraction = digits(values, point + 1, end) * 10 ** (9 - (end - point - 1))
      if (fraction !== 0) {
        fractions ??= new Int32Array(rows)
        fractions[i] = isNegative ? -fraction : fraction
      }
    }
    // a double holds the digits before the last nine, and those
    const middle = Math.max(first, point - 9)
    let [upper, lower] = [digits(values, first, middle), digits(values, middle, point)]
    if (isNegative) [upper, lower] = lower === 0 ? [-upper, 0] : [-upper - 1, 1e9 - lower]
    if (!setNanos(out, at + i, upper, lower))
      refuse.value(i, `${quoted(textsOf(column)(i))}, which is no epoch in s, ms, us or ns`)
  }
  return fractions
}

function digits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) value = value * 10 + (bytes[at]! - 48)
  return value
}

/**
 * `YYYY-MM-DD`, with `/` or `.` instead of `-`, or without separators; then nothing, or after ` ` or `T` the time of day
 * as `hh:mm`, `hh:mm:ss` or `hh:mm:ss.f` (1 to 9 digits), of a date without separators also without colons, then even
 * directly behind it; then nothing, or with or without a space `Z`, `UTC`, `GMT` or an offset `+hh`, `+hhmm`, `+hh:mm`.
 *
 * The result is in fields, because an object for each row would cost more than the parsing.
 */
class TimeParser {
  seconds = 0
  nanos = 0
  hasOffset = false
  /** Neighbours are mostly of one day. */
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
    // otherwise the digits are rather those of an epoch
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

  /** @returns where it ends, or -1 */
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

const [SPACE, PLUS, COMMA, DASH, DOT, SLASH, COLON, T, Z, LOWER_T, LOWER_Z] = Buffer.from(' +,-./:TZtz')
const UTC = Buffer.from('UTC')
const GMT = Buffer.from('GMT')

function isMark(code: number): boolean {
  return code === T || code === SPACE || code === LOWER_T
}

function isDigit(bytes: Uint8Array, at: number, end: number): boolean {
  return at < end && bytes[at]! >= 48 && bytes[at]! <= 57
}

/** Two digits; NaN if they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 48
  const ones = bytes[at + 1]! - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

function startsWith(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  return word.every((code, i) => bytes[at + i] === code)
}
