/**
 * One new column on its way to where it is published, decoded by the codec as a reader would: under the schema element and
 * the chunk descriptions of the file's own footer.
 */
import { crc32 } from 'node:zlib'
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { bitRuns } from '../format/bits.ts'
import { asStruct, ThriftStruct, type ThriftValue, TruncatedThrift, thrift } from '../format/thrift.ts'
import { decodeColumn } from '../wasm/codec.ts'
import { prepareCodec } from '../wasm/codec-instance.ts'
import type { ColumnDigest } from './column-digest.ts'

const MAGIC = Uint8Array.of(0x50, 0x41, 0x52, 0x31)
/** Rows at which the codec is called: those of a page. */
const ENOUGH_ROWS = 65_536
/** The codec numbers row groups in 16 bits, and looks through all of them. */
const MAX_GROUPS = 1024
/** Of a value, whichever of the new columns it is in. */
const VALUE_BYTES = 4
const [DATA_PAGE, DATA_PAGE_V2] = [0, 3]

/** Of a SchemaElement. */
const [CONVERTED_TYPE, LOGICAL_TYPE] = [6, 10]
/** Of a ColumnMetaData. */
const [VALUES, UNCOMPRESSED_BYTES, BYTES, DATA_PAGE_OFFSET] = [5, 6, 7, 9]

/** Pages of a chunk that are held, and the rest of it that was. */
interface HeldChunk {
  readonly meta: ThriftStruct
  /** Where the held pages begin in the buffer. */
  start: number
  values: number
  uncompressedBytes: number
  /** Of pages that were decoded before. */
  readonly before: { values: number; uncompressedBytes: number; bytes: number }
}

export class ReadBackColumn {
  readonly #schema: ThriftValue
  readonly #digest: ColumnDigest
  #buffer = new Uint8Array(64 * 1024)
  #length = MAGIC.length
  /** Up to where the buffer holds whole pages. */
  #walked = MAGIC.length
  #groups: ThriftValue[] = []
  #rows = 0
  #chunk: HeldChunk | undefined

  /**
   * @param element of the file's schema; of its type only how values are stored is looked at, which is all of their bits
   * @param digest is told what the codec decodes
   */
  constructor(element: ThriftValue, memoryBudgetBytes: number, digest: ColumnDigest) {
    prepareCodec(memoryBudgetBytes)
    const root = thrift.struct({ 4: thrift.binary('root'), 5: thrift.i32(1) })
    const stored = asStruct(element).with({ [CONVERTED_TYPE]: undefined, [LOGICAL_TYPE]: undefined })
    this.#schema = thrift.list([root, stored])
    this.#digest = digest
    this.#buffer.set(MAGIC)
  }

  /** @param meta the ColumnMetaData of the chunk whose bytes come now */
  startChunk(meta: ThriftStruct): void {
    const before = { values: 0, uncompressedBytes: 0, bytes: 0 }
    this.#chunk = { meta, start: this.#length, values: 0, uncompressedBytes: 0, before }
  }

