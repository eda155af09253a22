/**
 * Two files that one was split into by its rows are put together again, row group by row group and column chunk by column
 * chunk. Row groups that came into one of the two as a whole are copied page by page; of the others the rows are put into
 * their order and encoded as PLAIN pages, with their stored bytes as they are.
 */

import { quoted } from '../../shared/errors.ts'
import { checkDisjoint, columnChunk, type RowGroup, rowGroup } from '../format/column-chunk.ts'
import { COLUMN_CHUNK, COLUMN_META, ROW_GROUP, STATISTICS } from '../format/fields.ts'
import { isFlat, type Leaf, pathOf } from '../format/schema.ts'
import { ThriftStruct, type ThriftValue, thrift } from '../format/thrift.ts'
import { pagesOf, type ReadBuffers, readBuffers } from '../read/page.ts'
import { ChunkRows, type FileChunk, type OpenFile } from './chunk-rows.ts'
import { ChunkTally, type Rewritten } from './chunk-tally.ts'
import { copyChunk } from './copy-chunk.ts'
import type { DataPage } from './data-page.ts'
import type { OutputFooter } from './output-footer.ts'
import { PlainRowsBuilder } from './plain-rows-builder.ts'
import { misfit, RowPlaces, type Runs } from './row-places.ts'

/** One of the two files. */
export interface Part extends OpenFile {
  /** The columns that both have, in the same order. */
  readonly leaves: readonly Leaf[]
}

/**
 * Yields the bytes of the whole file, up to its footer.
 * @returns how many they are
 * @param main whose row groups are described in `output`
 * @param placed the other one, of whose rows the column `places` says where they lie
 * @param groupRows rows of each of the file's row groups, none without
 * @throws RefusedError `not-enriched` when the parts do not fit each other, `corrupt`
 */
export async function* merge(
  main: Part,
  placed: Part & { readonly places: Leaf },
  groupRows: Iterable<number>,
  output: OutputFooter,
): AsyncGenerator<Uint8Array, number> {
  checkDisjoint(main.footer, main.leaves)
  checkDisjoint(placed.footer, [...placed.leaves, placed.places])
  const [mainGroups, placedGroups] = [new PartGroups(main), new PartGroups(placed)]
  const places = new RowPlaces(placed, placed.places)
  yield await main.source.slice(0, 4)
  let offset = 4
  let firstRow = 0
  for (const rows of groupRows) {
    const { runs, rows: placedRows } = await places.in(firstRow, firstRow + rows)
    const own = placedRows < rows ? mainGroups.next(rows - placedRows) : undefined
    const other = placedRows > 0 ? placedGroups.next(placedRows) : undefined
    const start = offset
    const columns: ThriftValue[] = []
    let [bytes, uncompressedBytes] = [0, 0]
    for (let i = 0; i < main.leaves.length; i++) {
      const [chunk, second] = [own?.chunk(i), other?.chunk(i)]
      const { meta, length } = yield* chunk && second
        ? mergeChunks(chunk, second, runs, offset)
        : copied((chunk ?? second)!, offset)
      offset += length
      // bloom filters and page indexes stay behind
      const placedMeta = new ThriftStruct(meta.raw).with({
        [COLUMN_META.bloomFilterOffset]: undefined,
        [COLUMN_META.bloomFilterLength]: undefined,
      })
      const dropIndexes = {
        [COLUMN_CHUNK.offsetIndexOffset]: undefined,
        [COLUMN_CHUNK.offsetIndexLength]: undefined,
        [COLUMN_CHUNK.columnIndexOffset]: undefined,
        [COLUMN_CHUNK.columnIndexLength]: undefined,
      }
      columns.push(
        (chunk ?? second)!.chunk.struct.with({
          [COLUMN_CHUNK.fileOffset]: thrift.i64(0),
          [COLUMN_CHUNK.metadata]: placedMeta,
          ...dropIndexes,
        }),
      )
      const sizes = new ThriftStruct(placedMeta.raw)
      bytes += sizes.integer(COLUMN_META.totalCompressedSize)!
      uncompressedBytes += sizes.integer(COLUMN_META.totalUncompressedSize)!
    }
    const group = own?.group ?? withoutOrder(other!.group)
    output.add(group, {
      rows,
      kept: columns.map((chunk) => ({ chunk })),
      added: [],
      bytes,
      uncompressedBytes,
      offset: start,
    })
    firstRow += rows
  }
  mainGroups.end()
  placedGroups.end()
  return offset
}

