/** How many dropped rows say something else than the row that was kept: the user's real problem. */
import { type ColumnDescription, isValid } from '../market/column-values.ts'
import type { DuplicatePairs } from '../market/duplicates.ts'
import { priceReader, remainderReader } from '../market/prices.ts'
import type { Conflict } from '../market/quality.ts'
import { readColumn } from '../parquet/column-reader.ts'
import { leafOf, type MarketFile } from './market-file.ts'

/** Pairs compared at once: 20 MB, whatever the number of duplicates; more of them take more passes. */
const BATCH_PAIRS = 262_144
const REPORTED_CONFLICTS = 5

export interface Comparison {
  readonly conflicting: number
  readonly conflicts: readonly Conflict[]
  /** Series and times with such rows. */
  readonly conflictingTimes: number
  /** Pairs that differ, spread over the file. */
  readonly sample: readonly { readonly row: number; readonly keptRow: number }[]
}

/** Null equals null, NaN equals NaN, -0 equals 0; null and NaN differ. */
export async function compareDuplicates(file: MarketFile, pairs: DuplicatePairs): Promise<Comparison> {
  const { open, high, low, close, volume } = file.columns
  const compared = Object.entries({ open, high, low, close, volume }).flatMap(([role, column]) =>
    column === undefined ? [] : [{ role, column }],
  )
  let conflicting = 0
  const conflicts: Conflict[] = []
  const times = new Set<number>()
  const sample: { row: number; keptRow: number }[] = []
  for (const batch of batches(pairs)) {
    const rows = Uint32Array.from(batch.flat()).sort()
    const differing = new Uint8Array(batch.length)
    for (const [bit, { column }] of compared.entries()) {
      const { areEqual } = await valuesAt(file, column, rows)
      for (const [i, [dropped, kept]] of batch.entries()) {
        if (!areEqual(dropped, kept)) differing[i]! |= 1 << bit
      }
    }
    for (const [i, [row, keptRow]] of batch.entries()) {
      const bits = differing[i]!
      if (bits === 0) continue
      if (sample.length < 4096) sample.push({ row, keptRow })
      conflicting++
      times.add(keptRow)
      if (conflicts.length < REPORTED_CONFLICTS) {
        const columns = compared.flatMap(({ role }, bit) => (bits & (1 << bit) ? [role] : []))
        conflicts.push({ row, keptRow, columns })
      }
    }
  }
  return { conflicting, conflicts, conflictingTimes: times.size, sample }
}

function* batches(pairs: DuplicatePairs): Generator<(readonly [dropped: number, kept: number])[]> {
  let batch: (readonly [number, number])[] = []
  for (const pair of pairs) {
    batch.push(pair)
    if (batch.length === BATCH_PAIRS) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}

/** A numeric column at some rows. */
export interface ValuesAt {
  areEqual(rowA: number, rowB: number): boolean
  valueAt(row: number): number | null
}

/** Reads a column at some rows, ascending. Other pages are not decoded. */
export async function valuesAt(file: MarketFile, column: number, rows: Uint32Array): Promise<ValuesAt> {
  const description: ColumnDescription = file.descriptions[column]!
  const read = priceReader(description)
  const values = new Float64Array(rows.length)
  const isNull = new Uint8Array(rows.length)
  const remainder = remainderReader(description)
  const remainders = new Int32Array(remainder ? rows.length : 0)
  let scratch = new Float64Array(0)
  let next = 0
  const needs = (from: number, to: number) => indexOf(rows, to) > indexOf(rows, from)
  const pieces = readColumn(
    file.source,
    file.footer,
    leafOf(file, column),
    (raw, firstRow) => {
      if (scratch.length < raw.rows) scratch = new Float64Array(raw.rows)
      read(raw, scratch, 0, firstRow)
      for (next = indexOf(rows, firstRow); next < rows.length && rows[next]! < firstRow + raw.rows; next++) {
        const i = rows[next]! - firstRow
        values[next] = scratch[i]!
        isNull[next] = isValid(raw, i) ? 0 : 1
        if (remainder && !isNull[next]) remainders[next] = remainder(raw, i)
      }
    },
    needs,
  )
  for await (const _ of pieces);
  return {
    areEqual(rowA, rowB) {
      const [a, b] = [indexOf(rows, rowA), indexOf(rows, rowB)]
      if (isNull[a] || isNull[b]) return isNull[a] === isNull[b]
      const [x, y] = [values[a]!, values[b]!]
      return (x === y && remainders[a] === remainders[b]) || (Number.isNaN(x) && Number.isNaN(y))
    },
    valueAt(row) {
      const i = indexOf(rows, row)
      return isNull[i] ? null : values[i]!
    },
  }
}

/** The first position whose row is not below `row`. */
function indexOf(rows: Uint32Array, row: number): number {
  let [from, to] = [0, rows.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (rows[middle]! < row) from = middle + 1
    else to = middle
  }
  return from
}
