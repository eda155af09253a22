/** The offset of a zone from UTC. */
import { QUARTER_SECONDS } from '../market/times/calendar.ts'
import { quoted } from '../shared/errors.ts'

const MAX_KNOWN_OFFSETS = 65_536

/**
 * @param zone an offset, UTC, GMT or Z, or a name of the IANA database
 * @param local seconds since 1970 on a clock in the zone; a time that it shows twice means the earlier one
 * @returns seconds to subtract, or the reason why the zone or the time is invalid
 */
export function zoneOffset(zone: string, local: number): number | string {
  const fixed = /^([+-])(\d\d):?(\d\d)?$/.exec(zone)
  if (fixed) return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 3600 + Number(fixed[3] ?? 0) * 60)
  if (/^(UTC|GMT|Z)$/i.test(zone)) return 0
  const offsets = offsetsOf(zone)
  if (!offsets) {
    return `whose zone ${quoted(zone)} is not known; allowed are offsets such as -0500, UTC, and names such as America/New_York, because zones share abbreviations`
  }
  const day = 86_400
  const offset = [offsets(local - day), offsets(local + day)].find((offset) => offsets(local - offset) === offset)
  return offset ?? `a time that clocks in ${quoted(zone)} skip`
}

const known = new Map<string, ((utc: number) => number) | undefined>()

/** Gives the offset by the time in UTC; undefined when there is no such zone. */
function offsetsOf(zone: string): ((utc: number) => number) | undefined {
  if (!known.has(zone)) {
    if (known.size >= MAX_KNOWN_OFFSETS) known.clear()
    known.set(zone, isName(zone) ? offsetReader(zone) : undefined)
  }
  return known.get(zone)
}

/** True unless it is an abbreviation, which may stand for two zones: CST is in America and in China. */
function isName(zone: string): boolean {
  return zone.includes('/') || /^[A-Z]{3}\d[A-Z]{3}$/.test(zone)
}

function offsetReader(zone: string): ((utc: number) => number) | undefined {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  } catch {
    return undefined
  }
  const quarters = new Map<number, number>()
  return (utc) => {
    // offsets change at whole quarters of an hour
    const quarter = Math.floor(utc / QUARTER_SECONDS)
    const seen = quarters.get(quarter)
    if (seen !== undefined) return seen
    if (quarters.size >= MAX_KNOWN_OFFSETS) quarters.clear()
    const name = format.formatToParts(utc * 1000).find(({ type }) => type === 'timeZoneName')!.value
    const [, sign, hours = 0, minutes = 0, seconds = 0] = /([+-])(\d+):(\d+)(?::(\d+))?/.exec(name) ?? []
    const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
    const offset = sign === '-' ? -size : size
    quarters.set(quarter, offset)
    return offset
  }
}
