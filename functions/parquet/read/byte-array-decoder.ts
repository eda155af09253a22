/** Decodes byte arrays. */

import { BLOCK_ROWS } from '../../shared/block-rows.ts'
import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { checkFits } from '../../shared/memory-budget.ts'
import { MAX_HYBRID_BYTES } from '../format/hybrid.ts'
import { hasIndices } from '../format/page-header.ts'
import type { ChunkDecoder } from './chunk-decoder.ts'
import type { Page } from './page.ts'
import { checkEnd, tooShort } from './page-end.ts'
import { indexReader, noSuchEntry, type PageOpener, type PageValues } from './page-values.ts'
import { ByteArrayPiece, Entries, uint32At } from './piece.ts'

/** Bytes of values that are asked for at a time. */
const TEXT_BYTES = 64 * 1024
/** Pages with shorter texts on average are not compared with the memory allowed. */
const LONG_TEXT_BYTES = 64

/** Dictionaries of all files have entries of different numbers, so that a number never stands for other bytes. */
let nextEntry = 0

const NO_ENTRIES = new Entries(new Uint8Array(0), new Int32Array(0), new Int32Array(0), 0)

export class ByteArrayDecoder implements ChunkDecoder {
  readonly canSkip = true
  readonly #pages: PageOpener
  readonly #piece: ByteArrayPiece
  readonly #use: (column: DecodedColumn) => void
  #dictionary = NO_ENTRIES
  /** Whether the dictionary has texts that pages are compared for with the memory allowed. */
  #hasLong = false

  constructor(pages: PageOpener, fileRows: number, use: (column: DecodedColumn) => void) {
    this.#pages = pages
    this.#piece = new ByteArrayPiece(fileRows)
    this.#use = use
  }

  get rows(): number {
    return this.#piece.rows
  }

  startChunk(): void {
    this.#dictionary = NO_ENTRIES
  }

  async setDictionary(page: Page): Promise<void> {
    const bytes = (await this.#pages.dictionary(page)).slice()
    const view = new DataView(bytes.buffer)
    const [starts, ends] = [new Int32Array(page.values), new Int32Array(page.values)]
    let at = 0
    for (let i = 0; i < page.values; i++) {
      if (at + 4 > bytes.length) throw tooShort(page)
      const length = view.getUint32(at, true)
      starts[i] = at + 4
      at += 4 + length
      if (at > bytes.length) throw tooShort(page)
      ends[i] = at
    }
    this.#dictionary = new Entries(bytes, starts, ends, nextEntry)
    this.#hasLong = starts.some((start, i) => ends[i]! - start > LONG_TEXT_BYTES)
    nextEntry += page.values
  }

  async *add(page: Page, from = 0): AsyncGenerator<void> {
    const opened = await this.#pages.open(page)
    try {
      const isPlain = !hasIndices(page)
      const rows = isPlain ? this.#addPlain(page, opened, from) : this.#addIndexed(page, opened, from)
      for await (const _ of rows) yield
      if (isPlain) await checkEnd(page, opened.values)
      if (opened.finish) await opened.finish()
    } finally {
      if (opened.close) await opened.close()
    }
  }

  async *#addPlain(page: Page, { values, nulls, levels }: PageValues, from: number): AsyncGenerator<void> {
    const piece = this.#piece
    let view = await values.atLeast(TEXT_BYTES)
    let at = 0
    const more = async (count: number) => {
      checkFits(`a value of ${page.label}`, count, this.#pages.limitBytes)
      values.advance(at)
      at = 0
      view = await values.atLeast(Math.max(count, TEXT_BYTES))
      if (view.length < count) throw tooShort(page)
    }
    for (let row = 0; row < page.values; ) {
      if (nulls > 0 && !levels.next()) {
        if (row >= from) piece.addNull()
        row++
      } else {
        if (at + 4 > view.length) await more(4)
        const length = uint32At(view, at)
        if (at + 4 + length > view.length) await more(4 + length)
        if (row < from) {
          at += 4 + length
          row++
        } else {
          const before = piece.rows
          at = piece.addPlain(view, at, nulls > 0 ? 1 : page.values - row)
          row += piece.rows - before
        }
      }
      if (piece.isFull) {
        this.flush()
        yield
      }
    }
    values.advance(at)
  }

  async *#addIndexed(page: Page, { values, nulls, levels }: PageValues, from: number): AsyncGenerator<void> {
    const piece = this.#piece
    const reader = nulls === page.values ? undefined : await indexReader(page, values)
    const indices = new Int32Array(BLOCK_ROWS)
    let [held, used, left, bytes] = [0, 0, page.values - nulls, 0]
    for (let row = 0; row < page.values; ) {
      if (nulls > 0 && !levels.next()) {
        if (row >= from) piece.addNull()
        row++
      } else {
        if (used === held) {
          held = Math.min(left, indices.length)
          reader!.read(await values.atLeast(held * MAX_HYBRID_BYTES), indices, held)
          if (!areBelow(indices, held, this.#dictionary.starts.length)) throw noSuchEntry(page)
          left -= held
          used = 0
        }
        const rows = nulls > 0 ? 1 : held - used
        const taken = row < from ? Math.min(rows, from - row) : piece.addEntries(this.#dictionary, indices, used, rows)
        // a few bytes of indices may repeat a text of a megabyte a million times: what reads the rows would not end
        if (this.#hasLong) bytes += textBytesOf(this.#dictionary, indices, used, used + taken)
        used += taken
        row += taken
        if (bytes > LONG_TEXT_BYTES * row) {
          checkFits(`the text in the page at byte ${page.at} of ${page.label}`, bytes, this.#pages.limitBytes)
        }
      }
      if (piece.isFull) {
        this.flush()
        yield
      }
    }
  }

  flush(): void {
    if (this.#piece.rows > 0) this.#use(this.#piece.column())
    this.#piece.clear()
  }
}

function textBytesOf({ starts, ends }: Entries, indices: Int32Array, from: number, to: number): number {
  let length = 0
  for (let i = from; i < to; i++) length += ends[indices[i]!]! - starts[indices[i]!]!
  return length
}

function areBelow(indices: Int32Array, count: number, limit: number): boolean {
  for (let i = 0; i < count; i++) if (indices[i]! >>> 0 >= limit) return false
  return true
}
