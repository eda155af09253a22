import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readParquet } from 'parquet-wasm'
import { columnChunk, rowGroup } from '../../../functions/parquet/format/column-chunk.ts'
import { DATA_PAGE, DICTIONARY_PAGE } from '../../../functions/parquet/format/enumerations.ts'
import {
  COLUMN_CHUNK,
  COLUMN_META,
  FILE_METADATA,
  KEY_VALUE,
  PAGE_ENCODING_STATS,
  ROW_GROUP,
  SCHEMA_ELEMENT,
  SORTING_COLUMN,
  STATISTICS,
} from '../../../functions/parquet/format/fields.ts'
import { leavesOf, readFooter } from '../../../functions/parquet/format/footer.ts'
import type { ChunkIndexes } from '../../../functions/parquet/format/page-index.ts'
import { ThriftStruct, type ThriftValue, thrift } from '../../../functions/parquet/format/thrift.ts'
import { type FooterPair, OutputFooter } from '../../../functions/parquet/write/output-footer.ts'
import { type CraftedColumn, craft } from '../../faults/crafted-file.ts'
import { barsFile, enrichBytes, memorySource, NEW_COLUMNS, readMetadata, someBars } from '../../parquet-files.ts'

const writers = fileURLToPath(new URL('../../golden/writers/', import.meta.url))
const read = (name: string) => new Uint8Array(readFileSync(path.join(writers, name)))

async function keyValue(bytes: Uint8Array, key: string): Promise<string> {
  return (await readMetadata(bytes)).key_value_metadata?.find((pair) => pair.key === key)?.value ?? ''
}