/** The columns that it is sorted by may have other numbers in the other file. */
function withoutOrder(group: RowGroup): RowGroup {
  return { ...group, struct: new ThriftStruct(group.struct.with({ [ROW_GROUP.sortingColumns]: undefined }).raw) }
}

/** A part's row groups in order, without those that have no rows. */
class PartGroups {
  readonly #part: Part
  readonly #buffers: ReadBuffers
  #next = 0

  constructor(part: Part) {
    this.#part = part
    this.#buffers = readBuffers(part.footer)
    this.#skipEmpty()
  }

  #skipEmpty(): void {
    while (this.#part.footer.groupRows[this.#next] === 0) this.#next++
  }

  next(rows: number) {
    const { source, footer, leaves } = this.#part
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
    const left = this.#part.footer.groupRows.length - this.#next
    if (left > 0) throw misfit(`${left} of the row groups of one of them are left over`)
  }
}

function copied({ source, leaf, chunk, rows, buffers }: FileChunk, offset: number) {
  return copyChunk(source, leaf, chunk, rows, offset, buffers)
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
  const meta = tally.metadata(
    chunk,
    offset,
    chunk.meta.struct(COLUMN_META.statistics)?.has(STATISTICS.nullCount) ? nulls : undefined,
  )
  return { meta, length: tally.bytes }
}

/** The fields of minimum and maximum, old and new. */
const BOUNDS = [STATISTICS.max, STATISTICS.min, STATISTICS.maxValue, STATISTICS.minValue]

/** Both chunks still have the bounds of the one that was split. */
function checkBounds({ chunk, leaf }: FileChunk, second: FileChunk): void {
  const [ours, theirs] = [chunk, second.chunk].map(({ meta }) => {
    const statistics = meta.struct(COLUMN_META.statistics)
    return BOUNDS.map((id) => Buffer.from(statistics?.binary(id) ?? '').toString('hex')).join()
  })
  if (ours !== theirs) throw misfit(`the bounds of column ${quoted(pathOf(leaf))} are others`)
}

async function* mergeFlat(first: FileChunk, second: FileChunk, runs: Runs): AsyncGenerator<DataPage> {
  const { compression } = first.chunk
  const parts = [new ChunkRows(first), new ChunkRows(second)] as const
  const builder = new PlainRowsBuilder(first.leaf)
  try {
    for (const [i, rows] of runs.entries()) {
      const part = parts[i % 2]!
      for (let left = rows; left > 0; ) {
        if (part.left === 0) await part.next()
        const from = part.at
        part.at = builder.append(part.piece!, from, from + Math.min(left, part.left))
        left -= part.at - from
        if (builder.room === 0) yield builder.page(compression, parts[0].version)
      }
    }
    if (builder.rows > 0) yield builder.page(compression, parts[0].version)
  } finally {
    for (const part of parts) await part.close()
  }
}

async function* mergeNested(first: FileChunk, second: FileChunk, runs: Runs): AsyncGenerator<DataPage> {
  const [own, other] = [await nestedChunk(first), await nestedChunk(second)]
  yield* own.mergedWith(other, runs)
}

async function nestedChunk({ source, footer, leaf, chunk, rows, buffers }: FileChunk) {
  const { NestedChunk } = await import('./nested-chunk.ts')
  const nested = new NestedChunk(leaf, chunk, footer, buffers.limitBytes)
  for await (const page of pagesOf(source, leaf, chunk, rows, buffers)) nested.add(await page.whole())
  return nested
}
