/**
 * The accepted times of an ascending series, stored as runs of equal steps (start, step, count), because rows of an
 * overlapping append are looked up far back. Market times are regular: a year of minute bars is a few hundred runs.
 */
import { StepCounter, stepsToldApart } from '../quality/step-counter.ts'
import { isBefore, minus, wordsToBigInt, wordsToNumber } from '../times/time.ts'

const RUN_FIELDS = 7
const [TIME_LOW, TIME_HIGH, STEP_LOW, STEP_HIGH, COUNT, ROW, ROW_STEP] = [0, 1, 2, 3, 4, 5, 6] as const

/** Memory for the times of all series. Beyond it, times are so irregular that only the latest are remembered. */
export const TIME_MEMORY_BYTES = 24 * 1024 * 1024

/** Memory that all series share. */
export interface BoundedMemory {
  bytes: number
  readonly limitBytes: number
}

/** The times accepted in one series, ascending. */
export class AcceptedTimes {
  readonly #memory: BoundedMemory
  /** Closed runs and, last, the open one. */
  #runs = new Int32Array(RUN_FIELDS)
  #count = 0
  #forgotten = false
  /** The next time of the open run. */
  #nextLow = 0
  #nextHigh = 0
  /** The run found by the last look-up: the next look-up mostly finds the same. */
  #found = 0
  firstLow = 0
  firstHigh = 0
  /** The latest accepted time. */
  lastLow = 0
  lastHigh = 0
  /** The time of the series' previous row, accepted or not. */
  previousLow = 0
  previousHigh = 0
  hasPrevious = false
  /** The row of the latest accepted time, -1 before the first. */
  lastRow = -1
  readonly steps: StepCounter

  constructor(memory: BoundedMemory, series = 0) {
    this.#memory = memory
    this.steps = new StepCounter(stepsToldApart(series))
  }

