/** Compares the prices and volumes of rows with those of the same bars in an earlier file. */
import type { ColumnDescription } from '../../market/column-values.ts'
import { readColumn } from '../../parquet/read/column-reader.ts'
import { firstFrom } from '../conflicts/compare-duplicates.ts'
import { doubleKeyReader, floatKeyReader, type KeyReader, keyReader } from '../conflicts/compared-keys.ts'
import { leafOf, type MarketFile } from '../market-file.ts'
import type { CarriedRows } from './carried-rows.ts'

/** Bars that two files have. */
export interface MatchedRows {
  /** Rows of the earlier file, ascending. */
  readonly earlier: Uint32Array
  /** For each, the first of its rows in `rows`. */
  readonly places: readonly number[]
  readonly rows: CarriedRows
}

const ROLES = ['open', 'high', 'low', 'close', 'volume'] as const

/** @param onDifference called with each row that differs, once for each column, and the index of its bar in the matched rows */
export async function compareRows(
  file: MarketFile,
  other: MarketFile,
  { earlier, places, rows }: MatchedRows,
  onDifference: (row: number, role: string, bar: number) => void,
): Promise<void> {
  if (earlier.length === 0) return
  const own = places.flatMap((place, bar) =>
    Array.from({ length: rows.endOf(place) - place }, (_, i) => ({ row: rows.rowAt(place + i), bar })),
  )
  own.sort((a, b) => a.row - b.row)
  const ownRows = Uint32Array.from(own, ({ row }) => row)
  for (const role of ROLES) {
    const [column, otherColumn] = [file.columns[role], other.columns[role]]
    if (column === undefined || otherColumn === undefined) continue
    const [now, before] = readersOf(file.descriptions[column]!, other.descriptions[otherColumn]!)
    const ownKeys = await keysAt({ file, column, keys: now }, ownRows)
    const otherKeys = await keysAt({ file: other, column: otherColumn, keys: before }, earlier)
    const { words } = now
    for (const [i, { row, bar }] of own.entries()) {
      for (let word = 0; word < words; word++) {
        if (ownKeys[i * words + word] === otherKeys[bar * words + word]) continue
        onDifference(row, role, bar)
        break
      }
    }
  }
}

/** Columns of one type are compared digit by digit, others as doubles, or as 32-bit floats if one of them has such. */
function readersOf(one: ColumnDescription, other: ColumnDescription): readonly [KeyReader, KeyReader] {
  const isSame = one.physical === other.physical && JSON.stringify(one.logical) === JSON.stringify(other.logical)
  if (isSame) return [keyReader(one), keyReader(other)]
  const reader = one.physical === 'FLOAT' || other.physical === 'FLOAT' ? floatKeyReader : doubleKeyReader
  return [reader(one), reader(other)]
}

interface ReadKeys {
  readonly file: MarketFile
  readonly column: number
  readonly keys: KeyReader
}

/** The keys of a column at some rows, ascending. Other pages are not decoded. */
async function keysAt({ file, column, keys }: ReadKeys, rows: Uint32Array): Promise<Int32Array> {
  const out = new Int32Array(rows.length * keys.words)
  const pieces = readColumn(
    file.source,
    file.footer,
    leafOf(file, column),
    (raw, firstRow) => {
      const write = keys.of(raw, firstRow)
      const to = firstFrom(rows, firstRow + raw.rows)
      for (let at = firstFrom(rows, firstRow); at < to; at++) {
        write(rows[at]! - firstRow, rows[at]! - firstRow + 1, out, at * keys.words)
      }
    },
    { needs: (from, to) => firstFrom(rows, to) > firstFrom(rows, from) },
  )
  for await (const _ of pieces);
  return out
}
