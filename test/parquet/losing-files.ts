/** Files that lose rows in every way that pages and row groups can, and what other readers find in a file. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { duckDbRows, type Row, readRows, someBars, temporaryFolder } from '../parquet-files.ts'
import { walkFooter } from './footer-walk.ts'

const scratch = temporaryFolder()
const GROUP_ROWS = 300
const ROWS = 3 * GROUP_ROWS

/** Which rows are lost; row 0 never is, since it is the first of its time. */
export const LOSSES: Readonly<Record<string, (row: number) => boolean>> = {
  'one row': (row) => row === 420,
  'the last row of a group and the first of the next': (row) => row === GROUP_ROWS - 1 || row === GROUP_ROWS,
  'every other row': (row) => row % 2 === 1,
  'all but one row of a group': (row) => row >= GROUP_ROWS && row < 2 * GROUP_ROWS && row !== 450,
  'a whole group': (row) => row >= GROUP_ROWS && row < 2 * GROUP_ROWS,
  'the last group': (row) => row >= 2 * GROUP_ROWS,
  'whole pages, and parts of those beside them': (row) => row > 310 && row < 530 && row % 100 !== 50,
}

/**
 * Lost rows have the time and the prices of the last one that stays; `id` is the number of the row. Pages have about 30 rows,
 * and `note` a dictionary.
 */
export function losingFile(isLost: (row: number) => boolean): Uint8Array {
  const bars = someBars(ROWS)
  let last = bars[0]!
  const rows = bars.map((own, id) => {
    if (!isLost(id)) last = own
    return { ...last, id, note: id % 7 === 0 ? null : `note ${id % 5}`, share: id % 3 === 0 ? null : id / 7 }
  })
  const doubles = (['high', 'low', 'close', 'share'] as const).map((name) => ({
    name,
    type: 'DOUBLE' as const,
    data: rows.map((row) => row[name]),
  }))
  const columnData = [
    { name: 'datetime', type: 'TIMESTAMP' as const, data: rows.map(({ time }) => new Date(time)) },
    ...doubles,
    { name: 'id', type: 'INT32' as const, data: rows.map(({ id }) => id) },
    { name: 'note', type: 'STRING' as const, data: rows.map(({ note }) => note) },
  ]
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: GROUP_ROWS, pageSize: 256 }))
}

/** Rows as hyparquet and as DuckDB read them. */
export interface ReadTwice {
  readonly hyparquet: readonly Row[]
  readonly duckDb: readonly Row[]
}

/** @param leftOut columns that are not compared */
export async function readTwice(bytes: Uint8Array, leftOut: readonly string[] = []): Promise<ReadTwice> {
  const file = path.join(scratch, 'read.parquet')
  writeFileSync(file, bytes)
  const compared = (rows: readonly Row[]) =>
    rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !leftOut.includes(name))))
  return {
    hyparquet: compared(await readRows(bytes)),
    duckDb: compared(await duckDbRows(`SELECT * FROM '${file}'`)),
  }
}

/** Of the rows that both readers have read those of some numbers. */
export function rowsWhere({ hyparquet, duckDb }: ReadTwice, isMeant: (row: number) => boolean): ReadTwice {
  const those = (rows: readonly Row[]) => rows.filter((_, row) => isMeant(row))
  return { hyparquet: those(hyparquet), duckDb: those(duckDb) }
}

/** Every offset, length, count and bound of the footer is that of the pages. */
export async function assertFooterIsTrue(bytes: Uint8Array): Promise<void> {
  assert.deepEqual((await walkFooter(bytes)).problems, [])
}
