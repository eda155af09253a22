import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import os from 'node:os'
import { describe, it } from 'node:test'
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'
import type { PhysicalType } from '../../../functions/parquet/format/enumerations.ts'
import { leavesOf, readFooter } from '../../../functions/parquet/format/footer.ts'
import { valueWidth } from '../../../functions/parquet/format/schema.ts'
import { type Reader, readColumn } from '../../../functions/parquet/read/column-reader.ts'
import { isValid } from '../../../functions/shared/decoded-column.ts'
import { type CraftedPage, craft } from '../../faults/crafted-file.ts'
import { memorySource, random } from '../../parquet-files.ts'

/** The bytes of each value, as text; null where there is none. */
async function valuesIn(bytes: Uint8Array, column: number, reader: Reader, budgetBytes = 2 ** 30) {
  const source = memorySource(bytes)
  const footer = await readFooter(source, budgetBytes)
  const leaf = leavesOf(footer)[column]!
  const width = Number(valueWidth(leaf))
  const found: (string | null)[] = []
  const pieces = readColumn(
    source,
    footer,
    leaf,
    (piece) => {
      const values = Buffer.from(piece.values.buffer, piece.values.byteOffset, piece.values.length)
      for (let i = 0; i < piece.rows; i++) {
        const [start, end] = piece.starts ? [piece.starts[i]!, piece.ends![i]!] : [width * i, width * (i + 1)]
        found.push(isValid(piece, i) ? values.toString('latin1', start, end) : null)
      }
    },
    { reader },
  )
  for await (const _ of pieces);
  return found
}

type Written = Pick<ColumnSource, 'type' | 'encoding'> & { readonly data: readonly unknown[] }

/** Columns of each encoding: with differences of all lengths, of one length, and without any. */
function columnsOf(rows: number): Written[] {
  const next = random(11)
  const each = <T>(value: (i: number) => T) => Array.from({ length: rows }, (_, i) => value(i))
  const bits = (i: number) => BigInt.asIntN(64, BigInt(Math.floor(next() * 2 ** 53)) << BigInt(i % 17))
  const integers = [
    each(bits),
    each((i) => (i % 2 ? 2n ** 63n - 1n : -(2n ** 63n))),
    each((i) => 1_700_000_000_000_000n + 60_000_000n * BigInt(i)),
    each(() => BigInt(Math.floor(next() * 2 ** 28))),
    each((i) => (i % 7 ? BigInt(Math.floor(next() * 900)) : null)),
    each(() => null),
  ].map((data) => ({ type: 'INT64', encoding: 'DELTA_BINARY_PACKED', data }) as const)
  const words = [each((i) => (i % 2 ? 2 ** 31 - 1 : -(2 ** 31))), each(() => Math.floor(next() * 900))].map(
    (data) => ({ type: 'INT32', encoding: 'DELTA_BINARY_PACKED', data }) as const,
  )
  const long = each((i) => (i % 5 ? `symbol-${'x'.repeat(i % 60)}-${Math.floor(next() * 500)}` : null))
  const texts = [long, each((i) => `S${i % 300}`), each(() => '')].flatMap((data) =>
    (['DELTA_LENGTH_BYTE_ARRAY', 'DELTA_BYTE_ARRAY'] as const).map(
      (encoding) =>
        ({
          type: 'BYTE_ARRAY',
          encoding,
          data: data.map((text) => (text === null ? null : Buffer.from(text))),
        }) as const,
    ),
  )
  const split = [
    { type: 'DOUBLE', data: each((i) => (i % 9 ? next() : null)) },
    { type: 'FLOAT', data: each(next) },
    { type: 'INT64', data: each(bits) },
    { type: 'INT32', data: each((i) => i) },
  ].map((column) => ({ ...column, encoding: 'BYTE_STREAM_SPLIT' }) as Written)
  return [...integers, ...words, ...texts, ...split]
}

