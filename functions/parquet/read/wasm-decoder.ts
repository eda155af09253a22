/** Decodes columns with one value per row in pages that only parquet-wasm can decode. */

import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { quoted, RefusedError } from '../../shared/errors.ts'
import type { ColumnChunk } from '../format/column-chunk.ts'
import type { Footer } from '../format/footer.ts'
import { type Leaf, pathOf, valueWidth } from '../format/schema.ts'
import { checkCompression, decodeColumn } from '../wasm/parquet-wasm.ts'
import { VirtualFile } from '../wasm/virtual-file.ts'
import { wasmInstance } from '../wasm/wasm-instance.ts'
import type { ChunkDecoder } from './chunk-decoder.ts'
import type { Page } from './page.ts'
import { PIECE_BYTES, PIECE_ROWS } from './piece.ts'

export class WasmDecoder implements ChunkDecoder {
  readonly canSkip = false
  readonly #leaf: Leaf
  readonly #use: (column: DecodedColumn) => void
  readonly #file: VirtualFile
  /** Rows at which parquet-wasm is called. With fewer, its calls would matter; more would only take memory. */
  #enough = PIECE_ROWS

  constructor(leaf: Leaf, { memoryBudgetBytes }: Footer, use: (column: DecodedColumn) => void) {
    wasmInstance.prepare(memoryBudgetBytes)
    this.#leaf = leaf
    this.#use = use
    this.#file = new VirtualFile(leaf)
  }

  get rows(): number {
    return this.#file.values
  }

  startChunk({ compression }: ColumnChunk): void {
    checkCompression(compression, `column ${quoted(pathOf(this.#leaf))}`)
    this.#enough = PIECE_ROWS
    if (!this.#file.hasRoom) this.flush()
    this.#file.startChunk(compression)
  }

  async setDictionary(page: Page): Promise<void> {
    this.#file.setDictionary(await page.whole())
    // parquet-wasm decodes the dictionary again for every call, so a call takes at least as many rows as it has
    // entries
    this.#enough = Math.max(this.#enough, page.values, page.uncompressedLength / 8)
  }

  async *add(page: Page): AsyncGenerator<void> {
    this.#file.add(await page.whole())
    if (this.rows < this.#enough && this.#file.uncompressedBytes < PIECE_BYTES) return
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
