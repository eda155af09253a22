/** Reads the bars of an enriched file for its chart, aggregated to as many bars as a screen shows. */
import type { Note } from '../audit/read-note.ts'
import { MARKED_ROWS } from '../enrich/footer-note.ts'
import type { ReadSettings } from '../enrich/market-file.ts'
import { rereading } from '../market/times/reread-times.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { printable, RefusedError } from '../shared/errors.ts'
import { type ChartFile, openChartFile } from './chart-file.ts'
import { SeriesChart, type SeriesData } from './series-chart.ts'
import { isNamed, SeriesDirectory } from './series-directory.ts'
import { type MemorySettings, shownRange, sortedChart } from './sorted-chart.ts'

export interface ChartData {
  readonly title: string
  /** The name of the zone of the times; null when the file does not state it. */
  readonly zone: string | null
  /** The names of the sets of parameters. */
  readonly supertrends: readonly string[]
  /** All series of the file; empty if it has no symbol column. */
  readonly symbols: readonly string[]
  /** The first one is shown first. */
  readonly series: readonly SeriesData[]
  /** Whether the user chose a range of times, which is then shown as a whole. */
  readonly hasRange: boolean
  /** Rows that were removed from the file, if the note does not list all rows that they duplicated; otherwise 0. */
  readonly duplicatesUnmarked: number
  /** Warnings of the enrichment, one sentence each. */
  readonly warnings: readonly string[]
}

export interface ChartRequest {
  readonly title: string
  /** Undefined: the first one in the file. */
  readonly symbol?: string | undefined
  /** Milliseconds since 1970, both included. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** At most twice as many bars are in a level of detail; more rows are aggregated. */
  readonly points: number
}

/** A file that was read once. */
export interface ReadChart {
  readonly file: ChartFile
  readonly directory: SeriesDirectory
  /** The first one is the one that was asked for. */
  readonly charts: readonly SeriesChart[]
}

/** Series besides the one that was asked for that are in the page as well. */
const OTHER_SERIES = 7
/** Points of all of them together, so that the page stays small. */
const OTHER_POINTS = 3000
const OTHER_KEPT_BARS = 4096

/**
 * Reads the file once, in memory that depends on `points` only.
 * @throws RefusedError `not-enriched` when the file has no Supertrend columns, `columns` when it has no such symbol,
 * `settings` when it has no bar in the range
 */
export async function chartData(input: ByteSource, settings: ReadSettings, request: ChartRequest): Promise<ChartData> {
  return dataOf(await readChart(await openChartFile(input, settings), settings, request), request)
}

/** @throws RefusedError as `chartData` does */
export async function readChart(file: ChartFile, settings: MemorySettings, request: ChartRequest): Promise<ReadChart> {
  const { symbol } = request
  if (symbol !== undefined && !file.hasSymbols) {
    throw new RefusedError('columns', '--symbol: the file has no symbol column; leave the option out')
  }
  return rereading(async () => {
    const directory = new SeriesDirectory()
    const choice = new Choice(request, file.supertrends.length)
    const rowsOf = (name: string) => {
      const rows = choice.rowsOf(name, directory)
      if (!file.hasSymbols && request.to === undefined) rows?.expectRows(file.file.footer.rows)
      return rows
    }
    await file.read(rowsOf, {
      onSeries: (...rows) => directory.add(...rows),
    })
    let main = choice.main
    if (!main && symbol !== undefined) directory.refuse(symbol)
    main ??= choice.chartOf('')
    main.checkShown()
    if (!main.isInOrder) main = await sortedChart(file, main, settings)
    const others = choice.others.filter(({ isInOrder, gathered }) => isInOrder && gathered.rows > 0)
    return { file, directory, charts: [main, ...others] }
  })
}

/** Chooses the series that are drawn: the one that was asked for, and the first others. */
class Choice {
  main: SeriesChart | undefined
  readonly others: SeriesChart[] = []
  readonly #request: ChartRequest
  readonly #sets: number

  constructor(request: ChartRequest, sets: number) {
    this.#request = request
    this.#sets = sets
  }

  rowsOf(name: string, { names }: SeriesDirectory): SeriesChart | undefined {
    names.push(name)
    if (!this.main && isNamed(name, this.#request.symbol)) {
      this.main = this.chartOf(name)
      return this.main
    }
    if (this.others.length === OTHER_SERIES) return undefined
    const other = this.chartOf(name, OTHER_KEPT_BARS)
    this.others.push(other)
    return other
  }

  chartOf(name: string, keptBars?: number): SeriesChart {
    return new SeriesChart(name, shownRange(this.#request), this.#sets, keptBars)
  }
}

export function dataOf({ file, directory, charts }: ReadChart, request: ChartRequest): ChartData {
  const { note, hasVolume, hasSymbols } = file
  const { title, points, from, to } = request
  const otherPoints = Math.min(points, Math.floor(OTHER_POINTS / (charts.length - 1)))
  return {
    title: printable(title),
    zone: file.zone ?? null,
    supertrends: file.supertrends.map((name) => printable(name)),
    symbols: hasSymbols ? directory.names : [],
    series: charts.map((chart, i) => chart.data(i === 0 ? points : otherPoints, hasVolume)),
    hasRange: from !== undefined || to !== undefined,
    duplicatesUnmarked: note ? unmarkedOf(note) : 0,
    warnings: note?.warnings.map(({ message }) => message) ?? [],
  }
}

/** A note lists the first rows only, and a note of an older version none. */
function unmarkedOf({ duplicatesDropped, duplicatesAt }: Note): number {
  const isPart = duplicatesAt.length === 0 || duplicatesAt.length >= MARKED_ROWS
  return isPart && duplicatesDropped > duplicatesAt.length ? duplicatesDropped : 0
}
