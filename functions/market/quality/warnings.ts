/** Findings that the user of a file should check, although the file is enriched. */

import { HAVE, rowCountText, someRows } from '../../shared/counted-rows.ts'

/** A finding of a file that is enriched all the same. */
export interface Warning {
  /** Stable and machine-readable; docs/file-format.md lists the codes. */
  readonly code: string
  /** One sentence: what was found, and what to do about it. */
  readonly message: string
}

/** Codes of warnings about a file's values. docs/file-format.md explains them, and those about how a file is written. */
export const WARNING_CODES = [
  'conflicting-duplicates',
  /** Most rows repeat a series and time with the same prices, and another column differs between them. */
  'agreeing-duplicates',
  /** All rows of a file of a sequence are in earlier files. */
  'no-new-rows',
  'no-rows',
  'no-values',
  'series-of-single-rows',
  'missing-prices',
  'zero-prices',
  'undefined-prices',
  'high-below-low',
  /** The close and the other prices are not of the same bars, such as an adjusted close beside prices as they were traded. */
  'close-outside',
  'infinite-bands',
  /** Times are in two units, such as milliseconds and microseconds. */
  'mixed-time-units',
  /** The time column needs no format, but one was given. */
  'unused-time-format',
] as const

type WarningCode = (typeof WARNING_CODES)[number]

/** Facts about the kept rows of a file. */
export interface RowFacts {
  readonly rows: number
  readonly series: number
  /** Name of the first column whose values are the series. */
  readonly symbolColumn: string | undefined
  readonly withoutPrice: number
  /** Rows of `withoutPrice` whose prices are all 0, and those with the limit of an integer type as a price. */
  readonly zeroPrice: number
  readonly undefinedPrice: number
  readonly highBelowLow: number
  /** Rows whose high is not below their low, and whose close is outside of the two. */
  readonly closeOutside: number
  /** The file has no rows, and is not one of a sequence, where that is a day without trade. */
  readonly isEmpty: boolean
  /** Names of the parameter sets without a value in any row, and of those that wrote an infinite band in some row. */
  readonly setsWithoutValues: readonly string[]
  readonly setsWithInfiniteBands: readonly string[]
  /** Bits of a float of the new columns. */
  readonly floatBits: 32 | 64
}

/** Above this share of rows with a new series, the symbol column rather numbers the rows. */
const SERIES_SHARE = 0.5
/** A file with fewer rows may well have one of each instrument. */
const SERIES_MIN_ROWS = 20
const MISSING_SHARE = 0.5
const HIGH_BELOW_LOW_SHARE = 0.01
/** A close that was settled, not traded, is outside now and then. */
const CLOSE_OUTSIDE_SHARE = 0.05

export function warningsOf(kept: RowFacts): Warning[] {
  const warnings: Warning[] = []
  const warn = (code: WarningCode, message: string) => warnings.push({ code, message })
  if (kept.isEmpty) warn('no-rows', 'the file has no rows; is it a download that failed?')
  if (kept.symbolColumn !== undefined && kept.rows >= SERIES_MIN_ROWS && kept.series > SERIES_SHARE * kept.rows) {
    warn(
      'series-of-single-rows',
      `the ${kept.rows} rows are ${kept.series} series, because column ${kept.symbolColumn} has a new value on most of them; if that is no symbol, name another column with --symbol-column (in the function: columns.symbol), or "none" for one series`,
    )
  }
  if (kept.withoutPrice > MISSING_SHARE * kept.rows) {
    warn(
      'missing-prices',
      `${someRows(kept.withoutPrice, kept.rows, HAVE)} no price, so the new columns are null there`,
    )
  }
  if (kept.zeroPrice > 0) {
    warn(
      'zero-prices',
      `${someRows(kept.zeroPrice, kept.rows, ['is', 'are'])} 0 in all prices, which is taken for no price, so the new columns are null there; if they are prices, as those of a spread may be: --zero-prices value (in the function: zeroPrices: "value")`,
    )
  }
  if (kept.undefinedPrice > 0) {
    warn(
      'undefined-prices',
      `${someRows(kept.undefinedPrice, kept.rows, HAVE)} the smallest or largest value of an integer type for a price, which stands for none, so the new columns are null there`,
    )
  }
  if (kept.highBelowLow > HIGH_BELOW_LOW_SHARE * kept.rows) {
    warn(
      'high-below-low',
      `the high is below the low in ${kept.highBelowLow} of ${rowCountText(kept.rows)}; are the columns exchanged? name them with --high-column and --low-column (in the function: columns.high, columns.low)`,
    )
  }
  if (kept.closeOutside > CLOSE_OUTSIDE_SHARE * kept.rows) {
    warn(
      'close-outside',
      `the close is above the high or below the low in ${kept.closeOutside} of ${rowCountText(kept.rows)}; is it adjusted, and are high and low not? name columns that belong together with --close-column, --high-column and --low-column (in the function: columns.close, columns.high, columns.low)`,
    )
  }
  if (kept.rows > kept.withoutPrice && kept.setsWithoutValues.length > 0) {
    warn(
      'no-values',
      `${kept.setsWithoutValues.join(' and ')} gives no row a value: no series has as many rows as the period; use a shorter period, or a longer file`,
    )
  }
  if (kept.setsWithInfiniteBands.length > 0) {
    warn(
      'infinite-bands',
      `${kept.setsWithInfiniteBands.join(' and ')} has bands beyond what a ${kept.floatBits}-bit float holds, which are written as infinite; are the prices right?`,
    )
  }
  return warnings
}
