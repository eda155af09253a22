/** Reads the bars of a file: the market columns side by side, in pieces that end where the first of their pieces ends. */

import { seriesKey } from '../market/carry/series-key.ts'
import { priceReader } from '../market/prices.ts'
import { PairCodes, SymbolCodes } from '../market/series.ts'
import type { Times } from '../market/times/time.ts'
import type { Leaf } from '../parquet/format/schema.ts'
import { prefetched } from '../parquet/read/prefetched-source.ts'
import type { DecodedColumn } from '../shared/decoded-column.ts'
import { keptMemory } from '../shared/kept-memory.ts'
import { type Lane, type LaneValues, laneOf, type NeededRows, refill, type TimeArray, timeArray } from './lane.ts'
import { leafOf, type MarketFile } from './market-file.ts'

/** The rows from `firstRow` on. Every array starts with the first of them and is valid until the next piece is read. */
export interface Bars {
  readonly firstRow: number
  readonly rows: number
  readonly times: Times
  /** Numbers from 0 in order of appearance; undefined when the file is one series. */
  readonly series: Int32Array | undefined
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  /** By row, why its numbers are no prices, 0 where they are; undefined when all are, or when this was not checked. */
  readonly reasons?: Uint8Array | undefined
  /** Values of further columns, as `readBars` was asked for them. */
  readonly others: readonly Float64Array[]
}

/** The columns of a file side by side. */
interface Lanes {
  readonly time: Lane<TimeArray>
  /** The time of day, where it is in a column of its own. */
  readonly clock: Lane<TimeArray> | undefined
  readonly high: Lane<Float64Array>
  readonly low: Lane<Float64Array>
  readonly close: Lane<Float64Array>
  readonly others: readonly Lane<Float64Array>[]
  /** The columns whose values together are a row's series. */
  readonly symbols: readonly Lane<Int32Array>[]
  /** Number the combinations of these values. */
  readonly combinations: readonly PairCodes[]
}

function lanesOf(
  file: MarketFile,
  others: readonly number[],
  onSeries: OnSeries | undefined,
  needs: NeededRows | undefined,
): Lanes {
  const { columns, descriptions, times } = file
  const { timeOfDay } = times
  const price = (column: number) =>
    laneOf(
      file,
      column,
      (rows) => new Float64Array(keptMemory(8 * rows), 0, rows),
      priceReader(descriptions[column]!),
      needs,
    )
  const readTimes = (raw: DecodedColumn, out: TimeArray, at: number, firstRow: number) =>
    times.read(raw, out.times, at, firstRow)
  const readTimesOfDay = (raw: DecodedColumn, out: TimeArray, at: number, firstRow: number) =>
    timeOfDay!.read(raw, out.times, at, firstRow)
  const symbols: NamedSymbol[][] = columns.series.map(() => [])
  const isWhole = columns.series.length === 1
  return {
    time: laneOf(file, columns.time, timeArray, readTimes, needs),
    clock: timeOfDay && laneOf(file, columns.timeOfDay!, timeArray, readTimesOfDay, needs),
    high: price(columns.high),
    low: price(columns.low),
    close: price(columns.close),
    others: others.map(price),
    symbols: columns.series.map((column, i) => {
      const onNew = (name: string, value: string) => {
        const symbol = { name, key: seriesKey([value]) }
        if (isWhole) onSeries!(symbol.name, symbol.key)
        else symbols[i]!.push(symbol)
      }
      const codes = new SymbolCodes(descriptions[column]!, onSeries && onNew)
      return laneOf(
        file,
        column,
        (rows) => new Int32Array(rows),
        (raw, out, at) => codes.read(raw, out, at),
        needs,
      )
    }),
    combinations: combinationsOf(symbols, onSeries),
  }
}

/**
 * @param name for messages
 * @param key of the same series in any file
 */
export type OnSeries = (name: string, key: string) => void

interface NamedSymbol {
  readonly name: string
  readonly key: string
}

/**
 * Reads the bars of a file in file order.
 * @param others numeric columns to be read as well
 * @param onSeries called with each series when it gets its number
 * @param needs leaves out pages without a needed row; the file must have been read as a whole before, which shows how its
 * times are written
 */
