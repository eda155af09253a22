/**
 * A digest of a column, with four bytes for every 1,024 rows: enough to find a difference, and little memory even for a
 * large file.
 *
 * Each step maps different sums to different sums, and different values to different sums. So a single wrong value is
 * always found, whichever of its bits is wrong; several of them go unnoticed in one of four billion cases. Rows without
 * a value count, too.
 */
import type { AddedColumns } from '../write/added-columns.ts'

/** Rows of a sum. A difference is located to as many rows. */
export const DIGEST_ROWS = 1024
const VALUE = 0x85ebca6b
const NULLS = 0xc2b2ae35

export interface RowRange {
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

export class ColumnDigest {
  /** Words of 32 bits, or bytes, of a value: 2 for values of 64 bits. Each counts as a row within this class. */
  readonly #perRow: number
  #sums = new Int32Array(16)
  #count = 0
  #sum = 0
  /** Rows of the current sum, including the nulls at its end. */
  #rows = 0
  /**
   * Nulls at the end of the current sum that are not part of it yet, so that it does not depend on how they are split
   * into pieces.
   */
  #nulls = 0

  constructor(wordsPerRow = 1) {
    this.#perRow = wordsPerRow
  }

  get rows(): number {
    return (this.#count * DIGEST_ROWS + this.#rows) / this.#perRow
  }

  addNulls(count: number): void {
    for (let left = count * this.#perRow; left > 0; ) {
      const some = Math.min(left, DIGEST_ROWS - this.#rows)
      this.#nulls += some
      this.#take(some)
      left -= some
    }
  }

  /** @param values words of the rows `from` to `to` (exclusive), which all have a value */
  addWords(values: Int32Array, from: number, to: number): void {
    const last = to * this.#perRow
    for (let at = from * this.#perRow; at < last; ) {
      const end = Math.min(last, at + DIGEST_ROWS - this.#rows)
      this.#sum = sumOfWords(this.#withNulls(), values, at, end)
      this.#take(end - at)
      at = end
    }
  }

  /** @param values 8 bits each, of rows that have one; equal to the same numbers in 32 bits */
  addBytes(values: Int8Array, from: number, to: number): void {
    for (let at = from; at < to; ) {
      const end = Math.min(to, at + DIGEST_ROWS - this.#rows)
      this.#sum = sumOfBytes(this.#withNulls(), values, at, end)
      this.#take(end - at)
      at = end
    }
  }

  /** @returns the first range of rows with a difference; undefined when there is none */
  firstDifference(other: ColumnDigest): RowRange | undefined {
    const [ours, theirs] = [this.#all(), other.#all()]
    const sums = Math.max(ours.length, theirs.length)
    for (let i = 0; i < sums; i++) {
      if (ours[i] === theirs[i]) continue
      const rows = DIGEST_ROWS / this.#perRow
      return { from: i * rows, to: Math.min(Math.max(this.rows, other.rows), (i + 1) * rows) }
    }
    return this.rows === other.rows ? undefined : { from: Math.min(this.rows, other.rows), to: this.rows }
  }

  #all(): number[] {
    const all = [...this.#sums.subarray(0, this.#count)]
    if (this.#rows > 0) all.push(step(this.#sum, this.#nulls, NULLS))
    return all
  }

  #withNulls(): number {
    if (this.#nulls === 0) return this.#sum
    const sum = step(this.#sum, this.#nulls, NULLS)
    this.#nulls = 0
    return sum
  }

  #take(rows: number): void {
    this.#rows += rows
    if (this.#rows < DIGEST_ROWS) return
    if (this.#count === this.#sums.length) {
      const roomy = new Int32Array(2 * this.#count)
      roomy.set(this.#sums)
      this.#sums = roomy
    }
    this.#sums[this.#count++] = step(this.#sum, this.#nulls, NULLS)
    this.#sum = 0
    this.#rows = 0
    this.#nulls = 0
  }
}

/** Different sums stay different with the same value, and the same sum becomes different with different values. */
function step(sum: number, value: number, factor: number): number {
  const product = Math.imul(sum ^ value, factor)
  return product ^ (product >>> 15)
}

// a loop for each width: one for both would be slower

function sumOfWords(sum: number, values: Int32Array, from: number, to: number): number {
  let result = sum
  for (let i = from; i < to; i++) {
    const product = Math.imul(result ^ values[i]!, VALUE)
    result = product ^ (product >>> 15)
  }
  return result
}

function sumOfBytes(sum: number, values: Int8Array, from: number, to: number): number {
  let result = sum
  for (let i = from; i < to; i++) {
    const product = Math.imul(result ^ values[i]!, VALUE)
    result = product ^ (product >>> 15)
  }
  return result
}

/** @returns an empty digest for each new column */
export function newDigests(columns: AddedColumns): ColumnDigest[] {
  return columns.arrowFields().map(({ type }) => new ColumnDigest('bits' in type && type.bits === 64 ? 2 : 1))
}
