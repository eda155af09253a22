/** Reads whole numbers of any type as 64-bit integers. */

import type { DecodedColumn } from '../../shared/decoded-column.ts'
import type { ColumnDescription } from '../column-values.ts'
import { DAY_SECONDS } from './calendar.ts'
import type { Refusals } from './refusals.ts'
import { setNumber, type Times } from './time.ts'

/** Writes a piece of the column to `out` from index `at` on. */
export type ReadWholeNumbers = (column: DecodedColumn, out: Times, at: number, refuse: Refusals) => void

/** @returns undefined for columns of other types */
export function wholeNumberReader({ physical, logical }: ColumnDescription): ReadWholeNumbers | undefined {
  if (logical.kind !== 'none' && logical.kind !== 'integer' && logical.kind !== 'duration') return undefined
  const isUnsigned = logical.kind === 'integer' && !logical.signed
  switch (physical) {
    case 'INT32':
      return isUnsigned ? readUnsignedIntTimes : readIntTimes
    case 'INT64':
      return isUnsigned ? readUnsignedLongTimes : readLongTimes
    case 'DOUBLE':
      return readDoubleTimes
    case 'FLOAT':
      return readFloatTimes
    default:
      return undefined
  }
}

export function readIntTimes(column: DecodedColumn, out: Times, at: number): void {
  const ints = new Int32Array(column.values.buffer, column.values.byteOffset, column.rows)
  for (let i = 0; i < column.rows; i++) {
    const value = ints[i]!
    out.words[2 * (at + i)] = value
    out.words[2 * (at + i) + 1] = value >> 31
  }
}

function readUnsignedIntTimes(column: DecodedColumn, out: Times, at: number): void {
  const ints = new Int32Array(column.values.buffer, column.values.byteOffset, column.rows)
  for (let i = 0; i < column.rows; i++) {
    out.words[2 * (at + i)] = ints[i]!
    out.words[2 * (at + i) + 1] = 0
  }
}

export function readLongTimes(column: DecodedColumn, out: Times, at: number): void {
  out.words.set(new Int32Array(column.values.buffer, column.values.byteOffset, 2 * column.rows), 2 * at)
}

function readUnsignedLongTimes(column: DecodedColumn, out: Times, at: number, refuse: Refusals): void {
  readLongTimes(column, out, at)
  for (let i = 0; i < column.rows; i++) {
    if (out.words[2 * (at + i) + 1]! < 0) {
      refuse.value(i, `${BigInt.asUintN(64, out.values[at + i]!)}, which is no epoch in s, ms, us or ns`)
    }
  }
}

function readDoubleTimes(column: DecodedColumn, out: Times, at: number, refuse: Refusals): void {
  const doubles = new Float64Array(column.values.buffer, column.values.byteOffset, column.rows)
  for (let i = 0; i < column.rows; i++) setWhole(out, at + i, doubles[i]!, i, refuse)
}

/** 24 bits are exact for numbers up to 16,777,216 and for days. Any other epoch, such as one of a minute, was rounded. */
function readFloatTimes(column: DecodedColumn, out: Times, at: number, refuse: Refusals): void {
  const floats = new Float32Array(column.values.buffer, column.values.byteOffset, column.rows)
  for (let i = 0; i < column.rows; i++) {
    const value = floats[i]!
    setWhole(out, at + i, value, i, refuse)
    if (Math.abs(value) > 2 ** 24 && value % DAY_SECONDS !== 0) {
      refuse.value(
        i,
        `${value}`,
        'which 32-bit floats cannot hold exactly; write times as 64-bit integers or timestamps',
      )
    }
  }
}

function setWhole(out: Times, index: number, value: number, row: number, refuse: Refusals): void {
  if (Number.isNaN(value)) refuse.missing(row)
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 63) {
    refuse.value(row, `${value}`, 'which is not a whole number; write times as timestamps, or as integers')
  }
  setNumber(out, index, value)
}
