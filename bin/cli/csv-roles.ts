/** Finds the roles of the columns of a CSV file from their names. */
import { spellingsOf } from '../../functions/market/column-spellings.ts'
import { PRICE_NAMES, SYMBOL_NAMES, VENUE_NAMES, VOLUME_NAMES } from '../../functions/market/known-names.ts'
import type { ColumnChoices } from '../../functions/market/named-columns.ts'
import type { CsvRole } from './csv-types.ts'

const PRICE_TITLES = new Set<string>([...Object.values(PRICE_NAMES).flat(), ...VOLUME_NAMES])
const SYMBOL_TITLES = new Set([...SYMBOL_NAMES, ...VENUE_NAMES])

/** @param choices columns that the user named, which prevail over known names */
export function csvRoles(names: readonly string[], choices: ColumnChoices): CsvRole[] {
  const { symbol = [], open, high, low, close } = choices
  const prices = new Set([open, high, low, close])
  const symbols = new Set([symbol].flat())
  const spellings = spellingsOf(names.map((name) => ({ name, isField: false })))
  return names.map((name, i) => {
    if (symbols.has(name)) return 'symbol'
    if (prices.has(name) || PRICE_TITLES.has(spellings[i]!)) return 'price'
    return SYMBOL_TITLES.has(spellings[i]!) ? 'symbol' : 'other'
  })
}
