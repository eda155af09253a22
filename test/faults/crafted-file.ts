/** Makes Parquet files byte by byte, so that any field can be wrong. */

import { crc32 } from 'node:zlib'
import {
  COMPRESSIONS,
  type Compression,
  DATA_PAGE,
  DATA_PAGE_V2,
  DICTIONARY_PAGE,
  PHYSICAL_TYPES,
  type PhysicalType,
  RLE,
} from '../../functions/parquet/format/enumerations.ts'
import {
  COLUMN_CHUNK,
  COLUMN_META,
  DATA_PAGE_HEADER,
  DATA_PAGE_HEADER_V2,
  DICTIONARY_PAGE_HEADER,
  FILE_METADATA,
  PAGE_HEADER,
  ROW_GROUP,
  SCHEMA_ELEMENT,
} from '../../functions/parquet/format/fields.ts'
import { type ThriftValue, thrift } from '../../functions/parquet/format/thrift.ts'

type Fields = Readonly<Record<number, ThriftValue | undefined>>

export interface CraftedPage {
  readonly kind?: number
  readonly values: number
  readonly encoding?: number
  readonly body: Uint8Array
  /** The number that the header states, when it is to be wrong. */
  readonly uncompressedLength?: number
  readonly bodyLength?: number
  readonly header?: Fields
  readonly details?: Fields
}

export interface CraftedColumn {
  readonly name: string
  readonly type: PhysicalType
  readonly pages: readonly CraftedPage[]
  readonly codec?: Compression
  readonly encodings?: readonly number[]
  /** Fields of the ColumnMetaData, the ColumnChunk and the SchemaElement that are to be wrong. */
  readonly meta?: Fields
  readonly chunk?: Fields
  readonly element?: Fields
}

export interface CraftedFile {
  readonly columns: readonly CraftedColumn[]
  readonly rows: number
  /** How often the one row group is listed. */
  readonly groups?: number
  readonly footer?: Fields
  readonly group?: Fields
  readonly root?: Fields
  /** Schema elements instead of the correct ones. */
  readonly schema?: readonly ThriftValue[]
}

export function pageBytes(page: CraftedPage): Uint8Array {
  const { kind = DATA_PAGE, values, encoding = 0, body } = page
  const count = thrift.i32(values)
  const details =
    kind === DATA_PAGE_V2
      ? {
          [DATA_PAGE_HEADER_V2.numValues]: count,
          [DATA_PAGE_HEADER_V2.numNulls]: thrift.i32(0),
          [DATA_PAGE_HEADER_V2.numRows]: count,
          [DATA_PAGE_HEADER_V2.encoding]: thrift.i32(encoding),
          [DATA_PAGE_HEADER_V2.definitionLevelsByteLength]: thrift.i32(0),
          [DATA_PAGE_HEADER_V2.repetitionLevelsByteLength]: thrift.i32(0),
        }
      : kind === DICTIONARY_PAGE
        ? { [DICTIONARY_PAGE_HEADER.numValues]: count, [DICTIONARY_PAGE_HEADER.encoding]: thrift.i32(encoding) }
        : {
            [DATA_PAGE_HEADER.numValues]: count,
            [DATA_PAGE_HEADER.encoding]: thrift.i32(encoding),
            [DATA_PAGE_HEADER.definitionLevelEncoding]: thrift.i32(RLE),
            [DATA_PAGE_HEADER.repetitionLevelEncoding]: thrift.i32(RLE),
          }
  const detailsField =
    kind === DATA_PAGE_V2
      ? PAGE_HEADER.dataPageHeaderV2
      : kind === DICTIONARY_PAGE
        ? PAGE_HEADER.dictionaryPageHeader
        : PAGE_HEADER.dataPageHeader
  const header = thrift.struct({
    [PAGE_HEADER.type]: thrift.i32(kind),
    [PAGE_HEADER.uncompressedPageSize]: thrift.i32(page.uncompressedLength ?? body.length),
    [PAGE_HEADER.compressedPageSize]: thrift.i32(page.bodyLength ?? body.length),
    [detailsField]: thrift.struct({ ...details, ...page.details }),
    ...page.header,
  })
  return Buffer.concat([header.raw, body])
}

export const checksumOf = (body: Uint8Array): Fields => ({ [PAGE_HEADER.crc]: thrift.i32(crc32(body) | 0) })

