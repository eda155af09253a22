/** Reads times in text: ISO 8601 and other common forms, epochs in digits, or the user's format. */
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { quoted } from '../../shared/errors.ts'
import type { TimeUnit } from '../column-values.ts'
import type { Warning } from '../quality/warnings.ts'
import { proposedFormats } from './proposed-formats.ts'
import type { Refusals } from './refusals.ts'
import { setNanos, type Times } from './time.ts'
import { IntegerTimes } from './time-integer.ts'
import { DASH, DOT, digits, isDigit, TimeParser } from './time-parser.ts'

export const INT64_NS_YEARS = '1677 to 2262'
/** The option for the format, on the command line and in the function. */
export const TIME_FORMAT_OPTION = '--time-format (in the function: timeFormat)'

/** A time in UTC; nanoseconds from 0 to 999,999,999. */
export interface ParsedTime {
  readonly seconds: number
  readonly nanos: number
}

/** Parses a time in a given format. A string is the reason why the text does not match. */
export type ParseTime = (text: string) => ParsedTime | string

/** The times of a text column as nanoseconds, or in the unit of the digits. */
interface TextTimes {
  readonly unit: TimeUnit
  read(column: DecodedColumn, out: Times, at: number, firstRow: number, refuse: Refusals): void
  warnings(): Warning[]
}

/** The text of a row, at most 200 bytes of it: a hostile file may have any length. */
export function textsOf({ values, starts, ends }: DecodedColumn): (row: number) => string {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  return (row) => bytes.toString('utf8', starts![row]!, Math.min(ends![row]!, starts![row]! + 200))
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
    const { values, starts, ends, rows } = column
    if (rows === 0) return
    const [start, end] = [starts![0]!, ends![0]!]
    this.#isDigits ??= !this.#parser.parse(values, start, end) && isEpoch(values, start, end)
    if (this.#isDigits) {
      const fractions = readDigits(column, out, at, refuse)
      this.#epochs.settle({ out, at, rows, firstRow }, refuse, fractions)
    } else this.#readTimes(column, out, at, refuse)
  }

  #readTimes(column: DecodedColumn, out: Times, at: number, refuse: Refusals): void {
    const { values, rows } = column
    const [starts, ends] = [column.starts!, column.ends!]
    const parser = this.#parser
    for (let i = 0; i < rows; i++) {
      if (!parser.parse(values, starts[i]!, ends[i]!)) refuseText(column, i, refuse)
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

/** Times as text in the user's format. */
export class FormattedText implements TextTimes {
  readonly unit = 'ns'
  readonly isFormatted = true
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

/** Integers whose digits are in the user's format, such as 20240102 in %Y%m%d. */
export class FormattedNumbers {
  readonly unit = 'ns'
  readonly #parse: ParseTime

  constructor(parse: ParseTime) {
    this.#parse = remembering((text) => parseDigits(parse, text))
  }

  /** Replaces the integers in `out` by times. */
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

/** Parses digits, with a zero in front if necessary, which integers lose: 20124 is 020124 in %d%m%y. */
export function parseDigits(parse: ParseTime, digits: string): ParsedTime | string {
  const time = parse(digits)
  if (typeof time !== 'string') return time
  const padded = parse(`0${digits}`)
  return typeof padded === 'string' ? time : padded
}

/** Caches parsed texts, because many series have the same times. */
function remembering(parse: ParseTime): ParseTime {
  const known = new Map<string, ParsedTime | string>()
  return (text) => {
    let time = known.get(text)
    if (time === undefined) {
      if (known.size >= MAX_KNOWN_TEXTS) known.clear()
      time = parse(text)
      known.set(text, time)
    }
    return time
  }
}

const MAX_KNOWN_TEXTS = 16_384

function refuseYear(column: DecodedColumn, row: number, refuse: Refusals): never {
  return refuse.value(row, `${quoted(textsOf(column)(row))}, a time outside of the years ${INT64_NS_YEARS}`)
}

/** Shows two values, because two mostly show which part is the day and which the month. */
function refuseText(column: DecodedColumn, row: number, refuse: Refusals): never {
  const textOf = textsOf(column)
  let other = row + 1
  while (other < column.rows && textOf(other) === textOf(row)) other++
  const then = other < column.rows ? `then ${quoted(textOf(other))}: ` : ''
  const known = 'not ISO 8601, such as 2024-05-31T09:30:00 or 2024-05-31, nor another form that is known'
  const advice = `say how times are written with ${TIME_FORMAT_OPTION}${proposal(column, row)}`
  return refuse.value(row, quoted(textOf(row)), `${then}${known}; ${advice}`)
}

/** Of several formats for a value, those that also fit the values after it. */
function proposal(column: DecodedColumn, row: number): string {
  const textOf = textsOf(column)
  let formats = proposedFormats(textOf(row))
  for (let other = row + 1; other < column.rows; other++) {
    const later = proposedFormats(textOf(other))
    if (formats.some((format) => later.includes(format))) formats = formats.filter((format) => later.includes(format))
  }
  const [one, two] = formats.map(quoted)
  if (two !== undefined) return `: ${one} if the month is first, ${two} if the day is`
  return one === undefined ? ', such as "%d.%m.%Y %H:%M" for 31.05.2024 09:30' : `: ${one} fits`
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

/** Digits of a 64-bit integer. */
const MAX_DIGITS = 19

/**
 * Reads integers in digits, of any unit.
 * @returns the digits after the point as billionths, negative for negative numbers; undefined if they are 0 in all rows
 */
function readDigits(column: DecodedColumn, out: Times, at: number, refuse: Refusals): Int32Array | undefined {
  const { values, rows } = column
  let fractions: Int32Array | undefined
  for (let i = 0; i < rows; i++) {
    const [start, end] = [column.starts![i]!, column.ends![i]!]
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
    // in two parts, each of which a double holds exactly: the last nine digits and those before
    const middle = Math.max(first, point - 9)
    let [upper, lower] = [digits(values, first, middle), digits(values, middle, point)]
    if (isNegative) [upper, lower] = lower === 0 ? [-upper, 0] : [-upper - 1, 1e9 - lower]
    if (!setNanos(out, at + i, upper, lower))
      refuse.value(i, `${quoted(textsOf(column)(i))}, which is no epoch in s, ms, us or ns`)
  }
  return fractions
}
