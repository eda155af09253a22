/** Columns that few files have, for the readers: those of `appendColumns`, doubles and booleans. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type AppendedColumn, appendColumns } from '../../functions/append.ts'
import { enrichParquet } from '../../functions/library.ts'
import { POSSIBLE_COLUMNS } from '../../functions/shared/names.ts'
import { gathered, readRows } from '../parquet-files.ts'

const CODECS = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'LZ4_RAW'] as const

/** By file and column. Booleans are 0 and 1. */
export type MoreColumns = Record<string, Record<string, readonly (number | null)[]>>

/** Adds columns to one input of each writer for each number of rows. @returns the values of the columns, by file */
export async function addMoreColumns(folder: string, names: readonly string[]): Promise<MoreColumns> {
  const expected: MoreColumns = {}
  mkdirSync(path.join(folder, 'more'))
  const write = (name: string, bytes: Uint8Array, values: MoreColumns[string]) => {
    writeFileSync(path.join(folder, 'more', name), bytes)
    expected[name] = values
  }
  for (const name of oneOfEachWriter(names)) {
    const input = new Uint8Array(readFileSync(path.join(folder, 'inputs', name)))
    const rows = (await readRows(input)).length
    const columns = columnsOf(rows)
    for (const codec of CODECS) {
      const { bytes } = await appendColumns(input, columns, { codec })
      const values = columns.map((column) => [column.name, Array.from(column.values, numberOf)] as const)
      write(`${codec}.${name}`, await gathered(bytes()), Object.fromEntries(values))
    }
    const enriched = await enrichParquet(input, {
      newColumns: ['ub', 'lb', 'orientation', 'segment', 'atr', 'flip'],
      double: true,
    })
    const bytes = await gathered(enriched.bytes())
    enriched.close()
    const found = await readRows(bytes)
    const values = Object.values(POSSIBLE_COLUMNS).map((column) => [column, found.map((row) => numberOf(row[column]))])
    write(`double.${name}`, bytes, Object.fromEntries(values))
  }
  return expected
}

function oneOfEachWriter(names: readonly string[]): string[] {
  const found = new Map<string, string>()
  for (const name of names) {
    const [writer, ...kind] = name.split('.')
    const key = `${writer} ${kind.slice(-3).join()}`
    if (!name.includes('.1.') && !found.has(key)) found.set(key, name)
  }
  return [...found.values()].filter((name) => name.endsWith('.appended.parquet'))
}

function columnsOf(rows: number): AppendedColumn[] {
  const some = <T>(of: (row: number) => T) => Array.from({ length: rows }, (_, row) => of(row))
  return [
    { name: 'a_double', values: Float64Array.from(some((row) => row / 3)) },
    { name: 'a_float', values: Float32Array.from(some((row) => row / 3)) },
    { name: 'an_int', values: Int32Array.from(some((row) => 5 - row)) },
    { name: 'a_long', values: BigInt64Array.from(some((row) => BigInt(row) * 10n ** 9n)) },
    { name: 'some_doubles', type: 'float64', values: some((row) => (row % 3 === 0 ? null : row / 8)) },
    { name: 'some_ints', type: 'int32', values: some((row) => (row % 50 === 1 ? row : null)) },
    { name: 'a_boolean', type: 'boolean', values: some((row) => row % 7 < 3) },
    { name: 'some_booleans', type: 'boolean', values: some((row) => (row % 5 === 0 ? null : row % 2 === 0)) },
    { name: 'none', type: 'float64', values: some(() => null) },
  ]
}

function numberOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}
