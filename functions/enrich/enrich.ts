/**
 * The program in one place: read the footer, find the market columns, drop duplicated times, compute Supertrend, and put
 * the result beside the original columns, which stay as they are.
 */

import { crc32 } from 'node:zlib'
import { columnNames } from '../market/columns.ts'
import type { DroppedRows } from '../market/duplicates/duplicates.ts'
import { ROW_SET_BYTES_PER_ROW, type RowSet } from '../market/duplicates/row-set.ts'
import type { Quality } from '../market/quality/quality.ts'
import { type KeptRows, type Warning, warningsOf } from '../market/quality/warnings.ts'
import { rereading } from '../market/times/reread-times.ts'
import type { NewCompression } from '../parquet/compression/compress.ts'
import { columnChunk, rowGroup } from '../parquet/format/column-chunk.ts'
import type { Footer } from '../parquet/format/footer.ts'
import { type Pieces, ReadBack } from '../parquet/read-back/read-back.ts'
import { appendColumns } from '../parquet/write/append.ts'
import { compact } from '../parquet/write/compact.ts'
import { type PlacedColumns, replacedFields } from '../parquet/write/output-footer.ts'
import { PageStore } from '../parquet/write/page-store.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { printable, quoted, RefusedError } from '../shared/errors.ts'
import { checkFits } from '../shared/memory-budget.ts'
import { FOOTER_NOTE_KEY } from '../shared/names.ts'
import { type Computed, computeSorted, computeStreaming, RowResults } from './compute.ts'
import { compareDuplicates } from './conflicts/compare-duplicates.ts'
import { refuseHalfDays } from './conflicts/half-days.ts'
import { judgeConflicts } from './conflicts/judge-conflicts.ts'
import { digesting } from './digest-results.ts'
import { droppedRows } from './dropped-rows.ts'
import { footerNote, MARKED_ROWS } from './footer-note.ts'
import { leafOf, type MarketFile, openMarketFile, rolesOf } from './market-file.ts'
import { namesInFile, newColumnNames } from './new-columns.ts'
import type { EnrichSettings } from './settings.ts'
import { COLUMNS_PER_SET, SupertrendColumns } from './supertrend-columns.ts'

export interface Enriched {
  readonly quality: Quality
  /** `appended`: the output is the input, then `bytes()`. `compacted`: the output is `bytes()`. */
  readonly layout: 'appended' | 'compacted'
  /** The columns that were used, by role; their names made safe to print. */
  readonly columns: Readonly<Record<string, string>>
  /** Names of the columns that the output gains. */
  readonly newColumns: readonly string[]
  /** Names of the input's columns that they take the place of. */
  readonly replacedColumns: readonly string[]
  /** Rows of the input that the output does not have. */
  readonly dropped: DroppedRows
  /** Each of them with the row that is kept in its place, ascending; until `close`. */
  readonly pairs: Iterable<readonly [dropped: number, kept: number]>
  /**
   * The bytes that are new; the same each time.
   * @throws ReadBackError before the last of them when they do not hold what was computed, if they are read back
   */
  bytes(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /** Whether the new columns are read back while `bytes` runs. */
  readonly isReadBack: boolean
  /** A file of the rows that the output does not have, of none too; the same bytes each time. */
  droppedBytes(): AsyncIterable<Uint8Array>
  /** To be called when nobody wants the bytes any more. */
  close(): void
}

/**
 * @param input the parquet file, which must not change while it is read
 * @param onRowsRead told how far the reading is, after each piece
 * @param newPages makes the place where the pages of the new columns wait
 * @throws RefusedError when the file cannot be enriched; the message says what to do
 */
export async function enrich(
  input: ByteSource,
  settings: EnrichSettings,
  onRowsRead?: MarketFile['onRowsRead'],
  newPages?: NewPages,
): Promise<Enriched> {
  const { enriched, refusal } = await examine(input, settings, onRowsRead, newPages)
  if (!refusal) return enriched
  enriched.close()
  throw refusal
}

/** An enriched file, and why it must not be published, if it is refused for what its rows say. */
export interface Examined {
  readonly enriched: Enriched
  readonly refusal: RefusedError | undefined
}

/** Enriches a file also when it would be refused for what its rows say, for those who look at it. */
export async function examine(
  input: ByteSource,
  settings: EnrichSettings,
  onRowsRead?: MarketFile['onRowsRead'],
  newPages: NewPages = () => new PageStore(),
): Promise<Examined> {
  const file = await openMarketFile(input, settings, onRowsRead)
  return rereading(() => enrichFile(file, settings, newPages))
}

export type NewPages = () => PageStore

async function enrichFile(file: MarketFile, settings: EnrichSettings, newPages: NewPages): Promise<Examined> {
  const { footer } = file
  const plain = newColumnNames(settings.supertrends)
  const names = namesInFile(file, plain)
  const largestGroup = footer.groupRows.reduce((most, rows) => Math.max(most, rows), 0)
  const isReadBack = isPicked(file, settings.readBack)
  const newOutput = () => {
    const writer = new SupertrendColumns(names, codecOf(file, settings), largestGroup, plain, newPages())
    return new Output(writer, footer.groupRows, isReadBack ? new ReadBack(COLUMNS_PER_SET * names.length) : undefined)
  }
  let output = newOutput()
  try {
    let computed = await computeStreaming(file, settings, output.results, output.pairs)
    if (!('pairs' in computed)) {
      output.close()
      output = newOutput()
      computed = await computeSorted(file, settings, computed, output.results, output.pairs)
    }
    return await enrichedOf(file, settings, computed, output)
  } catch (error) {
    output.close()
    throw error
  }
}

const PAIRS = {
  what: 'the row numbers of duplicates',
  remedy: 'split the file, or allow more space',
  heldBytes: 4 * 1024 * 1024,
}

/** What is made of a file before its output is written; it may be on disk in part. */
class Output {
  readonly writer: SupertrendColumns
  readonly results: RowResults
  readonly pairs = new PageStore(PAIRS)
  /** Undefined when the new columns are not read back. */
  readonly #readBack: ReadBack | undefined

