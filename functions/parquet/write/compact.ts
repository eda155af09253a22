/**
 * Writes a file without some of its rows, column chunk by column chunk. Row groups and pages that keep all their rows are
 * copied as bytes. Pages that lose rows are decoded, filtered and encoded again, as pages of the same chunk with the same
 * compression and page version.
 */
import type { ByteSource } from '../../shared/byte-source.ts'
import { checkDisjoint, columnChunk, type RowGroup, rowGroup } from '../format/column-chunk.ts'
import { COLUMN_CHUNK, COLUMN_META } from '../format/fields.ts'
import { type Footer, leavesOf } from '../format/footer.ts'
import type { OutputColumn } from '../format/page-index.ts'
import { isFlat, type Leaf } from '../format/schema.ts'
import { asStruct, ThriftStruct, thrift } from '../format/thrift.ts'
import { valueOrder } from '../format/value-order.ts'
import { type ReadBuffers, readBuffers } from '../read/chunk-pages.ts'
import { type IndexBudget, readIndexes } from '../read/old-indexes.ts'
import type { PlacedColumns } from './added-columns.ts'
import { ChunkIndexer } from './chunk-indexer.ts'
import type { Rewritten } from './chunk-tally.ts'
import { type BloomBudget, copyBloomFilter, copyChunk } from './copy-chunk.ts'
import { type ChunkJob, filterFlatChunk, filterNestedChunk } from './filter-chunk.ts'
import { type FooterPair, NO_PAGE_INDEXES, OutputFooter, type OutputRowGroup } from './output-footer.ts'
import type { RowFilter } from './row-filter.ts'

/**
 * Yields the bytes of the whole output file.
 * @param removed the rows that the output does not get
 * @param note key-value pair for the footer, and bytes before it
 */
export async function* compact(
  source: ByteSource,
  footer: Footer,
  removed: RowFilter,
  writer: PlacedColumns,
  note: FooterPair,
): AsyncGenerator<Uint8Array> {
  const output = new OutputFooter(footer, writer)
  const leaves = leavesOf(footer).filter((leaf) => output.keeps(leaf.index))
  const compaction = new Compaction({ source, footer, removed, writer, leaves })
  checkDisjoint(footer, leaves)
  yield await source.slice(0, 4)
  let offset = 4
  let firstRow = 0
  for (let i = 0; i < footer.rowGroups.length; i++) {
    const rows = footer.groupRows[i]!
    if (removed.countIn(firstRow, firstRow + rows) < rows) {
      const group = rowGroup(footer, i)
      const written = yield* compaction.writeGroup({ group, index: i, firstRow, offset })
      output.add(group, written)
      offset += written.bytes + written.filterBytes
    }
    firstRow += rows
  }
  yield* output.end(offset, note)
}

interface CompactionJob {
  readonly source: ByteSource
  readonly footer: Footer
  readonly removed: RowFilter
  readonly writer: PlacedColumns
  /** The columns that stay. */
  readonly leaves: readonly Leaf[]
}

/** A row group of the input and its place in the output. */
interface GroupPlace {
  readonly group: RowGroup
  readonly index: number
  /** Number of its first row in the file. */
  readonly firstRow: number
  readonly offset: number
}

interface WrittenColumn {
  readonly column: OutputColumn
  /** Bytes of the pages. */
  readonly bytes: number
  readonly uncompressedBytes: number
  /** Bytes of the bloom filter after them. */
  readonly filterBytes: number
}

class Compaction {
  readonly #job: CompactionJob
  readonly #buffers: ReadBuffers
  readonly #bloomBudget: BloomBudget
  readonly #indexBudget: IndexBudget

  constructor(job: CompactionJob) {
    this.#job = job
    this.#buffers = readBuffers(job.footer)
    this.#bloomBudget = { bytes: job.source.byteLength }
    this.#indexBudget = { bytes: job.source.byteLength }
  }

