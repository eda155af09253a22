/** Integers of a page of a new column, which become indices into the dictionary of their chunk, or PLAIN values. */
import type { GrowingDictionary } from './growing-dictionary.ts'

export interface IntegerValues {
  readonly length: number
  /**
   * Adds the values that are missing to the dictionary.
   * @returns the values of the page: the number of bits of an index in one byte, then the indices; undefined when the
   * dictionary would have too many entries
   */
  indices(dictionary: GrowingDictionary): Uint8Array | undefined
  plain(): Int32Array
}
