/** Hostile and damaged files that may be uploaded, each named by its fault, with the expected answer. */

import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { Compression } from '../../functions/parquet/format/enumerations.ts'
import { DATA_PAGE_V2, DICTIONARY_PAGE } from '../../functions/parquet/format/enumerations.ts'
import { PAGE_HEADER } from '../../functions/parquet/format/fields.ts'
import { ThriftStruct, type ThriftValue, thrift } from '../../functions/parquet/format/thrift.ts'
import { varint } from '../../functions/parquet/format/varint.ts'
import { barsFile, random, someBars } from '../parquet-files.ts'
import {
  bytesOf,
  type CraftedColumn,
  type CraftedFile,
  type CraftedPage,
  checksumOf,
  craft,
  marketColumns,
} from './crafted-file.ts'

export interface HostileFile {
  readonly name: string
  readonly bytes: () => Uint8Array
  /** `enriched`, or the code of the refusal. */
  readonly answer: string
  /** Takes seconds; a smaller one of its kind is in the list. */
  readonly isLarge?: boolean
}

const ROWS = 500
const GIB = 2 ** 30

/** A correct file except for one of its columns. */
function withColumn(
  name: string,
  change: (column: CraftedColumn) => Partial<CraftedColumn>,
  rest: Partial<CraftedFile> = {},
) {
  const columns = marketColumns(ROWS).map((column) =>
    column.name === name ? { ...column, ...change(column) } : column,
  )
  return craft({ columns, rows: ROWS, ...rest })
}

const withPage = (change: (page: CraftedPage) => Partial<CraftedPage>, column: Partial<CraftedColumn> = {}) =>
  withColumn('high', ({ pages }) => ({ ...column, pages: pages.map((page) => ({ ...page, ...change(page) })) }))

const withMeta = (meta: CraftedColumn['meta']) => withColumn('high', () => ({ meta: meta! }))

const withFooter = (rest: Partial<CraftedFile>) => craft({ columns: marketColumns(ROWS), rows: ROWS, ...rest })

/** Any bytes as the footer behind 100 bytes of data. */
function withFooterBytes(footer: Uint8Array, length = footer.length): Uint8Array {
  const end = Buffer.alloc(8)
  end.writeUInt32LE(length >>> 0)
  end.write('PAR1', 4, 'latin1')
  return new Uint8Array(Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(100), footer, end]))
}

/** A Thrift integer that a double cannot hold. */
const hugeInteger = (last: number): ThriftValue => ({
  type: 6,
  raw: Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, last),
})

/** Snappy: a length, one zero byte, then the instruction to repeat it, 64 bytes at a time. */
function snappyBomb(length: number): Uint8Array {
  const preamble: number[] = []
  for (let rest = length; ; rest = Math.floor(rest / 128)) {
    preamble.push(rest > 127 ? (rest % 128) | 128 : rest)
    if (rest <= 127) break
  }
  const copies = Buffer.alloc(3 * Math.floor((length - 1) / 64), Uint8Array.of((63 << 2) | 2, 1, 0))
  return Buffer.concat([Uint8Array.from(preamble), Uint8Array.of(0, 0), copies])
}

const zeros = (bytes: number) => new Uint8Array(bytes)
const bombs: readonly { codec: Compression; body: () => Uint8Array }[] = [
  { codec: 'GZIP', body: () => gzipSync(zeros(GIB / 4), { level: 1 }) },
  { codec: 'ZSTD', body: () => zstdCompressSync(zeros(GIB / 4)) },
  { codec: 'BROTLI', body: () => brotliCompressSync(zeros(GIB / 16), { params: { 1: 1 } }) },
  { codec: 'SNAPPY', body: () => snappyBomb(GIB / 4) },
]

const booleans = (count: number) =>
  thrift.struct({ 1: { type: 9, raw: Buffer.concat([Uint8Array.of(0xf1), leb128(count), Buffer.alloc(count, 1)]) } })

