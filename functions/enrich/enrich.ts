/**
 * The program in one place: read the footer, find the market columns, remove rows with a time that their series already
 * has, compute Supertrend, and add the results as new columns. The original columns stay as they are.
 */

import { crc32 } from 'node:zlib'
import type { RemovedRows } from '../market/duplicates/row-set.ts'
import { columnNames } from '../market/named-columns.ts'
import type { Quality } from '../market/quality/quality.ts'
import { rereading } from '../market/times/reread-times.ts'
import type { NewCompression } from '../parquet/compression/compress.ts'
import { prepareZstd } from '../parquet/compression/zstd.ts'
import { columnChunk, rowGroup } from '../parquet/format/column-chunk.ts'
import { ReadBack } from '../parquet/read-back/read-back.ts'
import { appendPlaced } from '../parquet/write/append.ts'
import { compact } from '../parquet/write/compact.ts'
import { replacedFields } from '../parquet/write/output-footer.ts'
import type { BytePieces, ByteSource } from '../shared/byte-source.ts'
import { printable, type RefusedError } from '../shared/errors.ts'
import { FOOTER_NOTE_KEY } from '../shared/names.ts'
import { PageStore } from '../shared/page-store.ts'
import { type CarriedOn, type Carry, Sequence } from './carry/sequence.ts'
import { type Computed, computeStreaming } from './compute.ts'
import { computeSorted } from './compute-sorted.ts'
import { refuseHalfDays } from './conflicts/half-days.ts'
import { droppedRows } from './dropped-rows.ts'
import { footerNote } from './footer-note.ts'
import { leafOf, type MarketFile, openMarketFile, rolesOf } from './market-file.ts'
import { namesInFile, newColumnNames } from './new-columns.ts'
import { Output } from './output.ts'
import { reportFor } from './report.ts'
import type { EnrichSettings } from './settings.ts'
import { SupertrendColumns, shapeOf } from './supertrend-columns.ts'

export interface Enriched {
  readonly quality: Quality
  /** `appended`: the output is the input, then `bytes()`. `compacted`: the output is `bytes()`. */
  readonly layout: 'appended' | 'compacted'
  /** The columns that were used, by role; their names made safe to print. */
  readonly columns: Readonly<Record<string, string>>
  /** Names of the new columns. */
  readonly newColumns: readonly string[]
  /** Names of columns of the input that the new columns replace. */
  readonly replacedColumns: readonly string[]
  /** Rows of the input that the output does not have. */
  readonly removed: RemovedRows
  /** Each of them with the row that is kept in its place, ascending. Not to be read after `close`. */
  readonly pairs: Iterable<readonly [removed: number, kept: number]>
  /**
   * Yields the new bytes, the same each time.
   * @throws ReadBackError before the last of them, if they are read back and do not contain the computed values
   */
  bytes(): BytePieces
  /** Only with carry: the state that the next file continues from. */
  readonly state: Uint8Array | undefined
  /** Whether the new columns are read back while `bytes` runs. */
  readonly isReadBack: boolean
  /** Yields a file of the removed rows, with no rows if there are none; the same bytes each time. */
  droppedBytes(): AsyncIterable<Uint8Array>
  /** Frees memory and temporary files; to be called when the bytes are no longer needed. */
  close(): void
}

/**
 * @param input the parquet file, which must not change while it is read
 * @param onRowsRead called after each piece with the rows read so far and the rows of the file
 * @param newPages creates the store for encoded pages of the new columns
 * @param carry for a file that continues the series of others, or that others are to continue
 * @throws RefusedError when the file cannot be enriched; the message says what to do
 */
export async function enrich(
  input: ByteSource,
  settings: EnrichSettings,
  onRowsRead?: MarketFile['onRowsRead'],
  newPages?: NewPages,
  carry?: Carry,
): Promise<Enriched> {
  const { enriched, refusal } = await examine(input, settings, onRowsRead, newPages, carry)
  if (!refusal) return enriched
  enriched.close()
  throw refusal
}

/** An enriched file, and the reason why its rows forbid publishing it, if there is one. */
export interface Examined {
  readonly enriched: Enriched
  readonly refusal: RefusedError | undefined
}

