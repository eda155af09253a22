/**
 * One new column on its way to where it is published, decoded by parquet-wasm as a reader would: under the schema element and
 * the chunk descriptions of the file's own footer.
 */

import { crc32 } from 'node:zlib'
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { bitRuns } from '../format/bits.ts'
import { DATA_PAGE, DATA_PAGE_V2 } from '../format/enumerations.ts'
import {
  COLUMN_CHUNK,
  COLUMN_META,
  DATA_PAGE_HEADER,
  FILE_METADATA,
  PAGE_HEADER,
  ROW_GROUP,
  SCHEMA_ELEMENT,
} from '../format/fields.ts'
import { asStruct, ThriftStruct, type ThriftValue, thrift } from '../format/thrift.ts'
import { TruncatedThrift } from '../format/thrift-scanner.ts'
import { decodeColumn } from '../wasm/parquet-wasm.ts'
import { prepareWasm } from '../wasm/wasm-instance.ts'
import { NEW_PAGE_ROWS } from '../write/data-page.ts'
import type { ColumnDigest } from './column-digest.ts'

const MAGIC = Uint8Array.of(0x50, 0x41, 0x52, 0x31)
/** parquet-wasm numbers row groups in 16 bits, and looks through all of them. */
const MAX_GROUPS = 1024
/** Of a value, whichever of the new columns it is in. */
const VALUE_BYTES = 4

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
   * @param digest is told what parquet-wasm decodes
   */
  constructor(element: ThriftValue, memoryBudgetBytes: number, digest: ColumnDigest) {
    prepareWasm(memoryBudgetBytes)
    const root = thrift.struct({
      [SCHEMA_ELEMENT.name]: thrift.binary('root'),
      [SCHEMA_ELEMENT.numChildren]: thrift.i32(1),
    })
    const stored = asStruct(element).with({
      [SCHEMA_ELEMENT.convertedType]: undefined,
      [SCHEMA_ELEMENT.logicalType]: undefined,
    })
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
      if (this.#rows + chunk.values >= NEW_PAGE_ROWS) this.#decode()
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
      const stated = meta.integer(
        [COLUMN_META.numValues, COLUMN_META.totalUncompressedSize, COLUMN_META.totalCompressedSize][i]!,
      )
      if (stated !== count) throw new Error(`its chunk states ${stated} ${what}; its pages have ${count}`)
    }
    this.#closeGroup()
    this.#chunk = undefined
    if (this.#rows >= NEW_PAGE_ROWS || this.#groups.length >= MAX_GROUPS) this.#decode()
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
    const kind = header.integer(PAGE_HEADER.type)
    const details =
      kind === DATA_PAGE
        ? header.struct(PAGE_HEADER.dataPageHeader)
        : kind === DATA_PAGE_V2
          ? header.struct(PAGE_HEADER.dataPageHeaderV2)
          : undefined
    const [uncompressed, body, values] = [
      header.integer(PAGE_HEADER.uncompressedPageSize),
      header.integer(PAGE_HEADER.compressedPageSize),
      details?.integer(DATA_PAGE_HEADER.numValues),
    ]
    if (uncompressed === undefined || body === undefined || body < 0 || values === undefined || values < 0) {
      throw new Error('one of its pages has no header of a data page')
    }
    const end = header.end + body
    if (end > this.#length) return undefined
    // parquet-wasm does not look at it, others do
    if (header.integer(PAGE_HEADER.crc) !== (crc32(this.#buffer.subarray(header.end, end)) | 0)) {
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
      [COLUMN_META.numValues]: thrift.i64(values),
      [COLUMN_META.totalUncompressedSize]: thrift.i64(uncompressedBytes),
      [COLUMN_META.totalCompressedSize]: thrift.i64(this.#walked - start),
      [COLUMN_META.dataPageOffset]: thrift.i64(start),
    })
    this.#groups.push(
      thrift.struct({
        [ROW_GROUP.columns]: thrift.list([
          thrift.struct({ [COLUMN_CHUNK.fileOffset]: thrift.i64(0), [COLUMN_CHUNK.metadata]: placed }),
        ]),
        [ROW_GROUP.totalByteSize]: thrift.i64(uncompressedBytes),
        [ROW_GROUP.numRows]: thrift.i64(values),
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
      [FILE_METADATA.version]: thrift.i32(1),
      [FILE_METADATA.schema]: this.#schema,
      [FILE_METADATA.numRows]: thrift.i64(this.#rows),
      [FILE_METADATA.rowGroups]: thrift.list(this.#groups),
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
