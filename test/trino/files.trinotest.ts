import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { chunkName, editChunks } from '../edit-chunks.ts'
import { enrichAndKeep, enrichBytes, NEW_COLUMNS, readRows, temporaryFolder } from '../parquet-files.ts'
import { barsFile, COLUMNS, cannotWrite, type Variant } from './bars-files.ts'
import { newStatements, oldStatements, SELECTIVE } from './statements.ts'
import { NEW_COLUMN_TYPES, Trino } from './trino.ts'

const SMALL = { bars: 2100, rowGroupRows: 1000, pageBytes: 250 }
const FILES: Omit<Variant, 'overlaps'>[] = [
  { ...SMALL, writer: 'parquet-rs', codec: 'snappy', pageVersion: 1, timeUnit: 'ms' },
  { ...SMALL, writer: 'parquet-rs', codec: 'zstd', pageVersion: 2, timeUnit: 'us' },
  { ...SMALL, writer: 'parquet-rs', codec: 'gzip', pageVersion: 1, timeUnit: 'us' },
  // several pages of the new columns
  {
    bars: 150_000,
    rowGroupRows: 200_000,
    pageBytes: 20_000,
    writer: 'parquet-rs',
    codec: 'snappy',
    pageVersion: 1,
    timeUnit: 'us',
  },
  // no page indexes
  { ...SMALL, writer: 'duckdb', codec: 'zstd', pageVersion: 1, timeUnit: 'us' },
  { ...SMALL, writer: 'polars', codec: 'zstd', pageVersion: 1, timeUnit: 'us' },
  { ...SMALL, writer: 'pyarrow', codec: 'snappy', pageVersion: 1, timeUnit: 'ms' },
  { ...SMALL, writer: 'pyarrow', codec: 'gzip', pageVersion: 2, timeUnit: 'us' },
]

let trino: Trino
before(async () => {
  trino = await Trino.start(temporaryFolder())
})
after(async () => trino.stop())

/** Trino's answer with the values that a float32 has. */
const rounded = (rows: readonly (readonly unknown[])[]) =>
  rows.map((row) => row.map((value) => (typeof value === 'number' ? Math.fround(value) : value)))

for (const [i, file] of FILES.entries()) {
  const { writer, codec, pageVersion, bars, rowGroupRows } = file
  for (const overlaps of [false, true]) {
    const variant = { ...file, overlaps }
    const title = `${bars} bars of ${writer}, ${codec}, v${pageVersion} pages, ${overlaps ? 'compacted' : 'appended'}`
    describe(title, { skip: cannotWrite(variant) }, () => {
      const [input, output] = [`input_${i}_${overlaps}`, `output_${i}_${overlaps}`]
      let enriched: Uint8Array
      before(async () => {
        const bytes = await barsFile(variant)
        const { output: after, layout } = await enrichBytes(bytes)
        assert.equal(layout, overlaps ? 'compacted' : 'appended')
        enriched = after
        await trino.table(input, COLUMNS, bytes)
        await trino.table(output, { ...COLUMNS, ...NEW_COLUMN_TYPES }, enriched)
      })

      it('gives the rows of the input', async () => {
        for (const statement of oldStatements(bars)) {
          const expected = await trino.rows(statement.replace('FILE', `(SELECT * FROM ${input} WHERE NOT again)`))
          assert.ok(expected.length > 0, statement)
          assert.deepEqual(await trino.rows(statement.replace('FILE', output)), expected, statement)
        }
      })

      it('gives the new values that another reader finds', async () => {
        const rows = await readRows(enriched)
        for (const { statement, expected } of newStatements(bars)) {
          const found = await trino.rows(statement.replace('FILE', output))
          assert.deepEqual(rounded(found), rounded(expected(rows)), statement)
        }
      })

      if (writer !== 'duckdb') {
        it('skips pages of old and new columns', async () => {
          const sums = (columns: string, table: string) => `SELECT ${columns} FROM ${table} WHERE ${SELECTIVE}`
          const decoded = await trino.rowsDecoded(sums('sum(close)', input))
          assert.ok(decoded < Math.min(bars, rowGroupRows) / 2)
          const decodedOfBoth = await trino.rowsDecoded(sums('sum(close), sum(supertrend_ub)', output))
          assert.equal(decodedOfBoth, decoded)
          if (bars > 2 * 65_536) {
            const segments = `SELECT sum(close) FROM ${output} WHERE st_trend_segment < 4`
            assert.equal(await trino.rowsDecoded(segments), 65_536)
          }
        })
      }
    })
  }
}

// the offsets and lengths of both indexes
const NO_INDEXES = { 4: undefined, 5: undefined, 6: undefined, 7: undefined }
const withoutIndexes = (file: Uint8Array, names: readonly string[]) =>
  editChunks(file, (chunk) => (names.includes(chunkName(chunk)) ? NO_INDEXES : {}))

describe('page indexes', () => {
  const columns = { ...COLUMNS, ...NEW_COLUMN_TYPES }
  let input: Uint8Array
  before(async () => {
    input = await barsFile({ ...FILES[0]!, overlaps: false })
  })

  it('are needed in new columns: these tests would find a file without them', async () => {
    const { output } = await enrichBytes(input)
    await trino.table('bare', columns, withoutIndexes(output, NEW_COLUMNS))
    assert.equal((await trino.rows('SELECT count(supertrend_ub) FROM bare')).length, 1)
    const error = await trino.error(`SELECT sum(supertrend_ub) FROM bare WHERE ${SELECTIVE}`)
    assert.match(error!, /Missing OffsetIndex for column \[supertrend_ub\]/)
  })

  it('that only some columns of the input have let no query fail that does not fail on the input', async () => {
    const some = withoutIndexes(input, ['symbol'])
    await trino.table('some_input', COLUMNS, some)
    await trino.table('some_output', columns, (await enrichBytes(some)).output)
    const statement = (table: string, condition: string) =>
      `SELECT count(symbol), sum(price) FROM ${table} WHERE ${condition}`
    assert.match((await trino.error(statement('some_input', SELECTIVE)))!, /Missing OffsetIndex for column \[symbol\]/)
    const [row] = await trino.rows(`SELECT count(*), count(trend_orientation) FROM some_output WHERE ${SELECTIVE}`)
    assert.deepEqual(row, [3, 3])
    assert.equal(await trino.error(statement('some_output', 'st_trend_segment = 3')), undefined)
  })
})

describe('the file of removed rows', () => {
  it('gives the rows of the input that are dropped', async () => {
    const input = await barsFile({ ...FILES[0]!, overlaps: true })
    const { dropped } = await enrichAndKeep(input)
    await trino.table('with_dropped', COLUMNS, input)
    await trino.table('dropped', { ...COLUMNS, dropped_row: 'bigint', kept_row: 'bigint' }, dropped)
    for (const condition of [
      'number > 0',
      'number BETWEEN 1100 AND 1110',
      'close < 95',
      "symbol = 'BBB' AND price > 100",
    ]) {
      const rows = (table: string) =>
        `SELECT ${Object.keys(COLUMNS)} FROM ${table} WHERE again AND ${condition} ORDER BY number`
      const expected = await trino.rows(rows('with_dropped'))
      assert.ok(expected.length > 0)
      assert.deepEqual(await trino.rows(rows('dropped')), expected)
    }
    const both = 'SELECT count(*), min(dropped_row), max(kept_row) FROM dropped WHERE kept_row BETWEEN 1060 AND 1069'
    assert.deepEqual(await trino.rows(both), [[10, 1270, 1069]])
  })
})
