/** The steps between neighbouring times of a series: the usual step, and the larger ones, which are gaps. */
import { CountedSteps } from './counted-steps.ts'

/** Different steps that are counted separately in the first series; a market has a handful. */
const MAX_STEPS = 4096
/** Steps that a later series counts at least: enough to find a step that makes up a fifth of all. */
const MIN_STEPS = 8

/**
 * The number of different steps that are counted separately in a series. Later series get fewer, so that a hostile file cannot
 * fill memory. It depends on the series' number alone, so that reading the rows in another way gives the same result.
 */
export function stepsToldApart(series: number): number {
  return Math.max(MIN_STEPS, Math.floor(MAX_STEPS / (series + 1)))
}

/** Counts the steps between neighbouring times of one series. */
export class StepCounter {
  readonly #maxSteps: number
  /** The latest step, which is not in `counted` yet: most series keep one step for long and need nothing else. */
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

  /** The most frequent step so far, the smallest of equally frequent ones; NaN when there was none. */
  get usual(): number {
    return this.#counted ? this.#take().usual : this.#step
  }

  /** Steps larger than the usual one. */
  get gaps(): number {
    return this.#counted ? this.#take().largerThan(this.usual) : 0
  }
}

/** The usual step, if all series have the same. */
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