/** Enriches a file even if its rows forbid publishing it, for callers that only inspect it. */
export async function examine(
  input: ByteSource,
  settings: EnrichSettings,
  onRowsRead?: MarketFile['onRowsRead'],
  newPages: NewPages = () => new PageStore(),
  carry?: Carry,
): Promise<Examined> {
  const sequence = carry && new Sequence(carry, settings)
  const file = await openMarketFile(input, settings, onRowsRead)
  await prepareZstd(file.footer, compressionOf(file, settings))
  return rereading(() => examineFile(file, settings, newPages, sequence))
}

export type NewPages = () => PageStore

async function examineFile(
  file: MarketFile,
  settings: EnrichSettings,
  newPages: NewPages,
  sequence: Sequence | undefined,
): Promise<Examined> {
  const { footer } = file
  const plain = newColumnNames(settings.supertrends, settings)
  const names = namesInFile(file, plain)
  const shape = shapeOf(settings)
  const largestGroup = footer.groupRows.reduce((most, rows) => Math.max(most, rows), 0)
  const isReadBack = isPicked(file, settings.readBack)
  const newOutput = () => {
    const compression = compressionOf(file, settings)
    const writer = new SupertrendColumns(names, compression, largestGroup, plain, newPages(), shape)
    return new Output(writer, footer.groupRows, shape, isReadBack ? new ReadBack(writer) : undefined)
  }
  let output = newOutput()
  try {
    let continuation = sequence?.continuation(file)
    let computed = await computeStreaming(file, settings, output, continuation)
    if (!('pairs' in computed)) {
      output.close()
      output = newOutput()
      continuation = sequence?.continuation(file)
      computed = await computeSorted(file, settings, computed, output, continuation)
    }
    const carried = await sequence?.carriedOn(file, computed, continuation)
    return await enrichedOf(file, settings, computed, output, carried)
  } catch (error) {
    output.close()
    throw error
  }
}

async function enrichedOf(
  file: MarketFile,
  settings: EnrichSettings,
  computed: Computed,
  output: Output,
  carried: CarriedOn | undefined,
): Promise<Examined> {
  const { source, footer } = file
  const { removed, pairs } = computed
  const { writer } = output
  await refuseHalfDays(file)
  const { quality, refusal, duplicatesAt } = await reportFor(file, settings, computed, writer, carried)
  const note = {
    key: FOOTER_NOTE_KEY,
    value: (offset: number) => footerNote(source, settings, quality, duplicatesAt, carried?.note(offset)),
    bytes: carried?.state,
  }
  const layout = removed.size === 0 ? 'appended' : 'compacted'
  const uniqueNames = columnNames(file.descriptions)
  const enriched: Enriched = {
    quality,
    layout,
    columns: Object.fromEntries(rolesOf(file).map(([role, column]) => [role, printable(uniqueNames[column]!)])),
    newColumns: writer.arrowFields().map(({ name }) => name),
    replacedColumns: replacedFields(footer, writer).map(({ name }) => name),
    removed,
    pairs,
    bytes: () =>
      layout === 'appended'
        ? output.bytes(source.byteLength, footer, (writer) => appendPlaced(footer, source.byteLength, writer, note))
        : output.bytes(0, footer, (writer) => compact(source, footer, removed, writer, note)),
    state: carried?.state,
    isReadBack: output.isReadBack,
    droppedBytes: () => droppedRows(file, settings, computed, compressionOf(file, settings)),
    close: () => output.close(),
  }
  return { enriched, refusal }
}

/** Whether a file belongs to a share of all files: decided by its content, so that every attempt decides the same. */
function isPicked({ source, footer }: MarketFile, share: number): boolean {
  return crc32(footer.meta.raw(), source.byteLength >>> 0) < share * 2 ** 32
}

/** The compression of the file's prices if common readers have it: a reader of the input can read the output too. */
function compressionOf(file: MarketFile, settings: EnrichSettings): NewCompression {
  const { footer, columns } = file
  if (settings.codec !== 'auto') return settings.codec
  if (footer.rowGroups.length === 0) return 'SNAPPY'
  const { compression } = columnChunk(footer, rowGroup(footer, 0), leafOf(file, columns.close))
  return compression === 'ZSTD' || compression === 'GZIP' || compression === 'LZ4_RAW' ? compression : 'SNAPPY'
}
