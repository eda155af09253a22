/** The account of a chunk whose pages are put together anew. */
import type { ColumnChunk } from '../format/footer.ts'
import { DICTIONARY_PAGE, RLE } from '../format/page-header.ts'
import type { IndexedPage } from '../format/page-index.ts'
import { type ThriftValue, thrift } from '../format/thrift.ts'
import { type Page, piecesOf } from '../read/page.ts'
import type { ChunkIndexer } from './chunk-indexer.ts'
import type { DataPage } from './data-page.ts'

export interface Rewritten {
  /** The ColumnMetaData struct. */
  readonly meta: ThriftValue
  readonly length: number
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
