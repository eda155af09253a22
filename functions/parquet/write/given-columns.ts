/** New columns whose values are in memory. Each row group is encoded when its turn comes. */

import type { ColumnType, GivenValues } from '../../shared/given-column.ts'
import { PageStore } from '../../shared/page-store.ts'
import type { NewCompression } from '../compression/compress.ts'
import type { ArrowField } from '../format/arrow-ipc.ts'
import type { Indexed } from '../format/page-index.ts'
import type { ThriftValue } from '../format/thrift.ts'
import { nameForReaders, type PlacedColumns } from './added-columns.ts'
import { NEW_PAGE_ROWS, newPage } from './data-page.ts'
import { areSafe, COLUMN_TYPES, pageContents } from './given-values.ts'
import { NewChunk, type PlacedChunks, placeChunks } from './new-chunk.ts'
import { arrowField, type NewColumn, schemaElement } from './new-column.ts'

export interface CheckedColumn {
  readonly name: string
  readonly type: ColumnType
  readonly values: GivenValues
}

export class GivenColumns implements PlacedColumns {
  readonly #given: readonly CheckedColumn[]
  readonly #columns: readonly NewColumn[]
  readonly #areBounded: readonly boolean[]
  readonly #names: ReadonlySet<string>
  /** The first row of each row group, and the end of the last one. */
  readonly #starts: readonly number[]
  readonly #compression: NewCompression

  /**
   * @param given as many values in each as the file has rows
   * @param groupRows rows of each row group
   */
  constructor(given: readonly CheckedColumn[], groupRows: readonly number[], compression: NewCompression) {
    this.#given = given
    this.#columns = given.map(({ name, type }) => ({ name, type: COLUMN_TYPES[type], isOptional: true }))
    this.#areBounded = given.map(({ values }) => areSafe(values))
    this.#names = new Set(given.map(({ name }) => nameForReaders(name)))
    let end = 0
    this.#starts = [0, ...groupRows.map((rows) => (end += rows))]
    this.#compression = compression
  }

  arrowFields(): ArrowField[] {
    return this.#columns.map(arrowField)
  }

  schemaElements(): ThriftValue[] {
    return this.#columns.map(schemaElement)
  }

  replaces(name: string): boolean {
    return this.#names.has(nameForReaders(name))
  }

  hasNulls(column: number): boolean {
    const { values } = this.#given[column]!
    return Array.isArray(values) && values.some((value) => value === null || value === undefined)
  }

  chunksAt(group: number, offset: number, indexed: Indexed): PlacedChunks {
    const store = new PageStore({
      what: 'the new columns',
      remedy: 'use row groups of fewer rows',
      heldBytes: Infinity,
    })
    const [first, end] = [this.#starts[group]!, this.#starts[group + 1]!]
    const chunks = this.#given.map(({ values, type }, i) => {
      const chunk = new NewChunk(this.#columns[i]!, this.#compression, store)
      for (let from = first; from < end; from += NEW_PAGE_ROWS) {
        const to = Math.min(end, from + NEW_PAGE_ROWS)
        const page = pageContents(values, type, from, to, this.#areBounded[i])
        chunk.add(newPage(page.values, page.valid, to - from, this.#compression), page.bounds)
      }
      return chunk
    })
    return placeChunks(chunks, offset, indexed)
  }
}
