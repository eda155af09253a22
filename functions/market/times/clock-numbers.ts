/** Reads numbers that are times of day: digits such as 930 or 93000, or units counted since midnight. */
import { quoted, RefusedError } from '../../shared/errors.ts'
import { clockSeconds, DAY_SECONDS } from './calendar.ts'
import type { Refusals } from './refusals.ts'
import { RereadTimes } from './reread-times.ts'
import { newTimes, setNanos, type TimesPiece, wordsToNumber } from './time.ts'

/** One way to read the numbers of a column. */
interface ClockReading {
  /** Its name in messages. */
  readonly name: string
  /** Seconds since midnight; undefined for a number whose digits are no time of day. */
  secondsOf(value: number): number | undefined
  /** If set, all numbers from 0 to below this are times of day, and no others. */
  readonly end?: number
  /** Billionths of a second to be added; none if left out. */
  nanosOf?(value: number): number
  /** The largest number of a column must be at least this; below, another reading is as likely. */
  readonly least: number
  /** Words in a column's name that indicate this reading. */
  readonly words?: RegExp
}

const HOUR_SECONDS = 3600

function clockOfUnits(name: string, perSecond: number, words: RegExp): ClockReading {
  return {
    name,
    end: DAY_SECONDS * perSecond,
    secondsOf: (value) => Math.floor(value / perSecond),
    nanosOf: (value) => (value % perSecond) * (1e9 / perSecond),
    least: HOUR_SECONDS * perSecond,
    words,
  }
}

const MINUTES: ClockReading = {
  name: 'minutes of the day',
  end: 1440,
  secondsOf: (value) => 60 * value,
  least: 60,
  words: /(^|[^a-z])min(ute)?s?[^a-z]*(of|in|since|from)?[^a-z]*(the)?[^a-z]*(day|midnight)([^a-z]|$)/,
}

/** Tried first: as hours and minutes (HHMM), numbers below 24 would all be in the first 24 minutes of a day. */
const HOURS: ClockReading = {
  name: 'hours of the day',
  end: 24,
  secondsOf: (value) => HOUR_SECONDS * value,
  least: 0,
}

const HOUR_MINUTE: ClockReading = {
  name: 'hours and minutes (HHMM)',
  secondsOf: (value) => clockSeconds(100 * value),
  least: 0,
}

const HOUR_MINUTE_SECOND: ClockReading = {
  name: 'hours, minutes and seconds (HHMMSS)',
  secondsOf: clockSeconds,
  least: 0,
}

const HOUR_TO_MILLISECOND: ClockReading = {
  name: 'hours to milliseconds (HHMMSSmmm)',
  secondsOf: (value) => clockSeconds(Math.floor(value / 1000)),
  nanosOf: (value) => (value % 1000) * 1e6,
  least: 10_000_000,
}

/** In order of preference. Digits come first, because counted units soon have last two digits above 59. */
const READINGS: readonly ClockReading[] = [
  HOURS,
  HOUR_MINUTE,
  HOUR_MINUTE_SECOND,
  HOUR_TO_MILLISECOND,
  MINUTES,
  clockOfUnits('seconds of the day', 1, /(^|[^a-z])sec(ond)?s?([^a-z]|$)/),
  clockOfUnits('milliseconds of the day', 1e3, /(^|[^a-z])(ms|msecs?|millis|milliseconds?)([^a-z]|$)/),
  clockOfUnits('microseconds of the day', 1e6, /(^|[^a-z])(us|usecs?|micros|microseconds?)([^a-z]|$)/),
  clockOfUnits('nanoseconds of the day', 1e9, /(^|[^a-z])(ns|nsecs?|nanos|nanoseconds?)([^a-z]|$)/),
]

/** At least this share of counted numbers, mostly two fifths, is neither HHMM nor HHMMSS; fewer are mistakes. */
const COUNTED_SHARE = 0.05

const DIGIT_READINGS = [HOUR_MINUTE, HOUR_MINUTE_SECOND, HOUR_TO_MILLISECOND]

export const TIME_OF_DAY_EXAMPLES = '09:30, 09:30:00, 9:30 AM, 930 or 93000'

/**
 * The numbers of one column, all of which have the same reading. A number that does not fit a reading excludes it for the whole
 * column, however late it comes. Excluded readings stay excluded when the column is read again.
 */
export class ClockNumbers {
  readonly #label: string
  readonly #named: ClockReading | undefined
  #possible: readonly ClockReading[] = READINGS
  #largest = 0
  #chosen: ClockReading | undefined
  /** Rows read so far, how many of them are neither HHMM nor HHMMSS, and the first of those. */
  #rows = 0
  #odd = 0
  #firstOdd: { readonly row: number; readonly value: number } | undefined
  /** Whether any number but 0 has been read: 0 is midnight in all readings. */
  #isRead = false

  /**
   * @param label the column's name in messages
   * @param name of the column, which may contain the unit
   */
  constructor(label: string, name: string) {
    this.#label = label
    const words = name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()
    this.#named = READINGS.find((reading) => reading.words?.test(words))
  }

