/** The report on a file's quality. */
import type { Warning } from './warnings.ts'
import type { WithoutPrice } from './without-price.ts'

/** A duplicate that was dropped although it says something else than the row that was kept. */
export interface Conflict {
  /** Counted from 0 in the input. */
  readonly row: number
  readonly keptRow: number
  /** Which of open, high, low, close and volume differ. */
  readonly columns: readonly string[]
}

export interface Quality {
  readonly rowsRead: number
  readonly rowsWritten: number
  readonly duplicatesDropped: number
  /** Dropped rows that equal the kept row in open, high, low, close and volume. */
  readonly duplicatesAgreeing: number
  readonly duplicatesConflicting: number
  /** The first few. */
  readonly conflicts: readonly Conflict[]
  /** Rows whose time is below that of the previous row of their series, duplicates included. */
  readonly rowsOutOfOrder: number
  /** Kept rows whose new columns are null because their prices are none. */
  readonly rowsWithoutPrice: number
  readonly rowsWithoutPriceBy: WithoutPrice
  /** Kept rows whose high is below their low, or whose close is outside of the two; they are computed all the same. */
  readonly rowsInconsistent: number
  readonly series: number
  /** Steps between neighbouring times of a series that are larger than the series' usual step. */
  readonly gaps: number
  /** The most frequent step between neighbouring times; null when series differ in it, or there is none. */
  readonly stepSeconds: number | null
  /** ISO 8601; null for a file without rows. */
  readonly firstTime: string | null
  readonly lastTime: string | null
  /** What the user should look at. */
  readonly warnings: readonly Warning[]
}
