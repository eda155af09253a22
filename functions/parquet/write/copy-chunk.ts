/** Copies column chunks that keep all their rows, and bloom filters. */
import { type ByteSource, piecesBetween } from '../../shared/byte-source.ts'
import type { ColumnChunk } from '../format/column-chunk.ts'
import { DICTIONARY_PAGE } from '../format/enumerations.ts'
import { BLOOM_FILTER_HEADER, COLUMN_META } from '../format/fields.ts'
import { ThriftStruct, thrift } from '../format/thrift.ts'
import { bytesOfPage, pagesOf, type ReadableChunk } from '../read/chunk-pages.ts'
import type { ChunkIndexer } from './chunk-indexer.ts'
import type { Rewritten } from './chunk-tally.ts'

/**
 * Copies a chunk page by page: each page is checked, and bytes that belong to no page are left out.
 * @param offset of the chunk in the output
 */
export async function* copyChunk(
  from: ReadableChunk,
  offset: number,
  indexer?: ChunkIndexer,
): AsyncGenerator<Uint8Array, Rewritten> {
  let length = 0
  let dictionaryLength = 0
  for await (const page of pagesOf(from)) {
    yield* bytesOfPage(page)
    const pageLength = page.headerLength + page.bodyLength
    if (page.kind === DICTIONARY_PAGE) dictionaryLength = pageLength
    else if (page.values > 0) indexer?.copied(page, length)
    length += pageLength
  }
  const meta = from.chunk.meta.with({
    [COLUMN_META.totalCompressedSize]: thrift.i64(length),
    [COLUMN_META.dataPageOffset]: thrift.i64(offset + dictionaryLength),
    [COLUMN_META.indexPageOffset]: undefined,
    [COLUMN_META.dictionaryPageOffset]: dictionaryLength > 0 ? thrift.i64(offset) : undefined,
  })
  return { meta, length }
}

/**
 * Bytes that bloom filters may still take. Real filters do not overlap, so all of them together are smaller than the file;
 * a filter beyond that is left out.
 */
export interface BloomBudget {
  bytes: number
}

/** A filter over more rows than there are is still right about the values that it reports as absent. */
export async function* copyBloomFilter(source: ByteSource, chunk: ColumnChunk, offset: number, budget: BloomBudget) {
  const start = chunk.meta.integer(COLUMN_META.bloomFilterOffset)
  if (start === undefined || start <= 0 || start >= source.byteLength) return { length: 0 }
  let length = chunk.meta.integer(COLUMN_META.bloomFilterLength)
  if (length === undefined) {
    const header = new ThriftStruct(await source.slice(start, Math.min(source.byteLength, start + 64)))
    length = header.end + (header.integer(BLOOM_FILTER_HEADER.numBytes) ?? 0)
  }
  if (length < 0 || start + length > source.byteLength || length > budget.bytes) return { length: 0 }
  budget.bytes -= length
  yield* piecesBetween(source, start, start + length)
  const size = chunk.meta.has(COLUMN_META.bloomFilterLength) ? thrift.i32(length) : undefined
  return { length, offset: thrift.i64(offset), size }
}
