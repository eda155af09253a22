/** How often each step of a series comes up, in memory that does not depend on how many different ones there are. */
import { StepRanges } from './step-ranges.ts'

const FIELDS = 3
const [STEP, COUNT, REDUCTION] = [0, 1, 2] as const
const FIRST_SLOTS = 8
/** Where no step comes up more often than the others, one in 16 is counted: 5 M different ones take 0.7 s otherwise. */
const PASSED_PER_STEP = 15
/** So many different steps have to say so. */
const SURE_STEPS = 1024

/**
 * A hash table in one array: a map would make an object of each step, which costs more than the indicator where all steps
 * differ. When it is full, the rarer half is put together. Source: Misra and Gries, Finding Repeated Elements (1982).
 */
export class CountedSteps {
  readonly #limit: number
  /** No typed array: of those, the many small ones of a file of many series would take three times the memory. */
  #table = emptyTable(FIRST_SLOTS)
  #slots = FIRST_SLOTS
  #size = 0
  #others: StepRanges | undefined
  /** How many of the next steps that come up alone are not counted. */
  #toPass = 0

  /** @param limit different steps that are told apart */
  constructor(limit: number) {
    this.#limit = limit
  }

  add(step: number, count: number): void {
    let at = this.#find(step)
    if (this.#table[at + COUNT] === 0) {
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
    this.#table[at + COUNT]! += count
  }

  /** Where a step is, or the empty slot for it. */
  #find(step: number): number {
    const table = this.#table
    const mask = this.#slots - 1
    let slot = Math.imul((step | 0) ^ ((step / 2 ** 32) | 0), 0x9e3779b1) >>> 15
    for (;;) {
      const at = (slot++ & mask) * FIELDS
      if (table[at + COUNT] === 0 || table[at + STEP] === step) return at
    }
  }

  #resize(slots: number): void {
    const table = this.#table
    this.#table = emptyTable(slots)
    this.#slots = slots
    for (let at = 0; at < table.length; at += FIELDS) {
      if (table[at + COUNT] === 0) continue
      const to = this.#find(table[at + STEP]!)
      for (let field = 0; field < FIELDS; field++) this.#table[to + field] = table[at + field]!
    }
  }

  /** All counts are reduced by the median, and the steps that are left with nothing are told apart no longer. */
  #putRarerTogether(): void {
    const table = this.#table
    const found = this.#size
    const median = this.#medianCount()
    const rarer = new Float64Array(2 * found)
    let dropped = 0
    const apart = new Float64Array(found)
    let left = 0
    for (let at = 0; at < table.length; at += FIELDS) {
      if (table[at + COUNT] === 0) continue
      table[at + REDUCTION]! += median
      if (table[at + COUNT]! > table[at + REDUCTION]!) apart[left++] = table[at + STEP]!
      else {
        rarer[dropped++] = table[at + STEP]!
        rarer[dropped++] = table[at + COUNT]!
        table[at + COUNT] = 0
      }
    }
    this.#others ??= new StepRanges()
    this.#others.add(rarer.subarray(0, dropped), apart.subarray(0, left).sort())
    this.#size = left
    if (left === 0 && this.#limit >= SURE_STEPS) this.#toPass = PASSED_PER_STEP * this.#limit
    // those that are left move to where they are looked for
    this.#resize(this.#slots)
  }

  /** Of the counts as they are reduced, the least of which is 1. */
  #medianCount(): number {
    const table = this.#table
    const reduced = new Float64Array(this.#size)
    let [found, ones] = [0, 0]
    for (let at = 0; at < table.length; at += FIELDS) {
      if (table[at + COUNT] === 0) continue
      const count = table[at + COUNT]! - table[at + REDUCTION]!
      reduced[found++] = count
      if (count === 1) ones++
    }
    // where no step comes again nothing has to be sorted
    return 2 * ones > found ? 1 : reduced.sort()[found >> 1]!
  }

  /** The most frequent step, of equally frequent ones the smallest; NaN when there is none. */
  get usual(): number {
    let [usual, most] = [Number.NaN, 0]
    for (let at = 0; at < this.#table.length; at += FIELDS) {
      const [step, count] = [this.#table[at + STEP]!, this.#table[at + COUNT]!]
      if (count > most || (count === most && step < usual)) [usual, most] = [step, count]
    }
    return usual
  }

  largerThan(step: number): number {
    let larger = this.#others?.largerThan(step) ?? 0
    for (let at = 0; at < this.#table.length; at += FIELDS) {
      if (this.#table[at + STEP]! > step) larger += this.#table[at + COUNT]!
    }
    return larger
  }
}

function emptyTable(slots: number): number[] {
  return new Array(slots * FIELDS).fill(0)
}
