import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { compress } from '../../../functions/parquet/compression/compress.ts'
import { columnChunk, rowGroup } from '../../../functions/parquet/format/column-chunk.ts'
import { DICTIONARY_PAGE } from '../../../functions/parquet/format/enumerations.ts'
import {
  COLUMN_META,
  FILE_METADATA,
  ROW_GROUP,
  SCHEMA_ELEMENT,
  SORTING_COLUMN,
} from '../../../functions/parquet/format/fields.ts'
import { leavesOf, readFooter } from '../../../functions/parquet/format/footer.ts'
import { ThriftStruct, thrift } from '../../../functions/parquet/format/thrift.ts'
import { varint } from '../../../functions/parquet/format/varint.ts'
import { pagesOf, readBuffers } from '../../../functions/parquet/read/chunk-pages.ts'
import { readColumn } from '../../../functions/parquet/read/column-reader.ts'
import { bytesOf, type CraftedColumn, craft, marketColumns } from '../../faults/crafted-file.ts'
import {
  barsFile,
  duckDbRows,
  duckDbRun,
  enrichBytes,
  memorySource,
  random,
  readMetadata,
  readRows,
  someBars,
  temporaryFolder,
} from '../../parquet-files.ts'

const scratch = temporaryFolder()
const writers = new URL('../../golden/writers/', import.meta.url)

const bars = someBars(300)
const overlapping = barsFile([...bars.slice(0, 200), ...bars.slice(150)], { rowGroupSize: 120, pageSize: 1024 })

/** The kinds of the data pages of the input's columns. */
async function pageKinds(bytes: Uint8Array, columns: number): Promise<Set<number>> {
  const footer = await readFooter(memorySource(bytes), 2 ** 30)
  const kinds = new Set<number>()
  for (const leaf of leavesOf(footer).slice(0, columns)) {
    for (const [i, rows] of footer.groupRows.entries()) {
      const chunk = columnChunk(footer, rowGroup(footer, i), leaf)
      for await (const page of pagesOf({
        source: memorySource(bytes),
        leaf,
        chunk,
        rows,
        buffers: readBuffers(footer),
      }))
        kinds.add(page.kind)
    }
  }
  kinds.delete(2)
  return kinds
}

