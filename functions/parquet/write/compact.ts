/**
 * Rows are dropped: the file is written anew, column chunk by column chunk. Row groups and pages that keep all their
 * rows are copied as bytes; pages that lose rows are decoded, filtered and encoded again in pages of the same
 * chunk, with the same compression and page version.
 */

import type { ByteSource } from '../../shared/byte-source.ts'
import { type ColumnChunk, checkDisjoint, columnChunk, rowGroup } from '../format/column-chunk.ts'
import { COLUMN_CHUNK, COLUMN_META } from '../format/fields.ts'
import { type Footer, leavesOf } from '../format/footer.ts'
import type { OutputColumn } from '../format/page-index.ts'
import { isFlat, type Leaf } from '../format/schema.ts'
import { asStruct, ThriftStruct, thrift } from '../format/thrift.ts'
import { valueOrder } from '../format/value-order.ts'
import { type IndexRoom, readIndexes } from '../read/old-indexes.ts'
import { readBuffers } from '../read/page.ts'
import { ChunkIndexer } from './chunk-indexer.ts'
import { copyBloomFilter, copyChunk } from './copy-chunk.ts'
import { filterFlatChunk, filterNestedChunk } from './filter-chunk.ts'
import { OutputFooter, type PlacedColumns } from './output-footer.ts'
import type { RowFilter } from './row-filter.ts'

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
      const isIndexed = leaves.some((leaf) => asStruct(group.columns[leaf.index]!).has(COLUMN_CHUNK.offsetIndexOffset))
      let kept: OutputColumn[] = []
      let [bytes, uncompressedBytes] = [0, 0]
      for (const leaf of leaves) {
        const chunk = columnChunk(footer, group, leaf)
        const indexer = isIndexed ? await indexerOf(source, footer, leaf, chunk, indexRoom) : undefined
        const job = { source, footer, leaf, chunk, firstRow, rows, dropped, offset, buffers, indexer }
        const rewritten =
          lost === 0
            ? copyChunk(source, leaf, chunk, rows, offset, buffers, indexer)
            : isFlat(leaf)
              ? filterFlatChunk(job)
              : filterNestedChunk(job)
        const { meta, length } = yield* rewritten
        const indexes = indexer?.indexes(offset)
        offset += length
        const bloom = yield* copyBloomFilter(source, chunk, offset, bloomRoom)
        offset += bloom.length
        const placed = new ThriftStruct(meta.raw).with({
          [COLUMN_META.bloomFilterOffset]: bloom.offset,
          [COLUMN_META.bloomFilterLength]: bloom.size,
        })
        // the page indexes speak of pages that are elsewhere now
        const dropIndexes = {
          [COLUMN_CHUNK.offsetIndexOffset]: undefined,
          [COLUMN_CHUNK.offsetIndexLength]: undefined,
          [COLUMN_CHUNK.columnIndexOffset]: undefined,
          [COLUMN_CHUNK.columnIndexLength]: undefined,
        }
        kept.push({
          chunk: chunk.struct.with({
            [COLUMN_CHUNK.fileOffset]: thrift.i64(0),
            [COLUMN_CHUNK.metadata]: placed,
            ...dropIndexes,
          }),
          indexes,
        })
        const sizes = new ThriftStruct(placed.raw)
        bytes += sizes.integer(COLUMN_META.totalCompressedSize)!
        uncompressedBytes += sizes.integer(COLUMN_META.totalUncompressedSize)!
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