describe('the footer of an output', () => {
  const column = (name: string, meta: Record<number, ThriftValue> = {}) => ({
    ...{ name, type: 'INT32' as const, pages: [{ values: 2, body: new Uint8Array(8) }] },
    meta,
  })
  const columns = ['a', 'b', 'c', 'd'].map((name) => column(name))
  const sortingColumn = (column: number) =>
    thrift.struct({
      [SORTING_COLUMN.columnIdx]: thrift.i32(column),
      [SORTING_COLUMN.descending]: thrift.boolean(false),
      [SORTING_COLUMN.nullsFirst]: thrift.boolean(false),
    })
  const sortedBy = (...order: number[]) => thrift.list(order.map(sortingColumn))
  const pair = (key: string, value: string) =>
    thrift.struct({ [KEY_VALUE.key]: thrift.binary(key), [KEY_VALUE.value]: thrift.binary(value) })

  interface Edited {
    readonly of?: readonly CraftedColumn[]
    readonly group?: Record<number, ThriftValue>
    readonly footer?: Record<number, ThriftValue>
    /** The names of columns that one new column replaces. */
    readonly replaced?: readonly string[]
    readonly indexes?: ChunkIndexes
    readonly note?: FooterPair
  }

  /** The footer of a file of four columns with one more, and the bytes before it. */
  async function edited({
    of = columns,
    group,
    footer: fields,
    replaced = [],
    indexes,
    note = { key: 'note', value: 'v' },
  }: Edited) {
    const input = craft({ columns: of, rows: 2, ...(group && { group }), ...(fields && { footer: fields }) })
    const footer = await readFooter(memorySource(input), 2 ** 30)
    const one = rowGroup(footer, 0)
    const output = new OutputFooter(footer, {
      arrowFields: () => [],
      schemaElements: () => [thrift.struct({ [SCHEMA_ELEMENT.name]: thrift.binary('new') })],
      hasNulls: () => false,
      replaces: (name) => replaced.includes(name),
    })
    const kept = one.columns.filter((_, leaf) => output.keeps(leaf)).map((chunk) => ({ chunk }))
    const sizes = { rows: 2, bytes: 70, uncompressedBytes: 90, offset: 33 }
    output.add(one, { ...sizes, kept, added: [{ chunk: one.columns[0]!, indexes }] })
    const parts = [...output.end(1000, note)].map((bytes) => bytes.slice())
    const last = parts.pop()!
    return { meta: new ThriftStruct(last), parts, group: new ThriftStruct(last).structs(FILE_METADATA.rowGroups)![0]! }
  }
  const orderOf = ({ group }: { group: ThriftStruct }) =>
    group.structs(ROW_GROUP.sortingColumns)?.map((column) => column.integer(SORTING_COLUMN.columnIdx))

  it('keeps the order by columns that stay, by their new positions', async () => {
    const of = async (order: readonly number[], ...replaced: string[]) =>
      orderOf(await edited({ group: { [ROW_GROUP.sortingColumns]: sortedBy(...order) }, replaced }))
    assert.deepEqual(await of([2, 0, 3]), [2, 0, 3])
    assert.deepEqual(await of([2, 0, 3], 'b'), [1, 0, 2])
    assert.deepEqual(await of([2, 0, 3], 'a'), [1])
    assert.deepEqual(await of([3, 2], 'a', 'b'), [1, 0])
    // an order that begins with a column that is gone is none
    assert.equal(await of([2, 0], 'c'), undefined)
    assert.equal(orderOf(await edited({ replaced: ['c'] })), undefined)
    assert.equal(orderOf(await edited({})), undefined)
  })

  it('states the sizes that row groups stated before, and all rows', async () => {
    const stating = { [ROW_GROUP.totalCompressedSize]: thrift.i64(1), [ROW_GROUP.fileOffset]: thrift.i64(2) }
    const { group, meta } = await edited({ group: { ...stating, [ROW_GROUP.ordinal]: thrift.i32(5) } })
    assert.deepEqual(
      [ROW_GROUP.totalCompressedSize, ROW_GROUP.fileOffset, ROW_GROUP.totalByteSize, ROW_GROUP.numRows].map((id) =>
        group.integer(id),
      ),
      [70, 33, 90, 2],
    )
    assert.equal(group.integer(ROW_GROUP.ordinal), 0)
    assert.equal(meta.integer(FILE_METADATA.numRows), 2)
    const silent = (await edited({})).group
    for (const id of [ROW_GROUP.totalCompressedSize, ROW_GROUP.fileOffset, ROW_GROUP.ordinal]) {
      assert.equal(silent.has(id), false)
    }
  })

  it('has the page indexes of its columns before it, and then the bytes of the note', async () => {
    const indexes = { offsetIndex: Uint8Array.of(1, 2, 3), columnIndex: Uint8Array.of(4, 5) }
    const bytes = Uint8Array.of(9)
    const note = { key: 'note', value: (offset: number) => `at ${offset}`, bytes }
    const { group, parts, meta } = await edited({ indexes, note })
    assert.deepEqual(parts, [Uint8Array.of(4, 5, 1, 2, 3), bytes])
    const last = group.structs(ROW_GROUP.columns)!.at(-1)!
    assert.deepEqual(
      [
        COLUMN_CHUNK.columnIndexOffset,
        COLUMN_CHUNK.columnIndexLength,
        COLUMN_CHUNK.offsetIndexOffset,
        COLUMN_CHUNK.offsetIndexLength,
      ].map((id) => last.integer(id)),
      [1000, 2, 1002, 3],
    )
    const [stated] = meta.structs(FILE_METADATA.keyValueMetadata)!
    assert.equal(stated!.text(KEY_VALUE.value), 'at 1005')
    assert.deepEqual((await edited({})).parts, [])
  })

  it('replaces the note, or removes it, and keeps all other pairs', async () => {
    const footer = {
      [FILE_METADATA.keyValueMetadata]: thrift.list([pair('note', 'old'), pair('k', '1'), pair('k', '2')]),
    }
    const pairsOf = async (edits: Edited) =>
      (await edited(edits)).meta
        .structs(FILE_METADATA.keyValueMetadata)
        ?.map((struct) => [struct.text(KEY_VALUE.key), struct.text(KEY_VALUE.value)])
    const others = [
      ['k', '1'],
      ['k', '2'],
    ]
    assert.deepEqual(await pairsOf({ footer }), [...others, ['note', 'v']])
    assert.deepEqual(await pairsOf({ footer, note: { key: 'note' } }), others)
    assert.deepEqual(await pairsOf({}), [['note', 'v']])
    assert.equal(await pairsOf({ note: { key: 'note' } }), undefined)
  })

  it('describes categories of fastparquet as such only while their pages have a dictionary', async () => {
    const RLE_DICTIONARY = 8
    const stats = (...kinds: readonly (readonly [kind: number, encoding: number])[]) => ({
      [COLUMN_META.encodingStats]: thrift.list(
        kinds.map(([kind, encoding]) =>
          thrift.struct({
            [PAGE_ENCODING_STATS.pageType]: thrift.i32(kind),
            [PAGE_ENCODING_STATS.encoding]: thrift.i32(encoding),
            [PAGE_ENCODING_STATS.count]: thrift.i32(1),
          }),
        ),
      ),
    })
    const dictionary = [DICTIONARY_PAGE, 0] as const
    const of = [
      column('a', stats(dictionary, [DATA_PAGE, RLE_DICTIONARY])),
      column('b', stats(dictionary, [DATA_PAGE, RLE_DICTIONARY], [DATA_PAGE, 0])),
      column('c', stats([DATA_PAGE, 0])),
    ]
    const categories = of.map(({ name }) => ({
      ...{ name, field_name: name, pandas_type: 'categorical', numpy_type: 'int8' },
      metadata: { num_categories: 2, ordered: false },
    }))
    const frame = JSON.stringify({ index_columns: [], column_indexes: [], columns: categories })
    const typesWith = async (createdBy: string) => {
      const footer = {
        [FILE_METADATA.createdBy]: thrift.binary(createdBy),
        [FILE_METADATA.keyValueMetadata]: thrift.list([pair('pandas', frame)]),
      }
      const [stated] = (await edited({ of, footer })).meta.structs(FILE_METADATA.keyValueMetadata)!
      const described: { pandas_type: string }[] = JSON.parse(stated!.text(KEY_VALUE.value)!).columns
      return described.map(({ pandas_type }) => pandas_type === 'categorical')
    }
    assert.deepEqual(await typesWith('fastparquet-python version 2024.5.0'), [true, false, false])
    assert.deepEqual(await typesWith('parquet-cpp-arrow version 21.0.0'), [true, true, true])
  })

  it('has the columns that stay before the new ones, and an order for each if there was one', async () => {
    const footer = { [FILE_METADATA.columnOrders]: thrift.list(columns.map(() => thrift.struct({}))) }
    const { meta } = await edited({ footer, replaced: ['b', 'd'] })
    assert.deepEqual(
      meta.structs(FILE_METADATA.schema)!.map((element) => element.text(SCHEMA_ELEMENT.name)),
      ['schema', 'a', 'c', 'new'],
    )
    assert.equal(meta.structs(FILE_METADATA.schema)![0]!.integer(SCHEMA_ELEMENT.numChildren), 3)
    assert.equal(meta.list(FILE_METADATA.columnOrders)!.length, 3)
    assert.equal((await edited({})).meta.has(FILE_METADATA.columnOrders), false)
  })
})

