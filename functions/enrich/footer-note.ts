/** What an enriched file says of how it was made, in its footer's key-value metadata. */
import type { Quality } from '../market/quality/quality.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { VERSION } from '../shared/names.ts'
import type { EnrichSettings } from './settings.ts'

/** Rows of the output that a note names at the most because others were dropped for them. */
export const MARKED_ROWS = 100

const COLUMN_ROLES = ['time', 'symbol', 'open', 'high', 'low', 'close'] as const

/** Nothing in it differs between two runs on the same content, wherever it lies: S3's ETag is in the object's metadata. */
export function footerNote(
  { byteLength }: ByteSource,
  settings: EnrichSettings,
  quality: Quality,
  duplicatesAt: readonly number[],
): string {
  // in one order, whatever the order of the names in the settings: equal settings give equal bytes
  const supertrends = settings.supertrends.map(({ definition, period, multiplier }) => ({
    definition,
    period,
    multiplier,
  }))
  const rest = rowSettings(settings)
  return JSON.stringify({
    version: VERSION,
    sourceBytes: byteLength,
    settings: supertrends.length === 1 ? { ...supertrends[0], ...rest } : { supertrends, ...rest },
    rowsRead: quality.rowsRead,
    rowsWritten: quality.rowsWritten,
    duplicatesDropped: quality.duplicatesDropped,
    duplicatesConflicting: quality.duplicatesConflicting,
    ...(duplicatesAt.length > 0 ? { duplicatesAt } : {}),
    rowsOutOfOrder: quality.rowsOutOfOrder,
    rowsWithoutPrice: quality.rowsWithoutPrice,
    series: quality.series,
    ...(quality.warnings.length > 0 ? { warnings: quality.warnings } : {}),
  })
}

/** The settings that say how rows are judged, as far as they are not the usual ones. */
export function rowSettings({ keep, conflicts, zeroPrices, castPrices, timeFormat, columns }: EnrichSettings) {
  const named = COLUMN_ROLES.flatMap((role) => {
    const name = columns[role]
    return name === undefined ? [] : [[role, name]]
  })
  return {
    keep,
    ...(conflicts === 'refuse' ? {} : { conflicts }),
    ...(zeroPrices === 'missing' ? {} : { zeroPrices }),
    ...(castPrices ? { castPrices } : {}),
    ...(timeFormat === undefined ? {} : { timeFormat }),
    ...(named.length > 0 ? { columns: Object.fromEntries(named) } : {}),
  }
}
