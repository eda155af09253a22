/**
 * Numbers the series of a file: each different value of the symbol columns is one, null and the empty string included.
 * Spaces at the end of text do not count, because writers with fixed-width columns add them.
 */

import { type DecodedColumn, isValid } from '../shared/decoded-column.ts'
import { sha256 } from '../shared/sha256.ts'
import { keyValue, NULL_VALUE } from './carry/series-key.ts'
import type { ColumnDescription } from './column-values.ts'
import { LongSymbols } from './long-symbols.ts'
import { int96Nanos, isoText } from './times/calendar.ts'

const NULL_KEY = 'null'
const BLANK = 0x20
/** Values up to this many bytes become a number below 2^53; longer ones a string. */
const PACKED_BYTES = 6
/** Longer values are identified by their hash. */
const HASHED_BYTES = 64

/**
 * @param text for messages
 * @param value the same value in any file, as `keyValue` names it
 */
export type OnSymbol = (text: string, value: string) => void

/** Numbers the different values of one column 0, 1, 2, ... in order of appearance. Values are equal if their bytes are. */
export class SymbolCodes {
  readonly #width: number
  readonly #isBoolean: boolean
  readonly #isText: boolean
  readonly #codes = new Map<string | number, number>()
  /** Saves most of the hashes: with symbols of 100 bytes, they took three quarters of the time. */
  readonly #long = new LongSymbols()

  /** The codes of dictionary entries that were found before; undefined until a column has entries. */
  #entries: EntryCodes | undefined
  readonly #onNew: OnSymbol | undefined
  readonly #column: ColumnDescription

  /** @param onNew called with each value when it gets its number */
  constructor(column: ColumnDescription, onNew?: OnSymbol) {
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

  /** Writes the codes of a piece to `out` from index `at` on. */
  read(column: DecodedColumn, out: Int32Array, at: number): void {
    if (column.entries) this.#readEntries(column, column.entries, out, at)
    else this.#readValues(column, out, at)
  }

  #readEntries(column: DecodedColumn, entries: Float64Array, out: Int32Array, at: number): void {
    const { values, rows } = column
    const text = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
    this.#entries ??= new EntryCodes()
    for (let from = 0; from < rows; ) {
      const known = this.#entries.read(entries, from, rows, out, at)
      if (known < rows) {
        out[at + known] = this.#codeOf(column, text, known)
        this.#entries.add(entries[known]!, out[at + known]!)
      }
      from = known + 1
    }
  }

  #readValues(column: DecodedColumn, out: Int32Array, at: number): void {
    const { values, rows } = column
    const text = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
    let last = -1
    let [lastStart, lastEnd] = [0, 0]
    for (let i = 0; i < rows; i++) {
      if (this.#isBoolean || !isValid(column, i)) {
        out[at + i] = this.#codeOf(column, text, i)
        continue
      }
      const start = column.starts ? column.starts[i]! : i * this.#width
      const end = this.#endOf(column, i, start)
      // neighbouring rows often have the same series
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
    if (!isValid(column, row)) return this.#code(NULL_KEY, () => ['null', NULL_VALUE])
    if (this.#isBoolean) {
      const bit = (bytes[row >> 3]! >> (row & 7)) & 1
      return this.#code(bit, () => [String(bit === 1), keyValue(this.#column, Buffer.of(bit))])
    }
    const start = column.starts ? column.starts[row]! : row * this.#width
    const end = this.#endOf(column, row, start)
    return end - start > HASHED_BYTES ? this.#longCode(bytes, start, end) : this.#valueCode(bytes, start, end)
  }

  #longCode(bytes: Buffer, start: number, end: number): number {
    const known = this.#long.codeOf(bytes, start, end)
    if (known !== undefined) return known
    const code = this.#valueCode(bytes, start, end)
    this.#long.add(bytes, start, end, code)
    return code
  }

  #valueCode(bytes: Buffer, start: number, end: number): number {
    return this.#code(keyOf(bytes, start, end), () => {
      const value = bytes.subarray(start, end)
      return [textOf(this.#column, value), keyValue(this.#column, value)]
    })
  }

  /** Where the value that starts at `start` ends, without padding spaces. */
  #endOf({ values, ends }: DecodedColumn, row: number, start: number): number {
    let end = ends ? ends[row]! : start + this.#width
    if (this.#isText) while (end > start && values[end - 1] === BLANK) end--
    return end
  }

  #code(key: string | number, describe: () => [text: string, value: string]): number {
    const known = this.#codes.get(key)
    if (known !== undefined) return known
    const code = this.#codes.size
    this.#codes.set(key, code)
    this.#onNew?.(...describe())
    return code
  }
}

/** A power of two. An entry that is not found is looked up by its bytes. */
const ENTRY_SLOTS = 8192

/** The codes of dictionary entries by their numbers: bytes are looked at once for each entry, not in each row. */
class EntryCodes {
  readonly #numbers = new Float64Array(ENTRY_SLOTS).fill(-1)
  readonly #codes = new Int32Array(ENTRY_SLOTS)

  /** Writes the codes of rows from `from` on. @returns the first row whose code is not known */
  read(entries: Float64Array, from: number, rows: number, out: Int32Array, at: number): number {
    for (let row = from; row < rows; row++) {
      const entry = entries[row]!
      const slot = entry & (ENTRY_SLOTS - 1)
      if (entry < 0 || this.#numbers[slot] !== entry) return row
      out[at + row] = this.#codes[slot]!
    }
    return rows
  }

  add(entry: number, code: number): void {
    if (entry < 0) return
    const slot = entry & (ENTRY_SLOTS - 1)
    this.#numbers[slot] = entry
    this.#codes[slot] = code
  }
}

/** Formats a stored value for messages. */
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

/** Different bytes give different keys: packed keys contain the length, and strings begin with a mark, unlike that of null. */
function keyOf(bytes: Buffer, start: number, end: number): string | number {
  // limits the memory of a series, however long the values are
  if (end - start > HASHED_BYTES) {
    return `#${sha256(bytes.subarray(start, end)).toString('base64')}`
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

  /** @param onNew called with each pair when it gets its number */
  constructor(onNew?: (first: number, second: number) => void) {
    this.#onNew = onNew
  }

  get size(): number {
    return this.#codes.size
  }

  /** Replaces each code in `first` by that of the pair. */
  combine(first: Int32Array, second: Int32Array, rows: number): void {
    for (let i = 0; i < rows; i++) {
      // both are below 2^26, because more series do not fit into memory
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
