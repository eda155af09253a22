import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { type AppendedColumn, appendColumns, RefusedError } from '../../functions/append.ts'
import { supertrendFlips } from '../../functions/library.ts'
import {
  barsFile,
  duckDbRows,
  enrichBytes,
  gathered,
  readMetadata,
  readRows,
  runProgram,
  someBars,
  temporaryFolder,
} from '../parquet-files.ts'
import { quickOrThorough } from '../thorough.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
const ROWS = 70_000
const input = barsFile(someBars(ROWS), { rowGroupSize: 68_000 })
const some = <T>(of: (row: number) => T) => Array.from({ length: ROWS }, (_, row) => of(row))

/** A column of each type, with and without nulls. */
const COLUMNS: readonly AppendedColumn[] = [
  { name: 'double', values: Float64Array.from(some((row) => row / 3)) },
  { name: 'float', values: Float32Array.from(some((row) => (row % 7 === 0 ? Number.NaN : row / 3))) },
  { name: 'int', values: Int32Array.from(some((row) => 5 - row)) },
  { name: 'long', values: BigInt64Array.from(some((row) => BigInt(row) * 10n ** 12n)) },
  { name: 'some', type: 'float64', values: some((row) => (row % 3 === 0 ? null : row / 8)) },
  { name: 'few', type: 'int64', values: some((row) => (row % 1000 === 0 ? row : undefined)) },
  { name: 'is', type: 'boolean', values: some((row) => (row % 5 === 0 ? null : row % 2 === 0)) },
  { name: 'none', type: 'int32', values: some(() => null) },
]

async function appended(columns = COLUMNS, options = {}, bytes = input): Promise<Uint8Array> {
  return gathered((await appendColumns(bytes, columns, options)).bytes())
}

/** As readers have them: NaN stays, undefined is null, integers of 64 bits are bigints. */
const expectedRow = (row: number) =>
  Object.fromEntries(
    COLUMNS.map(({ name, type, values }) => {
      const value = values[row] ?? null
      return [name, type === 'int64' && value !== null ? BigInt(value) : value]
    }),
  )

const CODECS = ['UNCOMPRESSED', 'ZSTD', 'SNAPPY', 'GZIP', 'LZ4_RAW'] as const

