/**
 * The new columns, four for each set of results: encoded piece by piece while the rows stream by, kept as page bytes per
 * row group until it is known where in the file they will lie.
 */
import { crc32 } from 'node:zlib'
import { type ArrowColumn, type ArrowField, END_OF_STREAM, recordBatchMessage, schemaMessage } from './arrow-ipc.ts'
import { encode } from './codec.ts'
import { type Codec, parseFooter, rowGroup } from './footer.ts'
import { PageStore, type StoredPage } from './page-store.ts'
import { plainPage } from './plain-page.ts'
import { CODECS } from './shapes.ts'
import { asStruct, concatBytes, ThriftStruct, type ThriftValue, thrift } from './thrift.ts'

/** Pieces of this many rows are encoded at once: large enough to hide the call's cost, small enough for 10 MB of wasm. */
export const PIECE_ROWS = 65_536

/** Up to here a compressed page would hardly be smaller, and the codec's call takes longer than the page. */
const SMALL_GROUP_ROWS = 64

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
  pages: StoredPage[]
  codec: Codec
  bytes: number
  uncompressedBytes: number
  values: number
  nulls: number
  min: Uint8Array | undefined
  max: Uint8Array | undefined
}

export class ColumnWriter {
  readonly #names: readonly string[]
  readonly #codec: Codec
  readonly #schema: Uint8Array
  readonly #pieces: readonly Piece[]
  #rows = 0
  #group: Chunk[]
  readonly #groups: Chunk[][] = []
  readonly #store = new PageStore()
  #rowsWritten = 0

  /** @param names of the columns of each set */
  constructor(names: readonly NewColumnNames[], codec: Codec) {
    this.#names = names.flatMap((set) => [set.upperBand, set.lowerBand, set.orientation, set.segment])
    this.#pieces = names.map(newPiece)
    this.#codec = codec
    this.#schema = schemaMessage(this.arrowFields())
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
    const isSmallGroup = rows <= SMALL_GROUP_ROWS && this.#group[0]!.values === 0
    if (isSmallGroup) this.#encodeSmallGroup(rows)
    else this.#collect(encode(this.#ipcStream(rows), this.#codec, 1))
    this.#rows = 0
    this.#rowsWritten += rows
  }

  /** A piece that is a whole row group. */
  #encodeSmallGroup(rows: number): void {
    for (const [set, piece] of this.#pieces.entries()) {
      markValid(piece, rows)
      const { line, orientation, segment, upValid, downValid, anyValid } = piece
      const pages = [
        plainPage(line, upValid, rows),
        plainPage(line, downValid, rows),
        plainPage(Int32Array.from(orientation.subarray(0, rows)), anyValid, rows),
        plainPage(segment, anyValid, rows),
      ]
      for (const [column, { bytes, nulls, min, max }] of pages.entries()) {
        const chunk = this.#group[COLUMNS_PER_SET * set + column]!
        const sizes = { bytes: bytes.length, uncompressedBytes: bytes.length }
        Object.assign(chunk, {
          pages: [this.#store.put(bytes)],
          codec: 'UNCOMPRESSED',
          values: rows,
          nulls,
          min,
          max,
          ...sizes,
        })
      }
    }
  }

  /** The piece as an Arrow stream. */
  #ipcStream(rows: number): Uint8Array {
    const body = new IpcBody()
    const columns = this.#pieces.flatMap((piece) => columnsOf(piece, rows, body))
    const message = recordBatchMessage(rows, columns, body.length)
    return concatBytes([this.#schema, message, ...body.parts, END_OF_STREAM])
  }

  /** Adds the pages of an encoded piece to the row group's chunks. */
  #collect(file: Uint8Array): void {
    for (const [i, meta] of columnMetadata(file).entries()) {
      const chunk = this.#group[i]!
      const start = meta.integer(9)!
      for (const page of withChecksums(file.subarray(start, start + meta.integer(7)!))) {
        chunk.pages.push(this.#store.put(page.bytes))
        chunk.bytes += page.bytes.length
        chunk.uncompressedBytes += page.uncompressedLength
      }
      chunk.values += meta.integer(5)!
      mergeStatistics(chunk, meta.struct(12))
    }
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
  }
}

/** The buffers of a record batch, each at a multiple of 8 bytes. */
class IpcBody {
  readonly parts: Uint8Array[] = []
  length = 0

