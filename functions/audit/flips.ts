/** Finds the bars of an enriched file at which the trend changes its side. */
import { readBars } from '../enrich/bars.ts'
import { type MarketFile, openMarketFile } from '../enrich/market-file.ts'
import { pricedBars } from '../enrich/priced-bars.ts'
import { DEFAULT_JUDGEMENT } from '../enrich/settings.ts'
import { NULL_VALUE, seriesKey } from '../market/carry/series-key.ts'
import { rereading } from '../market/times/reread-times.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { printable } from '../shared/errors.ts'
import { checkFits } from '../shared/memory-budget.ts'
import type { Flip } from './flip.ts'
import { type IndicatorColumns, indicatorColumns, type ShownSettings } from './indicator-columns.ts'
import { readNote } from './read-note.ts'
import { type StateBefore, type TrendBefore, trendsBefore } from './trends-before.ts'

/** A trend of one series: consecutive bars on the same side. */
interface Trend {
  readonly side: number
  bars: number
  first: { readonly time: bigint; readonly row: number; readonly close: number; readonly line: number }
  lastTime: bigint
  lastClose: number
}

/** A symbol may be the text "null". */
const NO_SYMBOL = seriesKey([NULL_VALUE])

/** Memory of a trend in its map (measured). */
const FLIP_TREND_BYTES = 400

export interface FileFlips {
  /** In the order of their times, those of one time in file order. */
  readonly flips: readonly Flip[]
  /** Of all series, also of those without a flip. None in a file without symbols. */
  readonly symbols: readonly string[]
}

/** @returns the flips alone, as `fileFlips` finds them */
export async function flipsOf(input: ByteSource, settings: ShownSettings, before?: StateBefore): Promise<Flip[]> {
  return [...(await fileFlips(input, settings, before)).flips]
}

/**
 * Reads the file once. The first trend of a series is no flip. Memory depends on the number of trends.
 * @param before the state that the file continues from. Undefined: the first trend in the file is no flip, either
 * @throws RefusedError `not-enriched` when the file has no Supertrend columns
 */
export async function fileFlips(input: ByteSource, settings: ShownSettings, before?: StateBefore): Promise<FileFlips> {
  const file = await openMarketFile(input, settings)
  const sets = indicatorColumns(file, settings.shownPrefix)
  const trendBefore = trendsBefore(readNote(file.footer), before)
  return rereading(async () => {
    const trends = await readTrends(file, sets, settings.memoryBudgetBytes)
    const symbols = new Set(trends.series.flatMap(({ symbol }) => symbol ?? []))
    return { flips: flipsBetween(trends, sets, file, trendBefore), symbols: [...symbols] }
  })
}

/** By parameter set and series, the trends by the number of their segment. */
type Trends = Map<number, Trend>[][]

interface FileTrends {
  readonly trends: Trends
  /** By series number; none in a file that is one series. */
  readonly series: readonly { readonly key: string; readonly symbol: string | null }[]
}

async function readTrends(
  file: MarketFile,
  sets: readonly IndicatorColumns[],
  memoryBudgetBytes: number,
): Promise<FileTrends> {
  const known: { readonly key: string; readonly symbol: string | null }[] = []
  const trends: Trends = sets.map(() => [])
  const columns = sets.flatMap(({ columns }) => columns)
  const pieces = readBars(file, columns, (name, key) =>
    known.push({ key, symbol: key === NO_SYMBOL ? null : printable(name) }),
  )
  const zeroPrices = readNote(file.footer)?.settings.zeroPrices ?? DEFAULT_JUDGEMENT.zeroPrices
  let count = 0
  for await (const { rows, firstRow, series, close, times, others } of pricedBars(pieces, file, zeroPrices)) {
    for (let set = 0; set < sets.length; set++) {
      const [upper, lower, sides, segments] = others.slice(4 * set, 4 * set + 4) as Float64Array[]
      const firstBar = (i: number) => {
        const line = (sides![i]! < 0 ? upper : lower)![i]!
        return { time: times.values[i]!, row: firstRow + i, close: close[i]!, line }
      }
      for (let i = 0; i < rows; i++) {
        const side = sides![i]!
        // a bar without a price, or one before the first average true range
        if (Number.isNaN(side)) continue
        const number = series?.[i] ?? 0
        let ofSeries = trends[set]![number]
        if (!ofSeries) trends[set]![number] = ofSeries = new Map<number, Trend>()
        const [time, price, segment] = [times.values[i]!, close[i]!, segments![i]!]
        const trend = ofSeries.get(segment)
        if (trend) {
          trend.bars++
          if (time > trend.lastTime) [trend.lastTime, trend.lastClose] = [time, price]
          else if (time < trend.first.time) trend.first = firstBar(i)
        } else {
          ofSeries.set(segment, { side, bars: 1, first: firstBar(i), lastTime: time, lastClose: price })
          count++
        }
      }
    }
    checkFits(`a list of ${count} trends`, count * FLIP_TREND_BYTES, memoryBudgetBytes)
  }
  return { trends, series: known }
}

function flipsBetween(
  { trends, series: known }: FileTrends,
  sets: readonly IndicatorColumns[],
  file: MarketFile,
  trendBefore: TrendBefore,
): Flip[] {
  const found: { readonly time: bigint; readonly flip: Flip }[] = []
  for (const [set, ofSet] of trends.entries()) {
    for (const [series, ofSeries] of ofSet.entries()) {
      const numbers = [...(ofSeries?.keys() ?? [])].toSorted((a, b) => a - b)
      const { key, symbol } = known[series] ?? { key: '', symbol: null }
      const under = trendBefore(sets[set]!.number, key)
      const isFlip = under > 0 && numbers[0] !== under
      for (const segment of isFlip ? numbers : numbers.slice(1)) {
        const { side, bars, first, lastClose } = ofSeries.get(segment)!
        const flip: Flip = {
          time: file.times.format(first.time),
          symbol,
          set: sets.length === 1 ? null : sets[set]!.suffix,
          side: side < 0 ? 'down' : 'up',
          price: first.close,
          line: first.line,
          segment,
          row: first.row,
          bars,
          return: lastClose / first.close - 1,
        }
        found.push({ time: first.time, flip })
      }
    }
  }
  const order = found.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.flip.row - b.flip.row))
  return order.map(({ flip }) => flip)
}