describe('appendColumns', () => {
  for (const codec of CODECS.slice(0, quickOrThorough(2, 5))) {
    it(`appends columns of all types, compressed with ${codec}`, async () => {
      const output = await appended(COLUMNS, { codec })
      assert.deepEqual(output.subarray(0, input.length), input)
      const [rows, before] = [await readRows(output), await readRows(input)]
      assert.equal(rows.length, ROWS)
      for (const row of [0, 1, 2, 3, 1000, 65_535, 65_536, 67_999, 68_000, ROWS - 1]) {
        assert.deepEqual(rows[row], { ...before[row], ...expectedRow(row) })
      }
      for (const [row, found] of rows.entries()) assert.equal(found.some, COLUMNS[4]!.values[row])
    })
  }

  it('is read by DuckDB, whose filters use the statistics', async () => {
    writeFileSync(at('appended.parquet'), await appended())
    const file = `'${at('appended.parquet')}'`
    const [sums] = await duckDbRows(
      `SELECT sum("int") AS i, count(few) AS f, sum(few) AS s, count("none") AS n, count(*) FILTER ("is") AS t FROM ${file}`,
    )
    const all = some((row) => row)
    const add = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
    assert.deepEqual(sums, {
      i: String(add(all.map((row) => 5 - row))),
      f: '70',
      s: String(add(all.filter((row) => row % 1000 === 0))),
      n: '0',
      t: String(all.filter((row) => row % 5 !== 0 && row % 2 === 0).length),
    })
    const [found] = await duckDbRows(`SELECT count(*) AS n FROM ${file} WHERE "long" >= ${69_000n * 10n ** 12n}`)
    assert.deepEqual(found, { n: '1000' })
    const [group] = (await readMetadata(await appended())).row_groups
    const statistics = (name: string) =>
      group!.columns.find(({ meta_data }) => meta_data!.path_in_schema[0] === name)!.meta_data!.statistics!
    assert.deepEqual([statistics('int').min_value, statistics('int').max_value], [5 - 67_999, 5])
    assert.deepEqual([statistics('is').min_value, statistics('is').max_value], [false, true])
    assert.equal(statistics('none').null_count, 68_000n)
  })

  it('states no bounds for integers that are not exact as numbers', async () => {
    const values = BigInt64Array.from(some((row) => 2n ** 62n + BigInt(row)))
    const output = await appended([{ name: 'big', values }])
    writeFileSync(at('big.parquet'), output)
    const [found] = await duckDbRows(`SELECT count(*) AS n FROM '${at('big.parquet')}' WHERE big = ${2n ** 62n + 3n}`)
    assert.deepEqual(found, { n: '1' })
    const chunk = (await readMetadata(output)).row_groups[0]!.columns.at(-1)!.meta_data!
    assert.equal(chunk.statistics!.min_value, undefined)
  })

  it('keeps what an enriched file is: flips, verify and restore', async () => {
    const bars = barsFile(someBars(500))
    const { output } = await enrichBytes(bars)
    const more = await appended(
      [{ name: 'row', values: Int32Array.from({ length: 500 }, (_, row) => row) }],
      {},
      output,
    )
    assert.deepEqual(await supertrendFlips(more), await supertrendFlips(output))
    writeFileSync(at('more.parquet'), more)
    assert.equal((await runProgram('restore', at('more.parquet'), at('back.parquet'))).code, 0)
    assert.deepEqual(new Uint8Array(readFileSync(at('back.parquet'))), bars)
  })

  it('replaces columns only if it is told to', async () => {
    const volume = [{ name: 'volume', values: new Float64Array(ROWS).fill(7) }]
    await assert.rejects(appended(volume), {
      code: 'settings',
      message: /the file has a column "volume"; .*replace: true/,
    })
    const rows = await readRows(await appended(volume, { replace: true }))
    assert.equal(rows[5]!.volume, 7)
    assert.equal(Object.keys(rows[0]!).length, 6)
  })

  it('replaces all columns that readers take for the new one', async () => {
    const columnData = ['a', 'A', 'b', 'a'].map((name, i) => ({ name, data: [i, i], type: 'INT32' as const }))
    const file = new Uint8Array(parquetWriteBuffer({ columnData }))
    const output = await appended([{ name: 'A', values: new Int32Array([7, 8]) }], { replace: true }, file)
    assert.deepEqual(
      (await readMetadata(output)).schema.slice(1).map(({ name }) => name),
      ['b', 'A'],
    )
    assert.deepEqual(await readRows(output), [
      { b: 2, A: 7 },
      { b: 2, A: 8 },
    ])
  })

  it('appends to a file without rows, and twice', async () => {
    const empty = barsFile([])
    const once = await appended([{ name: 'a', type: 'int32', values: [] }], {}, empty)
    const twice = await appended([{ name: 'b', type: 'boolean', values: [] }], {}, once)
    assert.deepEqual(
      (await readMetadata(twice)).schema.slice(-2).map(({ name }) => name),
      ['a', 'b'],
    )
  })

  it('refuses what does not fit, and says what is allowed', async () => {
    const bars = barsFile(someBars(3))
    const wrong: [unknown, RegExp, object?][] = [
      [
        [{ name: 'x', values: new Float64Array(2) }],
        /column "x" has 2 values; the file has 3 rows, and each needs one/,
      ],
      [
        [{ name: 'x', values: [1, 2, 3] }],
        /column "x" has no type; allowed are float64, float32, int32, int64, boolean/,
      ],
      [[{ name: 'x', type: 'text', values: [1, 2, 3] }], /has the type "text"; allowed are/],
      [
        [{ name: 'x', type: 'int32', values: [1, 2.5, 3] }],
        /column "x": row 1 .* is "2\.5" \(number\); allowed are values of int32/,
      ],
      [[{ name: 'x', type: 'int32', values: [1, 2 ** 31, 3] }], /row 1/],
      [[{ name: 'x', type: 'int64', values: [1n, 2n ** 63n, 3] }], /row 1/],
      [[{ name: 'x', type: 'int32', values: new Float64Array([1, 2, 0.5]) }], /row 2/],
      [[{ name: 'x', type: 'boolean', values: [true, 1, null] }], /row 1 .*\(number\)/],
      [[{ name: 'x', type: 'float64', values: ['1', 2, 3] }], /row 0 .*\(string\)/],
      [[{ name: 'x' }], /column "x" has no values/],
      [[{ name: '', values: new Float64Array(3) }], /a column has the name ""/],
      [
        [
          { name: 'x', values: new Float64Array(3) },
          { name: 'x', values: new Float64Array(3) },
        ],
        /two columns have the name "x"/,
      ],
      [
        [{ name: 'Close', values: new Float64Array(3) }],
        /the file has a column "close", and readers do not tell the case apart; give .*, or set replace: true/,
      ],
      [
        [
          { name: 'x', values: new Float64Array(3) },
          { name: 'X', values: new Float64Array(3) },
        ],
        /two columns have the name "X"; .*differ in more than their case/,
      ],
      [[{ name: 'a\0b', values: new Float64Array(3) }], /a column has the name "a/],
      [[{ name: '\ud800', values: new Float64Array(3) }], /a column has the name/],
      [[{ name: 'x', type: 'float32', values: [1, 1e300, Infinity] }], /row 1 .* is "1e\+300"/],
      [[{ name: 'x', tpye: 'int32', values: new Float64Array(3) }], /property "tpye"; allowed are name, values, type/],
      [[{ name: 'x', type: 'int32', values: { length: 3 } }], /column "x" has no values; allowed is an array/],
      [[null], /a column is null; allowed are name, values, type/],
      [COLUMNS, /the options are null; allowed is an object/, null as unknown as object],
      [[], /there are no columns/],
      [COLUMNS.slice(0, 1), /there is no option codek; allowed are codec, replace/, { codek: 'ZSTD' }],
      [COLUMNS.slice(0, 1), /codec is "zip"; allowed are UNCOMPRESSED/, { codec: 'zip' }],
      [COLUMNS.slice(0, 1), /replace is "1"/, { replace: 1 }],
      [COLUMNS.slice(0, 1), /memoryBudgetBytes is 0/, { memoryBudgetBytes: 0 }],
    ]
    for (const [columns, message, options] of wrong) {
      await assert.rejects(appendColumns(bars, columns as AppendedColumn[], options), (error) => {
        assert.ok(error instanceof RefusedError)
        assert.equal(error.code, 'settings')
        assert.match(error.message, message)
        return true
      })
    }
    await assert.rejects(appendColumns(new Uint8Array(20), COLUMNS), { code: 'not-parquet' })
    await assert.rejects(appendColumns('bars.parquet' as unknown as Uint8Array, COLUMNS), TypeError)
  })
})
