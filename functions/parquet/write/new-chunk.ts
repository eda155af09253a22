/** Column chunks of new columns: their pages are stored until their place in the file is known. */

import type { PageStore, StoredPage } from '../../shared/page-store.ts'
import type { NewCompression } from '../compression/compress.ts'
import { COMPRESSIONS } from '../format/enumerations.ts'
import { COLUMN_CHUNK, COLUMN_META, STATISTICS } from '../format/fields.ts'
import {
  type ChunkIndexes,
  columnIndex,
  type Indexed,
  type IndexedPage,
  type OutputColumn,
  offsetIndex,
} from '../format/page-index.ts'
import { type ThriftValue, thrift } from '../format/thrift.ts'
import { NEW_ORDERS } from '../format/value-order.ts'
import type { DataPage } from './data-page.ts'
import { type NewColumn, type StoredType, storedType, typeNumber } from './new-column.ts'
import { NewPageEncoder, type NewRows } from './new-page-encoder.ts'
import { PageCounts } from './page-counts.ts'

/** The smallest and the largest value, NaN left out. `min` is above `max` when there is no such value. */
export interface NumberBounds {
  readonly min: number
  readonly max: number
}

interface ChunkPage extends NumberBounds {
  readonly stored: StoredPage
  readonly rows: number
  readonly nulls: number
}

/** One column's chunk in one row group. */
export class NewChunk {
  readonly #column: NewColumn
  readonly #compression: NewCompression
  readonly #store: PageStore
  /** Undefined after the last row: its dictionary takes memory that the stored pages do not need. */
  #encoder: NewPageEncoder | undefined
  readonly #counts = new PageCounts()
  #dictionary: StoredPage | undefined
  #pages: ChunkPage[] = []
  #bytes = 0
  #uncompressedBytes = 0
  #rows = 0
  #nulls = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY

  constructor(column: NewColumn, compression: NewCompression, store: PageStore) {
    this.#column = column
    this.#compression = compression
    this.#store = store
    this.#encoder = new NewPageEncoder(compression)
  }

  get nulls(): number {
    return this.#nulls
  }

  /** Undefined when no row has a value other than NaN. */
  get bounds(): NumberBounds | undefined {
    return this.#min > this.#max ? undefined : { min: this.#min, max: this.#max }
  }

  /** Size of all pages, headers included. */
  get bytes(): number {
    return this.#bytes
  }

  get uncompressedBytes(): number {
    return this.#uncompressedBytes
  }

  /** Adds rows of an optional column, as one page. */
  addRows(rows: NewRows, bounds: NumberBounds): void {
    this.add(this.#encoder!.page(rows), bounds)
  }

  /** Adds a data page. */
  add(page: DataPage, { min, max }: NumberBounds): void {
    const { rows, nulls } = page
    this.#pages.push({ stored: this.#put(page), rows, nulls, min, max })
    this.#rows += rows
    this.#nulls += nulls
    if (min > max) return
    this.#min = Math.min(min, this.#min)
    this.#max = Math.max(max, this.#max)
  }

  /** No rows follow. */
  end(): void {
    const page = this.#encoder!.dictionaryPage()
    this.#dictionary = page && this.#put(page)
    this.#encoder = undefined
    // an array that grew has room for 17 elements; a file may have 100,000 row groups of one page
    this.#pages = this.#pages.slice()
    this.#counts.end()
  }

  #put(page: DataPage): StoredPage {
    this.#counts.add(page)
    this.#bytes += page.bytes.length
    this.#uncompressedBytes += page.uncompressedBytes
    return this.#store.put(page.bytes)
  }

