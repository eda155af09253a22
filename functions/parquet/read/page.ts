/** A page whose header has been read and whose body is read on demand: held as a whole, or streamed. */
import { crc32 } from 'node:zlib'
import type { ByteSource } from '../../shared/byte-source.ts'
import type { Bytes } from '../../shared/byte-window.ts'
import { checkFits } from '../../shared/memory-budget.ts'
import { type Compression, DATA_PAGE_V2 } from '../format/enumerations.ts'
import type { FileWarningCode, WarningCollector } from '../format/file-warnings.ts'
import { countZeros } from '../format/levels.ts'
import { damaged, type PageHeader, type WholePage } from '../format/page-header.ts'
import { isRepeated, type Leaf, maxDefinitionLevel } from '../format/schema.ts'

/**
 * Valid until the next page is asked for.
 *
 * The bytes stream by, so `stream` moves on for good: after it, `whole` and `checkLevels` throw. A caller that only looks,
 * such as the counter of nulls, calls them before the page is handed to one that may stream it.
 */
export interface Page extends PageHeader {
  /** Offset in the file. */
  readonly at: number
  /** The name of its column in messages. */
  readonly label: string
  /**
   * Header and body, checked; valid until the next page is asked for. May be asked for more than once, but not after `stream`.
   * @throws RefusedError `too-big`, `corrupt`
   */
  whole(): Promise<WholePage>
  /**
   * The body piece by piece, for a page that is too long to be held. Its levels are checked before, its checksum at its end.
   * @throws RefusedError `too-big`, `corrupt`
   */
  stream(): Promise<StreamedPage>
  /**
   * Compares the levels of a v2 page with its header. May be asked for more than once, but not after `stream`.
   * @returns the nulls of a v2 page of a flat column
   */
  checkLevels(): Promise<number | undefined>
  /** Reads the body from the source once more. */
  again(): Promise<Uint8Array>
  /** Adds a harmless fault of the page to the file's warnings. */
  warn(code: FileWarningCode): void
}

export interface StreamedPage {
  /** A copy of the header's bytes. */
  readonly header: Uint8Array
  readonly body: Bytes
}

/** A page up to this size is held as a whole, compressed and decompressed; a longer one is streamed. */
export const HELD_PAGE_BYTES = 2 * 1024 * 1024

/** The common properties of a chunk's pages. */
export interface ChunkWalk {
  readonly source: ByteSource
  /** Begins with the page's header. */
  readonly window: Bytes
  readonly leaf: Leaf
  readonly label: string
  /** Memory that a page may take, encoded and decoded. */
  readonly limitBytes: number
  readonly warnings: WarningCollector
}

