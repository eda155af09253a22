/** Times of earlier files in the unit of a later one. */
import type { TimeUnit } from '../column-values.ts'
import { DAY_SECONDS, PER_SECOND } from '../times/calendar.ts'

export type CarriedUnit = TimeUnit | 'day'

const MAX_TIME = 2n ** 63n - 1n

function nanosPer(unit: CarriedUnit): bigint {
  return unit === 'day' ? PER_SECOND.ns * BigInt(DAY_SECONDS) : PER_SECOND.ns / PER_SECOND[unit]
}

/**
 * Rounded down: a whole time of the new unit is at or before the result exactly when it is at or before the time itself. Times
 * beyond 64 bits become the first or the last one.
 */
export function roundedTo(time: bigint, from: CarriedUnit, to: CarriedUnit): bigint {
  if (from === to) return time
  const nanos = time * nanosPer(from)
  const per = nanosPer(to)
  const rest = nanos % per
  const result = (rest < 0n ? nanos - rest - per : nanos - rest) / per
  return result > MAX_TIME ? MAX_TIME : result < -MAX_TIME ? -MAX_TIME : result
}

/** @returns undefined for a time that the new unit does not have */
export function exactlyIn(time: bigint, from: CarriedUnit, to: CarriedUnit): bigint | undefined {
  if (from === to) return time
  const nanos = time * nanosPer(from)
  return nanos % nanosPer(to) === 0n ? nanos / nanosPer(to) : undefined
}
