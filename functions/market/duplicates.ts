/**
 * Which rows carry a time that their series already has, found while the rows stream by.
 *
 * The accepted times of an ascending series are kept as arithmetic runs (start, step, count), because an overlapping
 * append has to be looked up far back, and market times are regular: a year of minute bars is a few hundred runs.
 */
import { type BoundedMemory, StepCounter } from './quality.ts'
import { isBefore, minus, type Times, wordsToBigInt, wordsToNumber } from './time.ts'

const RUN_FIELDS = 7
const [TIME_LOW, TIME_HIGH, STEP_LOW, STEP_HIGH, COUNT, ROW, ROW_STEP] = [0, 1, 2, 3, 4, 5, 6] as const

/** Memory that the times of all series may take, before they are irregular enough to be held otherwise. */
export const TIME_MEMORY_BYTES = 24 * 1024 * 1024

/** The times accepted in one series, ascending. */
export class AcceptedTimes {
  readonly #memory: BoundedMemory
  /** Closed runs and, last, the open one. */
  #runs = new Int32Array(RUN_FIELDS)
  #count = 0
  #forgotten = false
  /** Where the open run would go on. */
  #nextLow = 0
  #nextHigh = 0
  /** The run found by the last look-up: the next one is mostly in it too. */
  #found = 0
  firstLow = 0
  firstHigh = 0
  /** The latest accepted time. */
  lastLow = 0
  lastHigh = 0
  /** The time of the series' previous row, accepted or not. */
  previousLow = 0
  previousHigh = 0
  /** The row of the latest accepted time, -1 before the first. */
  lastRow = -1
  readonly steps: StepCounter

  constructor(memory: BoundedMemory) {
    this.#memory = memory
    this.steps = new StepCounter(memory)
  }

