/**
 * Values of flat columns, taken from PLAIN and dictionary pages: what nearly every writer makes of prices, times and
 * symbols.
 *
 * Made here and not by the codec, which has to be started for it, holds every page whole and takes a third longer. Pages
 * may be of any length: those that are too long to be held stream by.
 * Source: https://github.com/apache/parquet-format/blob/master/Encodings.md
 */
import { BLOCK_ROWS, blockEnd } from '../shared/block-rows.ts'
import { checkFits } from '../shared/memory-budget.ts'
import { type Bytes, ByteWindow, bytesOf } from './byte-window.ts'
import type { ChunkDecoder } from './column-reader.ts'
import type { DecodedColumn } from './decoded-column.ts'
import { canDecompress, decompress, decompressStream, type Scratch } from './decompress.ts'
import { type Codec, type ColumnChunk, type Footer, type Leaf, maxDefinitionLevel, valueWidth } from './footer.ts'
import { HybridReader, MAX_HYBRID_BYTES } from './hybrid.ts'
import { countZeros, LevelReader } from './levels.ts'
import { checkNulls, HELD_PAGE_BYTES, type Page } from './page.ts'
import { BIT_PACKED, DATA_PAGE, damaged, PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY } from './page-header.ts'
import { ByteArrayPiece, FixedPiece, fixedDictionary } from './piece.ts'

/** Bytes of texts that are looked at in one go. */
const TEXT_BYTES = 64 * 1024

/** What a text takes at the most, on an average, where a page has more of it than fits into memory. */
const LONG_TEXT_BYTES = 64

const ENCODINGS: readonly number[] = [PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY, BIT_PACKED]

/** Whether all pages of a chunk can be decoded here. */
export function canDecode(leaf: Leaf, { codec, encodings }: ColumnChunk): boolean {
  if (leaf.type === 'BOOLEAN' || leaf.nodes.length > 1 || valueWidth(leaf) === 0) return false
  return canDecompress(codec) && (encodings ?? []).every((encoding) => ENCODINGS.includes(encoding))
}

/** A data page made ready: which rows have a value, and the values in order. */
interface OpenValues {
  readonly values: Bytes
  /** Rows that have none, told apart by `levels`. */
  readonly nulls: number
  readonly levels: LevelReader
}

export function pageDecoder(leaf: Leaf, footer: Footer, limitBytes: number, use: (column: DecodedColumn) => void) {
  const width = valueWidth(leaf)
  const pages = new PageOpener(leaf, limitBytes)
  return width === 'bytes'
    ? new ByteArrayDecoder(pages, footer.rows, use)
    : new FixedDecoder(pages, width, footer.rows, use)
}

/** Decompresses pages and reads their levels. */
class PageOpener {
  readonly limitBytes: number
  readonly #hasLevels: boolean
  readonly #scratch: Scratch = { bytes: new Uint8Array(0) }
  codec: Codec = 'UNCOMPRESSED'

  constructor(leaf: Leaf, limitBytes: number) {
    this.limitBytes = limitBytes
    this.#hasLevels = maxDefinitionLevel(leaf) > 0
  }