describe('the footer of an enriched file', () => {
  // parquet-rs refuses a file whose ARROW:schema does not name the columns of the file
  for (const name of readdirSync(writers).filter((name) => name.startsWith('p') && !name.includes('no-rows'))) {
    it(`of ${name} is accepted by parquet-rs`, async () => {
      const { output, quality } = await enrichBytes(read(name))
      const table = readParquet(output)
      const rows = table.recordBatches().reduce((sum, batch) => sum + batch.numRows, 0)
      assert.equal(rows, quality.rowsWritten)
      for (const column of NEW_COLUMNS) assert.ok(table.schema.indexOf(column) > 0)
    })
  }

  it('states zero as a bound that holds both zeros', async () => {
    const bars = someBars(20).map((bar) => ({ ...bar, open: 0, high: 0, low: 0, close: 0 }))
    const { output } = await enrichBytes(barsFile(bars), { zeroPrices: 'value' })
    const footer = await readFooter(memorySource(output), 2 ** 30)
    const bounds = leavesOf(footer)
      .slice(-4, -2)
      .flatMap((leaf) => {
        const statistics = columnChunk(footer, rowGroup(footer, 0), leaf).meta.struct(COLUMN_META.statistics)!
        // the other band has no values
        return statistics.has(STATISTICS.maxValue)
          ? [STATISTICS.minValue, STATISTICS.maxValue].map((id) => Buffer.from(statistics.binary(id)!).readFloatLE())
          : []
      })
    assert.deepEqual(bounds, [-0, 0])
  })

  it('keeps the fields of the Arrow schema with their zones, and adds the new ones', async () => {
    const input = read('pyarrow-types-clean.parquet')
    const { output } = await enrichBytes(input)
    const [before, after] = await Promise.all([keyValue(input, 'ARROW:schema'), keyValue(output, 'ARROW:schema')])
    const message = Buffer.from(after, 'base64')
    assert.ok(Buffer.from(before, 'base64').includes('America/New_York'))
    assert.ok(message.includes('America/New_York'))
    for (const column of NEW_COLUMNS) assert.ok(message.includes(column))
  })

  it('describes the new columns to pandas, before those of the index', async () => {
    const { output } = await enrichBytes(read('pandas-datetime-index.parquet'))
    const { columns } = JSON.parse(await keyValue(output, 'pandas'))
    assert.deepEqual(
      columns
        .map((column: { field_name: string; numpy_type: string }) => [column.field_name, column.numpy_type])
        .slice(-5),
      [
        ['supertrend_ub', 'float32'],
        ['supertrend_lb', 'float32'],
        ['trend_orientation', 'int8'],
        ['st_trend_segment', 'int32'],
        ['datetime', 'datetime64[us]'],
      ],
    )
    // pyarrow reads the copy in the Arrow schema
    const copy = Buffer.from(await keyValue(output, 'ARROW:schema'), 'base64')
    assert.ok(copy.includes('"field_name": "supertrend_ub"') || copy.includes('"field_name":"supertrend_ub"'))
  })

  it('describes integers with nulls to pandas as it does itself', async () => {
    const supertrends = [{ definition: 'tradingview', period: 3, multiplier: 2 }] as const
    const { output } = await enrichBytes(read('pandas-datetime-index.parquet'), { supertrends })
    const { columns } = JSON.parse(await keyValue(output, 'pandas'))
    const types = columns
      .slice(-5, -1)
      .map((column: { pandas_type: string; numpy_type: string }) => [column.pandas_type, column.numpy_type])
    assert.deepEqual(types, [
      ['float32', 'float32'],
      ['float32', 'float32'],
      ['int8', 'Int8'],
      ['int32', 'Int32'],
    ])
  })

  it('says how the file was made, and how long the input was', async () => {
    const input = barsFile(someBars(40))
    const { output } = await enrichBytes(input)
    assert.deepEqual(JSON.parse(await keyValue(output, 'parquet-supertrend')), {
      version: JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version,
      sourceBytes: input.length,
      settings: { definition: 'stockstats', period: 14, multiplier: 3, keep: 'first' },
      rowsRead: 40,
      rowsWritten: 40,
      duplicatesDropped: 0,
      duplicatesConflicting: 0,
      rowsOutOfOrder: 0,
      rowsWithoutPrice: 0,
      series: 1,
    })
  })

  it('states statistics and null counts of the new columns', async () => {
    const { output } = await enrichBytes(barsFile(someBars(500), { rowGroupSize: 200 }))
    const { row_groups } = await readMetadata(output)
    let bounded = 0
    for (const group of row_groups) {
      for (const column of group.columns.slice(-4)) {
        const { statistics, num_values } = column.meta_data!
        assert.equal(typeof statistics?.null_count, 'bigint')
        assert.equal(num_values, group.num_rows)
        // a band may be null all through a row group
        if (statistics!.null_count === num_values) continue
        assert.ok(statistics!.min_value! <= statistics!.max_value!)
        bounded++
      }
    }
    assert.ok(bounded >= 9)
  })

  it('takes the codec of the prices where common readers know it, else SNAPPY', async () => {
    const codecs = { none: 'SNAPPY', snappy: 'SNAPPY', zstd: 'ZSTD', gzip: 'GZIP', brotli: 'SNAPPY', lz4: 'LZ4_RAW' }
    for (const [name, expected] of Object.entries(codecs)) {
      const { output } = await enrichBytes(read(`pyarrow-${name}-pages-v1.parquet`))
      const { row_groups } = await readMetadata(output)
      assert.deepEqual(
        row_groups[0]!.columns.slice(-4).map((column) => column.meta_data!.codec),
        Array(4).fill(expected),
        name,
      )
    }
  })
})
