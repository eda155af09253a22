/**
 * The indicator over a file's kept rows, in one of two ways: while the rows stream by, when each series comes in time
 * order (duplicates anywhere may be in it), or held in memory and sorted. Both give a row the same values.
 */

import { DuplicatePairs, type PairStore } from '../market/duplicates/duplicate-pairs.ts'
import { DroppedRows, StreamedRows, type UnstreamedRow } from '../market/duplicates/duplicates.ts'
import { ROW_SET_BYTES_PER_ROW } from '../market/duplicates/row-set.ts'
import { ORDER_BYTES_PER_ROW, timeOrder } from '../market/order.ts'
import { CommonStep, StepCounter, stepsToldApart } from '../market/quality/quality.ts'
import { ALL_ZERO, UNDEFINED, type WithoutPrice } from '../market/quality/without-price.ts'
import {
  type Advance,
  hasPrice,
  initialState,
  newPrices,
  newValues,
  type Prices,
  type SupertrendState,
  supertrend,
} from '../market/supertrend.ts'
import { isBefore, minus, newTimes, wordsToBigInt, wordsToNumber } from '../market/times/time.ts'
import { BLOCK_ROWS } from '../shared/block-rows.ts'
import { RefusedError } from '../shared/errors.ts'
import { checkFits, mib } from '../shared/memory-budget.ts'
import { blocksOf, blocksWithNextRow, readBars } from './bars.ts'
import type { MarketFile } from './market-file.ts'
import { pricedBars } from './priced-bars.ts'
import type { EnrichSettings } from './settings.ts'
import type { ResultsWriter } from './supertrend-columns.ts'

/** What is known of the rows after the indicator is computed. */
export interface Computed {
  /** Ascending by dropped row. */
  readonly pairs: DuplicatePairs
  readonly dropped: DroppedRows
  readonly rowsOutOfOrder: number
  readonly rowsWithoutPrice: number
  readonly rowsWithoutPriceBy: WithoutPrice
  readonly rowsInconsistent: number
  /** Of these, the ones whose high is below the low. */
  readonly rowsHighBelowLow: number
  readonly series: number
  readonly gaps: number
  /** In the unit of the time column. */
  readonly usualStep: number | undefined
  /** Undefined for a file without rows. */
  readonly firstTime: bigint | undefined
  readonly lastTime: bigint | undefined
}

/**
 * Computes while reading, in memory that does not depend on the file.
 * @returns the row that makes it necessary to hold all rows, if there is one; what was written to `results` and `store`
 * is then worthless
 */
export async function computeStreaming(
  file: MarketFile,
  settings: EnrichSettings,
  results: RowResults,
  store: PairStore,
): Promise<Computed | UnstreamedRow> {
  // once one is dropped
  checkFits(`a file of ${file.footer.rows} rows`, file.footer.rows * ROW_SET_BYTES_PER_ROW, settings.memoryBudgetBytes)
  const rows = new StreamedRows(file.footer.rows, settings.keep, store)
  const recursion = new SeriesRecursion(settings.supertrends.map(supertrend))
  const checks = new PriceChecks()
  const values = valuesOf(settings, BLOCK_ROWS)
  const accepted = new Uint8Array(BLOCK_ROWS)
  let dropped = 0
  // which row is the last of a time is known with the next row
  const blocks = settings.keep === 'last' ? blocksWithNextRow : blocksOf
  for await (const bars of blocks(pricedBars(readBars(file), file, settings.zeroPrices))) {
    const unstreamed = rows.judge(bars.times, bars.series, bars.rows, bars.firstRow, accepted)
    if (unstreamed) return unstreamed
    checkSeries(rows.series.length, settings)
    const some = rows.dropped.size > dropped ? accepted : undefined
    dropped = rows.dropped.size
    recursion.advance(bars, bars.series, bars.rows, some, values)
    checks.count(bars, bars.reasons, bars.rows, accepted)
    results.write(values, bars.rows, some)
  }
  let [firstTime, lastTime, gaps]: [bigint | undefined, bigint | undefined, number] = [undefined, undefined, 0]
  const step = new CommonStep()
  for (const series of rows.series) {
    series.closeRun()
    gaps += series.steps.gaps
    step.add(series.steps)
    const [first, last] = [
      wordsToBigInt(series.firstLow, series.firstHigh),
      wordsToBigInt(series.lastLow, series.lastHigh),
    ]
    if (firstTime === undefined || first < firstTime) firstTime = first
    if (lastTime === undefined || last > lastTime) lastTime = last
  }
  return {
    pairs: rows.pairs,
    dropped: rows.dropped,
    rowsOutOfOrder: rows.outOfOrder,
    rowsWithoutPrice: checks.withoutPrice,
    rowsWithoutPriceBy: checks.withoutPriceBy,
    rowsInconsistent: checks.inconsistent,
    rowsHighBelowLow: checks.highBelowLow,
    series: rows.series.length,
    gaps,
    usualStep: step.value,
    firstTime,
    lastTime,
  }
}

