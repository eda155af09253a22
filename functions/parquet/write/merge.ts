/**
 * Merges two files into the one whose rows they were split from, row group by row group and column chunk by column
 * chunk. A row group that went into one of the files as a whole is copied page by page. The rows of the others are put
 * into their order and encoded as PLAIN pages; their stored values do not change.
 */

import { quoted } from '../../shared/errors.ts'
import { checkDisjoint, columnChunk, type RowGroup, rowGroup } from '../format/column-chunk.ts'
import { COLUMN_CHUNK, COLUMN_META, ROW_GROUP, STATISTICS } from '../format/fields.ts'
import type { OutputColumn } from '../format/page-index.ts'
import { isFlat, type Leaf, pathOf } from '../format/schema.ts'
import { ThriftStruct, thrift } from '../format/thrift.ts'
import { type ReadBuffers, readBuffers } from '../read/chunk-pages.ts'
import { ChunkRows, type FileChunk, type OpenFile } from './chunk-rows.ts'
import { ChunkTally, type Rewritten, statesNulls } from './chunk-tally.ts'
import { copyChunk } from './copy-chunk.ts'
import type { DataPage } from './data-page.ts'
import { NO_PAGE_INDEXES, type OutputFooter, type OutputRowGroup } from './output-footer.ts'
import { PlainRowsBuilder } from './plain-rows-builder.ts'
import { misfit, RowPlaces, type Runs } from './row-places.ts'

/** One of the two files: a subset of the rows. */
export interface Subset extends OpenFile {
  /** The columns of both files, in the same order. */
  readonly leaves: readonly Leaf[]
}

/**
 * Yields the bytes of the whole file, without its footer.
 * @returns the number of bytes
 * @param main the file whose row groups `output` describes
 * @param placed the other file; its column `places` says where its rows were
 * @param groupRows rows of each row group of the whole file, empty ones left out
 * @throws RefusedError `not-enriched` when the files do not fit each other, `corrupt`
 */
export async function* merge(
  main: Subset,
  placed: Subset & { readonly places: Leaf },
  groupRows: Iterable<number>,
  output: OutputFooter,
): AsyncGenerator<Uint8Array, number> {
  checkDisjoint(main.footer, main.leaves)
  checkDisjoint(placed.footer, [...placed.leaves, placed.places])
  const [mainGroups, placedGroups] = [new SubsetGroups(main), new SubsetGroups(placed)]
  const places = new RowPlaces(placed, placed.places)
  yield await main.source.slice(0, 4)
  let offset = 4
  let firstRow = 0
  for (const rows of groupRows) {
    const { runs, rows: placedRows } = await places.in(firstRow, firstRow + rows)
    const own = placedRows < rows ? mainGroups.next(rows - placedRows) : undefined
    const other = placedRows > 0 ? placedGroups.next(placedRows) : undefined
    const written = yield* mergeGroup({ own, other, runs, columns: main.leaves.length, offset })
    output.add(own?.group ?? withoutOrder(other!.group), { ...written, rows, added: [], offset })
    offset += written.bytes
    firstRow += rows
  }
  mainGroups.end()
  placedGroups.end()
  return offset
}

type SubsetGroup = ReturnType<SubsetGroups['next']>

/** A row group of the output, with rows of one of the files or of both. */
interface GroupJob {
  readonly own: SubsetGroup | undefined
  readonly other: SubsetGroup | undefined
  readonly runs: Runs
  readonly columns: number
  /** Where it begins in the output. */
  readonly offset: number
}

async function* mergeGroup({
  own,
  other,
  runs,
  columns,
  offset,
}: GroupJob): AsyncGenerator<Uint8Array, Pick<OutputRowGroup, 'kept' | 'bytes' | 'uncompressedBytes'>> {
  const kept: OutputColumn[] = []
  let [bytes, uncompressedBytes] = [0, 0]
  for (let i = 0; i < columns; i++) {
    const [first, second] = [own?.chunk(i), other?.chunk(i)]
    const one = (first ?? second)!
    const { meta, length } = yield* first && second
      ? mergeChunks(first, second, runs, offset + bytes)
      : copyChunk(one, offset + bytes)
    // bloom filters and page indexes are left out
    const placed = new ThriftStruct(meta.raw).with({
      [COLUMN_META.bloomFilterOffset]: undefined,
      [COLUMN_META.bloomFilterLength]: undefined,
    })
    const chunk = one.chunk.struct.with({
      [COLUMN_CHUNK.fileOffset]: thrift.i64(0),
      [COLUMN_CHUNK.metadata]: placed,
      ...NO_PAGE_INDEXES,
    })
    kept.push({ chunk })
    bytes += length
    uncompressedBytes += new ThriftStruct(meta.raw).integer(COLUMN_META.totalUncompressedSize)!
  }
  return { kept, bytes, uncompressedBytes }
}

