/** What decodes the pages of a column chunk. */
import type { ColumnChunk } from '../format/column-chunk.ts'
import type { Page } from './page.ts'

/** Puts pages of a column together and hands their rows on in pieces. */
export interface ChunkDecoder {
  /** Rows taken and not yet handed on. */
  readonly rows: number
  startChunk(chunk: ColumnChunk): void
  setDictionary(page: Page): Promise<void>
  /** Yields whenever a piece has been handed on. */
  add(page: Page): AsyncGenerator<void>
  /** Hands on the rest. */
  flush(): void
}
