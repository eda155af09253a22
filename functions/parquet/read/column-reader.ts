/**
 * Decodes one column of a file piece by piece. The memory depends neither on the size of row groups nor on that of
 * pages.
 */

import type { ByteSource } from '../../shared/byte-source.ts'
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { quoted } from '../../shared/errors.ts'
import { type ColumnChunk, columnChunk, rowGroup } from '../format/column-chunk.ts'
import { DICTIONARY_PAGE } from '../format/enumerations.ts'
import type { Footer } from '../format/footer.ts'
import { type Leaf, pathOf } from '../format/schema.ts'
import type { ChunkDecoder } from './chunk-decoder.ts'
import { pagesOf, readBuffers } from './chunk-pages.ts'
import type { Page } from './page.ts'
import { canDecode, canDecodeValues, pageDecoder } from './page-decoder.ts'
import { StatedNulls } from './stated-nulls.ts'

/** `usual`: the decoders of this folder where they can, else parquet-wasm. `wasm`: parquet-wasm decodes everything. */
export type Reader = 'usual' | 'wasm'

export interface ReadOptions {
  /** Whether any of the rows `from` to `to` (exclusive) is wanted; pages without one are not decoded. */
  readonly needs?: (from: number, to: number) => boolean
  readonly reader?: Reader | undefined
}

/**
 * Decodes a column that holds one value per row, from its first row to its last. Each step of the generator has handed one
 * piece to `use` (whose argument is valid during the call only) and yields the number of its rows. Small row groups share a
 * piece.
 */
export async function* readColumn(
  source: ByteSource,
  footer: Footer,
  leaf: Leaf,
  use: (column: DecodedColumn, firstRow: number) => void,
  { needs = () => true, reader = 'usual' }: ReadOptions = {},
): AsyncGenerator<number> {
  const buffers = readBuffers(footer)
  /** The next row of the file, and the first row that has not been handed on. */
  let [row, handed] = [0, 0]
  /** Rows handed on since the last step. */
  let rows = 0
  const nulls = new StatedNulls(() => footer.warnings.add('null-count', `column ${quoted(pathOf(leaf))}`))
  const handOn = (column: DecodedColumn) => {
    nulls.take(column, handed)
    use(column, handed)
    handed += column.rows
    rows += column.rows
  }
  const taken = () => {
    const count = rows
    rows = 0
    return count
  }
  const decoders = new Decoders(leaf, footer, buffers.limitBytes, handOn, reader)
  const pass = function* (passed: number): Generator<number> {
    decoders.current?.flush()
    if (rows > 0) yield taken()
    row += passed
    handed = row
  }
  for (let i = 0; i < footer.rowGroups.length; i++) {
    const groupRows = footer.groupRows[i]!
    if (!needs(row, row + groupRows)) {
      yield* pass(groupRows)
      continue
    }
    const chunk = columnChunk(footer, rowGroup(footer, i), leaf)
    let decoder = await decoders.startChunk(chunk)
    nulls.expect(chunk, row, row + groupRows)
    if (rows > 0) yield taken()
    const from = { source, leaf, chunk, rows: groupRows, buffers }
    for await (const page of pagesOf(from)) {
      if (page.kind === DICTIONARY_PAGE) await decoder.setDictionary(page)
      else if (page.values === 0) continue
      else if (needs(row, row + page.values)) {
        if (!decoders.fits(page)) {
          decoder = await decoders.startWasm(chunk, pagesOf({ ...from, buffers: readBuffers(footer) }))
        }
        for await (const _ of decoder.add(page)) yield taken()
        row += page.values
      } else yield* pass(page.values)
    }
  }
  decoders.current?.flush()
  if (rows > 0) yield taken()
}

/**
 * Chooses the decoder of each chunk: the one of this folder, or parquet-wasm, which is loaded only when a chunk needs
 * it.
 */
export class Decoders {
  current: ChunkDecoder | undefined
  readonly #reader: Reader
  readonly #leaf: Leaf
  readonly #footer: Footer
  readonly #limitBytes: number
  #own: ChunkDecoder | undefined
  #wasm: ChunkDecoder | undefined
  readonly #use: (column: DecodedColumn) => void

  constructor(
    leaf: Leaf,
    footer: Footer,
    limitBytes: number,
    use: (column: DecodedColumn) => void,
    reader: Reader = 'usual',
  ) {
    this.#reader = reader
    this.#leaf = leaf
    this.#footer = footer
    this.#use = use
    this.#limitBytes = limitBytes
  }

  async startChunk(chunk: ColumnChunk): Promise<ChunkDecoder> {
    const isOwn = this.#reader === 'usual' && canDecode(this.#leaf, chunk)
    const decoder = isOwn ? this.#made() : await this.#loaded()
    if (decoder !== this.current) this.current?.flush()
    this.current = decoder
    decoder.startChunk(chunk)
    return decoder
  }

  /** Whether the current decoder can decode a page: its chunk may state wrong encodings. */
  fits({ encoding }: Page): boolean {
    return this.current !== this.#own || canDecodeValues(encoding)
  }

  /** Lets parquet-wasm take over in the middle of a chunk. @param pages of the chunk, from its first one on */
  async startWasm(chunk: ColumnChunk, pages: AsyncIterable<Page>): Promise<ChunkDecoder> {
    const decoder = await this.#loaded()
    this.current?.flush()
    this.current = decoder
    decoder.startChunk(chunk)
    for await (const page of pages) {
      if (page.kind === DICTIONARY_PAGE) await decoder.setDictionary(page)
      break
    }
    return decoder
  }

  #made(): ChunkDecoder {
    this.#own ??= pageDecoder(this.#leaf, this.#footer, this.#limitBytes, this.#use)
    return this.#own
  }

  async #loaded(): Promise<ChunkDecoder> {
    if (!this.#wasm) {
      const { WasmDecoder } = await import('./wasm-decoder.ts')
      this.#wasm = new WasmDecoder(this.#leaf, this.#footer, this.#use)
    }
    return this.#wasm
  }
}