/** The page at the start of a window. */
export class OpenPage implements Page, WholePage {
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
  readonly compression: Compression
  readonly at: number
  readonly label: string
  bytes: Uint8Array = NO_BYTES
  readonly #walk: ChunkWalk
  /** Undefined while the window still begins with the header. */
  #body: PageBody | undefined

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
    this.compression = header.compression
    this.at = at
    this.label = walk.label
    this.#walk = walk
  }

  warn(code: FileWarningCode): void {
    this.#walk.warnings.add(code, this.label)
  }

  again(): Promise<Uint8Array> {
    const start = this.at + this.headerLength
    return this.#walk.source.slice(start, start + this.bodyLength)
  }

  async whole(): Promise<WholePage> {
    const { limitBytes } = this.#walk
    const needed = memoryOf(this)
    if (needed > limitBytes) checkFits(`the page at byte ${this.at} of ${this.label}`, needed, limitBytes)
    const bytes = this.#start(this.headerLength + this.bodyLength)
    this.bytes = bytes instanceof Promise ? await bytes : bytes
    if (this.crc !== undefined) checkSum(this, crc32(this.bytes.subarray(this.headerLength)))
    await this.checkLevels()
    return this
  }

  async stream(): Promise<StreamedPage> {
    await this.checkLevels()
    const header = (await this.#start(this.headerLength)).slice()
    return { header, body: this.#openBody() }
  }

  async checkLevels(): Promise<number | undefined> {
    const { leaf, limitBytes } = this.#walk
    if (this.kind !== DATA_PAGE_V2 || leaf.nodes.length > 1 || isRepeated(leaf)) return undefined
    const end = this.headerLength + this.levelsLength
    if (end > limitBytes) checkFits(`the levels of the page at byte ${this.at} of ${this.label}`, end, limitBytes)
    const start = this.#start(end)
    const levels = (start instanceof Promise ? await start : start).subarray(this.headerLength + this.repetitionsLength)
    return checkNulls(this, maxDefinitionLevel(leaf) === 0 ? 0 : countZeros(levels, this.values))
  }

  /** The first bytes of the page, header included. */
  #start(length: number): Promise<Uint8Array> | Uint8Array {
    if (this.#body) throw new Error(`the page at byte ${this.at} is streamed already`)
    const view = this.#walk.window.atLeast(length)
    return view instanceof Promise ? view.then((bytes) => bytes.subarray(0, length)) : view.subarray(0, length)
  }

  #openBody(): PageBody {
    this.#walk.window.advance(this.headerLength)
    this.#body = new PageBody(this, this.#walk.window)
    return this.#body
  }

  /** Moves the window to the end of the page without reading the bytes in between. */
  skipRest(): Promise<void> | undefined {
    if (this.#body) return this.#body.skipRest()
    return skip(this.#walk.window, this.headerLength + this.bodyLength)
  }
}

function skip(window: Bytes, count: number): Promise<void> | undefined {
  for (let left = count; left > 0; ) {
    const view = window.atLeast(1)
    if (view instanceof Promise) return view.then(() => skip(window, left))
    const some = Math.min(left, view.length)
    window.advance(some)
    left -= some
  }
  return undefined
}

const NO_BYTES = new Uint8Array(0)

/** The body of a page at the start of a window. */
class PageBody implements Bytes {
  readonly #page: OpenPage
  readonly #window: Bytes
  /** Bytes that have not been used. */
  #left: number
  #view: Uint8Array = NO_BYTES
  #checksum = 0

  constructor(page: OpenPage, window: Bytes) {
    this.#page = page
    this.#window = window
    this.#left = page.bodyLength
  }

  atLeast(count: number): Promise<Uint8Array> | Uint8Array {
    const view = this.#window.atLeast(Math.min(count, this.#left))
    return view instanceof Promise ? view.then((bytes) => this.#cut(bytes)) : this.#cut(view)
  }

  #cut(view: Uint8Array): Uint8Array {
    this.#view = view.subarray(0, this.#left)
    return this.#view
  }

  advance(count: number): void {
    if (this.#page.crc !== undefined) this.#checksum = crc32(this.#view.subarray(0, count), this.#checksum)
    this.#view = this.#view.subarray(count)
    this.#window.advance(count)
    this.#left -= count
    if (this.#left === 0) checkSum(this.#page, this.#checksum)
  }

  skipRest(): Promise<void> | undefined {
    return skip(this.#window, this.#left)
  }
}

function checkSum({ crc, at, label }: Page, found: number): void {
  if (crc === undefined || crc >>> 0 === found) return
  throw damaged(label, `the checksum of the page at byte ${at} is wrong; the file was changed after it was written`)
}

/**
 * The page twice, because buffers grow by doubling; the decompressed page; and 16 bytes per value, as a dictionary of
 * texts takes (measured: 20 per row in all).
 */
function memoryOf({ headerLength, bodyLength, uncompressedLength, values }: PageHeader): number {
  return 2 * (headerLength + bodyLength) + uncompressedLength + 16 * values
}

/**
 * Compares the nulls that a v2 page states with those of its levels, which readers believe.
 * @param found undefined when the levels are malformed
 * @returns the nulls of the levels
 */
export function checkNulls(page: Page, found: number | undefined): number {
  const { nulls, label, at } = page
  if (found === undefined) throw damaged(label, `the page at byte ${at} has no such levels`)
  if (nulls !== undefined && nulls !== found) page.warn('null-count')
  return found
}