/** What is known of one series: its times, its steps, one recursion, its symbol (measured 1,000 to 3,000 where no step comes again). */
const SERIES_BYTES = 3072
/** One more recursion of a series (measured 184). */
const STATE_BYTES = 192

function checkSeries(series: number, { supertrends, memoryBudgetBytes }: EnrichSettings): void {
  if (series * (SERIES_BYTES + STATE_BYTES * (supertrends.length - 1)) <= memoryBudgetBytes) return
  throw new RefusedError(
    'too-big',
    `the file has more than ${series} series, more than fit into ${mib(memoryBudgetBytes)} MiB; is its symbol column one? say --symbol-column NAME or none, or allow more memory`,
  )
}

/** Time, series, three prices and the order of a row held in memory. */
const SORTED_BYTES_PER_ROW = 8 + 4 + 24 + ORDER_BYTES_PER_ROW
/** The results of one Supertrend for a row. */
const RESULT_BYTES_PER_ROW = 9
/** The results of a further one, and its encoded pages, which are held until all are made (12 at most). */
const FURTHER_RESULT_BYTES_PER_ROW = RESULT_BYTES_PER_ROW + 12

/**
 * Computes with all needed columns in memory.
 * @param unstreamed the row that makes it necessary
 * @throws RefusedError `too-big` before anything is allocated, if that is more than the memory budget
 */
export async function computeSorted(
  file: MarketFile,
  settings: EnrichSettings,
  unstreamed: UnstreamedRow,
  results: RowResults,
  store: PairStore,
): Promise<Computed> {
  const total = file.footer.rows
  const further = FURTHER_RESULT_BYTES_PER_ROW * (settings.supertrends.length - 1)
  const needed = total * (SORTED_BYTES_PER_ROW + RESULT_BYTES_PER_ROW + further)
  if (needed > settings.memoryBudgetBytes) {
    const { reason, doing, remedy } = whyHeld(unstreamed)
    throw new RefusedError(
      'too-big',
      `${reason}, and ${doing} ${total} of them needs ${mib(needed)} MiB of memory; allowed are ${mib(settings.memoryBudgetBytes)} MiB; ${remedy}, split it, or allow more memory`,
    )
  }
  const times = newTimes(total)
  const series = file.columns.series.length > 0 ? new Int32Array(total) : undefined
  const prices = newPrices(total)
  let reasons: Uint8Array | undefined
  let seriesCount = 0
  for await (const bars of pricedBars(readBars(file), file, settings.zeroPrices)) {
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
        checkFits(`sorting ${total} rows, some without a price,`, needed + total, settings.memoryBudgetBytes)
        reasons = new Uint8Array(total)
      }
      reasons.set(bars.reasons, bars.firstRow)
    }
  }
  const rowsOutOfOrder = countOutOfOrder(times.words, series, total)
  const order = timeOrder(times, series, total)
  const { pairs, dropped, kept } = dropDuplicates(order, times.words, series, settings.keep, store)

  const values = valuesOf(settings, total)
  const recursion = new SeriesRecursion(settings.supertrends.map(supertrend))
  const pieceRows = Math.min(BLOCK_ROWS, kept.length)
  const piece = {
    prices: newPrices(pieceRows),
    series: new Int32Array(pieceRows),
    values: valuesOf(settings, pieceRows),
  }
  for (let from = 0; from < kept.length; from += pieceRows) {
    const count = Math.min(pieceRows, kept.length - from)
    for (let i = 0; i < count; i++) {
      const row = kept[from + i]!
      piece.prices.high[i] = prices.high[row]!
      piece.prices.low[i] = prices.low[row]!
      piece.prices.close[i] = prices.close[row]!
      if (series) piece.series[i] = series[row]!
    }
    recursion.advance(piece.prices, series && piece.series, count, undefined, piece.values)
    for (const [set, to] of values.entries()) {
      const of = piece.values[set]!
      for (let i = 0; i < count; i++) copyValue(of, i, to, kept[from + i]!)
    }
  }
  const accepted = new Uint8Array(total).fill(1)
  for (let row = dropped.nextIn(0, total); row < total; row = dropped.nextIn(row + 1, total)) accepted[row] = 0
  const checks = new PriceChecks()
  checks.count(prices, reasons, total, accepted)
  results.write(values, total, accepted)
  return {
    pairs,
    dropped,
    rowsOutOfOrder,
    rowsWithoutPrice: checks.withoutPrice,
    rowsWithoutPriceBy: checks.withoutPriceBy,
    rowsInconsistent: checks.inconsistent,
    rowsHighBelowLow: checks.highBelowLow,
    ...timeStatistics(kept, times.words, series),
  }
}

