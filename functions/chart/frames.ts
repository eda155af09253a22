/** The lengths of time to which rows are aggregated. Each starts and ends where a clock or a calendar does. */

export interface Frame {
  /** What one bar represents. */
  readonly name: string
  /** About as long, in milliseconds; 0 for single rows. */
  readonly ms: number
  /** The start of the bar that contains a time, both in milliseconds since 1970. */
  start(time: number): number
}

const [SECOND_MS, MINUTE_MS, HOUR_MS] = [1000, 60_000, 3_600_000]
export const DAY_MS = 86_400_000
const YEAR_MS = 365.2425 * DAY_MS
/** 1970-01-05 was a Monday. */
const MONDAY_MS = 4 * DAY_MS

/** Every row is a bar. */
export const ROWS: Frame = { name: '1 row', ms: 0, start: (time) => time }

function fixed(count: number, unit: string, unitMs: number, offset = 0): Frame {
  const ms = count * unitMs
  const start = (time: number) => Math.floor((time - offset) / ms) * ms + offset
  return { name: count === 1 ? `1 ${unit}` : `${count} ${unit}s`, ms, start }
}

function months(count: number, name: string): Frame {
  const start = (time: number) => {
    const date = new Date(time)
    const month = 12 * date.getUTCFullYear() + date.getUTCMonth()
    const first = Date.UTC(0, Math.floor(month / count) * count - 12 * 1900)
    // outside of the years of a Date
    return Number.isNaN(first) ? Math.floor(time / YEAR_MS) * YEAR_MS : first
  }
  return { name, ms: (count / 12) * YEAR_MS, start }
}

const WEEK = fixed(1, 'week', 7 * DAY_MS, MONDAY_MS)

/** Ascending; each divides the next one, but for weeks. */
const FRAMES: readonly Frame[] = [
  ...[1, 10, 100].map((count) => fixed(count, 'millisecond', 1)),
  ...[1, 5, 15, 30].map((count) => fixed(count, 'second', SECOND_MS)),
  ...[1, 5, 15, 30].map((count) => fixed(count, 'minute', MINUTE_MS)),
  ...[1, 4].map((count) => fixed(count, 'hour', HOUR_MS)),
  fixed(1, 'day', DAY_MS),
  WEEK,
  months(1, '1 month'),
  months(3, '3 months'),
  ...[1, 10, 100, 1000, 10_000].map((count) => months(12 * count, count === 1 ? '1 year' : `${count} years`)),
]

/** The frames that are longer than the given one, shortest first. */
export function longerThan({ ms }: Frame): readonly Frame[] {
  return FRAMES.filter((frame) => frame.ms > ms)
}

/** The next longer frame whose bars can be aggregated further: months and years do not consist of weeks. */
export function nextLonger(frame: Frame): Frame | undefined {
  return longerThan(frame).find((longer) => longer !== WEEK)
}