describe('a compacted file', () => {
  it('has pages of the version that the input has', async () => {
    for (const [version, kind] of [
      ['v1', 0],
      ['v2', 3],
    ]) {
      const input = new Uint8Array(readFileSync(new URL(`pyarrow-snappy-pages-${version}.parquet`, writers)))
      const { output, layout } = await enrichBytes(input)
      assert.equal(layout, 'compacted')
      const columns = leavesOf(await readFooter(memorySource(input), 2 ** 30)).length
      assert.deepEqual(await pageKinds(output, columns), new Set([kind]))
    }
  })

  it('states sizes that are those of its columns', async () => {
    const { output } = await enrichBytes(overlapping)
    for (const { total_byte_size, total_compressed_size, file_offset, columns } of (await readMetadata(output))
      .row_groups) {
      const sum = (of: (meta: NonNullable<(typeof columns)[number]['meta_data']>) => bigint) =>
        columns.reduce((total, column) => total + of(column.meta_data!), 0n)
      assert.equal(
        total_byte_size,
        sum((meta) => meta.total_uncompressed_size),
      )
      if (total_compressed_size !== undefined) {
        assert.equal(
          total_compressed_size,
          sum((meta) => meta.total_compressed_size),
        )
      }
      if (file_offset !== undefined) assert.equal(file_offset, columns[0]!.meta_data!.data_page_offset)
    }
  })

  /** Prices on a grid, a text, and a number that is null now and then, all of which DuckDB gives dictionaries. */
  const withDictionaries = async (datetime: string, rows: number, groupRows = 122_880) => {
    const name = path.join(scratch, `dictionaries-${rows}.parquet`)
    await duckDbRun(`COPY (SELECT ${datetime} AS datetime, 'S' || (i % 7) AS origin, 10::DOUBLE + i % 70 AS high,
      9::DOUBLE + i % 70 AS low, 9::DOUBLE + i % 70 AS close, CASE WHEN i % 11 > 0 THEN (i % 13)::INT END AS trades
      FROM range(${rows}) t(i)) TO '${name}' (FORMAT parquet, ROW_GROUP_SIZE ${groupRows})`)
    return new Uint8Array(readFileSync(name))
  }
  const encodingsOf = async (bytes: Uint8Array, group = 0) =>
    (await readMetadata(bytes)).row_groups[group]!.columns.slice(1, 6).map(({ meta_data }) => meta_data!.encodings)

  it('keeps dictionaries of pages that lose rows', async () => {
    // each tenth minute comes twice
    const input = await withDictionaries("TIMESTAMP '2024-01-01' + INTERVAL (i - (i % 10 = 9)::INT) MINUTE", 30_000)
    const { output, quality } = await enrichBytes(input, { conflicts: 'drop', columns: { symbol: 'none' } })
    assert.equal(quality.rowsWritten, 27_000)
    const rows = (await readRows(input)).filter((_, i) => i % 10 !== 9)
    const found = (await readRows(output)).map(({ supertrend_ub, supertrend_lb, ...row }) => {
      const { trend_orientation, st_trend_segment, ...rest } = row
      return rest
    })
    assert.deepEqual(found, rows)
    for (const encodings of await encodingsOf(output)) {
      assert.ok(encodings.includes('PLAIN_DICTIONARY') || encodings.includes('RLE_DICTIONARY'), encodings.join())
    }
    const [before, after] = [input, output].map(async (bytes) =>
      (await readMetadata(bytes)).row_groups[0]!.columns.slice(1, 6).reduce(
        (sum, { meta_data }) => sum + Number(meta_data!.total_compressed_size),
        0,
      ),
    )
    assert.ok((await after!) <= (await before!), `${await after} bytes instead of ${await before}`)
  })

  it('has no dictionary of numbers with more entries than rows', async () => {
    // of the second row group five rows are left
    const input = await withDictionaries("TIMESTAMP '2024-01-01' + INTERVAL (least(i, 2052)) MINUTE", 4096, 2048)
    const { output } = await enrichBytes(input, { conflicts: 'drop', columns: { symbol: 'none' } })
    assert.equal((await readRows(output)).length, 2053)
    const encodings = await encodingsOf(output, 1)
    assert.deepEqual(encodings.slice(1, 4), new Array(3).fill(['PLAIN', 'RLE']))
    // of text it stays: fastparquet reads text as missing in PLAIN pages beside others
    assert.ok(encodings[0]!.includes('PLAIN_DICTIONARY'), encodings[0]!.join())
  })

  it('keeps bloom filters where its footer says they are', async () => {
    const name = path.join(scratch, 'bloom.parquet')
    // a column of few texts, which DuckDB gives a bloom filter; the last ten minutes come twice
    await duckDbRun(`COPY (SELECT TIMESTAMP '2024-01-01' + INTERVAL (least(i, 4999)) MINUTE AS datetime,
      'venue-' || (i % 300) AS origin, 10.0 + i % 7 AS open, 12.0 + i % 7 AS high, 9.0 + i % 7 AS low,
      11.0 + i % 7 AS close FROM range(5010) t(i)) TO '${name}' (FORMAT parquet)`)
    const input = new Uint8Array(readFileSync(name))
    const { output } = await enrichBytes(input)
    const filterOf = async (bytes: Uint8Array) => {
      const { columns } = (await readMetadata(bytes)).row_groups[0]!
      const { bloom_filter_offset, bloom_filter_length } = columns[1]!.meta_data!
      assert.ok(bloom_filter_offset && bloom_filter_length)
      const start = Number(bloom_filter_offset)
      return bytes.slice(start, start + Number(bloom_filter_length))
    }
    assert.deepEqual(await filterOf(output), await filterOf(input))
    // DuckDB asks the filter before it reads: a wrong one would lose rows
    writeFileSync(name, output)
    const [row] = await duckDbRows(`SELECT count(*)::INT AS rows FROM '${name}' WHERE origin = 'venue-7'`)
    assert.equal(row!.rows, 17)
  })
})

