/**
 * The new columns, four for each set of results: encoded piece by piece while the rows stream by, kept as page bytes per
 * row group until it is known where in the file they will lie.
 */

import type { NewCompression } from '../compression/compress.ts'
import type { ArrowField } from '../format/arrow-ipc.ts'
import { setBits } from '../format/bits.ts'
import { COMPRESSIONS } from '../format/enumerations.ts'
import {
  COLUMN_CHUNK,
  COLUMN_META,
  INT_TYPE,
  LOGICAL_TYPE,
  PAGE_ENCODING_STATS,
  SCHEMA_ELEMENT,
  STATISTICS,
} from '../format/fields.ts'
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
import { newPage } from './data-page.ts'
import { PageStore, type StoredPage } from './page-store.ts'

/** Rows of a page of the new columns. */
export const PIECE_ROWS = 65_536

const [FLOAT, INT32] = [4, 1]
const CONVERTED_INT_8 = 15
const OPTIONAL = 1
const [PLAIN, RLE] = [0, 3]

/** The names that the columns get in the file, one per part of the result. */
export interface NewColumnNames {
  readonly upperBand: string
  readonly lowerBand: string
  readonly orientation: string
  readonly segment: string
}

function namesOf({ upperBand, lowerBand, orientation, segment }: NewColumnNames): string[] {
  return [upperBand, lowerBand, orientation, segment]
}

/** Results of rows, as `SupertrendValues` has them. */
export interface Results {
  readonly line: Float32Array
  /** -1, +1, or 0 where there is no value. */
  readonly orientation: Int8Array
  readonly segment: Int32Array
}

/** Columns of one set of results: two bands, the orientation, the segment. */
export const COLUMNS_PER_SET = 4
const ORIENTATION = 2

interface ChunkPage {
  readonly stored: StoredPage
  readonly rows: number
  readonly nulls: number
  /** Of its values but NaN; the smallest is above the largest when there is none. */
  readonly min: number
  readonly max: number
}

/** One new column's chunk in one row group. */
interface Chunk {
  readonly name: string
  readonly type: number
  readonly pages: ChunkPage[]
  readonly compression: NewCompression
  bytes: number
  uncompressedBytes: number
  values: number
  nulls: number
  /** Of all values but NaN; undefined when there is none. */
  min: number | undefined
  max: number | undefined
}

export class ColumnWriter {
  readonly #names: readonly string[]
  readonly #replaced: ReadonlySet<string>
  readonly #compression: NewCompression
  readonly #pieces: readonly Piece[]
  #rows = 0
  #group: Chunk[]
  readonly #groups: Chunk[][] = []
  readonly #store: PageStore
  #rowsWritten = 0

  /**
   * @param names of the columns of each set
   * @param largestGroup rows of the largest row group
   * @param replaced names of other columns that these take the place of
   * @param store where the pages wait
   */
  constructor(
    names: readonly NewColumnNames[],
    compression: NewCompression,
    largestGroup: number,
    replaced: readonly NewColumnNames[] = [],
    store = new PageStore(),
  ) {
    this.#names = names.flatMap(namesOf)
    this.#replaced = new Set([...this.#names, ...replaced.flatMap(namesOf)])
    this.#pieces = names.map(() => new Piece(Math.min(PIECE_ROWS, largestGroup)))
    this.#compression = compression
    this.#store = store
    this.#group = this.#newGroup()
  }

  get rowsWritten(): number {
    return this.#rowsWritten
  }

  arrowFields(): ArrowField[] {
    const types = [
      { kind: 'float', bits: 32 },
      { kind: 'float', bits: 32 },
      { kind: 'int', bits: 8 },
      { kind: 'int', bits: 32 },
    ] as const
    return this.#names.map((name, i) => ({ name, nullable: true, type: types[i % COLUMNS_PER_SET]! }))
  }

  /** Whether a column of the input with this name goes. */
  replaces(name: string): boolean {
    return this.#replaced.has(name)
  }

  /** Whether any row has no value in a column. */
  hasNulls(column: number): boolean {
    return this.#groups.some((group) => group[column]!.nulls > 0)
  }

