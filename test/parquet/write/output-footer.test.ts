import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readParquet } from 'parquet-wasm'
import { columnChunk, rowGroup } from '../../../functions/parquet/format/column-chunk.ts'
import { COLUMN_META, STATISTICS } from '../../../functions/parquet/format/fields.ts'
import { leavesOf, readFooter } from '../../../functions/parquet/format/footer.ts'
import { barsFile, enrichBytes, memorySource, NEW_COLUMNS, readMetadata, someBars } from '../../parquet-files.ts'

const writers = fileURLToPath(new URL('../../golden/writers/', import.meta.url))
const read = (name: string) => new Uint8Array(readFileSync(path.join(writers, name)))

async function keyValue(bytes: Uint8Array, key: string): Promise<string> {
  return (await readMetadata(bytes)).key_value_metadata?.find((pair) => pair.key === key)?.value ?? ''
}

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
