/** Chunks that lose rows: pages without a loss are copied, the others decoded, filtered and encoded again. */

import type { ByteSource } from '../../shared/byte-source.ts'
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { pageBounds } from '../format/bounds.ts'
import type { ColumnChunk } from '../format/column-chunk.ts'
import { DATA_PAGE_V2, DICTIONARY_PAGE, PLAIN } from '../format/enumerations.ts'
import { COLUMN_META, STATISTICS } from '../format/fields.ts'
import type { Footer } from '../format/footer.ts'
import type { IndexedPage } from '../format/page-index.ts'
import { type Leaf, valueWidth } from '../format/schema.ts'
import type { ChunkDecoder } from '../read/chunk-decoder.ts'
import { Decoders } from '../read/column-reader.ts'
import { NullCounter } from '../read/null-counter.ts'
import { pagesOf, type ReadBuffers, readBuffers } from '../read/page.ts'
import { canDecode } from '../read/page-decoder.ts'
import type { ChunkIndexer } from './chunk-indexer.ts'
import { ChunkTally, type Rewritten } from './chunk-tally.ts'
import { type DataPage, dataPage } from './data-page.ts'
import { DictionaryIndices, hasIndices } from './dictionary-indices.ts'
import { type KeptRows, keptRows } from './kept-rows.ts'
import type { RowFilter } from './row-filter.ts'

/** A chunk up to this size is read once and held; a larger one that has a dictionary is read twice. */
const HELD_CHUNK_BYTES = 16 * 1024 * 1024

/** A page that keeps its rows is copied for sure from here on; a smaller one only if none before it waits to be rewritten. */
const COPIED_PAGE_ROWS = 4096

/** A column chunk that comes into a new file. */
export interface ChunkJob {
  readonly source: ByteSource
  readonly footer: Footer
  readonly leaf: Leaf
  readonly chunk: ColumnChunk
  /** Row of the file that it begins with, and how many it has. */
  readonly firstRow: number
  readonly rows: number
  /** Which of them go. */
  readonly dropped: RowFilter
  /** Where it begins in the new file. */
  readonly offset: number
  readonly buffers: ReadBuffers
  /** Undefined when no page indexes are written. */
  readonly indexer: ChunkIndexer | undefined
}

export async function* filterFlatChunk(job: ChunkJob): AsyncGenerator<Uint8Array, Rewritten> {
  const { source, footer, leaf, chunk, firstRow, rows, dropped, offset, buffers, indexer } = job
  const bytes = await held(source, chunk)
  const tally = new ChunkTally(indexer)
  const counter = new NullCounter(bytes, leaf, chunk, buffers.limitBytes)
  const isCounted = chunk.meta.struct(COLUMN_META.statistics)?.has(STATISTICS.nullCount) ?? false
  const isDecodedHere = canDecode(leaf, chunk)
  const keepsDictionary = await isDictionaryOfUse({ ...job, source: bytes })
  let nulls: number | undefined = 0
  const count = (found: number | undefined) => {
    nulls = nulls === undefined || found === undefined ? undefined : nulls + found
  }
  let version: 1 | 2 = 1
  let encoding: number = PLAIN
  /** The row that comes next, and the first of those that a decoder holds. */
  let [row, heldFrom] = [firstRow, firstRow]
  const made: { page: DataPage; bounds: IndexedPage['bounds'] }[] = []
  const rangesOf = (column: DecodedColumn) => dropped.keptRanges(heldFrom, heldFrom + column.rows)
  const keep = (column: DecodedColumn, kept: KeptRows, page: () => DataPage, bounds: () => IndexedPage['bounds']) => {
    count(kept.nulls)
    if (kept.rows > 0) made.push({ page: page(), bounds: indexer?.order && bounds() })
    heldFrom += column.rows
  }
  const decoders = new Decoders(leaf, footer, buffers.limitBytes, (column) => {
    const kept = keptRows(column, leaf, rangesOf(column))
    const bounds = () => pageBounds(column, leaf, kept.present, indexer!.order!)
    keep(column, kept, () => dataPage(kept, chunk.compression, version), bounds)
  })
  const indices = new DictionaryIndices(leaf, footer, buffers.limitBytes, (column) => {
    const kept = indices.kept(column, rangesOf(column))
    const page = () => indices.page(kept, chunk.compression, version, encoding)
    keep(column, kept, page, () => indices.bounds(kept, indexer!.order!))
  })
  let decoder = await decoders.startChunk(chunk)
  /** What is held of the pages before, before other ones. */
  const rewritten = function* (): Generator<Uint8Array> {
    for (const { page, bounds } of made.splice(0)) yield tally.made(page, bounds)
  }
  const flushed = function* (next?: ChunkDecoder): Generator<Uint8Array> {
    for (const each of [indices.decoder, decoder]) if (each !== next) each.flush()
    yield* rewritten()
  }
  for await (const page of pagesOf(bytes, leaf, chunk, rows, buffers)) {
    if (page.kind === DICTIONARY_PAGE) {
      await decoder.setDictionary(page)
      if (keepsDictionary) {
        if (isDecodedHere) await indices.startChunk(chunk, page)
        yield* tally.copied(page)
      }
      continue
    }
    // one without values is left out: what follows may go, and no chunk may end with it
    if (page.values === 0) continue
    const lost = dropped.countIn(row, row + page.values)
    const isNothingHeld = decoder.rows === 0 && indices.decoder.rows === 0
    const isCopied = lost === 0 && (isNothingHeld || page.values >= COPIED_PAGE_ROWS)
    if (isCopied || lost === page.values) {
      yield* flushed()
      if (isCopied) {
        const found = isCounted ? await counter.in(page) : undefined
        count(found)
        yield* tally.copied(page, found)
      }
      row += page.values
      heldFrom = row
      continue
    }
    version = page.kind === DATA_PAGE_V2 ? 2 : 1
    if (keepsDictionary && hasIndices(page) && isDecodedHere) {
      yield* flushed(indices.decoder)
      encoding = page.encoding
      for await (const _ of indices.decoder.add(page)) yield* rewritten()
    } else {
      yield* flushed(decoder)
      if (!decoders.fits(page)) {
        decoder = await decoders.startWasm(chunk, pagesOf(bytes, leaf, chunk, rows, readBuffers(footer)))
        yield* rewritten()
      }
      // parquet-wasm takes levels that are higher than any for the highest; other readers refuse the page
      if (!isDecodedHere) await counter.in(page)
      for await (const _ of decoder.add(page)) yield* rewritten()
    }
    row += page.values
  }
  yield* flushed()
  return { meta: tally.metadata(chunk, offset, isCounted ? nulls : undefined), length: tally.bytes }
}