function leb128(value: number): Uint8Array {
  return value < 128
    ? Uint8Array.of(value)
    : Buffer.concat([Uint8Array.of((value & 127) | 128), leb128(Math.floor(value / 128))])
}

const deepGroups = (depth: number) =>
  Array.from({ length: depth }, (_, i) => thrift.struct({ 4: thrift.binary(`g${i}`), 5: thrift.i32(1) }))

/** The offsets at which the parts of a file begin and end. */
function boundaries(bytes: Uint8Array): number[] {
  const footerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true)
  const footerStart = bytes.length - 8 - footerLength
  const found = [
    1,
    4,
    footerStart,
    footerStart + 1,
    footerStart + (footerLength >> 1),
    bytes.length - 8,
    bytes.length - 4,
    bytes.length - 1,
  ]
  for (let at = 4; at < footerStart; ) {
    const header = new ThriftStruct(bytes, at, footerStart)
    found.push(header.end, header.end + 1)
    at = header.end + header.integer(PAGE_HEADER.compressedPageSize)!
    found.push(at)
  }
  return [...new Set(found)].filter((at) => at < bytes.length)
}

const good = barsFile(someBars(ROWS))
const cuts = boundaries(good).map((at) => ({
  name: `cut at byte ${at}`,
  bytes: () => good.slice(0, at),
  answer: 'not-parquet',
}))

const dictionary = (values: readonly number[]): CraftedPage => ({
  kind: DICTIONARY_PAGE,
  values: values.length,
  body: bytesOf(Float64Array.from(values)),
})
/** All rows have the entry 0 of the dictionary: bit width 1, one run. */
const indexes = (rows = ROWS): CraftedPage => ({
  values: rows,
  encoding: 8,
  body: Buffer.concat([Uint8Array.of(1), leb128(rows * 2), Uint8Array.of(0)]),
})

