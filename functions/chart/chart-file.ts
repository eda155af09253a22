/** An enriched file as a chart reads it: the rows of its series with the values of all sets of parameters. */
import { type IndicatorColumns, indicatorColumns, type ShownSettings } from '../audit/indicator-columns.ts'
import { type Note, readNote } from '../audit/read-note.ts'
import { readBars } from '../enrich/bars.ts'
import { type MarketFile, openMarketFile } from '../enrich/market-file.ts'
import { pricedBars } from '../enrich/priced-bars.ts'
import { DEFAULT_JUDGEMENT } from '../enrich/settings.ts'
import { wordsToBigInt } from '../market/times/time.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import type { Bar, BarTrend } from './bar.ts'

/** Takes the rows of one series. */
export interface SeriesRows {
  /** @param row number in the file */
  add(bar: Bar, row: number): void
}

export interface RowsWanted {
  /** Whether any of the rows `from` to `to` (exclusive) is needed; undefined: all are. */
  readonly needs?: (from: number, to: number) => boolean
  readonly signal?: AbortSignal | undefined
  /** Called with each series of the file and the rows of a piece that contains it. */
  readonly onSeries?: (name: string, firstRow: number, lastRow: number) => void
}

export class ChartFile {
  readonly file: MarketFile
  readonly note: Note | undefined
  /** The names of the sets of parameters. */
  readonly supertrends: readonly string[]
  readonly #computed: readonly number[]
  readonly #marked: ReadonlySet<number>

  constructor(file: MarketFile, prefix: string | undefined) {
    this.file = file
    this.note = readNote(file.footer)
    this.#marked = new Set(this.note?.duplicatesAt)
    const sets = indicatorColumns(file, prefix)
    this.supertrends = sets.map((set) => labelOf(set, this.note))
    this.#computed = sets.flatMap(({ columns }) => columns)
  }

  get hasSymbols(): boolean {
    return this.file.columns.series.length > 0
  }

  get hasVolume(): boolean {
    return this.file.columns.volume !== undefined
  }

  /** The name of the zone of the times; undefined when the file does not state it. */
  get zone(): string | undefined {
    const { logical, physical } = this.file.descriptions[this.file.columns.time]!
    if (logical.kind === 'timestamp') return logical.utc ? 'UTC' : undefined
    // counted from 1970 in UTC
    const isNumber = logical.kind === 'none' || logical.kind === 'integer'
    return isNumber && /^(?:INT|DOUBLE|FLOAT)/.test(physical) && physical !== 'INT96' ? 'UTC' : undefined
  }

  /** Reads rows in file order. @param rowsOf called with each series when its first row was found; undefined: not wanted */
  async read(rowsOf: (name: string) => SeriesRows | undefined, wanted: RowsWanted = {}): Promise<void> {
    const { file, note } = this
    const names: string[] = []
    const series: (OpenSeries | undefined)[] = []
    const open = (name: string) => {
      names.push(name)
      const rows = rowsOf(name)
      series.push(rows && { rows, sides: this.supertrends.map(() => 0) })
    }
    const { open: opens, close, volume } = file.columns
    const others = [opens ?? close, volume ?? close, ...this.#computed]
    const zeroPrices = note?.settings.zeroPrices ?? DEFAULT_JUDGEMENT.zeroPrices
    const { needs = () => true } = wanted
    // the row before a needed one tells the side from which the needed one may flip
    const needsWithNext = (from: number, to: number) => needs(from, to + 1)
    const pieces = readBars(file, others, open, wanted.needs && needsWithNext)
    for await (const piece of pricedBars(pieces, file, zeroPrices)) {
      wanted.signal?.throwIfAborted()
      // a page may have a million rows; the rest of it need not be decoded
      if (!needs(piece.firstRow, file.footer.rows)) break
      if (!this.hasSymbols && series.length === 0) open('')
      if (!needsWithNext(piece.firstRow, piece.firstRow + piece.rows)) continue
      const found = new Set<number>()
      for (let i = 0; i < piece.rows; i++) {
        const code = piece.series?.[i] ?? 0
        if (wanted.onSeries) found.add(code)
        const of = series[code]
        if (of) of.rows.add(this.#barAt(piece, i, of.sides), piece.firstRow + i)
      }
      const lastRow = piece.firstRow + piece.rows - 1
      for (const code of found) wanted.onSeries?.(names[code]!, piece.firstRow, lastRow)
    }
  }

  /** @param sides the latest side of each set, which is updated */
  #barAt({ times, high, low, close, firstRow, reasons, others }: PricedPiece, i: number, sides: number[]): Bar {
    const raw = wordsToBigInt(times.words[2 * i]!, times.words[2 * i + 1]!)
    const trends: BarTrend[] = []
    for (let set = 0; set < sides.length; set++) {
      const at = 2 + 4 * set
      const side = others[at + 2]![i]!
      const line = side < 0 ? others[at]![i]! : side > 0 ? others[at + 1]![i]! : Number.NaN
      const isFlip = side * sides[set]! < 0
      if (side < 0 || side > 0) sides[set] = side
      trends.push({
        line,
        side: Number.isNaN(side) ? 0 : side,
        segment: others[at + 3]![i]!,
        other: Number.NaN,
        flips: isFlip ? 1 : 0,
        flipPrice: isFlip ? close[i]! : Number.NaN,
      })
    }
    return {
      time: Math.round(1000 * this.file.times.seconds(Number(raw))),
      open: reasons?.[i] ? Number.NaN : others[0]![i]!,
      high: high[i]!,
      low: low[i]!,
      close: close[i]!,
      volume: others[1]![i]!,
      gaps: 0,
      duplicates: this.#marked.has(firstRow + i) ? 1 : 0,
      trends,
    }
  }
}

interface OpenSeries {
  readonly rows: SeriesRows
  readonly sides: number[]
}

type PricedPiece = Awaited<ReturnType<ReturnType<typeof pricedBars>['next']>>['value']

/** @throws RefusedError `not-enriched` when the file has no Supertrend columns */
export async function openChartFile(
  input: ByteSource,
  settings: ShownSettings,
  onRowsRead?: MarketFile['onRowsRead'],
): Promise<ChartFile> {
  return new ChartFile(await openMarketFile(input, settings, onRowsRead), settings.shownPrefix)
}

function labelOf({ suffix, number }: IndicatorColumns, note: Note | undefined): string {
  const set = note?.settings.supertrends[number]
  return set ? `Supertrend ${set.period}, ${set.multiplier} (${set.definition})` : `Supertrend${suffix}`
}