export async function* readBars(
  file: MarketFile,
  others: readonly number[] = [],
  onSeries?: OnSeries,
  needs?: NeededRows,
): AsyncGenerator<Bars> {
  const { footer, times } = file
  const ahead = file.source.isRemote && !needs ? prefetched(file.source, footer, laneLeaves(file, others)) : undefined
  const lanes = lanesOf(ahead ? { ...file, source: ahead } : file, others, onSeries, needs)
  const { time, clock, high, low, close } = lanes
  const all: Lane<unknown>[] = [time, ...(clock ? [clock] : []), high, low, close, ...lanes.others, ...lanes.symbols]
  try {
    for (let firstRow = 0; firstRow < footer.rows; ) {
      const filled = await Promise.all(all.filter((lane) => lane.position === lane.rows).map(refill))
      if (filled.includes(false)) {
        if (needs) return
        throw new Error('a column has fewer rows than the footer states')
      }
      if (needs) {
        firstRow = commonRow(all)
        // a page of one column may end where that of another one begins
        if (all.some((lane) => lane.position === lane.rows)) continue
      }
      const rows = Math.min(...all.map((lane) => lane.rows - lane.position))
      const rowsOf = <T extends LaneValues<T>>({ values, position }: Lane<T>): T =>
        values.subarray(position, position + rows)
      if (clock) times.timeOfDay!.addTo(rowsOf(time).times, rowsOf(clock).times, rows)
      const [series, ...further] = lanes.symbols.map(rowsOf)
      for (const [i, codes] of further.entries()) lanes.combinations[i]!.combine(series!, codes, rows)
      yield {
        firstRow,
        rows,
        times: rowsOf(time).times,
        series,
        high: rowsOf(high),
        low: rowsOf(low),
        close: rowsOf(close),
        others: lanes.others.map(rowsOf),
      }
      firstRow += rows
      file.onRowsRead?.(firstRow, footer.rows)
      for (const lane of all) lane.position += rows
      // the pages behind the last needed row are not even passed over
      if (needs && !needs(firstRow, footer.rows)) return
    }
    if (needs) return
    // bytes behind a column's last value are checked as well
    const ends = await Promise.all(all.map((lane) => lane.pieces.next()))
    if (ends.some(({ done }) => !done)) throw new Error('a column has more rows than the footer states')
    times.timeOfDay?.finish()
  } finally {
    // also if the caller stops early or one column fails: no request may stay open
    await Promise.allSettled(all.map((lane) => lane.pieces.return(0)))
    await ahead?.close()
  }
}

/** The columns that are read side by side. */
function laneLeaves(file: MarketFile, others: readonly number[]): Leaf[] {
  const { time, timeOfDay, high, low, close, series } = file.columns
  const columns = new Set([time, timeOfDay, high, low, close, ...others, ...series])
  return [...columns].flatMap((column) => (column === undefined ? [] : [leafOf(file, column)]))
}

/** The first row that no column has left out; all columns move there. */
function commonRow(lanes: readonly Lane<unknown>[]): number {
  const row = Math.max(...lanes.map(({ firstRow, position }) => firstRow + position))
  for (const lane of lanes) lane.position = Math.min(lane.rows, row - lane.firstRow)
  return row
}

/** One numbers the values of the first two columns, the next one those numbers with the third column's, and so on. */
function combinationsOf(symbols: readonly NamedSymbol[][], onSeries: OnSeries | undefined): PairCodes[] {
  let before = symbols[0]
  return symbols.slice(1).map((own, i) => {
    const of = before!
    const combined: NamedSymbol[] = []
    before = combined
    const isLast = i === symbols.length - 2
    return new PairCodes(
      onSeries &&
        ((a, b) => {
          const [first, second] = [of[a]!, own[b]!]
          const both = { name: `${first.name} ${second.name}`, key: first.key + second.key }
          if (isLast) onSeries(both.name, both.key)
          else combined.push(both)
        }),
    )
  })
}
