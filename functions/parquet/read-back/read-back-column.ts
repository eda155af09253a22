/**
 * Reads one new column back from the output while it is written. parquet-wasm decodes it as a reader would, under the
 * schema element and the chunk metadata of the output's own footer.
 */

import { crc32 } from 'node:zlib'
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { bitRuns } from '../format/bits.ts'
import { DATA_PAGE, DATA_PAGE_V2, DICTIONARY_PAGE, PHYSICAL_TYPES, type PhysicalType } from '../format/enumerations.ts'
import { COLUMN_META, DATA_PAGE_HEADER, PAGE_HEADER, SCHEMA_ELEMENT } from '../format/fields.ts'
import { asStruct, ThriftStruct, type ThriftValue, thrift } from '../format/thrift.ts'
import { TruncatedThrift } from '../format/thrift-scanner.ts'
import { FileBuffer, MAX_GROUPS, oneColumnGroup, PAGES_START } from '../wasm/file-buffer.ts'
import { decodeColumn } from '../wasm/parquet-wasm.ts'
import { wasmInstance } from '../wasm/wasm-instance.ts'
import { NEW_PAGE_ROWS } from '../write/data-page.ts'
import type { ColumnDigest } from './column-digest.ts'

/** Width of the values of new columns by their physical type, in bytes; 0 for bits. */
const VALUE_BYTES: Readonly<Partial<Record<PhysicalType, number>>> = {
  BOOLEAN: 0,
  INT32: 4,
  FLOAT: 4,
  INT64: 8,
  DOUBLE: 8,
}

interface PageTotals {
  values: number
  uncompressedBytes: number
  bytes: number
}

/** A chunk, and totals of its pages. */
interface HeldChunk {
  readonly meta: ThriftStruct
  /** Offset of the held pages in the buffer. */
  start: number
  /** Values of the held pages. */
  values: number
  /** Of the held data pages. */
  uncompressedBytes: number
  /** The page of the dictionary, which pages that are decoded later need again. */
  dictionary?: { readonly page: Uint8Array; readonly uncompressedBytes: number }
  /** Of all pages. */
  readonly totals: PageTotals
}

export class ReadBackColumn {
  readonly #schema: ThriftValue
  readonly #width: number
  readonly #digest: ColumnDigest
  readonly #buffer = new FileBuffer()
  /** The end of the whole pages in the buffer. */
  #walked = PAGES_START
  #groups: ThriftValue[] = []
  #rows = 0
  #chunk: HeldChunk | undefined

  /**
   * @param element of the output's schema. Only its physical type is used, so that all bits of the values are compared.
   * @param digest gets the decoded values
   */
  constructor(element: ThriftValue, memoryBudgetBytes: number, digest: ColumnDigest) {
    wasmInstance.prepare(memoryBudgetBytes)
    const root = thrift.struct({
      [SCHEMA_ELEMENT.name]: thrift.binary('root'),
      [SCHEMA_ELEMENT.numChildren]: thrift.i32(1),
    })
    const stored = asStruct(element).with({
      [SCHEMA_ELEMENT.convertedType]: undefined,
      [SCHEMA_ELEMENT.logicalType]: undefined,
    })
    this.#schema = thrift.list([root, stored])
    this.#width = VALUE_BYTES[PHYSICAL_TYPES[asStruct(element).integer(SCHEMA_ELEMENT.type)!]!]!
    this.#digest = digest
  }

  /** @param meta the ColumnMetaData struct of the chunk whose bytes follow */
  startChunk(meta: ThriftStruct): void {
    const totals = { values: 0, uncompressedBytes: 0, bytes: 0 }
    this.#chunk = { meta, start: this.#buffer.length, values: 0, uncompressedBytes: 0, totals }
  }

