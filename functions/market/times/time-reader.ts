/** The times of a file, whatever they are written as. */
import { type DecodedColumn, isValid } from '../../shared/decoded-column.ts'
import { quoted, RefusedError } from '../../shared/errors.ts'
import type { ColumnDescription, TimeUnit } from '../column-values.ts'
import type { Warning } from '../quality/warnings.ts'
import { DAY_SECONDS, int96Nanos, isoText, PER_SECOND } from './calendar.ts'
import { setNumber, type Times, wordsToNumber } from './time.ts'
import { IntegerTimes, type Refusals, TIME_OF_DAY_ADVICE } from './time-integer.ts'
import { areMinutes, isDayNumber } from './time-of-day.ts'
import { periodStart } from './time-period.ts'
import { CommonText, FormattedNumbers, FormattedText, INT64_NS_YEARS, type ParseTime } from './time-text.ts'
import { readInts, readLongs, wholeNumberReader } from './whole-numbers.ts'

export interface TimeReader {
  /**
   * Puts a piece of the column into `out` from index `at` on; all times are in one unit.
   * @param firstRow the piece's first row in the file; 0 begins anew
   * @throws RefusedError `time`, naming the row, when a time is missing or cannot be read
   * @throws RereadTimes when the rows before were read wrongly
   */
  read(column: DecodedColumn, out: Times, at: number, firstRow: number): void
  /** Where the time of day is in a column of its own. */
  readonly timeOfDay?: {
    /** Whether the column that was named first turned out to hold it, and the other one the day. */
    readonly isFirst: boolean
    read(column: DecodedColumn, out: Times, at: number, firstRow: number): void
    /** @throws RefusedError `columns` when the two columns are not a day and a time of day */
    addTo(days: Times, timesOfDay: Times, rows: number): void
    /** @throws RefusedError `time` when the times of day, now that all are read, may be understood in several ways */
    finish(): void
    /** Whether all hours of what has been read are from 1 to 12, without AM or PM. */
    readonly areTwelveHours: boolean
  }
  /** Of what was read. */
  readonly unit: TimeUnit | 'day'
  /** A time that was read as ISO 8601 text. */
  format(time: bigint): string
  /** A difference of two times that were read in seconds. */
  seconds(difference: number): number
  /** What the user should know of the times that were read. */
  warnings(): Warning[]
}

export interface TimeOptions {
  /** Whether integers may be the numbers of rows, which are no times. */
  readonly mayCount?: boolean
  /** Reads text, and the digits of integers, in the notation that the user states. */
  readonly parseTime?: ParseTime | undefined
}

/** Reads one type of times. */
interface TimeSource {
  readonly unit: TimeUnit | 'day'
  read(column: DecodedColumn, out: Times, at: number, firstRow: number, refuse: Refusals): void
  warnings?(): Warning[]
}

export function isTimeColumn(column: ColumnDescription): boolean {
  return sourceOf(column, '', {}) !== undefined
}

/** @param column one that `isTimeColumn` accepts */
export function timeReader(column: ColumnDescription, options: TimeOptions = {}): TimeReader {
  const label = `the time column ${quoted(column.name)}`
  const source = sourceOf(column, label, options)
  if (!source) throw new Error(`${column.name} is not a time column`)
  return {
    read(raw, out, at, firstRow) {
      const refuse = refusals(label, firstRow)
      checkNulls(raw, refuse)
      source.read(raw, out, at, firstRow, refuse)
    },
    get unit() {
      return source.unit
    },
    format: (time) => isoText(time, source.unit),
    seconds: (difference) =>
      source.unit === 'day' ? difference * DAY_SECONDS : difference / Number(PER_SECOND[source.unit]),
    warnings: () => source.warnings?.() ?? [],
  }
}

export function refusals(label: string, firstRow: number): Refusals {
  return {
    value(row, what, why) {
      const place = `in row ${firstRow + row} (the first is row 0)`
      throw new RefusedError('time', `${label} holds ${what} ${place}${why === undefined ? '' : `, ${why}`}`)
    },
    missing(row) {
      throw new RefusedError(
        'time',
        `${label} has no value in row ${firstRow + row} (the first is row 0); every bar needs a time`,
      )
    },
  }
}

export function checkNulls(raw: DecodedColumn, refuse: Refusals): void {
  if (!raw.validity) return
  for (let i = 0; i < raw.rows; i++) if (!isValid(raw, i)) refuse.missing(i)
}

function sourceOf(column: ColumnDescription, label: string, options: TimeOptions): TimeSource | undefined {
  const { physical, logical } = column
  switch (physical) {
    case 'INT32':
      if (logical.kind === 'date') return { unit: 'day', read: readInts }
      return isDayNumber(column) && !options.mayCount ? dayNumbers : integers(column, label, options)
    case 'INT64':
      if (logical.kind === 'timestamp') return { unit: logical.unit, read: readLongs }
      return logical.kind === 'period' ? periods(logical.frequency) : integers(column, label, options)
    case 'DOUBLE':
    case 'FLOAT':
      return integers(column, label, options)
    case 'INT96':
      return { unit: 'ns', read: readInt96 }
    case 'BYTE_ARRAY':
      if (logical.kind !== 'string' && logical.kind !== 'none') return undefined
      return options.parseTime ? new FormattedText(options.parseTime) : new CommonText(label)
    default:
      return undefined
  }
}

function integers(column: ColumnDescription, label: string, options: TimeOptions): TimeSource | undefined {
  const readNumbers = wholeNumberReader(column)
  if (!readNumbers) return undefined
  if (options.parseTime) {
    const formatted = new FormattedNumbers(options.parseTime)
    return {
      unit: formatted.unit,
      read(raw, out, at, _firstRow, refuse) {
        readNumbers(raw, out, at, refuse)
        formatted.settle(out, at, raw.rows, refuse)
      },
    }
  }
  const times = new IntegerTimes(label, options.mayCount ?? false)
  return {
    get unit() {
      return times.unit
    },
    read(raw, out, at, firstRow, refuse) {
      readNumbers(raw, out, at, refuse)
      times.settle({ out, at, rows: raw.rows, firstRow }, refuse)
    },
    warnings: () => times.warnings(),
  }
}

/** Days since 1970 in 16 bits. */
const dayNumbers: TimeSource = {
  unit: 'day',
  read(raw, out, at, firstRow, refuse) {
    readInts(raw, out, at)
    if (firstRow === 0 && raw.rows > 0 && areMinutes(out, at, raw.rows)) {
      refuse.value(0, `${out.values[at]}`, TIME_OF_DAY_ADVICE)
    }
  },
}

function periods(frequency: string): TimeSource | undefined {
  const start = periodStart(frequency)
  if (!start) return undefined
  const { unit, startOf } = start
  return {
    unit,
    read(raw, out, at) {
      readLongs(raw, out, at)
      for (let i = at; startOf && i < at + raw.rows; i++) {
        setNumber(out, i, startOf(wordsToNumber(out.words[2 * i]!, out.words[2 * i + 1]!)))
      }
    },
  }
}

function readInt96(column: DecodedColumn, out: Times, at: number, _firstRow: number, refuse: Refusals): void {
  const view = new DataView(column.values.buffer, column.values.byteOffset, column.values.byteLength)
  for (let i = 0; i < column.rows; i++) {
    const nanos = int96Nanos(view, 12 * i)
    if (nanos !== BigInt.asIntN(64, nanos)) refuse.value(i, `a time outside of the years ${INT64_NS_YEARS}`)
    out.values[at + i] = nanos
  }
}