  constructor(writer: SupertrendColumns, groupRows: readonly number[], readBack: ReadBack | undefined) {
    this.writer = writer
    this.#readBack = readBack
    this.results = new RowResults(readBack ? digesting(writer, readBack.computed) : writer, groupRows)
  }

  get isReadBack(): boolean {
    return this.#readBack !== undefined
  }

  /**
   * @param start where in the output the pieces begin
   * @param piecesWith makes them
   */
  bytes(start: number, { memoryBudgetBytes }: Footer, piecesWith: (writer: PlacedColumns) => Pieces): Pieces {
    if (!this.#readBack) return piecesWith(this.writer)
    return this.#readBack.checked(this.writer, start, memoryBudgetBytes, piecesWith)
  }

  close(): void {
    this.writer.close()
    this.pairs.close()
  }
}

async function enrichedOf(
  file: MarketFile,
  settings: EnrichSettings,
  computed: Computed,
  output: Output,
): Promise<Examined> {
  const { source, footer } = file
  const { dropped, pairs } = computed
  const { writer } = output
  await refuseHalfDays(file)
  if (dropped.size > 0) {
    // those dropped, those kept for them, and those that conflict
    const needed = 3 * footer.rows * ROW_SET_BYTES_PER_ROW
    checkFits(`a file of ${footer.rows} rows with duplicates`, needed, settings.memoryBudgetBytes)
  }
  const kept = pairs.keptRows(footer.rows)
  const comparison = await compareDuplicates(file, { pairs, dropped, kept })
  const { conflicting, conflicts } = comparison
  // before the times of some rows are read again
  const timeWarnings = file.times.warnings()
  const judgement = await judgeConflicts(file, settings, computed, comparison)
  const warnings = [
    ...judgement.warnings,
    ...warningsOf(keptRows(file, settings, computed, writer)),
    ...timeWarnings,
    ...footer.warnings.list(),
  ]
  const quality: Quality = {
    rowsRead: footer.rows,
    rowsWritten: writer.rowsWritten,
    duplicatesDropped: dropped.size,
    duplicatesAgreeing: dropped.size - conflicting,
    duplicatesConflicting: conflicting,
    conflicts,
    rowsOutOfOrder: computed.rowsOutOfOrder,
    rowsWithoutPrice: computed.rowsWithoutPrice,
    rowsWithoutPriceBy: computed.rowsWithoutPriceBy,
    rowsInconsistent: computed.rowsInconsistent,
    series: computed.series,
    gaps: computed.gaps,
    ...timesOf(file, computed),
    warnings,
  }
  if (quality.rowsWritten !== quality.rowsRead - quality.duplicatesDropped) {
    throw new Error(`${quality.rowsRead} rows less ${quality.duplicatesDropped} dropped are not ${quality.rowsWritten}`)
  }
  const note = { key: FOOTER_NOTE_KEY, value: footerNote(source, settings, quality, markedRows(kept, dropped)) }
  const layout = dropped.size === 0 ? 'appended' : 'compacted'
  const uniqueNames = columnNames(file.descriptions)
  const enriched: Enriched = {
    quality,
    layout,
    columns: Object.fromEntries(rolesOf(file).map(([role, column]) => [role, printable(uniqueNames[column]!)])),
    newColumns: writer.arrowFields().map(({ name }) => name),
    replacedColumns: replacedFields(footer, writer).map(({ name }) => name),
    dropped,
    pairs,
    bytes: () =>
      layout === 'appended'
        ? output.bytes(source.byteLength, footer, (writer) => appendColumns(footer, source.byteLength, writer, note))
        : output.bytes(0, footer, (writer) => compact(source, footer, dropped, writer, note)),
    isReadBack: output.isReadBack,
    droppedBytes: () => droppedRows(file, settings, computed, codecOf(file, settings)),
    close: () => output.close(),
  }
  return { enriched, refusal: refusalOf(judgement.refusal, settings, warnings) }
}

function refusalOf(
  refusal: RefusedError | undefined,
  { strict }: EnrichSettings,
  warnings: readonly Warning[],
): RefusedError | undefined {
  if (refusal) return new RefusedError(refusal.code, refusal.message, { warnings })
  if (!strict || warnings.length === 0) return undefined
  const found = warnings.map(({ message }) => message).join('; ')
  return new RefusedError('warnings', `${found}; refused because of --strict (in the function: strict)`, { warnings })
}

/** What the warnings go by. */
function keptRows(
  { columns, descriptions }: MarketFile,
  { supertrends }: EnrichSettings,
  { series, rowsWithoutPrice, rowsWithoutPriceBy, rowsHighBelowLow }: Computed,
  writer: SupertrendColumns,
): KeptRows {
  const sets = supertrends.map(({ definition, period, multiplier }, set) => {
    const [upper, lower] = [writer.boundsOf(set * COLUMNS_PER_SET), writer.boundsOf(set * COLUMNS_PER_SET + 1)]
    return {
      name: `Supertrend ${period}, ${multiplier} (${definition})`,
      isEmpty: !upper && !lower,
      isInfinite: [upper?.min, upper?.max, lower?.min, lower?.max].some((bound) => Math.abs(bound ?? 0) === Infinity),
    }
  })
  const [symbol] = columns.series
  return {
    rows: writer.rowsWritten,
    series,
    symbolColumn: symbol === undefined ? undefined : quoted(descriptions[symbol]!.name),
    withoutPrice: rowsWithoutPrice,
    zeroPrice: rowsWithoutPriceBy.zero,
    undefinedPrice: rowsWithoutPriceBy.undefined,
    highBelowLow: rowsHighBelowLow,
    setsWithoutValues: sets.flatMap(({ name, isEmpty }) => (isEmpty ? [name] : [])),
    setsWithInfiniteBands: sets.flatMap(({ name, isInfinite }) => (isInfinite ? [name] : [])),
  }
}

/** Whether a file is one of a share of all: the same one each time, so that who tries again decides the same. */
function isPicked({ source, footer }: MarketFile, share: number): boolean {
  return crc32(footer.meta.raw(), source.byteLength >>> 0) < share * 2 ** 32
}

/** The codec of the file's prices where common readers know it: who can read the input can read the output. */
function codecOf(file: MarketFile, settings: EnrichSettings): NewCompression {
  const { footer, columns } = file
  if (settings.codec !== 'auto') return settings.codec
  if (footer.rowGroups.length === 0) return 'SNAPPY'
  const { compression } = columnChunk(footer, rowGroup(footer, 0), leafOf(file, columns.close))
  return compression === 'ZSTD' || compression === 'GZIP' || compression === 'LZ4_RAW' ? compression : 'SNAPPY'
}

/** Rows of the output, counted from 0, that others were dropped for: the first ones. */
function markedRows(kept: RowSet, dropped: DroppedRows): number[] {
  const rows: number[] = []
  for (let row = 0; rows.length < Math.min(kept.size, MARKED_ROWS); row++) {
    row = kept.nextIn(row, Number.POSITIVE_INFINITY)
    rows.push(row - dropped.rankOf(row))
  }
  return rows
}

function timesOf({ times }: MarketFile, { firstTime, lastTime, usualStep }: Computed) {
  return {
    firstTime: firstTime === undefined ? null : times.format(firstTime),
    lastTime: lastTime === undefined ? null : times.format(lastTime),
    stepSeconds: usualStep === undefined ? null : times.seconds(usualStep),
  }
}
