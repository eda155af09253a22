/** The report on a file's quality. */
import type { Warning } from './warnings.ts'
import type { WithoutPrice } from './without-price.ts'

/** A removed row whose prices or volume differ from those of the row that was kept. */
export interface Conflict {
  /** Number of the removed row, counted from 0 in the input. */
  readonly row: number
  /** Number of the kept row, counted from 0 in the input, or in the earlier file. */
  readonly keptRow: number
  /** Which of open, high, low, close and volume differ. */
  readonly columns: readonly string[]
  /** Only with carry, for a row that an earlier file has: 1 for the enriched file before, 2 for the one before that. */
  readonly filesBefore?: number
  /** Of such a row, ISO 8601. */
  readonly time?: string
}

/** Counts and findings of one file. */
export interface Quality {
  /** Rows of the input. */
  readonly rowsRead: number
  /** Rows of the output. */
  readonly rowsWritten: number
  /** Removed rows: those that have the series and time of a kept row. */
  readonly duplicatesDropped: number
  /** Removed rows that equal the kept row in open, high, low, close and volume. */
  readonly duplicatesAgreeing: number
  /** Removed rows that differ from the kept row in one of these. */
  readonly duplicatesConflicting: number
  /** Only with carry: removed rows whose series and time an earlier file has; they are among the counts above. */
  readonly duplicatesOfPrevious?: number
  /** The first five conflicting rows. */
  readonly conflicts: readonly Conflict[]
  /** Rows whose time is below that of the previous row of their series, duplicates included. */
  readonly rowsOutOfOrder: number
  /** Kept rows whose new columns are null because their prices are none. */
  readonly rowsWithoutPrice: number
  /** The number of `rowsWithoutPrice`, divided by reason. */
  readonly rowsWithoutPriceBy: WithoutPrice
  /** Kept rows whose high is below their low, or whose close is outside of the two; they are computed all the same. */
  readonly rowsInconsistent: number
  /** Number of series. */
  readonly series: number
  /** Steps between neighbouring times of a series that are larger than the series' usual step. */
  readonly gaps: number
  /** The most frequent step between neighbouring times; null when series differ in it, or there is none. */
  readonly stepSeconds: number | null
  /** Earliest time, ISO 8601; null for a file without rows. */
  readonly firstTime: string | null
  /** Latest time, ISO 8601; null for a file without rows. */
  readonly lastTime: string | null
  /** Findings that the user should check. */
  readonly warnings: readonly Warning[]
}