  /**
   * Converts the numbers of a piece to nanoseconds.
   * @param digits the most digits that any number of a text column has, zeros in front included; 0 for integer columns
   * @throws RereadTimes when the rows before were read in another way
   */
  settle({ out, at, rows, firstRow }: TimesPiece, digits: number, refuse: Refusals): void {
    if (firstRow === 0) {
      this.#isRead = false
      this.#rows = 0
      this.#odd = 0
    }
    const valueAt = (i: number) => wordsToNumber(out.words[2 * i]!, out.words[2 * i + 1]!)
    let smallest = 0
    for (let i = at; i < at + rows; i++) {
      const value = valueAt(i)
      if (value > this.#largest) this.#largest = value
      else if (value < smallest) smallest = value
    }
    const before = this.#possible
    this.#possible = before.filter((reading) => {
      if (reading.end !== undefined) return smallest >= 0 && this.#largest < reading.end
      if (reading === HOUR_MINUTE && digits > 4) return false
      if (reading === HOUR_MINUTE_SECOND && digits > 6) return false
      for (let i = at; i < at + rows; i++) if (reading.secondsOf(valueAt(i)) === undefined) return false
      return true
    })
    if (this.#possible.length === 0)
      refuseAll(valueAt, at, rows, this.#chosen ?? before.find((each) => each !== HOURS)!, refuse)
    const reading = this.#choice()
    const isAnother = this.#chosen !== undefined && this.#chosen !== reading
    this.#chosen = reading
    if (isAnother && this.#isRead) throw new RereadTimes(`${this.#label} holds ${reading.name} from row ${firstRow} on`)
    const mayBeOdd = reading !== HOUR_MINUTE && reading !== HOUR_MINUTE_SECOND
    for (let i = at; i < at + rows; i++) {
      const value = valueAt(i)
      setNanos(out, i, reading.secondsOf(value)!, reading.nanosOf?.(value) ?? 0)
      if (value !== 0) this.#isRead = true
      if (!mayBeOdd || clockSeconds(value) !== undefined || clockSeconds(100 * value) !== undefined) continue
      if (this.#odd++ === 0) this.#firstOdd = { row: firstRow + i - at, value }
    }
    this.#rows += rows
  }

  /** Whether the numbers are digits of hours and minutes, not counted units. */
  get isDigits(): boolean {
    return DIGIT_READINGS.includes(this.#chosen!)
  }

  get areHours(): boolean {
    return this.#chosen === HOURS
  }

  #choice(): ClockReading {
    const best = this.#possible.find(({ least }) => this.#largest >= least) ?? this.#possible[0]!
    const named = this.#named
    if (!named || !this.#possible.includes(named)) return best
    // "us_time" rather means a country when its numbers look like hours and minutes
    return this.#largest >= named.least || best.least > 0 ? named : best
  }

  /** To be called after the last row. @throws RefusedError `time` when the numbers have more than one likely reading */
  finish(): void {
    const chosen = this.#chosen
    if (!chosen || chosen === this.#named || chosen.least === 0) return
    if (this.#odd > 0 && this.#odd < COUNTED_SHARE * this.#rows) {
      const { row, value } = this.#firstOdd!
      throw new RefusedError(
        'time',
        `${this.#label} holds ${value} in row ${row} (the first is row 0), which is no time of day such as ${TIME_OF_DAY_EXAMPLES}, unlike most others`,
      )
    }
    if (this.#largest >= chosen.least || this.#largest === 0) return
    const names = this.#possible.map(({ name }) => name)
    throw new RefusedError(
      'time',
      `${this.#label} holds numbers up to ${this.#largest}, which may be ${names.join(' or ')}; write times of day as text such as 09:30:00, or add the unit to the column's name, such as ${quoted('t_seconds')}`,
    )
  }
}

/** Refuses the first row of the piece that does not fit the reading. */
function refuseAll(
  valueAt: (i: number) => number,
  at: number,
  rows: number,
  reading: ClockReading,
  refuse: Refusals,
): never {
  const { end, secondsOf } = reading
  const fits = (value: number) => (end === undefined ? secondsOf(value) !== undefined : value >= 0 && value < end)
  let row = at
  while (row < at + rows - 1 && fits(valueAt(row))) row++
  return refuse.value(row - at, `${valueAt(row)}, which is no time of day such as ${TIME_OF_DAY_EXAMPLES}`)
}

/**
 * Reads numbers as times of day if their reading is clear.
 * @returns the seconds since midnight, and whether the numbers are digits of hours and minutes, or hours alone
 */
export function clearClock(
  name: string,
  values: readonly number[],
): { readonly seconds: readonly number[]; readonly isDigits: boolean; readonly areHours: boolean } | undefined {
  const clock = new ClockNumbers('', name)
  const times = newTimes(values.length)
  for (const [i, value] of values.entries()) times.values[i] = BigInt(value)
  const isNone = () => {
    throw new RefusedError('time', '')
  }
  try {
    clock.settle({ out: times, at: 0, rows: values.length, firstRow: 0 }, 0, { value: isNone, missing: isNone })
    clock.finish()
  } catch (error) {
    if (error instanceof RefusedError) return undefined
    throw error
  }
  return {
    seconds: Array.from(times.values, (nanos) => Number(nanos) / 1e9),
    isDigits: clock.isDigits,
    areHours: clock.areHours,
  }
}
