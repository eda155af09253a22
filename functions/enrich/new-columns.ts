/** What the new columns are called. */
import type { SupertrendParameters } from '../market/supertrend.ts'
import type { NewColumnNames } from '../parquet/column-writer.ts'
import { RefusedError } from '../shared/errors.ts'
import { NEW_COLUMNS } from '../shared/names.ts'

/** Each set costs time and four columns; people use three. */
export const MAX_SUPERTRENDS = 16

/**
 * One set gets the plain names, several get their parameters as a suffix: `supertrend_ub_10_1`, and the definition
 * before them when there is more than one: `supertrend_ub_tradingview_10_1`.
 * @throws RefusedError `settings` when sets would get the same names, or are too many
 */
export function newColumnNames(supertrends: readonly SupertrendParameters[]): NewColumnNames[] {
  if (supertrends.length < 1 || supertrends.length > MAX_SUPERTRENDS) {
    throw new RefusedError('settings', `${supertrends.length} Supertrends; allowed are 1 to ${MAX_SUPERTRENDS}`)
  }
  if (supertrends.length === 1) return [NEW_COLUMNS]
  const isMixed = new Set(supertrends.map(({ definition }) => definition)).size > 1
  const suffixes = supertrends.map(({ definition, period, multiplier }) =>
    // Athena and Spark want names without dots
    [...(isMixed ? [definition] : []), period, String(multiplier).replaceAll(/[^0-9a-z]/gi, '_')].join('_'),
  )
  const twice = suffixes.find((suffix, i) => suffixes.indexOf(suffix) !== i)
  if (twice !== undefined) {
    throw new RefusedError('settings', `two Supertrends would both be called ${twice}; allowed are different ones`)
  }
  return suffixes.map((suffix) => ({
    upperBand: `${NEW_COLUMNS.upperBand}_${suffix}`,
    lowerBand: `${NEW_COLUMNS.lowerBand}_${suffix}`,
    orientation: `${NEW_COLUMNS.orientation}_${suffix}`,
    segment: `${NEW_COLUMNS.segment}_${suffix}`,
  }))
}