  /** The smallest and the largest value of a column but NaN; undefined when no row has one. */
  boundsOf(column: number): { readonly min: number; readonly max: number } | undefined {
    const chunks = this.#groups.map((group) => group[column]!).filter(({ min }) => min !== undefined)
    if (chunks.length === 0) return undefined
    return {
      min: chunks.reduce((min, chunk) => Math.min(min, chunk.min!), Number.POSITIVE_INFINITY),
      max: chunks.reduce((max, chunk) => Math.max(max, chunk.max!), Number.NEGATIVE_INFINITY),
    }
  }

  schemaElements(): ThriftValue[] {
    const int8 = thrift.struct({
      [LOGICAL_TYPE.integer]: thrift.struct({
        [INT_TYPE.bitWidth]: thrift.i8(8),
        [INT_TYPE.isSigned]: thrift.boolean(true),
      }),
    })
    return this.#names.map((name, i) =>
      thrift.struct({
        [SCHEMA_ELEMENT.type]: thrift.i32(typeOf(i)),
        [SCHEMA_ELEMENT.repetitionType]: thrift.i32(OPTIONAL),
        [SCHEMA_ELEMENT.name]: thrift.binary(name),
        [SCHEMA_ELEMENT.convertedType]: i % COLUMNS_PER_SET === ORIENTATION ? thrift.i32(CONVERTED_INT_8) : undefined,
        [SCHEMA_ELEMENT.logicalType]: i % COLUMNS_PER_SET === ORIENTATION ? int8 : undefined,
      }),
    )
  }

  #newGroup(): Chunk[] {
    return this.#names.map((name, i) => ({
      name,
      type: typeOf(i),
      compression: this.#compression,
      pages: [],
      bytes: 0,
      uncompressedBytes: 0,
      values: 0,
      nulls: 0,
      min: undefined,
      max: undefined,
    }))
  }

  /** Takes the results of the next rows of each set, in file order. */
  write(results: readonly Results[], from: number, to: number): void {
    for (let at = from; at < to; ) {
      const end = Math.min(to, at + PIECE_ROWS - this.#rows)
      for (let set = 0; set < this.#pieces.length; set++) this.#pieces[set]!.append(results[set]!, at, end)
      this.#rows += end - at
      at = end
      if (this.#rows === PIECE_ROWS) this.#flush()
    }
  }

  /** The rows that come now belong to the next row group. */
  endRowGroup(): void {
    this.#flush()
    this.#groups.push(this.#group)
    this.#group = this.#newGroup()
  }

  #flush(): void {
    const rows = this.#rows
    if (rows === 0) return
    for (const [set, piece] of this.#pieces.entries()) {
      const first = COLUMNS_PER_SET * set
      const { upper, lower, values } = piece
      const any = orBits(upper.valid, lower.valid, piece.anyValid, rows)
      this.#add(first, upper.line.subarray(0, upper.count), upper, upper.valid, rows)
      this.#add(first + 1, lower.line.subarray(0, lower.count), lower, lower.valid, rows)
      this.#add(first + 2, piece.sides.subarray(0, values), piece.sideBounds(), any, rows)
      this.#add(first + 3, piece.segments.subarray(0, values), piece.segmentBounds, any, rows)
      piece.clear()
    }
    this.#rows = 0
    this.#rowsWritten += rows
  }

  #add(column: number, values: Float32Array | Int32Array, bounds: Bounds, valid: Uint8Array, rows: number): void {
    const chunk = this.#group[column]!
    const { bytes, uncompressedBytes } = newPage(values, valid, rows, this.#compression)
    const nulls = rows - values.length
    const { min, max } = bounds
    chunk.pages.push({ stored: this.#store.put(bytes), rows, nulls, min, max })
    chunk.bytes += bytes.length
    chunk.uncompressedBytes += uncompressedBytes
    chunk.values += rows
    chunk.nulls += nulls
    if (min > max) return
    chunk.min = Math.min(min, chunk.min ?? min)
    chunk.max = Math.max(max, chunk.max ?? max)
  }

  /**
   * The chunks of a row group, placed in the file from `offset` on.
   * @param indexed what readers are to know of their pages
   * @returns their bytes in order, and a ColumnChunk struct for each
   */
  chunksAt(
    group: number,
    offset: number,
    indexed: Indexed,
  ): { pages: Iterable<Uint8Array>; columns: OutputColumn[]; bytes: number; uncompressedBytes: number } {
    const chunks = this.#groups[group]!
    let at = offset
    let uncompressedBytes = 0
    const columns: OutputColumn[] = []
    for (const chunk of chunks) {
      columns.push({ chunk: columnChunkStruct(chunk, at), indexes: indexesOf(chunk, at, indexed) })
      at += chunk.bytes
      uncompressedBytes += chunk.uncompressedBytes
    }
    return { pages: pagesOf(chunks), columns, bytes: at - offset, uncompressedBytes }
  }

  /** Gives back what the pages take. */
  close(): void {
    this.#store.close()
  }
}

function* pagesOf(chunks: readonly Chunk[]): Generator<Uint8Array> {
  for (const { pages } of chunks) for (const { stored } of pages) yield stored.bytes()
}

function indexesOf({ pages, type }: Chunk, offset: number, indexed: Indexed): ChunkIndexes | undefined {
  if (indexed === 'no') return undefined
  let [start, firstRow] = [0, 0]
  const indexedPages = pages.map(({ stored, rows, nulls, min, max }) => {
    const page = { start, length: stored.length, firstRow, nulls, bounds: boundsOf(type, rows, nulls, min, max) }
    start += stored.length
    firstRow += rows
    return page
  })
  const order = type === FLOAT ? NEW_ORDERS.float : NEW_ORDERS.int32
  return {
    offsetIndex: offsetIndex(indexedPages, offset),
    columnIndex: indexed === 'bounds' ? columnIndex(indexedPages, order) : undefined,
  }
}

function boundsOf(type: number, rows: number, nulls: number, min: number, max: number): IndexedPage['bounds'] {
  if (rows === nulls) return null
  // all NaN
  if (min > max) return undefined
  return { min: boundBytes(min, type, -0), max: boundBytes(max, type, 0) }
}

function typeOf(column: number): number {
  return column % COLUMNS_PER_SET < ORIENTATION ? FLOAT : INT32
}

/** Smallest and largest value but NaN; the smallest is above the largest while there is none. */
interface Bounds {
  min: number
  max: number
}

function bitmap(rows: number): Uint8Array {
  return new Uint8Array((rows + 7) >> 3)
}

/** The values of a band that wait to be encoded, side by side. */
class Band implements Bounds {
  readonly line: Float32Array
  readonly valid: Uint8Array
  count = 0
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY

  constructor(maxRows: number) {
    this.line = new Float32Array(maxRows)
    this.valid = bitmap(maxRows)
  }

  /** Takes the values of `from` to `to`, which belong to the rows from `row` on. */
  append(line: Float32Array, from: number, to: number, row: number): void {
    const { line: out } = this
    let { count, min, max } = this
    for (let i = from; i < to; i++) {
      const value = line[i]!
      out[count++] = value
      // NaN is neither
      if (value < min) min = value
      if (value > max) max = value
    }
    this.count = count
    this.min = min
    this.max = max
    setBits(this.valid, row, row + to - from)
  }

  clear(): void {
    this.valid.fill(0)
    this.count = 0
    this.min = Number.POSITIVE_INFINITY
    this.max = Number.NEGATIVE_INFINITY
  }
}

/** The results of one set that wait to be encoded. */
class Piece {
  readonly upper: Band
  readonly lower: Band
  /** Of rows that have a value. */
  readonly sides: Int32Array
  readonly segments: Int32Array
  values = 0
  readonly segmentBounds: Bounds = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }
  readonly anyValid: Uint8Array
  #rows = 0

  constructor(maxRows: number) {
    this.upper = new Band(maxRows)
    this.lower = new Band(maxRows)
    this.sides = new Int32Array(maxRows)
    this.segments = new Int32Array(maxRows)
    this.anyValid = bitmap(maxRows)
  }

  append({ line, orientation, segment }: Results, from: number, to: number): void {
    const firstRow = this.#rows - from
    // rows on one side follow each other
    for (let start = from; start < to; ) {
      const side = orientation[start]!
      let end = start + 1
      while (end < to && orientation[end] === side) end++
      if (side !== 0) {
        const band = side < 0 ? this.upper : this.lower
        band.append(line, start, end, firstRow + start)
        this.#appendSegments(segment, side, start, end)
      }
      start = end
    }
    this.#rows += to - from
  }

  #appendSegments(segment: Int32Array, side: number, from: number, to: number): void {
    const { sides, segments } = this
    let { values } = this
    let { min, max } = this.segmentBounds
    for (let i = from; i < to; i++) {
      const number = segment[i]!
      sides[values] = side
      segments[values++] = number
      if (number < min) min = number
      if (number > max) max = number
    }
    this.values = values
    this.segmentBounds.min = min
    this.segmentBounds.max = max
  }

  sideBounds(): Bounds {
    return { min: this.upper.count > 0 ? -1 : 1, max: this.lower.count > 0 ? 1 : -1 }
  }

  clear(): void {
    this.upper.clear()
    this.lower.clear()
    this.values = 0
    this.segmentBounds.min = Number.POSITIVE_INFINITY
    this.segmentBounds.max = Number.NEGATIVE_INFINITY
    this.#rows = 0
  }
}

function orBits(a: Uint8Array, b: Uint8Array, out: Uint8Array, rows: number): Uint8Array {
  for (let byte = 0; byte < (rows + 7) >> 3; byte++) out[byte] = a[byte]! | b[byte]!
  return out
}

/** A bound as it is stored. Readers are to take a bound of zero for both zeros. */
function boundBytes(value: number, type: number, zero: number): Uint8Array {
  const bytes = new Uint8Array(4)
  const view = new DataView(bytes.buffer)
  if (type === FLOAT) view.setFloat32(0, value === 0 ? zero : value, true)
  else view.setInt32(0, value, true)
  return bytes
}

function columnChunkStruct(chunk: Chunk, offset: number): ThriftValue {
  const bound = (value: number | undefined, zero: number) =>
    value === undefined ? undefined : thrift.binary(boundBytes(value, chunk.type, zero))
  const isExact = chunk.min === undefined ? undefined : thrift.boolean(true)
  const statistics = thrift.struct({
    // always, also when 0: without it pandas has to widen the integers to floats
    [STATISTICS.nullCount]: thrift.i64(chunk.nulls),
    [STATISTICS.maxValue]: bound(chunk.max, 0),
    [STATISTICS.minValue]: bound(chunk.min, -0),
    [STATISTICS.isMaxValueExact]: isExact,
    [STATISTICS.isMinValueExact]: isExact,
  })
  const pageCounts = thrift.struct({
    [PAGE_ENCODING_STATS.pageType]: thrift.i32(0),
    [PAGE_ENCODING_STATS.encoding]: thrift.i32(PLAIN),
    [PAGE_ENCODING_STATS.count]: thrift.i32(chunk.pages.length),
  })
  const meta = thrift.struct({
    [COLUMN_META.type]: thrift.i32(chunk.type),
    [COLUMN_META.encodings]: thrift.list([thrift.i32(PLAIN), thrift.i32(RLE)]),
    [COLUMN_META.pathInSchema]: thrift.list([thrift.binary(chunk.name)]),
    [COLUMN_META.codec]: thrift.i32(COMPRESSIONS.indexOf(chunk.compression)),
    [COLUMN_META.numValues]: thrift.i64(chunk.values),
    [COLUMN_META.totalUncompressedSize]: thrift.i64(chunk.uncompressedBytes),
    [COLUMN_META.totalCompressedSize]: thrift.i64(chunk.bytes),
    [COLUMN_META.dataPageOffset]: thrift.i64(offset),
    [COLUMN_META.statistics]: statistics,
    [COLUMN_META.encodingStats]: thrift.list([pageCounts]),
  })
  return thrift.struct({ [COLUMN_CHUNK.fileOffset]: thrift.i64(0), [COLUMN_CHUNK.metadata]: meta })
}
