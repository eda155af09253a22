/** Times of any type as exact 64-bit integers. */
import { quoted, RefusedError } from '../shared/errors.ts'
import { type ColumnDescription, isValid, type RawColumn, type TimeUnit } from './column-values.ts'

/**
 * Times of a piece: the same memory as 64-bit integers and as pairs of 32-bit words (low, high). Loops compare the
 * words, because a BigInt per row would cost more than the indicator.
 */
export interface Times {
  readonly values: BigInt64Array
  readonly words: Int32Array
}

export function newTimes(rows: number): Times {
  const values = new BigInt64Array(rows)
  return { values, words: new Int32Array(values.buffer) }
}

/** a < b */
export function isBefore(lowA: number, highA: number, lowB: number, highB: number): boolean {
  return highA < highB || (highA === highB && lowA >>> 0 < lowB >>> 0)
}

/** a - b; when a is not before b, the words of a number without sign, which may be beyond the largest signed one */
export function minus(lowA: number, highA: number, lowB: number, highB: number): [low: number, high: number] {
  const borrow = lowA >>> 0 < lowB >>> 0 ? 1 : 0
  return [(lowA - lowB) | 0, (highA - highB - borrow) | 0]
}

export function wordsToBigInt(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0)
}

/** Rounded to a double: for statistics only. */
export function wordsToNumber(low: number, high: number): number {
  return high * 2 ** 32 + (low >>> 0)
}

export interface TimeReader {
  /**
   * Puts a piece of the column into `out` from index `at` on.
   * @param firstRow the piece's first row in the file, for messages
   * @throws RefusedError `time`, naming the row, when a time is missing or cannot be read
   */
  read(column: RawColumn, out: Times, at: number, firstRow: number): void
  /** A time as ISO 8601 text; `largest` of the file's times decides the unit of a plain integer epoch. */
  format(time: bigint, largest: bigint): string
  /** A difference of two times in seconds. */
  seconds(difference: number, largest: bigint): number
}

const DAY_S = 86_400
const INT64_NS_YEARS = '1677 to 2262'

export function isTimeColumn({ physical, logical }: ColumnDescription): boolean {
  switch (physical) {
    case 'INT32':
      return logical.kind === 'date' || logical.kind === 'none' || logical.kind === 'integer'
    case 'INT64':
      return logical.kind === 'timestamp' || logical.kind === 'none' || logical.kind === 'integer'
    case 'INT96':
      return true
    case 'BYTE_ARRAY':
      return logical.kind === 'string' || logical.kind === 'none'
    default:
      return false
  }
}

/** Below this an integer counts rows; as seconds it would be a day before March 1973. */
const LARGEST_COUNT = 100_000_000

/**
 * @param column one that `isTimeColumn` accepts
 * @param mayCount whether integers may be the numbers of rows, which are no times
 */
export function timeReader(column: ColumnDescription, mayCount = false): TimeReader {
  const { physical, logical } = column
  const label = `the time column ${quoted(column.name)}`
  const stored =
    physical === 'INT32'
      ? logical.kind === 'integer' && !logical.signed
        ? readUnsignedInts
        : readInts
      : physical === 'INT64'
        ? logical.kind === 'integer' && !logical.signed
          ? readUnsignedLongs
          : readLongs
        : physical === 'INT96'
          ? readInt96
          : isoReader()
  const isInteger = physical.startsWith('INT') && (logical.kind === 'none' || logical.kind === 'integer')
  const convert = isInteger && physical !== 'INT96' ? integerReader(stored, mayCount) : stored
  return {
    read(raw, out, at, firstRow) {
      if (raw.validity) {
        for (let i = 0; i < raw.rows; i++) {
          if (!isValid(raw, i)) {
            throw new RefusedError(
              'time',
              `${label} has no value in row ${firstRow + i} (the first is row 0); every bar needs a time`,
            )
          }
        }
      }
      convert(raw, out, at, (i, what) => {
        throw new RefusedError('time', `${label} holds ${what} in row ${firstRow + i} (the first is row 0)`)
      })
    },
    format(time, largest) {
      return logical.kind === 'date' ? isoDate(time) : isoTime(time, unitOf(column, largest))
    },
    seconds(difference, largest) {
      return logical.kind === 'date' ? difference * DAY_S : difference / Number(PER_SECOND[unitOf(column, largest)])
    },
  }
}

function unitOf({ physical, logical }: ColumnDescription, largest: bigint): TimeUnit {
  if (logical.kind === 'timestamp') return logical.unit
  return physical === 'INT96' || physical === 'BYTE_ARRAY' ? 'ns' : unitByMagnitude(largest)
}

