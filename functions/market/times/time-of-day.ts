/** Reads times of day from a column of their own, beside a column of days. */
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { quoted } from '../../shared/errors.ts'
import type { ColumnDescription, TimeUnit } from '../column-values.ts'
import { calendarSeconds, clockSeconds, DAY_SECONDS, PER_SECOND } from './calendar.ts'
import { ClockNumbers, TIME_OF_DAY_EXAMPLES } from './clock-numbers.ts'
import type { Refusals } from './refusals.ts'
import { newTimes, setNanos, setNumber, type Times, wordsToNumber } from './time.ts'
import { textsOf } from './time-text.ts'
import { readIntTimes, readLongTimes, wholeNumberReader } from './whole-numbers.ts'

export interface TimesOfDay {
  /** Writes a piece to `out` as nanoseconds since midnight. */
  read(column: DecodedColumn, out: Times, at: number, firstRow: number, refuse: Refusals): void
  /** To be called after the last row: refuses times that have more than one likely reading. */
  finish?(): void
  /** Whether all hours read so far are from 1 to 12, without AM or PM. */
  readonly areTwelveHours?: boolean
}

/** @returns undefined when a column of that type cannot hold times of day */
export function timeOfDayReader(column: ColumnDescription, label: string): TimesOfDay | undefined {
  const { name, physical, logical } = column
  if (logical.kind === 'time' || logical.kind === 'duration') return unitReader(physical, logical.unit)
  if (physical === 'BYTE_ARRAY' && (logical.kind === 'string' || logical.kind === 'none')) {
    return new ClockText(new ClockNumbers(label, name))
  }
  const readNumbers = wholeNumberReader(column)
  if (!readNumbers) return undefined
  const clock = new ClockNumbers(label, name)
  return {
    read(raw, out, at, firstRow, refuse) {
      readNumbers(raw, out, at, refuse)
      clock.settle({ out, at, rows: raw.rows, firstRow }, 0, refuse)
    },
    finish: () => clock.finish(),
  }
}

/** Whether the first value of a piece looks like a time of day rather than a day. */
export function beginsLikeTimesOfDay(column: ColumnDescription, raw: DecodedColumn, refuse: Refusals): boolean {
  if (column.logical.kind === 'duration') return true
  if (column.physical === 'BYTE_ARRAY') {
    const text = textsOf(raw)(0)
    return /^\d{1,2}:/.test(text) || (CLOCK_DIGITS.test(text) && (text.length <= 6 || isWithinDay(Number(text))))
  }
  const value = Number(firstNumber(column, raw, refuse))
  // from 1976 on, days since 1970 in 16 bits are larger than any HHMM
  return isDayNumber(column) ? value <= LAST_MINUTE : isWithinDay(value)
}

/** The largest HHMM. */
const LAST_MINUTE = 2359
/** Epochs in seconds of the years 1990 to 2100, for times of bars. */
const [FIRST_EPOCH, END_OF_EPOCHS] = [631_152_000, 4_102_444_800]
/** Epochs that are whole days may be older: from 1973 on. */
const FIRST_DAY = 1e8

/** True when a number can be a time of day, but neither a day such as 20240131 nor an epoch. */
function isWithinDay(value: number): boolean {
  if (value < 0 || value >= DAY_SECONDS * 1e9 || calendarSeconds(value, 8) !== undefined) return false
  const isEpoch = [1, 1e3].some((perSecond) => {
    const first = value % (DAY_SECONDS * perSecond) === 0 ? FIRST_DAY : FIRST_EPOCH
    return value >= first * perSecond && value < END_OF_EPOCHS * perSecond
  })
  return !isEpoch
}

/** The first value of a piece of whole numbers; 0 for columns of other types. */
export function firstNumber(column: ColumnDescription, raw: DecodedColumn, refuse: Refusals): bigint {
  const times = newTimes(raw.rows)
  wholeNumberReader(column)?.(raw, times, 0, refuse)
  return times.values[0]!
}

/** Whether a column holds days since 1970 in 16 bits, as ClickHouse writes its type Date. */
export function isDayNumber({ physical, logical }: ColumnDescription): boolean {
  return physical === 'INT32' && logical.kind === 'integer' && !logical.signed && logical.bits === 16
}

