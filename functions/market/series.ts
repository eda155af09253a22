/**
 * Which series a row belongs to: each different value of the symbol columns is one, null and the empty string included.
 * Blanks at the end of text do not count: they come from writers with columns of a fixed width.
 */

import { type DecodedColumn, isValid } from '../shared/decoded-column.ts'
import type { ColumnDescription } from './column-values.ts'
import { int96Nanos, isoText } from './times/calendar.ts'

const NULL_KEY = 'null'
const BLANK = 0x20
/** Values up to this many bytes become a number below 2^53; longer ones a string. */
const PACKED_BYTES = 6
/** Longer ones are known by their hash. */
const HASHED_BYTES = 64

/** Numbers the different values of one column 0, 1, 2, ... in order of appearance. Values are equal if their bytes are. */
export class SymbolCodes {
  readonly #width: number
  readonly #isBoolean: boolean
  readonly #isText: boolean
  readonly #codes = new Map<string | number, number>()

  readonly #onNew: ((text: string) => void) | undefined
  readonly #column: ColumnDescription

  /** @param onNew told each value when it gets its number */
  constructor(column: ColumnDescription, onNew?: (text: string) => void) {
    this.#column = column
    this.#onNew = onNew
    const widths = { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8 } as const
    this.#width = widths[column.physical as keyof typeof widths] ?? column.width
    this.#isBoolean = column.physical === 'BOOLEAN'
    const { kind } = column.logical
    this.#isText = column.physical.endsWith('BYTE_ARRAY') && (kind === 'string' || kind === 'none')
  }

  get size(): number {
    return this.#codes.size
  }

  /** Puts the codes of a piece into `out` from index `at` on. */
  read(column: DecodedColumn, out: Int32Array, at: number): void {
    const { values, rows } = column
    const text = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
    let last = -1
    let [lastStart, lastEnd] = [0, 0]
    for (let i = 0; i < rows; i++) {
      if (this.#isBoolean || !isValid(column, i)) {
        out[at + i] = this.#codeOf(column, text, i)
        continue
      }
      const start = column.offsets ? column.offsets[i]! : i * this.#width
      const end = this.#endOf(column, i, start)
      // neighbours are often of one series
      if (last < 0 || !sameBytes(values, lastStart, lastEnd, start, end)) {
        last = this.#codeOf(column, text, i)
        lastStart = start
        lastEnd = end
      }
      out[at + i] = last
    }
  }

  /** The code of one row of a piece. */
  codeAt(column: DecodedColumn, row: number): number {
    const { values } = column
    return this.#codeOf(column, Buffer.from(values.buffer, values.byteOffset, values.byteLength), row)
  }

  #codeOf(column: DecodedColumn, bytes: Buffer, row: number): number {
    if (!isValid(column, row)) return this.#code(NULL_KEY, () => 'null')
    if (this.#isBoolean) return this.#code((bytes[row >> 3]! >> (row & 7)) & 1, (bit) => String(bit === 1))
    const start = column.offsets ? column.offsets[row]! : row * this.#width
    const end = this.#endOf(column, row, start)
    return this.#code(keyOf(bytes, start, end), () => textOf(this.#column, bytes.subarray(start, end)))
  }

  /** Where the value ends that starts at `start`, without the blanks that pad it. */
  #endOf({ values, offsets }: DecodedColumn, row: number, start: number): number {
    let end = offsets ? offsets[row + 1]! : start + this.#width
    if (this.#isText) while (end > start && values[end - 1] === BLANK) end--
    return end
  }

  #code(key: string | number, describe: (key: string | number) => string): number {
    const known = this.#codes.get(key)
    if (known !== undefined) return known
    const code = this.#codes.size
    this.#codes.set(key, code)
    this.#onNew?.(describe(key))
    return code
  }
}

/** A stored value as people write it. */
function textOf({ physical, logical }: ColumnDescription, bytes: Buffer): string {
  const isUnsigned = logical.kind === 'integer' && !logical.signed
  switch (physical) {
    case 'INT32':
      return String(isUnsigned ? bytes.readUInt32LE() : bytes.readInt32LE())
    case 'INT64':
      return String(isUnsigned ? bytes.readBigUInt64LE() : bytes.readBigInt64LE())
    case 'FLOAT':
      return String(bytes.readFloatLE())
    case 'DOUBLE':
      return String(bytes.readDoubleLE())
    case 'INT96':
      return isoText(int96Nanos(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0), 'ns')
    default:
      return bytes.toString()
  }
}

function sameBytes(bytes: Uint8Array, startA: number, endA: number, startB: number, endB: number): boolean {
  if (endA - startA !== endB - startB) return false
  for (let a = startA, b = startB; a < endA; a++, b++) if (bytes[a] !== bytes[b]) return false
  return true
}

/**
 * Different bytes give different keys: packed ones carry their length, strings start with a mark of their kind, which null
 * has not.
 */
function keyOf(bytes: Buffer, start: number, end: number): string | number {
  // whatever somebody writes into the column, a series takes no more memory
  if (end - start > HASHED_BYTES) {
    // loaded here: hardly any file needs it, and it takes 10 ms
    const { createHash } = process.getBuiltinModule('node:crypto')
    return `#${createHash('sha256').update(bytes.subarray(start, end)).digest('base64')}`
  }
  if (end - start > PACKED_BYTES) return `=${bytes.toString('latin1', start, end)}`
  let packed = end - start
  for (let i = start; i < end; i++) packed = packed * 256 + bytes[i]!
  return packed
}

/** Numbers pairs of codes, for a symbol that trades at several venues. */
export class PairCodes {
  readonly #codes = new Map<number, number>()

  readonly #onNew: ((first: number, second: number) => void) | undefined

  /** @param onNew told each pair when it gets its number */
  constructor(onNew?: (first: number, second: number) => void) {
    this.#onNew = onNew
  }

  get size(): number {
    return this.#codes.size
  }

  /** Replaces each code in `first` by that of the pair. */
  combine(first: Int32Array, second: Int32Array, rows: number): void {
    for (let i = 0; i < rows; i++) {
      // both are below 2^26: a series costs memory, and that many do not fit
      const key = first[i]! * 2 ** 26 + second[i]!
      const known = this.#codes.get(key)
      const code = known ?? this.#codes.size
      if (known === undefined) {
        this.#codes.set(key, code)
        this.#onNew?.(first[i]!, second[i]!)
      }
      first[i] = code
    }
  }
}
