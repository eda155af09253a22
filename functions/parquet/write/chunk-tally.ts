/** Sizes, encodings and metadata of a rewritten chunk. */

import type { ColumnChunk } from '../format/column-chunk.ts'
import { DICTIONARY_PAGE, RLE } from '../format/enumerations.ts'
import { COLUMN_META, PAGE_ENCODING_STATS, STATISTICS } from '../format/fields.ts'
import type { IndexedPage } from '../format/page-index.ts'
import { type ThriftValue, thrift } from '../format/thrift.ts'
import { bytesOfPage } from '../read/chunk-pages.ts'
import type { Page } from '../read/page.ts'
import type { ChunkIndexer } from './chunk-indexer.ts'
import type { DataPage } from './data-page.ts'

export interface Rewritten {
  /** The ColumnMetaData struct. */
  readonly meta: ThriftValue
  readonly length: number
}

/** Adds up the pages of a chunk while they are written. */
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

  /** Copies a page. @param nulls undefined when they were not counted */
  async *copied(page: Page, nulls?: number): AsyncGenerator<Uint8Array> {
    const { kind, encoding, headerLength, bodyLength, uncompressedLength, values } = page
    const bytes = headerLength + bodyLength
    if (kind === DICTIONARY_PAGE) this.#dictionaryBytes = bytes
    else {
      this.#indexer?.copied(page, this.bytes, nulls)
      this.#values += values
    }
    this.#count(kind, encoding, bytes, headerLength + uncompressedLength)
    yield* bytesOfPage(page)
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

  /**
   * The ColumnMetaData struct of the new chunk.
   * @param chunk of the input
   * @param offset of the new chunk in the output
   * @param nulls undefined when they are not known, or not to be stated
   */
  metadata(chunk: ColumnChunk, offset: number, nulls: number | undefined): ThriftValue {
    const pages = [...this.#pages.values()]
    const encodings = new Set([...pages.map((page) => page.encoding), RLE])
    const stats = pages.map((page) =>
      thrift.struct({
        [PAGE_ENCODING_STATS.pageType]: thrift.i32(page.kind),
        [PAGE_ENCODING_STATS.encoding]: thrift.i32(page.encoding),
        [PAGE_ENCODING_STATS.count]: thrift.i32(page.count),
      }),
    )
    return chunk.meta.with({
      [COLUMN_META.encodings]: thrift.list(
        [...encodings].sort((a, b) => a - b).map((encoding) => thrift.i32(encoding)),
      ),
      [COLUMN_META.numValues]: thrift.i64(this.#values),
      [COLUMN_META.totalUncompressedSize]: thrift.i64(this.#uncompressedBytes),
      [COLUMN_META.totalCompressedSize]: thrift.i64(this.bytes),
      [COLUMN_META.dataPageOffset]: thrift.i64(offset + this.#dictionaryBytes),
      [COLUMN_META.indexPageOffset]: undefined,
      [COLUMN_META.dictionaryPageOffset]: this.#dictionaryBytes > 0 ? thrift.i64(offset) : undefined,
      [COLUMN_META.statistics]: boundsOf(chunk, nulls),
      [COLUMN_META.encodingStats]: thrift.list(stats),
      // they count the rows of the input
      [COLUMN_META.sizeStatistics]: undefined,
    })
  }
}

/** The old bounds still hold for fewer values, but they may no longer be values that occur. */
function boundsOf(chunk: ColumnChunk, nulls: number | undefined): ThriftValue | undefined {
  const statistics = chunk.meta.struct(COLUMN_META.statistics)
  return statistics?.with({
    [STATISTICS.nullCount]: nulls === undefined ? undefined : thrift.i64(nulls),
    [STATISTICS.distinctCount]: undefined,
    [STATISTICS.isMaxValueExact]: statistics.has(STATISTICS.maxValue) ? thrift.boolean(false) : undefined,
    [STATISTICS.isMinValueExact]: statistics.has(STATISTICS.minValue) ? thrift.boolean(false) : undefined,
    [STATISTICS.nanCount]: undefined,
  })
}

/** Whether a chunk states how many nulls it has. */
export function statesNulls({ meta }: ColumnChunk): boolean {
  return meta.struct(COLUMN_META.statistics)?.has(STATISTICS.nullCount) ?? false
}
