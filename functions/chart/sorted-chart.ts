/** Charts of series whose rows are not in time order in the file: the rows are sorted in memory. */
import type { ReadSettings } from '../enrich/market-file.ts'
import { checkFits } from '../shared/memory-budget.ts'
import type { Bar } from './bar.ts'
import type { ChartFile, RowsWanted } from './chart-file.ts'
import { SeriesChart, type TimeRange } from './series-chart.ts'

export type MemorySettings = Pick<ReadSettings, 'memoryBudgetBytes'>

export type RowOfFile = readonly [bar: Bar, row: number]

/** Memory of a bar as an object with one set of parameters (measured), and of the sets further ones. */
const [BAR_BYTES, TREND_BYTES] = [240, 80]

/**
 * Reads the rows again.
 * @param unsorted the chart of the rows in file order
 * @throws RefusedError `too-big` when they do not fit into memory
 */
export async function sortedChart(
  file: ChartFile,
  { name, rows: count, shown }: SeriesChart,
  { memoryBudgetBytes }: MemorySettings,
  wanted: RowsWanted = {},
): Promise<SeriesChart> {
  const sets = file.supertrends.length
  const needed = count * (BAR_BYTES + sets * TREND_BYTES)
  checkFits(`a chart of ${count} rows that are not in time order`, needed, memoryBudgetBytes)
  const rows: RowOfFile[] = []
  await file.read((other) => (other === name ? { add: (...row) => rows.push(row) } : undefined), wanted)
  const chart = new SeriesChart(name, shown, sets)
  for (const [bar, row] of inTimeOrder(rows)) chart.add(bar, row)
  chart.isInOrder = false
  return chart
}

/** Sorts the rows, and finds the flips again. */
export function inTimeOrder(rows: RowOfFile[]): RowOfFile[] {
  rows.sort(([a], [b]) => a.time - b.time)
  const sides = rows[0]?.[0].trends.map(() => 0) ?? []
  return rows.map(([bar, row]) => {
    const trends = bar.trends.map((trend, set) => {
      const isFlip = trend.side * sides[set]! < 0
      if (trend.side !== 0) sides[set] = trend.side
      return { ...trend, flips: isFlip ? 1 : 0, flipPrice: isFlip ? bar.close : Number.NaN }
    })
    return [{ ...bar, trends }, row]
  })
}

export function shownRange({ from, to }: { from?: number | undefined; to?: number | undefined }): TimeRange {
  return { from: from ?? Number.NEGATIVE_INFINITY, to: to ?? Number.POSITIVE_INFINITY }
}
