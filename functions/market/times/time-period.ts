/** Converts periods of pandas (`pandas.period`, an extension type of Arrow), which are stored as numbers, to times. */

import type { TimeUnit } from '../column-values.ts'
import { daysFromCivil } from './calendar.ts'

/** Where a period begins. */
export interface PeriodStart {
  readonly unit: TimeUnit | 'day'
  /** The start, from the period's number; number 0 is the period with which 1970 begins. Undefined if start and number are equal. */
  readonly startOf?: (number: number) => number
}

const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
/** Names of frequencies in pandas up to 2.1. */
const OLD_NAMES: Readonly<Record<string, string>> = { H: 'h', T: 'min', S: 's', L: 'ms', U: 'us', N: 'ns', A: 'Y' }

const FIXED: Readonly<Record<string, PeriodStart>> = {
  D: { unit: 'day' },
  h: { unit: 's', startOf: (number) => number * 3600 },
  min: { unit: 's', startOf: (number) => number * 60 },
  s: { unit: 's' },
  ms: { unit: 'ms' },
  us: { unit: 'us' },
  ns: { unit: 'ns' },
}

/**
 * @param frequency such as `D`, `5min`, `W-FRI`, `Q-NOV`; periods of a multiple are numbered like single ones
 * @returns undefined for an unknown frequency, such as business days
 */
export function periodStart(frequency: string): PeriodStart | undefined {
  const [, name = '', anchor] = /^\d*([A-Za-z]+)(?:-([A-Z]{3}))?$/.exec(frequency) ?? []
  const base = OLD_NAMES[name] ?? name
  if (anchor === undefined && FIXED[base]) return FIXED[base]
  if (base === 'W') {
    // a week is named after its last day; 1969-12-28 was a Sunday
    const last = DAYS.indexOf(anchor ?? 'SUN')
    return last < 0 ? undefined : { unit: 'day', startOf: (number) => (number - 1) * 7 - 3 + last }
  }
  // quarters and years are named after the last month of the year
  const last = MONTHS.indexOf(anchor ?? 'DEC') + 1
  const months = base === 'M' && anchor === undefined ? 1 : base === 'Q' ? 3 : base === 'Y' ? 12 : 0
  if (last === 0 || months === 0) return undefined
  const shift = months === 1 ? 0 : last - 12
  return { unit: 'day', startOf: (number) => dayOfMonth(number * months + shift) }
}

/** The first day of a month that is counted from January 1970. */
function dayOfMonth(month: number): number {
  const year = Math.floor(month / 12)
  return daysFromCivil(1970 + year, month - 12 * year + 1, 1)
}
