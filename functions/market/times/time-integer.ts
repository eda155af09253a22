/** Reads integers without a stated unit: epochs, whose unit follows from their size, or calendar times such as 20240131. */

import { rowCountText } from '../../shared/counted-rows.ts'
import type { TimeUnit } from '../column-values.ts'
import type { Warning } from '../quality/warnings.ts'
import { type CalendarDigits, calendarSeconds, clockSeconds, PER_SECOND, UNIT_NAMES } from './calendar.ts'
import { digitsOf, readCalendar, refuseCalendar } from './calendar-numbers.ts'
import { type Refusals, TIME_OF_DAY_ADVICE } from './refusals.ts'
import { RereadTimes } from './reread-times.ts'
import { type Times, type TimesPiece, wordsToNumber } from './time.ts'

/** A smaller number is a count or an identifier; as seconds it would be a time before March 1973. */
const SMALLEST_EPOCH = 100_000_000
const UNITS = ['s', 'ms', 'us', 'ns'] as const

/**
 * The unit of an epoch by its size. 1e11 s is the year 5138, 1e11 ms is 1973: the ranges of two units are centuries apart.
 * @returns undefined for a number that is no epoch
 */
export function unitByMagnitude(time: bigint): TimeUnit | undefined {
  const size = time < 0n ? -time : time
  if (size < SMALLEST_EPOCH) return undefined
  if (size < 100_000_000_000n) return 's'
  if (size < 100_000_000_000_000n) return 'ms'
  return size < 100_000_000_000_000_000n ? 'us' : 'ns'
}

/** The unit of the time at an index, from a double where that is exact enough: around 1e17 it is not. */
function unitOf({ values, words }: Times, index: number): TimeUnit | undefined {
  const size = Math.abs(wordsToNumber(words[2 * index]!, words[2 * index + 1]!))
  if (size < SMALLEST_EPOCH) return undefined
  if (size < 1e11) return 's'
  if (size < 1e14) return 'ms'
  return size === 1e17 ? unitByMagnitude(values[index]!) : size < 1e17 ? 'us' : 'ns'
}

/** The high words that only positive epochs of this unit have. */
const HIGH_WORDS = { s: [0, 22], ms: [24, 23_282], us: [23_284, 23_283_063], ns: [23_283_065, 0x7fff_ffff] } as const

/**
 * The unit of a piece whose epochs are positive and clearly of one unit: the usual case, which must cost next to nothing per
 * row.
 * @returns undefined when each row has to be examined
 */
function commonUnit({ words }: Times, at: number, rows: number): TimeUnit | undefined {
  let least = words[2 * at + 1]!
  let most = least
  for (let i = 2 * at + 3, end = 2 * (at + rows); i < end; i += 2) {
    const high = words[i]!
    if (high < least) least = high
    else if (high > most) most = high
  }
  const unit = UNITS.find((unit) => least >= HIGH_WORDS[unit][0] && most <= HIGH_WORDS[unit][1])
  if (unit !== 's') return unit
  for (let i = 2 * at, end = 2 * (at + rows); i < end; i += 2) {
    if (words[i]! >>> 0 < SMALLEST_EPOCH && words[i + 1] === 0) return undefined
  }
  return unit
}

/** The integers of one column. Findings, such as the unit, are kept when the column is read again. */
export class IntegerTimes {
  readonly #label: string
  readonly #mayCount: boolean
  #isSettled = false
  #digits: CalendarDigits | undefined
  #unit: TimeUnit | undefined
  /** Whether small epochs are times around 1970 rather than of a coarser unit. */
  #isOneUnit = false
  /** Whether some have fractions, so that all become nanoseconds. */
  #hasFractions = false
  /** Whether epochs of a coarser unit have been converted. */
  #isScaled = false
  #counts: Record<TimeUnit, number> = { s: 0, ms: 0, us: 0, ns: 0 }

  /**
   * @param label the column's name in messages
   * @param mayCount whether the integers may be row numbers
   */
  constructor(label: string, mayCount: boolean) {
    this.#label = label
    this.#mayCount = mayCount
  }

  /** The unit of the times that were read. */
  get unit(): TimeUnit {
    return this.#unit ?? 's'
  }