/** The chunk's bytes as a source of their own when they are few enough to hold, else the file. */
async function held(source: ByteSource, chunk: ColumnChunk): Promise<ByteSource> {
  if (chunk.end - chunk.start > HELD_CHUNK_BYTES) return source
  const bytes = await source.slice(chunk.start, chunk.end)
  return {
    byteLength: source.byteLength,
    slice: async (start, end) => bytes.subarray(start - chunk.start, end - chunk.start),
  }
}

/**
 * Whether the chunk's dictionary stays: for a page that is copied as it is, or where as many rows stay as it has entries. For
 * fewer rows it would take more bytes than their values. That of text stays in any case: fastparquet 2026.9 reads text as
 * missing in PLAIN pages when other pages of the column have a dictionary.
 */
async function isDictionaryOfUse(job: ChunkJob): Promise<boolean> {
  const { source, leaf, chunk, firstRow, rows, dropped, buffers } = job
  const isText = valueWidth(leaf) === 'bytes'
  let row = firstRow
  let entries: number | undefined
  let left = 0
  for await (const page of pagesOf(source, leaf, chunk, rows, buffers)) {
    if (page.kind === DICTIONARY_PAGE) entries = page.values
    else if (page.values === 0) continue
    else if (entries === undefined) return false
    else {
      const lost = dropped.countIn(row, row + page.values)
      if (hasIndices(page)) left += page.values - lost
      if (lost === 0 || ((isText || left >= entries) && canDecode(leaf, chunk))) return true
      row += page.values
    }
  }
  return false
}

export async function* filterNestedChunk(job: ChunkJob): AsyncGenerator<Uint8Array, Rewritten> {
  const { source, footer, leaf, chunk, firstRow, rows, dropped, offset, buffers, indexer } = job
  const { NestedChunk } = await import('./nested-chunk.ts')
  const nested = new NestedChunk(leaf, chunk, footer, buffers.limitBytes)
  for await (const page of pagesOf(source, leaf, chunk, rows, buffers)) nested.add(await page.whole())
  const tally = new ChunkTally(indexer)
  let nulls = 0
  for (const page of nested.without(rows, dropped.keptRanges(firstRow, firstRow + rows))) {
    nulls += page.nulls
    yield tally.made(page, undefined)
  }
  const meta = tally.metadata(
    chunk,
    offset,
    chunk.meta.struct(COLUMN_META.statistics)?.has(STATISTICS.nullCount) ? nulls : undefined,
  )
  return { meta, length: tally.bytes }
}
