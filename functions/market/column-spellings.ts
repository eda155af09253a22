/** The spelling of each column's name that is compared with known names. */
import { elementsOfTuple } from '../shared/pandas-tuple.ts'
import type { ColumnDescription } from './column-values.ts'
import { INDEX_LEVEL, PRICE_NAMES, UNNAMED_LEVEL } from './known-names.ts'

/**
 * The same for time columns. Where a frame has several index levels without a name, those that hold points in time get the
 * name of a single index, and the others get none.
 */
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
 * The names in lower case, with `_` between their words, and without the numbers and brackets of vendors: `Open Price`,
 * `<OPEN>` and `1. open` become `open_price`, `open` and `open`. Of pandas' tuples, such as `('Close', 'AAPL')`, the level with the names of the prices. Fields of
 * structs have none: they are used only if the user names them.
 */
export function spellingsOf(columns: readonly Pick<ColumnDescription, 'name' | 'isField'>[]): string[] {
  const names = columns.map(({ name }) => (elementsOfTuple(name) ?? [name]).map(spellingOf))
  const level = roleLevel(names.filter((parts) => parts.length > 1))
  // a column that was an index has a name on the first level only, and a flat name has only one level
  return names.map((parts, i) => (columns[i]!.isField ? '' : parts[level] || parts.find((part) => part !== '') || ''))
}

function spellingOf(name: string): string {
  const plain = /^<(.+)>$/s.exec(name)?.[1] ?? name.replace(/^\d+\. /, '')
  return plain.toLowerCase().replaceAll(/[ -]+/g, '_')
}

/** The level with the most names of prices, the first of several such levels: a ticker may be called LOW. */
function roleLevel(tuples: readonly (readonly string[])[]): number {
  const levels = tuples.reduce((most, parts) => Math.max(most, parts.length), 1)
  const prices = Array.from({ length: levels }, (_, level) => {
    const found = new Set(tuples.map((parts) => parts[level] ?? ''))
    return Object.values(PRICE_NAMES).filter((names) => names.some((name) => found.has(name))).length
  })
  return prices.indexOf(Math.max(...prices))
}
