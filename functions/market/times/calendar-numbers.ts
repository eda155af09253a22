/** Reads calendar times in the digits of integers: 20240131, 202401310930, 20240131093000. */
import { type CalendarDigits, calendarDigits, calendarSeconds } from './calendar.ts'
import type { Refusals } from './refusals.ts'
import { setNumber, type Times, wordsToNumber } from './time.ts'

/**
 * The number of digits, if the column begins with calendar times: one valid number of 8 digits is enough, while 12 or 14
 * digits must be valid in the whole piece.
 */
export function digitsOf(out: Times, at: number, rows: number): CalendarDigits | undefined {
  const valueAt = (i: number) => Number(out.values[at + i])
  const digits = calendarDigits(valueAt(0))
  if (digits === undefined || calendarSeconds(valueAt(0), digits) === undefined) return undefined
  for (let i = 1; i < rows && digits !== 8; i++) {
    if (calendarSeconds(valueAt(i), digits) === undefined) return undefined
  }
  return digits
}

/** Converts calendar times to seconds since 1970. */
export function readCalendar(out: Times, at: number, rows: number, digits: CalendarDigits, refuse: Refusals): void {
  const example = `20240131${'093000'.slice(0, digits - 8)}`
  for (let i = at; i < at + rows; i++) {
    const seconds = calendarSeconds(wordsToNumber(out.words[2 * i]!, out.words[2 * i + 1]!), digits)
    if (seconds === undefined) {
      const what = digits === 8 ? 'day' : 'time'
      refuse.value(i - at, `${out.values[i]}, which is no ${what} such as ${example}, unlike the rows before`)
    }
    setNumber(out, i, seconds!)
  }
}

/**
 * Forms of calendar times whose numbers, as epochs, would be times of 1976 or of years far from now. The ranges hold all
 * times of the years 1900 to 2100.
 */
const CALENDAR_FORMS = [
  { digits: 12, perSecond: 1n, highWords: [44, 49] },
  { digits: 14, perSecond: 1n, highWords: [4423, 4891] },
  { digits: 14, perSecond: 1000n, highWords: [4_423_783, 4_891_795] },
] as const
/** Hardly one in a hundred epochs of 1976 in milliseconds looks like a calendar time. */
const CALENDAR_SHARE = 0.5
const MIN_CALENDAR_TIMES = 2

/**
 * Refuses epochs of which most, in the range of a calendar form, are valid calendar times: the column has calendar times with
 * mistakes, or a mixture. As epochs, the rows would be in other centuries.
 * @throws through `refuse`, for the first row that is unlike the others
 */
export function refuseCalendar(out: Times, at: number, rows: number, refuse: Refusals): void {
  for (const { digits, perSecond, highWords } of CALENDAR_FORMS) {
    let [within, found] = [0, 0]
    let [first, firstWrong] = [-1, -1]
    for (let i = at; i < at + rows; i++) {
      const high = out.words[2 * i + 1]!
      if (high < highWords[0] || high > highWords[1]) continue
      within++
      const isCalendar = calendarSeconds(Number(out.values[i]! / perSecond), digits) !== undefined
      if (isCalendar) found++
      if (isCalendar && first < 0) first = i
      if (!isCalendar && firstWrong < 0) firstWrong = i
    }
    const isEnough = found >= MIN_CALENDAR_TIMES || (found > 0 && digits === 14)
    if (!isEnough || found < CALENDAR_SHARE * within) continue
    const example = `20240131${'093000'.slice(0, digits - 8)}`
    if (firstWrong >= 0) {
      refuse.value(
        firstWrong - at,
        `${out.values[firstWrong]}, which is no time such as ${example}, unlike most others`,
      )
    }
    if (perSecond === 1n)
      refuse.value(
        first - at,
        `${out.values[first]}, a calendar time such as ${example} among epochs; write all times in one form`,
      )
    refuse.value(
      first - at,
      `${out.values[first]}, a calendar time with milliseconds; name its notation with --time-format %Y%m%d%H%M%S%L (in the function: timeFormat)`,
    )
  }
}
