/** What the report says of a file's quality. */
import type { Warning } from './warnings.ts'
import type { WithoutPrice } from './without-price.ts'

/** Different steps that are told apart per series; a market has a handful, and a hostile file must not fill memory. */
const MAX_STEPS = 64
/** An entry of a map with its key. */
const STEP_BYTES = 48

/** What is remembered of all series together. */
export interface BoundedMemory {
  bytes: number
  readonly limitBytes: number
}

/** Counts the steps between neighbouring times of one series. */
export class StepCounter {
  readonly #memory: BoundedMemory | undefined
  #counts: Map<number, number> | undefined
  /** Most series have one step for long: it is counted without a map. */
  #only = Number.NaN
  #onlyCount = 0
  #usual: number | undefined
  #larger = 0

  /** @param memory shared with other series; once it is full, fewer steps are told apart */
  constructor(memory?: BoundedMemory) {
    this.#memory = memory
  }

  add(step: number, count: number): void {
    if (this.#usual !== undefined) {
      if (step > this.#usual) this.#larger += count
    } else if (!this.#counts && (step === this.#only || this.#onlyCount === 0)) {
      this.#only = step
      this.#onlyCount += count
    } else {
      this.#counts ??= new Map([[this.#only, this.#onlyCount]])
      const known = this.#counts.get(step)
      this.#counts.set(step, (known ?? 0) + count)
      if (this.#memory && known === undefined) this.#memory.bytes += STEP_BYTES
      const isFull = this.#memory !== undefined && this.#memory.bytes > this.#memory.limitBytes
      if (isFull || this.#counts.size > MAX_STEPS) this.#settle(this.#counts)
    }
  }

  /** From here on the step that was the most frequent so far is the usual one. */
  #settle(counts: ReadonlyMap<number, number>): void {
    this.#usual = mostFrequent(counts)
    this.#larger = countLarger(counts, this.#usual)
    this.#counts = undefined
  }

  /** The most frequent step so far; NaN when there was none. */
  get usual(): number {
    if (this.#usual !== undefined) return this.#usual
    return this.#counts ? mostFrequent(this.#counts) : this.#only
  }

  /** Steps larger than the usual one, which is the most frequent one (of equally frequent ones the smallest). */
  get gaps(): number {
    if (this.#usual !== undefined) return this.#larger
    return this.#counts ? countLarger(this.#counts, mostFrequent(this.#counts)) : 0
  }
}

function mostFrequent(counts: ReadonlyMap<number, number>): number {
  let [usual, most] = [Number.NaN, 0]
  for (const [step, count] of counts) {
    if (count > most || (count === most && step < usual)) [usual, most] = [step, count]
  }
  return usual
}

function countLarger(counts: ReadonlyMap<number, number>, usual: number): number {
  let larger = 0
  for (const [step, count] of counts) if (step > usual) larger += count
  return larger
}

/** A duplicate that was dropped although it says something else than the row that was kept. */
export interface Conflict {
  /** Counted from 0 in the input. */
  readonly row: number
  readonly keptRow: number
  /** Which of open, high, low, close and volume differ. */
  readonly columns: readonly string[]
}

export interface Quality {
  readonly rowsRead: number
  readonly rowsWritten: number
  readonly duplicatesDropped: number
  /** Dropped rows that equal the kept row in open, high, low, close and volume. */
  readonly duplicatesAgreeing: number
  readonly duplicatesConflicting: number
  /** The first few. */
  readonly conflicts: readonly Conflict[]
  /** Rows whose time is below that of the previous row of their series, duplicates included. */
  readonly rowsOutOfOrder: number
  /** Kept rows whose new columns are null because their prices are none. */
  readonly rowsWithoutPrice: number
  readonly rowsWithoutPriceBy: WithoutPrice
  /** Kept rows whose high is below their low, or whose close is outside of the two; they are computed all the same. */
  readonly rowsInconsistent: number
  readonly series: number
  /** Steps between neighbouring times of a series that are larger than the series' usual step. */
  readonly gaps: number
  /** The most frequent step between neighbouring times; null when series differ in it, or there is none. */
  readonly stepSeconds: number | null
  /** ISO 8601; null for a file without rows. */
  readonly firstTime: string | null
  readonly lastTime: string | null
  /** What the user should look at. */
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
