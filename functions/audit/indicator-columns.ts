/** The Supertrend columns that an enriched file has. */
import { type MarketFile, openParquet } from '../enrich/market-file.ts'
import { plainName } from '../enrich/new-columns.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { RefusedError } from '../shared/errors.ts'
import { NEW_COLUMNS } from '../shared/names.ts'

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
export function indicatorColumns({ descriptions }: Pick<MarketFile, 'descriptions'>): IndicatorColumns[] {
  const names = descriptions.map(({ name }) => plainName(name))
  const suffixes = names
    .filter((name) => name.startsWith(NEW_COLUMNS.upperBand))
    .map((name) => name.slice(NEW_COLUMNS.upperBand.length))
  if (suffixes.length === 0) {
    throw new RefusedError('not-enriched', 'the file has no Supertrend columns; enrich it first')
  }
  return suffixes.map((suffix) => {
    const position = (plain: string) => {
      const column = names.indexOf(`${plain}${suffix}`)
      if (column >= 0) return column
      throw new RefusedError('not-enriched', 'the file has only some of the Supertrend columns; enrich it again')
    }
    const { upperBand, lowerBand, orientation, segment } = NEW_COLUMNS
    return { suffix, columns: [upperBand, lowerBand, orientation, segment].map(position) }
  })
}

/** Whether the file has Supertrend columns. */
export async function isEnriched(input: ByteSource, memoryBudgetBytes: number): Promise<boolean> {
  const { descriptions } = await openParquet(input, memoryBudgetBytes)
  return descriptions.some(({ name }) => plainName(name).startsWith(NEW_COLUMNS.upperBand))
}
