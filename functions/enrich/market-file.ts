/** A parquet file with the roles of its columns: time, symbol, prices, volume. */

import type { ColumnDescription } from '../market/column-values.ts'
import { chooseColumns, type MarketColumns } from '../market/columns.ts'
import { VENUE_NAMES } from '../market/known-names.ts'
import { asNumerals } from '../market/prices.ts'
import { dayAndTimeReader } from '../market/times/day-and-time.ts'
import { type TimeReader, timeReader } from '../market/times/time-reader.ts'
import { checkDisjoint } from '../parquet/format/column-chunk.ts'
import { type Footer, readFooter } from '../parquet/format/footer.ts'
import type { Leaf } from '../parquet/format/schema.ts'
import { coalesced } from '../parquet/read/coalesced-source.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { describeColumns } from './describe-columns.ts'
import type { EnrichSettings } from './settings.ts'
import { timeParser } from './time-format.ts'

export interface MarketFile {
  readonly source: ByteSource
  readonly footer: Footer
  readonly descriptions: readonly ColumnDescription[]
  /** By column: one leaf, unless it is nested. */
  readonly leaves: readonly (readonly Leaf[])[]
  readonly columns: MarketColumns
  /**
   * Reads the times of the whole file. It changes while it reads: it keeps its knowledge about the times for when the
   * file is read again.
   */
  readonly times: TimeReader
  /** Called with the rows read so far and the rows of the file; starts over when the file is read again. */
  readonly onRowsRead?: ((rows: number, total: number) => void) | undefined
}

/** Pages and footers get at least this much, even if the budget for rows is smaller. Usual ones take 6 to 20 MiB. */
const MIN_MEMORY_BYTES = 64 * 2 ** 20

/**
 * Reads the footer.
 * @throws RefusedError when it cannot be read
 */
export async function openParquet(input: ByteSource, memoryBudgetBytes: number) {
  const memoryBytes = Math.max(MIN_MEMORY_BYTES, memoryBudgetBytes)
  const footer = await readFooter(input, memoryBytes)
  const columns = describeColumns(footer)
  const descriptions = columns.map(({ description }) => description)
  return { source: coalesced(input), footer, descriptions, leaves: columns.map(({ leaves }) => leaves) }
}

/** The settings for reading a file, without those for computing. */
export type ReadSettings = Pick<EnrichSettings, 'columns' | 'castPrices' | 'timeFormat' | 'memoryBudgetBytes'>

/** @throws RefusedError when a needed column is missing, or the file cannot be read */
export async function openMarketFile(
  input: ByteSource,
  settings: ReadSettings,
  onRowsRead?: MarketFile['onRowsRead'],
): Promise<MarketFile> {
  const file = await openParquet(input, settings.memoryBudgetBytes)
  const columns = chooseColumns(file.descriptions, settings.columns, settings.castPrices)
  checkDisjoint(file.footer, leavesOfRoles(file.leaves, columns))
  const { open, high, low, close } = columns
  const prices = new Set(settings.castPrices ? [open, high, low, close] : [])
  const descriptions = file.descriptions.map((column, i) => (prices.has(i) ? asNumerals(column) : column))
  const times = await timesOf(descriptions, columns, settings.timeFormat)
  return { ...file, descriptions, columns, times, onRowsRead }
}

async function timesOf(
  descriptions: readonly ColumnDescription[],
  { time, timeOfDay, timeIsIndex }: MarketColumns,
  timeFormat: string | undefined,
): Promise<TimeReader> {
  const parseTime = timeFormat === undefined ? undefined : await timeParser(timeFormat)
  const options = { mayCount: timeIsIndex, parseTime }
  return timeOfDay === undefined
    ? timeReader(descriptions[time]!, options)
    : dayAndTimeReader(descriptions[time]!, descriptions[timeOfDay]!, options)
}

/** @param column one that holds one value per row */
export function leafOf({ leaves }: Pick<MarketFile, 'leaves'>, column: number): Leaf {
  return leaves[column]![0]!
}

function leavesOfRoles(
  leaves: MarketFile['leaves'],
  { time, timeOfDay, high, low, close, open, volume, series }: MarketColumns,
): Leaf[] {
  const used = new Set([time, timeOfDay, high, low, close, open, volume, ...series])
  return leaves.flatMap((of, column) => (used.has(column) ? of : []))
}

/** The columns that are used, by role. */
export function rolesOf({
  columns,
  times,
  descriptions,
}: Pick<MarketFile, 'columns' | 'times' | 'descriptions'>): [role: string, column: number][] {
  const { series, suspectedTime: _, timeIsIndex: __, time, timeOfDay, ...prices } = columns
  const single = {
    ...(times.timeOfDay?.isFirst ? { time: timeOfDay, timeOfDay: time } : { time, timeOfDay }),
    ...prices,
  }
  const [symbol, ...further] = series
  const isVenue = (column: number) => VENUE_NAMES.includes(descriptions[column]!.name.toLowerCase())
  const keys = further.map((column, i) => [i === 0 && isVenue(column) ? 'venue' : `key${i + 2}`, column] as const)
  const roles = { ...single, symbol, ...Object.fromEntries(keys) }
  return Object.entries(roles).flatMap(([role, column]) => (column === undefined ? [] : [[role, column]]))
}
