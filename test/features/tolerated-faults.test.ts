import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { rowGroup } from '../../functions/parquet/format/column-chunk.ts'
import { DATA_PAGE_V2, DICTIONARY_PAGE } from '../../functions/parquet/format/enumerations.ts'
import {
  COLUMN_META,
  DATA_PAGE_HEADER_V2,
  DECIMAL_TYPE,
  FILE_METADATA,
  LOGICAL_TYPE,
  SCHEMA_ELEMENT,
  STATISTICS,
} from '../../functions/parquet/format/fields.ts'
import { leavesOf, readFooter } from '../../functions/parquet/format/footer.ts'
import { type ThriftValue, thrift } from '../../functions/parquet/format/thrift.ts'
import { varint } from '../../functions/parquet/format/varint.ts'
import { readColumn } from '../../functions/parquet/read/column-reader.ts'
import { bytesOf, type CraftedColumn, type CraftedPage, craft, marketColumns } from '../faults/crafted-file.ts'
import { duckDbRows, enrichBytes, memorySource, NEW_COLUMNS, readRows, temporaryFolder } from '../parquet-files.ts'

const ROWS = 64
const scratch = temporaryFolder()

/** With a duplicate at the end, so that everything is written again. */
function fileOf(others: readonly CraftedColumn[], rest = {}): Uint8Array {
  const [time, ...columns] = marketColumns(ROWS).filter(({ name }) => others.every((other) => other.name !== name))
  const times = BigInt64Array.from({ length: ROWS }, (_, i) => BigInt(1_700_000_000 + 60 * Math.min(i, ROWS - 2)))
  const body = bytesOf(times)
  return craft({ columns: [{ ...time!, pages: [{ values: ROWS, body }] }, ...columns, ...others], rows: ROWS, ...rest })
}

async function warningsOf(bytes: Uint8Array): Promise<[code: string, message: string][]> {
  const footer = await readFooter(memorySource(bytes), 2 ** 30)
  for (const leaf of leavesOf(footer)) {
    for await (const _ of readColumn(memorySource(bytes), footer, leaf, () => {}));
  }
  return footer.warnings.list().map(({ code, message }) => [code, message.split(':')[0]!])
}

/** The output's rows are the input's without the last one, as hyparquet and DuckDB read both. */
async function assertEnriched(input: Uint8Array, readers = ['hyparquet', 'DuckDB']): Promise<void> {
  const { output, layout } = await enrichBytes(input)
  assert.equal(layout, 'compacted')
  const old = (rows: readonly Record<string, unknown>[]) =>
    rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !NEW_COLUMNS.includes(name))))
  if (readers.includes('hyparquet')) {
    assert.deepEqual(old(await readRows(output)), (await readRows(input)).slice(0, -1))
  }
  if (!readers.includes('DuckDB')) return
  const rowsOf = async (name: string, bytes: Uint8Array) => {
    writeFileSync(path.join(scratch, name), bytes)
    return duckDbRows(`SELECT * FROM '${path.join(scratch, name)}'`)
  }
  assert.deepEqual(old(await rowsOf('output.parquet', output)), (await rowsOf('input.parquet', input)).slice(0, -1))
}

