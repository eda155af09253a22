/** Counts removed rows that differ from the row that was kept in their place. */

import { RowSet } from '../../market/duplicates/row-set.ts'
import { priceReader } from '../../market/prices.ts'
import type { Conflict } from '../../market/quality/quality.ts'
import { readColumn } from '../../parquet/read/column-reader.ts'
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { isValid } from '../../shared/decoded-column.ts'
import { leafOf, type MarketFile } from '../market-file.ts'
import { compareColumn, type Duplicates } from './compare-column.ts'

export const REPORTED_CONFLICTS = 5
const SAMPLED_CONFLICTS = 4096

export interface Comparison {
  readonly conflicting: number
  /** The first few. */
  readonly conflicts: readonly Conflict[]
  /** Number of series and times with such rows. */
  readonly conflictingTimes: number
  /** All of them, or 4,096 at equal distances. */
  readonly sample: readonly ConflictingPair[]
}

/** Rows counted from 0 in the input. */
type ConflictingPair = Pick<Conflict, 'row' | 'keptRow'>

/** Compares open, high, low, close and volume. Null equals null, NaN equals NaN, -0 equals 0; null and NaN differ. */
export async function compareDuplicates(file: MarketFile, duplicates: Duplicates): Promise<Comparison> {
  const { open, high, low, close, volume } = file.columns
  const conflicting = new RowSet(file.footer.rows)
  /** By role, the first rows that differ. The first conflicts of all columns are among them. */
  const first = new Map<string, number[]>()
  if (duplicates.pairs.size > 0) {
    for (const [role, column] of Object.entries({ open, high, low, close, volume })) {
      if (column === undefined) continue
      const rows: number[] = []
      first.set(role, rows)
      await compareColumn(file, column, duplicates, (row) => {
        if (!conflicting.has(row)) conflicting.add(row)
        keepFirst(rows, row)
      })
    }
  }
  const columnsOf = (row: number) => [...first].flatMap(([role, rows]) => (rows.includes(row) ? [role] : []))
  const { firsts, sample, times } = pairsOf(conflicting, duplicates, file.footer.rows)
  return {
    conflicting: conflicting.size,
    conflicts: firsts.map((pair) => ({ ...pair, columns: columnsOf(pair.row) })),
    conflictingTimes: times.size,
    sample,
  }
}

/** Keeps the smallest rows, ascending. */
function keepFirst(rows: number[], row: number): void {
  if (rows.length === REPORTED_CONFLICTS && row > rows.at(-1)!) return
  rows.splice(rows.filter((other) => other < row).length, 0, row)
  if (rows.length > REPORTED_CONFLICTS) rows.pop()
}

function pairsOf(conflicting: RowSet, { pairs }: Duplicates, rows: number) {
  const firsts: ConflictingPair[] = []
  const sample: ConflictingPair[] = []
  const times = new RowSet(rows)
  const distance = Math.max(1, conflicting.size / SAMPLED_CONFLICTS)
  let count = 0
  for (const run = pairs.runs(); run.count > 0 && count < conflicting.size; run.skip(run.count)) {
    const end = run.dropped + run.count
    for (let row = conflicting.nextIn(run.dropped, end); row < end; row = conflicting.nextIn(row + 1, end)) {
      const isFirst = count < REPORTED_CONFLICTS
      const isSampled = count >= Math.floor(sample.length * distance)
      times.add(run.kept + (row - run.dropped) * run.step)
      count++
      if (!isFirst && !isSampled) continue
      const pair = { row, keptRow: run.kept + (row - run.dropped) * run.step }
      if (isFirst) firsts.push(pair)
      if (isSampled) sample.push(pair)
    }
  }
  return { firsts, sample, times }
}

/** A numeric column at some rows. */
export interface ValuesAt {
  valueAt(row: number): number | null
}

/** Reads a column of numbers at some rows, ascending. Other pages are not decoded. */
export async function valuesAt(file: MarketFile, column: number, rows: Uint32Array): Promise<ValuesAt> {
  const read = priceReader(file.descriptions[column]!)
  const values = new Float64Array(rows.length)
  const isNull = new Uint8Array(rows.length)
  let scratch = new Float64Array(0)
  await readAt(file, column, rows, (raw, firstRow, from, to) => {
    if (scratch.length < raw.rows) scratch = new Float64Array(raw.rows)
    read(raw, scratch, 0, firstRow)
    for (let at = from; at < to; at++) {
      const i = rows[at]! - firstRow
      values[at] = scratch[i]!
      isNull[at] = isValid(raw, i) ? 0 : 1
    }
  })
  return {
    valueAt(row) {
      const at = firstFrom(rows, row)
      return isNull[at] ? null : values[at]!
    },
  }
}

/** @param use called with each piece that has some of the rows: those at the indexes `from` to `to` (exclusive) */
async function readAt(
  file: MarketFile,
  column: number,
  rows: Uint32Array,
  use: (raw: DecodedColumn, firstRow: number, from: number, to: number) => void,
): Promise<void> {
  const pieces = readColumn(
    file.source,
    file.footer,
    leafOf(file, column),
    (raw, firstRow) => use(raw, firstRow, firstFrom(rows, firstRow), firstFrom(rows, firstRow + raw.rows)),
    { needs: (from, to) => firstFrom(rows, to) > firstFrom(rows, from) },
  )
  for await (const _ of pieces);
}

/** The first position whose row is not below `row`. */
export function firstFrom(rows: Uint32Array, row: number): number {
  let [from, to] = [0, rows.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (rows[middle]! < row) from = middle + 1
    else to = middle
  }
  return from
}