describe('the sort order that the input states', () => {
  /** Bars after a column that will be replaced, in a file that says it is sorted by the columns of these positions. */
  async function sortedBy(...columns: number[]): Promise<Uint8Array> {
    const file = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'trend_orientation', type: 'INT32', data: bars.map(() => 1) },
          { name: 'datetime', type: 'TIMESTAMP', data: bars.map((bar) => new Date(bar.time)) },
          ...(['open', 'high', 'low', 'close'] as const).map((name) => ({
            name,
            type: 'DOUBLE' as const,
            data: bars.map((bar) => bar[name]),
          })),
        ],
      }),
    )
    const start = file.length - 8 - new DataView(file.buffer).getUint32(file.length - 8, true)
    const meta = new ThriftStruct(file, start)
    const sorting = columns.map((index) =>
      thrift.struct({
        [SORTING_COLUMN.columnIdx]: thrift.i32(index),
        [SORTING_COLUMN.descending]: thrift.boolean(false),
        [SORTING_COLUMN.nullsFirst]: thrift.boolean(false),
      }),
    )
    const groups = meta
      .structs(FILE_METADATA.rowGroups)!
      .map((group) => group.with({ [ROW_GROUP.sortingColumns]: thrift.list(sorting) }))
    const footer = meta.with({ [FILE_METADATA.rowGroups]: thrift.list(groups) }).raw
    const end = new Uint8Array(8)
    new DataView(end.buffer).setUint32(0, footer.length, true)
    end.set(Buffer.from('PAR1'), 4)
    return new Uint8Array(Buffer.concat([file.subarray(0, start), footer, end]))
  }

  async function sortingOf(bytes: Uint8Array): Promise<number[] | undefined> {
    const { row_groups } = await readMetadata(bytes)
    return row_groups[0]!.sorting_columns?.map((column) => column.column_idx)
  }

  it('names its columns by their new positions', async () => {
    const input = await sortedBy(1, 5)
    assert.deepEqual(await sortingOf(input), [1, 5])
    const { output } = await enrichBytes(input)
    assert.deepEqual(await sortingOf(output), [0, 4])
    assert.equal((await readRows(output)).length, 300)
  })

  it('ends before a column that was replaced', async () => {
    const { output } = await enrichBytes(await sortedBy(2, 0, 1))
    assert.deepEqual(await sortingOf(output), [1])
  })
})

