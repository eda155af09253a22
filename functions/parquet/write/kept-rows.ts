/** The rows of a decoded column that stay, with their values in PLAIN encoding. */

import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { type Leaf, maxDefinitionLevel, valueWidth } from '../format/schema.ts'
import type { EncodedRows } from './data-page.ts'

/** Ascending and disjoint. */
export type RowRanges = readonly (readonly [start: number, end: number])[]

export interface KeptRows extends EncodedRows {
  /** Ranges of the column's rows that stay and have a value. */
  readonly present: RowRanges
}

/**
 * @param kept row ranges within the column, ascending and disjoint
 * @param width of a value, if it differs from the leaf's, as that of dictionary indices does
 */
export function keptRows(column: DecodedColumn, leaf: Leaf, kept: RowRanges, width = valueWidth(leaf)): KeptRows {
  const rows = kept.reduce((sum, [start, end]) => sum + end - start, 0)
  const { validity } = column
  const isOptional = maxDefinitionLevel(leaf) > 0
  const valid = isOptional ? (validity ? keptBits(validity, kept, rows) : allSet(rows)) : undefined
  const nulls = validity ? rows - countValid(valid!, rows) : 0
  const present = nulls === 0 ? kept : withValue(kept, validity!)
  return { rows, nulls, valid, present, values: keptValues(column, width, present, rows - nulls) }
}

/** @param ranges of rows that have a value, `count` in all */
function keptValues(
  { values, starts, ends }: DecodedColumn,
  width: number | 'bytes',
  ranges: RowRanges,
  count: number,
): Uint8Array {
  if (width === 0) return keptBits(values, ranges, count)
  if (width !== 'bytes') return fixedValues(values, width, ranges, count)
  // each value follows its length, in four bytes
  let length = 4 * count
  for (const [start, end] of ranges) for (let row = start; row < end; row++) length += ends![row]! - starts![row]!
  const out = new Uint8Array(length)
  const view = new DataView(out.buffer)
  let at = 0
  for (const [start, end] of ranges) {
    for (let row = start; row < end; row++) {
      const value = values.subarray(starts![row]!, ends![row]!)
      view.setUint32(at, value.length, true)
      out.set(value, at + 4)
      at += 4 + value.length
    }
  }
  return out
}

/** For a range of up to this many bytes, making a view costs more than copying the bytes one by one. */
const SHORT_BYTES = 512

function fixedValues(values: Uint8Array, width: number, ranges: RowRanges, count: number): Uint8Array {
  const out = new Uint8Array(count * width)
  // values of whole words are copied word by word
  const inWords = width % 4 === 0 && values.byteOffset % 4 === 0
  const unit = inWords ? 4 : 1
  const wordsOf = (bytes: Uint8Array) => new Int32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4))
  const [from, to] = inWords ? [wordsOf(values), wordsOf(out)] : [values, out]
  let at = 0
  for (const [start, end] of ranges) {
    const first = (start * width) / unit
    const last = (end * width) / unit
    if ((last - first) * unit > SHORT_BYTES) to.set(from.subarray(first, last), at)
    else for (let i = first, j = at; i < last; i++, j++) to[j] = from[i]!
    at += last - first
  }
  return out
}

/** The same ranges without the rows that have no value. */
function withValue(kept: RowRanges, validity: Uint8Array): RowRanges {
  const ranges: [number, number][] = []
  for (const [start, end] of kept) {
    for (let row = start; row < end; row++) {
      if ((validity[row >> 3]! & (1 << (row & 7))) === 0) continue
      const last = ranges.at(-1)
      if (last?.[1] === row) last[1]++
      else ranges.push([row, row + 1])
    }
  }
  return ranges
}

function keptBits(bits: Uint8Array, kept: RowRanges, rows: number): Uint8Array {
  const out = new Uint8Array((rows + 7) >> 3)
  let at = 0
  for (const [start, end] of kept) {
    for (let i = start; i < end; i++, at++) {
      if (bits[i >> 3]! & (1 << (i & 7))) out[at >> 3]! |= 1 << (at & 7)
    }
  }
  return out
}

function allSet(rows: number): Uint8Array {
  const bits = new Uint8Array((rows + 7) >> 3).fill(255)
  if (rows % 8 > 0) bits[bits.length - 1] = (1 << (rows % 8)) - 1
  return bits
}

function countValid(bits: Uint8Array, rows: number): number {
  let count = 0
  for (let i = 0; i < rows; i++) if (bits[i >> 3]! & (1 << (i & 7))) count++
  return count
}
