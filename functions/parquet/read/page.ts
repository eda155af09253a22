/** The pages of one column chunk, walked header by header while its bytes stream in. */

import { crc32 } from 'node:zlib'
import type { ByteSource } from '../../shared/byte-source.ts'
import {
  type Bytes,
  ByteWindow,
  type RequestMemory,
  readAhead,
  requestMemory,
  type WindowMemory,
} from '../../shared/byte-window.ts'
import { quoted } from '../../shared/errors.ts'
import { checkFits } from '../../shared/memory-budget.ts'
import type { ColumnChunk } from '../format/column-chunk.ts'
import { DATA_PAGE_V2, DICTIONARY_PAGE, INDEX_PAGE } from '../format/enumerations.ts'
import type { FileWarningCode, FileWarnings } from '../format/file-warnings.ts'
import type { Footer } from '../format/footer.ts'
import { countZeros } from '../format/levels.ts'
import { damaged, type PageHeader, readPageHeader } from '../format/page-header.ts'
import { isRepeated, type Leaf, maxDefinitionLevel, pathOf } from '../format/schema.ts'

/** A page whose header has been read. */
export interface Page extends PageHeader {
  /** Offset in the file. */
  readonly at: number
  /** How messages name it. */
  readonly label: string
  /** The header as it lies in the file; to be asked for before any of `body` is used. */
  header(): Uint8Array
  /** Header and body as they lie in the file, checked; to be asked for before any of `body` is used. */
  whole(): Promise<WholePage>
  /** Adds to the file's warnings that something of it is wrong and does not matter. */
  warn(code: FileWarningCode): void
  /**
   * Compares the levels of a v2 page with what it states; to be asked for before any of `body` is used.
   * @returns the nulls of a v2 page of a flat column
   */
  checkLevels(): Promise<number | undefined>
  /** What follows the header, piece by piece, for pages too long to be held; its checksum is checked at the end. */
  readonly body: Bytes
  /** All that follows the header, read once more. */
  again(): Promise<Uint8Array>
}

export interface WholePage extends Page {
  /** Header and body; valid until the next page is asked for. */
  readonly bytes: Uint8Array
}

/** Memory that one column's walks use again and again, chunk after chunk. */
export interface ReadBuffers extends WindowMemory {
  readonly requests: RequestMemory
  /** What a page may take, encoded and decoded, before it is refused. */
  readonly limitBytes: number
  /** Of the file. */
  readonly warnings: FileWarnings
}

/** Time, three prices, and a symbol or what is being written are in memory at the same time. */
const COLUMNS_AT_ONCE = 5

export function readBuffers({ memoryBudgetBytes, warnings }: Footer): ReadBuffers {
  return {
    window: new Uint8Array(0),
    requests: requestMemory(),
    limitBytes: memoryBudgetBytes / COLUMNS_AT_ONCE,
    warnings,
  }
}

/**
 * Yields the dictionary page, if there is one, and the data pages of a chunk, in file order. Each may be used until the
 * next one is asked for.
 *
 * @throws RefusedError when a header contradicts the chunk or the chunk does not hold the values that it states
 */
export async function* pagesOf(
  source: ByteSource,
  leaf: Leaf,
  chunk: ColumnChunk,
  rows: number,
  buffers: ReadBuffers,
): AsyncGenerator<Page> {
  const label = `column ${quoted(pathOf(leaf))}`
  const expected = isRepeated(leaf) ? chunk.values : rows
  if (expected !== chunk.values) throw damaged(label, `its chunk states ${chunk.values} values for ${rows} rows`)
  if (expected === 0) return
  let found = 0
  let hasDictionary = false
  let at = chunk.start
  const { limitBytes, warnings } = buffers
  const context = { leaf, chunk, label, warnings }
  const bytes = new ByteWindow(readAhead(source, chunk.start, chunk.end, buffers.requests), buffers)
  try {
    while (found < expected || at < chunk.end) {
      const left = chunk.end - at
      const read = readPageHeader(bytes, context, at)
      const header = read instanceof Promise ? await read : read
      const length = header.headerLength + header.bodyLength
      if (at + length > chunk.end) {
        throw damaged(label, `the page at byte ${at} is ${length} bytes long and leaves its chunk`)
      }
      if (header.kind === DICTIONARY_PAGE) {
        if (found > 0 || hasDictionary) throw damaged(label, `the dictionary at byte ${at} is not the first page`)
        hasDictionary = true
      } else found += header.values
      if (header.values > 0 && found - header.values === expected) {
        throw damaged(label, `its chunk goes on for ${left} bytes after its last page`)
      }
      if (found > expected) throw damaged(label, `its pages hold more than the ${expected} values stated`)
      const page = new OpenPage(header, at, { source, window: bytes, leaf, label, limitBytes, warnings })
      if (header.kind !== INDEX_PAGE) yield page
      // nothing is waited for while the page is in the window: there may be very many
      const skipped = page.skipRest()
      if (skipped) await skipped
      at += length
    }
  } finally {
    await bytes.close()
  }
}

/** A page up to this size is held as a whole, compressed and not; a longer one streams by. */
export const HELD_PAGE_BYTES = 2 * 1024 * 1024
/** Bytes that a longer one is copied in. */
const COPY_BYTES = 256 * 1024

/** Header and body as they lie in the file. */
export async function* piecesOf(page: Page): AsyncGenerator<Uint8Array> {
  if (page.bodyLength <= HELD_PAGE_BYTES) {
    yield (await page.whole()).bytes.slice()
    return
  }
  await page.checkLevels()
  yield page.header()
  for (let left = page.bodyLength; left > 0; ) {
    const piece = (await page.body.atLeast(COPY_BYTES)).slice(0, COPY_BYTES)
    page.body.advance(piece.length)
    left -= piece.length
    yield piece
  }
}