export const HOSTILE_FILES: readonly HostileFile[] = [
  { name: 'empty', bytes: () => new Uint8Array(0), answer: 'not-parquet' },
  { name: '3 bytes', bytes: () => Buffer.from('PAR'), answer: 'not-parquet' },
  { name: 'only the magic, twice', bytes: () => Buffer.from('PAR1PAR1'), answer: 'not-parquet' },
  {
    name: 'random bytes',
    bytes: () =>
      Uint8Array.from(
        { length: 5000 },
        (
          (next) => () =>
            next() * 256
        )(random(5)),
      ),
    answer: 'not-parquet',
  },
  {
    name: 'random bytes between the magic',
    bytes: () =>
      withFooterBytes(
        Uint8Array.from(
          { length: 500 },
          (
            (next) => () =>
              next() * 256
          )(random(6)),
        ),
      ),
    answer: 'corrupt',
  },
  ...cuts,
  {
    name: 'a newline after the magic, as git puts it',
    bytes: () => Buffer.concat([good, Buffer.from('\n')]),
    answer: 'not-parquet',
  },
  {
    name: 'no magic at the start',
    bytes: () => Buffer.concat([Buffer.from('XXXX'), good.subarray(4)]),
    answer: 'not-parquet',
  },
  {
    name: 'PARE',
    bytes: () => Buffer.concat([Buffer.from('PARE'), good.subarray(4, -4), Buffer.from('PARE')]),
    answer: 'encrypted',
  },
  {
    name: 'an encrypted column',
    bytes: () => withColumn('high', () => ({ chunk: { 8: thrift.struct({ 1: thrift.struct({}) }) } })),
    answer: 'encrypted',
  },

  {
    name: 'footer length larger than the file',
    bytes: () => withFooterBytes(new Uint8Array(10), 10_000),
    answer: 'corrupt',
  },
  { name: 'footer length negative', bytes: () => withFooterBytes(new Uint8Array(10), -1), answer: 'corrupt' },
  { name: 'footer length zero', bytes: () => withFooterBytes(new Uint8Array(0)), answer: 'corrupt' },
  {
    name: 'footer of nothing but fields',
    bytes: () => withFooterBytes(new Uint8Array(100_000).fill(0x11)),
    answer: 'corrupt',
  },
  {
    name: 'footer of structs in structs',
    bytes: () => withFooterBytes(new Uint8Array(100_000).fill(0x1c)),
    answer: 'corrupt',
  },
  {
    name: 'footer with a list of 2^31 - 1 elements',
    bytes: () => withFooterBytes(Uint8Array.of(0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07)),
    answer: 'corrupt',
  },
  {
    name: 'footer with a million booleans for a schema',
    bytes: () => withFooterBytes(booleans(1_000_000).raw),
    answer: 'corrupt',
  },
  {
    name: 'footer with 30 million empty row groups',
    bytes: () =>
      withFooter({
        footer: {
          4: { type: 9, raw: Buffer.concat([Uint8Array.of(0xfc), leb128(30_000_000), Buffer.alloc(30_000_000)]) },
        },
      }),
    answer: 'too-big',
  },

  ...[-1, 5, 1e9].map((offset) => ({
    name: `a chunk at byte ${offset}`,
    bytes: () => withMeta({ 9: thrift.i64(offset) }),
    answer: 'corrupt',
  })),
  { name: 'a chunk at byte 2^63 - 1', bytes: () => withMeta({ 9: hugeInteger(1) }), answer: 'corrupt' },
  { name: 'a chunk of negative length', bytes: () => withMeta({ 7: thrift.i64(-5) }), answer: 'corrupt' },
  { name: 'a chunk longer than the file', bytes: () => withMeta({ 7: thrift.i64(1e12) }), answer: 'corrupt' },
  {
    name: 'a chunk in another file',
    bytes: () => withColumn('high', () => ({ chunk: { 1: thrift.binary('/etc/passwd') } })),
    answer: 'unsupported',
  },
  {
    name: 'two columns in one chunk',
    bytes: () => {
      const low = marketColumns(ROWS)[0]!
      const at = 4 + 2 * (low.pages[0]!.body.length + 24)
      return withColumn('low', () => ({ meta: { 9: thrift.i64(at - ROWS * 8) } }))
    },
    answer: 'corrupt',
  },
  { name: 'one row group listed 1,000 times', bytes: () => withFooter({ groups: 1000 }), answer: 'corrupt' },
  {
    name: 'a row group without one of its columns',
    bytes: () => withFooter({ group: { 1: thrift.list([]) } }),
    answer: 'corrupt',
  },

  ...[-1, 0, ROWS - 1, ROWS + 1, 2 ** 31, 2 ** 40].map((rows) => ({
    name: `${rows} rows stated of ${ROWS}`,
    bytes: () => withFooter({ footer: { 3: thrift.i64(rows) } }),
    answer: rows === 0 ? 'enriched' : rows >= 2 ** 31 ? 'too-big' : 'corrupt',
  })),
  { name: '2^63 - 1 rows stated', bytes: () => withFooter({ footer: { 3: hugeInteger(1) } }), answer: 'corrupt' },
  {
    name: 'row groups of fewer rows than their pages',
    bytes: () => withFooter({ group: { 3: thrift.i64(3) }, footer: { 3: thrift.i64(3) } }),
    answer: 'corrupt',
  },
  {
    name: 'a column shorter than the others',
    bytes: () => withColumn('high', () => ({ pages: marketColumns(ROWS - 1)[1]!.pages })),
    answer: 'corrupt',
  },
  {
    name: '2^31 - 1 rows in run lengths of a few bytes',
    bytes: () =>
      craft({
        columns: ['ts', 'high', 'low', 'close'].map(
          (name) =>
            ({
              name,
              type: name === 'ts' ? 'INT64' : 'DOUBLE',
              pages: [dictionary([1]), ...Array.from({ length: 1024 }, () => indexes(2 ** 21 - 1))],
            }) as const,
        ),
        rows: 1024 * (2 ** 21 - 1),
      }),
    answer: 'too-big',
  },

  {
    name: 'a page that states 1.9 GB',
    bytes: () => withPage(() => ({ uncompressedLength: 1.9e9 }), { codec: 'GZIP' }),
    answer: 'corrupt',
  },
  {
    name: 'a dictionary page of texts that states 1.9 GB',
    bytes: () =>
      craft({
        columns: [
          ...marketColumns(ROWS),
          {
            name: 'symbol',
            type: 'BYTE_ARRAY',
            codec: 'GZIP',
            pages: [{ ...dictionary([1]), uncompressedLength: 1.9e9 }, indexes()],
          },
        ],
        rows: ROWS,
      }),
    answer: 'too-big',
  },
  {
    name: 'a dictionary page that states 1.9 GB',
    bytes: () =>
      withColumn('high', () => ({
        codec: 'GZIP',
        pages: [{ ...dictionary([1, 2]), uncompressedLength: 1.9e9 }, indexes()],
      })),
    answer: 'corrupt',
  },
  { name: 'a page of negative length', bytes: () => withPage(() => ({ bodyLength: -1 })), answer: 'corrupt' },
  {
    name: 'a page longer than its chunk',
    bytes: () => withPage(({ body }) => ({ bodyLength: body.length + 1000 })),
    answer: 'corrupt',
  },
  { name: 'a page of -1 values', bytes: () => withPage(() => ({ values: -1 })), answer: 'corrupt' },
  {
    name: 'a page of 2^31 - 1 values',
    bytes: () => withPage(() => ({ details: { 1: thrift.i32(2 ** 31 - 1) } })),
    answer: 'corrupt',
  },
  {
    name: 'a page of more values than it holds',
    bytes: () =>
      withColumn('high', ({ pages }) => ({ pages: [{ ...pages[0]!, body: pages[0]!.body.subarray(0, 800) }] })),
    answer: 'corrupt',
  },
  ...bombs.flatMap(({ codec, body }) => [
    {
      name: `a ${codec} bomb that says so`,
      bytes: () => withPage(() => ({ body: body(), uncompressedLength: GIB / 4 }), { codec }),
      answer: 'corrupt',
    },
    {
      name: `a ${codec} bomb that does not say so`,
      bytes: () => withPage(({ body: plain }) => ({ body: body(), uncompressedLength: plain.length }), { codec }),
      answer: 'corrupt',
    },
  ]),
  { name: 'LZO', bytes: () => withColumn('high', () => ({ codec: 'LZO' })), answer: 'unsupported' },
  { name: 'an unknown codec', bytes: () => withMeta({ 4: thrift.i32(99) }), answer: 'unsupported' },
  {
    name: 'a codec that the pages do not have',
    bytes: () => withColumn('high', () => ({ codec: 'ZSTD' })),
    answer: 'corrupt',
  },
  { name: 'an unknown encoding', bytes: () => withPage(() => ({ encoding: 77 })), answer: 'unsupported' },
  {
    name: 'an encoding that the chunk does not state',
    bytes: () => withColumn('high', () => ({ encodings: [3, 5] })),
    answer: 'enriched',
  },
  {
    name: 'an encoding that the type cannot have',
    bytes: () => withPage(() => ({ encoding: 5 }), { encodings: [5] }),
    answer: 'corrupt',
  },
  {
    name: 'an unknown page type',
    bytes: () => withPage(() => ({ header: { 1: thrift.i32(9) } })),
    answer: 'unsupported',
  },
  {
    name: 'an index page before the data',
    bytes: () =>
      withColumn('high', ({ pages }) => ({
        pages: [{ kind: 1, values: 0, body: Buffer.from('index'), header: { 5: undefined } }, ...pages],
      })),
    answer: 'enriched',
  },
  {
    name: 'a page without the header of its type',
    bytes: () => withPage(() => ({ header: { 5: undefined } })),
    answer: 'corrupt',
  },
  {
    name: 'a page header that does not end',
    bytes: () => withPage(() => ({ header: { 5: { type: 12, raw: new Uint8Array(5000).fill(0x11) } } })),
    answer: 'corrupt',
  },
  {
    name: 'a dictionary after the data',
    bytes: () =>
      withColumn('high', ({ pages }) => ({
        pages: [
          { ...pages[0]!, values: ROWS / 2, body: pages[0]!.body.subarray(0, 4 * ROWS) },
          dictionary([1]),
          indexes(ROWS / 2),
        ],
      })),
    answer: 'corrupt',
  },
  {
    name: 'two dictionaries',
    bytes: () => withColumn('high', () => ({ pages: [dictionary([1]), dictionary([2]), indexes()] })),
    answer: 'corrupt',
  },
  { name: 'no dictionary', bytes: () => withColumn('high', () => ({ pages: [indexes()] })), answer: 'corrupt' },
  {
    name: 'an index beyond the dictionary',
    bytes: () => withColumn('high', () => ({ pages: [dictionary([]), indexes()] })),
    answer: 'corrupt',
  },
  { name: 'a wrong checksum', bytes: () => withPage(() => ({ header: { 4: thrift.i32(12345) } })), answer: 'corrupt' },
  { name: 'a right checksum', bytes: () => withPage(({ body }) => ({ header: checksumOf(body) })), answer: 'enriched' },
  {
    name: 'levels longer than their v2 page',
    bytes: () => withPage(() => ({ kind: DATA_PAGE_V2, details: { 5: thrift.i32(1e6) } })),
    answer: 'corrupt',
  },
  {
    name: 'a v2 page with more values than rows',
    bytes: () => withPage(() => ({ kind: DATA_PAGE_V2, details: { 3: thrift.i32(7) } })),
    answer: 'corrupt',
  },

  { name: 'zero columns', bytes: () => craft({ columns: [], rows: 0 }), answer: 'columns' },
  { name: 'zero columns and five rows', bytes: () => craft({ columns: [], rows: 5 }), answer: 'columns' },
  {
    name: 'zero rows',
    bytes: () => craft({ columns: marketColumns(0).map((column) => ({ ...column, pages: [] })), rows: 0 }),
    answer: 'enriched',
  },
  {
    name: 'zero rows and no row group',
    bytes: () => craft({ columns: marketColumns(0).map((column) => ({ ...column, pages: [] })), rows: 0, groups: 0 }),
    answer: 'enriched',
  },
  {
    name: 'a column name twice',
    bytes: () => craft({ columns: [...marketColumns(ROWS), marketColumns(ROWS)[1]!], rows: ROWS }),
    answer: 'columns',
  },
  {
    name: 'a column name twice that nobody needs',
    bytes: () =>
      craft({
        columns: [...marketColumns(ROWS), ...[1, 2].map(() => ({ ...marketColumns(ROWS)[1]!, name: 'x' }))],
        rows: ROWS,
      }),
    answer: 'enriched',
  },
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((name) => ({
    name: `a column called ${name}`,
    bytes: () => craft({ columns: [...marketColumns(ROWS), { ...marketColumns(ROWS)[1]!, name }], rows: ROWS }),
    answer: 'enriched',
  })),
  {
    name: 'a chunk under another name',
    bytes: () => withMeta({ 3: thrift.list([thrift.binary('low')]) }),
    answer: 'corrupt',
  },
  { name: 'a chunk of another type', bytes: () => withMeta({ 1: thrift.i32(4) }), answer: 'corrupt' },
  {
    name: 'an unknown physical type',
    bytes: () => withColumn('high', () => ({ element: { 1: thrift.i32(42) } })),
    answer: 'unsupported',
  },
  {
    name: 'an unknown repetition',
    bytes: () => withColumn('high', () => ({ element: { 3: thrift.i32(9) } })),
    answer: 'unsupported',
  },
  ...[-1, 3, 5, 2 ** 31 - 1].map((children) => ({
    name: `a root with ${children} fields instead of 4`,
    bytes: () => withFooter({ root: { 5: thrift.i32(children) } }),
    answer: 'corrupt',
  })),
  { name: 'a schema without its root', bytes: () => withFooter({ schema: [] }), answer: 'corrupt' },
  {
    name: 'a schema nested 1,000 deep',
    bytes: () =>
      withFooter({
        schema: [...deepGroups(1000), thrift.struct({ 1: thrift.i32(2), 3: thrift.i32(0), 4: thrift.binary('x') })],
      }),
    answer: 'corrupt',
  },
  {
    name: 'a name of 1 MB',
    bytes: () =>
      craft({
        columns: [...marketColumns(ROWS).slice(1), { ...marketColumns(ROWS)[0]!, name: 'x'.repeat(2 ** 20) }],
        rows: ROWS,
      }),
    answer: 'columns',
  },
  {
    name: 'a struct of 500 fields with a name of 1 MB, which is a part of the name of each',
    bytes: () =>
      withFooter({
        schema: [
          thrift.struct({ 4: thrift.binary('schema'), 5: thrift.i32(1) }),
          thrift.struct({ 3: thrift.i32(0), 4: thrift.binary('x'.repeat(2 ** 20)), 5: thrift.i32(500) }),
          ...Array.from({ length: 500 }, (_, i) =>
            thrift.struct({ 1: thrift.i32(5), 3: thrift.i32(0), 4: thrift.binary(`field${i}`) }),
          ),
        ],
      }),
    answer: 'too-big',
  },
  {
    name: 'a name that rings, clears the screen and turns the text round',
    bytes: () =>
      craft({
        columns: [
          ...marketColumns(ROWS).slice(1),
          { ...marketColumns(ROWS)[0]!, name: '\u0007\u001b[2J\u202e\u009b\n' },
        ],
        rows: ROWS,
      }),
    answer: 'columns',
  },
  {
    name: '1 MB of key-value metadata',
    bytes: () =>
      withFooter({
        footer: { 5: thrift.list([thrift.struct({ 1: thrift.binary('k'), 2: thrift.binary('v'.repeat(2 ** 20)) })]) },
      }),
    answer: 'enriched',
  },
  {
    name: 'a pandas description nested 200,000 deep',
    bytes: () =>
      withFooter({
        footer: {
          5: thrift.list([
            thrift.struct({
              1: thrift.binary('pandas'),
              2: thrift.binary(`{"columns":[],"x":${'['.repeat(2e5)}${']'.repeat(2e5)}}`),
            }),
          ]),
        },
      }),
    answer: 'enriched',
  },
  {
    name: 'an Arrow schema that is none',
    bytes: () =>
      withFooter({
        footer: {
          5: thrift.list([thrift.struct({ 1: thrift.binary('ARROW:schema'), 2: thrift.binary('/////'.repeat(1000)) })]),
        },
      }),
    answer: 'enriched',
  },
  {
    name: 'a text of 1 MB repeated 65,536 times by a dictionary',
    bytes: () =>
      craft({
        columns: [
          ...marketColumns(65_536),
          {
            name: 'symbol',
            type: 'BYTE_ARRAY',
            pages: [
              {
                kind: DICTIONARY_PAGE,
                values: 1,
                body: Buffer.concat([Uint8Array.of(0, 0, 16, 0), Buffer.alloc(2 ** 20, 'x')]),
              },
              indexes(65_536),
            ],
          },
        ],
        rows: 65_536,
      }),
    answer: 'too-big',
  },
  ...[1_000, 10_000].flatMap((count) => {
    const others = () => Array.from({ length: count }, (_, i) => ({ ...marketColumns(ROWS)[1]!, name: `x${i}` }))
    const many = { answer: 'enriched', isLarge: count > 1_000 }
    return [
      {
        ...many,
        name: `${count} columns`,
        bytes: () => craft({ columns: [...marketColumns(ROWS), ...others()], rows: ROWS }),
      },
      {
        ...many,
        name: `${count} columns that lose a row`,
        bytes: () => craft({ columns: [...repeatedMinute(ROWS), ...others()], rows: ROWS }),
      },
    ]
  }),
  ...[1_000, 50_000].map((rows) => ({
    name: `a page for each of ${rows} rows, half of them dropped`,
    bytes: () =>
      barsFile(
        someBars(rows).map((_, i, bars) => bars[i - (i % 2)]!),
        { pageSize: 1 },
      ),
    answer: 'enriched',
    isLarge: rows > 1_000,
  })),
  ...[500, 5_000].map((groups) => ({
    name: `${groups} row groups of one row`,
    bytes: () => barsFile(someBars(groups), { rowGroupSize: 1 }),
    answer: 'enriched',
    isLarge: groups > 500,
  })),
  {
    // one group all the time, since its pages are never looked at; to write as many takes 10 s
    name: '100000 row groups of one row',
    bytes: () =>
      craft({
        columns: ['a', 'b'].flatMap((name) =>
          marketColumns(1).map((column) => ({ ...column, name: `${name}-${column.name}` })),
        ),
        rows: 1,
        groups: 100_000,
      }),
    answer: 'too-big',
    isLarge: true,
  },
  {
    name: 'a gap before each row',
    bytes: () =>
      craft({
        columns: [
          {
            ...marketColumns(ROWS)[0]!,
            pages: [
              {
                values: ROWS,
                body: bytesOf(BigInt64Array.from({ length: ROWS }, (_, i) => BigInt(1_700_000_000 + i * i))),
              },
            ],
          },
          ...marketColumns(ROWS).slice(1),
        ],
        rows: ROWS,
      }),
    answer: 'enriched',
  },
  {
    name: 'as many symbols as rows',
    bytes: () => barsFile(someBars(20_000).map((bar, i) => ({ ...bar, symbol: `S${i}` }))),
    answer: 'enriched',
  },
  ...[100_000, 1_000_000, 2 ** 31 - 1].map((width) => ({
    name: `values of ${width} bytes, none of which is there, of rows that are dropped`,
    bytes: () => {
      const rows = 40_000
      return craft({ columns: [...repeatedMinute(rows), absentColumn(rows, width)], rows })
    },
    // a value larger than the memory allowed is refused only once it is needed
    answer: width > 2 ** 30 ? 'too-big' : 'enriched',
  })),
  {
    name: 'booleans whose SNAPPY has no length, of rows that are dropped',
    bytes: () =>
      craft({
        columns: [
          ...repeatedMinute(ROWS),
          {
            name: 'flag',
            type: 'BOOLEAN',
            codec: 'SNAPPY',
            pages: [{ values: ROWS, body: new Uint8Array(6).fill(255), uncompressedLength: (ROWS + 7) >> 3 }],
          },
        ],
        rows: ROWS,
      }),
    answer: 'corrupt',
  },
  {
    name: 'booleans with levels above the highest, in a page that loses rows',
    bytes: () => {
      const levels = Buffer.concat([varint(2 * ROWS), Uint8Array.of(9)])
      const body = Buffer.concat([bytesOf(Int32Array.of(levels.length)), levels, new Uint8Array((ROWS + 7) >> 3)])
      const element = { 3: thrift.i32(1) }
      const flag = { name: 'flag', type: 'BOOLEAN' as const, element, pages: [{ values: ROWS, body }] }
      return craft({ columns: [...repeatedMinute(ROWS), flag], rows: ROWS })
    },
    answer: 'corrupt',
  },
  {
    name: 'a v2 page with repetition levels in a column that is not repeated',
    bytes: () =>
      withPage(({ body }) => ({
        kind: DATA_PAGE_V2,
        body: Buffer.concat([Uint8Array.of(0x10, 0), body]),
        details: { 6: thrift.i32(2) },
      })),
    answer: 'enriched',
  },
  {
    name: 'a dictionary of another encoding',
    bytes: () => withColumn('high', () => ({ pages: [{ ...dictionary([1, 2]), encoding: 5 }, indexes()] })),
    answer: 'corrupt',
  },
  {
    name: 'pages without values among those that are dropped, and at the end',
    bytes: () => {
      const [time, ...others] = repeatedMinute(ROWS)
      const page = { values: 0, body: new Uint8Array(0) }
      return craft({
        columns: [
          time!,
          ...others.map((column) => {
            const { body } = column.pages[0]!
            const cut = 8 * (ROWS - 1)
            const kept = { values: ROWS - 1, body: body.subarray(0, cut) }
            return { ...column, pages: [page, kept, page, { values: 1, body: body.subarray(cut) }, page] }
          }),
        ],
        rows: ROWS,
      })
    },
    answer: 'enriched',
  },
  {
    name: 'repetition levels of more rows than there are, one of which is dropped',
    bytes: () => {
      const values = ROWS + 1
      const page = { values, body: Buffer.concat([levelsOf(values), Buffer.alloc(4 * values)]) }
      return craft({ columns: [...repeatedMinute(ROWS), repeatedColumn('INT32', [page])], rows: ROWS })
    },
    answer: 'corrupt',
  },
  {
    // the page is judged before it is decompressed: it is not even BROTLI
    name: 'a nested page of 60 MB, of rows one of which is dropped',
    bytes: () => {
      const page = { values: ROWS, body: Buffer.alloc(100, 1), uncompressedLength: 60 * 2 ** 20 }
      const column = { ...repeatedColumn('BYTE_ARRAY', [page]), codec: 'BROTLI' as const }
      return craft({ columns: [...repeatedMinute(ROWS), column], rows: ROWS })
    },
    answer: 'too-big',
  },
  {
    name: 'a text of 1 MB repeated 500 times in a nested column, of rows one of which is dropped',
    bytes: () => {
      const text = Buffer.concat([Uint8Array.of(0, 0, 16, 0), Buffer.alloc(2 ** 20, 'x')])
      const { body, ...page } = indexes()
      const pages = [
        { kind: DICTIONARY_PAGE, values: 1, body: text },
        { ...page, body: Buffer.concat([levelsOf(ROWS), body]) },
      ]
      return craft({ columns: [...repeatedMinute(ROWS), repeatedColumn('BYTE_ARRAY', pages)], rows: ROWS })
    },
    answer: 'too-big',
  },
]

