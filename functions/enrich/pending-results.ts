/** Results of rows that are collected until there are enough of them for a page. */
import { setBits } from '../parquet/format/bits.ts'
import type { NumberBounds } from '../parquet/write/new-chunk.ts'

/** The results of one Supertrend, one value per row. */
export interface Results {
  readonly line: Float32Array
  /** -1, +1, or 0 where there is no value. */
  readonly orientation: Int8Array
  readonly segment: Int32Array
}

function bitmap(rows: number): Uint8Array {
  return new Uint8Array((rows + 7) >> 3)
}

/** The values of a band side by side, without gaps for rows that have none. */
class Band implements NumberBounds {
  readonly line: Float32Array
  readonly valid: Uint8Array
  count = 0
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY

  constructor(maxRows: number) {
    this.line = new Float32Array(maxRows)
    this.valid = bitmap(maxRows)
  }

  /** Takes the values `from` to `to` (exclusive), which belong to the rows from `row` on. */
  append(line: Float32Array, from: number, to: number, row: number): void {
    const { line: out } = this
    let { count, min, max } = this
    for (let i = from; i < to; i++) {
      const value = line[i]!
      out[count++] = value
      // NaN is not a bound
      if (value < min) min = value
      if (value > max) max = value
    }
    this.count = count
    this.min = min
    this.max = max
    setBits(this.valid, row, row + to - from)
  }

  clear(): void {
    this.valid.fill(0)
    this.count = 0
    this.min = Number.POSITIVE_INFINITY
    this.max = Number.NEGATIVE_INFINITY
  }
}

/** The pending results of one Supertrend. */
export class PendingResults {
  readonly upper: Band
  readonly lower: Band
  /** Values of the rows that have one, side by side. */
  readonly sides: Int32Array
  readonly segments: Int32Array
  values = 0
  readonly segmentBounds: { min: number; max: number } = {
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
  }
  readonly anyValid: Uint8Array
  #rows = 0

  constructor(maxRows: number) {
    this.upper = new Band(maxRows)
    this.lower = new Band(maxRows)
    this.sides = new Int32Array(maxRows)
    this.segments = new Int32Array(maxRows)
    this.anyValid = bitmap(maxRows)
  }

  append({ line, orientation, segment }: Results, from: number, to: number): void {
    const firstRow = this.#rows - from
    // rows of one side form runs
    for (let start = from; start < to; ) {
      const side = orientation[start]!
      let end = start + 1
      while (end < to && orientation[end] === side) end++
      if (side !== 0) {
        const band = side < 0 ? this.upper : this.lower
        band.append(line, start, end, firstRow + start)
        this.#appendSegments(segment, side, start, end)
      }
      start = end
    }
    this.#rows += to - from
  }

  #appendSegments(segment: Int32Array, side: number, from: number, to: number): void {
    const { sides, segments } = this
    let { values } = this
    let { min, max } = this.segmentBounds
    for (let i = from; i < to; i++) {
      const number = segment[i]!
      sides[values] = side
      segments[values++] = number
      if (number < min) min = number
      if (number > max) max = number
    }
    this.values = values
    this.segmentBounds.min = min
    this.segmentBounds.max = max
  }

  sideBounds(): NumberBounds {
    return { min: this.upper.count > 0 ? -1 : 1, max: this.lower.count > 0 ? 1 : -1 }
  }

  clear(): void {
    this.upper.clear()
    this.lower.clear()
    this.values = 0
    this.segmentBounds.min = Number.POSITIVE_INFINITY
    this.segmentBounds.max = Number.NEGATIVE_INFINITY
    this.#rows = 0
  }
}
