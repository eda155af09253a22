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
import { canDecode, pageDecoder } from './page-decoder.ts'
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
  const nulls = new StatedNulls(() => footer.warnings.add('null-count', `column ${quoted(pathOf(leaf))}`))
  const handed = new HandedRows((column, firstRow) => {
    nulls.take(column, firstRow)
    use(column, firstRow)
  })
  const decoders = new Decoders(leaf, footer, buffers.limitBytes, (column) => handed.add(column), reader)
  /** The next row of the file. */
  let row = 0
  const pass = function* (rows: number): Generator<number> {
    decoders.current?.flush()
    yield* handed.taken()
    row += rows
    handed.end = row
  }
  for (let i = 0; i < footer.rowGroups.length; i++) {
    const groupRows = footer.groupRows[i]!
    if (!needs(row, row + groupRows)) {
      yield* pass(groupRows)
      continue
    }
    const chunk = columnChunk(footer, rowGroup(footer, i), leaf)
    const decoder = await decoders.startChunk(chunk)
    nulls.expect(chunk, row, row + groupRows)
    yield* handed.taken()
    for await (const page of pagesOf({ source, leaf, chunk, rows: groupRows, buffers })) {
      if (page.kind === DICTIONARY_PAGE) await decoder.setDictionary(page)
      else if (page.values === 0) continue
      else if (needs(row, row + page.values)) {
        const skipped = decoder.canSkip ? unneeded(needs, row, row + page.values) : 0
        if (skipped > 0) yield* pass(skipped)
        for await (const _ of decoder.add(page, skipped)) yield* handed.taken()
        row += page.values - skipped
      } else yield* pass(page.values)
    }
  }
  decoders.current?.flush()
  yield* handed.taken()
}

/** Rows of a page are passed over in such steps: a page may have a million rows, of which a few are needed. */
const SKIPPED_ROWS = 4096

/** The number of rows from the first one on that are not needed. */
function unneeded(needs: (from: number, to: number) => boolean, from: number, end: number): number {
  let row = from
  while (row + SKIPPED_ROWS < end && !needs(row, row + SKIPPED_ROWS)) row += SKIPPED_ROWS
  return row - from
}

/** Counts the rows that decoders hand on. */
class HandedRows {
  readonly #use: (column: DecodedColumn, firstRow: number) => void
  /** The row after those that were handed on or passed over. */
  end = 0
  /** Rows handed on since the last step. */
  #rows = 0

  constructor(use: (column: DecodedColumn, firstRow: number) => void) {
    this.#use = use
  }

  add(column: DecodedColumn): void {
    this.#use(column, this.end)
    this.end += column.rows
    this.#rows += column.rows
  }

  /** Ends a step: yields the number of its rows, unless it has none. */
  *taken(): Generator<number> {
    const rows = this.#rows
    this.#rows = 0
    if (rows > 0) yield rows
  }
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
