/** The interface of the decoders of column chunks. */
import type { ColumnChunk } from '../format/column-chunk.ts'
import type { Page } from './page.ts'

/** Decodes the pages of a column and hands their rows on in pieces. */
export interface ChunkDecoder {
  /** Rows that were decoded and not yet handed on. */
  readonly rows: number
  startChunk(chunk: ColumnChunk): void
  setDictionary(page: Page): Promise<void>
  /** Whether `add` can leave out rows. */
  readonly canSkip: boolean
  /**
   * Yields whenever a piece has been handed on.
   * @param from the first row of the page that is handed on; 0 unless `canSkip`
   */
  add(page: Page, from?: number): AsyncGenerator<void>
  /** Hands on the rows that are left. */
  flush(): void
}