/** Whether all numbers of a piece are valid HHMM, such as 930. */
export function areMinutes({ words }: Times, at: number, rows: number): boolean {
  for (let i = at; i < at + rows; i++) {
    if (clockSeconds(100 * wordsToNumber(words[2 * i]!, words[2 * i + 1]!)) === undefined) return false
  }
  return true
}

function unitReader(physical: ColumnDescription['physical'], unit: TimeUnit): TimesOfDay {
  const perSecond = Number(PER_SECOND[unit])
  return {
    read(raw, out, at, _firstRow, refuse) {
      if (physical === 'INT32') readIntTimes(raw, out, at)
      else readLongTimes(raw, out, at)
      for (let i = at; i < at + raw.rows; i++) {
        const time = wordsToNumber(out.words[2 * i]!, out.words[2 * i + 1]!)
        if (!(time >= 0 && time < DAY_SECONDS * perSecond)) {
          refuse.value(i - at, `${time} ${unit}, which is no time within a day`)
        }
        const seconds = Math.floor(time / perSecond)
        setNanos(out, i, seconds, (time - seconds * perSecond) * (1e9 / perSecond))
      }
    },
  }
}

/** A time of day without colons. */
export const CLOCK_DIGITS = /^\d{1,14}$/
/** `hh:mm`, `hh:mm:ss` or `hh:mm:ss.f`, optionally followed by AM or PM with or without a space. */
const CLOCK = /^(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:\s?([ap])\.?m\.?)?$/i

/** Text with or without colons, with or without AM and PM: the first value decides for the whole column. */
class ClockText implements TimesOfDay {
  readonly #numbers: ClockNumbers
  #isDigits: boolean | undefined
  #hasHalves: boolean | undefined
  #isBeyondTwelve = false

  constructor(numbers: ClockNumbers) {
    this.#numbers = numbers
  }

  read(raw: DecodedColumn, out: Times, at: number, firstRow: number, refuse: Refusals): void {
    if (raw.rows === 0) return
    const textOf = textsOf(raw)
    this.#isDigits ??= CLOCK_DIGITS.test(textOf(0))
    if (!this.#isDigits) {
      for (let i = 0; i < raw.rows; i++) this.#readClock(textOf(i), out, at + i, i, refuse)
      return
    }
    let most = 0
    for (let i = 0; i < raw.rows; i++) {
      const text = textOf(i)
      if (!CLOCK_DIGITS.test(text)) refuseClockText(text, i, refuse)
      if (text.length > most) most = text.length
      setNumber(out, at + i, Number(text))
    }
    this.#numbers.settle({ out, at, rows: raw.rows, firstRow }, most, refuse)
  }

  #readClock(text: string, out: Times, index: number, row: number, refuse: Refusals): void {
    const [, hour, minute, second = '0', fraction = '', half] = CLOCK.exec(text) ?? refuseClockText(text, row, refuse)
    this.#hasHalves ??= half !== undefined
    if ((half !== undefined) !== this.#hasHalves) {
      const which = `${this.#hasHalves ? 'without' : 'with'} AM or PM, unlike the rows before`
      refuse.value(row, `${quoted(text)}, ${which}; all or none may have it`)
    }
    const hours = half === undefined ? Number(hour) : hourOfHalf(Number(hour), half)
    if (hours < 1 || hours > 12) this.#isBeyondTwelve = true
    const clock = clockSeconds(hours * 10_000 + Number(minute) * 100 + Number(second))
    if (clock === undefined) refuseClockText(text, row, refuse)
    setNanos(out, index, clock!, Number(fraction.padEnd(9, '0')))
  }

  get areTwelveHours(): boolean {
    return this.#hasHalves === false && !this.#isBeyondTwelve
  }

  finish(): void {
    if (this.#isDigits) this.#numbers.finish()
  }
}

/** The hour of 24. 12 AM is midnight, 12 PM is noon; NaN for hours that a 12-hour clock does not have. */
function hourOfHalf(hour: number, half: string): number {
  if (hour < 1 || hour > 12) return Number.NaN
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
}

function refuseClockText(text: string, row: number, refuse: Refusals): never {
  return refuse.value(row, `${quoted(text)}, which is no time of day such as ${TIME_OF_DAY_EXAMPLES}`)
}
