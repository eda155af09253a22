/**
 * The program in one place: read the footer, find the market columns, drop duplicated times, compute Supertrend, and put
 * the result beside the original columns, which stay as they are.
 */
import { checkDropped, optionOf } from '../market/columns.ts'
import type { DroppedRows } from '../market/duplicates.ts'
import { type Quality, warningsOf } from '../market/quality.ts'
import { rereading } from '../market/reread-times.ts'
import { appendColumns } from '../parquet/append.ts'
import type { ByteSource } from '../parquet/byte-source.ts'
import { ColumnWriter } from '../parquet/column-writer.ts'
import { compact } from '../parquet/compact.ts'
import type { NewCodec } from '../parquet/compress.ts'
import { columnChunk, rowGroup } from '../parquet/footer.ts'
import { printable } from '../shared/errors.ts'
import { FOOTER_NOTE_KEY } from '../shared/names.ts'
import { compareDuplicates } from './compare-duplicates.ts'
import { type Computed, computeSorted, computeStreaming, RowResults } from './compute.ts'
import { footerNote, MARKED_ROWS } from './footer-note.ts'
import { type MarketFile, openMarketFile, rolesOf } from './market-file.ts'
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
  /** Rows of the input that the output does not have. */
  readonly dropped: DroppedRows
  /** The bytes that are new; the same each time. */
  bytes(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /** To be called when nobody wants the bytes any more. */
  close(): void
}

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
  const file = await openMarketFile(input, settings, onRowsRead)
  return rereading(() => enrichFile(file, settings))
}

async function enrichFile(file: MarketFile, settings: EnrichSettings): Promise<Enriched> {
  const { footer } = file
  const names = newColumnNames(settings.supertrends)
  const largestGroup = footer.groupRows.reduce((most, rows) => Math.max(most, rows), 0)
  const newWriter = () => new ColumnWriter(names, codecOf(file, settings), largestGroup)
  let writer = newWriter()
  try {
    let computed = await computeStreaming(file, settings, new RowResults(writer, footer.groupRows))
    if (!computed) {
      writer.close()
      writer = newWriter()
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
    ...timesOf(file, computed),
    warnings: [...file.times.warnings(), ...warningsOf(footer.rows, conflicting, optionOf('symbol'))],
  }
  if (quality.rowsWritten !== quality.rowsRead - quality.duplicatesDropped) {
    throw new Error(`${quality.rowsRead} rows less ${quality.duplicatesDropped} dropped are not ${quality.rowsWritten}`)
  }
  const note = { key: FOOTER_NOTE_KEY, value: footerNote(source, settings, quality, rowsWithDuplicates(computed)) }
  const layout = dropped.size === 0 ? 'appended' : 'compacted'
  return {
    quality,
    layout,
    columns: Object.fromEntries(
      rolesOf(file).map(([role, column]) => [role, printable(file.descriptions[column]!.name)]),
    ),
    newColumns: writer.arrowFields().map(({ name }) => name),
    dropped,
    bytes: () =>
      layout === 'appended'
        ? appendColumns(footer, source.byteLength, writer, note)
        : compact(source, footer, dropped, writer, note),
    close: () => writer.close(),
  }
}

/** The codec of the file's prices where common readers know it: who can read the input can read the output. */
function codecOf({ footer, columns }: MarketFile, settings: EnrichSettings): NewCodec {
  if (settings.codec !== 'auto') return settings.codec
  if (footer.rowGroups.length === 0) return 'SNAPPY'
  const { codec } = columnChunk(footer, rowGroup(footer, 0), footer.fields[columns.close]!.leaves[0]!)
  return codec === 'ZSTD' || codec === 'GZIP' || codec === 'LZ4_RAW' ? codec : 'SNAPPY'
}

/** Rows of the output, counted from 0, that others were dropped for: the first ones. */
function rowsWithDuplicates({ pairs, dropped }: Computed): number[] {
  const rows = new Set<number>()
  for (const [, kept] of pairs) {
    rows.add(kept - dropped.countIn(0, kept))
    if (rows.size === MARKED_ROWS) break
  }
  return [...rows].sort((a, b) => a - b)
}

function timesOf({ times }: MarketFile, { firstTime, lastTime, usualStep }: Computed) {
  return {
    firstTime: firstTime === undefined ? null : times.format(firstTime),
    lastTime: lastTime === undefined ? null : times.format(lastTime),
    stepSeconds: usualStep === undefined ? null : times.seconds(usualStep),
  }
}
