/** The integers of a page as runs. */
import { blockEnd } from '../../shared/block-rows.ts'
import { HybridWriter } from '../format/hybrid-writer.ts'
import { lengthOfRuns, type ValueRuns } from '../format/runs.ts'
import type { GrowingDictionary } from './growing-dictionary.ts'
import type { IntegerValues } from './integer-values.ts'

/** The index of each run. It grows with the pages and is used again. */
let runIndices = new Int32Array(0)

const MAX_INT32 = 2 ** 31 - 1

/** ValueRuns that are collected; equal values that follow each other become one run. */
export class RunList implements ValueRuns, IntegerValues {
  #values = new Int32Array(64)
  #ends = new Int32Array(64)
  count = 0
  length = 0

  get values(): Int32Array {
    return this.#values
  }

  get ends(): Int32Array {
    return this.#ends
  }

  /** Adds a value several times. */
  add(value: number, times: number): void {
    this.length += times
    if (this.count > 0 && this.#values[this.count - 1] === value) this.#ends[this.count - 1] = this.length
    else {
      if (this.count === this.#values.length) this.#grow()
      this.#values[this.count] = value
      this.#ends[this.count++] = this.length
    }
  }

  /** Adds the values `from` to `to` (exclusive). */
  addAll(values: Int32Array, from: number, to: number): void {
    if (from === to) return
    this.add(values[from]!, 1)
    const before = this.length - from - 1
    let [runs, ends, count] = [this.#values, this.#ends, this.count]
    let last = values[from]!
    for (let i = from + 1; i < to; i++) {
      const value = values[i]!
      if (value === last) continue
      if (count === runs.length) {
        this.#grow()
        runs = this.#values
        ends = this.#ends
      }
      ends[count - 1] = before + i
      runs[count++] = value
      last = value
    }
    this.length = before + to
    ends[count - 1] = this.length
    this.count = count
  }

  indices(dictionary: GrowingDictionary): Uint8Array | undefined {
    const { ends, count } = this
    if (runIndices.length < count) runIndices = new Int32Array(count)
    if (!dictionary.encode(this.#values, count, runIndices)) return undefined
    return indexRuns({ values: runIndices, ends, count }, dictionary.count)
  }

  plain(): Int32Array {
    const plain = new Int32Array(this.length)
    let from = 0
    for (let run = 0; run < this.count; run++) {
      const to = this.#ends[run]!
      plain.fill(this.#values[run]!, from, to)
      from = to
    }
    return plain
  }

  /** The smallest and the largest value. `min` is above `max` when there is none. */
  bounds(): { min: number; max: number } {
    const bounds = { min: MAX_INT32, max: -MAX_INT32 }
    for (let from = 0; from < this.count; ) {
      const to = blockEnd(from, this.count)
      widen(bounds, this.#values, from, to)
      from = to
    }
    return bounds
  }

  clear(): void {
    this.count = 0
    this.length = 0
  }

  #grow(): void {
    const values = new Int32Array(2 * this.#values.length)
    values.set(this.#values)
    this.#values = values
    const ends = new Int32Array(2 * this.#ends.length)
    ends.set(this.#ends)
    this.#ends = ends
  }
}

/** Integers all the way: with infinities for bounds, the loop is optimised for doubles. */
function widen(bounds: { min: number; max: number }, values: Int32Array, from: number, to: number): void {
  let { min, max } = bounds
  for (let i = from; i < to; i++) {
    const value = values[i]!
    if (value < min) min = value
    if (value > max) max = value
  }
  bounds.min = min
  bounds.max = max
}

/**
 * @param indices each below `entries`
 * @returns the number of bits of an index in one byte, then the indices
 */
export function indexRuns(indices: ValueRuns, entries: number): Uint8Array {
  // one bit at least: more readers expect one than accept none
  const bits = Math.max(1, 32 - Math.clz32(entries - 1))
  const writer = new HybridWriter(bits, lengthOfRuns(indices))
  for (let from = 0; from < indices.count; ) {
    const to = blockEnd(from, indices.count)
    writer.add(indices, from, to)
    from = to
  }
  const encoded = writer.bytes()
  const values = new Uint8Array(1 + encoded.length)
  values[0] = bits
  values.set(encoded, 1)
  return values
}
