/**
 * Rows are dropped: the file is written anew, column chunk by column chunk. Row groups and pages that keep all their
 * rows are copied as bytes; pages that lose rows are decoded, filtered and encoded again as PLAIN pages of the same
 * chunk, with the same codec and page version.
 */

import type { ByteSource } from '../../shared/byte-source.ts'
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { pageBounds } from '../format/bounds.ts'
import {
  type ColumnChunk,
  checkDisjoint,
  columnChunk,
  type Footer,
  isRepeated,
  type Leaf,
  leavesOf,
  rowGroup,
  valueWidth,
} from '../format/footer.ts'
import { DATA_PAGE_V2, DICTIONARY_PAGE, PLAIN, RLE } from '../format/page-header.ts'
import { type IndexedPage, OFFSET_INDEX, type OutputColumn } from '../format/page-index.ts'
import { asStruct, ThriftStruct, type ThriftValue, thrift } from '../format/thrift.ts'
import { valueOrder } from '../format/value-order.ts'
import type { ChunkDecoder } from '../read/chunk-decoder.ts'
import { Decoders } from '../read/column-reader.ts'
import { NullCounter } from '../read/null-counter.ts'
import { type IndexRoom, readIndexes } from '../read/old-indexes.ts'
import { type Page, pagesOf, piecesOf, type ReadBuffers, readBuffers } from '../read/page.ts'
import { canDecode } from '../read/page-decoder.ts'
import { ChunkIndexer } from './chunk-indexer.ts'
import { type DataPage, dataPage } from './data-page.ts'
import { DictionaryIndices, hasIndices } from './dictionary-indices.ts'
import { type KeptRows, keptRows } from './kept-rows.ts'
import { OutputFooter, type PlacedColumns } from './output-footer.ts'

/** Which rows go; row numbers count through the file. */
export interface RowFilter {
  has(row: number): boolean
  countIn(from: number, to: number): number
  keptRanges(from: number, to: number): readonly (readonly [start: number, end: number])[]
}

/** Bytes copied at a time. */
const COPY_BYTES = 1024 * 1024
/** A chunk up to this size is read once and held; a larger one that has a dictionary is read twice. */
const HELD_CHUNK_BYTES = 16 * 1024 * 1024

/** A page that keeps its rows is copied for sure from here on; a smaller one only if none before it waits to be rewritten. */
const COPIED_PAGE_ROWS = 4096

/** Yields the bytes of the whole output file. */
export async function* compact(
  source: ByteSource,
  footer: Footer,
  dropped: RowFilter,
  writer: PlacedColumns,
  note: { readonly key: string; readonly value: string },
): AsyncGenerator<Uint8Array> {
  const output = new OutputFooter(footer, writer)
  const leaves = leavesOf(footer).filter((leaf) => output.keeps(leaf.index))
  const buffers = readBuffers(footer)
  const bloomRoom = { bytes: source.byteLength }
  const indexRoom = { bytes: source.byteLength }
  checkDisjoint(footer, leaves)
  let offset = 4
  yield await source.slice(0, 4)
  let firstRow = 0
  for (let i = 0; i < footer.rowGroups.length; i++) {
    const rows = footer.groupRows[i]!
    const lost = dropped.countIn(firstRow, firstRow + rows)
    if (rows - lost > 0) {
      const group = rowGroup(footer, i)
      const start = offset
      const isIndexed = leaves.some((leaf) => asStruct(group.columns[leaf.index]!).has(OFFSET_INDEX))
      let kept: OutputColumn[] = []
      let [bytes, uncompressedBytes] = [0, 0]
      for (const leaf of leaves) {
        const chunk = columnChunk(footer, group, leaf)
        const indexer = isIndexed ? await indexerOf(source, footer, leaf, chunk, indexRoom) : undefined
        const rewritten =
          lost === 0
            ? copyChunk(source, leaf, chunk, rows, offset, buffers, indexer)
            : isFlat(leaf)
              ? filterFlatChunk(source, footer, leaf, chunk, { firstRow, rows }, dropped, offset, buffers, indexer)
              : filterNestedChunk(source, footer, leaf, chunk, { firstRow, rows }, dropped, offset, buffers, indexer)
        const { meta, length } = yield* rewritten
        const indexes = indexer?.indexes(offset)
        offset += length
        const bloom = yield* copyBloomFilter(source, chunk, offset, bloomRoom)
        offset += bloom.length
        const placed = new ThriftStruct(meta.raw).with({ 14: bloom.offset, 15: bloom.size })
        // the page indexes speak of pages that are elsewhere now
        const dropIndexes = { 4: undefined, 5: undefined, 6: undefined, 7: undefined }
        kept.push({ chunk: chunk.struct.with({ 2: thrift.i64(0), 3: placed, ...dropIndexes }), indexes })
        const sizes = new ThriftStruct(placed.raw)
        bytes += sizes.integer(7)!
        uncompressedBytes += sizes.integer(6)!
      }
      const indexed = kept.every(({ indexes }) => indexes) ? 'bounds' : isIndexed ? 'offsets' : 'no'
      if (indexed === 'offsets') kept = kept.map(withoutBounds)
      const added = writer.chunksAt(i, offset, indexed)
      yield* added.pages
      offset += added.bytes
      output.add(group, {
        rows: rows - lost,
        kept,
        added: added.columns,
        bytes: bytes + added.bytes,
        uncompressedBytes: uncompressedBytes + added.uncompressedBytes,
        offset: start,
      })
    }
    firstRow += rows
  }
  yield* output.end(offset, note)
}

