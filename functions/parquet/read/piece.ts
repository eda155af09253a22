/** Collects decoded rows of one column until there are enough of them to hand on. */

import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { keptMemory } from '../../shared/kept-memory.ts'
import { setBits } from '../format/bits.ts'

/** Rows of a piece. With fewer rows, the calls per piece would matter; more would only take memory. */
export const PIECE_ROWS = 32_768
/** A piece with as many bytes of values ends before it has all its rows. */
export const PIECE_BYTES = 8 * 1024 * 1024

/** Which rows have a value. The bits are unused while all rows have one. */
class Validity {
  #bits: Uint8Array
  #hasNulls = false

  constructor(maxRows: number) {
    this.#bits = new Uint8Array((maxRows + 7) >> 3)
  }

  addValues(from: number, to: number): void {
    if (this.#hasNulls) setBits(this.#bits, from, to)
  }

  addNull(row: number): void {
    if (this.#hasNulls) return
    this.#hasNulls = true
    this.#bits.fill(0)
    setBits(this.#bits, 0, row)
  }

  has(row: number): boolean {
    return !this.#hasNulls || (this.#bits[row >> 3]! & (1 << (row & 7))) !== 0
  }

  /** @returns undefined when every row has a value */
  bits(rows: number): Uint8Array | undefined {
    return this.#hasNulls ? this.#bits.subarray(0, (rows + 7) >> 3) : undefined
  }

  clear(): void {
    this.#hasNulls = false
  }
}

/** Values of a fixed width. */
export class FixedPiece {
  readonly validity: Validity
  rows = 0
  readonly #maxRows: number
  readonly #width: number
  readonly #values: Uint8Array
  readonly #words: Int32Array
  readonly #doubles: Float64Array

  /** @param width at least 1; already compared with the memory allowed, because a file may state any width */
  constructor(width: number, fileRows: number) {
    this.#maxRows = Math.min(PIECE_ROWS, fileRows, Math.max(1, Math.floor(PIECE_BYTES / width)))
    this.#width = width
    const doubles = Math.ceil((this.#maxRows * width) / 8)
    const memory = keptMemory(8 * doubles)
    this.#doubles = new Float64Array(memory, 0, doubles)
    this.#words = new Int32Array(memory, 0, 2 * doubles)
    this.#values = new Uint8Array(memory, 0, 8 * doubles)
    this.validity = new Validity(this.#maxRows)
  }

  get room(): number {
    return this.#maxRows - this.rows
  }

  /** Puts values side by side after the rows so far; `addRows` turns them into rows. */
  setPlain(values: Uint8Array): void {
    this.#values.set(values, this.rows * this.#width)
  }

  /**
   * The same with values of a dictionary.
   * @param skipped values that have been set since the last `addRows`
   * @returns false when an index is not in the dictionary
   */
  setFromDictionary(dictionary: FixedDictionary, indices: Int32Array, count: number, skipped: number): boolean {
    const at = this.rows + skipped
    if (this.#width === 8) return gatherDoubles(dictionary, indices, count, this.#doubles, at)
    if (this.#width === 4) return gatherWords(dictionary, indices, count, this.#words, at)
    return gatherBytes(dictionary, indices, count, this.#values, at)
  }

  /**
   * Adds `count` rows, of which `present` have a value. Their values have been set side by side, so those after a null
   * move to their rows.
   */
  addRows(count: number, present: number): void {
    const [width, doubles] = [this.#width, this.#doubles]
    for (let row = this.rows + count - 1, from = this.rows + present - 1; from < row; row--) {
      if (!this.validity.has(row)) continue
      if (width === 8) doubles[row] = doubles[from]!
      else this.#values.copyWithin(row * width, from * width, (from + 1) * width)
      from--
    }
    this.rows += count
  }

  column(): DecodedColumn {
    const values = this.#values.subarray(0, this.rows * this.#width)
    return { rows: this.rows, values, validity: this.validity.bits(this.rows) }
  }

  clear(): void {
    this.rows = 0
    this.validity.clear()
  }
}

/** The values of a dictionary page, of a fixed width. */
export interface FixedDictionary {
  readonly size: number
  /** Bytes of a value. */
  readonly width: number
  readonly bytes: Uint8Array
  /** The same bytes as words of 32 and 64 bits, whatever the values are: they are copied bit by bit. */
  readonly words: Int32Array
  readonly doubles: Float64Array
}

export function fixedDictionary(plain: Uint8Array, width: number): FixedDictionary {
  const doubles = new Float64Array(Math.ceil(plain.length / 8))
  const bytes = new Uint8Array(doubles.buffer)
  bytes.set(plain)
  return { size: Math.floor(plain.length / width), width, bytes, words: new Int32Array(doubles.buffer), doubles }
}

// a loop for each width: one for all of them would be slower

function gatherDoubles(
  { doubles, size }: FixedDictionary,
  indices: Int32Array,
  count: number,
  out: Float64Array,
  at: number,
) {
  for (let i = 0; i < count; i++) {
    const index = indices[i]!
    if (index < 0 || index >= size) return false
    out[at + i] = doubles[index]!
  }
  return true
}

function gatherWords(
  { words, size }: FixedDictionary,
  indices: Int32Array,
  count: number,
  out: Int32Array,
  at: number,
) {
  for (let i = 0; i < count; i++) {
    const index = indices[i]!
    if (index < 0 || index >= size) return false
    out[at + i] = words[index]!
  }
  return true
}

function gatherBytes(
  { bytes, size, width }: FixedDictionary,
  indices: Int32Array,
  count: number,
  out: Uint8Array,
  at: number,
) {
  for (let i = 0; i < count; i++) {
    const index = indices[i]!
    if (index < 0 || index >= size) return false
    for (let byte = 0; byte < width; byte++) out[(at + i) * width + byte] = bytes[index * width + byte]!
  }
  return true
}

/** The entries of a dictionary of byte arrays. */
export class Entries {
  readonly bytes: Uint8Array
  /** Start and end of each entry in the bytes, without its length. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** The number of the first entry, as `DecodedColumn` counts them. */
  readonly first: number
  /** By entry, the piece that has its bytes, and where in its values they begin. */
  readonly pieces: Int32Array
  readonly places: Int32Array

  constructor(bytes: Uint8Array, starts: Int32Array, ends: Int32Array, first: number) {
    this.bytes = bytes
    this.starts = starts
    this.ends = ends
    this.first = first
    this.pieces = new Int32Array(starts.length)
    this.places = new Int32Array(starts.length)
  }
}

/** Values of any length. Rows with one dictionary entry share its bytes. */
export class ByteArrayPiece {
  readonly validity: Validity
  rows = 0
  /** Of the values so far. */
  bytes = 0
  readonly #maxRows: number
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  /** As `DecodedColumn` has them; allocated for the first row with an entry. */
  #entries: Float64Array | undefined
  #hasEntries = false
  #values = new Uint8Array(1024)
  /** Counts the pieces. */
  #number = 1

  constructor(fileRows: number) {
    this.#maxRows = Math.min(PIECE_ROWS, fileRows)
    this.#starts = new Int32Array(this.#maxRows)
    this.#ends = new Int32Array(this.#maxRows)
    this.validity = new Validity(this.#maxRows)
  }

  get isFull(): boolean {
    return this.rows === this.#maxRows || this.bytes >= PIECE_BYTES
  }

  addNull(): void {
    this.validity.addNull(this.rows)
    this.#starts[this.rows] = this.#ends[this.rows] = this.bytes
    this.rows++
  }

  /**
   * Adds the values of a PLAIN page, each of which follows its length, until the piece is full or `bytes` ends. The lengths
   * are copied with the values, in one piece.
   * @param at where the first one begins, which is complete
   * @returns where the next one begins
   */
  addPlain(bytes: Uint8Array, at: number, count: number): number {
    const shift = this.bytes - at
    const lastRow = Math.min(this.#maxRows, this.rows + count)
    let [row, next] = [this.rows, at]
    while (row < lastRow && next + shift < PIECE_BYTES && next + 4 <= bytes.length) {
      const start = next + 4
      const end = start + uint32At(bytes, next)
      if (end > bytes.length) break
      this.#starts[row] = start + shift
      this.#ends[row] = end + shift
      next = end
      row++
    }
    this.#put(bytes, at, next)
    this.validity.addValues(this.rows, row)
    this.rows = row
    return next
  }

  /**
   * Adds entries until the piece is full.
   * @param indices of entries that the dictionary has
   * @param from of the first index
   * @param count of indices, at least 1
   * @returns how many were added
   */
  addEntries(dictionary: Entries, indices: Int32Array, from: number, count: number): number {
    const { starts, ends, first, pieces, places } = dictionary
    const entries = this.#entriesSoFar()
    const row = this.rows
    const most = Math.min(count, this.#maxRows - row)
    let added = 0
    while (added < most && this.bytes < PIECE_BYTES) {
      const index = indices[from + added]!
      if (pieces[index] !== this.#number) {
        places[index] = this.#put(dictionary.bytes, starts[index]!, ends[index]!)
        pieces[index] = this.#number
      }
      const place = places[index]!
      this.#starts[row + added] = place
      this.#ends[row + added] = place + ends[index]! - starts[index]!
      entries[row + added] = first + index
      added++
    }
    this.validity.addValues(row, row + added)
    this.rows += added
    return added
  }

  #entriesSoFar(): Float64Array {
    this.#entries ??= new Float64Array(this.#maxRows)
    if (!this.#hasEntries) this.#entries.fill(-1, 0, this.#maxRows)
    this.#hasEntries = true
    return this.#entries
  }

  /** @returns where the bytes begin in the values */
  #put(bytes: Uint8Array, start: number, end: number): number {
    const at = this.bytes
    this.bytes += end - start
    if (this.bytes > this.#values.length) {
      const roomy = new Uint8Array(Math.max(this.bytes, 2 * this.#values.length))
      roomy.set(this.#values.subarray(0, at))
      this.#values = roomy
    }
    copyShort(bytes, start, end, this.#values, at)
    return at
  }

  column(): DecodedColumn {
    const { rows } = this
    return {
      rows,
      values: this.#values.subarray(0, this.bytes),
      starts: this.#starts.subarray(0, rows),
      ends: this.#ends.subarray(0, rows),
      validity: this.validity.bits(rows),
      entries: this.#hasEntries ? this.#entries!.subarray(0, rows) : undefined,
    }
  }

  clear(): void {
    this.rows = 0
    this.bytes = 0
    this.#number++
    this.#hasEntries = false
    this.validity.clear()
  }
}

/** A loop, because a call for a few bytes takes longer. */
function copyShort(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > 32) to.set(from.subarray(start, end), at)
  else for (let i = start, o = at; i < end; i++, o++) to[o] = from[i]!
}

export function uint32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}
