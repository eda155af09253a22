import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { duckDbRows, enrichBytes, NEW_COLUMNS, type Row, readRows, temporaryFolder } from '../parquet-files.ts'
import { type ReferenceBar, referenceRows } from '../reference.ts'
import { quickOrThorough } from '../thorough.ts'

/** Small files as pyarrow, pandas, polars, fastparquet and DuckDB write them (writers/generate.py). */
const folder = fileURLToPath(new URL('./writers/', import.meta.url))
const scratch = temporaryFolder()

/** The market columns of a file read by another reader, for all names and types that the files have. */
function referenceBars(rows: readonly Row[]): ReferenceBar[] {
  const price = (row: Row, name: string) => {
    const value = row[name] ?? row[name[0]!.toUpperCase() + name.slice(1)]
    return value === null || value === undefined ? null : Number(value)
  }
  return rows.map((row) => {
    const time = row.datetime ?? row.Date
    return {
      time: time instanceof Date ? time.getTime() : (time as bigint),
      series: row.symbol,
      high: price(row, 'high'),
      low: price(row, 'low'),
      close: price(row, 'close'),
    }
  })
}

const without = (row: Row, names: readonly string[]) =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)))

describe('files of other writers', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.parquet'))
  for (const name of names) {
    it(`${name} keeps its columns and gains the reference's values`, async () => {
      const bytes = new Uint8Array(readFileSync(path.join(folder, name)))
      const input = await readRows(bytes)
      const { output, quality, layout } = await enrichBytes(bytes)
      const rows = await readRows(output)
      const expected = referenceRows(referenceBars(input), { definition: 'stockstats', period: 14, multiplier: 3 })
      assert.equal(quality.rowsRead, input.length)
      assert.equal(quality.rowsWritten, expected.length)
      assert.equal(layout, expected.length === input.length ? 'appended' : 'compacted')

      if (layout === 'appended') assert.deepEqual(output.slice(0, bytes.length), bytes)
      assert.deepEqual(
        rows.map((row) => without(row, NEW_COLUMNS)),
        expected.map(({ row }) => input[row]),
      )
      assert.deepEqual(
        rows.map((row) => NEW_COLUMNS.map((column) => row[column] ?? null)),
        expected.map(({ upper, lower, orientation, segment }) => [upper, lower, orientation, segment]),
      )
    })
  }

  for (const name of names.filter((_, i) => i % quickOrThorough(3, 1) === 0)) {
    it(`${name} reads the same in DuckDB, types included`, async () => {
      const enriched = path.join(scratch, name)
      const { output } = await enrichBytes(new Uint8Array(readFileSync(path.join(folder, name))))
      writeFileSync(enriched, output)
      const original = path.join(folder, name)
      const input = await duckDbRows(`SELECT * FROM '${original}'`)
      const expected = referenceRows(referenceBars(await readRows(new Uint8Array(readFileSync(original)))), {
        definition: 'stockstats',
        period: 14,
        multiplier: 3,
      })
      const rows = await duckDbRows(`SELECT * EXCLUDE (${NEW_COLUMNS}) FROM '${enriched}'`)
      assert.deepEqual(
        rows,
        expected.map(({ row }) => input[row]),
      )
      const columns = async (file: string) => duckDbRows(`DESCRIBE SELECT * FROM '${file}'`)
      const added = ['FLOAT', 'FLOAT', 'TINYINT', 'INTEGER']
      assert.deepEqual(
        (await columns(enriched)).map((column) => [column.column_name, column.column_type]),
        [
          ...(await columns(original)).map((column) => [column.column_name, column.column_type]),
          ...NEW_COLUMNS.map((column, i) => [column, added[i]]),
        ],
      )
      // statistics: a filter may not lose rows
      for (const column of NEW_COLUMNS) {
        const [low] = await duckDbRows(`SELECT min(${column}) AS v, count(${column}) AS n FROM '${enriched}'`)
        const [found] = await duckDbRows(`SELECT count(*) AS n FROM '${enriched}' WHERE ${column} >= ${low?.v ?? 0}`)
        assert.equal(found?.n, low?.n)
      }
    })
  }
})
