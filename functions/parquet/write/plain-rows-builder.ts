/** Collects rows of a flat column, from several decoded pieces, until there are enough for a page. */

import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { setBits } from '../format/bits.ts'
import type { Compression } from '../format/enumerations.ts'
import { type Leaf, maxDefinitionLevel, type ValueWidth, valueWidth } from '../format/schema.ts'
import { type DataPage, dataPage } from './data-page.ts'

const MERGED_PAGE_ROWS = 32_768
/** A page with as many bytes of values ends before it has all its rows. */
const MERGED_PAGE_BYTES = 1024 * 1024

export class PlainRowsBuilder {
  readonly #width: ValueWidth
  readonly #valid: Uint8Array | undefined
  #values = new Uint8Array(64 * 1024)
  /** Bytes of the values; bits for booleans. */
  #length = 0
  /** Rows of the page so far. */
  rows = 0
  #nulls = 0

  constructor(leaf: Leaf) {
    this.#width = valueWidth(leaf)
    this.#valid = maxDefinitionLevel(leaf) > 0 ? new Uint8Array(MERGED_PAGE_ROWS / 8) : undefined
  }

  /** How many rows still fit; 0 when the page is full. */
  get room(): number {
    return this.#length >= MERGED_PAGE_BYTES ? 0 : MERGED_PAGE_ROWS - this.rows
  }

  /** Takes rows from `start` on until `end` or until the page is full. @returns the next row */
  append(column: DecodedColumn, start: number, end: number): number {
    // byte arrays one at a time, because they may be long
    const most = this.#width === 'bytes' ? 1 : Math.max(1, Math.floor(MERGED_PAGE_BYTES / Math.max(1, this.#width)))
    let row = start
    while (row < end && this.room > 0) {
      const to = Math.min(end, row + this.room, row + most)
      this.#appendRun(column, row, to)
      row = to
    }
    return row
  }

  #appendRun(column: DecodedColumn, start: number, end: number): void {
    const { validity } = column
    for (let from = start; from < end; ) {
      if (validity && !hasBit(validity, from)) {
        this.#nulls++
        this.rows++
        from++
        continue
      }
      let to = from + 1
      while (to < end && (!validity || hasBit(validity, to))) to++
      if (this.#valid) setBits(this.#valid, this.rows, this.rows + to - from)
      this.#appendValues(column, from, to)
      this.rows += to - from
      from = to
    }
  }

  #appendValues({ values, starts, ends }: DecodedColumn, from: number, to: number): void {
    const width = this.#width
    if (width === 'bytes') {
      for (let row = from; row < to; row++) this.#appendBytes(values.subarray(starts![row]!, ends![row]!))
    } else if (width > 0) {
      this.#put(values.subarray(from * width, to * width))
    } else {
      for (let i = from; i < to; i++, this.#length++) {
        if (hasBit(values, i)) this.#values[this.#length >> 3]! |= 1 << (this.#length & 7)
      }
    }
  }

  /** The value follows its length, in four bytes. */
  #appendBytes(value: Uint8Array): void {
    this.#makeRoom(4 + value.length)
    for (let byte = 0; byte < 4; byte++) this.#values[this.#length++] = value.length >>> (8 * byte)
    this.#put(value)
  }

  #put(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length)
    this.#values.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #makeRoom(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#values.length) return
    const roomy = new Uint8Array(Math.max(needed, 2 * this.#values.length))
    roomy.set(this.#values.subarray(0, this.#length))
    this.#values = roomy
  }

  /** Encodes the rows as a page, and begins an empty one. */
  page(compression: Compression, version: 1 | 2): DataPage {
    const bytes = this.#width === 0 ? (this.#length + 7) >> 3 : this.#length
    const valid = this.#valid?.subarray(0, (this.rows + 7) >> 3)
    const values = this.#values.subarray(0, bytes)
    const page = dataPage({ rows: this.rows, nulls: this.#nulls, values, valid }, compression, version)
    valid?.fill(0)
    if (this.#width === 0) values.fill(0)
    this.#length = 0
    this.rows = 0
    this.#nulls = 0
    return page
  }
}

function hasBit(bits: Uint8Array, i: number): boolean {
  return (bits[i >> 3]! & (1 << (i & 7))) !== 0
}