function whyHeld({ row, because, of }: UnstreamedRow) {
  const named = `row ${row} (the first is row 0)`
  if (because === 'again') {
    return {
      reason: `rows of one time, ${named} and row ${of}, do not lie side by side, of which the last is kept`,
      doing: 'holding',
      remedy: 'sort the file by series and time',
    }
  }
  const search = because === 'unknown' ? ', among times too irregular to be searched for its own' : ''
  return {
    reason: `the rows are not in time order: ${named} is earlier than one above it of its series${search}`,
    doing: 'sorting',
    remedy: 'sort the file by time',
  }
}

/** Values of one parameter set. */
type Values = ReturnType<typeof newValues>

function valuesOf({ supertrends }: EnrichSettings, rows: number): Values[] {
  return supertrends.map(() => newValues(rows))
}

function copyValue(from: Values, i: number, to: Values, at: number): void {
  to.line[at] = from.line[i]!
  to.orientation[at] = from.orientation[i]!
  to.segment[at] = from.segment[i]!
}

/** The recursions of all series and parameter sets side by side. */
class SeriesRecursion {
  readonly #advances: readonly Advance[]
  /** By series, then by parameter set. */
  readonly #states: SupertrendState[][] = []

  constructor(advances: readonly Advance[]) {
    this.#advances = advances
  }

  /** @param accepted 1 for rows that take part; undefined when all do */
  advance(
    prices: Prices,
    series: Int32Array | undefined,
    rows: number,
    accepted: Uint8Array | undefined,
    out: readonly Values[],
  ): void {
    for (let from = 0; from < rows; ) {
      if (accepted && accepted[from] === 0) {
        from++
        continue
      }
      const number = series ? series[from]! : 0
      let to = series || accepted ? from + 1 : rows
      while (to < rows && (!series || series[to] === number) && (!accepted || accepted[to] === 1)) to++
      this.#states[number] ??= this.#advances.map(initialState)
      const states = this.#states[number]
      for (let set = 0; set < states.length; set++) {
        this.#advances[set]!(states[set]!, prices, from, to, out[set]!, from)
      }
      from = to
    }
  }
}

class PriceChecks {
  /** By reason; 0 is a missing or infinite number. */
  readonly #without = [0, 0, 0]
  inconsistent = 0
  highBelowLow = 0

  get withoutPrice(): number {
    return this.#without.reduce((sum, rows) => sum + rows)
  }

  get withoutPriceBy(): WithoutPrice {
    return { missing: this.#without[0]!, zero: this.#without[ALL_ZERO]!, undefined: this.#without[UNDEFINED]! }
  }

  /** @param reasons why rows have none whose numbers are no prices; undefined when those of all rows are */
  count({ high, low, close }: Prices, reasons: Uint8Array | undefined, rows: number, accepted: Uint8Array): void {
    for (let i = 0; i < rows; i++) {
      if (accepted[i] === 0) continue
      const h = high[i]!
      const l = low[i]!
      const c = close[i]!
      if (!hasPrice(h, l, c)) this.#without[reasons ? reasons[i]! : 0]!++
      else if (h < l || c > h || c < l) {
        this.inconsistent++
        if (h < l) this.highBelowLow++
      }
    }
  }
}

/** Hands the results of the kept rows to the writer, row group by row group. */
export class RowResults {
  readonly #writer: ResultsWriter
  readonly #groupRows: readonly number[]
  #group = 0
  #leftInGroup: number