function fileOf(columns: readonly Written[], options: { pageSize: number; codec: 'SNAPPY' | 'UNCOMPRESSED' }) {
  const columnData = columns.map(({ type, encoding, data }, i) => ({
    name: `c${i}`,
    type,
    encoding,
    nullable: true,
    data: [...data],
  }))
  return new Uint8Array(parquetWriteBuffer({ columnData: columnData as ColumnSource[], rowGroupSize: 1e6, ...options }))
}

describe('delta and byte stream split encodings', () => {
  for (const rows of [1, 2, 33, 129, 5000, 40_000]) {
    it(`give the values of ${rows} rows that parquet-wasm finds`, async () => {
      const columns = columnsOf(rows)
      for (const pageSize of [20_000, 0]) {
        const file = fileOf(columns, { pageSize, codec: pageSize === 0 ? 'UNCOMPRESSED' : 'SNAPPY' })
        for (const [i, { type, encoding }] of columns.entries()) {
          const found = await valuesIn(file, i, 'usual')
          const expected = await valuesIn(file, i, 'wasm')
          assert.deepEqual([found.length, expected.length], [rows, rows])
          // one value alone: a comparison of all takes gigabytes to describe what differs
          const at = found.findIndex((value, row) => value !== expected[row])
          assert.equal(found[at], expected[at], `${type} ${encoding}, row ${at}`)
        }
      }
    })
  }

  it('need no memory for a whole page, and leave no file', async () => {
    const left = () => readdirSync(os.tmpdir()).filter((name) => name.endsWith('.pages'))
    const before = left()
    const numbers = Array.from({ length: 500_000 }, (_, i) => i * ((i % 3) - 1) * 1e9)
    const texts = numbers.map((_, i) => Buffer.from(`symbol ${i * i}, number ${i}`))
    const columns: Written[] = [
      { type: 'INT64', encoding: 'DELTA_BINARY_PACKED', data: numbers.map(BigInt) },
      { type: 'BYTE_ARRAY', encoding: 'DELTA_LENGTH_BYTE_ARRAY', data: texts },
      { type: 'DOUBLE', encoding: 'BYTE_STREAM_SPLIT', data: numbers },
    ]
    const file = fileOf(columns, { pageSize: 0, codec: 'UNCOMPRESSED' })
    const budgetBytes = 45 * 2 ** 20
    for (const i of columns.keys()) {
      await assert.rejects(valuesIn(file, i, 'wasm', budgetBytes), { code: 'too-big' })
      assert.equal((await valuesIn(file, i, 'usual', budgetBytes)).length, numbers.length)
    }
    assert.deepEqual(left(), before)
  })
})

