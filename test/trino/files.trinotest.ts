import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { enrichBytes, NEW_COLUMNS, readRows, temporaryFolder } from '../parquet-files.ts'
import { barsFile, COLUMNS, cannotWrite, type Variant } from './bars-files.ts'
import { newStatements, oldStatements, SELECTIVE } from './statements.ts'
import { NEW_COLUMN_TYPES, Trino } from './trino.ts'
import { withoutIndexes } from './without-indexes.ts'

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

describe('an enriched file whose new columns have no page indexes', () => {
  it('is refused as soon as pages are skipped, which shows that these tests would find it', async () => {
    const bytes = await barsFile({ ...FILES[0]!, overlaps: false })
    const { output } = await enrichBytes(bytes)
    await trino.table('bare', { ...COLUMNS, ...NEW_COLUMN_TYPES }, withoutIndexes(output, NEW_COLUMNS))
    assert.equal((await trino.rows('SELECT count(supertrend_ub) FROM bare')).length, 1)
    const error = await trino.error('SELECT sum(supertrend_ub) FROM bare WHERE number BETWEEN 500 AND 502')
    assert.match(error!, /Missing OffsetIndex for column \[supertrend_ub\]/)
  })
})
