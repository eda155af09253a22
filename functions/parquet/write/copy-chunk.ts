/** Chunks that keep all their rows, copied page by page. */

import type { ByteSource } from '../../shared/byte-source.ts'
import type { ColumnChunk } from '../format/column-chunk.ts'
import { DICTIONARY_PAGE } from '../format/enumerations.ts'
import { BLOOM_FILTER_HEADER, COLUMN_META } from '../format/fields.ts'
import type { Leaf } from '../format/schema.ts'
import { ThriftStruct, thrift } from '../format/thrift.ts'
import { pagesOf, piecesOf, type ReadBuffers } from '../read/page.ts'
import type { ChunkIndexer } from './chunk-indexer.ts'
import type { Rewritten } from './chunk-tally.ts'

/** Bytes copied at a time. */
const COPY_BYTES = 1024 * 1024

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
    [COLUMN_META.totalCompressedSize]: thrift.i64(length),
    [COLUMN_META.dataPageOffset]: thrift.i64(offset + dictionaryLength),
    [COLUMN_META.indexPageOffset]: undefined,
    [COLUMN_META.dictionaryPageOffset]: dictionaryLength > 0 ? thrift.i64(offset) : undefined,
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
export async function* copyBloomFilter(source: ByteSource, chunk: ColumnChunk, offset: number, room: BloomRoom) {
  const start = chunk.meta.integer(COLUMN_META.bloomFilterOffset)
  if (start === undefined || start <= 0 || start >= source.byteLength) return { length: 0 }
  let length = chunk.meta.integer(COLUMN_META.bloomFilterLength)
  if (length === undefined) {
    const header = new ThriftStruct(await source.slice(start, Math.min(source.byteLength, start + 64)))
    length = header.end + (header.integer(BLOOM_FILTER_HEADER.numBytes) ?? 0)
  }
  if (length < 0 || start + length > source.byteLength || length > room.bytes) return { length: 0 }
  room.bytes -= length
  yield* copyRange(source, start, start + length)
  return {
    length,
    offset: thrift.i64(offset),
    size: chunk.meta.has(COLUMN_META.bloomFilterLength) ? thrift.i32(length) : undefined,
  }
}
