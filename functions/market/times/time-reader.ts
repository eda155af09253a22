/** Reads the times of a file in any representation. */
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { quoted } from '../../shared/errors.ts'
import type { ColumnDescription, TimeUnit } from '../column-values.ts'
import type { Warning } from '../quality/warnings.ts'
import { DAY_SECONDS, int96Nanos, isoText, PER_SECOND } from './calendar.ts'
import { type Refusals, refusals, refuseNulls, TIME_OF_DAY_ADVICE } from './refusals.ts'
import { setNumber, type Times, wordsToNumber } from './time.ts'
import { IntegerTimes } from './time-integer.ts'
import { areMinutes, isDayNumber } from './time-of-day.ts'
import { periodStart } from './time-period.ts'
import {
  CommonText,
  FormattedNumbers,
  FormattedText,
  INT64_NS_YEARS,
  type ParseTime,
  TIME_FORMAT_OPTION,
} from './time-text.ts'
import { readIntTimes, readLongTimes, wholeNumberReader } from './whole-numbers.ts'

export interface TimeReader {
  /**
   * Writes a piece of the column to `out` from index `at` on; all times are in one unit.
   * @param firstRow the piece's first row in the file; 0 starts a new reading
   * @throws RefusedError `time`, naming the row, when a time is missing or cannot be read
   * @throws RereadTimes when the rows before were read wrongly
   */
  read(column: DecodedColumn, out: Times, at: number, firstRow: number): void
  /** Set if the time of day is in a column of its own. */
  readonly timeOfDay?: {
    /** Whether the column that was named first holds the time of day, and the second one the day; known after reading. */
    readonly isFirst: boolean
    read(column: DecodedColumn, out: Times, at: number, firstRow: number): void
    /** @throws RefusedError `columns` when the two columns are not a day and a time of day */
    addTo(days: Times, timesOfDay: Times, rows: number): void
    /** To be called after the last row. @throws RefusedError `time` when the times of day have more than one likely reading */
    finish(): void
    /** Whether all hours read so far are from 1 to 12, without AM or PM. */
    readonly areTwelveHours: boolean
  }
  /** The unit of the times that were read. */
  readonly unit: TimeUnit | 'day'
  /** Formats a time that was read as ISO 8601. */
  format(time: bigint): string
  /** Converts a difference of two times that were read to seconds. */
  seconds(difference: number): number
  /** Warnings about the times that were read. */
  warnings(): Warning[]
}

export interface TimeOptions {
  /** Whether integers may be row numbers, which are no times. */
  readonly mayCount?: boolean
  /** Parses text, and the digits of integers, in the user's format. */
  readonly parseTime?: ParseTime | undefined
}

/** Reads one type of times. */
interface TimeSource {
  readonly unit: TimeUnit | 'day'
  read(column: DecodedColumn, out: Times, at: number, firstRow: number, refuse: Refusals): void
  warnings?(): Warning[]
  /** Whether it uses the user's format. */
  readonly isFormatted?: boolean
}

export function isTimeColumn(column: ColumnDescription): boolean {
  return timeSourceOf(column, '', {}) !== undefined
}

/** @param column one that `isTimeColumn` accepts */
export function timeReader(column: ColumnDescription, options: TimeOptions = {}): TimeReader {
  const label = `the time column ${quoted(column.name)}`
  const source = timeSourceOf(column, label, options)
  if (!source) throw new Error(`${column.name} is not a time column`)
  return {
    read(raw, out, at, firstRow) {
      const refuse = refusals(label, firstRow)
      refuseNulls(raw, refuse)
      source.read(raw, out, at, firstRow, refuse)
    },
    get unit() {
      return source.unit
    },
    format: (time) => isoText(time, source.unit),
    seconds: (difference) =>
      source.unit === 'day' ? difference * DAY_SECONDS : difference / Number(PER_SECOND[source.unit]),
    warnings: () => [...(source.warnings?.() ?? []), ...unusedFormat(source, label, options)],
  }
}

/** A user who gives a format for typed times may expect that it changes how they are read. */
function unusedFormat({ isFormatted = false }: TimeSource, label: string, { parseTime }: TimeOptions): Warning[] {
  if (!parseTime || isFormatted) return []
  const message = `${label} has a type whose values are times without a format, so ${TIME_FORMAT_OPTION} is not used; leave it out`
  return [{ code: 'unused-time-format', message }]
}

function timeSourceOf(column: ColumnDescription, label: string, options: TimeOptions): TimeSource | undefined {
  const { physical, logical } = column
  switch (physical) {
    case 'INT32':
      if (logical.kind === 'date') return { unit: 'day', read: readIntTimes }
      return isDayNumber(column) && !options.mayCount ? dayNumbers : integers(column, label, options)
    case 'INT64':
      if (logical.kind === 'timestamp') return { unit: logical.unit, read: readLongTimes }
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
      isFormatted: true,
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
    readIntTimes(raw, out, at)
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
      readLongTimes(raw, out, at)
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
