/** Reads prices of any numeric type as doubles. */
import { type DecodedColumn, isValid } from '../shared/decoded-column.ts'
import { quoted, RefusedError } from '../shared/errors.ts'
import type { ColumnDescription } from './column-values.ts'

/**
 * Writes a piece of a column to `out` from index `at` on; a row without a value becomes NaN.
 * @param firstRow the piece's first row in the file, for messages
 * @throws RefusedError `columns`, naming the row, when text is not a number
 */
export type PriceReader = (column: DecodedColumn, out: Float64Array, at: number, firstRow: number) => void

/** Whether a column is text, which may hold numbers. */
export function isText({ physical, logical }: ColumnDescription): boolean {
  return physical === 'BYTE_ARRAY' && (logical.kind === 'string' || logical.kind === 'none')
}

/** Describes a text column as one that holds numbers; any other column stays as it is. */
export function asNumerals(column: ColumnDescription): ColumnDescription {
  return isText(column) ? { ...column, logical: { kind: 'numeral' } } : column
}

export function isPriceColumn(column: ColumnDescription): boolean {
  return readerFor(column) !== undefined
}

/** @param column one that `isPriceColumn` accepts */
export function priceReader(column: ColumnDescription): PriceReader {
  const read = readerFor(column)
  if (!read) throw new Error(`${column.name} is not a price column`)
  return (raw, out, at, firstRow) => {
    read(raw, out, at, firstRow)
    if (!raw.validity) return
    for (let i = 0; i < raw.rows; i++) if (!isValid(raw, i)) out[at + i] = Number.NaN
  }
}

/**
 * The values that stand for "no price" in a column of integers, or of decimals stored as integers: the largest and the
 * smallest value of the type, as Databento writes an undefined price. The smallest unsigned value is 0, which is a price.
 */
export function undefinedPrices(column: ColumnDescription): readonly number[] {
  const { physical, logical } = column
  if (physical !== 'INT32' && physical !== 'INT64') return []
  const unsigned = logical.kind === 'integer' && !logical.signed
  const stated = logical.kind === 'integer' ? logical.bits : undefined
  // a file may state any number of bits
  const isSmall = physical === 'INT32' && (stated === 8 || stated === 16)
  const bits = isSmall ? stated : physical === 'INT32' ? 32 : 64
  const largest = 2n ** BigInt(unsigned ? bits : bits - 1) - 1n
  const values = unsigned ? [largest] : [largest, -largest - 1n]
  const limits = physical === 'INT32' ? Int32Array.from(values, Number) : BigInt64Array.from(values)
  const doubles = new Float64Array(limits.length)
  const raw = { rows: limits.length, values: new Uint8Array(limits.buffer), validity: undefined }
  priceReader(column)(raw, doubles, 0, 0)
  return [...doubles]
}

function readerFor({ name, physical, width, logical }: ColumnDescription): PriceReader | undefined {
  const isPlain = logical.kind === 'none' || logical.kind === 'integer' || logical.kind === 'duration'
  const unsigned = logical.kind === 'integer' && !logical.signed
  switch (physical) {
    case 'DOUBLE':
      return readDoubles
    case 'FLOAT':
      return readFloats
    case 'INT32':
      if (logical.kind === 'decimal') return scaledInts(logical.scale)
      if (!isPlain) return undefined
      return unsigned ? readUnsignedInts : readInts
    case 'INT64':
      if (logical.kind === 'decimal') return scaledLongs(logical.scale)
      if (!isPlain) return undefined
      return unsigned ? readUnsignedLongs : readLongs
    case 'BYTE_ARRAY':
      if (logical.kind === 'numeral') return numerals(name)
      return logical.kind === 'decimal' ? scaledBytes(undefined, logical.scale) : undefined
    case 'FIXED_LEN_BYTE_ARRAY':
      if (logical.kind === 'float16') return readHalves
      return logical.kind === 'decimal' ? scaledBytes(width, logical.scale) : undefined
    default:
      return undefined
  }
}

/** Decimal numbers with a point and no thousands separators. An exponent is allowed, because small numbers are printed so. */
const NUMERAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i

/** Reads numbers in text as the nearest double; blank text is no value. */
function numerals(name: string): PriceReader {
  return ({ values, starts, ends, rows }, out, at, firstRow) => {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
    for (let i = 0; i < rows; i++) {
      const text = bytes.toString('latin1', starts![i], ends![i]).trim()
      if (text !== '' && !NUMERAL.test(text)) {
        const value = quoted(bytes.toString('utf8', starts![i], Math.min(ends![i]!, starts![i]! + 90)))
        throw new RefusedError(
          'columns',
          `the price column ${quoted(name)} holds ${value} in row ${firstRow + i} (the first is row 0), which is no number such as 1234.5; write numbers, and nothing where there is no price`,
        )
      }
      out[at + i] = text === '' ? Number.NaN : Number(text)
    }
  }
}

