/** The bars of a file, piece by piece: the market columns read side by side and advanced by what all of them have. */

import { priceReader } from '../market/prices.ts'
import { PairCodes, SymbolCodes } from '../market/series.ts'
import { newTimes, type Times } from '../market/times/time.ts'
import { readColumn } from '../parquet/read/column-reader.ts'
import { blockEnd } from '../shared/block-rows.ts'
import type { DecodedColumn } from '../shared/decoded-column.ts'
import { leafOf, type MarketFile } from './market-file.ts'

/** Rows `firstRow` on; every array starts with the first of them and is valid until the next piece is asked for. */
export interface Bars {
  readonly firstRow: number
  readonly rows: number
  readonly times: Times
  /** Numbers from 0 in order of appearance; undefined when the file is one series. */
  readonly series: Int32Array | undefined
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  /** By row, why its numbers are no prices, otherwise 0; undefined when those of all rows are, or nobody has looked. */
  readonly reasons?: Uint8Array | undefined
  /** Of further columns that were asked for. */
  readonly others: readonly Float64Array[]
}

/** A column being read: `rows` of it are decoded, those before `position` used. */
interface Lane<T> {
  values: T
  rows: number
  position: number
  readonly pieces: AsyncGenerator<number>
}

interface Values<T> {
  readonly length: number
  subarray(from: number, to: number): T
  set(values: T): void
}

function lane<T extends Values<T>>(
  file: MarketFile,
  column: number,
  allocate: (rows: number) => T,
  read: (raw: DecodedColumn, out: T, at: number, firstRow: number) => void,
): Lane<T> {
  const self: Lane<T> = {
    values: allocate(0),
    rows: 0,
    position: 0,
    pieces: readColumn(file.source, file.footer, leafOf(file, column), (raw, firstRow) => {
      const needed = self.rows + raw.rows
      if (self.values.length < needed) {
        const roomy = allocate(needed)
        roomy.set(self.values.subarray(0, self.rows))
        self.values = roomy
      }
      read(raw, self.values, self.rows, firstRow)
      self.rows = needed
    }),
  }
  return self
}

async function refill(lane: Lane<unknown>): Promise<void> {
  lane.rows = 0
  lane.position = 0
  const { done } = await lane.pieces.next()
  if (done) throw new Error('a column ended before the rows that the footer states')
}

/**
 * @param others numeric columns to be read along
 * @param onSeries told the name of each series when it gets its number
 */
export async function* readBars(
  file: MarketFile,
  others: readonly number[] = [],
  onSeries?: (name: string) => void,
): AsyncGenerator<Bars> {
  const { columns, descriptions, footer } = file
  const doubles = (rows: number) => new Float64Array(rows)
  const ints = (rows: number) => new Int32Array(rows)
  const price = (column: number) => lane(file, column, doubles, priceReader(descriptions[column]!))
  const { times } = file
  const time = lane(file, columns.time, timeArray, (raw, out, at, firstRow) => times.read(raw, out.times, at, firstRow))
  const { timeOfDay } = times
  const clock =
    timeOfDay &&
    lane(file, columns.timeOfDay!, timeArray, (raw, out, at, firstRow) => timeOfDay.read(raw, out.times, at, firstRow))
  const [high, low, close] = [price(columns.high), price(columns.low), price(columns.close)]
  const further = others.map(price)
  const names: string[][] = columns.series.map(() => [])
  const isWhole = columns.series.length === 1
  const symbols = columns.series.map((column, i) => {
    const named = onSeries && (isWhole ? onSeries : (name: string) => names[i]!.push(name))
    const codes = new SymbolCodes(descriptions[column]!, named)
    return lane(file, column, ints, (raw, out, at) => codes.read(raw, out, at))
  })
  const combinations = combinationsOf(names, onSeries)
  const lanes: Lane<unknown>[] = [time, ...(clock ? [clock] : []), high, low, close, ...further, ...symbols]
  try {
    for (let firstRow = 0; firstRow < footer.rows; ) {
      await Promise.all(lanes.filter((lane) => lane.position === lane.rows).map(refill))
      const rows = Math.min(...lanes.map((lane) => lane.rows - lane.position))
      const part = <T extends Values<T>>({ values, position }: Lane<T>): T => values.subarray(position, position + rows)
      if (clock) timeOfDay.addTo(part(time).times, part(clock).times, rows)
      const [symbol, ...others] = symbols.map(part)
      for (const [i, codes] of others.entries()) combinations[i]!.combine(symbol!, codes, rows)
      yield {
        firstRow,
        rows,
        times: part(time).times,
        series: symbol,
        high: part(high),
        low: part(low),
        close: part(close),
        others: further.map(part),
      }
      firstRow += rows
      file.onRowsRead?.(firstRow, footer.rows)
      for (const lane of lanes) lane.position += rows
    }
    // what comes after a column's last value is checked too
    const ends = await Promise.all(lanes.map((lane) => lane.pieces.next()))
    if (ends.some(({ done }) => !done)) throw new Error('a column goes on after the rows that the footer states')
    timeOfDay?.finish()
  } finally {
    // also when the reader of the bars leaves early or one column fails: no request may be left under way
    await Promise.allSettled(lanes.map((lane) => lane.pieces.return(0)))
  }
}