/** What is known of a chunk's pages, for the indexes of those that come in their place. */
async function indexerOf(
  source: ByteSource,
  footer: Footer,
  leaf: Leaf,
  chunk: ColumnChunk,
  room: IndexRoom,
): Promise<ChunkIndexer> {
  const old = await readIndexes(source, leaf, chunk, room)
  return new ChunkIndexer(old, isFlat(leaf) ? valueOrder(footer, leaf) : undefined, isFlat(leaf))
}

/** Trino refuses a filter on a column with bounds when another column of the row group has no offsets. */
function withoutBounds({ chunk, indexes }: OutputColumn): OutputColumn {
  return { chunk, indexes: indexes && { ...indexes, columnIndex: undefined } }
}

/** One value per row, at the top level. */
export function isFlat(leaf: Leaf): boolean {
  return leaf.nodes.length === 1 && !isRepeated(leaf)
}

export interface Rewritten {
  /** The ColumnMetaData struct. */
  readonly meta: ThriftValue
  readonly length: number
}

/** Page by page: what is handed on under a new footer has to be what that says. */
export async function* copyChunk(
  source: ByteSource,
  leaf: Leaf,
  chunk: ColumnChunk,
  rows: number,
  offset: number,
  buffers: ReadBuffers,
  indexer?: ChunkIndexer,
): AsyncGenerator<Uint8Array, Rewritten> {
  let length = 0
  let dictionaryLength = 0
  for await (const page of pagesOf(source, leaf, chunk, rows, buffers)) {
    yield* piecesOf(page)
    const pageLength = page.headerLength + page.bodyLength
    if (page.kind === DICTIONARY_PAGE) dictionaryLength = pageLength
    else if (page.values > 0) indexer?.copied(page, length)
    length += pageLength
  }
  const meta = chunk.meta.with({
    7: thrift.i64(length),
    9: thrift.i64(offset + dictionaryLength),
    10: undefined,
    11: dictionaryLength > 0 ? thrift.i64(offset) : undefined,
  })
  return { meta, length }
}

async function* copyRange(source: ByteSource, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += COPY_BYTES) yield await source.slice(at, Math.min(end, at + COPY_BYTES))
}

/** Honest filters lie side by side: all of them take no more than the file, from which each may be left out. */
interface BloomRoom {
  bytes: number
}

/** A filter that knows the values of more rows than there are still says truly which values are absent. */
async function* copyBloomFilter(source: ByteSource, chunk: ColumnChunk, offset: number, room: BloomRoom) {
  const start = chunk.meta.integer(14)
  if (start === undefined || start <= 0 || start >= source.byteLength) return { length: 0 }
  let length = chunk.meta.integer(15)
  if (length === undefined) {
    const header = new ThriftStruct(await source.slice(start, Math.min(source.byteLength, start + 64)))
    length = header.end + (header.integer(1) ?? 0)
  }
  if (length < 0 || start + length > source.byteLength || length > room.bytes) return { length: 0 }
  room.bytes -= length
  yield* copyRange(source, start, start + length)
  return { length, offset: thrift.i64(offset), size: chunk.meta.has(15) ? thrift.i32(length) : undefined }
}

interface Rows {
  readonly firstRow: number
  readonly rows: number
}

