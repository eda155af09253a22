/** Results of rows that are collected until there are enough of them for a page. */
import type { FurtherValues, ValueShape } from '../market/supertrend.ts'
import { setBits } from '../parquet/format/bits.ts'
import type { PackedBooleans } from '../parquet/write/data-page.ts'
import type { NumberBounds } from '../parquet/write/new-chunk.ts'
import type { NewRows } from '../parquet/write/new-page-encoder.ts'
import { RunList } from '../parquet/write/run-list.ts'
import { TwoValues } from '../parquet/write/two-values.ts'
import { blockEnd } from '../shared/block-rows.ts'
import { keptMemory } from '../shared/kept-memory.ts'
import type { NewColumnKey } from '../shared/names.ts'

/** The results of one Supertrend, one value per row. */
export interface Results {
  readonly line: Float32Array | Float64Array
  /** -1, +1, or 0 where there is no value. */
  readonly orientation: Int8Array
  readonly segment: Int32Array
  readonly further?: FurtherValues | undefined
}

/** What a page of a new column holds. */
interface NewPageValues {
  readonly values: NewRows['values']
  readonly bounds: NumberBounds
  /** One bit for each row, set where it has a value. */
  readonly valid: Uint8Array
}

function bitmap(rows: number): Uint8Array {
  return new Uint8Array((rows + 7) >> 3)
}

/** The values of a band side by side, without gaps for rows that have none. */
class Band implements NumberBounds {
  readonly line: Float32Array | Float64Array
  readonly valid: Uint8Array
  count = 0
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY

  constructor(maxRows: number, isDouble: boolean) {
    this.line = isDouble
      ? new Float64Array(keptMemory(8 * maxRows), 0, maxRows)
      : new Float32Array(keptMemory(4 * maxRows), 0, maxRows)
    this.valid = bitmap(maxRows)
  }

  /** Takes the values `from` to `to` (exclusive), which belong to the rows from `row` on. */
  append(line: Float32Array | Float64Array, from: number, to: number, row: number): void {
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

/** The average true ranges and the flips of rows that have a value, side by side. */
class PendingFurther {
  readonly ranges: Float32Array | Float64Array
  readonly flips: Uint8Array

  constructor(maxRows: number, isDouble: boolean) {
    this.ranges = isDouble ? new Float64Array(maxRows) : new Float32Array(maxRows)
    this.flips = new Uint8Array(maxRows)
  }

  /** Takes the rows `from` to `to` (exclusive). @param at place of the first one */
  append({ atr, flip }: FurtherValues, from: number, to: number, at: number): void {
    this.ranges.set(atr.subarray(from, to), at)
    this.flips.set(flip.subarray(from, to), at)
  }

  /** The first flips, packed. */
  bits(values: number): PackedBooleans {
    const bits = bitmap(values)
    for (let i = 0; i < values; i++) if (this.flips[i] === 1) bits[i >> 3]! |= 1 << (i & 7)
    return { bits, length: values }
  }
}

/** The pending results of one Supertrend. */
export class PendingResults {
  readonly upper: Band
  readonly lower: Band
  /** Of the rows that have one. */
  readonly segments = new RunList()
  /** Of the same rows; undefined when neither column is wanted. */
  readonly further: PendingFurther | undefined
  readonly anyValid: Uint8Array
  #rows = 0

  constructor(maxRows: number, { isDouble, hasFurther }: ValueShape) {
    this.upper = new Band(maxRows, isDouble)
    this.lower = new Band(maxRows, isDouble)
    this.further = hasFurther ? new PendingFurther(maxRows, isDouble) : undefined
    this.anyValid = bitmap(maxRows)
  }

  append(results: Results, from: number, to: number): void {
    for (let start = from; start < to; ) {
      const end = from + blockEnd(start - from, to - from)
      this.#appendBlock(results, start, end)
      start = end
    }
  }

  #appendBlock({ line, orientation, segment, further }: Results, from: number, to: number): void {
    const firstRow = this.#rows - from
    // segments of rows side by side that have a value are added at once
    let valuesFrom = from
    // rows of one side form runs
    for (let start = from; start < to; ) {
      const side = orientation[start]!
      let end = start + 1
      while (end < to && orientation[end] === side) end++
      if (side !== 0) {
        const band = side < 0 ? this.upper : this.lower
        if (further) this.further?.append(further, start, end, this.#values)
        band.append(line, start, end, firstRow + start)
      } else {
        this.segments.addAll(segment, valuesFrom, start)
        valuesFrom = end
      }
      start = end
    }
    this.segments.addAll(segment, valuesFrom, to)
    this.#rows += to - from
  }

  /** How many rows have values. */
  get #values(): number {
    return this.upper.count + this.lower.count
  }

  /** The orientations of the rows that have one: the trend is up where the lower band has a value. */
  #sides(): TwoValues {
    const { lower } = this
    const values = this.#values
    const bits = values === this.#rows ? lower.valid : this.#sideBits(values)
    return new TwoValues(bits.subarray(0, (values + 7) >> 3), values, lower.count, [-1, 1])
  }

  #sideBits(values: number): Uint8Array {
    const bits = bitmap(values)
    const { upper, lower } = this
    for (let row = 0, value = 0; row < this.#rows; row++) {
      const [byte, bit] = [row >> 3, 1 << (row & 7)]
      if (lower.valid[byte]! & bit) setBits(bits, value, ++value)
      else if (upper.valid[byte]! & bit) value++
    }
    return bits
  }

  #sideBounds(): NumberBounds {
    return { min: this.upper.count > 0 ? -1 : 1, max: this.lower.count > 0 ? 1 : -1 }
  }

  /** What the pages of its columns hold. @param any one bit for each row, set where it has a value */
  pageOf(key: NewColumnKey, any: Uint8Array): NewPageValues {
    const { upper, lower, further } = this
    switch (key) {
      case 'upperBand':
        return { values: upper.line.subarray(0, upper.count), bounds: upper, valid: upper.valid }
      case 'lowerBand':
        return { values: lower.line.subarray(0, lower.count), bounds: lower, valid: lower.valid }
      case 'orientation':
        return { values: this.#sides(), bounds: this.#sideBounds(), valid: any }
      case 'segment':
        return { values: this.segments, bounds: this.segments.bounds(), valid: any }
      case 'atr': {
        const ranges = further!.ranges.subarray(0, this.#values)
        return { values: ranges, bounds: numberBounds(ranges), valid: any }
      }
      case 'flip':
        return {
          values: further!.bits(this.#values),
          bounds: numberBounds(further!.flips.subarray(0, this.#values)),
          valid: any,
        }
    }
  }

  clear(): void {
    this.upper.clear()
    this.lower.clear()
    this.segments.clear()
    this.#rows = 0
  }
}

function numberBounds(values: Float32Array | Float64Array | Uint8Array): NumberBounds {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    // NaN is not a bound
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}