describe('a row that is dropped', () => {
  /** Two columns beside the market's: all rows but the last keep their values, which is checked with another reader. */
  async function kept(column: CraftedColumn, rows: number, name: string): Promise<unknown[]> {
    const [time, ...others] = marketColumns(rows)
    const times = BigInt64Array.from({ length: rows }, (_, i) => BigInt(1_700_000_000 + 60 * Math.min(i, rows - 2)))
    const input = craft({
      columns: [{ ...time!, pages: [{ values: rows, body: bytesOf(times) }] }, ...others, column],
      rows,
    })
    const { output, layout } = await enrichBytes(input)
    assert.equal(layout, 'compacted')
    // what is written here has to be read here too
    assert.equal((await enrichBytes(output)).layout, 'appended')
    const footer = await readFooter(memorySource(output), 2 ** 30)
    for (const leaf of leavesOf(footer)) {
      const chunk = columnChunk(footer, rowGroup(footer, 0), leaf)
      for await (const page of pagesOf({
        source: memorySource(output),
        leaf,
        chunk,
        rows: rows - 1,
        buffers: readBuffers(footer),
      })) {
        assert.ok(page.values > 0)
      }
    }
    const file = output.buffer.slice(output.byteOffset, output.byteOffset + output.byteLength) as ArrayBuffer
    const found = await parquetReadObjects({ file, columns: [name], compressors, utf8: false })
    assert.equal(found.length, rows - 1)
    return found.map((row) => row[name])
  }

  it('leaves values of 20 MiB beside it as they are', async () => {
    const next = random(3)
    const long = new Uint8Array(20 * 2 ** 20)
    for (let i = 0; i < long.length; i++) long[i] = next() * 256
    const value = (bytes: Uint8Array) => Buffer.concat([new Uint8Array(Uint32Array.of(bytes.length).buffer), bytes])
    const plain = Buffer.concat([value(long), value(Uint8Array.of(1)), value(Uint8Array.of(2))])
    const body = compress(plain, 'SNAPPY')
    const page = { values: 3, body, uncompressedLength: plain.length }
    const [first, second] = await kept({ name: 'blob', type: 'BYTE_ARRAY', codec: 'SNAPPY', pages: [page] }, 3, 'blob')
    assert.ok(Buffer.compare(first as Uint8Array, long) === 0)
    assert.deepEqual([...(second as Uint8Array)], [1])
  })

  it('leaves wide values of a dictionary beside it as they are', async () => {
    const [rows, width] = [40_000, 131_072]
    const entries = Buffer.concat([Buffer.alloc(width, 'a'), Buffer.alloc(width, 'b')])
    // one run: the entry b in the first four rows, then a
    const indices = Uint8Array.of(1, 8, 1, ...varint(2 * (rows - 4)), 0)
    const few = {
      name: 'wide',
      type: 'FIXED_LEN_BYTE_ARRAY',
      element: { [SCHEMA_ELEMENT.typeLength]: thrift.i32(width) },
    } as const
    const column = { ...few, pages: [{ kind: DICTIONARY_PAGE, values: 2, body: entries }] }
    const source = memorySource(
      craft({ columns: [{ ...column, pages: [...column.pages, { values: rows, encoding: 8, body: indices }] }], rows }),
    )
    const footer = await readFooter(source, 2 ** 30)
    let row = 0
    const pieces = readColumn(source, footer, leavesOf(footer)[0]!, ({ rows: count, values }) => {
      assert.equal(values.length, count * width)
      for (let i = 0; i < count; i++, row++) {
        const letter = (row < 4 ? 'b' : 'a').charCodeAt(0)
        assert.ok(values[i * width] === letter && values[(i + 1) * width - 1] === letter, `row ${row}`)
      }
    })
    for await (const _ of pieces) if (row > 500) break
    assert.ok(row > 500)
  })

  it('leaves no page without values at the end of a chunk', async () => {
    const body = (count: number) => bytesOf(Float64Array.from({ length: count }, (_, i) => i))
    const pages = [0, 3, 0, 1].map((values) => ({ values, body: body(values) }))
    assert.deepEqual(await kept({ name: 'x', type: 'DOUBLE', pages }, 4, 'x'), [0, 1, 2])
  })

  it('does not copy one bloom filter for each of many columns', async () => {
    const [time, ...others] = marketColumns(4)
    const times = BigInt64Array.of(1_700_000_000n, 1_700_000_060n, 1_700_000_120n, 1_700_000_120n)
    const blob = new Uint8Array(200_000)
    const filter = {
      [COLUMN_META.bloomFilterOffset]: thrift.i64(4),
      [COLUMN_META.bloomFilterLength]: thrift.i32(blob.length),
    }
    const more = Array.from({ length: 50 }, (_, i) => ({ ...others[0]!, name: `x${i}`, meta: filter }))
    const value = {
      name: 'blob',
      type: 'FIXED_LEN_BYTE_ARRAY' as const,
      element: { [SCHEMA_ELEMENT.typeLength]: thrift.i32(blob.length / 4) },
    }
    const input = craft({
      columns: [
        { ...value, pages: [{ values: 4, body: blob }] },
        { ...time!, pages: [{ values: 4, body: bytesOf(times) }] },
        ...others,
        ...more,
      ],
      rows: 4,
    })
    const { output, layout } = await enrichBytes(input)
    assert.equal(layout, 'compacted')
    assert.ok(output.length < 3 * input.length, `${output.length} bytes of ${input.length}`)
  })
})