function readDoubles(column: DecodedColumn, out: Float64Array, at: number): void {
  out.set(new Float64Array(column.values.buffer, column.values.byteOffset, column.rows), at)
}

function readFloats(column: DecodedColumn, out: Float64Array, at: number): void {
  out.set(new Float32Array(column.values.buffer, column.values.byteOffset, column.rows), at)
}

function readHalves(column: DecodedColumn, out: Float64Array, at: number): void {
  const bytes = column.values
  for (let i = 0; i < column.rows; i++) {
    const bits = bytes[2 * i]! | (bytes[2 * i + 1]! << 8)
    const exponent = (bits >> 10) & 31
    const fraction = bits & 1023
    const size =
      exponent === 31
        ? fraction === 0
          ? Number.POSITIVE_INFINITY
          : Number.NaN
        : exponent === 0
          ? fraction * 2 ** -24
          : (1 + fraction / 1024) * 2 ** (exponent - 15)
    out[at + i] = bits & 0x8000 ? -size : size
  }
}

function intsOf(column: DecodedColumn): Int32Array {
  return new Int32Array(column.values.buffer, column.values.byteOffset, column.rows)
}

function longsOf(column: DecodedColumn): BigInt64Array {
  return new BigInt64Array(column.values.buffer, column.values.byteOffset, column.rows)
}

/** The low and the high word of each integer of 64 bits. */
function longWordsOf(column: DecodedColumn): Int32Array {
  return new Int32Array(column.values.buffer, column.values.byteOffset, 2 * column.rows)
}

function readInts(column: DecodedColumn, out: Float64Array, at: number): void {
  out.set(intsOf(column), at)
}

function readUnsignedInts(column: DecodedColumn, out: Float64Array, at: number): void {
  out.set(new Uint32Array(column.values.buffer, column.values.byteOffset, column.rows), at)
}

// both terms are exact, so their sum rounds once. With a bigint for each, a file of INT64 prices took a sixth longer
function readLongs(column: DecodedColumn, out: Float64Array, at: number): void {
  const words = longWordsOf(column)
  for (let i = 0; i < column.rows; i++) out[at + i] = words[2 * i + 1]! * 2 ** 32 + (words[2 * i]! >>> 0)
}

function readUnsignedLongs(column: DecodedColumn, out: Float64Array, at: number): void {
  const words = longWordsOf(column)
  for (let i = 0; i < column.rows; i++) out[at + i] = (words[2 * i + 1]! >>> 0) * 2 ** 32 + (words[2 * i]! >>> 0)
}

/**
 * A two's complement integer, most significant byte first, as parquet stores decimals in bytes. Eight bytes at a time:
 * byte by byte, a file of decimals took twice as long.
 */
function bigEndian(view: DataView, start: number, end: number): bigint {
  if (start === end) return 0n
  const words = start + ((end - start) % 8)
  let value = BigInt(view.getInt8(start)) >> 8n
  for (let i = start; i < words; i++) value = (value << 8n) | BigInt(view.getUint8(i))
  for (let i = words; i < end; i += 8) value = (value << 64n) | view.getBigUint64(i)
  return value
}

/** The same as a number; NaN for one of fewer than eight bytes, or that may be beyond 2^53. */
function shortInteger(view: DataView, start: number, end: number): number {
  if (end - start < 8) return Number.NaN
  const high = view.getInt32(end - 8)
  if (high >= 2 ** 21 || high < -(2 ** 21)) return Number.NaN
  const sign = high < 0 ? -1 : 0
  if (end - start === 16) {
    if (view.getInt32(start) !== sign || view.getInt32(start + 4) !== sign) return Number.NaN
  } else for (let i = start; i < end - 8; i++) if (view.getInt8(i) !== sign) return Number.NaN
  return high * 2 ** 32 + view.getUint32(end - 4)
}

/** Powers of ten that a double holds exactly. */
const EXACT_POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

/** Most prices have no more decimals, however many the column has. */
const USUAL_DECIMALS = 8
/** Of DECIMAL(76). */
const MAX_DECIMAL_DIGITS = 76

// no type has so many digits, but a file may state any scale
function unusualZeros(scale: number): number {
  return scale > MAX_DECIMAL_DIGITS ? 0 : Math.max(0, scale - USUAL_DECIMALS)
}