export function craft(file: CraftedFile): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from('PAR1')]
  let offset = 4
  let total = 0
  const chunks = file.columns.map((column) => {
    const pages = column.pages.map(pageBytes)
    const length = pages.reduce((sum, page) => sum + page.length, 0)
    const hasDictionary = column.pages[0]?.kind === DICTIONARY_PAGE
    const values = column.pages.reduce((sum, page) => (page.kind === DICTIONARY_PAGE ? sum : sum + page.values), 0)
    const meta = thrift.struct({
      [COLUMN_META.type]: thrift.i32(PHYSICAL_TYPES.indexOf(column.type)),
      [COLUMN_META.encodings]: thrift.list((column.encodings ?? [0, 3, 8]).map(thrift.i32)),
      [COLUMN_META.pathInSchema]: thrift.list([thrift.binary(column.name)]),
      [COLUMN_META.codec]: thrift.i32(COMPRESSIONS.indexOf(column.codec ?? 'UNCOMPRESSED')),
      [COLUMN_META.numValues]: thrift.i64(values),
      [COLUMN_META.totalUncompressedSize]: thrift.i64(length),
      [COLUMN_META.totalCompressedSize]: thrift.i64(length),
      [COLUMN_META.dataPageOffset]: thrift.i64(offset + (hasDictionary ? pages[0]!.length : 0)),
      [COLUMN_META.dictionaryPageOffset]: hasDictionary ? thrift.i64(offset) : undefined,
      ...column.meta,
    })
    parts.push(...pages)
    offset += length
    total += length
    return thrift.struct({ [COLUMN_CHUNK.fileOffset]: thrift.i64(0), [COLUMN_CHUNK.metadata]: meta, ...column.chunk })
  })
  const group = thrift.struct({
    [ROW_GROUP.columns]: thrift.list(chunks),
    [ROW_GROUP.totalByteSize]: thrift.i64(total),
    [ROW_GROUP.numRows]: thrift.i64(file.rows),
    ...file.group,
  })
  const groups = file.groups ?? 1
  const schema = file.schema ?? [
    thrift.struct({
      [SCHEMA_ELEMENT.name]: thrift.binary('schema'),
      [SCHEMA_ELEMENT.numChildren]: thrift.i32(file.columns.length),
      ...file.root,
    }),
    ...file.columns.map(({ name, type, element }) =>
      thrift.struct({
        [SCHEMA_ELEMENT.type]: thrift.i32(PHYSICAL_TYPES.indexOf(type)),
        [SCHEMA_ELEMENT.repetitionType]: thrift.i32(0),
        [SCHEMA_ELEMENT.name]: thrift.binary(name),
        ...element,
      }),
    ),
  ]
  const footer = thrift.struct({
    [FILE_METADATA.version]: thrift.i32(2),
    [FILE_METADATA.schema]: thrift.list(schema),
    [FILE_METADATA.numRows]: thrift.i64(file.rows * groups),
    [FILE_METADATA.rowGroups]: thrift.list(Array.from({ length: groups }, () => group)),
    ...file.footer,
  }).raw
  const end = Buffer.alloc(8, 'PAR1', 'latin1')
  end.writeUInt32LE(footer.length)
  end.write('PAR1', 4, 'latin1')
  return new Uint8Array(Buffer.concat([...parts, footer, end]))
}

export const bytesOf = (values: BigInt64Array | Float64Array | Int32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** Minute bars: `ts`, `high`, `low`, `close`, all required, one plain page each. */
export function marketColumns(rows: number): CraftedColumn[] {
  const doubles = (of: (row: number) => number) => bytesOf(Float64Array.from({ length: rows }, (_, row) => of(row)))
  const times = bytesOf(BigInt64Array.from({ length: rows }, (_, row) => BigInt(1_700_000_000 + 60 * row)))
  const column = (name: string, type: PhysicalType, body: Uint8Array) => ({
    name,
    type,
    pages: [{ values: rows, body }],
  })
  return [
    column('ts', 'INT64', times),
    column(
      'high',
      'DOUBLE',
      doubles((row) => 101 + Math.sin(row / 9)),
    ),
    column(
      'low',
      'DOUBLE',
      doubles((row) => 99 + Math.sin(row / 9)),
    ),
    column(
      'close',
      'DOUBLE',
      doubles((row) => 100 + Math.sin(row / 7)),
    ),
  ]
}
