/** What the report says of a file's quality. */
import { CountedSteps } from './counted-steps.ts'
import type { Warning } from './warnings.ts'
import type { WithoutPrice } from './without-price.ts'

/** Different steps that are told apart in the first series; a market has a handful. */
const MAX_STEPS = 4096
/** In any series: one that makes up a fifth of the steps is found with these. */
const MIN_STEPS = 8

/**
 * How many different steps are told apart in a series. Fewer in later ones, because a hostile file must not fill memory,
 * and by number, so that they are the same however the rows are read.
 */
export function stepsToldApart(series: number): number {
  return Math.max(MIN_STEPS, Math.floor(MAX_STEPS / (series + 1)))
}

/** Counts the steps between neighbouring times of one series. */
export class StepCounter {
  readonly #maxSteps: number
  /** The latest step, which is not in `counted` yet: most series have one for long, and need nothing else. */
  #step = Number.NaN
  #count = 0
  #counted: CountedSteps | undefined

  constructor(maxSteps = MAX_STEPS) {
    this.#maxSteps = maxSteps
  }

  add(step: number, count: number): void {
    if (step === this.#step) {
      this.#count += count
      return
    }
    if (this.#count > 0) this.#take()
    this.#step = step
    this.#count = count
  }

  #take(): CountedSteps {
    this.#counted ??= new CountedSteps(this.#maxSteps)
    if (this.#count > 0) this.#counted.add(this.#step, this.#count)
    this.#count = 0
    return this.#counted
  }

  /** The most frequent step so far, of equally frequent ones the smallest; NaN when there was none. */
  get usual(): number {
    return this.#counted ? this.#take().usual : this.#step
  }

  /** Steps larger than the usual one. */
  get gaps(): number {
    return this.#counted ? this.#take().largerThan(this.usual) : 0
  }
}

/** A removed row whose prices or volume differ from those of the row that was kept. */
export interface Conflict {
  /** Number of the removed row, counted from 0 in the input. */
  readonly row: number
  /** Number of the kept row, counted from 0 in the input. */
  readonly keptRow: number
  /** Which of open, high, low, close and volume differ. */
  readonly columns: readonly string[]
}

/** Counts and findings of one file. */
export interface Quality {
  /** Rows of the input. */
  readonly rowsRead: number
  /** Rows of the output. */
  readonly rowsWritten: number
  /** Removed rows: those that have the series and time of a kept row. */
  readonly duplicatesDropped: number
  /** Removed rows that equal the kept row in open, high, low, close and volume. */
  readonly duplicatesAgreeing: number
  /** Removed rows that differ from the kept row in one of these. */
  readonly duplicatesConflicting: number
  /** The first five conflicting rows. */
  readonly conflicts: readonly Conflict[]
  /** Rows whose time is below that of the previous row of their series, duplicates included. */
  readonly rowsOutOfOrder: number
  /** Kept rows whose new columns are null because their prices are none. */
  readonly rowsWithoutPrice: number
  /** The same rows, by reason. */
  readonly rowsWithoutPriceBy: WithoutPrice
  /** Kept rows whose high is below their low, or whose close is outside of the two; they are computed all the same. */
  readonly rowsInconsistent: number
  /** Number of series. */
  readonly series: number
  /** Steps between neighbouring times of a series that are larger than the series' usual step. */
  readonly gaps: number
  /** The most frequent step between neighbouring times; null when series differ in it, or there is none. */
  readonly stepSeconds: number | null
  /** Earliest time, ISO 8601; null for a file without rows. */
  readonly firstTime: string | null
  /** Latest time, ISO 8601; null for a file without rows. */
  readonly lastTime: string | null
  /** Findings that the user should check. */
  readonly warnings: readonly Warning[]
}

/** The usual step that all series have in common. */
export class CommonStep {
  #step = Number.NaN
  #differs = false

  add({ usual }: StepCounter): void {
    if (Number.isNaN(usual)) return
    if (Number.isNaN(this.#step)) this.#step = usual
    else if (usual !== this.#step) this.#differs = true
  }

  get value(): number | undefined {
    return this.#differs || Number.isNaN(this.#step) ? undefined : this.#step
  }
}
