/** Bars in short blocks, which loops go through fastest. */
import { newTimes } from '../market/times/time.ts'
import { blockEnd } from '../shared/block-rows.ts'
import type { Bars } from './bars.ts'

/** The blocks of each piece, at most BLOCK_ROWS rows each. They do not wait for each other, which would take longer. */
export async function* blocksOf(pieces: AsyncIterable<Bars>): AsyncGenerator<Iterable<Bars>> {
  for await (const bars of pieces) yield blocksBefore(bars, bars.rows, 0)
}

/** The same; times and series have one row more than `rows`, the next one of the file, if there is one. */
export async function* blocksWithNextRow(pieces: AsyncIterable<Bars>): AsyncGenerator<Iterable<Bars>> {
  let last: Bars | undefined
  for await (const bars of pieces) {
    if (last) yield [withNextRow(last, bars)]
    const rows = bars.rows - 1
    yield blocksBefore(bars, rows, 1)
    last = copyOf(rowsOf(bars, rows, bars.rows, bars.rows))
  }
  if (last) yield [last]
}

/** The blocks of the first `rows` rows; their times and series go on for `further` rows. */
function* blocksBefore(bars: Bars, rows: number, further: 0 | 1): Generator<Bars> {
  for (let from = 0, to = 0; from < rows; from = to) {
    to = blockEnd(from, rows)
    yield rowsOf(bars, from, to, to + further)
  }
}

/** The rows `from` to `to` (exclusive), and times and series up to `end`. */
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

/** A single row with the time and series of the row after it. */
function withNextRow(last: Bars, next: Bars): Bars {
  const times = newTimes(2)
  times.values.set([last.times.values[0]!, next.times.values[0]!])
  const series = last.series && Int32Array.of(last.series[0]!, next.series![0]!)
  return { ...last, times, series }
}