  /** Takes the next bytes of the chunk, cut anywhere. */
  add(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
    const chunk = this.#chunk!
    for (let end = this.#pageEnd(chunk); end !== undefined; end = this.#pageEnd(chunk)) {
      this.#walked = end
      if (this.#rows + chunk.values >= ENOUGH_ROWS) this.#decode()
    }
  }

  /** @throws Error when the chunk is not what its description says */
  endChunk(): void {
    const { meta, before, start, values, uncompressedBytes } = this.#chunk!
    if (this.#walked !== this.#length) throw new Error('its last page is not whole')
    const found = {
      values: before.values + values,
      'uncompressed bytes': before.uncompressedBytes + uncompressedBytes,
      bytes: before.bytes + this.#walked - start,
    }
    for (const [i, [what, count]] of Object.entries(found).entries()) {
      const stated = meta.integer([VALUES, UNCOMPRESSED_BYTES, BYTES][i]!)
      if (stated !== count) throw new Error(`its chunk states ${stated} ${what}; its pages have ${count}`)
    }
    this.#closeGroup()
    this.#chunk = undefined
    if (this.#rows >= ENOUGH_ROWS || this.#groups.length >= MAX_GROUPS) this.#decode()
  }

  /** Decodes what is held. */
  finish(): void {
    this.#decode()
  }

  /** Walks over one page. @returns where it ends; undefined while its end is not there */
  #pageEnd(chunk: HeldChunk): number | undefined {
    if (this.#walked === this.#length) return undefined
    let header: ThriftStruct
    try {
      header = new ThriftStruct(this.#buffer, this.#walked, this.#length)
    } catch (error) {
      if (error instanceof TruncatedThrift) return undefined
      throw error
    }
    const kind = header.integer(1)
    const details = kind === DATA_PAGE ? header.struct(5) : kind === DATA_PAGE_V2 ? header.struct(8) : undefined
    const [uncompressed, body, values] = [header.integer(2), header.integer(3), details?.integer(1)]
    if (uncompressed === undefined || body === undefined || body < 0 || values === undefined || values < 0) {
      throw new Error('one of its pages has no header of a data page')
    }
    const end = header.end + body
    if (end > this.#length) return undefined
    // the codec does not look at it, others do
    if (header.integer(4) !== (crc32(this.#buffer.subarray(header.end, end)) | 0)) {
      throw new Error('the checksum of one of its pages is not that of its bytes')
    }
    chunk.values += values
    chunk.uncompressedBytes += header.end - this.#walked + uncompressed
    return end
  }

  /** What is held of the current chunk becomes a row group. */
  #closeGroup(): void {
    const { meta, start, values, uncompressedBytes } = this.#chunk!
    if (values === 0) return
    const placed = meta.with({
      [VALUES]: thrift.i64(values),
      [UNCOMPRESSED_BYTES]: thrift.i64(uncompressedBytes),
      [BYTES]: thrift.i64(this.#walked - start),
      [DATA_PAGE_OFFSET]: thrift.i64(start),
    })
    this.#groups.push(
      thrift.struct({
        1: thrift.list([thrift.struct({ 2: thrift.i64(0), 3: placed })]),
        2: thrift.i64(uncompressedBytes),
        3: thrift.i64(values),
      }),
    )
    this.#rows += values
  }

  /** Decodes the whole pages and keeps what is there of the next one. */
  #decode(): void {
    const chunk = this.#chunk
    if (chunk) {
      const { before, values, uncompressedBytes, start } = chunk
      this.#closeGroup()
      before.values += values
      before.uncompressedBytes += uncompressedBytes
      before.bytes += this.#walked - start
      Object.assign(chunk, { start: MAGIC.length, values: 0, uncompressedBytes: 0 })
    }
    const rest = this.#buffer.slice(this.#walked, this.#length)
    if (this.#rows > 0) {
      let rows = 0
      decodeColumn(this.#file(), 1, VALUE_BYTES, (column) => {
        rows += column.rows
        this.#digestOf(column)
      })
      if (rows !== this.#rows) throw new Error(`${rows} rows are decoded of ${this.#rows}`)
    }
    this.#buffer.set(rest, MAGIC.length)
    this.#walked = MAGIC.length
    this.#length = MAGIC.length + rest.length
    this.#groups = []
    this.#rows = 0
  }

  /** The whole pages with a footer of their own. */
  #file(): Uint8Array {
    const footer = thrift.struct({
      1: thrift.i32(1),
      2: this.#schema,
      3: thrift.i64(this.#rows),
      4: thrift.list(this.#groups),
    }).raw
    this.#length = this.#walked
    this.#makeRoom(footer.length + 8)
    const end = this.#walked + footer.length
    this.#buffer.set(footer, this.#walked)
    new DataView(this.#buffer.buffer).setUint32(end, footer.length, true)
    this.#buffer.set(MAGIC, end + 4)
    return this.#buffer.subarray(0, end + 8)
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#buffer.length) return
    const roomy = new Uint8Array(Math.max(needed, 2 * this.#buffer.length))
    roomy.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = roomy
  }

  #digestOf({ rows, values, validity }: DecodedColumn): void {
    const words = new Int32Array(values.buffer, values.byteOffset, rows)
    if (!validity) this.#digest.addWords(words, 0, rows)
    else {
      bitRuns(validity, rows, (isSet, from, to) =>
        isSet ? this.#digest.addWords(words, from, to) : this.#digest.addNulls(to - from),
      )
    }
  }
}
