/** The readers of Node: hyparquet, and DuckDB as npm has it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type ParquetQueryFilter, parquetQuery, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { walkFooter, withoutGroup } from '../parquet/footer-walk.ts'
import { checkPageIndexes, fileOf } from '../parquet/page-walk.ts'
import { duckDbRows, NEW_COLUMNS, type Row } from '../parquet-files.ts'
import type { Expected } from './files.ts'

export interface Reading {
  readonly file: string
  readonly reader: string
  /** What is not as expected. */
  readonly problem: string | null
}

export interface NodeReader {
  readonly name: string
  readonly packages: readonly string[]
  /** @throws Error when the output is not what is expected */
  check(input: string, output: string, expected: Expected): Promise<void>
}

/** Filters are tried on files with at least this many rows. */
const FILTERED_ROWS = 63
const FILTERS = ['row', 'close', 'st_trend_segment', 'supertrend_lb']

export const NODE_READERS: readonly NodeReader[] = [
  {
    name: 'hyparquet',
    packages: ['hyparquet'],
    async check(input, output, { kept, new: values }) {
      const bytes = new Uint8Array(readFileSync(output))
      const before = await readAll(new Uint8Array(readFileSync(input))).catch((error) => {
        throw new Error(`cannot read the input: ${error.message}`, { cause: error })
      })
      const after = await readAll(bytes)
      const names = Object.keys(before[0]!)
      assert.deepEqual(Object.keys(after[0]!), [...names, ...NEW_COLUMNS], 'columns')
      assert.equal(after.length, kept.length, 'rows')
      for (const [i, row] of kept.entries()) {
        for (const name of names) assertSame(after[i]![name], before[row]![name], `${name} of row ${i}`)
        for (const name of NEW_COLUMNS) assertSame(after[i]![name], values[name]![i], `${name} of row ${i}`)
      }
      for (const name of kept.length < FILTERED_ROWS ? [] : FILTERS) {
        const all = after.map((row) => row[name])
        const least = quantile(all)
        const filter = { [name]: { $gte: least } } as ParquetQueryFilter
        const found = await parquetQuery({ file: fileOf(bytes), compressors, filter, columns: ['row', name] })
        const expected = after.filter((_, i) => all[i] !== null && (all[i] as number) >= (least as number))
        assert.deepEqual(
          found.map(({ row }) => row),
          expected.map(({ row }) => row),
          `filter on ${name}`,
        )
      }
      await checkOffsets(input, output)
    },
  },
  {
    name: 'DuckDB in Node',
    packages: ['@duckdb/node-api'],
    async check(input, output, { kept, removed, new: values }) {
      // both have as many rows, and each of the one is in the other
      const different = async (before: string, after: string) => {
        const [counts] = await duckDbRows(
          `SELECT (SELECT count(*) FROM ${before})::INT - (SELECT count(*) FROM ${after})::INT AS more,
                  (SELECT count(*) FROM (FROM ${before} EXCEPT ALL FROM ${after}))::INT AS others`,
        )
        return Math.abs(counts!.more as number) + (counts!.others as number)
      }
      const old = (condition: string) => `(SELECT * EXCLUDE (${NEW_COLUMNS}) FROM '${output}' WHERE ${condition})`
      const left = (condition: string) =>
        `(SELECT * FROM '${input}' WHERE row NOT IN (${[-1, ...removed]}) AND ${condition})`
      assert.equal(await different(left('true'), old('true')), 0, 'old columns')
      const after = await duckDbRows(`SELECT row::INT AS row, close, ${NEW_COLUMNS} FROM '${output}' ORDER BY row`)
      for (const [i, row] of kept.entries()) {
        assertSame(after[i]!.row, row, `row ${i}`)
        for (const name of NEW_COLUMNS) assertSame(after[i]![name], values[name]![i], `${name} of row ${i}`)
      }
      for (const name of kept.length < FILTERED_ROWS ? [] : FILTERS) {
        const least = quantile(after.map((row) => row[name]))
        const condition = `${name} >= ${least}`
        if (!NEW_COLUMNS.includes(name)) {
          assert.equal(await different(left(condition), old(condition)), 0, `filter on ${name}`)
        }
        const found = await duckDbRows(`SELECT row::INT AS row FROM '${output}' WHERE ${condition} ORDER BY row`)
        const expected = after.filter((row) => row[name] !== null && (row[name] as number) >= (least as number))
        assert.deepEqual(
          found.map(({ row }) => row),
          expected.map(({ row }) => row),
          `filter on ${name}`,
        )
      }
    },
  },
]

/** Compares footer, page indexes and pages by a walk that shares no code with the program. */
async function checkOffsets(input: string, output: string): Promise<void> {
  const bytes = new Uint8Array(readFileSync(output))
  const { problems } = await walkFooter(bytes)
  if (problems.length > 0) {
    // what a writer states of its own pages goes with them
    const stated = new Set((await walkFooter(new Uint8Array(readFileSync(input)))).problems.map(withoutGroup))
    const ours = problems.filter((problem) => !stated.has(withoutGroup(problem)))
    assert.deepEqual(ours, [])
  }
  await checkPageIndexes(bytes)
}

async function readAll(bytes: Uint8Array): Promise<Row[]> {
  return parquetReadObjects({ file: fileOf(bytes), compressors })
}

function quantile(values: readonly unknown[]): unknown {
  const ordered = values.filter((value) => value !== null).sort((a, b) => Number(a) - Number(b))
  return ordered[Math.ceil(ordered.length * 0.9)] ?? ordered.at(-1)
}

function assertSame(found: unknown, expected: unknown, what: string): void {
  const [a, b] = [found, expected].map((value) => (value instanceof Date ? value.getTime() : (value ?? null)))
  if (!Object.is(a, b)) assert.fail(`${what} is ${a} instead of ${b}`)
}

export async function readInNode(
  folder: string,
  names: readonly string[],
  expected: Readonly<Record<string, Expected>>,
) {
  const readings: Reading[] = []
  for (const file of names) {
    const [rows, layout] = file.split('.').slice(-3)
    const [input, output] = ['inputs', 'outputs'].map((part) => path.join(folder, part, file))
    for (const { name: reader, check } of NODE_READERS) {
      const problem = await check(input!, output!, expected[`${rows}.${layout}`]!).then(
        () => null,
        (error) => `${error.name}: ${error.message}`.slice(0, 400),
      )
      readings.push({ file, reader, problem })
    }
  }
  return readings
}
