/**
 * The new columns, four for each set of results: encoded piece by piece while the rows stream by, kept as page bytes per
 * row group until it is known where in the file they will lie.
 */
import type { ArrowField } from './arrow-ipc.ts'
import type { NewCodec } from './compress-repeating.ts'
import { newPage } from './new-page.ts'
import { PageStore, type StoredPage } from './page-store.ts'
import { CODECS } from './shapes.ts'
import { type ThriftValue, thrift } from './thrift.ts'

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

/** Results of rows, as `SupertrendValues` has them. */
export interface Results {
  readonly line: Float32Array
  /** -1, +1, or 0 where there is no value. */
  readonly orientation: Int8Array
  readonly segment: Int32Array
}

/** Columns of one set of results: two bands, the orientation, the segment. */
const COLUMNS_PER_SET = 4
const ORIENTATION = 2

/** One new column's chunk in one row group. */
interface Chunk {
  readonly name: string
  readonly type: number
  readonly pages: StoredPage[]
  readonly codec: NewCodec
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
  readonly #codec: NewCodec
  readonly #pieces: readonly Piece[]
  #rows = 0
  #group: Chunk[]
  readonly #groups: Chunk[][] = []
  readonly #store = new PageStore()
  #rowsWritten = 0

  /** @param names of the columns of each set */
  constructor(names: readonly NewColumnNames[], codec: NewCodec) {
    this.#names = names.flatMap((set) => [set.upperBand, set.lowerBand, set.orientation, set.segment])
    this.#pieces = names.map(newPiece)
    this.#codec = codec
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

  /** Whether any row has no value in a column. */
  hasNulls(column: number): boolean {
    return this.#groups.some((group) => group[column]!.nulls > 0)
  }

  schemaElements(): ThriftValue[] {
    const int8 = thrift.struct({ 10: thrift.struct({ 1: thrift.i8(8), 2: thrift.boolean(true) }) })
    return this.#names.map((name, i) =>
      thrift.struct({
        1: thrift.i32(typeOf(i)),
        3: thrift.i32(OPTIONAL),
        4: thrift.binary(name),
        6: i % COLUMNS_PER_SET === ORIENTATION ? thrift.i32(CONVERTED_INT_8) : undefined,
        10: i % COLUMNS_PER_SET === ORIENTATION ? int8 : undefined,
      }),
    )
  }

