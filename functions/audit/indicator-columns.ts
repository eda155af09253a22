/** The Supertrend columns that an enriched file has. */
import { chosenKeys, DEFAULT_NEW_COLUMNS } from '../enrich/chosen-columns.ts'
import { type MarketFile, openParquet } from '../enrich/market-file.ts'
import { newColumnName, plainName, suffixesOf } from '../enrich/new-columns.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { quoted, RefusedError } from '../shared/errors.ts'
import { type NewColumnKey, POSSIBLE_COLUMNS } from '../shared/names.ts'
import { readNote } from './read-note.ts'

/** Positions of the columns of one parameter set. */
export interface IndicatorColumns {
  /** The end of their names: empty for the only set, else for example `_10_1`. */
  readonly suffix: string
  /** Upper band, lower band, orientation and segment. */
  readonly columns: readonly number[]
}

/**
 * The parameter sets in the order of their columns.
 * @throws RefusedError `not-enriched` when there is none, or when a set lacks a column
 */
export function indicatorColumns({ descriptions, footer }: DescribedFile): IndicatorColumns[] {
  const columnPrefix = prefixOf(footer)
  const names = descriptions.map(({ name }) => plainName(name, columnPrefix))
  const suffixes = new Set(names.flatMap((name) => suffixIn(name, columnPrefix) ?? []))
  if (suffixes.size === 0) {
    throw new RefusedError('not-enriched', 'the file has no Supertrend columns; enrich it first')
  }
  const isOfAnother = leftByAnother(footer)
  return Array.from(suffixes, (suffix) => {
    const position = (key: NewColumnKey) => {
      const name = newColumnName(key, { columnPrefix }, suffix)
      const column = names.indexOf(name)
      const isLeft = column >= 0 && isOfAnother(key, suffix)
      if (column >= 0 && !isLeft) return column
      const found = isLeft ? 'the last enrichment wrote' : 'the file has'
      const needed = DEFAULT_NEW_COLUMNS.join()
      throw new RefusedError(
        'not-enriched',
        `${found} no column ${quoted(name)}; a list of flips and a chart need ${needed}: enrich the original again without --columns, or with these among them (in the function: newColumns)`,
      )
    }
    return { suffix, columns: chosenKeys({}).map(position) }
  })
}

/** Whether the file has Supertrend columns. */
export async function isEnriched(input: ByteSource, memoryBudgetBytes: number): Promise<boolean> {
  const { descriptions, footer } = await openParquet(input, memoryBudgetBytes)
  const prefix = prefixOf(footer)
  return descriptions.some(({ name }) => suffixIn(plainName(name, prefix), prefix) !== undefined)
}

type DescribedFile = Pick<MarketFile, 'descriptions' | 'footer'>

/**
 * Tells the columns that the last enrichment could have written but was not asked for: in the file they are those of an
 * earlier enrichment, which may have had other parameters.
 */
function leftByAnother(footer: DescribedFile['footer']): (key: NewColumnKey, suffix: string) => boolean {
  const settings = readNote(footer)?.settings
  if (!settings) return () => false
  const [suffixes, written] = [suffixesOf(settings.supertrends), chosenKeys(settings)]
  return (key, suffix) => suffixes.includes(suffix) && !written.includes(key)
}

/** The prefix of the new columns, as the file states it. */
function prefixOf(footer: DescribedFile['footer']): string {
  return readNote(footer)?.settings.columnPrefix ?? ''
}

/** @returns the end of the name of a new column, empty for the only parameter set; undefined for other names */
function suffixIn(name: string, prefix: string): string | undefined {
  const plain = Object.values(POSSIBLE_COLUMNS).find((plain) => name.startsWith(`${prefix}${plain}`))
  return plain && name.slice(prefix.length + plain.length)
}
