/** Values of new columns that a program gives, turned into what pages hold. */
import { quoted, RefusedError } from '../../shared/errors.ts'
import type { ColumnType, GivenValues } from '../../shared/given-column.ts'
import { setBits } from '../format/bits.ts'
import type { NewValues } from './data-page.ts'
import type { NumberBounds } from './new-chunk.ts'
import type { NewColumn } from './new-column.ts'

/** What the file stores them as. */
export const COLUMN_TYPES: Readonly<Record<ColumnType, NewColumn['type']>> = {
  float64: 'DOUBLE',
  float32: 'FLOAT',
  int32: 'INT32',
  int64: 'INT64',
  boolean: 'BOOLEAN',
}

/** @returns undefined for an array that does not say it */
export function typeOf(values: GivenValues): ColumnType | undefined {
  if (values instanceof Float64Array) return 'float64'
  if (values instanceof Float32Array) return 'float32'
  if (values instanceof Int32Array) return 'int32'
  return values instanceof BigInt64Array ? 'int64' : undefined
}

export interface PageContents {
  readonly values: NewValues
  readonly bounds: NumberBounds
  /** One bit for each row, least significant first, 1 = has a value. */
  readonly valid: Uint8Array
}

/** Not stated: readers look at every page. */
const NO_BOUNDS: NumberBounds = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }

/**
 * The contents of a page of the rows `from` to `to` (exclusive).
 * @param hasBounds false where the values do not fit into the numbers of bounds
 */
export function pageContents(
  given: GivenValues,
  type: ColumnType,
  from: number,
  to: number,
  hasBounds = true,
): PageContents {
  const rows = to - from
  const valid = new Uint8Array((rows + 7) >> 3)
  const out = room(type, rows)
  let [count, min, max] = [0, NO_BOUNDS.min, NO_BOUNDS.max]
  for (let row = 0; row < rows; row++) {
    const value = given[from + row]
    if (value === null || value === undefined) continue
    setBits(valid, row, row + 1)
    out[count] = type === 'int64' ? BigInt(value) : Number(value)
    const stored = Number(out[count++])
    // NaN is not a bound
    if (stored < min) min = stored
    if (stored > max) max = stored
  }
  const values = out.subarray(0, count)
  return {
    values: values instanceof Uint8Array ? packed(values) : values,
    bounds: hasBounds ? { min, max } : NO_BOUNDS,
    valid,
  }
}

type PageRoom = Float64Array | Float32Array | Int32Array | BigInt64Array | Uint8Array

function room(type: ColumnType, rows: number): PageRoom {
  switch (type) {
    case 'float64':
      return new Float64Array(rows)
    case 'float32':
      return new Float32Array(rows)
    case 'int32':
      return new Int32Array(rows)
    case 'int64':
      return new BigInt64Array(rows)
    case 'boolean':
      return new Uint8Array(rows)
  }
}

function packed(bytes: Uint8Array): NewValues {
  const bits = new Uint8Array((bytes.length + 7) >> 3)
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 1) setBits(bits, i, i + 1)
  return { bits, length: bytes.length }
}

/** Whether all integers are exact as numbers, in which bounds are computed. */
export function areSafe(values: GivenValues): boolean {
  const [least, most] = [BigInt(Number.MIN_SAFE_INTEGER), BigInt(Number.MAX_SAFE_INTEGER)]
  for (const value of values) if (typeof value === 'bigint' && (value < least || value > most)) return false
  return true
}

const FITS: Readonly<Record<ColumnType, (value: unknown) => boolean>> = {
  float64: (value) => typeof value === 'number',
  float32: (value) => typeof value === 'number' && (Number.isFinite(Math.fround(value)) || !Number.isFinite(value)),
  int32: (value) => Number.isInteger(value) && (value as number) === ((value as number) | 0),
  int64: (value) => Number.isSafeInteger(value) || (typeof value === 'bigint' && BigInt.asIntN(64, value) === value),
  boolean: (value) => typeof value === 'boolean',
}

/** @throws RefusedError `settings` with the first row whose value the type cannot hold */
export function checkValues(name: string, values: GivenValues, type: ColumnType): void {
  if (typeOf(values) === type) return
  for (const [row, value] of values.entries()) {
    if (value === null || value === undefined || FITS[type](value)) continue
    throw new RefusedError(
      'settings',
      `column ${quoted(name)}: row ${row} (the first is row 0) is ${quoted(String(value))} (${typeof value}); allowed are values of ${type}, and null`,
    )
  }
}
