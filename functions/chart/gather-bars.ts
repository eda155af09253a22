/** Aggregates rows to as many bars as a screen can show. */
import { StepCounter } from '../market/quality/step-counter.ts'

const DAY_MS = 86_400_000

/** A row; NaN where there is no value. */
export interface Bar {
  /** Milliseconds since 1970. */
  readonly time: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  /** The active band. */
  readonly line: number
  /** -1, +1, or 0 where there is no value. */
  readonly orientation: number
  readonly segment: number
  /** Whether other rows of its time were removed. */
  readonly isDuplicated: boolean
}

/** Columns with one element per bar; null where there is no value. */
export interface GatheredBars {
  readonly rowsPerBar: number
  readonly times: readonly number[]
  readonly open: readonly (number | null)[]
  readonly high: readonly (number | null)[]
  readonly low: readonly (number | null)[]
  readonly close: readonly (number | null)[]
  /** Null when the file has none. */
  readonly volume: readonly (number | null)[] | null
  readonly line: readonly (number | null)[]
  readonly orientation: readonly number[]
  readonly segment: readonly (number | null)[]
  /** Bars with a gap before or in them. */
  readonly gaps: readonly number[]
  /** Bars that contain times whose other rows were removed. */
  readonly duplicates: readonly number[]
}

/** A bar made from several rows. */
interface GatheredBar extends Bar {
  /** The largest distance between two of its rows, or to the row before. */
  readonly step: number
}

/**
 * Takes bars in time order. When there are twice as many as wanted, neighbouring bars are merged in pairs. So memory does not
 * depend on the file, and every bar but the last has the same number of rows.
 */
export class BarGatherer {
  readonly #points: number
  readonly #hasVolume: boolean
  readonly #steps = new StepCounter()
  #bars: GatheredBar[] = []
  #rowsPerBar = 1
  #open: GatheredBar | undefined
  #openRows = 0
  #previous = Number.NaN

  constructor(points: number, hasVolume: boolean) {
    this.#points = points
    this.#hasVolume = hasVolume
  }

  add(bar: Bar): void {
    const step = bar.time - this.#previous
    if (step > 0) this.#steps.add(step, 1)
    this.#previous = bar.time
    const row = { ...bar, step: step > 0 ? step : 0 }
    this.#open = this.#open ? together(this.#open, row) : row
    if (++this.#openRows < this.#rowsPerBar) return
    this.#close()
    if (this.#bars.length < 2 * this.#points) return
    const pairs: GatheredBar[] = []
    for (let i = 0; i < this.#bars.length; i += 2) pairs.push(together(this.#bars[i]!, this.#bars[i + 1]!))
    this.#bars = pairs
    this.#rowsPerBar *= 2
  }

  #close(): void {
    if (this.#open) this.#bars.push(this.#open)
    this.#open = undefined
    this.#openRows = 0
  }

  result(): GatheredBars {
    this.#close()
    const bars = this.#bars
    const { usual } = this.#steps
    // daily bars have no gap at a weekend with a holiday
    const longest = usual === DAY_MS ? 4 * DAY_MS : usual
    const column = (of: (bar: GatheredBar) => number) => bars.map((bar) => (Number.isFinite(of(bar)) ? of(bar) : null))
    return {
      rowsPerBar: this.#rowsPerBar,
      times: bars.map(({ time }) => time),
      open: column(({ open }) => open),
      high: column(({ high }) => high),
      low: column(({ low }) => low),
      close: column(({ close }) => close),
      volume: this.#hasVolume ? column(({ volume }) => volume) : null,
      line: column(({ line }) => line),
      orientation: bars.map(({ orientation }) => orientation),
      segment: column(({ segment }) => segment),
      gaps: bars.flatMap(({ step }, index) => (step > longest ? [index] : [])),
      duplicates: bars.flatMap(({ isDuplicated }, index) => (isDuplicated ? [index] : [])),
    }
  }
}

/** The indicator of the merged bar is that of the later one, like its close. */
function together(a: GatheredBar, b: GatheredBar): GatheredBar {
  return {
    time: a.time,
    open: first(a.open, b.open),
    high: ofBoth(Math.max, a.high, b.high),
    low: ofBoth(Math.min, a.low, b.low),
    close: first(b.close, a.close),
    volume: ofBoth((x, y) => x + y, a.volume, b.volume),
    line: b.line,
    orientation: b.orientation,
    segment: b.segment,
    isDuplicated: a.isDuplicated || b.isDuplicated,
    step: Math.max(a.step, b.step),
  }
}

function first(a: number, b: number): number {
  return Number.isFinite(a) ? a : b
}

function ofBoth(combine: (a: number, b: number) => number, a: number, b: number): number {
  if (!Number.isFinite(a)) return b
  return Number.isFinite(b) ? combine(a, b) : a
}
