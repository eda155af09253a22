/** Reads the bars of one series of an enriched file with their indicator, aggregated to as many as a screen shows. */

import { type Note, readNote } from '../audit/read-note.ts'
import { readBars } from '../enrich/bars.ts'
import { MARKED_ROWS } from '../enrich/footer-note.ts'
import { type MarketFile, openMarketFile, type ReadSettings } from '../enrich/market-file.ts'
import { plainName } from '../enrich/new-columns.ts'
import { pricedBars } from '../enrich/priced-bars.ts'
import { DEFAULT_JUDGEMENT } from '../enrich/settings.ts'
import { rereading } from '../market/times/reread-times.ts'
import { wordsToBigInt } from '../market/times/time.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { printable, quoted, RefusedError } from '../shared/errors.ts'
import { checkFits } from '../shared/memory-budget.ts'
import { NEW_COLUMNS } from '../shared/names.ts'
import { type Bar, BarGatherer, type GatheredBars } from './gather-bars.ts'

export interface ChartData extends GatheredBars {
  readonly title: string
  readonly subtitle: string
  /** First and last time of the series, in milliseconds since 1970. */
  readonly range: { readonly from: number; readonly to: number }
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
  /** At most twice as many bars are returned; more rows are aggregated. */
  readonly points: number
}

/**
 * Reads the file once, in memory that depends on `points` only.
 * @throws RefusedError `not-enriched` when the file has no Supertrend columns, `columns` when it has no such symbol,
 * `settings` when it has no bar in the range
 */
export async function chartData(input: ByteSource, settings: ReadSettings, request: ChartRequest): Promise<ChartData> {
  const file = await openMarketFile(input, settings)
  return rereading(() => chartOf(file, settings, request))
}

async function chartOf(
  file: MarketFile,
  { memoryBudgetBytes }: Pick<ReadSettings, 'memoryBudgetBytes'>,
  request: ChartRequest,
): Promise<ChartData> {
  const { title, symbol } = request
  if (symbol !== undefined && file.columns.series.length === 0) {
    throw new RefusedError('columns', '--symbol: the file has no symbol column; leave the option out')
  }
  const series = new SeriesChoice(symbol)
  const { range, rows, isInOrder, ...streamed } = await gatherBars(file, series, request)
  if (rows === 0 && symbol !== undefined) series.refuse()
  if (rows > 0 && streamed.shown === 0) refuseRange(range)
  let { gatherer } = streamed
  if (!isInOrder) {
    checkFits(`a chart of ${rows} rows that are not in time order`, rows * BAR_BYTES, memoryBudgetBytes)
    gatherer = await gatherSorted(file, request)
  }
  const note = readNote(file.footer)
  const [supertrend] = note?.settings.supertrends ?? []
  const subtitle = [
    series.name,
    supertrend && `Supertrend ${supertrend.period}, ${supertrend.multiplier} (${supertrend.definition})`,
    `${rows.toLocaleString('en-US')} rows`,
  ]
  return {
    title: printable(title),
    subtitle: subtitle
      .filter((part) => part !== undefined)
      .map((part) => printable(part))
      .join(', '),
    duplicatesUnmarked: note ? unmarkedOf(note) : 0,
    warnings: note?.warnings.map(({ message }) => message) ?? [],
    range: rows === 0 ? { from: 0, to: 0 } : range,
    ...gatherer.result(),
  }
}

/** Gathers the bars of one series in file order, which is useless unless that is time order. */
async function gatherBars(file: MarketFile, series: SeriesChoice, request: ChartRequest) {
  const range = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY }
  const gatherer = gathererOf(file, request)
  let [rows, shown, isInOrder, previous] = [0, 0, true, Number.NEGATIVE_INFINITY]
  for await (const bar of barsOf(file, shownColumns(file), series)) {
    rows++
    range.from = Math.min(range.from, bar.time)
    range.to = Math.max(range.to, bar.time)
    if (bar.time < previous) isInOrder = false
    previous = bar.time
    if (!isShown(bar, request)) continue
    shown++
    gatherer.add(bar)
  }
  return { range, rows, shown, isInOrder, gatherer }
}

/** Reads the bars of the range into memory, sorts them, and gathers them. */
async function gatherSorted(file: MarketFile, request: ChartRequest): Promise<BarGatherer> {
  const bars: Bar[] = []
  for await (const bar of barsOf(file, shownColumns(file), new SeriesChoice(request.symbol))) {
    if (isShown(bar, request)) bars.push(bar)
  }
  const gatherer = gathererOf(file, request)
  for (const bar of bars.sort((a, b) => a.time - b.time)) gatherer.add(bar)
  return gatherer
}

