/** The spelling of each column's name that is compared with known names. */
import { partsOfTuple } from '../shared/pandas-tuple.ts'
import type { ColumnDescription } from './column-values.ts'
import { INDEX_LEVEL, PRICE_NAMES, UNNAMED_LEVEL } from './known-names.ts'

/** The same, where levels without a name that hold points in time are called as the only one is, and others are not. */
export function timeSpellings(columns: readonly ColumnDescription[]): string[] {
  const spellings = spellingsOf(columns)
  const isLevel = (index: number) => UNNAMED_LEVEL.test(spellings[index]!)
  const isMoment = ({ logical: { kind }, physical }: ColumnDescription) =>
    kind === 'timestamp' || kind === 'date' || kind === 'period' || physical === 'INT96'
  if (!columns.some((column, index) => isLevel(index) && isMoment(column))) return spellings
  return spellings.map((spelling, index) =>
    isLevel(index) ? (isMoment(columns[index]!) ? INDEX_LEVEL : '') : spelling,
  )
}

/**
 * The names in lower case; of pandas' tuples, such as `('Close', 'AAPL')`, the level that has the names of prices; of
 * fields of structs none, as these are used only if they are named.
 */
export function spellingsOf(columns: readonly ColumnDescription[]): string[] {
  const names = columns.map(({ name }) => (partsOfTuple(name) ?? [name]).map((part) => part.toLowerCase()))
  const level = roleLevel(names.filter((parts) => parts.length > 1))
  // a column that was an index has a name on the first level only, and a flat name has no other
  return names.map((parts, i) => (columns[i]!.isField ? '' : parts[level] || parts.find((part) => part !== '') || ''))
}

/** The level that names the most prices, the first of several such: a ticker may be called LOW. */
function roleLevel(tuples: readonly (readonly string[])[]): number {
  const levels = tuples.reduce((most, parts) => Math.max(most, parts.length), 1)
  const prices = Array.from({ length: levels }, (_, level) => {
    const found = new Set(tuples.map((parts) => parts[level] ?? ''))
    return Object.values(PRICE_NAMES).filter((names) => names.some((name) => found.has(name))).length
  })
  return prices.indexOf(Math.max(...prices))
}