async function* filterFlatChunk(
  source: ByteSource,
  footer: Footer,
  leaf: Leaf,
  chunk: ColumnChunk,
  { firstRow, rows }: Rows,
  dropped: RowFilter,
  offset: number,
  buffers: ReadBuffers,
  indexer: ChunkIndexer | undefined,
): AsyncGenerator<Uint8Array, Rewritten> {
  const bytes = await held(source, chunk)
  const tally = new ChunkTally(indexer)
  const counter = new NullCounter(bytes, leaf, chunk, buffers.limitBytes)
  const isCounted = chunk.meta.struct(12)?.has(3) ?? false
  const keepsDictionary = await isDictionaryOfUse(bytes, leaf, chunk, { firstRow, rows }, dropped, buffers)
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
    keep(column, kept, () => dataPage(kept, chunk.codec, version), bounds)
  })
  const indices = new DictionaryIndices(leaf, footer, buffers.limitBytes, (column) => {
    const kept = indices.kept(column, rangesOf(column))
    const page = () => indices.page(kept, chunk.codec, version, encoding)
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
        if (canDecode(leaf, chunk)) await indices.startChunk(chunk, page)
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
    if (keepsDictionary && hasIndices(page) && canDecode(leaf, chunk)) {
      yield* flushed(indices.decoder)
      encoding = page.encoding
      for await (const _ of indices.decoder.add(page)) yield* rewritten()
    } else {
      yield* flushed(decoder)
      if (!decoders.fits(page)) {
        decoder = await decoders.startCodec(chunk, pagesOf(bytes, leaf, chunk, rows, readBuffers(footer)))
        yield* rewritten()
      }
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
async function isDictionaryOfUse(
  source: ByteSource,
  leaf: Leaf,
  chunk: ColumnChunk,
  { firstRow, rows }: Rows,
  dropped: RowFilter,
  buffers: ReadBuffers,
): Promise<boolean> {
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

async function* filterNestedChunk(
  source: ByteSource,
  footer: Footer,
  leaf: Leaf,
  chunk: ColumnChunk,
  { firstRow, rows }: Rows,
  dropped: RowFilter,
  offset: number,
  buffers: ReadBuffers,
  indexer: ChunkIndexer | undefined,
): AsyncGenerator<Uint8Array, Rewritten> {
  const { NestedChunk } = await import('./nested-chunk.ts')
  const nested = new NestedChunk(leaf, chunk, footer, buffers.limitBytes)
  for await (const page of pagesOf(source, leaf, chunk, rows, buffers)) nested.add(await page.whole())
  const tally = new ChunkTally(indexer)
  let nulls = 0
  for (const page of nested.without(rows, dropped.keptRanges(firstRow, firstRow + rows))) {
    nulls += page.nulls
    yield tally.made(page, undefined)
  }
  const meta = tally.metadata(chunk, offset, chunk.meta.struct(12)?.has(3) ? nulls : undefined)
  return { meta, length: tally.bytes }
}

/** Keeps account of a chunk while its pages are put together. */
export class ChunkTally {
  bytes = 0
  #uncompressedBytes = 0
  #values = 0
  #dictionaryBytes = 0
  /** Pages by kind and encoding. */
  readonly #pages = new Map<string, { kind: number; encoding: number; count: number }>()
  readonly #indexer: ChunkIndexer | undefined

  constructor(indexer?: ChunkIndexer) {
    this.#indexer = indexer
  }

  /** Hands a page on as it is. @param nulls if they were counted */
  async *copied(page: Page, nulls?: number): AsyncGenerator<Uint8Array> {
    const { kind, encoding, headerLength, bodyLength, uncompressedLength, values } = page
    const bytes = headerLength + bodyLength
    if (kind === DICTIONARY_PAGE) this.#dictionaryBytes = bytes
    else {
      this.#indexer?.copied(page, this.bytes, nulls)
      this.#values += values
    }
    this.#count(kind, encoding, bytes, headerLength + uncompressedLength)
    yield* piecesOf(page)
  }

  made(
    { kind, encoding, bytes, uncompressedBytes, values, rows, nulls }: DataPage,
    bounds?: IndexedPage['bounds'],
  ): Uint8Array {
    this.#indexer?.made({ start: this.bytes, length: bytes.length, nulls, bounds }, rows)
    this.#values += values
    this.#count(kind, encoding, bytes.length, uncompressedBytes)
    return bytes
  }

  #count(kind: number, encoding: number, bytes: number, uncompressedBytes: number): void {
    this.bytes += bytes
    this.#uncompressedBytes += uncompressedBytes
    const key = `${kind} ${encoding}`
    const known = this.#pages.get(key)
    if (known) known.count++
    else this.#pages.set(key, { kind, encoding, count: 1 })
  }

  /** The ColumnMetaData struct of the chunk as it is now. @param nulls undefined when they are not to be stated, or not known */
  metadata(chunk: ColumnChunk, offset: number, nulls: number | undefined): ThriftValue {
    const pages = [...this.#pages.values()]
    const encodings = new Set([...pages.map((page) => page.encoding), RLE])
    const stats = pages.map((page) =>
      thrift.struct({ 1: thrift.i32(page.kind), 2: thrift.i32(page.encoding), 3: thrift.i32(page.count) }),
    )
    return chunk.meta.with({
      2: thrift.list([...encodings].sort((a, b) => a - b).map((encoding) => thrift.i32(encoding))),
      5: thrift.i64(this.#values),
      6: thrift.i64(this.#uncompressedBytes),
      7: thrift.i64(this.bytes),
      9: thrift.i64(offset + this.#dictionaryBytes),
      10: undefined,
      11: this.#dictionaryBytes > 0 ? thrift.i64(offset) : undefined,
      12: boundsOf(chunk, nulls),
      13: thrift.list(stats),
      // histograms and byte counts of the rows as they were
      16: undefined,
    })
  }
}

/** Old bounds still bound the fewer values, but nobody may take them for values that occur. */
function boundsOf(chunk: ColumnChunk, nulls: number | undefined): ThriftValue | undefined {
  const statistics = chunk.meta.struct(12)
  return statistics?.with({
    3: nulls === undefined ? undefined : thrift.i64(nulls),
    4: undefined,
    7: statistics.has(5) ? thrift.boolean(false) : undefined,
    8: statistics.has(6) ? thrift.boolean(false) : undefined,
    9: undefined,
  })
}