  /**
   * Takes the rows from `from` on as long as they go on with the open run: the common case, without a call per row.
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
    let at = from
    for (; at < to && words[2 * at] === low && words[2 * at + 1] === high; at++) {
      const sum = (low >>> 0) + (stepLow >>> 0)
      low = sum | 0
      high = (high + stepHigh + (sum > 0xffff_ffff ? 1 : 0)) | 0
    }
    const taken = at - from
    if (taken === 0) return 0
    runs[base + COUNT]! += taken
    this.#nextLow = low
    this.#nextHigh = high
    this.#setLast(words[2 * at - 2]!, words[2 * at - 1]!, firstRow + at - 1)
    return taken
  }

  /** Takes a time later than all before. */
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
      // a second member gives the run its step
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
      this.steps.add(wordsToNumber(stepLow, stepHigh), 1)
    }
    this.#open(low, high, row)
    this.#setLast(low, high, row)
  }

  /** Counts the steps within the open run; to be called once more after the last row. */
  closeRun(): void {
    const base = (this.#count - 1) * RUN_FIELDS
    if (base < 0 || this.#runs[base + COUNT]! < 2) return
    this.steps.add(
      wordsToNumber(this.#runs[base + STEP_LOW]!, this.#runs[base + STEP_HIGH]!),
      this.#runs[base + COUNT]! - 1,
    )
  }

  #open(low: number, high: number, row: number): void {
    if (this.#memory.bytes > this.#memory.limitBytes) {
      // too irregular: only the latest run is kept from here on, and `find` says that it does not know
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
   * The row that carries a time accepted before.
   * @returns -1 if none does, undefined if the times were too irregular to remember them all
   */
  find(low: number, high: number): number | undefined {
    if (low === this.lastLow && high === this.lastHigh) return this.lastRow
    const run = this.#runOf(low, high)
    if (run < 0) return this.#forgotten ? undefined : -1
    const base = run * RUN_FIELDS
    const runs = this.#runs
    const time = wordsToBigInt(low, high)
    const offset = time - wordsToBigInt(runs[base + TIME_LOW]!, runs[base + TIME_HIGH]!)
    if (offset === 0n) return runs[base + ROW]!
    const step = wordsToBigInt(runs[base + STEP_LOW]!, runs[base + STEP_HIGH]!)
    if (step === 0n || offset % step !== 0n) return -1
    const index = offset / step
    return index < BigInt(runs[base + COUNT]!) ? runs[base + ROW]! + Number(index) * runs[base + ROW_STEP]! : -1
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

/** Pairs of rows, the dropped one and the one kept in its place, as runs: an overlapping append of any length is one. */
export class DuplicatePairs {
  #runs = new Int32Array(0)
  #runCount = 0
  /** Rows dropped. */
  size = 0

  add(dropped: number, kept: number): void {
    const base = (this.#runCount - 1) * 4
    const runs = this.#runs
    this.size++
    if (base >= 0 && dropped === runs[base]! + runs[base + 3]!) {
      const [firstKept, step, count] = [runs[base + 1]!, runs[base + 2]!, runs[base + 3]!]
      if (count === 1 && (kept === firstKept || kept === firstKept + 1)) runs[base + 2] = kept - firstKept
      if ((count === 1 && kept - firstKept === runs[base + 2]) || kept === firstKept + count * step) {
        runs[base + 3] = count + 1
        return
      }
    }
    if (4 * this.#runCount === runs.length) {
      this.#runs = new Int32Array(Math.max(256, 2 * runs.length))
      this.#runs.set(runs)
    }
    this.#runs.set([dropped, kept, 0, 1], 4 * this.#runCount++)
  }

  *[Symbol.iterator](): Generator<readonly [dropped: number, kept: number]> {
    for (let run = 0; run < this.#runCount; run++) {
      const [dropped, kept, step, count] = this.#runs.subarray(4 * run, 4 * run + 4) as unknown as number[]
      for (let i = 0; i < count!; i++) yield [dropped! + i, kept! + i * step!]
    }
  }
}

/** Which rows of a file are dropped: a bit per row, nothing while no row is. */
export class DroppedRows {
  readonly #rows: number
  #bits: Uint8Array | undefined
  size = 0

  constructor(rows: number) {
    this.#rows = rows
  }

  add(row: number): void {
    this.#bits ??= new Uint8Array((this.#rows + 7) >> 3)
    this.#bits[row >> 3]! |= 1 << (row & 7)
    this.size++
  }

  has(row: number): boolean {
    return this.#bits !== undefined && (this.#bits[row >> 3]! & (1 << (row & 7))) !== 0
  }

  /** How many of the rows `from` to `to` (exclusive) are dropped. */
  countIn(from: number, to: number): number {
    if (this.#bits === undefined) return 0
    let count = 0
    for (let row = from; row < to; ) {
      if ((row & 7) === 0 && row + 8 <= to) {
        let byte = this.#bits[row >> 3]!
        for (; byte !== 0; byte &= byte - 1) count++
        row += 8
      } else if (this.has(row++)) count++
    }
    return count
  }

  /** The ranges of kept rows between `from` and `to` (exclusive), relative to `from`. */
  *keptRanges(from: number, to: number): Generator<readonly [start: number, end: number]> {
    let start = from
    for (let row = from; row < to; row++) {
      if (!this.has(row)) continue
      if (row > start) yield [start - from, row - from]
      start = row + 1
    }
    if (to > start) yield [start - from, to - from]
  }
}

/**
 * Judges rows as they stream by, as long as every time that a series has not had yet comes after all that it has had.
 * The first row of a time is the one kept.
 */
export class StreamedRows {
  readonly #series: AcceptedTimes[] = []
  readonly #memory: BoundedMemory = { bytes: 0, limitBytes: TIME_MEMORY_BYTES }
  readonly pairs = new DuplicatePairs()
  readonly dropped: DroppedRows
  outOfOrder = 0

  constructor(rows: number) {
    this.dropped = new DroppedRows(rows)
  }

  get series(): readonly AcceptedTimes[] {
    return this.#series
  }

  /**
   * Marks in `accepted` which rows of a piece are kept.
   * @param series series numbers of the rows, undefined for a single series
   * @returns false when a new time comes before one that was accepted: then the rows have to be sorted
   */
  judge(times: Times, series: Int32Array | undefined, rows: number, firstRow: number, accepted: Uint8Array): boolean {
    const { words } = times
    for (let i = 0; i < rows; i++) {
      const number = series ? series[i]! : 0
      this.#series[number] ??= new AcceptedTimes(this.#memory)
      const of = this.#series[number]
      const low = words[2 * i]!
      const high = words[2 * i + 1]!
      accepted[i] = 1
      if (!series) {
        const taken = of.acceptRun(words, i, rows, firstRow)
        if (taken > 0) {
          accepted.fill(1, i, i + taken)
          i += taken - 1
          of.previousLow = of.lastLow
          of.previousHigh = of.lastHigh
          continue
        }
      }
      if (of.lastRow < 0 || isBefore(of.lastLow, of.lastHigh, low, high)) {
        of.accept(low, high, firstRow + i)
      } else {
        if (isBefore(low, high, of.previousLow, of.previousHigh)) this.outOfOrder++
        const kept = of.find(low, high)
        if (kept === undefined || kept < 0) return false
        accepted[i] = 0
        this.pairs.add(firstRow + i, kept)
        this.dropped.add(firstRow + i)
      }
      of.previousLow = low
      of.previousHigh = high
    }
    return true
  }
}