  /**
   * Accepts rows from `from` on as long as they continue the open run: the common case, without a call per row.
   * @param firstRow the number in the file of the row at index 0
   * @returns how many rows were taken
   */
  acceptRun(words: Int32Array, from: number, to: number, firstRow: number): number {
    const base = (this.#count - 1) * RUN_FIELDS
    const runs = this.#runs
    if (this.#count === 0 || runs[base + COUNT]! < 2 || runs[base + ROW_STEP] !== 1) return 0
    if (firstRow + from !== this.lastRow + 1) return 0
    const stepLow = runs[base + STEP_LOW]!
    const stepHigh = runs[base + STEP_HIGH]!
    let low = this.#nextLow
    let high = this.#nextHigh
    // adding a step to the largest 64-bit time wraps around to an early one
    if (!isBefore(this.lastLow, this.lastHigh, low, high)) return 0
    let at = from
    for (let isBeyond = false; at < to && !isBeyond && words[2 * at] === low && words[2 * at + 1] === high; at++) {
      const sum = (low >>> 0) + (stepLow >>> 0)
      low = sum | 0
      const next = (high + stepHigh + (sum > 0xffff_ffff ? 1 : 0)) | 0
      isBeyond = next < high
      high = next
    }
    const taken = at - from
    if (taken === 0) return 0
    runs[base + COUNT]! += taken
    this.#nextLow = low
    this.#nextHigh = high
    this.#setLast(words[2 * at - 2]!, words[2 * at - 1]!, firstRow + at - 1)
    return taken
  }

  /** Accepts a time later than all before. */
  accept(low: number, high: number, row: number): void {
    const base = (this.#count - 1) * RUN_FIELDS
    const runs = this.#runs
    if (this.#count > 0 && low === this.#nextLow && high === this.#nextHigh) {
      const count = runs[base + COUNT]!
      if (row === runs[base + ROW]! + count * runs[base + ROW_STEP]!) {
        runs[base + COUNT] = count + 1
        this.#setNext(low, high, runs[base + STEP_LOW]!, runs[base + STEP_HIGH]!)
        this.#setLast(low, high, row)
        return
      }
    }
    if (this.#count > 0 && runs[base + COUNT] === 1) {
      // the second time gives the run its step
      const [stepLow, stepHigh] = minus(low, high, this.lastLow, this.lastHigh)
      runs[base + STEP_LOW] = stepLow
      runs[base + STEP_HIGH] = stepHigh
      runs[base + COUNT] = 2
      runs[base + ROW_STEP] = row - runs[base + ROW]!
      this.#setNext(low, high, stepLow, stepHigh)
      this.#setLast(low, high, row)
      return
    }
    if (this.lastRow < 0) {
      this.firstLow = low
      this.firstHigh = high
    } else {
      this.closeRun()
      const [stepLow, stepHigh] = minus(low, high, this.lastLow, this.lastHigh)
      this.steps.add(wordsToNumber(stepLow, stepHigh >>> 0), 1)
    }
    this.#open(low, high, row)
    this.#setLast(low, high, row)
  }

  /** Counts the steps within the open run; to be called once more after the last row. */
  closeRun(): void {
    const base = (this.#count - 1) * RUN_FIELDS
    if (base < 0 || this.#runs[base + COUNT]! < 2) return
    this.steps.add(
      wordsToNumber(this.#runs[base + STEP_LOW]!, this.#runs[base + STEP_HIGH]! >>> 0),
      this.#runs[base + COUNT]! - 1,
    )
  }

  #open(low: number, high: number, row: number): void {
    if (this.#memory.bytes > this.#memory.limitBytes) {
      // too irregular: from here on only the latest run is remembered, and `find` answers undefined for earlier times
      this.#forgotten = true
      this.#count = 0
    }
    const base = this.#count * RUN_FIELDS
    if (base === this.#runs.length) {
      const roomy = new Int32Array(2 * base)
      roomy.set(this.#runs)
      this.#memory.bytes += roomy.byteLength - this.#runs.byteLength
      this.#runs = roomy
    }
    this.#runs[base + TIME_LOW] = low
    this.#runs[base + TIME_HIGH] = high
    this.#runs[base + COUNT] = 1
    this.#runs[base + ROW] = row
    this.#count++
  }

  #setNext(low: number, high: number, stepLow: number, stepHigh: number): void {
    const sum = (low >>> 0) + (stepLow >>> 0)
    this.#nextLow = sum | 0
    this.#nextHigh = (high + stepHigh + (sum > 0xffff_ffff ? 1 : 0)) | 0
  }

  #setLast(low: number, high: number, row: number): void {
    this.lastLow = low
    this.lastHigh = high
    this.lastRow = row
  }

  /**
   * Finds the row with a time that was accepted before.
   * @returns -1 if there is none, undefined if the times were too irregular to remember all of them
   */
  find(low: number, high: number): number | undefined {
    if (low === this.lastLow && high === this.lastHigh) return this.lastRow
    const run = this.#runOf(low, high)
    if (run < 0) return this.#forgotten ? undefined : -1
    const base = run * RUN_FIELDS
    const runs = this.#runs
    const [offsetLow, offsetHigh] = minus(low, high, runs[base + TIME_LOW]!, runs[base + TIME_HIGH]!)
    const index = indexInRun(offsetLow, offsetHigh, runs[base + STEP_LOW]!, runs[base + STEP_HIGH]!)
    return index >= 0 && index < runs[base + COUNT]! ? runs[base + ROW]! + index * runs[base + ROW_STEP]! : -1
  }

  /** The last run that starts at or before a time, -1 if all start later. */
  #runOf(low: number, high: number): number {
    let from = 0
    let to = this.#count - 1
    const guess = this.#found
    if (guess <= to && this.#startsBy(guess, low, high) && !(guess < to && this.#startsBy(guess + 1, low, high))) {
      return guess
    }
    while (from <= to) {
      const middle = (from + to) >> 1
      if (this.#startsBy(middle, low, high)) from = middle + 1
      else to = middle - 1
    }
    this.#found = Math.max(0, to)
    return to
  }

  #startsBy(run: number, low: number, high: number): boolean {
    const startHigh = this.#runs[run * RUN_FIELDS + TIME_HIGH]!
    if (startHigh !== high) return startHigh < high
    return this.#runs[run * RUN_FIELDS + TIME_LOW]! >>> 0 <= low >>> 0
  }
}

/** The number of steps in an offset; -1 when it is not a whole number. */
function indexInRun(low: number, high: number, stepLow: number, stepHigh: number): number {
  // neither is negative, but both may be above the largest signed integer
  const offset = wordsToNumber(low, high >>> 0)
  const step = wordsToNumber(stepLow, stepHigh >>> 0)
  if (offset === 0) return 0
  if (step === 0) return -1
  if (Number.isSafeInteger(offset) && Number.isSafeInteger(step)) return offset % step === 0 ? offset / step : -1
  const [exactOffset, exactStep] = [wordsToBigInt(low, high >>> 0), wordsToBigInt(stepLow, stepHigh >>> 0)]
  return exactOffset % exactStep === 0n ? Number(exactOffset / exactStep) : -1
}
