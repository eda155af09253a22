/** Files with each encoding of the new columns, and what a reader has to find in them. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type AppendedColumn, appendColumns, type ColumnCodec } from '../../../functions/append.ts'
import { enrichParquet } from '../../../functions/library.ts'
import { POSSIBLE_COLUMNS } from '../../../functions/shared/names.ts'
import { type Bar, barsFile, gathered, NEW_COLUMNS, readMetadata, readRows, someBars } from '../../parquet-files.ts'

/** By file and column, the SHA-256 of the values: one a line, floats as the number that their bits are. */
export type Digests = Record<string, Record<string, string>>

const CODECS: readonly ColumnCodec[] = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD']
const ALL = { newColumns: ['ub', 'lb', 'orientation', 'segment', 'atr', 'flip'], double: true } as const
const ROWS = 150_000
const FEW_ROWS = 8001

/** Of several series, whose rows alternate. */
function barsOf(series: number): Bar[] {
  const each = Array.from({ length: series }, (_, of) => someBars(Math.ceil(ROWS / series), of + 1))
  return Array.from({ length: ROWS }, (_, i) => ({
    ...each[i % series]![Math.floor(i / series)]!,
    symbol: `S${i % series}`,
  }))
}

/** @returns what each file has, and the encodings of its pages */
export async function makeFiles(folder: string): Promise<{ digests: Digests; encodings: Set<string> }> {
  const digests: Digests = {}
  const encodings = new Set<string>()
  mkdirSync(folder, { recursive: true })
  const write = async (name: string, bytes: Uint8Array, columns: readonly string[]) => {
    writeFileSync(path.join(folder, name), bytes)
    const rows = await readRows(bytes)
    const { schema, row_groups: groups } = await readMetadata(bytes)
    const types = new Map(schema.map(({ name, type }) => [name, type]))
    const digest = (column: string) => digestOf(rows.map((row) => textOf(row[column], types.get(column)!)))
    digests[name] = Object.fromEntries(columns.map((column) => [column, digest(column)]))
    for (const chunk of groups.flatMap(({ columns }) => columns)) {
      const { path_in_schema: at, encodings: used } = chunk.meta_data!
      if (columns.includes(at[0]!)) encodings.add(`${at[0]}: ${used.join(' and ')}`)
    }
  }
  for (const series of [1, 3, 500]) {
    const input = barsFile(barsOf(series), { rowGroupSize: 60_000 })
    for (const codec of CODECS) {
      await write(`series-${series}.${codec}.parquet`, await enriched(input, { codec }), NEW_COLUMNS)
    }
    await write(`series-${series}.double.parquet`, await enriched(input, ALL), Object.values(POSSIBLE_COLUMNS))
  }
  const few = barsFile(someBars(FEW_ROWS), { rowGroupSize: 3000 })
  const columns = columnsOf(FEW_ROWS)
  for (const codec of CODECS) {
    const { bytes } = await appendColumns(few, columns, { codec })
    const names = columns.map(({ name }) => name)
    await write(`appended.${codec}.parquet`, await gathered(bytes()), names)
  }
  return { digests, encodings }
}

async function enriched(input: Uint8Array, options: Parameters<typeof enrichParquet>[1]): Promise<Uint8Array> {
  const made = await enrichParquet(input, options)
  const bytes = await gathered(made.bytes())
  made.close()
  return bytes
}

function columnsOf(rows: number): AppendedColumn[] {
  const some = <T>(of: (row: number) => T) => Array.from({ length: rows }, (_, row) => of(row))
  return [
    { name: 'a_double', values: Float64Array.from(some((row) => row / 3)) },
    { name: 'a_float', values: Float32Array.from(some((row) => row / 3)) },
    { name: 'an_int', values: Int32Array.from(some((row) => 5 - row)) },
    { name: 'a_long', values: BigInt64Array.from(some((row) => BigInt(row) * 10n ** 9n)) },
    { name: 'few_ints', values: Int32Array.from(some((row) => Math.floor(row / 900))) },
    { name: 'few_doubles', values: Float64Array.from(some((row) => Math.floor(row / 700) / 4)) },
    { name: 'some_doubles', type: 'float64', values: some((row) => (row % 3 === 0 ? null : row / 8)) },
    { name: 'some_ints', type: 'int32', values: some((row) => (row % 50 === 1 ? row : null)) },
    { name: 'a_boolean', type: 'boolean', values: some((row) => row % 7 < 3) },
    { name: 'some_booleans', type: 'boolean', values: some((row) => (row % 5 === 0 ? null : row % 2 === 0)) },
    { name: 'none', type: 'float64', values: some(() => null) },
  ]
}

const scratch = new DataView(new ArrayBuffer(8))

function textOf(value: unknown, type: string): string {
  if (value === null || value === undefined) return 'null'
  if (type === 'FLOAT') {
    scratch.setFloat32(0, value as number)
    return String(scratch.getUint32(0))
  }
  if (type === 'DOUBLE') {
    scratch.setFloat64(0, value as number)
    return String(scratch.getBigUint64(0))
  }
  return String(value)
}

function digestOf(values: readonly string[]): string {
  const hash = createHash('sha256')
  for (const value of values) hash.update(`${value}\n`)
  return hash.digest('hex')
}
