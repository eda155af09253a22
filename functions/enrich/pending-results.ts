/** Results of rows that wait until there are enough of them for a page. */
import { setBits } from '../parquet/format/bits.ts'
import type { NumberBounds } from '../parquet/write/new-chunk.ts'

/** Results of rows, as `SupertrendValues` has them. */
export interface Results {
  readonly line: Float32Array
  /** -1, +1, or 0 where there is no value. */
  readonly orientation: Int8Array
  readonly segment: Int32Array
}

function bitmap(rows: number): Uint8Array {
  return new Uint8Array((rows + 7) >> 3)
}

/** The values of a band that wait to be encoded, side by side. */
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

  /** Takes the values of `from` to `to`, which belong to the rows from `row` on. */
  append(line: Float32Array, from: number, to: number, row: number): void {
    const { line: out } = this
    let { count, min, max } = this
    for (let i = from; i < to; i++) {
      const value = line[i]!
      out[count++] = value
      // NaN is neither
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

/** The results of one set that wait to be encoded. */
export class PendingResults {
  readonly upper: Band
  readonly lower: Band
  /** Of rows that have a value. */
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
    // rows on one side follow each other
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
