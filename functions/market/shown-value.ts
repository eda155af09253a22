/** Formats values for messages. */

import type { ColumnDescription } from './column-values.ts'
import { DAY_SECONDS, isoText, PER_SECOND } from './times/calendar.ts'

/**
 * Formats days, times and times of day, which are stored as numbers, in ISO 8601.
 * @param text the stored value, as `SymbolCodes` formats it
 */
export function shownValue({ logical }: ColumnDescription, text: string): string {
  if (!/^-?\d+$/.test(text)) return text
  const number = BigInt(text)
  switch (logical.kind) {
    case 'date':
      return isoText(number, 'day')
    case 'timestamp':
      return isoText(number, logical.unit)
    case 'time':
    case 'duration': {
      const isWithinDay = number >= 0n && number < BigInt(DAY_SECONDS) * PER_SECOND[logical.unit]
      return isWithinDay ? isoText(number, logical.unit).slice('1970-01-01T'.length) : `${text} ${logical.unit}`
    }
    default:
      return text
  }
}