  constructor(writer: ResultsWriter, groupRows: readonly number[]) {
    this.#writer = writer
    this.#groupRows = groupRows
    this.#leftInGroup = groupRows[0] ?? 0
    this.#endFullGroups()
  }

  /** @param accepted 1 for rows that are kept, undefined when all are; `values` is compacted in place */
  write(values: readonly Values[], rows: number, accepted: Uint8Array | undefined): void {
    for (let from = 0; from < rows; ) {
      const to = Math.min(rows, from + this.#leftInGroup)
      let end = accepted ? from : to
      for (let row = end; row < to && accepted; row++) {
        if (accepted[row] === 0) continue
        if (end < row) for (const of of values) copyValue(of, row, of, end)
        end++
      }
      this.#writer.write(values, from, end)
      this.#leftInGroup -= to - from
      from = to
      this.#endFullGroups()
    }
  }

  #endFullGroups(): void {
    while (this.#leftInGroup === 0 && this.#group < this.#groupRows.length) {
      this.#writer.endRowGroup()
      this.#leftInGroup = this.#groupRows[++this.#group] ?? 0
    }
  }
}

function countOutOfOrder(words: Int32Array, series: Int32Array | undefined, rows: number): number {
  const previous: number[] = []
  let count = 0
  for (let row = 0; row < rows; row++) {
    const number = series ? series[row]! : 0
    const before = previous[number]
    if (before !== undefined && rowIsBefore(words, row, before)) count++
    previous[number] = row
  }
  return count
}

function rowIsBefore(words: Int32Array, a: number, b: number): boolean {
  return isBefore(words[2 * a]!, words[2 * a + 1]!, words[2 * b]!, words[2 * b + 1]!)
}

function sameSeriesAndTime(words: Int32Array, series: Int32Array | undefined, a: number, b: number): boolean {
  if (words[2 * a] !== words[2 * b] || words[2 * a + 1] !== words[2 * b + 1]) return false
  return !series || series[a] === series[b]
}

/** Splits rows in series and time order, equal ones in file order, into those kept and those dropped. */
function dropDuplicates(
  order: Uint32Array,
  words: Int32Array,
  series: Int32Array | undefined,
  keep: 'first' | 'last',
  store: PairStore,
) {
  const dropped = new DroppedRows(order.length)
  /** The row kept for each dropped one. */
  let keptFor = new Uint32Array(0)
  let kept = 0
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && sameSeriesAndTime(words, series, order[from]!, order[to]!)) to++
    const keptRow = order[keep === 'first' ? from : to - 1]!
    if (to > from + 1 && keptFor.length === 0) keptFor = new Uint32Array(order.length)
    for (let i = from; i < to; i++) {
      const row = order[i]!
      if (row === keptRow) continue
      dropped.add(row)
      keptFor[row] = keptRow
    }
    order[kept++] = keptRow
    from = to
  }
  const pairs = new DuplicatePairs(store)
  const end = order.length
  for (let row = dropped.nextIn(0, end); row < end; row = dropped.nextIn(row + 1, end)) pairs.add(row, keptFor[row]!)
  return { dropped, pairs, kept: order.subarray(0, kept) }
}

function timeStatistics(kept: Uint32Array, words: Int32Array, series: Int32Array | undefined) {
  let count = 0
  let gaps = 0
  let steps = new StepCounter()
  const step = new CommonStep()
  let [first, last] = [kept[0], kept[0]]
  for (let i = 0; i < kept.length; i++) {
    const row = kept[i]!
    const previous = i === 0 ? undefined : kept[i - 1]!
    if (previous === undefined || (series && series[previous] !== series[row])) {
      gaps += steps.gaps
      step.add(steps)
      steps = new StepCounter(stepsToldApart(series ? series[row]! : 0))
      count++
    } else {
      const [low, high] = minus(words[2 * row]!, words[2 * row + 1]!, words[2 * previous]!, words[2 * previous + 1]!)
      steps.add(wordsToNumber(low, high >>> 0), 1)
    }
    if (rowIsBefore(words, row, first!)) first = row
    if (rowIsBefore(words, last!, row)) last = row
  }
  const timeOf = (row: number | undefined) =>
    row === undefined ? undefined : wordsToBigInt(words[2 * row]!, words[2 * row + 1]!)
  step.add(steps)
  return {
    series: count,
    gaps: gaps + steps.gaps,
    usualStep: step.value,
    firstTime: timeOf(first),
    lastTime: timeOf(last),
  }
}