describe('a damaged page', () => {
  const [DELTAS, LENGTHS, PREFIXES, SPLIT] = [5, 6, 7, 9]
  const pageError = (type: PhysicalType, page: CraftedPage, budgetBytes?: number) => {
    const file = craft({
      columns: [{ name: 'x', type, pages: [page], encodings: [page.encoding!] }],
      rows: page.values,
    })
    return valuesIn(file, 0, 'usual', budgetBytes)
  }
  /** Blocks of 128, four miniblocks, so many values, the first one 0. */
  const start = (values: number) => [128, 1, 4, values, 0]
  /** One block: the smallest difference is 0, the others have a bit each. */
  const block = [0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]
  const whole = [...start(9), ...block]

  it('is not one that is whole', async () => {
    const values = await pageError('INT32', { values: 9, encoding: DELTAS, body: Uint8Array.from(whole) })
    assert.deepEqual(
      values.map((value) => value!.charCodeAt(0)),
      [0, 1, 2, 3, 4, 5, 6, 7, 8],
    )
  })

  const damages: Readonly<Record<string, [PhysicalType, number, readonly number[], RegExp]>> = {
    'ends inside its first integer': ['INT64', DELTAS, [128, 1, 4, 9, 128], /states 9 values and ends before them/],
    'ends inside its bits': ['INT64', DELTAS, whole.slice(0, -1), /states 9 values and ends before them/],
    'ends inside its widths': ['INT64', DELTAS, whole.slice(0, 8), /states 9 values and ends before them/],
    'ends before its block': ['INT64', DELTAS, start(9), /states 9 values and ends before them/],
    'states another count': ['INT64', DELTAS, [...start(8), ...block], /states 9 values, and 8 where they begin/],
    'has no miniblocks': ['INT64', DELTAS, [128, 1, 0, 9, 0, ...block], /has 0 miniblocks in blocks of 128 values/],
    'has blocks without values': ['INT64', DELTAS, [0, 4, 9, 0, ...block], /has 4 miniblocks in blocks of 0 values/],
    'has miniblocks of four': ['INT64', DELTAS, [16, 4, 9, 0, ...block], /has 4 miniblocks in blocks of 16 values/],
    'has differences of 65 bits': [
      'INT64',
      DELTAS,
      [...start(9), 0, 65, 0, 0, 0, ...new Array(300).fill(0)],
      /has differences of 65 bits/,
    ],
    'goes on': ['INT64', DELTAS, [...whole, ...new Array(65).fill(0)], /goes on after them/],
    'has integers as DOUBLE': ['DOUBLE', DELTAS, whole, /are DELTA_BINARY_PACKED/],
    'has texts as INT64': ['INT64', LENGTHS, whole, /are DELTA_LENGTH_BYTE_ARRAY/],
    'has prefixes as INT64': ['INT64', PREFIXES, whole, /are DELTA_BYTE_ARRAY/],
    'has texts in streams': ['BYTE_ARRAY', SPLIT, whole, /are BYTE_STREAM_SPLIT/],
    'has no texts after their lengths': ['BYTE_ARRAY', LENGTHS, whole, /states 9 values and ends before them/],
    'has a text that is shorter than nothing': [
      'BYTE_ARRAY',
      LENGTHS,
      [128, 1, 4, 9, 1, ...block, ...new Array(100).fill(0)],
      /has a value of 0 bytes of the one before it and -1 others/,
    ],
    'has a text that begins as none does': [
      'BYTE_ARRAY',
      PREFIXES,
      [...whole, ...start(9), 0, 0, 0, 0, 0],
      /has a value of 1 bytes of the one before it and 0 others/,
    ],
    'has too few streams': ['DOUBLE', SPLIT, new Array(71).fill(0), /states 9 values and ends before them/],
    'has too many streams': ['DOUBLE', SPLIT, new Array(72 + 65).fill(0), /goes on after them/],
  }
  for (const [what, [type, encoding, body, message]] of Object.entries(damages)) {
    it(`that ${what} is refused`, async () => {
      const page = { values: 9, encoding, body: Uint8Array.from(body) }
      await assert.rejects(pageError(type, page), { code: 'corrupt', message })
    })
  }

  it('of huge blocks is refused before anything is allocated', async () => {
    const body = Uint8Array.from([128, 128, 128, 128, 4, 4, 9, 0, ...block])
    await assert.rejects(pageError('INT64', { values: 9, encoding: DELTAS, body }), { code: 'too-big' })
  })

  it('of a long text that is repeated is refused', async () => {
    const data = new Array(1000).fill(Buffer.alloc(20_000, 'x'))
    const file = fileOf([{ type: 'BYTE_ARRAY', encoding: 'DELTA_BYTE_ARRAY', data }], { pageSize: 0, codec: 'SNAPPY' })
    assert.ok(file.length < 30_000)
    assert.equal((await valuesIn(file, 0, 'usual')).length, 1000)
    await assert.rejects(valuesIn(file, 0, 'usual', 20 * 2 ** 20), {
      code: 'too-big',
      message: /^the text in the page/,
    })
  })
})