/** Splits a double into two halves whose products are exact: T. J. Dekker, A floating-point technique (1971). */
const SPLITTER = 2 ** 27 + 1
/** More than what a correction is wrong by, less than what rounding it changes. */
const MARGIN = 1 + 2 ** -30

/**
 * Divides integers of 16 bytes by a power of ten: the nearest double, in twice the digits of one. NaN for an integer that is
 * negative or 2^84 or more, and where the digits do not suffice. With bigints, a file of DECIMAL(38,18) took twice as long.
 * @param divisor NaN when a double cannot hold it
 */
function nearestQuotient(view: DataView, start: number, divisor: number): number {
  const high = view.getUint32(start + 4)
  if (view.getInt32(start) !== 0 || high >= 2 ** 20) return Number.NaN
  const low = view.getUint32(start + 12)
  const upper = (high * 2 ** 32 + view.getUint32(start + 8)) * 2 ** 32
  const value = upper + low
  const rest = low - (value - upper)
  const quotient = value / divisor
  const [quotientHigh, divisorHigh] = [upperHalf(quotient), upperHalf(divisor)]
  const [quotientLow, divisorLow] = [quotient - quotientHigh, divisor - divisorHigh]
  const product = quotient * divisor
  const ofProduct =
    quotientHigh * divisorHigh -
    product +
    quotientHigh * divisorLow +
    quotientLow * divisorHigh +
    quotientLow * divisorLow
  const correction = (value - product - ofProduct + rest) / divisor
  const nearest = quotient + correction
  const lost = correction - (nearest - quotient)
  return nearest + lost * MARGIN === nearest ? nearest : Number.NaN
}

function upperHalf(value: number): number {
  const product = SPLITTER * value
  return product - (product - value)
}

/** Integers over 10^scale, each rounded once to the nearest double. */
function scaledInts(scale: number): PriceReader {
  const divisor = EXACT_POWERS[scale]
  const inFull = scaledInteger(scale)
  return (column, out, at) => {
    const values = intsOf(column)
    for (let i = 0; i < column.rows; i++) {
      const value = values[i]!
      out[at + i] = divisor === undefined ? inFull(BigInt(value)) : value / divisor
    }
  }
}

/** The same. In words: with a bigint for each, a file of DECIMAL(18) took half as long again. */
function scaledLongs(scale: number): PriceReader {
  const divisor = EXACT_POWERS[scale]
  const inFull = scaledInteger(scale)
  return (column, out, at) => {
    const [longs, words] = [longsOf(column), longWordsOf(column)]
    for (let i = 0; i < column.rows; i++) {
      const high = words[2 * i + 1]!
      const isShort = high < 2 ** 21 && high >= -(2 ** 21)
      out[at + i] =
        divisor !== undefined && isShort ? (high * 2 ** 32 + (words[2 * i]! >>> 0)) / divisor : inFull(longs[i]!)
    }
  }
}

/** The same with integers in bytes. @param width bytes of each; undefined when they differ */
function scaledBytes(width: number | undefined, scale: number): PriceReader {
  const divisor = EXACT_POWERS[scale] ?? Number.NaN
  const inFull = scaledInteger(scale)
  return ({ values, rows, starts, ends }, out, at) => {
    const view = new DataView(values.buffer, values.byteOffset, values.byteLength)
    for (let i = 0; i < rows; i++) {
      const start = width === undefined ? starts![i]! : i * width
      const end = width === undefined ? ends![i]! : start + width
      let price = shortInteger(view, start, end) / divisor
      if (Number.isNaN(price) && end - start === 16) price = nearestQuotient(view, start, divisor)
      out[at + i] = Number.isNaN(price) ? inFull(bigEndian(view, start, end)) : price
    }
  }
}

/** Any integer over 10^scale. */
function scaledInteger(scale: number): (value: bigint) => number {
  const divisor = EXACT_POWERS[scale]
  const zeros = unusualZeros(scale)
  const shorten = 10n ** BigInt(zeros)
  return (value) => {
    if (divisor !== undefined && isExact(value)) return Number(value) / divisor
    const short = value / shorten
    const isShort = zeros > 0 && isExact(short) && short * shorten === value
    return isShort ? Number(short) / EXACT_POWERS[USUAL_DECIMALS]! : Number(`${value}e${-scale}`)
  }
}

/** Dividing two exact doubles rounds once. Larger values are parsed as decimal text, which rounds once too. */
function isExact(value: bigint): boolean {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
}