  *pages(): Generator<Uint8Array> {
    if (this.#dictionary) yield this.#dictionary.bytes()
    for (const { stored } of this.#pages) yield stored.bytes()
  }

  /**
   * @param offset of its first byte in the file
   * @returns its ColumnChunk struct and its page indexes
   */
  placedAt(offset: number, indexed: Indexed): OutputColumn {
    return { chunk: this.#struct(offset), indexes: this.#indexes(offset, indexed) }
  }

  #indexes(offset: number, indexed: Indexed): ChunkIndexes | undefined {
    if (indexed === 'no') return undefined
    const type = storedType(this.#column)
    let [start, firstRow] = [this.#dictionary?.length ?? 0, 0]
    const pages = this.#pages.map((page) => {
      const { stored, rows, nulls } = page
      const place = { start, length: stored.length, firstRow, nulls, bounds: storedBounds(page, type) }
      start += stored.length
      firstRow += rows
      return place
    })
    return {
      offsetIndex: offsetIndex(pages, offset),
      columnIndex: indexed === 'bounds' ? columnIndex(pages, NEW_ORDERS[type]) : undefined,
    }
  }

  #struct(offset: number): ThriftValue {
    const { bounds } = this
    const type = storedType(this.#column)
    const isExact = bounds && thrift.boolean(true)
    const statistics = thrift.struct({
      // also when it is 0: without it pandas widens the integers to floats
      [STATISTICS.nullCount]: thrift.i64(this.#nulls),
      [STATISTICS.maxValue]: bounds && thrift.binary(boundBytes(bounds.max, type, 0)),
      [STATISTICS.minValue]: bounds && thrift.binary(boundBytes(bounds.min, type, -0)),
      [STATISTICS.isMaxValueExact]: isExact,
      [STATISTICS.isMinValueExact]: isExact,
    })
    const meta = thrift.struct({
      [COLUMN_META.type]: typeNumber(this.#column),
      ...this.#counts.fields(),
      [COLUMN_META.pathInSchema]: thrift.list([thrift.binary(this.#column.name)]),
      [COLUMN_META.codec]: thrift.i32(COMPRESSIONS.indexOf(this.#compression)),
      [COLUMN_META.numValues]: thrift.i64(this.#rows),
      [COLUMN_META.totalUncompressedSize]: thrift.i64(this.#uncompressedBytes),
      [COLUMN_META.totalCompressedSize]: thrift.i64(this.#bytes),
      [COLUMN_META.dataPageOffset]: thrift.i64(offset + (this.#dictionary?.length ?? 0)),
      [COLUMN_META.dictionaryPageOffset]: this.#dictionary && thrift.i64(offset),
      [COLUMN_META.statistics]: statistics,
    })
    return thrift.struct({ [COLUMN_CHUNK.fileOffset]: thrift.i64(0), [COLUMN_CHUNK.metadata]: meta })
  }
}

function storedBounds({ rows, nulls, min, max }: ChunkPage, type: StoredType): IndexedPage['bounds'] {
  if (rows === nulls) return null
  // all values are NaN
  if (min > max) return undefined
  return { min: boundBytes(min, type, -0), max: boundBytes(max, type, 0) }
}

/** A bound in its stored form. Readers take a bound of zero for both zeros: the lower one is -0, the upper one +0. */
function boundBytes(value: number, type: StoredType, zero: number): Uint8Array {
  const bytes = new Uint8Array(BOUND_BYTES[type])
  const view = new DataView(bytes.buffer)
  if (type === 'FLOAT') view.setFloat32(0, value === 0 ? zero : value, true)
  else if (type === 'DOUBLE') view.setFloat64(0, value === 0 ? zero : value, true)
  else if (type === 'INT32') view.setInt32(0, value, true)
  else if (type === 'INT64') view.setBigInt64(0, BigInt(value), true)
  else view.setUint8(0, value)
  return bytes
}

const BOUND_BYTES: Readonly<Record<StoredType, number>> = { BOOLEAN: 1, INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8 }

/** The new chunks of a row group, placed in the file. */
export interface PlacedChunks {
  /** Their bytes, in order. */
  readonly pages: Iterable<Uint8Array>
  readonly columns: OutputColumn[]
  /** Size of all pages, headers included. */
  readonly bytes: number
  readonly uncompressedBytes: number
}

/**
 * Places chunks one after the other.
 * @param offset of the first one in the file
 * @param indexed the page indexes of each new column
 */
export function placeChunks(chunks: readonly NewChunk[], offset: number, indexed: Indexed): PlacedChunks {
  let at = offset
  let uncompressedBytes = 0
  const columns = chunks.map((chunk) => {
    const column = chunk.placedAt(at, indexed)
    at += chunk.bytes
    uncompressedBytes += chunk.uncompressedBytes
    return column
  })
  return { pages: pagesOfChunks(chunks), columns, bytes: at - offset, uncompressedBytes }
}

function* pagesOfChunks(chunks: readonly NewChunk[]): Generator<Uint8Array> {
  for (const chunk of chunks) yield* chunk.pages()
}
