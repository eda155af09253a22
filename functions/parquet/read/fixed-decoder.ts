/** Decodes values of a fixed width. */

import { BLOCK_ROWS, blockEnd } from '../../shared/block-rows.ts'
import type { Bytes } from '../../shared/byte-window.ts'
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { MAX_HYBRID_BYTES } from '../format/hybrid.ts'
import type { LevelReader } from '../format/levels.ts'
import { hasIndices } from '../format/page-header.ts'
import type { ChunkDecoder } from './chunk-decoder.ts'
import type { Page } from './page.ts'
import { checkEnd, tooShort } from './page-end.ts'
import { type IndexReader, indexReader, noSuchEntry, type PageOpener } from './page-values.ts'
import { type FixedDictionary, FixedPiece, fixedDictionary } from './piece.ts'

export class FixedDecoder implements ChunkDecoder {
  readonly canSkip = true
  readonly #pages: PageOpener
  readonly #width: number
  readonly #piece: FixedPiece
  readonly #use: (column: DecodedColumn) => void
  readonly #dictionaryOf: (page: Page) => Promise<FixedDictionary>
  #dictionary = fixedDictionary(new Uint8Array(0), 1)
  readonly #indices = new Int32Array(BLOCK_ROWS)

  constructor(
    pages: PageOpener,
    width: number,
    fileRows: number,
    use: (column: DecodedColumn) => void,
    dictionaryOf = async (page: Page) => fixedDictionary(await pages.dictionary(page), width),
  ) {
    this.#dictionaryOf = dictionaryOf
    this.#pages = pages
    this.#width = width
    this.#piece = new FixedPiece(width, fileRows)
    this.#use = use
  }

  get rows(): number {
    return this.#piece.rows
  }

  startChunk(): void {
    this.#dictionary = fixedDictionary(new Uint8Array(0), 1)
  }

  async setDictionary(page: Page): Promise<void> {
    this.#dictionary = await this.#dictionaryOf(page)
  }

  async *add(page: Page, from = 0): AsyncGenerator<void> {
    const piece = this.#piece
    const { values, nulls, levels, finish, close } = await this.#pages.open(page)
    try {
      const isPlain = !hasIndices(page)
      const reader = isPlain || nulls === page.values ? undefined : await indexReader(page, values)
      const skipped = nulls === 0 ? from : countPresent(levels, from)
      if (isPlain) await skipBytes(page, values, skipped * this.#width)
      else if (skipped > 0) await skipIndices(values, reader!, skipped)
      for (let left = page.values - from; left > 0; ) {
        const count = Math.min(left, piece.room)
        const present = nulls === 0 ? count : addLevels(piece, levels, count)
        if (nulls === 0) piece.validity.addValues(piece.rows, piece.rows + count)
        if (isPlain) await this.#readPlain(page, values, present)
        else if (present > 0) await this.#readIndexed(page, values, reader!, present)
        piece.addRows(count, present)
        left -= count
        if (piece.room === 0) {
          this.flush()
          yield
        }
      }
      const checked = isPlain ? checkEnd(page, values) : undefined
      if (checked) await checked
      if (finish) await finish()
    } finally {
      if (close) await close()
    }
  }

  async #readPlain(page: Page, values: Bytes, count: number): Promise<void> {
    const length = count * this.#width
    const bytes = await values.atLeast(length)
    if (bytes.length < length) throw tooShort(page)
    this.#piece.setPlain(bytes.subarray(0, length))
    values.advance(length)
  }

  async #readIndexed(page: Page, values: Bytes, reader: IndexReader, count: number): Promise<void> {
    for (let done = 0; done < count; ) {
      const few = blockEnd(done, count) - done
      const bytes = values.atLeast(few * MAX_HYBRID_BYTES)
      // nothing is awaited while there are enough bytes: a page has thousands of blocks
      reader.read(bytes instanceof Uint8Array ? bytes : await bytes, this.#indices, few)
      if (!this.#piece.setFromDictionary(this.#dictionary, this.#indices, few, done)) throw noSuchEntry(page)
      done += few
    }
  }

  flush(): void {
    if (this.#piece.rows > 0) this.#use(this.#piece.column())
    this.#piece.clear()
  }
}

/** Advances over bytes without gathering them. */
async function skipBytes(page: Page, values: Bytes, count: number): Promise<void> {
  for (let left = count; left > 0; ) {
    const { length } = await values.atLeast(1)
    if (length === 0) throw tooShort(page)
    values.advance(Math.min(left, length))
    left -= length
  }
}

async function skipIndices(values: Bytes, reader: IndexReader, count: number): Promise<void> {
  for (let left = count; left > 0; left -= BLOCK_ROWS) {
    const few = Math.min(left, BLOCK_ROWS)
    const bytes = values.atLeast(few * MAX_HYBRID_BYTES)
    reader.skip(bytes instanceof Uint8Array ? bytes : await bytes, few)
  }
}

/** Of the next `count` rows, how many have a value. */
function countPresent(levels: LevelReader, count: number): number {
  let present = 0
  for (let row = 0; row < count; row++) if (levels.next()) present++
  return present
}

/** Marks which of the next `count` rows have a value. @returns how many do */
function addLevels({ rows, validity }: FixedPiece, levels: LevelReader, count: number): number {
  let present = 0
  for (let row = rows; row < rows + count; row++) {
    if (levels.next()) {
      validity.addValues(row, row + 1)
      present++
    } else validity.addNull(row)
  }
  return present
}
