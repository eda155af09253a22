/** Makes the page indexes of a rewritten chunk from the indexes of the input and from the new pages. */

import { OFFSET_INDEX } from '../format/fields.ts'
import { type ChunkIndexes, columnIndex, type IndexedPage, offsetIndex, pageLocations } from '../format/page-index.ts'
import type { ValueOrder } from '../format/value-order.ts'
import type { OldIndexes } from '../read/old-indexes.ts'
import type { Page } from '../read/page.ts'

/** A chunk of more pages gets no indexes, because they are held as a whole. No writer makes as many pages of bars. */
const MAX_PAGES = 100_000

/** Takes all data pages with rows, in order. */
export class ChunkIndexer {
  readonly #old: OldIndexes | undefined
  readonly #isFlat: boolean
  /** The order for the bounds of new pages; undefined when the index has no bounds. */
  readonly order: ValueOrder | undefined
  readonly #pages: IndexedPage[] = []
  #rows = 0
  /** Whether all pages so far are copies with the same rows as in the input. */
  #isUnchanged = true
  #isComplete = true

  /** @param isFlat whether each row has one value */
  constructor(old: OldIndexes | undefined, order: ValueOrder | undefined, isFlat: boolean) {
    this.#old = old
    this.#isFlat = isFlat
    this.order = old?.columnIndex && order
  }

  /**
   * @param start offset in the new chunk
   * @param nulls undefined when they were not counted
   */
  copied({ at, headerLength, bodyLength, values }: Page, start: number, nulls?: number): void {
    const length = headerLength + bodyLength
    const found = this.#old?.pages.get(at)
    const old = found?.length === length ? found : undefined
    const firstRow = this.#isFlat ? this.#rows : old?.firstRow
    if (old?.firstRow !== firstRow) this.#isUnchanged = false
    // only the input's index says how many rows a page of a nested column has
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

  /** @param chunkStart offset of the chunk in the output */
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