/** Number the combinations of the first two columns, of these and the third, and so on; the last ones are the series. */
function combinationsOf(names: readonly string[][], onSeries: ((name: string) => void) | undefined): PairCodes[] {
  let before = names[0]
  return names.slice(1).map((own, i) => {
    const of = before!
    const combined: string[] = []
    before = combined
    const isLast = i === names.length - 2
    return new PairCodes(
      onSeries &&
        ((a, b) => {
          const name = `${of[a]} ${own[b]}`
          if (isLast) onSeries(name)
          else combined.push(name)
        }),
    )
  })
}

/** The same bars, at most BLOCK_ROWS at a time. */
export async function* blocksOf(pieces: AsyncIterable<Bars>): AsyncGenerator<Bars> {
  for await (const bars of pieces) {
    for (let from = 0, to = 0; from < bars.rows; from = to) {
      to = blockEnd(from, bars.rows)
      yield rowsOf(bars, from, to, to)
    }
  }
}

/** The same; times and series have one row more than `rows`, the one that comes next, except behind the file's last row. */
export async function* blocksWithNextRow(pieces: AsyncIterable<Bars>): AsyncGenerator<Bars> {
  let last: Bars | undefined
  for await (const bars of pieces) {
    if (last) yield withNextRow(last, bars)
    const rows = bars.rows - 1
    for (let from = 0, to = 0; from < rows; from = to) {
      to = blockEnd(from, rows)
      yield rowsOf(bars, from, to, to + 1)
    }
    last = copyOf(rowsOf(bars, rows, bars.rows, bars.rows))
  }
  if (last) yield last
}

/** The rows `from` to `to` (exclusive); times and series go on up to `end`. */
function rowsOf(bars: Bars, from: number, to: number, end: number): Bars {
  const { values, words } = bars.times
  return {
    firstRow: bars.firstRow + from,
    rows: to - from,
    times: { values: values.subarray(from, end), words: words.subarray(2 * from, 2 * end) },
    series: bars.series?.subarray(from, end),
    high: bars.high.subarray(from, to),
    low: bars.low.subarray(from, to),
    close: bars.close.subarray(from, to),
    reasons: bars.reasons?.subarray(from, to),
    others: bars.others.map((values) => values.subarray(from, to)),
  }
}

function copyOf(bars: Bars): Bars {
  const times = newTimes(bars.rows)
  times.values.set(bars.times.values)
  return {
    ...bars,
    times,
    series: bars.series?.slice(),
    high: bars.high.slice(),
    low: bars.low.slice(),
    close: bars.close.slice(),
    reasons: bars.reasons?.slice(),
    others: bars.others.map((values) => values.slice()),
  }
}

/** A single row with the one behind it. */
function withNextRow(last: Bars, next: Bars): Bars {
  const times = newTimes(2)
  times.values.set([last.times.values[0]!, next.times.values[0]!])
  const series = last.series && Int32Array.of(last.series[0]!, next.series![0]!)
  return { ...last, times, series }
}

/** `Times` with the methods of an array. */
interface TimeArray extends Values<TimeArray> {
  readonly times: Times
}

function timeArray(rows: number): TimeArray {
  return wrapTimes(newTimes(rows))
}

function wrapTimes(times: Times): TimeArray {
  return {
    times,
    length: times.values.length,
    subarray: (from, to) =>
      wrapTimes({ values: times.values.subarray(from, to), words: times.words.subarray(2 * from, 2 * to) }),
    set: (other) => times.values.set(other.times.values),
  }
}
