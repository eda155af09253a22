/**
 * Encodes pages of flat columns, each with a checksum: pages of new columns, and the rest of pages that lose rows.
 *
 * parquet-wasm is not used: its way through Arrow and wasm took a third of the whole time (361 of 1,240 ms for five
 * million rows), and a small file would have to wait until it has started.
 * Layout: https://github.com/apache/parquet-format/blob/master/README.md#data-pages
 */

import { crc32 } from 'node:zlib'
import { concatBytes } from '../../shared/concat-bytes.ts'
import { compress, compressRuns, compressWords, type NewCompression } from '../compression/compress.ts'
import {
  type Compression,
  DATA_PAGE,
  DATA_PAGE_V2,
  DICTIONARY_PAGE,
  PLAIN,
  RLE,
  RLE_DICTIONARY,
} from '../format/enumerations.ts'
import { DATA_PAGE_HEADER, DATA_PAGE_HEADER_V2, DICTIONARY_PAGE_HEADER, PAGE_HEADER } from '../format/fields.ts'
import { encodeLevels } from '../format/levels.ts'
import { type ThriftValue, thrift } from '../format/thrift.ts'

/** Rows of a page of a new column. */
export const NEW_PAGE_ROWS = 65_536

export interface DataPage {
  readonly kind: number
  /** The encoding of the values. */
  readonly encoding: number
  /** Header and body. */
  readonly bytes: Uint8Array
  /** Header and body before compression. */
  readonly uncompressedBytes: number
  /** Nulls included; none in the page of a dictionary. */
  readonly values: number
  readonly nulls: number
  /** Equal to `values` unless the column is nested. */
  readonly rows: number
}

/** Rows of a column with their values in the encoding of the page. */
export interface EncodedRows {
  readonly rows: number
  readonly nulls: number
  /** The values of the rows that have one. */
  readonly values: Uint8Array
  /** One bit per row, least significant first, 1 = has a value; undefined when the column cannot have nulls. */
  readonly valid: Uint8Array | undefined
}

interface IndexedRows extends EncodedRows {
  readonly valid: Uint8Array
}

/** Booleans, packed: one bit per value, the least significant first. */
export interface PackedBooleans {
  readonly bits: Uint8Array
  readonly length: number
}

export type NewValues = Float32Array | Float64Array | Int32Array | BigInt64Array | PackedBooleans

/**
 * A v1 page of an optional column.
 * @param values of the rows that have one
 */
export function newPage(values: NewValues, valid: Uint8Array, rows: number, compression: NewCompression): DataPage {
  const nulls = rows - values.length
  if ('bits' in values) {
    const bits = values.bits.subarray(0, (values.length + 7) >> 3)
    return dataPage({ rows, nulls, values: bits, valid }, compression, 1)
  }
  const levels = withLength(encodeLevels(valid, rows, nulls))
  const words = new Int32Array(values.buffer, values.byteOffset, values.byteLength / Int32Array.BYTES_PER_ELEMENT)
  const body = compressWords(levels, words, compression, areRuns(levels, rows))
  return pageV1({
    body,
    uncompressedLength: levels.length + values.byteLength,
    rows,
    nulls,
    encoding: PLAIN,
  })
}

/** A v1 page of an optional column with dictionary indices. */
export function indicesPage({ rows, nulls, values, valid }: IndexedRows, compression: NewCompression): DataPage {
  const plain = concatBytes([withLength(encodeLevels(valid, rows, nulls)), values])
  const body = areRuns(plain, rows) ? compressRuns(plain, compression) : compress(plain, compression)
  return pageV1({ body, uncompressedLength: plain.length, rows, nulls, encoding: RLE_DICTIONARY })
}

/** Whether encoded levels or indices of so many rows are mostly runs, in which hardly anything repeats. */
function areRuns(encoded: Uint8Array, rows: number): boolean {
  return 16 * encoded.length < rows
}

