/** Counts how often each step of a series occurs, in memory that does not depend on the number of different steps. */
import { StepRanges } from './step-ranges.ts'

const SLOT_FIELDS = 3
const [STEP, STEP_COUNT, REDUCTION] = [0, 1, 2] as const
const FIRST_SLOTS = 8
/** Where no step is frequent, only one step in 16 is counted: counting 5 M different ones takes 0.7 s. */
const PASSED_PER_STEP = 15
/** Different steps that must have been counted before others are skipped. */
const SURE_STEPS = 1024

/**
 * A hash table in one array: a Map entry per step costs more than the indicator where all steps differ. When the table is
 * full, the rarer half is merged into ranges. Source: Misra and Gries, Finding Repeated Elements (1982).
 */
export class CountedSteps {
  readonly #limit: number
  /** A plain array: the many small typed arrays of a file with many series would take three times the memory. */
  #table = emptyTable(FIRST_SLOTS)
  #slots = FIRST_SLOTS
  #size = 0
  #others: StepRanges | undefined
  /** How many of the next single steps are skipped. */
  #toPass = 0

  /** @param limit different steps that are counted separately */
  constructor(limit: number) {
    this.#limit = limit
  }

  add(step: number, count: number): void {
    let at = this.#find(step)
    if (this.#table[at + STEP_COUNT] === 0) {
      if (count === 1 && this.#toPass > 0) {
        this.#toPass--
        this.#others!.pass(step)
        return
      }
      if (this.#size === this.#limit) this.#putRarerTogether()
      else if (2 * this.#size === this.#slots) this.#resize(2 * this.#slots)
      at = this.#find(step)
      this.#table[at + STEP] = step
      this.#table[at + REDUCTION] = 0
      this.#size++
    }
    this.#table[at + STEP_COUNT]! += count
  }

  /** The slot of a step, or the empty slot for it. */
  #find(step: number): number {
    const table = this.#table
    const mask = this.#slots - 1
    let slot = Math.imul((step | 0) ^ ((step / 2 ** 32) | 0), 0x9e3779b1) >>> 15
    for (;;) {
      const at = (slot++ & mask) * SLOT_FIELDS
      if (table[at + STEP_COUNT] === 0 || table[at + STEP] === step) return at
    }
  }

  #resize(slots: number): void {
    const table = this.#table
    this.#table = emptyTable(slots)
    this.#slots = slots
    for (let at = 0; at < table.length; at += SLOT_FIELDS) {
      if (table[at + STEP_COUNT] === 0) continue
      const to = this.#find(table[at + STEP]!)
      for (let field = 0; field < SLOT_FIELDS; field++) this.#table[to + field] = table[at + field]!
    }
  }

  /** Reduces all counts by the median. Steps whose count becomes 0 are no longer counted separately. */
  #putRarerTogether(): void {
    const table = this.#table
    const found = this.#size
    const median = this.#medianCount()
    const rarer = new Float64Array(2 * found)
    let dropped = 0
    const apart = new Float64Array(found)
    let left = 0
    for (let at = 0; at < table.length; at += SLOT_FIELDS) {
      if (table[at + STEP_COUNT] === 0) continue
      table[at + REDUCTION]! += median
      if (table[at + STEP_COUNT]! > table[at + REDUCTION]!) apart[left++] = table[at + STEP]!
      else {
        rarer[dropped++] = table[at + STEP]!
        rarer[dropped++] = table[at + STEP_COUNT]!
        table[at + STEP_COUNT] = 0
      }
    }
    this.#others ??= new StepRanges()
    this.#others.add(rarer.subarray(0, dropped), apart.subarray(0, left).sort())
    this.#size = left
    if (left === 0 && this.#limit >= SURE_STEPS) this.#toPass = PASSED_PER_STEP * this.#limit
    // removed steps leave holes, so the others are hashed again
    this.#resize(this.#slots)
  }

  /** The median of the reduced counts, the least of which is 1. */
  #medianCount(): number {
    const table = this.#table
    const reduced = new Float64Array(this.#size)
    let [found, ones] = [0, 0]
    for (let at = 0; at < table.length; at += SLOT_FIELDS) {
      if (table[at + STEP_COUNT] === 0) continue
      const count = table[at + STEP_COUNT]! - table[at + REDUCTION]!
      reduced[found++] = count
      if (count === 1) ones++
    }
    // where most steps occur once, nothing has to be sorted
    return 2 * ones > found ? 1 : reduced.sort()[found >> 1]!
  }

  /** The most frequent step, the smallest of equally frequent ones; NaN when there is none. */
  get usual(): number {
    let [usual, most] = [Number.NaN, 0]
    for (let at = 0; at < this.#table.length; at += SLOT_FIELDS) {
      const [step, count] = [this.#table[at + STEP]!, this.#table[at + STEP_COUNT]!]
      if (count > most || (count === most && step < usual)) [usual, most] = [step, count]
    }
    return usual
  }

  largerThan(step: number): number {
    let larger = this.#others?.largerThan(step) ?? 0
    for (let at = 0; at < this.#table.length; at += SLOT_FIELDS) {
      if (this.#table[at + STEP]! > step) larger += this.#table[at + STEP_COUNT]!
    }
    return larger
  }
}

function emptyTable(slots: number): number[] {
  return new Array(slots * SLOT_FIELDS).fill(0)
}