  async dictionary(page: Page): Promise<Uint8Array> {
    const { bytes, headerLength, isCompressed, uncompressedLength } = await page.whole()
    const codec = isCompressed ? this.codec : 'UNCOMPRESSED'
    return decompress(bytes.subarray(headerLength), codec, uncompressedLength, this.#scratch)
  }

  /** Hands a page to `read`; what it gets is valid until it returns. */
  async open(page: Page): Promise<OpenValues & { close(): Promise<void> }> {
    const { uncompressedLength, bodyLength, levelsLength } = page
    const codec = page.isCompressed ? this.codec : 'UNCOMPRESSED'
    const length = uncompressedLength - levelsLength
    if (Math.max(uncompressedLength, bodyLength) <= HELD_PAGE_BYTES) {
      const { bytes, headerLength } = await page.whole()
      const start = headerLength + levelsLength
      const plain = bytesOf(decompress(bytes.subarray(start), codec, length, this.#scratch))
      const levels = page.kind === DATA_PAGE ? await this.#levelsOf(page, plain) : bytes.subarray(headerLength, start)
      return { ...this.#counted(page, levels), values: plain, close: async () => {} }
    }
    const levels = page.kind === DATA_PAGE ? undefined : await taken(page, page.body, levelsLength, this.limitBytes)
    const again = async () => {
      const source = await page.again()
      return source.subarray(levelsLength)
    }
    const pieces = decompressStream(page.body, codec, length, this.limitBytes, again)
    const plain = new ByteWindow(pieces, { window: new Uint8Array(0) })
    const all = levels ?? (await this.#levelsOf(page, plain))
    return { ...this.#counted(page, all), values: plain, close: () => plain.close() }
  }

  /** The levels of a v1 page lie before its values, behind their length. */
  async #levelsOf(page: Page, plain: Bytes): Promise<Uint8Array> {
    if (!this.#hasLevels) return new Uint8Array(0)
    const prefix = await taken(page, plain, 4, this.limitBytes)
    const length = new DataView(prefix.buffer, prefix.byteOffset).getUint32(0, true)
    return taken(page, plain, length, this.limitBytes)
  }

  #counted(page: Page, levels: Uint8Array): { nulls: number; levels: LevelReader } {
    const nulls = this.#hasLevels ? countZeros(levels, page.values) : 0
    checkNulls(page, nulls)
    return { nulls: nulls!, levels: new LevelReader(levels) }
  }
}

/** Bytes to be held. */
async function taken(page: Page, bytes: Bytes, length: number, limitBytes: number): Promise<Uint8Array> {
  checkFits(`the levels of the page at byte ${page.at} of ${page.label}`, length, limitBytes)
  const view = await bytes.atLeast(length)
  if (view.length < length) throw tooShort(page)
  const copy = view.slice(0, length)
  bytes.advance(length)
  return copy
}

/** Bytes that a writer may leave after the last value. */
const PADDING_BYTES = 64

/**
 * A PLAIN page that goes on for long is not what it states, and readers may differ in what they take of it. (Indices may:
 * DuckDB fills the last group up to 256.)
 */
function checkEnd(page: Page, left: Bytes): Promise<void> | undefined {
  const view = left.atLeast(PADDING_BYTES + 1)
  if (view instanceof Promise) return view.then(() => checkEnd(page, left))
  if (view.length <= PADDING_BYTES) return undefined
  const { label, at, values } = page
  throw damaged(label, `the page at byte ${at} states ${values} values and goes on after them`)
}

function tooShort({ label, at, values }: Page): Error {
  return damaged(label, `the page at byte ${at} states ${values} values and ends before them`)
}

function noSuchEntry({ label, at }: Page): Error {
  return damaged(label, `the page at byte ${at} has values that are not in its dictionary`)
}

/** The indices of a dictionary page. */
async function indexReader(page: Page, values: Bytes): Promise<HybridReader> {
  const width = (await values.atLeast(1))[0]
  if (width === undefined) throw tooShort(page)
  if (width > 32) throw damaged(page.label, `the page at byte ${page.at} has dictionary indices of ${width} bits`)
  values.advance(1)
  return new HybridReader(width)
}

function readIndices(
  page: Page,
  values: Bytes,
  bytes: Uint8Array,
  reader: HybridReader,
  out: Int32Array,
  count: number,
): void {
  const used = reader.read(bytes, out, count)
  if (used < 0) throw tooShort(page)
  values.advance(used)
}

/** Of values of a fixed width. */
class FixedDecoder implements ChunkDecoder {
  readonly #pages: PageOpener
  readonly #width: number
  readonly #piece: FixedPiece
  readonly #use: (column: DecodedColumn) => void
  #dictionary = fixedDictionary(new Uint8Array(0), 1)
  readonly #indices = new Int32Array(BLOCK_ROWS)

  constructor(pages: PageOpener, width: number, fileRows: number, use: (column: DecodedColumn) => void) {
    this.#pages = pages
    this.#width = width
    this.#piece = new FixedPiece(width, fileRows)
    this.#use = use
  }

  get rows(): number {
    return this.#piece.rows
  }

  startChunk({ codec }: ColumnChunk): void {
    this.#pages.codec = codec
    this.#dictionary = fixedDictionary(new Uint8Array(0), 1)
  }

  async setDictionary(page: Page): Promise<void> {
    this.#dictionary = fixedDictionary(await this.#pages.dictionary(page), this.#width)
  }

  async *add(page: Page): AsyncGenerator<void> {
    const piece = this.#piece
    const { values, nulls, levels, close } = await this.#pages.open(page)
    try {
      const isPlain = page.encoding === PLAIN
      const reader = isPlain || nulls === page.values ? undefined : await indexReader(page, values)
      for (let left = page.values; left > 0; ) {
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
    } finally {
      await close()
    }
  }

  async #readPlain(page: Page, values: Bytes, count: number): Promise<void> {
    const length = count * this.#width
    const bytes = await values.atLeast(length)
    if (bytes.length < length) throw tooShort(page)
    this.#piece.setPlain(bytes.subarray(0, length))
    values.advance(length)
  }

  async #readIndexed(page: Page, values: Bytes, reader: HybridReader, count: number): Promise<void> {
    for (let done = 0; done < count; ) {
      const few = blockEnd(done, count) - done
      const bytes = values.atLeast(few * MAX_HYBRID_BYTES)
      // nothing is waited for while there is enough: there are thousands of blocks
      readIndices(page, values, bytes instanceof Uint8Array ? bytes : await bytes, reader, this.#indices, few)
      if (!this.#piece.setFromDictionary(this.#dictionary, this.#indices, few, done)) throw noSuchEntry(page)
      done += few
    }
  }

  flush(): void {
    if (this.#piece.rows > 0) this.#use(this.#piece.column())
    this.#piece.clear()
  }
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

/** Of values of any length. */
class ByteArrayDecoder implements ChunkDecoder {
  readonly #pages: PageOpener
  readonly #piece: ByteArrayPiece
  readonly #use: (column: DecodedColumn) => void
  #dictionary = new Uint8Array(0)
  /** Where each entry begins in the dictionary, behind its length, and ends. */
  #starts = new Int32Array(0)
  #ends = new Int32Array(0)

  constructor(pages: PageOpener, fileRows: number, use: (column: DecodedColumn) => void) {
    this.#pages = pages
    this.#piece = new ByteArrayPiece(fileRows)
    this.#use = use
  }

  get rows(): number {
    return this.#piece.rows
  }

  startChunk({ codec }: ColumnChunk): void {
    this.#pages.codec = codec
    this.#starts = this.#ends = new Int32Array(0)
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
    this.#dictionary = bytes
    this.#starts = starts
    this.#ends = ends
  }

  async *add(page: Page): AsyncGenerator<void> {
    const { close, ...opened } = await this.#pages.open(page)
    try {
      const isPlain = page.encoding === PLAIN
      for await (const _ of isPlain ? this.#addPlain(page, opened) : this.#addIndexed(page, opened)) yield
      if (isPlain) await checkEnd(page, opened.values)
    } finally {
      await close()
    }
  }

  async *#addPlain(page: Page, { values, nulls, levels }: OpenValues): AsyncGenerator<void> {
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
    for (let row = 0; row < page.values; row++) {
      if (nulls > 0 && !levels.next()) piece.addNull()
      else {
        if (at + 4 > view.length) await more(4)
        const length = uint32(view, at)
        if (at + 4 + length > view.length) await more(4 + length)
        piece.add(view, at + 4, at + 4 + length)
        at += 4 + length
      }
      if (piece.isFull) {
        this.flush()
        yield
      }
    }
    values.advance(at)
  }

  async *#addIndexed(page: Page, { values, nulls, levels }: OpenValues): AsyncGenerator<void> {
    const piece = this.#piece
    const reader = nulls === page.values ? undefined : await indexReader(page, values)
    let bytes = 0
    const indices = new Int32Array(BLOCK_ROWS)
    let [held, used, left] = [0, 0, page.values - nulls]
    for (let row = 0; row < page.values; row++) {
      if (nulls > 0 && !levels.next()) piece.addNull()
      else {
        if (used === held) {
          held = Math.min(left, indices.length)
          readIndices(page, values, await values.atLeast(held * MAX_HYBRID_BYTES), reader!, indices, held)
          left -= held
          used = 0
        }
        const index = indices[used++]! >>> 0
        if (index >= this.#starts.length) throw noSuchEntry(page)
        const [start, end] = [this.#starts[index]!, this.#ends[index]!]
        bytes += end - start
        // a few bytes may repeat a text of a megabyte a million times
        if (bytes > LONG_TEXT_BYTES * row) {
          checkFits(`the text in the page at byte ${page.at} of ${page.label}`, bytes, this.#pages.limitBytes)
        }
        piece.add(this.#dictionary, start, end)
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

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}
