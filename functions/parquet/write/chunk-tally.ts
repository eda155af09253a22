/** Sizes, encodings and metadata of a rewritten chunk. */

import type { ColumnChunk } from '../format/column-chunk.ts'
import { DICTIONARY_PAGE } from '../format/enumerations.ts'
import { COLUMN_META, STATISTICS } from '../format/fields.ts'
import type { IndexedPage } from '../format/page-index.ts'
import { type ThriftValue, thrift } from '../format/thrift.ts'
import { bytesOfPage } from '../read/chunk-pages.ts'
import type { Page } from '../read/page.ts'
import type { ChunkIndexer } from './chunk-indexer.ts'
import type { DataPage } from './data-page.ts'
import { PageCounts } from './page-counts.ts'

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
  readonly #pages = new PageCounts()
  readonly #indexer: ChunkIndexer | undefined

  constructor(indexer?: ChunkIndexer) {
    this.#indexer = indexer
  }

  /** Copies a page. @param nulls undefined when they were not counted */
  async *copied(page: Page, nulls?: number): AsyncGenerator<Uint8Array> {
    const { kind, headerLength, bodyLength, uncompressedLength, values } = page
    const bytes = headerLength + bodyLength
    if (kind === DICTIONARY_PAGE) this.#dictionaryBytes = bytes
    else {
      this.#indexer?.copied(page, this.bytes, nulls)
      this.#values += values
    }
    this.#count(page, bytes, headerLength + uncompressedLength)
    yield* bytesOfPage(page)
  }

  made(page: DataPage, bounds?: IndexedPage['bounds']): Uint8Array {
    const { bytes, uncompressedBytes, values, rows, nulls } = page
    this.#indexer?.made({ start: this.bytes, length: bytes.length, nulls, bounds }, rows)
    this.#values += values
    this.#count(page, bytes.length, uncompressedBytes)
    return bytes
  }

  #count(page: { readonly kind: number; readonly encoding: number }, bytes: number, uncompressedBytes: number): void {
    this.bytes += bytes
    this.#uncompressedBytes += uncompressedBytes
    this.#pages.add(page)
  }

  /**
   * The ColumnMetaData struct of the new chunk.
   * @param chunk of the input
   * @param offset of the new chunk in the output
   * @param nulls undefined when they are not known, or not to be stated
   */
  metadata(chunk: ColumnChunk, offset: number, nulls: number | undefined): ThriftValue {
    return chunk.meta.with({
      ...this.#pages.fields(),
      [COLUMN_META.numValues]: thrift.i64(this.#values),
      [COLUMN_META.totalUncompressedSize]: thrift.i64(this.#uncompressedBytes),
      [COLUMN_META.totalCompressedSize]: thrift.i64(this.bytes),
      [COLUMN_META.dataPageOffset]: thrift.i64(offset + this.#dictionaryBytes),
      [COLUMN_META.indexPageOffset]: undefined,
      [COLUMN_META.dictionaryPageOffset]: this.#dictionaryBytes > 0 ? thrift.i64(offset) : undefined,
      [COLUMN_META.statistics]: boundsOf(chunk, nulls),
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
