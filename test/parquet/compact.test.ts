import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { columnChunk, leavesOf, readFooter, rowGroup } from '../../functions/parquet/footer.ts'
import { pagesOf, readBuffers } from '../../functions/parquet/page.ts'
import { ThriftStruct, thrift } from '../../functions/parquet/thrift.ts'
import {
  barsFile,
  duckDbRows,
  duckDbRun,
  enrichBytes,
  memorySource,
  readMetadata,
  readRows,
  someBars,
  temporaryFolder,
} from '../parquet-files.ts'

const scratch = temporaryFolder()
const writers = new URL('../golden/writers/', import.meta.url)

const bars = someBars(300)
const overlapping = barsFile([...bars.slice(0, 200), ...bars.slice(150)], { rowGroupSize: 120, pageSize: 1024 })

/** The kinds of the data pages of the input's columns. */
async function pageKinds(bytes: Uint8Array, columns: number): Promise<Set<number>> {
  const footer = await readFooter(memorySource(bytes), 2 ** 30)
  const kinds = new Set<number>()
  for (const leaf of leavesOf(footer).slice(0, columns)) {
    for (const [i, rows] of footer.groupRows.entries()) {
      const chunk = columnChunk(footer, rowGroup(footer, i), leaf)
      for await (const page of pagesOf(memorySource(bytes), leaf, chunk, rows, readBuffers(footer)))
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
      thrift.struct({ 1: thrift.i32(index), 2: thrift.boolean(false), 3: thrift.boolean(false) }),
    )
    const groups = meta.structs(4)!.map((group) => group.with({ 4: thrift.list(sorting) }))
    const footer = meta.with({ 4: thrift.list(groups) }).raw
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
