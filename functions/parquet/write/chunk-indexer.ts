/** The page indexes of a chunk that is written anew, made of those of the input and of its new pages. */

import { OFFSET_INDEX } from '../format/fields.ts'
import { type ChunkIndexes, columnIndex, type IndexedPage, offsetIndex, pageLocations } from '../format/page-index.ts'
import type { ValueOrder } from '../format/value-order.ts'
import type { OldIndexes } from '../read/old-indexes.ts'
import type { Page } from '../read/page.ts'

/** A chunk of more pages, which no writer makes of bars, gets no indexes: they would be held as a whole. */
const MAX_PAGES = 100_000

/** Told of all data pages with rows, in order. */
export class ChunkIndexer {
  readonly #old: OldIndexes | undefined
  readonly #isFlat: boolean
  /** By which bounds of new pages are to be found; undefined when there are to be none. */
  readonly order: ValueOrder | undefined
  readonly #pages: IndexedPage[] = []
  #rows = 0
  /** Whether all pages are those of the input, with the same rows. */
  #isUnchanged = true
  #isComplete = true

  /** @param isFlat one row a value */
  constructor(old: OldIndexes | undefined, order: ValueOrder | undefined, isFlat: boolean) {
    this.#old = old
    this.#isFlat = isFlat
    this.order = old?.columnIndex && order
  }

  /**
   * @param start where it lies now, counted from the first byte of the chunk
   * @param nulls if they were counted
   */
  copied({ at, headerLength, bodyLength, values }: Page, start: number, nulls?: number): void {
    const length = headerLength + bodyLength
    const found = this.#old?.pages.get(at)
    const old = found?.length === length ? found : undefined
    const firstRow = this.#isFlat ? this.#rows : old?.firstRow
    if (old?.firstRow !== firstRow) this.#isUnchanged = false
    // how many rows a page of a nested column has is known from the input's index only
    if (firstRow === undefined) this.#isComplete = false
    else this.#add({ start, length, firstRow, nulls: nulls ?? old?.nulls, bounds: old?.bounds }, values)
  }

  made(page: Omit<IndexedPage, 'firstRow'>, rows: number): void {
    this.#isUnchanged = false
    this.#add({ ...page, firstRow: this.#rows }, rows)
  }

  #add(page: IndexedPage, rows: number): void {
    if (this.#pages.length === MAX_PAGES) this.#isComplete = false
    else this.#pages.push(page)
    this.#rows += rows
  }

  /** @param chunkStart where the chunk begins in the output */
  indexes(chunkStart: number): ChunkIndexes | undefined {
    if (!this.#isComplete) return undefined
    const [old, pages] = [this.#old, this.#pages]
    if (old && this.#isUnchanged && old.pages.size === pages.length) {
      const moved = old.offsetIndex.with({ [OFFSET_INDEX.pageLocations]: pageLocations(pages, chunkStart) })
      return { offsetIndex: moved.raw, columnIndex: old.columnIndex }
    }
    return { offsetIndex: offsetIndex(pages, chunkStart), columnIndex: this.order && columnIndex(pages, this.order) }
  }
}
