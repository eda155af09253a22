/**
 * Encodes numbers as keys of a few 32-bit words that are equal exactly when the numbers are. Null equals null, NaN equals NaN,
 * -0 equals 0, null and NaN differ, and integers and decimals are compared digit by digit.
 */

import type { ColumnDescription } from '../../market/column-values.ts'
import { priceReader } from '../../market/prices.ts'
import { type DecodedColumn, isValid } from '../../shared/decoded-column.ts'
import { sha256 } from '../../shared/sha256.ts'

export interface KeyReader {
  /** Words of a key. */
  readonly words: number
  /** @returns a function that writes the keys of rows of the piece */
  of(raw: DecodedColumn, firstRow: number): WriteKeys
}

/** Writes the keys of the rows `from` to `to` (exclusive) to `out` from index `at` on. */
export type WriteKeys = (from: number, to: number, out: Int32Array, at: number) => void

/** @param column one that `isPriceColumn` accepts */
export function keyReader(column: ColumnDescription): KeyReader {
  switch (column.physical) {
    case 'INT32':
      return { words: 2, of: intKeys }
    case 'INT64':
      return { words: 3, of: longKeys }
    case 'BYTE_ARRAY':
      // one number has several texts
      if (column.logical.kind === 'numeral') break
      return { words: DECIMAL_WORDS, of: (raw) => decimalKeys(raw, (row) => raw.starts![row]!) }
    case 'FIXED_LEN_BYTE_ARRAY':
      if (column.logical.kind === 'decimal') {
        return { words: DECIMAL_WORDS, of: (raw) => decimalKeys(raw, (row) => row * column.width) }
      }
  }
  return doubleKeyReader(column)
}

/** Compares the nearest doubles, also of columns that differ in their types. */
export function doubleKeyReader(column: ColumnDescription): KeyReader {
  return { words: 2, of: doubleKeys(column, false) }
}

/** Compares the nearest 32-bit floats, where one of two columns has no more digits. */
export function floatKeyReader(column: ColumnDescription): KeyReader {
  return { words: 2, of: doubleKeys(column, true) }
}

function intKeys(raw: DecodedColumn): WriteKeys {
  const values = new Int32Array(raw.values.buffer, raw.values.byteOffset, raw.rows)
  return (from, to, out, at) => {
    for (let row = from, i = at; row < to; row++, i += 2) {
      const hasValue = isValid(raw, row)
      out[i] = hasValue ? values[row]! : 0
      out[i + 1] = hasValue ? 1 : 0
    }
  }
}

function longKeys(raw: DecodedColumn): WriteKeys {
  const words = new Int32Array(raw.values.buffer, raw.values.byteOffset, 2 * raw.rows)
  return (from, to, out, at) => {
    for (let row = from, i = at; row < to; row++, i += 3) {
      const hasValue = isValid(raw, row)
      out[i] = hasValue ? words[2 * row]! : 0
      out[i + 1] = hasValue ? words[2 * row + 1]! : 0
      out[i + 2] = hasValue ? 1 : 0
    }
  }
}

const NAN_HIGH = 0x7ff8_0000

/** Every NaN has the same key; null has the key of another NaN. */
function doubleKeys(column: ColumnDescription, isRounded: boolean): KeyReader['of'] {
  const read = priceReader(column)
  let room = new Float64Array(0)
  return (raw, firstRow) => {
    if (room.length < raw.rows) room = new Float64Array(raw.rows)
    const doubles = room
    const words = new Int32Array(doubles.buffer)
    read(raw, doubles, 0, firstRow)
    if (isRounded) for (let row = 0; row < raw.rows; row++) doubles[row] = Math.fround(doubles[row]!)
    return (from, to, out, at) => {
      for (let row = from, i = at; row < to; row++, i += 2) {
        const value = doubles[row]!
        if (Number.isNaN(value)) {
          out[i] = isValid(raw, row) ? 0 : 1
          out[i + 1] = NAN_HIGH
        } else {
          out[i] = words[2 * row]!
          out[i + 1] = value === 0 ? 0 : words[2 * row + 1]!
        }
      }
    }
  }
}

const DECIMAL_WORDS = 8
/** Bytes of a key after the first one, which is their number. */
const DECIMAL_BYTES = 4 * DECIMAL_WORDS - 1
const [NULL_MARK, DIGEST_MARK] = [254, 255]

/** Big-endian numbers without bytes that only extend the sign, up to 74 digits; longer ones as SHA-256. */
function decimalKeys(raw: DecodedColumn, startOf: (row: number) => number): WriteKeys {
  const key = new Uint8Array(4 * DECIMAL_WORDS)
  const keyWords = new Int32Array(key.buffer)
  return (from, to, out, at) => {
    for (let row = from, i = at; row < to; row++, i += DECIMAL_WORDS) {
      key.fill(0)
      if (!isValid(raw, row)) key[0] = NULL_MARK
      else {
        const number = withoutSign(raw.values.subarray(startOf(row), startOf(row + 1)))
        const isLong = number.length > DECIMAL_BYTES
        // no bytes and a single byte of 0 are both the number 0
        key[0] = isLong ? DIGEST_MARK : Math.max(1, number.length)
        key.set(isLong ? sha256(number).subarray(0, DECIMAL_BYTES) : number, 1)
      }
      out.set(keyWords, i)
    }
  }
}

/** Removes leading bytes that only extend the sign; the first remaining byte has the same sign. */
function withoutSign(number: Uint8Array): Uint8Array {
  const fill = number[0]! & 0x80 ? 0xff : 0
  let from = 0
  while (from < number.length - 1 && number[from] === fill && ((number[from + 1]! ^ fill) & 0x80) === 0) from++
  return number.subarray(from)
}
