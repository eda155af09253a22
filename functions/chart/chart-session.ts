/** Answers the requests of a served page, one at a time: other series, and parts of a series in more detail. */
import { rereading } from '../market/times/reread-times.ts'
import type { Bar } from './bar.ts'
import { type ChartData, type ChartRequest, dataOf, type ReadChart, readChart } from './chart-data.ts'
import type { ChartFile } from './chart-file.ts'
import type { ChartLevel } from './chart-level.ts'
import type { Flips } from './flip-list.ts'
import { ROWS } from './frames.ts'
import { BarGatherer, type FramedBars } from './gather-bars.ts'
import { finestLevel } from './levels.ts'
import { SeriesChart, type SeriesData, type TimeRange } from './series-chart.ts'
import { inTimeOrder, type MemorySettings, type RowOfFile, shownRange, sortedChart } from './sorted-chart.ts'

/** Series whose bars are kept in memory. */
const KEPT_SERIES = 4
/** Bars of a part that is read from the file at most; only a part with fewer bars in memory is read. */
const PART_BARS = 32_768

export class ChartSession {
  readonly #file: ChartFile
  readonly #settings: MemorySettings
  readonly #request: ChartRequest
  readonly #read: ReadChart
  /** By name; the least recently used first. */
  readonly #charts = new Map<string, SeriesChart>()
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(read: ReadChart, settings: MemorySettings, request: ChartRequest) {
    this.#settings = settings
    this.#file = read.file
    this.#read = read
    this.#request = request
    const [main] = read.charts
    this.#charts.set(main!.name, main!)
  }

  /** Reads the file once. @throws RefusedError as `chartData` does */
  static async open(file: ChartFile, settings: MemorySettings, request: ChartRequest): Promise<ChartSession> {
    return new ChartSession(await readChart(file, settings, request), settings, request)
  }

  data(): ChartData {
    return dataOf(this.#read, this.#request)
  }

  /** @returns undefined when there is no such series */
  series(symbol: string, signal?: AbortSignal): Promise<SeriesData | undefined> {
    return this.#inTurn(signal, async () => {
      const chart = await this.#chartOf(symbol, signal)
      return chart?.data(this.#request.points, this.#file.hasVolume)
    })
  }

  /** All flips of a series. */
  flips(symbol: string, set: number, signal?: AbortSignal): Promise<Flips | undefined> {
    return this.#inTurn(signal, async () => {
      const isSet = set in this.#file.supertrends
      return isSet ? (await this.#chartOf(symbol, signal))?.flips(set) : undefined
    })
  }

  /** The bars between two times, in the finest level that a screen can show. */
  window(symbol: string, wanted: TimeRange, signal?: AbortSignal): Promise<ChartLevel | undefined> {
    return this.#inTurn(signal, async () => {
      const chart = await this.#chartOf(symbol, signal)
      if (!chart) return undefined
      const shown = shownRange(this.#request)
      const range = { from: Math.max(wanted.from, shown.from), to: Math.min(wanted.to, shown.to) }
      const bars = this.#fromMemory(chart, range) ?? (await this.#fromFile(chart, range, signal))
      const ofSeries = chart.range
      const isWhole = range.from <= Math.max(ofSeries.from, shown.from) && range.to >= Math.min(ofSeries.to, shown.to)
      return finestLevel(bars, this.#request.points, isWhole, this.#file.hasVolume)
    })
  }

  /** @returns undefined when the bars in memory are too few for the range */
  #fromMemory({ gathered }: SeriesChart, { from, to }: TimeRange): FramedBars | undefined {
    const { bars, frame } = gathered.whole()
    const inRange = bars.filter(({ time }) => time + frame.ms >= from && time <= to)
    const isEnough = frame === ROWS || inRange.length >= this.#request.points / 2
    return isEnough ? { frame, bars: inRange } : undefined
  }

  #fromFile(chart: SeriesChart, range: TimeRange, signal: AbortSignal | undefined): Promise<FramedBars> {
    const needs = (from: number, to: number) => chart.index.mayHave(from, to, range)
    return rereading(async () => {
      const gathered = new BarGatherer(PART_BARS, chart.gathered.usualStep)
      const rows: RowOfFile[] = []
      const isInRange = ({ time }: Bar) => time >= range.from && time <= range.to
      const inOrder = (bar: Bar) => {
        if (isInRange(bar)) gathered.add(bar)
      }
      const unsorted = (bar: Bar, row: number) => {
        if (isInRange(bar)) rows.push([bar, row])
      }
      const add = chart.isInOrder ? inOrder : unsorted
      await this.#file.read((name) => (name === chart.name ? { add } : undefined), { needs, signal })
      for (const [bar] of inTimeOrder(rows)) gathered.add(bar)
      return gathered.whole()
    })
  }

  /** A series that was not read yet is read between its first and its last row. */
  async #chartOf(symbol: string, signal: AbortSignal | undefined): Promise<SeriesChart | undefined> {
    const known = this.#charts.get(symbol)
    if (!known && !this.#read.directory.names.includes(symbol)) return undefined
    const chart = known ?? (await this.#readSeries(symbol, signal))
    this.#charts.delete(symbol)
    this.#charts.set(symbol, chart)
    for (const oldest of this.#charts.keys()) {
      if (this.#charts.size <= KEPT_SERIES) break
      this.#charts.delete(oldest)
    }
    return chart
  }

  #readSeries(symbol: string, signal: AbortSignal | undefined): Promise<SeriesChart> {
    const needs = (from: number, to: number) => this.#read.directory.mayHave(symbol, from, to)
    return rereading(async () => {
      const chart = new SeriesChart(symbol, shownRange(this.#request), this.#file.supertrends.length)
      await this.#file.read((name) => (name === symbol ? chart : undefined), { needs, signal })
      return chart.isInOrder ? chart : sortedChart(this.#file, chart, this.#settings, { needs, signal })
    })
  }

  /** One request at a time: they share the knowledge about the times, and the memory. */
  #inTurn<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const own = this.#turn.then(() => {
      signal?.throwIfAborted()
      return work()
    })
    this.#turn = own.catch(() => {})
    return own
  }
}
