/**
 * Which rows carry a time that their series already has, found while the rows stream by.
 *
 * The accepted times of an ascending series are kept as arithmetic runs (start, step, count), because an overlapping
 * append has to be looked up far back, and market times are regular: a year of minute bars is a few hundred runs.
 */

import { StepCounter, stepsToldApart } from '../quality/quality.ts'
import { isBefore, minus, type Times, wordsToBigInt, wordsToNumber } from '../times/time.ts'
import { DuplicatePairs, type PairStore } from './duplicate-pairs.ts'
import { RowSet } from './row-set.ts'

const RUN_FIELDS = 7
const [TIME_LOW, TIME_HIGH, STEP_LOW, STEP_HIGH, COUNT, ROW, ROW_STEP] = [0, 1, 2, 3, 4, 5, 6] as const

/** Memory that the times of all series may take, before they are irregular enough to be held otherwise. */
export const TIME_MEMORY_BYTES = 24 * 1024 * 1024

/** What is remembered of all series together. */
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

  constructor(memory: BoundedMemory, series = 0) {
    this.#memory = memory
    this.steps = new StepCounter(stepsToldApart(series))
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
    // a step beyond the largest time leads to an early one
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

/** How many steps make an offset; -1 when no whole number of them does. */
function indexInRun(low: number, high: number, stepLow: number, stepHigh: number): number {
  // neither is negative, and both may be beyond the largest signed integer
  const offset = wordsToNumber(low, high >>> 0)
  const step = wordsToNumber(stepLow, stepHigh >>> 0)
  if (offset === 0) return 0
  if (step === 0) return -1
  if (Number.isSafeInteger(offset) && Number.isSafeInteger(step)) return offset % step === 0 ? offset / step : -1
  const [exactOffset, exactStep] = [wordsToBigInt(low, high >>> 0), wordsToBigInt(stepLow, stepHigh >>> 0)]
  return exactOffset % exactStep === 0n ? Number(exactOffset / exactStep) : -1
}

/** Which rows of a file are dropped. */
export class DroppedRows extends RowSet {
  /** The ranges of kept rows between `from` and `to` (exclusive), relative to `from`. */
  keptRanges(from: number, to: number): readonly (readonly [start: number, end: number])[] {
    const ranges: [number, number][] = []
    for (let end = from; end < to; ) {
      const start = this.nextOutside(end, to)
      end = this.nextIn(start, to)
      if (end > start) ranges.push([start - from, end - from])
    }
    return ranges
  }
}

/** Why the rows of a file have to be held in memory: the first one that cannot be judged as it streams by. */
export interface UnstreamedRow {
  readonly row: number
  /**
   * `earlier`: it has a time that its series has not had, before one that it has had.
   * `unknown`: the times before are too irregular to be remembered, so it is not known whether it repeats one.
   * `again`: the last row of a time is kept, and this one has the time of `of`, which does not lie just before it.
   */
  readonly because: 'earlier' | 'unknown' | 'again'
  readonly of?: number
}

/**
 * Judges rows as they stream by, as long as every time that a series has not had yet comes after all that it has had.
 * If the last row of a time is to be kept, all rows of one time have to lie side by side.
 */
export class StreamedRows {
  readonly #series: AcceptedTimes[] = []
  readonly #memory: BoundedMemory = { bytes: 0, limitBytes: TIME_MEMORY_BYTES }
  readonly #keep: 'first' | 'last'
  readonly pairs: DuplicatePairs
  readonly dropped: DroppedRows
  outOfOrder = 0
  /** Rows just before the next one that it will be kept for. */
  #waiting = 0
  /** The row found last: copies of it mostly follow, or of the one after it. */
  #foundIndex = -1
  #foundRow = -1

  /** @param rows of the file */
  constructor(rows: number, keep: 'first' | 'last', store?: PairStore) {
    this.dropped = new DroppedRows(rows)
    this.#keep = keep
    this.pairs = new DuplicatePairs(store)
  }

  get series(): readonly AcceptedTimes[] {
    return this.#series
  }

  /**
   * Marks in `accepted` which rows of a piece are kept.
   * @param times of the rows; where the last row of a time is to be kept, of one more if the file has one
   * @param series series numbers of the same rows, undefined for a single series
   * @returns the row that makes it necessary to hold the rows, if there is one
   */
  judge(
    { words }: Times,
    series: Int32Array | undefined,
    rows: number,
    firstRow: number,
    accepted: Uint8Array,
  ): UnstreamedRow | undefined {
    accepted.fill(1, 0, rows)
    const repeats = this.#keep === 'last' && markRepeated(words, series, rows, accepted)
    for (let i = 0; i < rows; i++) {
      if (accepted[i] === 0) {
        this.dropped.add(firstRow + i)
        this.#waiting++
        continue
      }
      const number = series ? series[i]! : 0
      this.#series[number] ??= new AcceptedTimes(this.#memory, number)
      const of = this.#series[number]
      const low = words[2 * i]!
      const high = words[2 * i + 1]!
      const row = firstRow + i
      // the rows of a single series are counted without the dropped ones: wherever those lie, the rest is regular
      const index = series ? row : row - this.dropped.size
      if (!series) {
        const taken = of.acceptRun(words, i, repeats ? nextZero(accepted, i, rows) : rows, index - i)
        if (taken > 0) {
          if (this.#waiting > 0) this.#endWaiting(row)
          i += taken - 1
          of.previousLow = of.lastLow
          of.previousHigh = of.lastHigh
          continue
        }
      }
      if (of.lastRow < 0 || isBefore(of.lastLow, of.lastHigh, low, high)) {
        of.accept(low, high, index)
        if (this.#waiting > 0) this.#endWaiting(row)
      } else {
        if (isBefore(low, high, of.previousLow, of.previousHigh)) this.outOfOrder++
        const found = of.find(low, high)
        if (found === undefined) return { row, because: 'unknown' }
        if (found < 0) return { row, because: 'earlier' }
        const kept = series ? found : this.#rowOf(found, row)
        if (this.#keep === 'last') return { row, because: 'again', of: kept }
        accepted[i] = 0
        this.pairs.add(row, kept)
        this.dropped.add(row)
      }
      of.previousLow = low
      of.previousHigh = high
    }
    return undefined
  }

  #endWaiting(row: number): void {
    this.pairs.addAll(row - this.#waiting, this.#waiting, row)
    this.#waiting = 0
  }

  /** The row of a single series that was accepted as the one with that number; it lies before `row`. */
  #rowOf(index: number, row: number): number {
    if (index === this.#foundIndex) return this.#foundRow
    this.#foundRow =
      index === this.#foundIndex + 1
        ? this.dropped.nextOutside(this.#foundRow + 1, row)
        : this.dropped.rowOutside(index)
    this.#foundIndex = index
    return this.#foundRow
  }
}

/** Marks the rows whose series and time the next row has too. */
function markRepeated(words: Int32Array, series: Int32Array | undefined, rows: number, accepted: Uint8Array): boolean {
  const known = Math.min(rows, words.length / 2 - 1)
  let repeats = false
  for (let i = 0; i < known; i++) {
    if (words[2 * i] !== words[2 * i + 2] || words[2 * i + 1] !== words[2 * i + 3]) continue
    if (series && series[i] !== series[i + 1]) continue
    accepted[i] = 0
    repeats = true
  }
  return repeats
}

function nextZero(marks: Uint8Array, from: number, to: number): number {
  const at = marks.indexOf(0, from)
  return at < 0 || at > to ? to : at
}
