/** Recognises local times without a zone, in which an hour occurs twice when clocks go back. */
import { DAY_SECONDS } from './calendar.ts'

/**
 * True when all times are in an hour that clocks show twice: in the night of the Sunday on which daylight saving time ends in
 * America, Europe or Australia, all of one day in the same hour.
 * @param seconds since 1970 in local time, of rows with duplicates
 */
export function explainsDaylightSaving(seconds: Iterable<number>): boolean {
  const hours = new Map<number, number>()
  for (const time of seconds) {
    const day = Math.floor(time / DAY_SECONDS)
    const hour = Math.floor((time - day * DAY_SECONDS) / 3600)
    if (hour < 1 || hour > 3 || !endsDaylightSaving(day) || (hours.get(day) ?? hour) !== hour) return false
    hours.set(day, hour)
  }
  return hours.size > 0
}

/** The first Sunday of November or April, or the last one of October. */
function endsDaylightSaving(day: number): boolean {
  const date = new Date(day * DAY_SECONDS * 1000)
  const [month, dayOfMonth] = [date.getUTCMonth() + 1, date.getUTCDate()]
  if (date.getUTCDay() !== 0) return false
  return month === 10 ? dayOfMonth > 24 : (month === 11 || month === 4) && dayOfMonth <= 7
}