/** The page of a dictionary. @param entries values of 32 bits */
export function dictionaryPage(entries: Int32Array, compression: NewCompression): DataPage {
  const details = thrift.struct({
    [DICTIONARY_PAGE_HEADER.numValues]: thrift.i32(entries.length),
    [DICTIONARY_PAGE_HEADER.encoding]: thrift.i32(PLAIN),
  })
  const body = compressWords(new Uint8Array(0), entries, compression)
  const content = { body, uncompressedLength: entries.byteLength, rows: 0, nulls: 0, encoding: PLAIN }
  return page(DICTIONARY_PAGE, { [PAGE_HEADER.dictionaryPageHeader]: details }, content)
}

/** A page of a given version. */
export function dataPage(
  { rows, nulls, values, valid }: EncodedRows,
  compression: Compression,
  version: 1 | 2,
  encoding: number = PLAIN,
): DataPage {
  const levels = valid ? encodeLevels(valid, rows, nulls) : new Uint8Array(0)
  if (version === 1) {
    const plain = valid ? concatBytes([withLength(levels), values]) : values
    return pageV1({ body: compress(plain, compression), uncompressedLength: plain.length, rows, nulls, encoding })
  }
  // the levels of a v2 page are never compressed, and neither are no values
  const isCompressed = compression !== 'UNCOMPRESSED' && values.length > 0
  const body = concatBytes([levels, isCompressed ? compress(values, compression) : values])
  const details = thrift.struct({
    [DATA_PAGE_HEADER_V2.numValues]: thrift.i32(rows),
    [DATA_PAGE_HEADER_V2.numNulls]: thrift.i32(nulls),
    [DATA_PAGE_HEADER_V2.numRows]: thrift.i32(rows),
    [DATA_PAGE_HEADER_V2.encoding]: thrift.i32(encoding),
    [DATA_PAGE_HEADER_V2.definitionLevelsByteLength]: thrift.i32(levels.length),
    [DATA_PAGE_HEADER_V2.repetitionLevelsByteLength]: thrift.i32(0),
    [DATA_PAGE_HEADER_V2.isCompressed]: thrift.boolean(isCompressed),
  })
  const uncompressedLength = levels.length + values.length
  return page(
    DATA_PAGE_V2,
    { [PAGE_HEADER.dataPageHeaderV2]: details },
    { body, uncompressedLength, rows, nulls, encoding },
  )
}

/** The content of a page, for its header. */
interface PageContent {
  /** The body as it is stored. */
  readonly body: Uint8Array
  /** Length of the body before compression. */
  readonly uncompressedLength: number
  readonly rows: number
  readonly nulls: number
  readonly encoding: number
}

function pageV1(content: PageContent): DataPage {
  const details = thrift.struct({
    [DATA_PAGE_HEADER.numValues]: thrift.i32(content.rows),
    [DATA_PAGE_HEADER.encoding]: thrift.i32(content.encoding),
    [DATA_PAGE_HEADER.definitionLevelEncoding]: thrift.i32(RLE),
    [DATA_PAGE_HEADER.repetitionLevelEncoding]: thrift.i32(RLE),
  })
  return page(DATA_PAGE, { [PAGE_HEADER.dataPageHeader]: details }, content)
}

function page(
  kind: number,
  details: Readonly<Record<number, ThriftValue>>,
  { body, uncompressedLength, rows, nulls, encoding }: PageContent,
): DataPage {
  const header = thrift.struct({
    [PAGE_HEADER.type]: thrift.i32(kind),
    [PAGE_HEADER.uncompressedPageSize]: thrift.i32(uncompressedLength),
    [PAGE_HEADER.compressedPageSize]: thrift.i32(body.length),
    [PAGE_HEADER.crc]: thrift.i32(crc32(body) | 0),
    ...details,
  }).raw
  return {
    kind,
    encoding,
    bytes: concatBytes([header, body]),
    uncompressedBytes: header.length + uncompressedLength,
    values: rows,
    rows,
    nulls,
  }
}

/** The levels of a v1 page follow their length, in four bytes. */
function withLength(levels: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + levels.length)
  new DataView(bytes.buffer).setUint32(0, levels.length, true)
  bytes.set(levels, 4)
  return bytes
}