  async *writeGroup(place: GroupPlace): AsyncGenerator<Uint8Array, OutputRowGroup & { readonly filterBytes: number }> {
    const { footer, removed, writer, leaves } = this.#job
    const { group, index, firstRow } = place
    const rows = footer.groupRows[index]!
    const isIndexed = leaves.some((leaf) => asStruct(group.columns[leaf.index]!).has(COLUMN_CHUNK.offsetIndexOffset))
    let { offset } = place
    let kept: OutputColumn[] = []
    let [bytes, uncompressedBytes, filterBytes] = [0, 0, 0]
    for (const leaf of leaves) {
      const written = yield* this.#writeColumn({ ...place, offset }, leaf, isIndexed)
      kept.push(written.column)
      offset += written.bytes + written.filterBytes
      bytes += written.bytes
      uncompressedBytes += written.uncompressedBytes
      filterBytes += written.filterBytes
    }
    const indexed = kept.every(({ indexes }) => indexes) ? 'bounds' : isIndexed ? 'offsets' : 'no'
    if (indexed === 'offsets') kept = kept.map(withoutBounds)
    const added = writer.chunksAt(index, offset, indexed)
    yield* added.pages
    return {
      rows: rows - removed.countIn(firstRow, firstRow + rows),
      kept,
      added: added.columns,
      bytes: bytes + added.bytes,
      uncompressedBytes: uncompressedBytes + added.uncompressedBytes,
      offset: place.offset,
      filterBytes,
    }
  }

  async *#writeColumn(place: GroupPlace, leaf: Leaf, isIndexed: boolean): AsyncGenerator<Uint8Array, WrittenColumn> {
    const { source, footer, removed } = this.#job
    const { group, index, firstRow, offset } = place
    const chunk = columnChunk(footer, group, leaf)
    const rows = footer.groupRows[index]!
    const unindexed = { source, footer, leaf, chunk, rows, buffers: this.#buffers, firstRow, removed, offset }
    const indexer = isIndexed ? await this.#indexerOf(unindexed) : undefined
    const { meta, length } = yield* rewritten({ ...unindexed, indexer })
    const bloom = yield* copyBloomFilter(source, chunk, offset + length, this.#bloomBudget)
    const placed = new ThriftStruct(meta.raw).with({
      [COLUMN_META.bloomFilterOffset]: bloom.offset,
      [COLUMN_META.bloomFilterLength]: bloom.size,
    })
    const struct = chunk.struct.with({
      [COLUMN_CHUNK.fileOffset]: thrift.i64(0),
      [COLUMN_CHUNK.metadata]: placed,
      ...NO_PAGE_INDEXES,
    })
    return {
      column: { chunk: struct, indexes: indexer?.indexes(offset) },
      bytes: length,
      uncompressedBytes: new ThriftStruct(meta.raw).integer(COLUMN_META.totalUncompressedSize)!,
      filterBytes: bloom.length,
    }
  }

  async #indexerOf({ source, footer, leaf, chunk }: Omit<ChunkJob, 'indexer'>): Promise<ChunkIndexer> {
    const old = await readIndexes(source, leaf, chunk, this.#indexBudget)
    return new ChunkIndexer(old, isFlat(leaf) ? valueOrder(footer, leaf) : undefined, isFlat(leaf))
  }
}

function rewritten(job: ChunkJob): AsyncGenerator<Uint8Array, Rewritten> {
  const { leaf, firstRow, rows, removed, offset, indexer } = job
  if (removed.countIn(firstRow, firstRow + rows) === 0) return copyChunk(job, offset, indexer)
  return isFlat(leaf) ? filterFlatChunk(job) : filterNestedChunk(job)
}

/** Trino refuses a filter on a column with bounds when another column of the row group has no offsets. */
function withoutBounds({ chunk, indexes }: OutputColumn): OutputColumn {
  return { chunk, indexes: indexes && { ...indexes, columnIndex: undefined } }
}
