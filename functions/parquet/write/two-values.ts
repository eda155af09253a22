/** The integers of a page that has two different ones, as a bitmap. */
import { encodeLevels } from '../format/levels.ts'
import type { GrowingDictionary } from './growing-dictionary.ts'
import type { IntegerValues } from './integer-values.ts'

/** Bits of an index. */
const INDEX_BITS = 1

export class TwoValues implements IntegerValues {
  readonly length: number
  readonly #bits: Uint8Array
  readonly #ones: number
  readonly #values: readonly [zero: number, one: number]

  /**
   * @param bits one bit for each value, least significant first; bits after the last value are 0
   * @param ones how many of them are 1
   * @param values for a bit of 0 and for a bit of 1
   */
  constructor(bits: Uint8Array, length: number, ones: number, values: readonly [zero: number, one: number]) {
    this.length = length
    this.#bits = bits
    this.#ones = ones
    this.#values = values
  }

  indices(dictionary: GrowingDictionary): Uint8Array | undefined {
    const zeros = this.length - this.#ones
    const kinds = this.#values.filter((_, bit) => (bit === 0 ? zeros : this.#ones) > 0)
    const found = new Int32Array(kinds.length)
    if (!dictionary.encode(Int32Array.from(kinds), kinds.length, found)) return undefined
    // only a bit that occurs has an index; the other one would have the other index
    const indexOfOne = this.#ones > 0 ? found.at(-1)! : 1 - found[0]!
    const encoded =
      indexOfOne === 1
        ? encodeLevels(this.#bits, this.length, zeros)
        : encodeLevels(this.#inverted(), this.length, this.#ones)
    const values = new Uint8Array(1 + encoded.length)
    values[0] = INDEX_BITS
    values.set(encoded, 1)
    return values
  }

  plain(): Int32Array {
    return Int32Array.from({ length: this.length }, (_, i) => this.#values[(this.#bits[i >> 3]! >> (i & 7)) & 1]!)
  }

  #inverted(): Uint8Array {
    const bits = new Uint8Array(this.#bits.length)
    for (let byte = 0; byte < bits.length; byte++) bits[byte] = ~this.#bits[byte]!
    const rest = this.length & 7
    if (rest > 0) bits[this.length >> 3]! &= (1 << rest) - 1
    return bits
  }
}