/** What the pages of a chunk have in common. */
interface ChunkWalk {
  readonly source: ByteSource
  readonly window: Bytes
  readonly leaf: Leaf
  readonly label: string
  readonly limitBytes: number
  readonly warnings: FileWarnings
}

/** The page that comes next in a window; itself its body. */
class OpenPage implements WholePage, Bytes {
  readonly kind: number
  readonly headerLength: number
  readonly bodyLength: number
  readonly uncompressedLength: number
  readonly crc: number | undefined
  readonly values: number
  readonly nulls: number | undefined
  readonly encoding: number
  readonly levelsLength: number
  readonly repetitionsLength: number
  readonly isCompressed: boolean
  readonly at: number
  readonly label: string
  bytes: Uint8Array = NO_BYTES
  readonly #walk: ChunkWalk
  /** Bytes of the header, then of the body, that have not been used. */
  #header: number
  #left: number
  #view: Uint8Array = NO_BYTES
  #checksum = 0

  constructor(header: PageHeader, at: number, walk: ChunkWalk) {
    this.kind = header.kind
    this.headerLength = header.headerLength
    this.bodyLength = header.bodyLength
    this.uncompressedLength = header.uncompressedLength
    this.crc = header.crc
    this.values = header.values
    this.nulls = header.nulls
    this.encoding = header.encoding
    this.levelsLength = header.levelsLength
    this.repetitionsLength = header.repetitionsLength
    this.isCompressed = header.isCompressed
    this.at = at
    this.label = walk.label
    this.#walk = walk
    this.#header = header.headerLength
    this.#left = header.bodyLength
  }

  get body(): Bytes {
    return this
  }

  warn(code: FileWarningCode): void {
    this.#walk.warnings.add(code, this.label)
  }

  header(): Uint8Array {
    const view = this.#walk.window.atLeast(this.headerLength)
    if (view instanceof Promise) throw new Error('the header has left the window')
    return view.slice(0, this.headerLength)
  }

  again(): Promise<Uint8Array> {
    const start = this.at + this.headerLength
    return this.#walk.source.slice(start, start + this.bodyLength)
  }

  async whole(): Promise<WholePage> {
    const { window, limitBytes } = this.#walk
    const needed = memoryOf(this)
    if (needed > limitBytes) checkFits(`the page at byte ${this.at} of ${this.label}`, needed, limitBytes)
    const length = this.headerLength + this.bodyLength
    const view = window.atLeast(length)
    const bytes = (view instanceof Promise ? await view : view).subarray(0, length)
    this.bytes = bytes
    const body = bytes.subarray(this.headerLength)
    if (this.crc !== undefined) this.#checkSum(crc32(body))
    await this.checkLevels()
    return this
  }

  async checkLevels(): Promise<number | undefined> {
    const { window, leaf, limitBytes } = this.#walk
    if (this.kind !== DATA_PAGE_V2 || leaf.nodes.length > 1 || isRepeated(leaf)) return undefined
    const end = this.headerLength + this.levelsLength
    if (end > limitBytes) checkFits(`the levels of the page at byte ${this.at} of ${this.label}`, end, limitBytes)
    const view = window.atLeast(end)
    const levels = (view instanceof Promise ? await view : view).subarray(
      this.headerLength + this.repetitionsLength,
      end,
    )
    return checkNulls(this, maxDefinitionLevel(leaf) === 0 ? 0 : countZeros(levels, this.values))
  }

  atLeast(count: number): Promise<Uint8Array> | Uint8Array {
    this.#passHeader()
    const view = this.#walk.window.atLeast(Math.min(count, this.#left))
    return view instanceof Promise ? view.then((bytes) => this.#cut(bytes)) : this.#cut(view)
  }

  advance(count: number): void {
    if (this.crc !== undefined) this.#checksum = crc32(this.#view.subarray(0, count), this.#checksum)
    this.#view = this.#view.subarray(count)
    this.#walk.window.advance(count)
    this.#left -= count
    if (this.#left === 0) this.#checkSum(this.#checksum)
  }

  /** Goes to the end, without a look at what is passed over. */
  skipRest(): Promise<void> | undefined {
    this.#passHeader()
    while (this.#left > 0) {
      const view = this.#walk.window.atLeast(1)
      if (view instanceof Promise) return view.then(() => this.skipRest())
      const count = Math.min(this.#left, view.length)
      this.#walk.window.advance(count)
      this.#left -= count
    }
    return undefined
  }

  #passHeader(): void {
    this.#walk.window.advance(this.#header)
    this.#header = 0
  }

  #cut(view: Uint8Array): Uint8Array {
    this.#view = view.subarray(0, this.#left)
    return this.#view
  }

  #checkSum(found: number): void {
    if (this.crc === undefined || this.crc >>> 0 === found) return
    const where = `the checksum of the page at byte ${this.at}`
    throw damaged(this.label, `${where} is wrong; the file was changed after it was written`)
  }
}

const NO_BYTES = new Uint8Array(0)

/** Its bytes twice, because buffers grow by doubling; decompressed; and eight bytes a value (measured 20 a row in all). */
function memoryOf({ headerLength, bodyLength, uncompressedLength, values }: PageHeader): number {
  return 2 * (headerLength + bodyLength) + uncompressedLength + 8 * values
}

/**
 * A v2 page states how many nulls it has, and its levels say so too: readers believe the levels.
 * @param found undefined when the levels are none
 * @returns how many there are
 */
export function checkNulls(page: Page, found: number | undefined): number {
  const { nulls, label, at } = page
  if (found === undefined) throw damaged(label, `the page at byte ${at} has no such levels`)
  if (nulls !== undefined && nulls !== found) page.warn('null-count')
  return found
}