  /** Takes the next bytes of the chunk, which may end anywhere. */
  add(bytes: Uint8Array): void {
    this.#buffer.append(bytes)
    const chunk = this.#chunk!
    for (let end = this.#pageEnd(chunk); end !== undefined; end = this.#pageEnd(chunk)) {
      this.#walked = end
      if (this.#rows + chunk.values >= NEW_PAGE_ROWS) this.#decode()
    }
  }

  /** @throws Error when the chunk contradicts its metadata */
  endChunk(): void {
    const { meta, totals } = this.#chunk!
    if (this.#walked !== this.#buffer.length) throw new Error('its last page is incomplete')
    const found = { values: totals.values, 'uncompressed bytes': totals.uncompressedBytes, bytes: totals.bytes }
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

  /** Decodes the pages that are held. */
  finish(): void {
    this.#decode()
  }

  /** Checks the next page. @returns its end; undefined while its end is missing */
  #pageEnd(chunk: HeldChunk): number | undefined {
    const { bytes, length } = this.#buffer
    if (this.#walked === length) return undefined
    let header: ThriftStruct
    try {
      header = new ThriftStruct(bytes, this.#walked, length)
    } catch (error) {
      if (error instanceof TruncatedThrift) return undefined
      throw error
    }
    const kind = header.integer(PAGE_HEADER.type)
    const isDictionary = kind === DICTIONARY_PAGE
    const details = isDictionary
      ? header.struct(PAGE_HEADER.dictionaryPageHeader)
      : kind === DATA_PAGE
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
    if (end > length) return undefined
    // parquet-wasm ignores it, other readers do not
    if (header.integer(PAGE_HEADER.crc) !== (crc32(bytes.subarray(header.end, end)) | 0)) {
      throw new Error('the checksum of one of its pages is not that of its bytes')
    }
    const page = bytes.subarray(this.#walked, end)
    const uncompressedBytes = header.end - this.#walked + uncompressed
    if (chunk.totals.bytes === 0) checkPlaces(chunk.meta, isDictionary ? page.length : 0)
    else if (isDictionary) throw new Error('its dictionary does not precede its data pages')
    if (isDictionary) chunk.dictionary = { page: page.slice(), uncompressedBytes }
    else {
      chunk.values += values
      chunk.totals.values += values
      chunk.uncompressedBytes += uncompressedBytes
    }
    chunk.totals.uncompressedBytes += uncompressedBytes
    chunk.totals.bytes += page.length
    return end
  }

  /** Turns the held pages of the current chunk into a row group. */
  #closeGroup(): void {
    const { meta, start, values, dictionary } = this.#chunk!
    if (values === 0) return
    const uncompressedBytes = this.#chunk!.uncompressedBytes + (dictionary?.uncompressedBytes ?? 0)
    const placed = meta.with({
      [COLUMN_META.numValues]: thrift.i64(values),
      [COLUMN_META.totalUncompressedSize]: thrift.i64(uncompressedBytes),
      [COLUMN_META.totalCompressedSize]: thrift.i64(this.#walked - start),
      [COLUMN_META.dataPageOffset]: thrift.i64(start + (dictionary?.page.length ?? 0)),
      [COLUMN_META.dictionaryPageOffset]: dictionary && thrift.i64(start),
    })
    this.#groups.push(oneColumnGroup(placed, uncompressedBytes, values))
    this.#rows += values
  }

  /** Decodes the whole pages and keeps the bytes after them. */
  #decode(): void {
    const chunk = this.#chunk
    if (chunk) {
      this.#closeGroup()
      Object.assign(chunk, { start: PAGES_START, values: 0, uncompressedBytes: 0 })
    }
    const rest = this.#buffer.bytes.slice(this.#walked, this.#buffer.length)
    this.#buffer.truncate(this.#walked)
    if (this.#rows > 0) {
      let rows = 0
      decodeColumn(this.#buffer.file(this.#schema, this.#rows, this.#groups), 1, this.#width, (column) => {
        rows += column.rows
        this.#digestOf(column)
      })
      if (rows !== this.#rows) throw new Error(`parquet-wasm decodes ${rows} of ${this.#rows} rows`)
    }
    this.#buffer.truncate(PAGES_START)
    if (chunk?.dictionary) this.#buffer.append(chunk.dictionary.page)
    this.#walked = this.#buffer.length
    this.#buffer.append(rest)
    this.#groups = []
    this.#rows = 0
  }

  #digestOf({ rows, values, validity }: DecodedColumn): void {
    const add = this.#addTo(values, rows)
    if (!validity) add(0, rows)
    else bitRuns(validity, rows, (isSet, from, to) => (isSet ? add(from, to) : this.#digest.addNulls(to - from)))
  }

  /** @returns a function that adds the values of the rows `from` to `to` (exclusive) to the digest */
  #addTo(values: Uint8Array, rows: number): (from: number, to: number) => void {
    if (this.#width > 0) {
      const words = new Int32Array(values.buffer, values.byteOffset, (rows * this.#width) / 4)
      return (from, to) => this.#digest.addWords(words, from, to)
    }
    const bytes = Int8Array.from({ length: rows }, (_, row) => (values[row >> 3]! >> (row & 7)) & 1)
    return (from, to) => this.#digest.addBytes(bytes, from, to)
  }
}

/** @param dictionaryBytes size of the page of the dictionary; 0 when the first page is a data page */
function checkPlaces(meta: ThriftStruct, dictionaryBytes: number): void {
  const dataPage = meta.integer(COLUMN_META.dataPageOffset)!
  const dictionary = meta.integer(COLUMN_META.dictionaryPageOffset)
  if (dataPage - (dictionary ?? dataPage) !== dictionaryBytes) throw new Error('its dictionary has another place')
}
