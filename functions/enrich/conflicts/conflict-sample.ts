/** Samples rows of one series and time whose prices differ, with the values that may explain it. */
import type { ConflictSample } from '../../market/duplicates/conflict-evidence.ts'
import type { RemovedRows, RowSet } from '../../market/duplicates/row-set.ts'
import { PairCodes, SymbolCodes } from '../../market/series.ts'
import { readColumn } from '../../parquet/read/column-reader.ts'
import type { Computed } from '../compute.ts'
import { leafOf, type MarketFile } from '../market-file.ts'
import { type Comparison, valuesAt } from './compare-duplicates.ts'

/** Places in the file from which times are taken, and consecutive times at each. */
const PLACES = 32
const TIMES_AT_A_PLACE = 4
/** Limits of rows in the sample, so that neither a new symbol in each row nor a million copies of one time take memory. */
const SAMPLE_ROWS = 16_384
const MAX_GROUP_ROWS = 4096
/** A row without duplicates is searched among so many rows beside one with duplicates. */
const NEAR_ROWS = 64

export async function conflictSample(
  file: MarketFile,
  { pairs, removed }: Pick<Computed, 'pairs' | 'removed'>,
  { sample }: Pick<Comparison, 'sample'>,
): Promise<ConflictSample> {
  const repeated = pairs.keptRows(file.footer.rows)
  const { chosen, neighbours } = chooseTimes(file.footer.rows, repeated, keptRowsOf(pairs, sample))
  const rowsOf = new Map(chosen.map((kept) => [kept, [kept]]))
  for (const [dropped, kept] of pairs) {
    const rows = rowsOf.get(kept)
    if (rows && rows.length < MAX_GROUP_ROWS) rows.push(dropped)
  }
  const groups: number[][] = []
  const groupOf = new Map<number, number>()
  let total = 0
  for (const [kept, rows] of rowsOf) {
    if (total + rows.length > SAMPLE_ROWS && groups.length > 1) break
    total += rows.length
    groupOf.set(kept, groups.length)
    groups.push(rows.sort((a, b) => a - b))
  }
  const near = groups.flatMap((group) => [group[0]!, group.at(-1)!])
  const others = rowsWithoutDuplicates(file.footer.rows, repeated, removed, near)
  const rows = Uint32Array.from([...groups.flat(), ...others]).sort()
  const positions = new Map(Array.from(rows, (row, at) => [row, at]))
  return {
    rows,
    groups: groups.map((group) => group.map((row) => positions.get(row)!)),
    neighbours: neighbours.flatMap(([a, b]) => {
      const [group, next] = [groupOf.get(a), groupOf.get(b)]
      return group === undefined || next === undefined ? [] : [[group, next] as const]
    }),
    others: others.map((row) => positions.get(row)!),
    bars: await pricesOf(file, rows),
    // if no prices differ at all, every row counts as a different bar
    prices: sample.length > 0 ? await priceNumbers(file, rows) : Int32Array.from(rows.keys()),
  }
}

/** Kept rows with conflicts; without any, the first rows with duplicates. */
function keptRowsOf(pairs: Computed['pairs'], sample: Comparison['sample']): number[] {
  const kept = new Set(sample.map(({ keptRow }) => keptRow))
  if (kept.size > 0) return [...kept].sort((a, b) => a - b)
  for (const [, row] of pairs) if (kept.add(row).size === PLACES) break
  return [...kept]
}

/** Chooses kept rows from all over the file, each with the next ones that have duplicates. */
function chooseTimes(rows: number, repeated: RowSet, conflicting: readonly number[]) {
  const chosen = new Set<number>()
  const neighbours: [number, number][] = []
  const step = Math.max(1, conflicting.length / PLACES)
  for (let at = 0; at < conflicting.length; at += step) {
    let last = conflicting[Math.floor(at)]!
    chosen.add(last)
    for (let found = 1; found < TIMES_AT_A_PLACE; found++) {
      const row = repeated.nextIn(last + 1, rows)
      if (row === rows) break
      neighbours.push([last, row])
      chosen.add(row)
      last = row
    }
  }
  return { chosen: [...chosen], neighbours }
}

/** Rows next to those with duplicates, which mostly are in the same pages, and some from all over the file. */
function rowsWithoutDuplicates(rows: number, repeated: RowSet, removed: RemovedRows, near: readonly number[]) {
  const found = new Set<number>()
  const look = (from: number, step: 1 | -1) => {
    for (let row = from; Math.abs(row - from) < NEAR_ROWS && row >= 0 && row < rows; row += step) {
      if (repeated.has(row) || removed.has(row)) continue
      found.add(row)
      return
    }
  }
  for (const row of near) {
    look(row - 1, -1)
    look(row + 1, 1)
  }
  for (let place = 0; place < PLACES; place++) look(Math.floor((place * rows) / PLACES), 1)
  return [...found]
}

/** Open (if the file has it), high, low and close; NaN without a value. */
async function pricesOf(file: MarketFile, rows: Uint32Array): Promise<Float64Array[]> {
  const { open, high, low, close } = file.columns
  const prices: Float64Array[] = []
  for (const column of [open, high, low, close]) {
    if (column === undefined) continue
    const values = await valuesAt(file, column, rows)
    prices.push(Float64Array.from(rows, (row) => values.valueAt(row) ?? Number.NaN))
  }
  return prices
}

/** By row, a number that rows share when open, high, low, close and volume are equal. */
async function priceNumbers(file: MarketFile, rows: Uint32Array): Promise<Int32Array> {
  const { open, high, low, close, volume } = file.columns
  const numbers = new Int32Array(rows.length)
  for (const column of [open, high, low, close, volume]) {
    if (column === undefined) continue
    const { codes } = await valuesAtRows(file, column, rows)
    new PairCodes().combine(numbers, codes, rows.length)
  }
  return numbers
}

export interface SampledValues {
  /** One number per row of the sample; equal values have equal numbers. */
  readonly codes: Int32Array
  /** The values as text, by number. */
  readonly texts: readonly string[]
}

/** Reads a flat column at some rows, in ascending order; other pages are not decoded. */
export async function valuesAtRows(file: MarketFile, column: number, rows: Uint32Array): Promise<SampledValues> {
  const texts: string[] = []
  const symbols = new SymbolCodes(file.descriptions[column]!, (text) => texts.push(text))
  const codes = new Int32Array(rows.length)
  let [next, searched] = [0, 0]
  const needs = (from: number, to: number) => {
    while (searched < rows.length && rows[searched]! < from) searched++
    return searched < rows.length && rows[searched]! < to
  }
  const pieces = readColumn(
    file.source,
    file.footer,
    leafOf(file, column),
    (raw, firstRow) => {
      while (next < rows.length && rows[next]! < firstRow + raw.rows) {
        codes[next] = symbols.codeAt(raw, rows[next]! - firstRow)
        next++
      }
    },
    { needs },
  )
  for await (const _ of pieces);
  return { codes, texts }
}

/**
 * Counts the different values of a column in the whole file.
 * @returns undefined when there are more than `limit`
 */
export async function distinctValues(file: MarketFile, column: number, limit: number): Promise<number | undefined> {
  const symbols = new SymbolCodes(file.descriptions[column]!)
  let codes = new Int32Array(0)
  const pieces = readColumn(file.source, file.footer, leafOf(file, column), (raw) => {
    if (codes.length < raw.rows) codes = new Int32Array(raw.rows)
    symbols.read(raw, codes, 0)
  })
  for await (const _ of pieces) if (symbols.size > limit) return undefined
  return symbols.size
}
