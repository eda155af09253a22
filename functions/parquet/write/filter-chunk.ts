/** Column chunks that lose rows: pages without a loss are copied; the others are decoded, filtered and encoded again. */
import type { ByteSource } from '../../shared/byte-source.ts'
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { pageBounds } from '../format/bounds.ts'
import type { ColumnChunk } from '../format/column-chunk.ts'
import { DATA_PAGE_V2, DICTIONARY_PAGE, PLAIN } from '../format/enumerations.ts'
import type { Footer } from '../format/footer.ts'
import { hasIndices } from '../format/page-header.ts'
import type { IndexedPage } from '../format/page-index.ts'
import { valueWidth } from '../format/schema.ts'
import type { ChunkDecoder } from '../read/chunk-decoder.ts'
import { pagesOf, type ReadableChunk } from '../read/chunk-pages.ts'
import { Decoders } from '../read/column-reader.ts'
import { NullCounter } from '../read/null-counter.ts'
import type { Page } from '../read/page.ts'
import { canDecode } from '../read/page-decoder.ts'
import type { ChunkIndexer } from './chunk-indexer.ts'
import { ChunkTally, type Rewritten, statesNulls } from './chunk-tally.ts'
import { type DataPage, dataPage } from './data-page.ts'
import { DictionaryIndices } from './dictionary-indices.ts'
import { type KeptRows, keptRows } from './kept-rows.ts'
import type { RowFilter } from './row-filter.ts'

/** A chunk up to this size is read once and held; a larger one that has a dictionary is read twice. */
const HELD_CHUNK_BYTES = 16 * 1024 * 1024

/** A page of at least as many rows that loses none is always copied; a smaller one only if no decoded row waits before it. */
const COPIED_PAGE_ROWS = 4096

/** A column chunk and its place in the output. */
export interface ChunkJob extends ReadableChunk {
  readonly footer: Footer
  /** Number of its first row in the file. */
  readonly firstRow: number
  /** The rows that are removed. */
  readonly removed: RowFilter
  /** Where it begins in the output. */
  readonly offset: number
  /** Undefined when no page indexes are written. */
  readonly indexer: ChunkIndexer | undefined
}

export async function* filterFlatChunk(job: ChunkJob): AsyncGenerator<Uint8Array, Rewritten> {
  const heldJob = { ...job, source: await held(job.source, job.chunk) }
  const filter = new FlatChunkFilter(heldJob, await isDictionaryOfUse(heldJob))
  return yield* filter.bytes()
}

/** Filters one flat chunk, page by page. */
class FlatChunkFilter {
  readonly #job: ChunkJob
  readonly #tally: ChunkTally
  readonly #counter: NullCounter
  readonly #decoders: Decoders
  readonly #indices: DictionaryIndices
  readonly #isDecodedHere: boolean
  /** Whether the output gets the chunk's dictionary. */
  readonly #keepsDictionary: boolean
  /** Whether the chunk states how many nulls it has. */
  readonly #isCounted: boolean
  /** Nulls of the rows that stay; undefined when they cannot be counted. */
  #nulls: number | undefined = 0
  /** The version of the pages that were decoded last: the new pages get the same. */
  #version: 1 | 2 = 1
  #encoding: number = PLAIN
  /** The next row of the file, and the first one that a decoder holds. */
  #row: number
  #heldFrom: number
  /** New pages that have not been handed on. */
  readonly #made: { page: DataPage; bounds: IndexedPage['bounds'] }[] = []

  constructor(job: ChunkJob, keepsDictionary: boolean) {
    const { source, footer, leaf, chunk, firstRow, buffers, indexer } = job
    this.#job = job
    this.#keepsDictionary = keepsDictionary
    this.#row = this.#heldFrom = firstRow
    this.#tally = new ChunkTally(indexer)
    this.#counter = new NullCounter(source, leaf, buffers.limitBytes)
    this.#isCounted = statesNulls(chunk)
    this.#isDecodedHere = canDecode(leaf, chunk)
    this.#decoders = new Decoders(leaf, footer, buffers.limitBytes, (column) => this.#keepValues(column))
    this.#indices = new DictionaryIndices(leaf, footer, buffers.limitBytes, (column) => this.#keepIndices(column))
  }

