/** The pages of one column chunk, walked header by header while its bytes stream in. */
import { crc32 } from 'node:zlib'
import { quoted } from '../shared/errors.ts'
import { checkFits } from '../shared/memory-budget.ts'
import type { ByteSource } from './byte-source.ts'
import {
  type Bytes,
  ByteWindow,
  type RequestMemory,
  readAhead,
  requestMemory,
  type WindowMemory,
} from './byte-window.ts'
import { type ColumnChunk, type Footer, isRepeated, type Leaf, maxDefinitionLevel, pathOf } from './footer.ts'
import { countZeros } from './levels.ts'
import { DATA_PAGE_V2, DICTIONARY_PAGE, damaged, INDEX_PAGE, type PageHeader, readPageHeader } from './page-header.ts'

/** A page whose header has been read. */
export interface Page extends PageHeader {
  /** Offset in the file. */
  readonly at: number
  /** How messages name it. */
  readonly label: string
  /** Header and body as they lie in the file, checked; to be asked for before any of `body` is used. */
  whole(): Promise<WholePage>
  /** What follows the header, piece by piece, for pages too long to be held; its checksum is checked at the end. */
  readonly body: Bytes
  /** All that follows the header, read once more. */
  again(): Promise<Uint8Array>
}

export interface WholePage extends PageHeader {
  /** Header and body; valid until the next page is asked for. */
  readonly bytes: Uint8Array
}

/** Memory that one column's walks use again and again, chunk after chunk. */
export interface ReadBuffers extends WindowMemory {
  readonly requests: RequestMemory
  /** What a page may take, encoded and decoded, before it is refused. */
  readonly limitBytes: number
}

/** Time, three prices, and a symbol or what is being written are in memory at the same time. */
const COLUMNS_AT_ONCE = 5

export function readBuffers({ memoryBudgetBytes }: Footer): ReadBuffers {
  return {
    window: new Uint8Array(0),
    requests: requestMemory(),
    limitBytes: memoryBudgetBytes / COLUMNS_AT_ONCE,
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
  const bytes = new ByteWindow(readAhead(source, chunk.start, chunk.end, buffers.requests), buffers)
  try {
    while (found < expected) {
      const header = await readPageHeader(bytes, leaf, chunk, label, at)
      const length = header.headerLength + header.bodyLength
      if (at + length > chunk.end) {
        throw damaged(label, `the page at byte ${at} is ${length} bytes long and leaves its chunk`)
      }
      if (header.kind === DICTIONARY_PAGE) {
        if (found > 0 || hasDictionary) throw damaged(label, `the dictionary at byte ${at} is not the first page`)
        hasDictionary = true
      } else found += header.values
      if (found > expected) throw damaged(label, `its pages hold more than the ${expected} values stated`)
      const [from, to] = [at + header.headerLength, at + length]
      const again = () => source.slice(from, to)
      const page = new OpenPage(bytes, header, leaf, { at, label, again, limitBytes: buffers.limitBytes })
      if (header.kind !== INDEX_PAGE) yield page.page
      await page.skipRest()
      at += length
    }
    if (at < chunk.end) throw damaged(label, `its chunk goes on for ${chunk.end - at} bytes after its last page`)
  } finally {
    await bytes.close()
  }
}

/** The page that comes next in a window. */
class OpenPage implements Bytes {
  readonly page: Page
  readonly #window: Bytes
  readonly #leaf: Leaf
  readonly #limitBytes: number
  /** Bytes of the header, then of the body, that have not been used. */
  #header: number
  #left: number
  #view: Uint8Array = new Uint8Array(0)
  #checksum = 0

  constructor(
    window: Bytes,
    header: PageHeader,
    leaf: Leaf,
    { at, label, again, limitBytes }: Pick<Page, 'at' | 'label' | 'again'> & { readonly limitBytes: number },
  ) {
    this.#window = window
    this.#leaf = leaf
    this.#limitBytes = limitBytes
    this.#header = header.headerLength
    this.#left = header.bodyLength
    this.page = { ...header, at, label, again, whole: () => this.#whole(), body: this }
  }

  async #whole(): Promise<WholePage> {
    const { page } = this
    checkFits(`the page at byte ${page.at} of ${page.label}`, memoryOf(page), this.#limitBytes)
    const length = page.headerLength + page.bodyLength
    const bytes = (await this.#window.atLeast(length)).subarray(0, length)
    const body = bytes.subarray(page.headerLength)
    if (page.crc !== undefined) this.#checkSum(crc32(body))
    if (page.kind === DATA_PAGE_V2 && this.#leaf.nodes.length === 1 && !isRepeated(this.#leaf)) {
      const levels = body.subarray(0, page.levelsLength)
      checkNulls(page, maxDefinitionLevel(this.#leaf) === 0 ? 0 : countZeros(levels, page.values))
    }
    return { ...page, bytes }
  }

  atLeast(count: number): Promise<Uint8Array> | Uint8Array {
    this.#passHeader()
    const view = this.#window.atLeast(Math.min(count, this.#left))
    return view instanceof Uint8Array ? this.#cut(view) : view.then((bytes) => this.#cut(bytes))
  }

  advance(count: number): void {
    if (this.page.crc !== undefined) this.#checksum = crc32(this.#view.subarray(0, count), this.#checksum)
    this.#view = this.#view.subarray(count)
    this.#window.advance(count)
    this.#left -= count
    if (this.#left === 0) this.#checkSum(this.#checksum)
  }

  /** Goes to the end, without a look at what is passed over. */
  async skipRest(): Promise<void> {
    this.#passHeader()
    while (this.#left > 0) {
      const { length } = await this.#window.atLeast(1)
      const count = Math.min(this.#left, length)
      this.#window.advance(count)
      this.#left -= count
    }
  }

  #passHeader(): void {
    this.#window.advance(this.#header)
    this.#header = 0
  }

  #cut(view: Uint8Array): Uint8Array {
    this.#view = view.subarray(0, this.#left)
    return this.#view
  }

  #checkSum(found: number): void {
    const { crc, label, at } = this.page
    if (crc === undefined || crc >>> 0 === found) return
    throw damaged(label, `the checksum of the page at byte ${at} is wrong; the file was changed after it was written`)
  }
}

/** Its bytes twice, because buffers grow by doubling; decompressed; and eight bytes a value (measured 20 a row in all). */
function memoryOf({ headerLength, bodyLength, uncompressedLength, values }: PageHeader): number {
  return 2 * (headerLength + bodyLength) + uncompressedLength + 8 * values
}

/**
 * A v2 page states how many nulls it has, and its levels say so too: readers believe the one or the other.
 * @param found undefined when the levels are none
 */
export function checkNulls({ nulls, label, at }: Page, found: number | undefined): void {
  if (found !== undefined && (nulls === undefined || nulls === found)) return
  const stated = nulls === undefined ? '' : ` states ${nulls} nulls and`
  throw damaged(label, `the page at byte ${at}${stated} has ${found ?? 'no such levels'}`)
}
