/** Reads the times of whole columns to compare them, when the chosen column has duplicates. */

import { timeOrder } from '../../market/order.ts'
import { statisticsOf, type TimesInOrder } from '../../market/times/bar-time.ts'
import { DAY_SECONDS } from '../../market/times/calendar.ts'
import { explainsDaylightSaving } from '../../market/times/daylight-saving.ts'
import { rereading } from '../../market/times/reread-times.ts'
import { newTimes } from '../../market/times/time.ts'
import { timeReader } from '../../market/times/time-reader.ts'
import { readColumn } from '../../parquet/read/column-reader.ts'
import { RefusedError } from '../../shared/errors.ts'
import { type Bars, readBars } from '../bars.ts'
import { leafOf, type MarketFile } from '../market-file.ts'

/** Time, series, hash of the prices and the order of a row. */
const EVIDENCE_ROW_BYTES = 8 + 4 + 4 + 8

/** Times of a column, with two of them formatted. */
export interface TimesOfColumn extends TimesInOrder {
  readonly examples: readonly [string, string]
}

/** @returns undefined when the column holds no times, or when they do not fit into the memory budget */
export async function timesInOrder(
  file: MarketFile,
  time: number,
  memoryBudgetBytes: number,
): Promise<TimesOfColumn | undefined> {
  const { rows } = file.footer
  if (rows * EVIDENCE_ROW_BYTES > memoryBudgetBytes) return undefined
  const times = newTimes(rows)
  const series = file.columns.series.length > 0 ? new Int32Array(rows) : undefined
  const prices = new Int32Array(rows)
  const chosen = { ...file, onRowsRead: undefined }
  const other = timeReader(file.descriptions[time]!)
  const columns = { ...file.columns, time, timeOfDay: undefined }
  const source = time === file.columns.time ? chosen : { ...chosen, columns, times: other }
  try {
    await rereading(async () => {
      prices.fill(0)
      for await (const bars of readBars(source)) {
        times.values.set(bars.times.values, bars.firstRow)
        if (bars.series) series?.set(bars.series, bars.firstRow)
        hashPrices(bars, prices)
      }
    })
  } catch (error) {
    if (error instanceof RefusedError) return undefined
    throw error
  }
  const order = timeOrder(times, series, rows)
  const { words, values } = times
  const secondsPerUnit = source.times.seconds(1)
  const day = BigInt(Math.round(DAY_SECONDS / secondsPerUnit))
  const areDays = values.every((value) => value % day === 0n)
  const first = values[order[0] ?? 0] ?? 0n
  const examples = [first, values.find((value) => value !== first) ?? first].map((time) => source.times.format(time))
  const statistics = statisticsOf(words, series, prices, order, secondsPerUnit)
  return { words, secondsPerUnit, areDays, order, ...statistics, examples: [examples[0]!, examples[1]!] }
}

/** Hashes prices. Two different bars share a hash once in four thousand million, which an explanation tolerates. */
function hashPrices({ high, low, close, rows, firstRow }: Bars, out: Int32Array): void {
  for (const values of [high, low, close]) {
    const words = new Int32Array(Float64Array.from(values).buffer)
    for (let i = 0; i < rows; i++) {
      const hash = Math.imul(out[firstRow + i]! ^ words[2 * i]!, 0x9e37_79b1)
      out[firstRow + i] = Math.imul(hash ^ (hash >>> 15) ^ words[2 * i + 1]!, 0x85eb_ca6b)
    }
  }
}

/** Whether the times of some rows, in ascending order, are in hours that clocks show twice; other pages are not read. */
export async function lieInRepeatedHours(file: MarketFile, rows: Uint32Array): Promise<boolean> {
  const { columns, times } = file
  if (columns.timeOfDay !== undefined) return false
  const found: number[] = []
  let piece = newTimes(0)
  let next = 0
  const isAsked = (from: number, to: number) => rows.some((row) => row >= from && row < to)
  const pieces = readColumn(
    file.source,
    file.footer,
    leafOf(file, columns.time),
    (raw, firstRow) => {
      if (piece.values.length < raw.rows) piece = newTimes(raw.rows)
      times.read(raw, piece, 0, firstRow)
      for (; next < rows.length && rows[next]! < firstRow + raw.rows; next++) {
        found.push(times.seconds(Number(piece.values[rows[next]! - firstRow]!)))
      }
    },
    { needs: isAsked },
  )
  for await (const _ of pieces);
  return explainsDaylightSaving(found)
}
