/** Columns that hold a row number in every row: INT64, required, encoded row group by row group as they are asked for. */

import type { NewCompression } from '../compression/compress.ts'
import type { ArrowField } from '../format/arrow-ipc.ts'
import { COMPRESSIONS, PHYSICAL_TYPES, PLAIN, REQUIRED, RLE } from '../format/enumerations.ts'
import { COLUMN_CHUNK, COLUMN_META, PAGE_ENCODING_STATS, SCHEMA_ELEMENT, STATISTICS } from '../format/fields.ts'
import { type Indexed, type OutputColumn, offsetIndex } from '../format/page-index.ts'
import { type ThriftValue, thrift } from '../format/thrift.ts'
import { PIECE_ROWS } from './column-writer.ts'
import { dataPage } from './data-page.ts'
import type { AddedColumns } from './output-footer.ts'
import { PageStore, type StoredPage } from './page-store.ts'

const INT64 = PHYSICAL_TYPES.indexOf('INT64')

/** One column's chunk in one row group. */
interface Chunk {
  readonly name: string
  readonly pages: { readonly stored: StoredPage; readonly rows: number }[]
  bytes: number
  uncompressedBytes: number
  rows: number
  min: number
  max: number
}

export class RowNumberColumns implements AddedColumns {
  readonly #names: readonly string[]
  readonly #rows: Iterator<readonly number[]>
  readonly #groupRows: readonly number[]
  readonly #compression: NewCompression
  /** Pages of the row group asked for last. */
  #store = new PageStore()

  /**
   * @param rows the numbers of each row, one for each name, from the first row to the last; below 2^32
   * @param groupRows rows of each row group
   */
  constructor(
    names: readonly string[],
    rows: Iterable<readonly number[]>,
    groupRows: readonly number[],
    compression: NewCompression,
  ) {
    this.#names = names
    this.#rows = rows[Symbol.iterator]()
    this.#groupRows = groupRows
    this.#compression = compression
  }

  arrowFields(): ArrowField[] {
    return this.#names.map((name) => ({ name, nullable: false, type: { kind: 'int', bits: 64 } }))
  }

  replaces(): boolean {
    return false
  }

  hasNulls(): boolean {
    return false
  }

  schemaElements(): ThriftValue[] {
    return this.#names.map((name) =>
      thrift.struct({
        [SCHEMA_ELEMENT.type]: thrift.i32(INT64),
        [SCHEMA_ELEMENT.repetitionType]: thrift.i32(REQUIRED),
        [SCHEMA_ELEMENT.name]: thrift.binary(name),
      }),
    )
  }

  /**
   * The chunks of a row group, placed in the file from `offset` on. Row groups come in order; the pages of one are gone
   * when the next one is asked for.
   */
  chunksAt(group: number, offset: number, indexed: Indexed) {
    this.#store.close()
    this.#store = new PageStore()
    const chunks = this.#encoded(this.#groupRows[group]!)
    let at = offset
    const columns: OutputColumn[] = []
    for (const chunk of chunks) {
      const indexes = indexed === 'no' ? undefined : { offsetIndex: offsetIndexOf(chunk, at), columnIndex: undefined }
      columns.push({ chunk: columnChunkStruct(chunk, this.#compression, at), indexes })
      at += chunk.bytes
    }
    const uncompressedBytes = chunks.reduce((sum, chunk) => sum + chunk.uncompressedBytes, 0)
    return { pages: pagesOf(chunks), columns, bytes: at - offset, uncompressedBytes }
  }

  #encoded(groupRows: number): Chunk[] {
    const chunks = this.#names.map((name) => ({
      name,
      pages: [],
      bytes: 0,
      uncompressedBytes: 0,
      rows: 0,
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
    }))
    for (let left = groupRows; left > 0; left -= PIECE_ROWS) this.#encodePages(chunks, Math.min(left, PIECE_ROWS))
    return chunks
  }

  #encodePages(chunks: readonly Chunk[], rows: number): void {
    // the upper halves stay 0
    const words = chunks.map(() => new Uint32Array(2 * rows))
    for (let row = 0; row < rows; row++) {
      const { value: numbers, done } = this.#rows.next()
      if (done) throw new Error(`row ${row} of ${rows} has no numbers`)
      for (const [column, chunk] of chunks.entries()) {
        const number = numbers[column]!
        words[column]![2 * row] = number
        if (number < chunk.min) chunk.min = number
        if (number > chunk.max) chunk.max = number
      }
    }
    for (const [column, chunk] of chunks.entries()) {
      const values = new Uint8Array(words[column]!.buffer)
      const page = dataPage({ rows, nulls: 0, values, valid: undefined }, this.#compression, 1)
      chunk.pages.push({ stored: this.#store.put(page.bytes), rows })
      chunk.bytes += page.bytes.length
      chunk.uncompressedBytes += page.uncompressedBytes
      chunk.rows += rows
    }
  }

  /** Gives back what the pages take. */
  close(): void {
    this.#store.close()
  }
}

function* pagesOf(chunks: readonly Chunk[]): Generator<Uint8Array> {
  for (const { pages } of chunks) for (const { stored } of pages) yield stored.bytes()
}

function offsetIndexOf({ pages }: Chunk, offset: number): Uint8Array {
  let [start, firstRow] = [0, 0]
  const indexed = pages.map(({ stored, rows }) => {
    const page = { start, length: stored.length, firstRow, nulls: 0, bounds: undefined }
    start += stored.length
    firstRow += rows
    return page
  })
  return offsetIndex(indexed, offset)
}

function boundBytes(row: number): ThriftValue {
  return thrift.binary(new Uint8Array(Uint32Array.of(row, 0).buffer))
}

function columnChunkStruct(chunk: Chunk, compression: NewCompression, offset: number): ThriftValue {
  const statistics = thrift.struct({
    [STATISTICS.nullCount]: thrift.i64(0),
    [STATISTICS.maxValue]: boundBytes(chunk.max),
    [STATISTICS.minValue]: boundBytes(chunk.min),
    [STATISTICS.isMaxValueExact]: thrift.boolean(true),
    [STATISTICS.isMinValueExact]: thrift.boolean(true),
  })
  const pageCounts = thrift.struct({
    [PAGE_ENCODING_STATS.pageType]: thrift.i32(0),
    [PAGE_ENCODING_STATS.encoding]: thrift.i32(PLAIN),
    [PAGE_ENCODING_STATS.count]: thrift.i32(chunk.pages.length),
  })
  const meta = thrift.struct({
    [COLUMN_META.type]: thrift.i32(INT64),
    [COLUMN_META.encodings]: thrift.list([thrift.i32(PLAIN), thrift.i32(RLE)]),
    [COLUMN_META.pathInSchema]: thrift.list([thrift.binary(chunk.name)]),
    [COLUMN_META.codec]: thrift.i32(COMPRESSIONS.indexOf(compression)),
    [COLUMN_META.numValues]: thrift.i64(chunk.rows),
    [COLUMN_META.totalUncompressedSize]: thrift.i64(chunk.uncompressedBytes),
    [COLUMN_META.totalCompressedSize]: thrift.i64(chunk.bytes),
    [COLUMN_META.dataPageOffset]: thrift.i64(offset),
    [COLUMN_META.statistics]: statistics,
    [COLUMN_META.encodingStats]: thrift.list([pageCounts]),
  })
  return thrift.struct({ [COLUMN_CHUNK.fileOffset]: thrift.i64(0), [COLUMN_CHUNK.metadata]: meta })
}
