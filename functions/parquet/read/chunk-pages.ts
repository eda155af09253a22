/** Walks over the pages of a column chunk, header by header, while its bytes stream in. */
import type { ByteSource } from '../../shared/byte-source.ts'
import {
  ByteWindow,
  type RequestMemory,
  readAhead,
  requestMemory,
  type WindowMemory,
} from '../../shared/byte-window.ts'
import { quoted } from '../../shared/errors.ts'
import type { ColumnChunk } from '../format/column-chunk.ts'
import { DICTIONARY_PAGE, INDEX_PAGE } from '../format/enumerations.ts'
import type { WarningCollector } from '../format/file-warnings.ts'
import type { Footer } from '../format/footer.ts'
import { damaged, type PageHeader, readPageHeader } from '../format/page-header.ts'
import { isRepeated, type Leaf, pathOf } from '../format/schema.ts'
import { HELD_PAGE_BYTES, OpenPage, type Page } from './page.ts'

/** Memory that the walks over one column's chunks share. */
export interface ReadBuffers extends WindowMemory {
  readonly requests: RequestMemory
  /** Memory that a page may take, encoded and decoded. */
  readonly limitBytes: number
  /** The warnings of the file. */
  readonly warnings: WarningCollector
}

/** Time, three prices, and a symbol or the column that is written are in memory at the same time. */
const COLUMNS_AT_ONCE = 5

export function readBuffers({ memoryBudgetBytes, warnings }: Footer): ReadBuffers {
  return {
    window: new Uint8Array(0),
    requests: requestMemory(),
    limitBytes: memoryBudgetBytes / COLUMNS_AT_ONCE,
    warnings,
  }
}

/** A column chunk of a file and the memory to read it with. */
export interface ReadableChunk {
  readonly source: ByteSource
  readonly leaf: Leaf
  readonly chunk: ColumnChunk
  /** Rows of the row group. */
  readonly rows: number
  readonly buffers: ReadBuffers
}

/**
 * Yields the dictionary page, if there is one, and the data pages of a chunk, in file order. Each is valid until the next
 * one is asked for.
 *
 * @throws RefusedError when a header contradicts the chunk or the chunk does not hold the values that it states
 */
export async function* pagesOf({ source, leaf, chunk, rows, buffers }: ReadableChunk): AsyncGenerator<Page> {
  const label = `column ${quoted(pathOf(leaf))}`
  const expected = isRepeated(leaf) ? chunk.values : rows
  if (expected !== chunk.values) throw damaged(label, `its chunk states ${chunk.values} values for ${rows} rows`)
  if (expected === 0) return
  const { limitBytes, warnings } = buffers
  const context = { leaf, chunk, label, warnings }
  const window = new ByteWindow(readAhead(source, chunk.start, chunk.end, buffers.requests), buffers)
  const progress = new ChunkProgress(chunk, expected, label)
  try {
    while (!progress.isDone) {
      const { at } = progress
      const read = readPageHeader(window, context, at)
      const header = read instanceof Promise ? await read : read
      progress.pass(header)
      const page = new OpenPage(header, at, { source, window, leaf, label, limitBytes, warnings })
      if (header.kind !== INDEX_PAGE) yield page
      // nothing is awaited while the page is in the window: a chunk may have very many pages
      const skipped = page.skipRest()
      if (skipped) await skipped
    }
  } finally {
    await window.close()
  }
}

/** Checks that the pages of a chunk together hold its values and take its bytes. */
class ChunkProgress {
  /** Offset of the next page in the file. */
  at: number
  readonly #end: number
  readonly #expected: number
  readonly #label: string
  /** Values of the data pages so far. */
  #found = 0
  #hasDictionary = false

  constructor({ start, end }: ColumnChunk, expected: number, label: string) {
    this.at = start
    this.#end = end
    this.#expected = expected
    this.#label = label
  }

  get isDone(): boolean {
    return this.#found >= this.#expected && this.at >= this.#end
  }

  pass({ kind, headerLength, bodyLength, values }: PageHeader): void {
    const { at } = this
    const length = headerLength + bodyLength
    if (at + length > this.#end) {
      throw this.#damaged(`the page at byte ${at} is ${length} bytes long and leaves its chunk`)
    }
    if (kind === DICTIONARY_PAGE) {
      if (this.#found > 0 || this.#hasDictionary)
        throw this.#damaged(`the dictionary at byte ${at} is not the first page`)
      this.#hasDictionary = true
    } else this.#found += values
    if (values > 0 && this.#found - values === this.#expected) {
      throw this.#damaged(`its chunk goes on for ${this.#end - at} bytes after its last page`)
    }
    if (this.#found > this.#expected) {
      throw this.#damaged(`its pages hold more than the ${this.#expected} values stated`)
    }
    this.at += length
  }

  #damaged(what: string): Error {
    return damaged(this.#label, what)
  }
}

/** Bytes of a long page that are copied at a time. */
const COPIED_PIECE_BYTES = 256 * 1024

/** Yields header and body as they are in the file. */
export async function* bytesOfPage(page: Page): AsyncGenerator<Uint8Array> {
  if (page.bodyLength <= HELD_PAGE_BYTES) {
    yield (await page.whole()).bytes.slice()
    return
  }
  const { header, body } = await page.stream()
  yield header
  for (let left = page.bodyLength; left > 0; ) {
    const piece = (await body.atLeast(COPIED_PIECE_BYTES)).slice(0, COPIED_PIECE_BYTES)
    body.advance(piece.length)
    left -= piece.length
    yield piece
  }
}
