/** The distinct values of a chunk, in the order in which they come. It grows while the pages of the chunk are encoded. */
import { blockEnd } from '../../shared/block-rows.ts'

/**
 * Up to 2,047 more are accepted: the number is checked between blocks. The dictionaries of 16 Supertrends then take at
 * most 25 MB.
 */
const MAX_ENTRIES = 65_536
const FIRST_ENTRIES = 64

export class GrowingDictionary {
  #entries = new Int32Array(FIRST_ENTRIES)
  /**
   * By the lower bits of a value: the number of its entry, counted from 1; 0 where there is none. Numbers of segments
   * follow each other, so they hardly ever meet. Twice as many as there may be entries.
   */
  #slots = new Int32Array(2 * FIRST_ENTRIES)
  #count = 0

  get count(): number {
    return this.#count
  }

  get values(): Int32Array {
    return this.#entries.subarray(0, this.#count)
  }

  /**
   * Finds the first `count` values in the dictionary, and adds those that are missing.
   * @param indices gets the place of each value in the dictionary
   * @returns false when there are too many different values; the dictionary cannot be used afterwards, except for `truncate`
   */
  encode(values: Int32Array, count: number, indices: Int32Array): boolean {
    for (let from = 0; from < count; ) {
      if (this.#count > MAX_ENTRIES) return false
      const to = blockEnd(from, count)
      this.#reserve(this.#count + to - from)
      this.#encodeBlock(values, from, to, indices)
      from = to
    }
    return true
  }

  /** Removes the entries from `count` on. No value can be added afterwards. */
  truncate(count: number): void {
    this.#count = count
  }

  #encodeBlock(values: Int32Array, from: number, to: number, indices: Int32Array): void {
    const [entries, slots] = [this.#entries, this.#slots]
    const mask = slots.length - 1
    for (let i = from; i < to; i++) {
      const value = values[i]!
      const index = slots[value & mask]! - 1
      indices[i] = index >= 0 && entries[index] === value ? index : this.#indexOf(value)
    }
  }

  /** Adds the value if it is missing. */
  #indexOf(value: number): number {
    const [entries, slots] = [this.#entries, this.#slots]
    const mask = slots.length - 1
    let slot = value & mask
    for (; slots[slot]! > 0; slot = (slot + 1) & mask) {
      const index = slots[slot]! - 1
      if (entries[index] === value) return index
    }
    entries[this.#count] = value
    slots[slot] = this.#count + 1
    return this.#count++
  }

  #reserve(count: number): void {
    if (count <= this.#entries.length) return
    const room = 2 ** (32 - Math.clz32(count - 1))
    const entries = new Int32Array(room)
    entries.set(this.#entries)
    const slots = new Int32Array(2 * room)
    for (let i = 0; i < this.#count; i++) {
      let slot = entries[i]! & (slots.length - 1)
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = i + 1
    }
    this.#entries = entries
    this.#slots = slots
  }
}
