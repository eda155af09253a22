/** Required INT64 columns that hold a row number in every row. Each row group is encoded when its turn comes. */

import { PageStore } from '../../shared/page-store.ts'
import type { NewCompression } from '../compression/compress.ts'
import type { ArrowField } from '../format/arrow-ipc.ts'
import type { Indexed } from '../format/page-index.ts'
import type { ThriftValue } from '../format/thrift.ts'
import type { PlacedColumns } from './added-columns.ts'
import { dataPage, NEW_PAGE_ROWS } from './data-page.ts'
import { NewChunk, type PlacedChunks, placeChunks } from './new-chunk.ts'
import { arrowField, type NewColumn, schemaElement } from './new-column.ts'

export class RowNumberColumns implements PlacedColumns {
  readonly #columns: readonly NewColumn[]
  readonly #rows: Iterator<readonly number[]>
  readonly #groupRows: readonly number[]
  readonly #compression: NewCompression
  /** Pages of the row group that was asked for last. */
  #store = new PageStore()

  /**
   * @param rows the numbers of each row, one for each name, from the first row to the last; below 2^32
   * @param groupRows rows of each row group
   */
  constructor(
    names: readonly string[],
    rows: Iterable<readonly number[]>,
    groupRows: readonly number[],
    compression: NewCompression,
  ) {
    this.#columns = names.map((name) => ({ name, type: 'INT64', isOptional: false }))
    this.#rows = rows[Symbol.iterator]()
    this.#groupRows = groupRows
    this.#compression = compression
  }

  arrowFields(): ArrowField[] {
    return this.#columns.map(arrowField)
  }

  replaces(): boolean {
    return false
  }

  hasNulls(): boolean {
    return false
  }

  schemaElements(): ThriftValue[] {
    return this.#columns.map(schemaElement)
  }

  /** Row groups are asked for in order. The pages of one are valid until the next one is asked for. */
  chunksAt(group: number, offset: number, indexed: Indexed): PlacedChunks {
    this.#store.close()
    this.#store = new PageStore()
    const chunks = this.#columns.map((column) => new NewChunk(column, this.#compression, this.#store))
    for (let left = this.#groupRows[group]!; left > 0; left -= NEW_PAGE_ROWS) {
      this.#encodePages(chunks, Math.min(left, NEW_PAGE_ROWS))
    }
    return placeChunks(chunks, offset, indexed === 'no' ? 'no' : 'offsets')
  }

  #encodePages(chunks: readonly NewChunk[], rows: number): void {
    // the upper halves stay 0
    const words = chunks.map(() => new Uint32Array(2 * rows))
    const bounds = chunks.map(() => ({ min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }))
    for (let row = 0; row < rows; row++) {
      const { value: numbers, done } = this.#rows.next()
      if (done) throw new Error(`row ${row} of ${rows} has no numbers`)
      for (const [column, bound] of bounds.entries()) {
        const number = numbers[column]!
        words[column]![2 * row] = number
        if (number < bound.min) bound.min = number
        if (number > bound.max) bound.max = number
      }
    }
    for (const [column, chunk] of chunks.entries()) {
      const values = new Uint8Array(words[column]!.buffer)
      chunk.add(dataPage({ rows, nulls: 0, values, valid: undefined }, this.#compression, 1), bounds[column]!)
    }
  }

  /** Frees the stored pages. */
  close(): void {
    this.#store.close()
  }
}
