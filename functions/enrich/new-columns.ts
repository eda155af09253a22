/** The names of the new columns. */

import type { SupertrendParameters } from '../market/supertrend.ts'
import { columnLevels } from '../parquet/format/pandas-metadata.ts'
import { RefusedError } from '../shared/errors.ts'
import { type NewColumnKey, POSSIBLE_COLUMNS } from '../shared/names.ts'
import { elementsOfTuple, tupleOf } from '../shared/pandas-tuple.ts'
import { chosenKeys, type NewColumnNames, type NewColumnSettings, namedKeys } from './chosen-columns.ts'
import type { MarketFile } from './market-file.ts'

/** Each set costs time and four columns; three are common. */
export const MAX_SUPERTRENDS = 16

/**
 * One set gets the plain names, several get their parameters as a suffix: `supertrend_ub_10_1`, and the definition
 * before them when there is more than one: `supertrend_ub_tradingview_10_1`. A prefix precedes each name.
 * @throws RefusedError `settings` when sets would get the same names, or are too many
 */
export function newColumnNames(
  supertrends: readonly SupertrendParameters[],
  chosen: NewColumnSettings = {},
): NewColumnNames[] {
  return suffixesOf(supertrends).map((suffix) => named(chosenKeys(chosen), (key) => newColumnName(key, chosen, suffix)))
}

/** The name of a column. @param suffix empty for the only parameter set */
export function newColumnName(key: NewColumnKey, { columnPrefix = '' }: NewColumnSettings, suffix: string): string {
  return `${columnPrefix}${POSSIBLE_COLUMNS[key]}${suffix}`
}

function named(keys: readonly NewColumnKey[], nameFor: (key: NewColumnKey) => string): NewColumnNames {
  return Object.fromEntries(keys.map((key) => [key, nameFor(key)]))
}

/** @throws RefusedError `settings` */
export function suffixesOf(supertrends: readonly SupertrendParameters[]): string[] {
  if (supertrends.length < 1 || supertrends.length > MAX_SUPERTRENDS) {
    throw new RefusedError('settings', `${supertrends.length} Supertrends; allowed are 1 to ${MAX_SUPERTRENDS}`)
  }
  if (supertrends.length === 1) return ['']
  const isMixed = new Set(supertrends.map(({ definition }) => definition)).size > 1
  const suffixes = supertrends.map(({ definition, period, multiplier }) =>
    // Athena and Spark reject names with dots
    ['', ...(isMixed ? [definition] : []), period, String(multiplier).replaceAll(/[^0-9a-z]/gi, '_')].join('_'),
  )
  const twice = suffixes.find((suffix, i) => suffixes.indexOf(suffix) !== i)
  if (twice !== undefined) {
    throw new RefusedError(
      'settings',
      `two Supertrends would both be called ${twice.slice(1)}; allowed are different ones`,
    )
  }
  return suffixes
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
  return names.map((set) => named(namedKeys(set), (key) => inTuple(set[key]!)))
}

/** The plain name of a new column whose name may be a tuple. */
export function plainName(name: string, prefix = ''): string {
  const isNew = (part: string) => Object.values(POSSIBLE_COLUMNS).some((plain) => part.startsWith(`${prefix}${plain}`))
  return elementsOfTuple(name)?.find(isNew) ?? name
}