describe('an error that does not matter is carried along', () => {
  const prices = Float64Array.from({ length: ROWS }, (_, i) => 101 + (i % 4))
  const dictionary = { kind: DICTIONARY_PAGE, values: 4, body: bytesOf(prices.slice(0, 4)) }
  const half = ROWS / 2
  const indices = {
    values: half,
    encoding: 8,
    body: Buffer.concat([Uint8Array.of(2), varint((half / 8) * 2 + 1), new Uint8Array(half / 4).fill(0b11_10_01_00)]),
  }
  const plain = { values: half, body: bytesOf(prices.slice(half)) }
  /** BYTE_STREAM_SPLIT: the first bytes of all values, then the second ones, ... */
  const split = {
    values: half,
    encoding: 9,
    body: Uint8Array.from({ length: 8 * half }, (_, i) => plain.body[8 * (i % half) + Math.floor(i / half)]!),
  }

  const chunks: Readonly<Record<string, readonly CraftedPage[]>> = {
    'a dictionary': [dictionary, indices, indices],
    'a dictionary, then plain pages': [dictionary, indices, plain],
    'plain pages': [plain, plain],
    'a dictionary, then split pages': [dictionary, indices, split],
    'a split page, then a plain one': [split, plain],
    'a split page between plain ones': [
      { ...plain, values: half / 2, body: plain.body.subarray(0, 4 * half) },
      split,
      { ...plain, values: half / 2, body: plain.body.subarray(0, 4 * half) },
    ],
  }
  for (const [what, pages] of Object.entries(chunks)) {
    for (const encodings of [[], [3], [5], [0]]) {
      it(`${what} in a chunk that states the encodings ${encodings.join() || '(none)'}`, async () => {
        const file = fileOf([{ name: 'high', type: 'DOUBLE', pages, encodings }])
        await assertEnriched(file)
        const isWrong = pages.some(({ encoding = 0 }) => !encodings.includes(encoding))
        assert.deepEqual(await warningsOf(file), isWrong ? [['encodings', 'column "high"']] : [])
      })
    }
  }

  it('a v2 page that states no nulls and has some', async () => {
    const levels = Uint8Array.of(((ROWS / 8) << 1) | 1, ...new Uint8Array(ROWS / 8).fill(0b1111_1110))
    const values = bytesOf(prices.filter((_, i) => i % 8 !== 0))
    const body = Buffer.concat([levels, values])
    const page = {
      kind: DATA_PAGE_V2,
      values: ROWS,
      body,
      details: { [DATA_PAGE_HEADER_V2.definitionLevelsByteLength]: thrift.i32(levels.length) },
    }
    const file = fileOf([
      { name: 'volume', type: 'DOUBLE', element: { [SCHEMA_ELEMENT.repetitionType]: thrift.i32(1) }, pages: [page] },
    ])
    // hyparquet believes the header
    await assertEnriched(file, ['DuckDB'])
    assert.deepEqual(await warningsOf(file), [['null-count', 'column "volume"']])
  })

  const optional = { [SCHEMA_ELEMENT.repetitionType]: thrift.i32(1) }
  /** With one null in eight values. */
  const withNulls = () => {
    const levels = Uint8Array.of(((ROWS / 8) << 1) | 1, ...new Uint8Array(ROWS / 8).fill(0b1111_1110))
    const values = bytesOf(prices.filter((_, i) => i % 8 !== 0))
    return { values: ROWS, body: Buffer.concat([bytesOf(Int32Array.of(levels.length)), levels, values]) }
  }
  for (const groups of [1, 3]) {
    it(`statistics that state another number of nulls than a chunk has, ${groups} times`, async () => {
      const [time, ...others] = marketColumns(ROWS)
      const warned = async (stated: ThriftValue | undefined, column: CraftedColumn) => {
        const meta = { [COLUMN_META.statistics]: thrift.struct({ [STATISTICS.nullCount]: stated }) }
        const file = craft({ columns: [time!, { ...column, meta }, ...others.slice(1)], rows: ROWS, groups })
        return warningsOf(file)
      }
      const warning = [['null-count', 'column "high"']]
      const eighth = { name: 'high', type: 'DOUBLE', element: optional, pages: [withNulls()] } as const
      for (const stated of [0, 7, 9, ROWS]) assert.deepEqual(await warned(thrift.i64(stated), eighth), warning)
      assert.deepEqual(await warned({ ...thrift.i64(0), raw: varint(2 ** 60) }, eighth), warning)
      for (const stated of [thrift.i64(ROWS / 8), thrift.i64(-1), undefined]) {
        assert.deepEqual(await warned(stated, eighth), [])
      }
      assert.deepEqual(await warned(thrift.i64(1), others[0]!), warning)
      assert.deepEqual(await warned(thrift.i64(0), others[0]!), [])
    })
  }

  it('statistics that state another number of nulls, which the report tells', async () => {
    const meta = { [COLUMN_META.statistics]: thrift.struct({ [STATISTICS.nullCount]: thrift.i64(3) }) }
    const file = fileOf([{ name: 'high', type: 'DOUBLE', element: optional, pages: [withNulls()], meta }])
    const { quality, output } = await enrichBytes(file)
    assert.deepEqual(
      quality.warnings.map(({ code }) => code).filter((code) => code === 'null-count'),
      ['null-count'],
    )
    assert.deepEqual(await warningsOf(output), [])
    await assertEnriched(file)
  })

  it('repetition levels where nothing is repeated', async () => {
    const repetitions = Uint8Array.of(2 * ROWS, 1, 0)
    const levels = Uint8Array.of(2 * ROWS, 1, 1)
    const body = Buffer.concat([repetitions, levels, bytesOf(prices)])
    const details = {
      [DATA_PAGE_HEADER_V2.definitionLevelsByteLength]: thrift.i32(3),
      [DATA_PAGE_HEADER_V2.repetitionLevelsByteLength]: thrift.i32(3),
    }
    const page = { kind: DATA_PAGE_V2, values: ROWS, body, details }
    const file = fileOf([
      { name: 'volume', type: 'DOUBLE', element: { [SCHEMA_ELEMENT.repetitionType]: thrift.i32(1) }, pages: [page] },
    ])
    await assertEnriched(file)
    assert.deepEqual(await warningsOf(file), [['repetition-levels', 'column "volume"']])
  })

  it('a decimal without a scale, which is 0', async () => {
    const decimals = BigInt64Array.from({ length: ROWS }, (_, i) => BigInt(100 + i))
    const element = { [SCHEMA_ELEMENT.convertedType]: thrift.i32(5), [SCHEMA_ELEMENT.precision]: thrift.i32(18) }
    const file = fileOf([{ name: 'high', type: 'INT64', element, pages: [{ values: ROWS, body: bytesOf(decimals) }] }])
    // DuckDB wants a scale
    await assertEnriched(file, ['hyparquet'])
    assert.deepEqual(await warningsOf(file), [['decimal-scale', 'column "high"']])
  })

  it('of a decimal whose scale is in the logical type alone nothing is wrong', async () => {
    const logical = thrift.struct({
      [LOGICAL_TYPE.decimal]: thrift.struct({
        [DECIMAL_TYPE.scale]: thrift.i32(0),
        [DECIMAL_TYPE.precision]: thrift.i32(18),
      }),
    })
    const element = {
      [SCHEMA_ELEMENT.convertedType]: thrift.i32(5),
      [SCHEMA_ELEMENT.precision]: thrift.i32(18),
      [SCHEMA_ELEMENT.logicalType]: logical,
    }
    const body = bytesOf(BigInt64Array.from({ length: ROWS }, (_, i) => BigInt(100 + i)))
    const file = fileOf([{ name: 'high', type: 'INT64', element, pages: [{ values: ROWS, body }] }])
    assert.deepEqual(await warningsOf(file), [])
  })

  it('but not a decimal of two scales', async () => {
    const logical = thrift.struct({
      [LOGICAL_TYPE.decimal]: thrift.struct({
        [DECIMAL_TYPE.scale]: thrift.i32(2),
        [DECIMAL_TYPE.precision]: thrift.i32(18),
      }),
    })
    const element = {
      [SCHEMA_ELEMENT.convertedType]: thrift.i32(5),
      [SCHEMA_ELEMENT.scale]: thrift.i32(4),
      [SCHEMA_ELEMENT.precision]: thrift.i32(18),
      [SCHEMA_ELEMENT.logicalType]: logical,
    }
    const body = bytesOf(new BigInt64Array(ROWS))
    const file = fileOf([{ name: 'high', type: 'INT64', element, pages: [{ values: ROWS, body }] }])
    const message = /the decimal column "high" has the scales 4 and 2/
    await assert.rejects(enrichBytes(file), { code: 'corrupt', message })
  })

  it('the converted type 24', async () => {
    const nulls = { values: ROWS, body: Uint8Array.of(3, 0, 0, 0, 2 * ROWS, 1, 0) }
    const element = { [SCHEMA_ELEMENT.repetitionType]: thrift.i32(1), [SCHEMA_ELEMENT.convertedType]: thrift.i32(24) }
    const file = fileOf([{ name: 'nothing', type: 'INT32', element, pages: [nulls] }])
    await assertEnriched(file)
    assert.deepEqual(await warningsOf(file), [['converted-type', 'column "nothing"']])
  })

  it('no rows stated, and row groups that have some', async () => {
    const file = fileOf([], { footer: { [FILE_METADATA.numRows]: thrift.i64(0) } })
    const { quality, output } = await enrichBytes(file)
    assert.equal(quality.rowsRead, ROWS)
    assert.equal((await readRows(output)).length, ROWS - 1)
    assert.deepEqual(await warningsOf(file), [['row-count', 'the footer']])
  })

  const text = thrift.binary('x')
  const integers = thrift.list([thrift.i32(1)])
  const pairs = (value: number) => thrift.list([thrift.struct({ 1: text, 2: thrift.i32(value) })])
  const orders = thrift.list(marketColumns(ROWS).map(() => thrift.struct({ 1: thrift.i32(1) })))
  const asMeta = (meta: Record<number, ThriftValue>) => marketColumns(ROWS).map((column) => ({ ...column, meta }))
  for (const [what, field, columns, group, footer] of [
    ['the length of a bloom filter', '4.1.3.15', asMeta({ 15: integers })],
    ['the place of a bloom filter', '4.1.3.14', asMeta({ 14: text })],
    ['statistics', '4.1.3.12', asMeta({ 12: integers })],
    ['a number of nulls', '4.1.3.12.3', asMeta({ 12: thrift.struct({ 3: text }) })],
    ['pairs of a column', '4.1.3.8', asMeta({ 8: text })],
    ['the value of a pair of a column', '4.1.3.8.2', asMeta({ 8: pairs(2) })],
    ['sizes', '4.1.3.16', asMeta({ 16: integers })],
    ['the bytes of texts', '4.1.3.16.1', asMeta({ 16: thrift.struct({ 1: text }) })],
    ['a histogram of levels', '4.1.3.16.3', asMeta({ 16: thrift.struct({ 3: text }) })],
    ['the place of an index', '4.1.4', marketColumns(ROWS).map((column) => ({ ...column, chunk: { 4: text } }))],
    ['the sort order', '4.4', marketColumns(ROWS), { 4: text }],
    ['the number of a row group', '4.7', marketColumns(ROWS), { 7: text }],
    [
      'the number of a field',
      '2.9',
      marketColumns(ROWS).map((column) => ({ ...column, element: { [SCHEMA_ELEMENT.fieldId]: text } })),
    ],
    ['who wrote the file', '6', marketColumns(ROWS), undefined, { 6: thrift.i32(1) }],
    ['the orders of columns', '7', marketColumns(ROWS), undefined, { 7: text }],
    ['the order of a column', '7.1', marketColumns(ROWS), undefined, { 7: orders }],
    ['the pairs of the file', '5', marketColumns(ROWS), undefined, { 5: text }],
    ['the value of a pair of the file', '5.2', marketColumns(ROWS), undefined, { 5: pairs(2) }],
  ] as const) {
    it(`${what} of an unexpected type`, async () => {
      const warning = [['field-type', `field footer.${field}`]]
      const rest = { ...(group && { group }), ...(footer && { footer }) }
      const whole = craft({ columns, rows: ROWS, ...rest })
      const { output, layout } = await enrichBytes(whole)
      assert.equal(layout, 'appended')
      // hyparquet takes an integer for a text
      const readers = ['4.1.3.8.2', '5.2', '6'].includes(field) ? ['DuckDB'] : undefined
      if (!readers) assert.equal((await readRows(output)).length, ROWS)
      assert.deepEqual(await warningsOf(whole), warning)
      // a note of its own takes the place of pairs that are none
      assert.deepEqual(await warningsOf(output), field === '5' ? [] : warning)
      if (group) {
        const { struct } = rowGroup(await readFooter(memorySource(output), 2 ** 30), 0)
        for (const [id, value] of Object.entries(group)) assert.deepEqual(struct.value(Number(id))?.raw, value.raw)
      }
      await assertEnriched(fileOf(columns.slice(1), rest), readers)
    })
  }

  it('the statistics of a page of an unexpected type', async () => {
    const [time, high, ...others] = marketColumns(ROWS)
    const page = { ...high!.pages[0]!, details: { [DATA_PAGE_HEADER_V2.definitionLevelsByteLength]: text } }
    const file = craft({ columns: [time!, { ...high!, pages: [page] }, ...others], rows: ROWS })
    await enrichBytes(file)
    assert.deepEqual(await warningsOf(file), [['field-type', 'column "high", field page.5.5']])
  })

  it('but not a field that something depends on', async () => {
    for (const [meta, message] of [
      [{ 9: text }, /field footer\.4\.1\.3\.9 has type 8, not 6/],
      [{ 11: text }, /field footer\.4\.1\.3\.11 has type 8, not 6/],
    ] as const) {
      const file = craft({ columns: asMeta(meta), rows: ROWS })
      await assert.rejects(enrichBytes(file), { code: 'corrupt', message })
    }
  })

  it('is named once for all columns', async () => {
    const footer = await readFooter(memorySource(craft({ columns: marketColumns(ROWS), rows: ROWS })), 2 ** 30)
    for (const name of ['a', 'b', 'b', 'c']) footer.warnings.add('encodings', `column "${name}"`)
    const message = 'column "a" and 2 more: the encodings that are stated are not those of the pages'
    assert.deepEqual(footer.warnings.list(), [{ code: 'encodings', message }])
  })
})
