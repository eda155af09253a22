/** The smallest and the largest value of a page, for its page index. */

import type { DecodedColumn } from '../../shared/decoded-column.ts'
import type { Leaf } from './schema.ts'
import type { ValueOrder } from './value-order.ts'

/** Stored values, or shorter ones: a lower `min`, a higher `max`. */
export interface Bounds {
  readonly min: Uint8Array
  readonly max: Uint8Array
}

/** A longer bound is cut: readers read an index as a whole. */
const MAX_BOUND_BYTES = 64

/**
 * @param ranges of rows that have a value
 * @returns `null` when no row has a value; undefined when no bounds can be stated, because all values are NaN or they
 * are wide
 */
export function pageBounds(
  column: DecodedColumn,
  leaf: Leaf,
  ranges: Iterable<readonly [start: number, end: number]>,
  order: ValueOrder,
): Bounds | null | undefined {
  const { rows, starts, ends } = column
  const values = leaf.type === 'BOOLEAN' ? bytesOfBits(column.values, rows) : column.values
  const atMost = order.of(values, starts ?? NO_BORDERS, ends ?? NO_BORDERS)
  let [min, max] = [-1, -1]
  let isEmpty = true
  for (const [start, end] of ranges) {
    if (start < end) isEmpty = false
    for (let i = start; i < end; i++) {
      // NaN is no bound
      if (order.isFloat && !atMost(i, i)) continue
      if (min < 0) min = max = i
      else if (!atMost(min, i)) min = i
      else if (!atMost(i, max)) max = i
    }
  }
  if (isEmpty) return null
  if (min < 0) return undefined
  if (starts) {
    const text = (row: number) => values.subarray(starts[row]!, ends![row]!)
    return shortBounds(text(min), text(max))
  }
  const width = values.length / rows
  if (width === 0 || width > MAX_BOUND_BYTES) return undefined
  const [low, high] = [min, max].map((row) => values.slice(row * width, (row + 1) * width)) as [Uint8Array, Uint8Array]
  return order.isFloat ? withZeros(low, high) : { min: low, max: high }
}

const NO_BORDERS = new Int32Array(0)

/** Values of booleans are bits, their bounds are bytes. */
function bytesOfBits(bits: Uint8Array, rows: number): Uint8Array {
  return Uint8Array.from({ length: rows }, (_, row) => (bits[row >> 3]! >> (row & 7)) & 1)
}

/** Readers take a bound of zero for both zeros, so `min` becomes -0 and `max` +0. */
function withZeros(min: Uint8Array, max: Uint8Array): Bounds {
  const sign = min.length - 1
  const isZero = (bytes: Uint8Array) => bytes.every((byte, i) => byte === 0 || (i === sign && byte === 0x80))
  if (isZero(min)) min[sign] = 0x80
  if (isZero(max)) max[sign] = 0
  return { min, max }
}

/** @returns undefined when no short value is above `max` */
function shortBounds(min: Uint8Array, max: Uint8Array): Bounds | undefined {
  const above = max.length <= MAX_BOUND_BYTES ? max.slice() : shortAbove(max)
  return above && { min: min.slice(0, characterEnd(min, MAX_BOUND_BYTES)), max: above }
}

const isWithinCharacter = (byte: number | undefined) => byte !== undefined && byte >> 6 === 0b10

/** The end of a UTF-8 character, at `most` or up to three bytes before; `most` in bytes that are not UTF-8. */
function characterEnd(bytes: Uint8Array, most: number): number {
  let end = Math.min(most, bytes.length)
  while (end > most - 4 && end > 0 && isWithinCharacter(bytes[end])) end--
  return end
}

/**
 * The first bytes of `max` with the last byte increased. It stays a valid character, and the result is larger for bytes
 * that are not text, too.
 */
function shortAbove(bytes: Uint8Array): Uint8Array | undefined {
  for (let end = characterEnd(bytes, MAX_BOUND_BYTES); end > 0; end = characterEnd(bytes, end - 1)) {
    const last = bytes[end - 1]!
    if (last === 0x7f || last >= 0xbf) continue
    const above = bytes.slice(0, end)
    above[end - 1] = last + 1
    return above
  }
  return undefined
}