  async *bytes(): AsyncGenerator<Uint8Array, Rewritten> {
    const { chunk, removed, offset } = this.#job
    const decoder = await this.#decoders.startChunk(chunk)
    for await (const page of pagesOf(this.#job)) {
      if (page.kind === DICTIONARY_PAGE) {
        await decoder.setDictionary(page)
        if (this.#keepsDictionary) yield* this.#copyDictionary(page)
        continue
      }
      // a page without values is left out: the pages after it may go, and no chunk may end with an empty one
      if (page.values === 0) continue
      const lost = removed.countIn(this.#row, this.#row + page.values)
      const isNothingHeld = decoder.rows === 0 && this.#indices.decoder.rows === 0
      const isCopied = lost === 0 && (isNothingHeld || page.values >= COPIED_PAGE_ROWS)
      if (isCopied || lost === page.values) {
        yield* this.#flushed(decoder)
        if (isCopied) yield* this.#copy(page)
        this.#heldFrom = this.#row + page.values
      } else yield* this.#rewrite(page, decoder)
      this.#row += page.values
    }
    yield* this.#flushed(decoder)
    const meta = this.#tally.metadata(chunk, offset, this.#isCounted ? this.#nulls : undefined)
    return { meta, length: this.#tally.bytes }
  }

  async *#copyDictionary(page: Page): AsyncGenerator<Uint8Array> {
    if (this.#isDecodedHere) await this.#indices.startChunk(this.#job.chunk, page)
    yield* this.#tally.copied(page)
  }

  async *#copy(page: Page): AsyncGenerator<Uint8Array> {
    const nulls = this.#isCounted ? await this.#counter.in(page) : undefined
    this.#count(nulls)
    yield* this.#tally.copied(page, nulls)
  }

  async *#rewrite(page: Page, decoder: ChunkDecoder): AsyncGenerator<Uint8Array> {
    this.#version = page.kind === DATA_PAGE_V2 ? 2 : 1
    if (this.#keepsDictionary && hasIndices(page) && this.#isDecodedHere) {
      yield* this.#flushed(decoder, this.#indices.decoder)
      this.#encoding = page.encoding
      for await (const _ of this.#indices.decoder.add(page)) yield* this.#newPages()
      return
    }
    yield* this.#flushed(decoder, decoder)
    // parquet-wasm takes a level above the highest for the highest; other readers refuse the page
    if (!this.#isDecodedHere) await this.#counter.in(page)
    for await (const _ of decoder.add(page)) yield* this.#newPages()
  }

  /** The pages of all rows that the decoders hold. @param next the decoder that may keep its rows: more of them follow */
  *#flushed(decoder: ChunkDecoder, next?: ChunkDecoder): Generator<Uint8Array> {
    for (const each of [this.#indices.decoder, decoder]) if (each !== next) each.flush()
    yield* this.#newPages()
  }

  *#newPages(): Generator<Uint8Array> {
    for (const { page, bounds } of this.#made.splice(0)) yield this.#tally.made(page, bounds)
  }

  #keepValues(column: DecodedColumn): void {
    const { leaf, chunk } = this.#job
    const kept = keptRows(column, leaf, this.#keptRanges(column))
    this.#keep(column, kept, {
      page: () => dataPage(kept, chunk.compression, this.#version),
      bounds: (order) => pageBounds(column, leaf, kept.present, order),
    })
  }

  #keepIndices(column: DecodedColumn): void {
    const indices = this.#indices
    const kept = indices.kept(column, this.#keptRanges(column))
    this.#keep(column, kept, {
      page: () => indices.page(kept, this.#job.chunk.compression, this.#version, this.#encoding),
      bounds: (order) => indices.bounds(kept, order),
    })
  }

  #keptRanges({ rows }: DecodedColumn) {
    return this.#job.removed.keptRanges(this.#heldFrom, this.#heldFrom + rows)
  }

  #keep(
    column: DecodedColumn,
    kept: KeptRows,
    make: { page(): DataPage; bounds(order: NonNullable<ChunkIndexer['order']>): IndexedPage['bounds'] },
  ): void {
    this.#count(kept.nulls)
    const order = this.#job.indexer?.order
    if (kept.rows > 0) this.#made.push({ page: make.page(), bounds: order && make.bounds(order) })
    this.#heldFrom += column.rows
  }

  #count(nulls: number | undefined): void {
    this.#nulls = this.#nulls === undefined || nulls === undefined ? undefined : this.#nulls + nulls
  }
}

/** The chunk's bytes in memory when they are few enough, else the file. */
async function held(source: ByteSource, chunk: ColumnChunk): Promise<ByteSource> {
  if (chunk.end - chunk.start > HELD_CHUNK_BYTES) return source
  const bytes = await source.slice(chunk.start, chunk.end)
  return {
    byteLength: source.byteLength,
    slice: async (start, end) => bytes.subarray(start - chunk.start, end - chunk.start),
  }
}

/**
 * Whether the output gets the chunk's dictionary: for a page that is copied, or when at least as many rows stay as it has
 * entries. For fewer rows it would take more bytes than their values. A dictionary of text always stays: fastparquet 2026.9
 * reads text in PLAIN pages as missing when other pages of the column have a dictionary.
 */
async function isDictionaryOfUse(job: ChunkJob): Promise<boolean> {
  const { leaf, chunk, firstRow, removed } = job
  const isText = valueWidth(leaf) === 'bytes'
  let row = firstRow
  let entries: number | undefined
  let left = 0
  for await (const page of pagesOf(job)) {
    if (page.kind === DICTIONARY_PAGE) entries = page.values
    else if (page.values === 0) continue
    else if (entries === undefined) return false
    else {
      const lost = removed.countIn(row, row + page.values)
      if (hasIndices(page)) left += page.values - lost
      if (lost === 0 || ((isText || left >= entries) && canDecode(leaf, chunk))) return true
      row += page.values
    }
  }
  return false
}

export async function* filterNestedChunk(job: ChunkJob): AsyncGenerator<Uint8Array, Rewritten> {
  const { chunk, firstRow, rows, removed, offset, indexer } = job
  const { readNestedChunk } = await import('./nested-chunk.ts')
  const nested = await readNestedChunk(job)
  const tally = new ChunkTally(indexer)
  let nulls = 0
  for (const page of nested.without(rows, removed.keptRanges(firstRow, firstRow + rows))) {
    nulls += page.nulls
    yield tally.made(page, undefined)
  }
  return { meta: tally.metadata(chunk, offset, statesNulls(chunk) ? nulls : undefined), length: tally.bytes }
}
