/** Reads times from two columns: a day and a time of day. */
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { quoted, RefusedError } from '../../shared/errors.ts'
import type { ColumnDescription } from '../column-values.ts'
import { DAY_SECONDS, isoText, PER_SECOND } from './calendar.ts'
import { type Refusals, refusals, refuseNulls } from './refusals.ts'
import { setNanos, type Times, wordsToBigInt } from './time.ts'
import { beginsLikeTimesOfDay, firstNumber, type TimesOfDay, timeOfDayReader } from './time-of-day.ts'
import { isTimeColumn, type TimeOptions, type TimeReader, timeReader } from './time-reader.ts'
import { INT64_NS_YEARS, type ParseTime, parseDigits, textsOf } from './time-text.ts'

export type TimeContent = 'day' | 'time of day'

/** The contents that a column of that type can have. */
export function timeContentsOf(column: ColumnDescription): TimeContent[] {
  const contents: TimeContent[] = []
  if (isTimeColumn(column)) contents.push('day')
  if (timeOfDayReader(column, '')) contents.push('time of day')
  return contents
}

/**
 * A reader of the sums of both, in nanoseconds.
 * @param first,second columns for which `timeContentsOf` finds something, in any order: where the types do not show which one is the
 * day, the first values do
 */
export function dayAndTimeReader(
  first: ColumnDescription,
  second: ColumnDescription,
  options: TimeOptions = {},
): TimeReader {
  const columns = [new ContentReader(first, options), new ContentReader(second, options)] as const
  for (const [i, column] of columns.entries()) column.leave(columns[1 - i]!)
  return {
    read: (raw, out, at, firstRow) => columns[0].read(raw, out, at, firstRow),
    timeOfDay: {
      get isFirst() {
        return columns[0].content === 'time of day'
      },
      read: (raw, out, at, firstRow) => columns[1].read(raw, out, at, firstRow),
      addTo(days, timesOfDay, rows) {
        if (columns[0].content === columns[1].content) refuseTwice(first, second, columns[0].content!)
        addTimes(days, timesOfDay, rows)
      },
      finish() {
        for (const column of columns) column.finish()
      },
      get areTwelveHours() {
        return columns.some((column) => column.areTwelveHours)
      },
    },
    format: (time) => isoText(time, 'ns'),
    seconds: (difference) => difference / 1e9,
    unit: 'ns',
    warnings: () => columns.flatMap((column) => column.warnings()),
  }
}

function refuseTwice(first: ColumnDescription, second: ColumnDescription, content: TimeContent): never {
  const both = `the time columns ${quoted(first.name)} and ${quoted(second.name)} both hold ${content === 'day' ? 'days' : 'times of day'}`
  throw new RefusedError('columns', `${both}; allowed are a day and a time of day, or one column that holds both`)
}

/** Reads one of the two columns as nanoseconds. */
class ContentReader {
  readonly #column: ColumnDescription
  readonly #label: string
  readonly #contents: readonly TimeContent[]
  readonly #parseTime: ParseTime | undefined
  readonly #days: TimeReader | undefined
  readonly #timesOfDay: TimesOfDay | undefined
  content: TimeContent | undefined

  constructor(column: ColumnDescription, options: TimeOptions) {
    this.#column = column
    this.#label = `the time column ${quoted(column.name)}`
    this.#contents = timeContentsOf(column)
    this.#parseTime = options.parseTime
    this.#days = isTimeColumn(column) ? timeReader(column, options) : undefined
    this.#timesOfDay = timeOfDayReader(column, this.#label)
    if (this.#contents.length === 1) this.content = this.#contents[0]
  }

  /** Takes the content that the other column does not have, if the type of the other leaves no choice. */
  leave(other: ContentReader): void {
    if (this.#contents.length > 1 && other.#contents.length === 1)
      this.content = other.content === 'day' ? 'time of day' : 'day'
  }

  read(raw: DecodedColumn, out: Times, at: number, firstRow: number): void {
    const refuse = refusals(this.#label, firstRow)
    refuseNulls(raw, refuse)
    if (raw.rows === 0) return
    this.content ??= this.#contentOf(raw, refuse)
    if (this.content === 'day') {
      this.#days!.read(raw, out, at, firstRow)
      this.#toNanos(out, at, raw.rows, refuse)
    } else this.#timesOfDay!.read(raw, out, at, firstRow, refuse)
  }

  #contentOf(raw: DecodedColumn, refuse: Refusals): TimeContent {
    if (this.#parseTime && this.#isStated(this.#parseTime, raw, refuse)) return 'day'
    return beginsLikeTimesOfDay(this.#column, raw, refuse) ? 'time of day' : 'day'
  }

  /** Whether the first value matches the user's format. */
  #isStated(parse: ParseTime, raw: DecodedColumn, refuse: Refusals): boolean {
    if (this.#column.physical === 'BYTE_ARRAY') return typeof parse(textsOf(raw)(0)) !== 'string'
    return typeof parseDigits(parse, String(firstNumber(this.#column, raw, refuse))) !== 'string'
  }

  /** Converts days in any unit to nanoseconds. */
  #toNanos(out: Times, at: number, rows: number, refuse: Refusals): void {
    const { words } = out
    const { unit, format } = this.#days!
    const perDay = unit === 'day' ? 1n : PER_SECOND[unit] * BigInt(DAY_SECONDS)
    let [low, high, seconds] = [0, 0, 0]
    for (let i = at; i < at + rows; i++) {
      // neighbouring rows mostly have the same day
      if (i === at || words[2 * i] !== low || words[2 * i + 1] !== high) {
        low = words[2 * i]!
        high = words[2 * i + 1]!
        const time = wordsToBigInt(low, high)
        if (time % perDay !== 0n) {
          const why = 'which is no day: beside a time of day it has to be one; if it is the whole time, name it alone'
          refuse.value(i - at, format(time), why)
        }
        seconds = Number(time / perDay) * DAY_SECONDS
      }
      // the end of the last day has to be within the range too
      const fits = setNanos(out, i, seconds + DAY_SECONDS, 0) && setNanos(out, i, seconds, 0)
      if (!fits)
        refuse.value(i - at, `${format(wordsToBigInt(low, high))}, a day outside of the years ${INT64_NS_YEARS}`)
    }
  }

  finish(): void {
    if (this.content === 'time of day') this.#timesOfDay!.finish?.()
  }

  get areTwelveHours(): boolean {
    return this.content === 'time of day' && this.#timesOfDay!.areTwelveHours === true
  }

  warnings() {
    return this.content === 'day' ? this.#days!.warnings() : []
  }
}

/** Adds 64-bit integers word by word. */
function addTimes(to: Times, other: Times, rows: number): void {
  for (let i = 0; i < 2 * rows; i += 2) {
    const low = (to.words[i]! >>> 0) + (other.words[i]! >>> 0)
    to.words[i] = low
    to.words[i + 1] = to.words[i + 1]! + other.words[i + 1]! + (low > 0xffff_ffff ? 1 : 0)
  }
}
