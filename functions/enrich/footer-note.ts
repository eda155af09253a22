/** The note in the footer's key-value metadata of an enriched file: settings, counts and warnings. */
import type { Quality } from '../market/quality/quality.ts'
import type { SupertrendParameters } from '../market/supertrend.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { VERSION } from '../shared/names.ts'
import { newColumnSettings } from './chosen-columns.ts'
import type { EnrichSettings } from './settings.ts'

/** Rows of the output with removed duplicates that a note lists at most. */
export const MARKED_ROWS = 100

/** The note of a file that continues others. Digests are SHA-256 in hexadecimal. */
export interface CarryNote {
  /** Digest of the state that the file continues from; null for the first file of a sequence. */
  readonly after: string | null
  readonly duplicatesOfPrevious: number
  /** Files without a series after which it is forgotten; undefined for never. */
  readonly forgetAfter?: number | undefined
  /** The state that it passes on, and its place in the file. */
  readonly state: {
    readonly version: number
    readonly offset: number
    readonly length: number
    readonly sha256: string
  }
}

const COLUMN_ROLES = ['time', 'symbol', 'open', 'high', 'low', 'close'] as const

/** The same content gives the same note in every call, wherever the file is: S3's ETag is in the object's metadata instead. */
export function footerNote(
  { byteLength }: ByteSource,
  settings: EnrichSettings,
  quality: Quality,
  duplicatesAt: readonly number[],
  carry?: CarryNote,
): string {
  // in a fixed order, so that equal settings give equal bytes
  const supertrends = settings.supertrends.map(notedSupertrend)
  const rest = { ...rowSettings(settings), ...newColumnSettings(settings) }
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
    ...(carry ? { carry } : {}),
  })
}

export function notedSupertrend({ definition, period, multiplier }: SupertrendParameters): SupertrendParameters {
  return { definition, period, multiplier }
}

/** The settings for reading and judging rows; defaults are left out, apart from `keep`. */
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
