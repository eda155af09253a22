/** Parquet files made byte by byte, so that any part of them can lie. */
import { crc32 } from 'node:zlib'
import type { Codec, PhysicalType } from '../../functions/parquet/format/footer.ts'
import { CODECS, PHYSICAL_TYPES } from '../../functions/parquet/format/shapes.ts'
import { type ThriftValue, thrift } from '../../functions/parquet/format/thrift.ts'

export const DATA_PAGE = 0
export const DICTIONARY_PAGE = 2
export const DATA_PAGE_V2 = 3

type Fields = Readonly<Record<number, ThriftValue | undefined>>

export interface CraftedPage {
  readonly kind?: number
  readonly values: number
  readonly encoding?: number
  readonly body: Uint8Array
  /** What the header states, if not the truth. */
  readonly uncompressedLength?: number
  readonly bodyLength?: number
  readonly header?: Fields
  readonly details?: Fields
}

export interface CraftedColumn {
  readonly name: string
  readonly type: PhysicalType
  readonly pages: readonly CraftedPage[]
  readonly codec?: Codec
  readonly encodings?: readonly number[]
  /** Fields of the ColumnMetaData, the ColumnChunk and the SchemaElement, if not the truth. */
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
  /** Schema elements instead of the true ones. */
  readonly schema?: readonly ThriftValue[]
}

export function pageBytes(page: CraftedPage): Uint8Array {
  const { kind = DATA_PAGE, values, encoding = 0, body } = page
  const count = thrift.i32(values)
  const details =
    kind === DATA_PAGE_V2
      ? { 1: count, 2: thrift.i32(0), 3: count, 4: thrift.i32(encoding), 5: thrift.i32(0), 6: thrift.i32(0) }
      : kind === DICTIONARY_PAGE
        ? { 1: count, 2: thrift.i32(encoding) }
        : { 1: count, 2: thrift.i32(encoding), 3: thrift.i32(3), 4: thrift.i32(3) }
  const header = thrift.struct({
    1: thrift.i32(kind),
    2: thrift.i32(page.uncompressedLength ?? body.length),
    3: thrift.i32(page.bodyLength ?? body.length),
    [kind === DATA_PAGE_V2 ? 8 : kind === DICTIONARY_PAGE ? 7 : 5]: thrift.struct({ ...details, ...page.details }),
    ...page.header,
  })
  return Buffer.concat([header.raw, body])
}

export const checksumOf = (body: Uint8Array): Fields => ({ 4: thrift.i32(crc32(body) | 0) })

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
      1: thrift.i32(PHYSICAL_TYPES.indexOf(column.type)),
      2: thrift.list((column.encodings ?? [0, 3, 8]).map(thrift.i32)),
      3: thrift.list([thrift.binary(column.name)]),
      4: thrift.i32(CODECS.indexOf(column.codec ?? 'UNCOMPRESSED')),
      5: thrift.i64(values),
      6: thrift.i64(length),
      7: thrift.i64(length),
      9: thrift.i64(offset + (hasDictionary ? pages[0]!.length : 0)),
      11: hasDictionary ? thrift.i64(offset) : undefined,
      ...column.meta,
    })
    parts.push(...pages)
    offset += length
    total += length
    return thrift.struct({ 2: thrift.i64(0), 3: meta, ...column.chunk })
  })
  const group = thrift.struct({ 1: thrift.list(chunks), 2: thrift.i64(total), 3: thrift.i64(file.rows), ...file.group })
  const groups = file.groups ?? 1
  const schema = file.schema ?? [
    thrift.struct({ 4: thrift.binary('schema'), 5: thrift.i32(file.columns.length), ...file.root }),
    ...file.columns.map(({ name, type, element }) =>
      thrift.struct({
        1: thrift.i32(PHYSICAL_TYPES.indexOf(type)),
        3: thrift.i32(0),
        4: thrift.binary(name),
        ...element,
      }),
    ),
  ]
  const footer = thrift.struct({
    1: thrift.i32(2),
    2: thrift.list(schema),
    3: thrift.i64(file.rows * groups),
    4: thrift.list(Array.from({ length: groups }, () => group)),
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
