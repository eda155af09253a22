/** The names of the new columns. */

import type { SupertrendParameters } from '../market/supertrend.ts'
import { columnLevels } from '../parquet/format/pandas-metadata.ts'
import { RefusedError } from '../shared/errors.ts'
import { NEW_COLUMNS } from '../shared/names.ts'
import { elementsOfTuple, tupleOf } from '../shared/pandas-tuple.ts'
import type { MarketFile } from './market-file.ts'
import type { NewColumnNames } from './supertrend-columns.ts'

/** Each set costs time and four columns; three are common. */
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
    // Athena and Spark reject names with dots
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

/**
 * The names in the file. pandas cannot open a frame with several column levels unless all names are tuples. The new ones are
 * then named like the close column: `('supertrend_ub', 'AAPL')` beside `('Close', 'AAPL')`.
 */
export function namesInFile(
  { footer, descriptions, columns }: Pick<MarketFile, 'footer' | 'descriptions' | 'columns'>,
  names: readonly NewColumnNames[],
): readonly NewColumnNames[] {
  const hasTuples = descriptions.some(({ name }) => name.startsWith('('))
  const levels = hasTuples ? columnLevels(footer) : 1
  if (levels === 1) return names
  const partsOf = (column: number) => elementsOfTuple(descriptions[column]!.name) ?? []
  const [high, low, close] = [columns.high, columns.low, columns.close].map(partsOf) as [string[], string[], string[]]
  const others = Array.from({ length: levels }, (_, level) => close[level] ?? '')
  // the level on which the prices differ; the others identify the instrument
  const level = others.findIndex((name, i) => name !== high[i] && name !== low[i] && high[i] !== low[i])
  const inTuple = (name: string) => tupleOf(others.with(Math.max(0, level), name))
  return names.map(({ upperBand, lowerBand, orientation, segment }) => ({
    upperBand: inTuple(upperBand),
    lowerBand: inTuple(lowerBand),
    orientation: inTuple(orientation),
    segment: inTuple(segment),
  }))
}

/** The plain name of a new column whose name may be a tuple. */
export function plainName(name: string): string {
  const isNew = (part: string) => Object.values(NEW_COLUMNS).some((plain) => part.startsWith(plain))
  return elementsOfTuple(name)?.find(isNew) ?? name
}