/** Repetition levels of zero and definition levels of one, as a v1 page has them. */
function levelsOf(values: number): Uint8Array {
  const run = leb128(2 * values)
  const length = Uint8Array.of(run.length + 1, 0, 0, 0)
  return Buffer.concat([length, run, Uint8Array.of(0), length, run, Uint8Array.of(1)])
}

function repeatedColumn(type: CraftedColumn['type'], pages: readonly CraftedPage[]): CraftedColumn {
  return { name: 'tags', type, element: { 3: thrift.i32(2) }, pages }
}

/** Market columns whose last row has the time of the one before. */
function repeatedMinute(rows: number): CraftedColumn[] {
  const [time, ...others] = marketColumns(rows)
  const times = BigInt64Array.from({ length: rows }, (_, i) => BigInt(1_700_000_000 + 60 * Math.min(i, rows - 2)))
  return [{ ...time!, pages: [{ values: rows, body: bytesOf(times) }] }, ...others]
}

/** A column of wide values that no row has. */
function absentColumn(rows: number, width: number): CraftedColumn {
  // the length of the levels, then one run of zeros
  const run = leb128(2 * rows)
  const body = Buffer.concat([Uint8Array.of(run.length + 1, 0, 0, 0), run, Uint8Array.of(0)])
  const element = { 2: thrift.i32(width), 3: thrift.i32(1) }
  return { name: 'wide', type: 'FIXED_LEN_BYTE_ARRAY', element, pages: [{ values: rows, body }] }
}
