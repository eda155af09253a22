/** Times of day, which stand in a column of their own beside one of days. */
import { quoted } from '../shared/errors.ts'
import { clockSeconds, DAY_SECONDS, PER_SECOND } from './calendar.ts'
import type { ColumnDescription, RawColumn, TimeUnit } from './column-values.ts'
import { RereadTimes } from './reread-times.ts'
import { newTimes, setNanos, setNumber, type Times, wordsToNumber } from './time.ts'
import type { Refusals } from './time-integer.ts'
import { textsOf } from './time-text.ts'
import { readInts, readLongs, wholeNumberReader } from './whole-numbers.ts'

/** Puts a piece into `out` as nanoseconds since midnight. */
export type ReadTimesOfDay = (column: RawColumn, out: Times, at: number, firstRow: number, refuse: Refusals) => void

const EXAMPLES = '09:30, 09:30:00, 930 or 93000'

/** @returns undefined when a column of that type cannot hold times of day */
export function timeOfDayReader(column: ColumnDescription, label: string): ReadTimesOfDay | undefined {
  const { physical, logical } = column
  if (logical.kind === 'time') return unitReader(physical, logical.unit)
  if (physical === 'BYTE_ARRAY' && (logical.kind === 'string' || logical.kind === 'none')) return textReader(label)
  const readNumbers = wholeNumberReader(column)
  if (!readNumbers) return undefined
  const clock = new ClockNumbers(label)
  return (raw, out, at, firstRow, refuse) => {
    readNumbers(raw, out, at, refuse)
    clock.settle(out, at, raw.rows, firstRow, false, refuse)
  }
}

/** Whether a piece of text or numbers begins like times of day, not like days. */
export function beginsLikeTimesOfDay(column: ColumnDescription, raw: RawColumn, refuse: Refusals): boolean {
  if (column.physical === 'BYTE_ARRAY') return /^(\d{1,2}:|\d{1,6}$)/.test(textsOf(raw)(0))
  const value = Number(firstNumber(column, raw, refuse))
  // days since 1970 in 16 bits are above all that are hours and minutes, from 1976 on
  const largest = isDayNumber(column) ? 2359 : 235_959
  return value <= largest && clockSeconds(value) !== undefined
}

/** Of a piece of whole numbers; 0 where they are not such. */
export function firstNumber(column: ColumnDescription, raw: RawColumn, refuse: Refusals): bigint {
  const times = newTimes(raw.rows)
  wholeNumberReader(column)?.(raw, times, 0, refuse)
  return times.values[0]!
}

/** How ClickHouse writes its type Date. */
export function isDayNumber({ physical, logical }: ColumnDescription): boolean {
  return physical === 'INT32' && logical.kind === 'integer' && !logical.signed && logical.bits === 16
}

/** Whether all numbers of a piece are hours and minutes, such as 930. */
export function areMinutes({ words }: Times, at: number, rows: number): boolean {
  for (let i = at; i < at + rows; i++) {
    if (clockSeconds(100 * wordsToNumber(words[2 * i]!, words[2 * i + 1]!)) === undefined) return false
  }
  return true
}

function unitReader(physical: ColumnDescription['physical'], unit: TimeUnit): ReadTimesOfDay {
  const perSecond = Number(PER_SECOND[unit])
  return (raw, out, at, _firstRow, refuse) => {
    if (physical === 'INT32') readInts(raw, out, at)
    else readLongs(raw, out, at)
    for (let i = at; i < at + raw.rows; i++) {
      const time = wordsToNumber(out.words[2 * i]!, out.words[2 * i + 1]!)
      if (!(time >= 0 && time < DAY_SECONDS * perSecond)) {
        refuse.value(i - at, `${time} ${unit}, which is no time within a day`)
      }
      const seconds = Math.floor(time / perSecond)
      setNanos(out, i, seconds, (time - seconds * perSecond) * (1e9 / perSecond))
    }
  }
}

/** `hh:mm`, `hh:mm:ss`, `hh:mm:ss.f`, or digits without colons: the first value decides. */
function textReader(label: string): ReadTimesOfDay {
  const numbers = new ClockNumbers(label)
  let isDigits: boolean | undefined
  return (raw, out, at, firstRow, refuse) => {
    if (raw.rows === 0) return
    const textOf = textsOf(raw)
    isDigits ??= /^\d{1,6}$/.test(textOf(0))
    let hasSeconds = false
    for (let i = 0; i < raw.rows; i++) {
      const text = textOf(i)
      const [, hour, minute, second = '0', fraction = ''] =
        (isDigits ? /^\d{1,6}$/ : /^(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?$/).exec(text) ??
        refuseText(text, i, refuse)
      if (isDigits) {
        if (text.length === 6) hasSeconds = true
        setNumber(out, at + i, Number(text))
      } else {
        const clock = clockSeconds(Number(hour) * 10_000 + Number(minute) * 100 + Number(second))
        if (clock === undefined) refuseText(text, i, refuse)
        setNanos(out, at + i, clock!, Number(fraction.padEnd(9, '0')))
      }
    }
    if (isDigits) numbers.settle(out, at, raw.rows, firstRow, hasSeconds, refuse)
  }
}

function refuseText(text: string, row: number, refuse: Refusals): never {
  return refuse.value(row, `${quoted(text)}, which is no time of day such as ${EXAMPLES}`)
}

/** The largest of hours and minutes. */
const LAST_MINUTE = 2359

/**
 * Numbers whose digits are hours and minutes, or hours, minutes and seconds: the latter in the whole column as soon as one
 * is larger than 2359. Those of the first minutes of a day alone would be taken for the former.
 */
class ClockNumbers {
  readonly #label: string
  #hasSeconds = false
  #isRead = false

  constructor(label: string) {
    this.#label = label
  }

  /** Turns the numbers that stand in `out` into nanoseconds. */
  settle(out: Times, at: number, rows: number, firstRow: number, hasSeconds: boolean, refuse: Refusals): void {
    const valueAt = (i: number) => wordsToNumber(out.words[2 * i]!, out.words[2 * i + 1]!)
    if (firstRow === 0) this.#isRead = false
    if (!this.#hasSeconds) {
      for (let i = at; i < at + rows && !hasSeconds; i++) hasSeconds = valueAt(i) > LAST_MINUTE
      this.#hasSeconds = hasSeconds
      if (hasSeconds && this.#isRead) throw new RereadTimes(`${this.#label} holds seconds from row ${firstRow} on`)
    }
    for (let i = at; i < at + rows; i++) {
      const value = valueAt(i)
      const seconds = clockSeconds(this.#hasSeconds ? value : value * 100)
      if (seconds === undefined) refuse.value(i - at, `${value}, which is no time of day such as ${EXAMPLES}`)
      setNanos(out, i, seconds!, 0)
      if (value !== 0) this.#isRead = true
    }
  }
}