  /**
   * Converts the integers of a piece to the unit of the whole column.
   * @param fractions billionths to be added to each; undefined for none
   * @throws RereadTimes when the rows before were converted to another unit
   */
  settle({ out, at, rows, firstRow }: TimesPiece, refuse: Refusals, fractions?: Int32Array): void {
    if (firstRow === 0) {
      this.#isScaled = false
      this.#counts = { s: 0, ms: 0, us: 0, ns: 0 }
    }
    if (rows === 0) return
    if (fractions && !this.#hasFractions) {
      this.#hasFractions = true
      this.#unit = 'ns'
      if (firstRow > 0) throw new RereadTimes(`${this.#label} holds fractions from row ${firstRow} on`)
    }
    if (this.#hasFractions) {
      this.#settleFractions(out, at, rows, refuse, fractions)
      return
    }
    if (!this.#isSettled) {
      this.#isSettled = true
      this.#digits = digitsOf(out, at, rows)
    }
    if (this.#digits !== undefined) {
      readCalendar(out, at, rows, this.#digits, refuse)
      return
    }
    refuseCalendar(out, at, rows, refuse)
    const unit = commonUnit(out, at, rows)
    if (unit !== undefined && (this.#unit ?? unit) === unit) {
      this.#unit = unit
      this.#counts[unit] += rows
    } else this.#settleEach(out, at, rows, firstRow, refuse)
  }

  /** Converts all epochs to nanoseconds; further digits are cut off. */
  #settleFractions(out: Times, at: number, rows: number, refuse: Refusals, fractions: Int32Array | undefined): void {
    for (let i = 0; i < rows; i++) {
      const value = out.values[at + i]!
      const fraction = fractions?.[i] ?? 0
      const text = `${value}${fraction === 0 ? '' : String(Math.abs(fraction) / 1e9).slice(1)}`
      const unit = unitByMagnitude(value)
      if (unit === undefined) refuse.value(i, text, this.#whyNoTime(Number(value)))
      this.#counts[unit!]++
      const nanos = value * (PER_SECOND.ns / PER_SECOND[unit!]) + BigInt(fraction) / PER_SECOND[unit!]
      if (nanos !== BigInt.asIntN(64, nanos)) refuse.value(i, `${text}, a time outside of the years 1677 to 2262`)
      out.values[at + i] = nanos
    }
  }

  /** Converts rows of several units, rows around 1970, and refuses rows that are no times. */
  #settleEach(out: Times, at: number, rows: number, firstRow: number, refuse: Refusals): void {
    const units = Array.from({ length: rows }, (_, i) => unitOf(out, at + i))
    const finest = finestOf([this.#unit, ...new Set(units)])
    if (this.#unit !== finest) {
      const isFirst = this.#unit === undefined
      this.#unit = finest
      if (!isFirst) throw new RereadTimes(`${this.#label} holds ${UNIT_NAMES[finest!]} from row ${firstRow} on`)
    }
    if (!this.#isOneUnit && units.some((unit, i) => unit !== finest && isImplausible(out, at + i, unit))) {
      this.#isOneUnit = true
      if (this.#isScaled) throw new RereadTimes(`${this.#label} holds ${UNIT_NAMES[finest!]} of the years around 1970`)
    }
    for (let i = 0; i < rows; i++) {
      const unit = this.#isOneUnit ? finest : units[i]
      if (unit === undefined) refuse.value(i, `${out.values[at + i]}`, this.#whyNoTime(Number(out.values[at + i])))
      this.#counts[unit!]++
      if (unit === finest) continue
      this.#isScaled = true
      out.values[at + i] = (out.values[at + i]! * PER_SECOND[finest!]) / PER_SECOND[unit!]
    }
  }

  #whyNoTime(value: number): string {
    if (this.#mayCount) {
      return 'the index of a data frame that counts rows is no time; write the time, or name its column'
    }
    if (calendarSeconds(value, 8) !== undefined) {
      return 'a calendar day among epochs; write all times in one form'
    }
    const isClock = value >= 100 && (clockSeconds(value) ?? clockSeconds(value * 100)) !== undefined
    return isClock
      ? TIME_OF_DAY_ADVICE
      : 'which is no point in time: a number below 100,000,000 (before March 1973 as seconds) is rather a count or an identifier; write times as timestamps, or name their column with --time-column (in the function: columns.time)'
  }

  warnings(): Warning[] {
    const units = UNITS.filter((unit) => this.#counts[unit] > 0)
    if (units.length < 2) return []
    const counts = units.map((unit) => `${UNIT_NAMES[unit]} in ${rowCountText(this.#counts[unit])}`).join(' and ')
    return [{ code: 'mixed-time-units', message: `${this.#label} holds ${counts}; each was read by its magnitude` }]
  }
}

function finestOf(units: readonly (TimeUnit | undefined)[]): TimeUnit | undefined {
  return UNITS.findLast((unit) => units.includes(unit))
}

/**
 * True when an epoch is outside of the years 1677 to 2262 in its unit. Then it is rather in the next finer unit, within a few
 * years of 1970, in a column of that unit that goes back so far.
 */
function isImplausible({ values }: Times, index: number, unit: TimeUnit | undefined): boolean {
  if (unit === undefined) return false
  const nanos = values[index]! * (PER_SECOND.ns / PER_SECOND[unit])
  return nanos !== BigInt.asIntN(64, nanos)
}
