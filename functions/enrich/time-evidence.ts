/** Whether another column holds the time of the bars, where the one that was chosen repeats. */
import { explainsDaylightSaving } from '../market/daylight-saving.ts'
import { timeOrder } from '../market/order.ts'
import { StepCounter } from '../market/quality.ts'
import { rereading } from '../market/reread-times.ts'
import { minus, newTimes, wordsToNumber } from '../market/time.ts'
import { timeReader } from '../market/time-reader.ts'
import { readColumn } from '../parquet/column-reader.ts'
import { RefusedError } from '../shared/errors.ts'
import { readBars } from './bars.ts'
import { leafOf, type MarketFile } from './market-file.ts'

const DAY_S = 86_400

/** Time, series and the order of a row. */
const BYTES_PER_ROW = 8 + 4 + 8

/** Times of the whole file in series and time order. */
interface TimesInOrder {
  readonly words: Int32Array
  readonly secondsPerUnit: number
  /** Whether each is the beginning of a day. */
  readonly areDays: boolean
  readonly order: Uint32Array
  /** Share of the rows that come after one of their series with another time. */
  readonly distinctShare: number
  /** Share of the steps that are the usual one. */
  readonly regularShare: number
}

/** @returns undefined when the column holds no times, or they do not fit into the memory allowed */
export async function timesInOrder(
  file: MarketFile,
  time: number,
  memoryBudgetBytes: number,
): Promise<TimesInOrder | undefined> {
  const { rows } = file.footer
  if (rows * BYTES_PER_ROW > memoryBudgetBytes) return undefined
  const times = newTimes(rows)
  const series = file.columns.series.length > 0 ? new Int32Array(rows) : undefined
  const chosen = { ...file, onRowsRead: undefined }
  const other = timeReader(file.descriptions[time]!)
  const columns = { ...file.columns, time, timeOfDay: undefined }
  const source = time === file.columns.time ? chosen : { ...chosen, columns, times: other }
  try {
    await rereading(async () => {
      for await (const bars of readBars(source)) {
        times.values.set(bars.times.values, bars.firstRow)
        if (bars.series) series?.set(bars.series, bars.firstRow)
      }
    })
  } catch (error) {
    if (error instanceof RefusedError) return undefined
    throw error
  }
  const order = timeOrder(times, series, rows)
  const secondsPerUnit = source.times.seconds(1)
  const day = BigInt(Math.round(DAY_S / secondsPerUnit))
  const areDays = times.values.every((value) => value % day === 0n)
  return { words: times.words, secondsPerUnit, areDays, order, ...sharesOf(times.words, series, order) }
}

function sharesOf(words: Int32Array, series: Int32Array | undefined, order: Uint32Array) {
  const counter = new StepCounter()
  const steps = new Float64Array(order.length)
  let [repeated, count] = [0, 0]
  for (let i = 1; i < order.length; i++) {
    const [row, previous] = [order[i]!, order[i - 1]!]
    if (series && series[row] !== series[previous]) continue
    const [low, high] = minus(words[2 * row]!, words[2 * row + 1]!, words[2 * previous]!, words[2 * previous + 1]!)
    if (low === 0 && high === 0) repeated++
    else {
      steps[count] = wordsToNumber(low, high >>> 0)
      counter.add(steps[count++]!, 1)
    }
  }
  const { usual } = counter
  const regular = steps.subarray(0, count).reduce((sum, step) => sum + (step === usual ? 1 : 0), 0)
  return {
    distinctShare: order.length === 0 ? 1 : 1 - repeated / order.length,
    regularShare: count === 0 ? 0 : regular / count,
  }
}

/** Whether the times of some rows, ascending, lie in hours that clocks show twice; other pages are not read. */
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
    isAsked,
  )
  for await (const _ of pieces);
  return explainsDaylightSaving(found)
}

/** A time of bars repeats in no more than half of the rows, and half of its steps are of one size. */
const BAR_TIME_SHARE = 0.5

/**
 * Whether `other` is the time of the bars rather than the column chosen: no series has a time twice in it, and either the
 * chosen one repeats in most rows (a download's time, a day), or the two differ by whole quarters of an hour only (local
 * time, in which an hour comes twice when daylight saving ends).
 */
export function isBarTime(chosen: TimesInOrder, other: TimesInOrder): boolean {
  if (other.distinctShare < 1 || other.regularShare < BAR_TIME_SHARE) return false
  return chosen.distinctShare <= BAR_TIME_SHARE || differsByZone(chosen, other)
}

/** Different offsets of a zone, with daylight saving and changes of law. */
const MAX_OFFSETS = 4
const QUARTER_HOUR_S = 900

function differsByZone(chosen: TimesInOrder, other: TimesInOrder): boolean {
  const quarters = ({ words, secondsPerUnit }: TimesInOrder, row: number) =>
    (wordsToNumber(words[2 * row]!, words[2 * row + 1]!) * secondsPerUnit) / QUARTER_HOUR_S
  const offsets = new Set<number>()
  for (let row = 0; row < chosen.order.length; row++) {
    const offset = quarters(chosen, row) - quarters(other, row)
    const whole = Math.round(offset)
    // a double carries a time in nanoseconds to a few hundred of them
    if (Math.abs(offset - whole) > 1e-6) return false
    offsets.add(whole)
    if (offsets.size > MAX_OFFSETS) return false
  }
  return offsets.size > 1
}
