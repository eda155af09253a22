/**
 * Numbers as keys of a few 32-bit words, equal exactly when the numbers are: null equals null, NaN equals NaN, -0 equals 0,
 * null and NaN differ, integers and decimals are compared digit by digit.
 */

import type { ColumnDescription } from '../../market/column-values.ts'
import { priceReader } from '../../market/prices.ts'
import { type DecodedColumn, isValid } from '../../shared/decoded-column.ts'

export interface KeyReader {
  /** Words of a key. */
  readonly words: number
  /** @returns what writes the keys of the rows `from` to `to` (exclusive) of the piece to `out` from index `at` on */
  of(raw: DecodedColumn, firstRow: number): WriteKeys
}

export type WriteKeys = (from: number, to: number, out: Int32Array, at: number) => void

/** @param column one that `isPriceColumn` accepts */
export function keyReader(column: ColumnDescription): KeyReader {
  switch (column.physical) {
    case 'INT32':
      return { words: 2, of: intKeys }
    case 'INT64':
      return { words: 3, of: longKeys }
    case 'BYTE_ARRAY':
      // numbers as text may be written in several ways
      if (column.logical.kind === 'numeral') break
      return { words: DECIMAL_WORDS, of: (raw) => decimalKeys(raw, (row) => raw.offsets![row]!) }
    case 'FIXED_LEN_BYTE_ARRAY':
      if (column.logical.kind === 'decimal') {
        return { words: DECIMAL_WORDS, of: (raw) => decimalKeys(raw, (row) => row * column.width) }
      }
  }
  return { words: 2, of: doubleKeys(column) }
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

/** Every NaN has the same key, and null that of a NaN which is none of them. */
function doubleKeys(column: ColumnDescription): KeyReader['of'] {
  const read = priceReader(column)
  let room = new Float64Array(0)
  return (raw, firstRow) => {
    if (room.length < raw.rows) room = new Float64Array(raw.rows)
    const doubles = room
    const words = new Int32Array(doubles.buffer)
    read(raw, doubles, 0, firstRow)
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
/** Bytes of a key behind the one that says how many of them there are. */
const DECIMAL_BYTES = 4 * DECIMAL_WORDS - 1
const [NULL, DIGEST] = [254, 255]

/** A big-endian number without the bytes that only carry on its sign: 74 digits, and of anything longer a SHA-256. */
function decimalKeys(raw: DecodedColumn, startOf: (row: number) => number): WriteKeys {
  const key = new Uint8Array(4 * DECIMAL_WORDS)
  const keyWords = new Int32Array(key.buffer)
  return (from, to, out, at) => {
    for (let row = from, i = at; row < to; row++, i += DECIMAL_WORDS) {
      key.fill(0)
      if (!isValid(raw, row)) key[0] = NULL
      else {
        const number = withoutSign(raw.values.subarray(startOf(row), startOf(row + 1)))
        const isLong = number.length > DECIMAL_BYTES
        // no bytes are the number 0, as one is that is 0
        key[0] = isLong ? DIGEST : Math.max(1, number.length)
        key.set(isLong ? sha256(number).subarray(0, DECIMAL_BYTES) : number, 1)
      }
      out.set(keyWords, i)
    }
  }
}

/** The first byte that is left has the sign, as the first byte of all had. */
function withoutSign(number: Uint8Array): Uint8Array {
  const fill = number[0]! & 0x80 ? 0xff : 0
  let from = 0
  while (from < number.length - 1 && number[from] === fill && ((number[from + 1]! ^ fill) & 0x80) === 0) from++
  return number.subarray(from)
}

function sha256(bytes: Uint8Array): Uint8Array {
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(bytes).digest()
}