/** Removes the sort order: its columns may have other numbers in the other file. */
function withoutOrder(group: RowGroup): RowGroup {
  return { ...group, struct: new ThriftStruct(group.struct.with({ [ROW_GROUP.sortingColumns]: undefined }).raw) }
}

/** The row groups of one of the files in order, empty ones left out. */
class SubsetGroups {
  readonly #subset: Subset
  readonly #buffers: ReadBuffers
  #next = 0

  constructor(subset: Subset) {
    this.#subset = subset
    this.#buffers = readBuffers(subset.footer)
    this.#skipEmpty()
  }

  #skipEmpty(): void {
    while (this.#subset.footer.groupRows[this.#next] === 0) this.#next++
  }

  next(rows: number) {
    const { source, footer, leaves } = this.#subset
    const index = this.#next
    const found = footer.groupRows[index]
    if (found !== rows) throw misfit(`row group ${index} has ${found ?? 'no'} rows where ${rows} belong`)
    this.#next++
    this.#skipEmpty()
    const group = rowGroup(footer, index)
    return {
      group,
      chunk: (column: number): FileChunk => {
        const leaf = leaves[column]!
        return { source, footer, leaf, chunk: columnChunk(footer, group, leaf), rows, buffers: this.#buffers }
      },
    }
  }

  end(): void {
    const left = this.#subset.footer.groupRows.length - this.#next
    if (left > 0) throw misfit(`one of them has more row groups than belong: ${left}`)
  }
}

async function* mergeChunks(
  first: FileChunk,
  second: FileChunk,
  runs: Runs,
  offset: number,
): AsyncGenerator<Uint8Array, Rewritten> {
  checkBounds(first, second)
  const { chunk, leaf } = first
  const tally = new ChunkTally()
  let nulls = 0
  for await (const page of (isFlat(leaf) ? mergeFlat : mergeNested)(first, second, runs)) {
    nulls += page.nulls
    yield tally.made(page)
  }
  const meta = tally.metadata(chunk, offset, statesNulls(chunk) ? nulls : undefined)
  return { meta, length: tally.bytes }
}

/** The fields of minimum and maximum, the deprecated ones and the current ones. */
const BOUNDS = [STATISTICS.max, STATISTICS.min, STATISTICS.maxValue, STATISTICS.minValue]

/** Checks that both chunks have the same bounds: each one keeps those of the chunk that was split. */
function checkBounds({ chunk, leaf }: FileChunk, second: FileChunk): void {
  const [ours, theirs] = [chunk, second.chunk].map(({ meta }) => {
    const statistics = meta.struct(COLUMN_META.statistics)
    return BOUNDS.map((id) => Buffer.from(statistics?.binary(id) ?? '').toString('hex')).join()
  })
  if (ours !== theirs) throw misfit(`the bounds of column ${quoted(pathOf(leaf))} differ`)
}

async function* mergeFlat(first: FileChunk, second: FileChunk, runs: Runs): AsyncGenerator<DataPage> {
  const { compression } = first.chunk
  const rowsOf = [new ChunkRows(first), new ChunkRows(second)] as const
  const builder = new PlainRowsBuilder(first.leaf)
  try {
    for (const [i, rows] of runs.entries()) {
      const next = rowsOf[i % 2]!
      for (let left = rows; left > 0; ) {
        if (next.left === 0) await next.next()
        const from = next.at
        next.at = builder.append(next.piece!, from, from + Math.min(left, next.left))
        left -= next.at - from
        if (builder.room === 0) yield builder.page(compression, rowsOf[0].version)
      }
    }
    if (builder.rows > 0) yield builder.page(compression, rowsOf[0].version)
  } finally {
    for (const each of rowsOf) await each.close()
  }
}

async function* mergeNested(first: FileChunk, second: FileChunk, runs: Runs): AsyncGenerator<DataPage> {
  const { readNestedChunk } = await import('./nested-chunk.ts')
  const [own, other] = [await readNestedChunk(first), await readNestedChunk(second)]
  yield* own.mergedWith(other, runs)
}
