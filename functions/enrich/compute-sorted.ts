/** Computes the indicator with all needed columns in memory, for files whose rows are not in time order. */

import type { Continuation } from '../market/carry/continuation.ts'
import type { RemovedRows } from '../market/duplicates/row-set.ts'
import { countOutOfOrder, removeDuplicates } from '../market/duplicates/sorted-rows.ts'
import type { UnstreamedRow } from '../market/duplicates/streamed-rows.ts'
import { ORDER_BYTES_PER_ROW, timeOrder } from '../market/order.ts'
import { PriceChecks } from '../market/quality/price-checks.ts'
import { sortedStatistics } from '../market/quality/time-statistics.ts'
import { initialRecursion, type RecursionState, SeriesRecursion } from '../market/series-recursion.ts'
import { newPrices, type Prices, type ValueShape } from '../market/supertrend.ts'
import { newTimes, type Times } from '../market/times/time.ts'
import { BLOCK_ROWS } from '../shared/block-rows.ts'
import { RefusedError } from '../shared/errors.ts'
import { checkFits, mib } from '../shared/memory-budget.ts'
import { readBars } from './bars.ts'
import { type Computed, type ComputeOutput, checkSeries, onSeriesOf, priceCounts, valuesOf } from './compute.ts'
import type { MarketFile } from './market-file.ts'
import { pricedBars } from './priced-bars.ts'
import { copyValue, type Values } from './row-results.ts'
import type { EnrichSettings } from './settings.ts'
import { shapeOf } from './supertrend-columns.ts'

/** Time, series, three prices and the order of a row. */
const SORTED_BYTES_PER_ROW = 8 + 4 + 24 + ORDER_BYTES_PER_ROW
/** The encoded pages of a further Supertrend, which are held until all are complete (at most). */
const FURTHER_PAGE_BYTES_PER_ROW = 12

/** The results of one Supertrend for a row: line, orientation and segment, then the average true range and the flip. */
function resultBytesPerRow({ isDouble, hasFurther }: ValueShape): number {
  const number = isDouble ? 8 : 4
  return number + 1 + 4 + (hasFurther ? number + 1 : 0)
}

/**
 * @param unstreamed the row that makes it necessary to hold all rows
 * @throws RefusedError `too-big`, before anything is allocated, when they do not fit into the memory budget
 */
export async function computeSorted(
  file: MarketFile,
  settings: EnrichSettings,
  unstreamed: UnstreamedRow,
  output: ComputeOutput,
  continuation?: Continuation,
): Promise<Computed> {
  const { rows } = file.footer
  const neededBytes = checkHeld(rows, settings, unstreamed)
  const held = await holdRows(file, settings, neededBytes, continuation)
  const { times, series, prices, reasons } = held
  const rowsOutOfOrder = countOutOfOrder(times.words, series, rows)
  const order = timeOrder(times, series, rows)
  const sorted = { order, words: times.words, series }
  const { pairs, removed, carried, kept } = removeDuplicates(sorted, settings.keep, output.pairs, continuation)
  const { values, state } = computeKept(held, kept, settings, continuation)
  const accepted = keptMarks(removed, rows)
  const checks = new PriceChecks()
  checks.count(prices, reasons, rows, accepted)
  output.results.write(values, rows, removed.size > 0 ? accepted : undefined)
  return {
    pairs,
    removed,
    carried,
    rowsOutOfOrder,
    ...priceCounts(checks),
    ...sortedStatistics(kept, times.words, series),
    state,
  }
}

/** @returns bytes that are needed */
function checkHeld(rows: number, settings: EnrichSettings, unstreamed: UnstreamedRow): number {
  const { supertrends, memoryBudgetBytes } = settings
  const results = resultBytesPerRow(shapeOf(settings))
  // pages grow with the results
  const pages = FURTHER_PAGE_BYTES_PER_ROW + results - resultBytesPerRow(shapeOf({}))
  const needed = rows * (SORTED_BYTES_PER_ROW + results + (results + pages) * (supertrends.length - 1))
  if (needed <= memoryBudgetBytes) return needed
  const { reason, doing, remedy } = whyHeld(unstreamed)
  throw new RefusedError(
    'too-big',
    `${reason}, and ${doing} ${rows} of them needs ${mib(needed)} MiB of memory; allowed are ${mib(memoryBudgetBytes)} MiB; ${remedy}, split it, or allow more memory`,
  )
}