  place(bytes: Uint8Array): { offset: number; length: number } {
    const at = { offset: this.length, length: bytes.length }
    const padding = -bytes.length & 7
    this.parts.push(bytes, new Uint8Array(padding))
    this.length += bytes.length + padding
    return at
  }
}

/** The four columns of a set; the two bands share the buffer of the line and differ in which rows are valid. */
function columnsOf(piece: Piece, rows: number, body: IpcBody): ArrowColumn[] {
  const { line, orientation, segment, upValid, downValid, anyValid } = piece
  const { up, down } = markValid(piece, rows)
  const bitmapBytes = (rows + 7) >> 3
  const upBitmap = body.place(upValid.subarray(0, bitmapBytes))
  const downBitmap = body.place(downValid.subarray(0, bitmapBytes))
  const anyBitmap = body.place(anyValid.subarray(0, bitmapBytes))
  const lineValues = body.place(new Uint8Array(line.buffer, 0, 4 * rows))
  const orientationValues = body.place(new Uint8Array(orientation.buffer, 0, rows))
  const segmentValues = body.place(new Uint8Array(segment.buffer, 0, 4 * rows))
  return [
    { nullCount: rows - up, buffers: [upBitmap, lineValues] },
    { nullCount: rows - down, buffers: [downBitmap, lineValues] },
    { nullCount: rows - up - down, buffers: [anyBitmap, orientationValues] },
    { nullCount: rows - up - down, buffers: [anyBitmap, segmentValues] },
  ]
}

/** Fills the bitmaps of a piece and counts the rows on the upper and on the lower band. */
function markValid({ orientation, upValid, downValid, anyValid }: Piece, rows: number): { up: number; down: number } {
  let [up, down] = [0, 0]
  for (let byte = 0; byte < (rows + 7) >> 3; byte++) {
    let [upBits, downBits] = [0, 0]
    const end = Math.min(8, rows - 8 * byte)
    for (let bit = 0; bit < end; bit++) {
      const side = orientation[8 * byte + bit]!
      if (side < 0) {
        upBits |= 1 << bit
        up++
      } else if (side > 0) {
        downBits |= 1 << bit
        down++
      }
    }
    upValid[byte] = upBits
    downValid[byte] = downBits
    anyValid[byte] = upBits | downBits
  }
  return { up, down }
}

/** The ColumnMetaData structs of a file of one row group that the codec has just written. */
export function columnMetadata(file: Uint8Array): ThriftStruct[] {
  const length = new DataView(file.buffer, file.byteOffset + file.length - 8).getUint32(0, true)
  const start = file.length - 8 - length
  const footer = parseFooter(file.subarray(start, file.length - 8), start)
  return rowGroup(footer, 0).columns.map((column) => asStruct(column).struct(3)!)
}

/** Pages that the codec made, each with a CRC put into its header, so that later damage is found. */
export function* withChecksums(
  pages: Uint8Array,
): Generator<{ kind: number; bytes: Uint8Array; uncompressedLength: number }> {
  for (let at = 0; at < pages.length; ) {
    const header = new ThriftStruct(pages, at)
    const body = pages.subarray(header.end, header.end + header.integer(3)!)
    const checked = header.with({ 4: thrift.i32(crc32(body) | 0) }).raw
    yield {
      kind: header.integer(1)!,
      bytes: concatBytes([checked, body]),
      uncompressedLength: checked.length + header.integer(2)!,
    }
    at = header.end + body.length
  }
}

function mergeStatistics(chunk: Chunk, statistics: ThriftStruct | undefined): void {
  chunk.nulls += statistics?.integer(3) ?? 0
  const [min, max] = [statistics?.binary(6), statistics?.binary(5)]
  // copied: a view would hold the whole encoded piece in memory, beside its pages
  if (min && (!chunk.min || boundOf(min, chunk.type) < boundOf(chunk.min, chunk.type))) chunk.min = min.slice()
  if (max && (!chunk.max || boundOf(max, chunk.type) > boundOf(chunk.max, chunk.type))) chunk.max = max.slice()
}

function boundOf(bytes: Uint8Array, type: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 4)
  return type === FLOAT ? view.getFloat32(0, true) : view.getInt32(0, true)
}

function columnChunkStruct(chunk: Chunk, offset: number): ThriftValue {
  const bound = (bytes: Uint8Array | undefined) => bytes && thrift.binary(bytes)
  const statistics = thrift.struct({
    // always, also when 0: without it pandas has to widen the integers to floats
    3: thrift.i64(chunk.nulls),
    5: bound(chunk.max),
    6: bound(chunk.min),
    7: chunk.max && thrift.boolean(true),
    8: chunk.min && thrift.boolean(true),
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
