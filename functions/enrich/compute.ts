/**
 * Computes the indicator while the rows stream by, for files with each series in time order; duplicates may be anywhere.
 * Other files are sorted in memory (compute-sorted.ts). Both ways give a row the same values.
 */
import type { Continuation } from '../market/carry/continuation.ts'
import type { DuplicatePairs, PairStore } from '../market/duplicates/duplicate-pairs.ts'
import { type RemovedRows, ROW_SET_BYTES_PER_ROW, type RowSet } from '../market/duplicates/row-set.ts'
import { StreamedRows, type UnstreamedRow } from '../market/duplicates/streamed-rows.ts'
import { PriceChecks } from '../market/quality/price-checks.ts'
import { streamedStatistics, type TimeStatistics } from '../market/quality/time-statistics.ts'
import type { WithoutPrice } from '../market/quality/without-price.ts'
import { initialRecursion, type RecursionState, SeriesRecursion } from '../market/series-recursion.ts'
import { newValues } from '../market/supertrend.ts'
import { BLOCK_ROWS } from '../shared/block-rows.ts'
import { RefusedError } from '../shared/errors.ts'
import { checkFits, mib } from '../shared/memory-budget.ts'
import { blocksOf, blocksWithNextRow } from './bar-blocks.ts'
import { type OnSeries, readBars } from './bars.ts'
import type { MarketFile } from './market-file.ts'
import { pricedBars } from './priced-bars.ts'
import type { RowResults, Values } from './row-results.ts'
import type { EnrichSettings } from './settings.ts'
import { shapeOf } from './supertrend-columns.ts'

/** The results besides the new columns: the removed rows, and the counts of the report. */
export interface Computed extends TimeStatistics {
  /** Ascending by removed row. */
  readonly pairs: DuplicatePairs
  readonly removed: RemovedRows
  /** Removed rows without a pair, because an earlier file has to have the row that is kept in their place. */
  readonly carried: RowSet
  readonly rowsOutOfOrder: number
  readonly rowsWithoutPrice: number
  readonly rowsWithoutPriceBy: WithoutPrice
  readonly rowsInconsistent: number
  /** Of these, the ones whose high is below the low. */
  readonly rowsHighBelowLow: number
  /** The others of them, whose close is outside of high and low. */
  readonly rowsCloseOutside: number
  /** The state after the last row, from which later bars can be computed. */
  readonly state: RecursionState
}

/** Where the results of kept rows and the pairs of duplicates go. */
export interface ComputeOutput {
  readonly results: RowResults
  readonly pairs: PairStore
}

/**
 * Computes while reading, in memory that does not depend on the file.
 * @returns the row because of which all rows have to be held, if there is one; the output is useless then
 */
export async function computeStreaming(
  file: MarketFile,
  settings: EnrichSettings,
  output: ComputeOutput,
  continuation?: Continuation,
): Promise<Computed | UnstreamedRow> {
  // memory of the set of removed rows, which is allocated with the first one
  checkFits(`a file of ${file.footer.rows} rows`, file.footer.rows * ROW_SET_BYTES_PER_ROW, settings.memoryBudgetBytes)
  const rows = new StreamedRows(file.footer.rows, settings.keep, output.pairs, continuation)
  const recursion = new SeriesRecursion(initialRecursion(settings.supertrends), continuation)
  const checks = new PriceChecks()
  const values = valuesOf(settings, BLOCK_ROWS)
  const accepted = new Uint8Array(BLOCK_ROWS)
  let removed = 0
  const bars = pricedBars(readBars(file, [], onSeriesOf(continuation)), file, settings.zeroPrices)
  // only the next row shows whether a row is the last of its time
  for await (const blocks of settings.keep === 'last' ? blocksWithNextRow(bars) : blocksOf(bars)) {
    for (const block of blocks) {
      const unstreamed = rows.judge(block.times, block.series, block.rows, block.firstRow, accepted)
      if (unstreamed) return unstreamed
      checkSeries(rows.series.length, settings)
      const some = rows.removed.size > removed ? accepted : undefined
      removed = rows.removed.size
      recursion.advance(block, block.rows, some, values)
      checks.count(block, block.reasons, block.rows, accepted)
      output.results.write(values, block.rows, some)
    }
  }
  return {
    pairs: rows.pairs,
    removed: rows.removed,
    carried: rows.carried,
    rowsOutOfOrder: rows.outOfOrder,
    ...priceCounts(checks),
    ...streamedStatistics(rows.series),
    state: recursion.state,
  }
}

/** Tells the continuation of each series that is read. */
export function onSeriesOf(continuation: Continuation | undefined): OnSeries | undefined {
  return continuation && ((_, key) => continuation.add(key))
}

export function priceCounts(checks: PriceChecks) {
  const { withoutPrice, withoutPriceBy, inconsistent, highBelowLow, closeOutside } = checks
  return {
    rowsWithoutPrice: withoutPrice,
    rowsWithoutPriceBy: withoutPriceBy,
    rowsInconsistent: inconsistent,
    rowsHighBelowLow: highBelowLow,
    rowsCloseOutside: closeOutside,
  }
}

/** Times, steps, one recursion and the symbol of a series (measured: 1,000 to 3,000 where no step comes twice). */
const SERIES_BYTES = 3072
/** One more recursion of a series (measured: 184). */
const STATE_BYTES = 192

/** @throws RefusedError `too-big` when that many series do not fit into the memory budget */
export function checkSeries(series: number, { supertrends, memoryBudgetBytes }: EnrichSettings): void {
  if (series * (SERIES_BYTES + STATE_BYTES * (supertrends.length - 1)) <= memoryBudgetBytes) return
  throw new RefusedError(
    'too-big',
    `the file has more than ${series} series, more than fit into ${mib(memoryBudgetBytes)} MiB; if its symbol column is not one, name another with --symbol-column NAME, or use none for one series; or allow more memory`,
  )
}

/** Room for the results of `rows` rows for each parameter set. */
export function valuesOf(settings: EnrichSettings, rows: number): Values[] {
  const shape = shapeOf(settings)
  return settings.supertrends.map(() => newValues(rows, shape))
}