function whyHeld({ row, because, of }: UnstreamedRow) {
  const named = `row ${row} (the first is row 0)`
  if (because === 'again') {
    return {
      reason: `the last row of each time is kept, but rows of one time, ${named} and row ${of}, are not side by side`,
      doing: 'holding',
      remedy: 'sort the file by series and time',
    }
  }
  const search = because === 'unknown' ? ', and the times before are too irregular to find its duplicate' : ''
  return {
    reason: `the rows are not in time order: ${named} is earlier than a row before it of its series${search}`,
    doing: 'sorting',
    remedy: 'sort the file by time',
  }
}

/** The needed columns of all rows, in file order. */
interface HeldRows {
  readonly times: Times
  /** Undefined for a file that is one series. */
  readonly series: Int32Array | undefined
  readonly prices: Prices
  /** As in `Bars`. */
  readonly reasons: Uint8Array | undefined
}

async function holdRows(
  file: MarketFile,
  settings: EnrichSettings,
  neededBytes: number,
  continuation: Continuation | undefined,
): Promise<HeldRows> {
  const { rows } = file.footer
  const times = newTimes(rows)
  const series = file.columns.series.length > 0 ? new Int32Array(rows) : undefined
  const prices = newPrices(rows)
  let reasons: Uint8Array | undefined
  let seriesCount = 0
  for await (const bars of pricedBars(readBars(file, [], onSeriesOf(continuation)), file, settings.zeroPrices)) {
    times.values.set(bars.times.values, bars.firstRow)
    if (bars.series) {
      series?.set(bars.series, bars.firstRow)
      for (let i = 0; i < bars.rows; i++) if (bars.series[i]! >= seriesCount) seriesCount = bars.series[i]! + 1
      checkSeries(seriesCount, settings)
    }
    prices.high.set(bars.high, bars.firstRow)
    prices.low.set(bars.low, bars.firstRow)
    prices.close.set(bars.close, bars.firstRow)
    if (bars.reasons) {
      if (!reasons) {
        checkFits(`sorting ${rows} rows, some without a price,`, neededBytes + rows, settings.memoryBudgetBytes)
        reasons = new Uint8Array(rows)
      }
      reasons.set(bars.reasons, bars.firstRow)
    }
  }
  return { times, series, prices, reasons }
}

/**
 * Computes the kept rows in blocks, gathered in time order and scattered back to file order.
 * @param kept rows by series, then time
 * @returns results by row of the file; rows that are not kept have none
 */
function computeKept(
  { times, series, prices }: HeldRows,
  kept: Uint32Array,
  settings: EnrichSettings,
  continuation: Continuation | undefined,
): { readonly values: readonly Values[]; readonly state: RecursionState } {
  const values = valuesOf(settings, times.values.length)
  const recursion = new SeriesRecursion(initialRecursion(settings.supertrends), continuation)
  const blockRows = Math.min(BLOCK_ROWS, kept.length)
  const block = { series: series && new Int32Array(blockRows), ...newPrices(blockRows) }
  const blockValues = valuesOf(settings, blockRows)
  for (let from = 0; from < kept.length; from += blockRows) {
    const count = Math.min(blockRows, kept.length - from)
    for (let i = 0; i < count; i++) {
      const row = kept[from + i]!
      block.high[i] = prices.high[row]!
      block.low[i] = prices.low[row]!
      block.close[i] = prices.close[row]!
      if (series) block.series![i] = series[row]!
    }
    recursion.advance({ ...block, times, timeAt: kept.subarray(from) }, count, undefined, blockValues)
    for (const [set, to] of values.entries()) {
      const of = blockValues[set]!
      for (let i = 0; i < count; i++) copyValue(of, i, to, kept[from + i]!)
    }
  }
  return { values, state: recursion.state }
}

/** 1 for each row that is kept. */
function keptMarks(removed: RemovedRows, rows: number): Uint8Array {
  const accepted = new Uint8Array(rows).fill(1)
  for (let row = removed.nextIn(0, rows); row < rows; row = removed.nextIn(row + 1, rows)) accepted[row] = 0
  return accepted
}