function gathererOf({ columns }: MarketFile, { points }: ChartRequest): BarGatherer {
  return new BarGatherer(points, columns.volume !== undefined)
}

function isShown({ time }: Bar, { from, to }: ChartRequest): boolean {
  return time >= (from ?? Number.NEGATIVE_INFINITY) && time <= (to ?? Number.POSITIVE_INFINITY)
}

/** A note lists the first rows only, and a note of an older version none. */
function unmarkedOf({ duplicatesDropped, duplicatesAt }: Note): number {
  const isPart = duplicatesAt.length === 0 || duplicatesAt.length >= MARKED_ROWS
  return isPart && duplicatesDropped > duplicatesAt.length ? duplicatesDropped : 0
}

function refuseRange({ from, to }: ChartData['range']): never {
  const [first, last] = [from, to].map((ms) => new Date(ms).toISOString().replace(/(?:\.000)?Z$/, ''))
  throw new RefusedError('settings', `--from, --to: there is no bar between them; the file has ${first} to ${last}`)
}

/** Memory of a bar as an object (measured). */
const BAR_BYTES = 160

/** Chooses the series with the given symbol, or the first one. */
class SeriesChoice {
  readonly #wanted: string | undefined
  readonly #names: string[] = []
  #chosen = -1

  constructor(wanted: string | undefined) {
    this.#wanted = wanted
  }

  add(name: string): void {
    this.#names.push(name)
    // a symbol alone means its first venue
    const isWanted = this.#wanted === undefined || name === this.#wanted || name.startsWith(`${this.#wanted} `)
    if (this.#chosen < 0 && isWanted) this.#chosen = this.#names.length - 1
  }

  has(series: number): boolean {
    return series === this.#chosen
  }

  get name(): string | undefined {
    return this.#names[this.#chosen]
  }

  refuse(): never {
    if (this.#names.length === 0) throw new RefusedError('columns', '--symbol: the file has no rows')
    const some = this.#names.slice(0, 20).map(quoted).join(', ')
    const more = this.#names.length > 20 ? ` and ${this.#names.length - 20} more` : ''
    throw new RefusedError('columns', `--symbol: there is no ${quoted(this.#wanted!)}; the file has ${some}${more}`)
  }
}

function shownColumns(file: MarketFile): number[] {
  const { columns } = file
  const names = file.descriptions.map(({ name }) => plainName(name))
  const suffix = suffixOf(names)
  const named = (name: string) => names.indexOf(`${name}${suffix}`)
  const computed = [NEW_COLUMNS.upperBand, NEW_COLUMNS.lowerBand, NEW_COLUMNS.orientation, NEW_COLUMNS.segment].map(
    named,
  )
  if (computed.some((column) => column < 0)) {
    throw new RefusedError('not-enriched', 'the file has only some of the Supertrend columns; enrich it again')
  }
  return [columns.open ?? columns.close, columns.volume ?? columns.close, ...computed]
}

async function* barsOf(file: MarketFile, columns: readonly number[], choice: SeriesChoice): AsyncGenerator<Bar> {
  const note = readNote(file.footer)
  const marked = new Set(note?.duplicatesAt)
  const pieces = readBars(file, columns, (name) => choice.add(name))
  for await (const piece of pricedBars(pieces, file, note?.settings.zeroPrices ?? DEFAULT_JUDGEMENT.zeroPrices)) {
    const { times, series, high, low, close, firstRow, reasons } = piece
    const [open, volume, upper, lower, orientation, segment] = piece.others as [Float64Array, ...Float64Array[]]
    for (let i = 0; i < piece.rows; i++) {
      if (series && !choice.has(series[i]!)) continue
      const raw = wordsToBigInt(times.words[2 * i]!, times.words[2 * i + 1]!)
      const side = orientation![i]!
      yield {
        time: Math.round(1000 * file.times.seconds(Number(raw))),
        open: reasons?.[i] ? Number.NaN : open[i]!,
        high: high[i]!,
        low: low[i]!,
        close: close[i]!,
        volume: volume![i]!,
        line: side < 0 ? upper![i]! : side > 0 ? lower![i]! : Number.NaN,
        orientation: Number.isNaN(side) ? 0 : side,
        segment: segment![i]!,
        isDuplicated: marked.has(firstRow + i),
      }
    }
  }
}

/** The suffix of the names of the file's first set of columns. */
function suffixOf(names: readonly string[]): string {
  const name = names.find((name) => name.startsWith(NEW_COLUMNS.upperBand))
  if (name === undefined) {
    throw new RefusedError('not-enriched', 'the file has no Supertrend columns; enrich it first')
  }
  return name.slice(NEW_COLUMNS.upperBand.length)
}
