/** The Supertrend columns that an enriched file has. */
import { chosenKeys, DEFAULT_NEW_COLUMNS } from '../enrich/chosen-columns.ts'
import { type MarketFile, openParquet, type ReadSettings } from '../enrich/market-file.ts'
import { newColumnName, plainName, suffixesOf } from '../enrich/new-columns.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { quoted, RefusedError } from '../shared/errors.ts'
import { POSSIBLE_COLUMNS } from '../shared/names.ts'
import { elementsOfTuple } from '../shared/pandas-tuple.ts'
import { type Note, readNote } from './read-note.ts'

/** Settings for reading a file whose Supertrend columns are shown. */
export interface ShownSettings extends ReadSettings {
  /** The prefix of the sets that are shown; undefined for those of the last enrichment. */
  readonly shownPrefix?: string | undefined
}

/** Positions of the columns of one parameter set. */
export interface IndicatorColumns {
  /** The end of their names: empty for the only set, else for example `_10_1`. */
  readonly suffix: string
  /** Which set of the last enrichment it is; -1 when an earlier one wrote it. */
  readonly number: number
  /** Upper band, lower band, orientation and segment. */
  readonly columns: readonly number[]
}

/**
 * The parameter sets in the order of their columns: those with the prefix of the last enrichment, or if none of them has all
 * columns, those that an earlier one wrote with another prefix.
 * @param prefix of the sets that are wanted instead
 * @throws RefusedError `not-enriched` when no set has all columns, `columns` when none has the prefix
 */
export function indicatorColumns({ descriptions, footer }: DescribedFile, prefix?: string): IndicatorColumns[] {
  const names = descriptions.map(({ name }) => name)
  const note = readNote(footer)
  const prefixes = prefix === undefined ? prefixesIn(names, note) : [wantedPrefix(prefix, names, note)]
  const found = prefixes.map((each) => setsWith(each, names, note))
  const complete = found.map((sets) => sets.filter(isComplete)).find((sets) => sets.length > 0)
  if (complete) return complete
  const [first] = found.flat()
  if (!first) throw new RefusedError('not-enriched', 'the file has no Supertrend columns; enrich it first')
  const { name, isLeft } = first.missing!
  const needed = DEFAULT_NEW_COLUMNS.join()
  throw new RefusedError(
    'not-enriched',
    `${isLeft ? 'the last enrichment wrote' : 'the file has'} no column ${quoted(name)}; a list of flips and a chart need ${needed}: enrich the original again without --columns, or with these among them (in the function: newColumns)`,
  )
}

/** @throws RefusedError `columns` when no set has it */
function wantedPrefix(prefix: string, names: readonly string[], note: Note | undefined): string {
  const known = prefixesIn(names, note).filter((each) => setsWith(each, names, note).some(isComplete))
  if (known.includes(prefix)) return prefix
  const shown = known.map((each) => (each === '' ? '"" (none)' : quoted(each))).join(', ')
  const others = known.length === 0 ? 'has no complete set' : `has sets with ${shown}`
  throw new RefusedError('columns', `--prefix: no set of columns begins with ${quoted(prefix)}; the file ${others}`)
}

/** Whether the file has Supertrend columns. */
export async function isEnriched(input: ByteSource, memoryBudgetBytes: number): Promise<boolean> {
  const { descriptions, footer } = await openParquet(input, memoryBudgetBytes)
  const names = descriptions.map(({ name }) => name)
  const note = readNote(footer)
  const [own, ...others] = prefixesIn(names, note).map((prefix) => setsWith(prefix, names, note))
  return own!.length > 0 || others.flat().some(isComplete)
}

type DescribedFile = Pick<MarketFile, 'descriptions' | 'footer'>

/** A parameter set of which the file has at least one column. */
interface FoundSet extends IndicatorColumns {
  /** The first column that is needed and not there, or there and left by an earlier enrichment. */
  readonly missing: { readonly name: string; readonly isLeft: boolean } | undefined
}

function isComplete({ missing }: FoundSet): boolean {
  return missing === undefined
}

/** The prefix that the file states, then those of all columns that are called like a segment, the last ones first. */
function prefixesIn(names: readonly string[], note: Note | undefined): readonly string[] {
  const others = names.flatMap((name) =>
    (elementsOfTuple(name) ?? [name]).flatMap((part) => {
      const at = part.indexOf(POSSIBLE_COLUMNS.segment)
      return at < 0 ? [] : [part.slice(0, at)]
    }),
  )
  return [...new Set([note?.settings.columnPrefix ?? '', ...others.toReversed()])]
}

function setsWith(columnPrefix: string, columns: readonly string[], note: Note | undefined): FoundSet[] {
  const names = columns.map((name) => plainName(name, columnPrefix))
  const isOfLast = columnPrefix === (note?.settings.columnPrefix ?? '')
  const suffixesOfLast = note && isOfLast ? suffixesOf(note.settings.supertrends) : []
  const written = note ? chosenKeys(note.settings) : []
  return Array.from(new Set(names.flatMap((name) => suffixIn(name, columnPrefix) ?? [])), (suffix) => {
    const number = suffixesOfLast.indexOf(suffix)
    const needed = chosenKeys({}).map((key) => {
      const name = newColumnName(key, { columnPrefix }, suffix)
      // of a set of the last enrichment it could have written all columns: others had perhaps other parameters
      return { name, isLeft: number >= 0 && !written.includes(key) }
    })
    const missing = needed.find(({ name, isLeft }) => isLeft || !names.includes(name))
    return {
      ...{ suffix, number, columns: needed.map(({ name }) => names.indexOf(name)) },
      missing: missing && { ...missing, isLeft: missing.isLeft && names.includes(missing.name) },
    }
  })
}

/** @returns the end of the name of a new column, empty for the only parameter set; undefined for other names */
function suffixIn(name: string, prefix: string): string | undefined {
  const plain = Object.values(POSSIBLE_COLUMNS).find((plain) => name.startsWith(`${prefix}${plain}`))
  return plain && name.slice(prefix.length + plain.length)
}
