/** Values of columns that hold one a row and whose pages only the codec can decode. */

import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { quoted, RefusedError } from '../../shared/errors.ts'
import type { ColumnChunk } from '../format/column-chunk.ts'
import type { Footer } from '../format/footer.ts'
import { type Leaf, pathOf, valueWidth } from '../format/schema.ts'
import type { ChunkDecoder } from '../read/chunk-decoder.ts'
import type { Page } from '../read/page.ts'
import { PIECE_ROWS } from '../read/piece.ts'
import { checkCodec, decodeColumn } from './codec.ts'
import { prepareCodec } from './codec-instance.ts'
import { VirtualFile } from './virtual-file.ts'

export class CodecDecoder implements ChunkDecoder {
  readonly #leaf: Leaf
  readonly #use: (column: DecodedColumn) => void
  readonly #file: VirtualFile
  /** Rows at which the codec is called. */
  #enough = PIECE_ROWS

  constructor(leaf: Leaf, { memoryBudgetBytes }: Footer, use: (column: DecodedColumn) => void) {
    prepareCodec(memoryBudgetBytes)
    this.#leaf = leaf
    this.#use = use
    this.#file = new VirtualFile(leaf)
  }

  get rows(): number {
    return this.#file.values
  }

  startChunk({ codec }: ColumnChunk): void {
    checkCodec(codec, `column ${quoted(pathOf(this.#leaf))}`)
    this.#enough = PIECE_ROWS
    if (!this.#file.hasRoom) this.flush()
    this.#file.startChunk(codec)
  }

  async setDictionary(page: Page): Promise<void> {
    this.#file.setDictionary(await page.whole())
    // a dictionary is decoded anew for every piece: one larger than the piece would make that the main work
    this.#enough = Math.max(this.#enough, page.values, page.uncompressedLength / 8)
  }

  async *add(page: Page): AsyncGenerator<void> {
    this.#file.add(await page.whole())
    if (!this.#file.isFull(this.#enough)) return
    this.flush()
    yield
  }

  flush(): void {
    const stated = this.rows
    if (stated === 0) return
    let decoded = 0
    decodeColumn(this.#file.bytes(), this.#leaf.nodes.length, valueWidth(this.#leaf), (column) => {
      decoded += column.rows
      if (decoded <= stated) this.#use(column)
    })
    if (decoded !== stated) {
      const label = `column ${quoted(pathOf(this.#leaf))}`
      throw new RefusedError(
        'corrupt',
        `the file is damaged: pages of ${label} state ${stated} values and hold ${decoded}`,
      )
    }
    this.#file.clear()
  }
}
