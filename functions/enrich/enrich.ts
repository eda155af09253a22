/**
 * The program in one place: read the footer, find the market columns, drop duplicated times, compute Supertrend, and put
 * the result beside the original columns, which stay as they are.
 */
import { checkDropped, chooseColumns, type MarketColumns } from '../market/columns.ts'
import type { Quality } from '../market/quality.ts'
import { timeReader } from '../market/time.ts'
import { appendColumns } from '../parquet/append.ts'
import { inBlocks } from '../parquet/block-source.ts'
import type { ByteSource } from '../parquet/byte-source.ts'
import { prepareCodec } from '../parquet/codec-instance.ts'
import { ColumnWriter } from '../parquet/column-writer.ts'
import { compact } from '../parquet/compact.ts'
import type { NewCodec } from '../parquet/compress-repeating.ts'
import { checkDisjoint, columnChunk, type Footer, type Leaf, readFooter, rowGroup } from '../parquet/footer.ts'
import { printable } from '../shared/errors.ts'
import { FOOTER_NOTE_KEY, VERSION } from '../shared/names.ts'
import type { MarketFile } from './bars.ts'
import { compareDuplicates } from './compare-duplicates.ts'
import { type Computed, computeSorted, computeStreaming, RowResults } from './compute.ts'
import { describeColumns } from './describe-columns.ts'
import { newColumnNames } from './new-columns.ts'
import type { EnrichSettings } from './settings.ts'

