/** The rows of one flat column chunk, decoded piece by piece on demand. */

import type { ByteSource } from '../../shared/byte-source.ts'
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { DATA_PAGE_V2, DICTIONARY_PAGE } from '../format/enumerations.ts'
import type { Footer } from '../format/footer.ts'
import { pagesOf, type ReadableChunk } from '../read/chunk-pages.ts'
import { Decoders } from '../read/column-reader.ts'

/** A file and its footer. */
export interface OpenFile {
  readonly source: ByteSource
  readonly footer: Footer
}

/** One column of a file in a row group. */
export interface FileChunk extends OpenFile, ReadableChunk {}

export class ChunkRows {
  /** The rows that were decoded last. */
  piece: DecodedColumn | undefined
  /** The next row of the piece. */
  at = 0
  /** Version of the pages that the piece comes from. */
  version: 1 | 2 = 1
  readonly #pieces: AsyncGenerator<DecodedColumn>

  constructor(chunk: FileChunk) {
    this.#pieces = this.#read(chunk)
  }

  /** Rows of the piece that have not been used. */
  get left(): number {
    return (this.piece?.rows ?? 0) - this.at
  }

  /** @returns false after the last piece */
  async next(): Promise<boolean> {
    const { value } = await this.#pieces.next()
    this.piece = value
    this.at = 0
    return value !== undefined
  }

  async *#read(from: FileChunk): AsyncGenerator<DecodedColumn, undefined> {
    const { footer, leaf, chunk, buffers } = from
    const pieces: DecodedColumn[] = []
    const decoders = new Decoders(leaf, footer, buffers.limitBytes, ({ rows, values, starts, ends, validity }) => {
      pieces.push({
        rows,
        values: values.slice(),
        starts: starts?.slice(),
        ends: ends?.slice(),
        validity: validity?.slice(),
      })
    })
    const decoder = await decoders.startChunk(chunk)
    for await (const page of pagesOf(from)) {
      if (page.kind === DICTIONARY_PAGE) await decoder.setDictionary(page)
      else if (page.values > 0) {
        this.version = page.kind === DATA_PAGE_V2 ? 2 : 1
        for await (const _ of decoder.add(page)) yield* pieces.splice(0)
      }
    }
    decoder.flush()
    yield* pieces
  }

  async close(): Promise<void> {
    await this.#pieces.return(undefined)
  }
}
