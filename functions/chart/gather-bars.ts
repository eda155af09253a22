/** Aggregates the rows of a series to a limited number of bars, and keeps its last rows as they are. */
import { StepCounter } from '../market/quality/step-counter.ts'
import { type Bar, together } from './bar.ts'
import { DAY_MS, type Frame, nextLonger, ROWS } from './frames.ts'

/** Bars of one frame in time order. */
export interface FramedBars {
  readonly frame: Frame
  readonly bars: readonly Bar[]
}

/** @param bars of a shorter frame, which divides `frame` */
export function framed(bars: readonly Bar[], frame: Frame): FramedBars {
  const longer: Bar[] = []
  let start = Number.NaN
  for (const bar of bars) {
    const own = frame.start(bar.time)
    if (own === start && frame !== ROWS) longer.push(together(longer.pop()!, bar))
    else longer.push(bar)
    start = own
  }
  return { frame, bars: longer }
}

/** The steps of the first rows decide the length of a gap before the first gap is counted. */
const ROWS_BEFORE_GAPS = 4096

/** Takes rows in time order. Its memory depends on its limit only. */
export class BarGatherer {
  readonly #limit: number
  readonly #steps = new StepCounter()
  /** Undefined until the first rows are in. */
  #longestStep: number | undefined
  #previous = Number.NaN
  /** The first rows, until their usual step is known. */
  #waiting: { readonly row: Bar; readonly mayBeLast: boolean }[] = []
  #bars: Bar[] = []
  #frame = ROWS
  #start = Number.NaN
  /** The last rows: at least as many as the limit, if there are as many. */
  #last: Bar[] = []
  rows = 0

  /**
   * @param limit of the bars of the whole series, and of the last rows
   * @param usualStep of the whole series, if it is known
   */
  constructor(limit: number, usualStep?: number) {
    this.#limit = limit
    if (usualStep !== undefined) this.#longestStep = longestStep(usualStep)
  }

  /** @param mayBeLast false if so many rows follow that this one need not be kept; it then takes no memory for long */
  add(row: Bar, mayBeLast = true): void {
    const step = row.time - this.#previous
    if (step > 0) this.#steps.add(step, 1)
    this.#previous = row.time
    this.rows++
    if (this.#longestStep === undefined) {
      this.#waiting.push({ row, mayBeLast })
      if (this.#waiting.length === ROWS_BEFORE_GAPS) this.#settleSteps()
    } else this.#take(step > this.#longestStep ? { ...row, gaps: 1 } : row, mayBeLast)
  }

  #settleSteps(): void {
    const longest = longestStep(this.#steps.usual)
    this.#longestStep = longest
    let previous = Number.NaN
    for (const { row, mayBeLast } of this.#waiting) {
      this.#take(row.time - previous > longest ? { ...row, gaps: 1 } : row, mayBeLast)
      previous = row.time
    }
    this.#waiting = []
  }

  #take(row: Bar, mayBeLast: boolean): void {
    if (mayBeLast) this.#last.push(row)
    if (this.#last.length === 2 * this.#limit) this.#last = this.#last.slice(this.#limit)
    const start = this.#frame.start(row.time)
    if (start === this.#start && this.#frame !== ROWS) {
      this.#bars.push(together(this.#bars.pop()!, row))
      return
    }
    this.#start = start
    this.#bars.push(row)
    while (this.#bars.length > this.#limit) {
      const longer = nextLonger(this.#frame)
      if (!longer) throw new Error('the bars do not fit into the longest frame')
      this.#frame = longer
      this.#bars = [...framed(this.#bars, longer).bars]
      this.#start = longer.start(row.time)
    }
  }

  /** In milliseconds; NaN when there was none. */
  get usualStep(): number {
    return this.#steps.usual
  }

  /** The whole series. */
  whole(): FramedBars {
    if (this.#longestStep === undefined) this.#settleSteps()
    return { frame: this.#frame, bars: this.#bars }
  }

  /** The last rows. */
  last(): readonly Bar[] {
    if (this.#longestStep === undefined) this.#settleSteps()
    return this.#last
  }
}

/** The largest step that is no gap: daily bars have none at a weekend with a holiday. */
function longestStep(usual: number): number {
  return usual === DAY_MS ? 4 * DAY_MS : usual
}