export interface Enriched {
  readonly quality: Quality
  /** `appended`: the output is the input, then `bytes()`. `compacted`: the output is `bytes()`. */
  readonly layout: 'appended' | 'compacted'
  /** The columns that were used, by role; their names made safe to print. */
  readonly columns: Readonly<Record<string, string>>
  /** Names of the columns that the output gains. */
  readonly newColumns: readonly string[]
  /** The bytes that are new; the same each time. */
  bytes(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /** To be called when nobody wants the bytes any more. */
  close(): void
}

/** What pages and footers may take at least, however little is allowed for rows: honest ones take 6 to 20 MiB. */
const MIN_MEMORY_BYTES = 64 * 2 ** 20

/**
 * @param input the parquet file, which must not change while it is read
 * @param onRowsRead told how far the reading is, after each piece
 * @throws RefusedError when the file cannot be enriched; the message says what to do
 */
export async function enrich(
  input: ByteSource,
  settings: EnrichSettings,
  onRowsRead?: MarketFile['onRowsRead'],
): Promise<Enriched> {
  const memoryBytes = Math.max(MIN_MEMORY_BYTES, settings.memoryBudgetBytes)
  prepareCodec(memoryBytes)
  const footer = await readFooter(input, memoryBytes)
  const source = inBlocks(input)
  const descriptions = describeColumns(footer)
  const columns = chooseColumns(descriptions, settings.columns)
  checkDisjoint(footer, leavesOfRoles(footer, columns))
  const file: MarketFile = { source, footer, descriptions, columns, onRowsRead }

  const names = newColumnNames(settings.supertrends)
  let writer = new ColumnWriter(names, codecOf(file, settings))
  try {
    let computed = await computeStreaming(file, settings, new RowResults(writer, footer.groupRows))
    if (!computed) {
      writer.close()
      writer = new ColumnWriter(names, codecOf(file, settings))
      computed = await computeSorted(file, settings, new RowResults(writer, footer.groupRows))
    }
    return await enrichedOf(file, settings, computed, writer)
  } catch (error) {
    writer.close()
    throw error
  }
}

async function enrichedOf(
  file: MarketFile,
  settings: EnrichSettings,
  computed: Computed,
  writer: ColumnWriter,
): Promise<Enriched> {
  const { source, footer, descriptions, columns } = file
  const { dropped, pairs } = computed
  if (dropped.size > 0) checkDropped(descriptions, columns)
  const { conflicting, conflicts } = await compareDuplicates(file, pairs)
  const quality: Quality = {
    rowsRead: footer.rows,
    rowsWritten: writer.rowsWritten,
    duplicatesDropped: dropped.size,
    duplicatesAgreeing: dropped.size - conflicting,
    duplicatesConflicting: conflicting,
    conflicts,
    rowsOutOfOrder: computed.rowsOutOfOrder,
    rowsWithoutPrice: computed.rowsWithoutPrice,
    rowsInconsistent: computed.rowsInconsistent,
    series: computed.series,
    gaps: computed.gaps,
    ...timeRange(file, computed),
  }
  if (quality.rowsWritten !== quality.rowsRead - quality.duplicatesDropped) {
    throw new Error(`${quality.rowsRead} rows less ${quality.duplicatesDropped} dropped are not ${quality.rowsWritten}`)
  }
  const note = { key: FOOTER_NOTE_KEY, value: footerNote(source.byteLength, settings, quality) }
  const layout = dropped.size === 0 ? 'appended' : 'compacted'
  return {
    quality,
    layout,
    columns: namesByRole(file),
    newColumns: writer.arrowFields().map(({ name }) => name),
    bytes: () =>
      layout === 'appended'
        ? appendColumns(footer, source.byteLength, writer, note)
        : compact(source, footer, dropped, writer, note),
    close: () => writer.close(),
  }
}

function leavesOfRoles(footer: Footer, { time, high, low, close, open, volume, series }: MarketColumns): Leaf[] {
  const used = new Set([time, high, low, close, open, volume, ...series])
  return footer.fields.flatMap(({ leaves }, column) => (used.has(column) ? leaves : []))
}

/** The codec of the file's prices where common readers know it: who can read the input can read the output. */
function codecOf({ footer, columns }: MarketFile, settings: EnrichSettings): NewCodec {
  if (settings.codec !== 'auto') return settings.codec
  if (footer.rowGroups.length === 0) return 'SNAPPY'
  const { codec } = columnChunk(footer, rowGroup(footer, 0), footer.fields[columns.close]!.leaves[0]!)
  return codec === 'ZSTD' || codec === 'GZIP' || codec === 'LZ4_RAW' ? codec : 'SNAPPY'
}

function timeRange({ descriptions, columns }: MarketFile, { firstTime, lastTime }: Computed) {
  if (firstTime === undefined || lastTime === undefined) return { firstTime: null, lastTime: null }
  const { format } = timeReader(descriptions[columns.time]!)
  return { firstTime: format(firstTime, lastTime), lastTime: format(lastTime, lastTime) }
}

/** What the file says of how it was made: nothing that differs between two runs. */
function footerNote(sourceBytes: number, settings: EnrichSettings, quality: Quality): string {
  const { keep } = settings
  // in one order, whatever the order of the names in the settings: equal settings give equal bytes
  const supertrends = settings.supertrends.map(({ definition, period, multiplier }) => ({
    definition,
    period,
    multiplier,
  }))
  return JSON.stringify({
    version: VERSION,
    sourceBytes,
    settings: supertrends.length === 1 ? { ...supertrends[0], keep } : { supertrends, keep },
    rowsRead: quality.rowsRead,
    rowsWritten: quality.rowsWritten,
    duplicatesDropped: quality.duplicatesDropped,
    duplicatesConflicting: quality.duplicatesConflicting,
    rowsOutOfOrder: quality.rowsOutOfOrder,
    rowsWithoutPrice: quality.rowsWithoutPrice,
    series: quality.series,
  })
}

function namesByRole({ descriptions, columns }: MarketFile): Record<string, string> {
  const { series, timeOfDay: _, ...single } = columns
  const roles = Object.entries({ ...single, symbol: series[0], venue: series[1] })
  const named = roles.flatMap(([role, column]) =>
    column === undefined ? [] : [[role, printable(descriptions[column]!.name)]],
  )
  return Object.fromEntries(named)
}