type Refuse = (row: number, what: string) => never
type Convert = (column: RawColumn, out: Times, at: number, refuse: Refuse) => void

const readInts: Convert = (column, out, at) => {
  const ints = new Int32Array(column.values.buffer, column.values.byteOffset, column.rows)
  for (let i = 0; i < column.rows; i++) {
    const value = ints[i]!
    out.words[2 * (at + i)] = value
    out.words[2 * (at + i) + 1] = value >> 31
  }
}

const readUnsignedInts: Convert = (column, out, at) => {
  const ints = new Int32Array(column.values.buffer, column.values.byteOffset, column.rows)
  for (let i = 0; i < column.rows; i++) {
    out.words[2 * (at + i)] = ints[i]!
    out.words[2 * (at + i) + 1] = 0
  }
}

const readLongs: Convert = (column, out, at) => {
  out.words.set(new Int32Array(column.values.buffer, column.values.byteOffset, 2 * column.rows), 2 * at)
}

const readUnsignedLongs: Convert = (column, out, at, refuse) => {
  readLongs(column, out, at, refuse)
  for (let i = 0; i < column.rows; i++) {
    if (out.words[2 * (at + i) + 1]! < 0) {
      refuse(i, `${BigInt.asUintN(64, out.values[at + i]!)}, which is no epoch in s, ms, us or ns`)
    }
  }
}

/**
 * Integers that say no unit: epochs, or calendar days such as 20240131, which become the seconds at which they begin. The
 * first row decides which.
 */
function integerReader(read: Convert, mayCount: boolean): Convert {
  let isCalendar: boolean | undefined
  return (column, out, at, refuse) => {
    read(column, out, at, refuse)
    const valueAt = (i: number) => Number(out.values[at + i]!)
    if (isCalendar === undefined && column.rows > 0) {
      const first = valueAt(0)
      isCalendar = calendarSeconds(first) !== undefined
      if (!isCalendar && mayCount && Math.abs(first) < LARGEST_COUNT) {
        refuse(0, `${first}: the index of a data frame that counts rows is no time; write the time, or name its column`)
      }
    }
    if (!isCalendar) return
    for (let i = 0; i < column.rows; i++) {
      const seconds = calendarSeconds(valueAt(i))
      if (seconds === undefined) refuse(i, `${valueAt(i)}, which is no day such as 20240131, unlike the rows before`)
      out.values[at + i] = BigInt(seconds!)
    }
  }
}