  #newGroup(): Chunk[] {
    return this.#names.map((name, i) => ({
      name,
      type: typeOf(i),
      codec: this.#codec,
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
    while (from < to) {
      const count = Math.min(to - from, PIECE_ROWS - this.#rows)
      for (const [set, piece] of this.#pieces.entries()) {
        const { line, orientation, segment } = results[set]!
        piece.line.set(line.subarray(from, from + count), this.#rows)
        piece.orientation.set(orientation.subarray(from, from + count), this.#rows)
        piece.segment.set(segment.subarray(from, from + count), this.#rows)
      }
      this.#rows += count
      from += count
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
    for (const [set, piece] of this.#pieces.entries()) this.#encode(piece, rows, COLUMNS_PER_SET * set)
    this.#rows = 0
    this.#rowsWritten += rows
  }

  /** Encodes the four columns of a set, the first of which is column `first`. */
  #encode(piece: Piece, rows: number, first: number): void {
    const { up, down } = markValid(piece, rows)
    const { orientation, segment, upValid, downValid, anyValid, upLine, downLine, ints } = piece
    this.#add(first, upLine.subarray(0, up), floatBounds(upLine, up), upValid, rows)
    this.#add(first + 1, downLine.subarray(0, down), floatBounds(downLine, down), downValid, rows)
    const count = up + down
    const sides = ints.subarray(0, count)
    if (count === rows) sides.set(orientation.subarray(0, rows))
    else keepSet(orientation, orientation, rows, sides)
    this.#add(first + 2, sides, intBounds(sides), anyValid, rows)
    const segments = count === rows ? segment.subarray(0, rows) : sides
    if (count < rows) keepSet(segment, orientation, rows, segments)
    this.#add(first + 3, segments, intBounds(segments), anyValid, rows)
  }

  #add(column: number, values: Float32Array | Int32Array, bounds: Bounds, valid: Uint8Array, rows: number): void {
    const chunk = this.#group[column]!
    const { bytes, uncompressedBytes } = newPage(values, valid, rows, this.#codec)
    chunk.pages.push(this.#store.put(bytes))
    chunk.bytes += bytes.length
    chunk.uncompressedBytes += uncompressedBytes
    chunk.values += rows
    chunk.nulls += rows - values.length
    if (!bounds) return
    chunk.min = Math.min(bounds[0], chunk.min ?? bounds[0])
    chunk.max = Math.max(bounds[1], chunk.max ?? bounds[1])
  }

  /**
   * The chunks of a row group, placed in the file from `offset` on.
   * @returns their bytes in order, and a ColumnChunk struct for each
   */
  chunksAt(
    group: number,
    offset: number,
  ): { pages: Iterable<Uint8Array>; columns: ThriftValue[]; bytes: number; uncompressedBytes: number } {
    const chunks = this.#groups[group]!
    let at = offset
    let uncompressedBytes = 0
    const columns: ThriftValue[] = []
    for (const chunk of chunks) {
      columns.push(columnChunkStruct(chunk, at))
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
  for (const { pages } of chunks) for (const page of pages) yield page.bytes()
}

function typeOf(column: number): number {
  return column % COLUMNS_PER_SET < ORIENTATION ? FLOAT : INT32
}

/** The results of one set that wait to be encoded, and room for the bitmaps of their columns. */
type Piece = ReturnType<typeof newPiece>

function newPiece() {
  const bitmapBytes = (PIECE_ROWS + 7) >> 3
  return {
    line: new Float32Array(PIECE_ROWS),
    orientation: new Int8Array(PIECE_ROWS),
    segment: new Int32Array(PIECE_ROWS),
    upValid: new Uint8Array(bitmapBytes),
    downValid: new Uint8Array(bitmapBytes),
    anyValid: new Uint8Array(bitmapBytes),
    // the values of the rows that have one, side by side
    upLine: new Float32Array(PIECE_ROWS),
    downLine: new Float32Array(PIECE_ROWS),
    ints: new Int32Array(PIECE_ROWS),
  }
}

/** Fills the bitmaps of a piece and puts the values of the two bands side by side; counts them. */
function markValid(
  { line, orientation, upValid, downValid, anyValid, upLine, downLine }: Piece,
  rows: number,
): { up: number; down: number } {
  let [up, down] = [0, 0]
  for (let byte = 0; byte < (rows + 7) >> 3; byte++) {
    let [upBits, downBits] = [0, 0]
    const end = Math.min(8, rows - 8 * byte)
    for (let bit = 0; bit < end; bit++) {
      const row = 8 * byte + bit
      const side = orientation[row]!
      if (side < 0) {
        upBits |= 1 << bit
        upLine[up++] = line[row]!
      } else if (side > 0) {
        downBits |= 1 << bit
        downLine[down++] = line[row]!
      }
    }
    upValid[byte] = upBits
    downValid[byte] = downBits
    anyValid[byte] = upBits | downBits
  }
  return { up, down }
}

/** The values of the rows that have one. */
function keepSet(values: Int8Array | Int32Array, orientation: Int8Array, rows: number, out: Int32Array): void {
  let count = 0
  for (let row = 0; row < rows; row++) if (orientation[row] !== 0) out[count++] = values[row]!
}

/** Smallest and largest value; undefined when there is none. */
type Bounds = readonly [min: number, max: number] | undefined

// one for each type of array: a loop that sees both is three times as slow

function floatBounds(values: Float32Array, count: number): Bounds {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < count; i++) {
    // NaN is neither
    if (values[i]! < min) min = values[i]!
    if (values[i]! > max) max = values[i]!
  }
  return min <= max ? [min, max] : undefined
}

function intBounds(values: Int32Array): Bounds {
  if (values.length === 0) return undefined
  let [min, max] = [values[0]!, values[0]!]
  for (let i = 1; i < values.length; i++) {
    if (values[i]! < min) min = values[i]!
    else if (values[i]! > max) max = values[i]!
  }
  return [min, max]
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
    3: thrift.i64(chunk.nulls),
    5: bound(chunk.max, 0),
    6: bound(chunk.min, -0),
    7: isExact,
    8: isExact,
  })
  const pageCounts = thrift.struct({ 1: thrift.i32(0), 2: thrift.i32(PLAIN), 3: thrift.i32(chunk.pages.length) })
  const meta = thrift.struct({
    1: thrift.i32(chunk.type),
    2: thrift.list([thrift.i32(PLAIN), thrift.i32(RLE)]),
    3: thrift.list([thrift.binary(chunk.name)]),
    4: thrift.i32(CODECS.indexOf(chunk.codec)),
    5: thrift.i64(chunk.values),
    6: thrift.i64(chunk.uncompressedBytes),
    7: thrift.i64(chunk.bytes),
    9: thrift.i64(offset),
    12: statistics,
    13: thrift.list([pageCounts]),
  })
  return thrift.struct({ 2: thrift.i64(0), 3: meta })
}
