/** A parquet file of one column that is put together in memory, page by page, for parquet-wasm to decode. */
import { COLUMN_CHUNK, FILE_METADATA, ROW_GROUP } from '../format/fields.ts'
import { fileEnd, MAGIC_BYTES } from '../format/file-end.ts'
import { type ThriftValue, thrift } from '../format/thrift.ts'

/** parquet-wasm numbers row groups in 16 bits, and searches all of them for each call. */
export const MAX_GROUPS = 1024

/** Where the first page begins. */
export const PAGES_START = MAGIC_BYTES.length

/** One buffer that is used for file after file. */
export class FileBuffer {
  #bytes = new Uint8Array(64 * 1024)
  /** Bytes of the magic and the pages. */
  #length = PAGES_START

  constructor() {
    this.#bytes.set(MAGIC_BYTES)
  }

  get length(): number {
    return this.#length
  }

  /** The buffer; valid until the next change. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes
  }

  append(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Removes the bytes from `length` on. */
  truncate(length: number): void {
    this.#length = length
  }

  /** Removes all pages but the bytes `start` to `end` (exclusive), which move to the front. */
  keepOnly(start: number, end: number): void {
    this.#bytes.copyWithin(PAGES_START, start, end)
    this.#length = PAGES_START + end - start
  }

  /**
   * The file: magic, pages, footer, end. A view, valid until the next change.
   * @param schema list of SchemaElement structs
   * @param groups RowGroup structs
   */
  file(schema: ThriftValue, rows: number, groups: readonly ThriftValue[]): Uint8Array {
    const footer = thrift.struct({
      [FILE_METADATA.version]: thrift.i32(1),
      [FILE_METADATA.schema]: schema,
      [FILE_METADATA.numRows]: thrift.i64(rows),
      [FILE_METADATA.rowGroups]: thrift.list(groups),
    }).raw
    const end = fileEnd(footer.length)
    this.#makeRoom(footer.length + end.length)
    this.#bytes.set(footer, this.#length)
    this.#bytes.set(end, this.#length + footer.length)
    return this.#bytes.subarray(0, this.#length + footer.length + end.length)
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#bytes.length) return
    const roomy = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    roomy.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = roomy
  }
}

/** A RowGroup struct of one column. @param meta its ColumnMetaData struct */
export function oneColumnGroup(meta: ThriftValue, uncompressedBytes: number, rows: number): ThriftValue {
  const chunk = thrift.struct({ [COLUMN_CHUNK.fileOffset]: thrift.i64(0), [COLUMN_CHUNK.metadata]: meta })
  return thrift.struct({
    [ROW_GROUP.columns]: thrift.list([chunk]),
    [ROW_GROUP.totalByteSize]: thrift.i64(uncompressedBytes),
    [ROW_GROUP.numRows]: thrift.i64(rows),
  })
}