/** Of a day as YYYYMMDD; undefined for other numbers. As seconds these would all be of August 1970. */
function calendarSeconds(value: number): number | undefined {
  const [year, month, day] = [Math.floor(value / 10_000), Math.floor(value / 100) % 100, value % 100]
  if (!(year >= 1900 && year <= 2100 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) {
    return undefined
  }
  return daysFromCivil(year, month, day) * DAY_S
}

const JULIAN_EPOCH_DAY = 2_440_588
const NS_PER_DAY = 86_400_000_000_000n

/** INT96: nanoseconds of the day (64 bits), then the Julian day (32 bits). */
const readInt96: Convert = (column, out, at, refuse) => {
  const view = new DataView(column.values.buffer, column.values.byteOffset, column.values.byteLength)
  for (let i = 0; i < column.rows; i++) {
    const nanos =
      BigInt(view.getInt32(12 * i + 8, true) - JULIAN_EPOCH_DAY) * NS_PER_DAY + view.getBigInt64(12 * i, true)
    if (nanos !== BigInt.asIntN(64, nanos)) refuse(i, `a time outside of the years ${INT64_NS_YEARS}`)
    out.values[at + i] = nanos
  }
}

/** ISO 8601 text; whether it carries offsets has to be the same in all rows, so the reader remembers the first. */
function isoReader(): Convert {
  let hasOffset: boolean | undefined
  const decoder = new TextDecoder('latin1')
  return (column, out, at, refuse) => {
    const offsets = column.offsets!
    for (let i = 0; i < column.rows; i++) {
      const [start, end] = [offsets[i]!, offsets[i + 1]!]
      const parsed = parseIso(column.values, start, end)
      const text = () => quoted(decoder.decode(column.values.slice(start, Math.min(end, start + 90))))
      if (!parsed) return refuse(i, `${text()}, which is not ISO 8601, such as 2024-05-31T09:30:00 or 2024-05-31`)
      hasOffset ??= parsed.hasOffset
      if (parsed.hasOffset !== hasOffset) {
        refuse(
          i,
          `${text()}, ${parsed.hasOffset ? 'with' : 'without'} a UTC offset, unlike the rows before; all or none may have one`,
        )
      }
      const nanos = BigInt(parsed.seconds) * 1_000_000_000n + BigInt(parsed.nanos)
      if (nanos !== BigInt.asIntN(64, nanos)) refuse(i, `${text()}, a time outside of the years ${INT64_NS_YEARS}`)
      out.values[at + i] = nanos
    }
  }
}

interface IsoTime {
  readonly seconds: number
  readonly nanos: number
  readonly hasOffset: boolean
}

/**
 * `YYYY-MM-DD`, or with ` ` or `T` and `hh:mm`, `hh:mm:ss` or `hh:mm:ss.f` (1 to 9 digits), or the basic form without
 * separators; then nothing, `Z` or an offset `+hh`, `+hhmm`, `+hh:mm`.
 */
export function parseIso(bytes: Uint8Array, start: number, end: number): IsoTime | undefined {
  let at = start
  const digits = (count: number): number => {
    let value = 0
    for (let i = 0; i < count; i++) {
      const digit = at < end ? bytes[at++]! - 48 : -1
      if (digit < 0 || digit > 9) return Number.NaN
      value = value * 10 + digit
    }
    return value
  }
  const skip = (code: number): boolean => {
    if (at >= end || bytes[at] !== code) return false
    at++
    return true
  }
  const year = digits(4)
  const isExtended = skip(DASH)
  const month = digits(2)
  if (isExtended && !skip(DASH)) return undefined
  const day = digits(2)
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return undefined
  let seconds = daysFromCivil(year, month, day) * DAY_S
  if (Number.isNaN(seconds)) return undefined
  let nanos = 0
  let hasOffset = false
  if (at < end) {
    if (!skip(T) && !skip(SPACE) && !skip(LOWER_T)) return undefined
    const hour = digits(2)
    const hasColon = skip(COLON)
    if (hasColon !== isExtended) return undefined
    const minute = digits(2)
    let second = 0
    if (hasColon ? skip(COLON) : isDigit(bytes, at, end)) {
      second = digits(2)
      if (skip(DOT) || skip(COMMA)) {
        const from = at
        while (isDigit(bytes, at, end)) nanos = nanos * 10 + (bytes[at++]! - 48)
        const length = at - from
        if (length < 1 || length > 9) return undefined
        nanos *= 10 ** (9 - length)
      }
    }
    if (!(hour <= 23 && minute <= 59 && second <= 59)) return undefined
    seconds += hour * 3600 + minute * 60 + second
    if (skip(Z) || skip(LOWER_Z)) hasOffset = true
    else if (at < end) {
      const sign = skip(PLUS) ? -1 : skip(DASH) ? 1 : 0
      const hours = digits(2)
      const hasMinutes = skip(COLON) || at < end
      const minutes = hasMinutes ? digits(2) : 0
      if (sign === 0 || !(hours <= 23 && minutes <= 59)) return undefined
      seconds += sign * (hours * 3600 + minutes * 60)
      hasOffset = true
    }
  }
  return at === end ? { seconds, nanos, hasOffset } : undefined
}

const [SPACE, PLUS, COMMA, DASH, DOT, COLON, T, Z, LOWER_T, LOWER_Z] = Buffer.from(
  ' +,-.:TZtz',
) as unknown as number[] as [number, number, number, number, number, number, number, number, number, number]

function isDigit(bytes: Uint8Array, at: number, end: number): boolean {
  return at < end && bytes[at]! >= 48 && bytes[at]! <= 57
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days since 1970-01-01. Source: Howard Hinnant, chrono-Compatible Low-Level Date Algorithms. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** 1e11 s is the year 5138, 1e11 ms is 1973: between two units lie centuries in which no market traded. */
export function unitByMagnitude(time: bigint): TimeUnit {
  const size = time < 0n ? -time : time
  if (size < 100_000_000_000n) return 's'
  if (size < 100_000_000_000_000n) return 'ms'
  return size < 100_000_000_000_000_000n ? 'us' : 'ns'
}

const PER_SECOND: Record<TimeUnit, bigint> = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n }

function isoDate(days: bigint): string {
  return isoTime(days * BigInt(DAY_S), 's').slice(0, -'T00:00:00'.length)
}

function isoTime(time: bigint, unit: TimeUnit): string {
  const perSecond = PER_SECOND[unit]
  const fraction = ((time % perSecond) + perSecond) % perSecond
  const date = new Date(Number(((time - fraction) / perSecond) * 1000n))
  // beyond the year 275760 there is no calendar to show
  if (Number.isNaN(date.getTime())) return `${time} ${unit}`
  const digits = fraction === 0n ? '' : `.${String(fraction).padStart(String(perSecond).length - 1, '0')}`
  return date.toISOString().replace(/\.000Z$/, digits)
}
