/**
 * Opens data pages of columns with one value per row: decompresses them, and separates their levels from their values.
 * Pages that are too long to be held are streamed.
 */

import { type Bytes, ByteWindow, bytesOf } from '../../shared/byte-window.ts'
import { checkFits } from '../../shared/memory-budget.ts'
import { decompress, type Scratch } from '../compression/decompress.ts'
import { decompressStream } from '../compression/decompress-stream.ts'
import { located, locatedError } from '../compression/located.ts'
import { DATA_PAGE, PLAIN } from '../format/enumerations.ts'
import { HybridReader } from '../format/hybrid.ts'
import { countZeros, LevelReader, ONE_BIT_BYTES, oneBitLevels } from '../format/levels.ts'
import { damaged, hasIndices } from '../format/page-header.ts'
import { type Leaf, maxDefinitionLevel } from '../format/schema.ts'
import { checkNulls, HELD_PAGE_BYTES, type Page } from './page.ts'
import { tooShort } from './page-end.ts'

/** An open data page: which rows have a value, and the values in order. */
export interface PageValues {
  /** PLAIN, or dictionary indices. */
  readonly values: Bytes
  /** Number of rows without a value; `levels` says which. */
  readonly nulls: number
  readonly levels: LevelReader
  /** Reads a streamed page to its end, where its length and its checksum are checked. */
  readonly finish: (() => Promise<void>) | undefined
  /** Has to be called in any case. */
  readonly close: (() => Promise<void>) | undefined
}

/** Decompresses pages and reads their levels. */
export class PageOpener {
  readonly limitBytes: number
  readonly #leaf: Leaf
  /** The level of a row that has a value; 0 for a required column. */
  readonly #highestLevel: number
  readonly #scratch: Scratch = { bytes: new Uint8Array(0) }

  constructor(leaf: Leaf, limitBytes: number) {
    this.limitBytes = limitBytes
    this.#leaf = leaf
    this.#highestLevel = maxDefinitionLevel(leaf)
  }

  async dictionary(page: Page): Promise<Uint8Array> {
    const { bytes, headerLength, compression, uncompressedLength } = await page.whole()
    return located(page, () => decompress(bytes.subarray(headerLength), compression, uncompressedLength, this.#scratch))
  }

  async open(page: Page): Promise<PageValues> {
    const { uncompressedLength, bodyLength, levelsLength, repetitionsLength, compression } = page
    const length = uncompressedLength - levelsLength
    if (Math.max(uncompressedLength, bodyLength) <= HELD_PAGE_BYTES) {
      const { bytes, headerLength } = await page.whole()
      const start = headerLength + levelsLength
      const plain = bytesOf(located(page, () => decompress(bytes.subarray(start), compression, length, this.#scratch)))
      const encoded =
        page.kind === DATA_PAGE
          ? await this.#levelsOf(page, plain)
          : bytes.subarray(headerLength + repetitionsLength, start)
      const { nulls, levels } = this.#counted(page, encoded)
      const { values, close } = await this.#valuesOf(page, plain, nulls)
      return { values, nulls, levels, finish: undefined, close }
    }
    const { body } = await page.stream()
    const stated = page.kind === DATA_PAGE ? undefined : await taken(page, body, levelsLength, this.limitBytes)
    const plain = decompressedBody(page, body, this.limitBytes)
    const encoded = stated?.subarray(repetitionsLength) ?? (await this.#levelsOf(page, plain))
    const { nulls, levels } = this.#counted(page, encoded)
    const finish = async () => {
      await useUp(plain)
      await useUp(body)
    }
    const { values, close } = await this.#valuesOf(page, plain, nulls)
    const closeAll = async () => {
      await close?.()
      await plain.close()
    }
    return { values, nulls, levels, finish, close: closeAll }
  }

  async #valuesOf(page: Page, encoded: Bytes, nulls: number): Promise<Pick<PageValues, 'values' | 'close'>> {
    if (page.encoding === PLAIN || hasIndices(page)) return { values: encoded, close: undefined }
    // few files have other encodings, and loading their decoders would delay each start
    const { plainValues } = await import('./plain-values.ts')
    return plainValues(page, this.#leaf, encoded, page.values - nulls, this.limitBytes)
  }

  async #levelsOf(page: Page, plain: Bytes): Promise<Uint8Array> {
    return this.#highestLevel === 0 ? new Uint8Array(0) : takeLevels(page, plain, this.limitBytes)
  }

  #counted(page: Page, levels: Uint8Array): { nulls: number; levels: LevelReader } {
    const bits = this.#highestLevel > 1 ? this.#oneBit(page, levels) : levels
    const nulls = this.#highestLevel > 0 ? bits && countZeros(bits, page.values) : 0
    checkNulls(page, nulls)
    return { nulls: nulls!, levels: new LevelReader(bits!) }
  }

  #oneBit(page: Page, levels: Uint8Array): Uint8Array | undefined {
    const { at, label, values } = page
    checkFits(`the levels of the page at byte ${at} of ${label}`, ONE_BIT_BYTES * values, this.limitBytes)
    return oneBitLevels(levels, values, this.#highestLevel)
  }
}

/**
 * Decompresses the rest of a v2 page after its levels, or all of a v1 page, piece by piece.
 * @param body the compressed bytes, nothing else
 */
export function decompressedBody(page: Page, body: Bytes, limitBytes: number): ByteWindow {
  const { bodyLength, levelsLength, uncompressedLength, compression } = page
  const again = {
    length: bodyLength - levelsLength,
    read: async () => (await page.again()).subarray(levelsLength),
  }
  const pieces = decompressStream(body, compression, uncompressedLength - levelsLength, limitBytes, again)
  return new ByteWindow(locatedPieces(page, pieces), { window: new Uint8Array(0) })
}

async function* locatedPieces(page: Page, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces
  } catch (error) {
    throw locatedError(page, error)
  }
}

/** Takes the levels of a v1 page, which precede its values and follow their length. */
export async function takeLevels(page: Page, plain: Bytes, limitBytes: number): Promise<Uint8Array> {
  const prefix = await taken(page, plain, 4, limitBytes)
  const length = new DataView(prefix.buffer, prefix.byteOffset).getUint32(0, true)
  return taken(page, plain, length, limitBytes)
}

async function useUp(bytes: Bytes): Promise<void> {
  for (;;) {
    const { length } = await bytes.atLeast(1)
    if (length === 0) return
    bytes.advance(length)
  }
}

/** Copies the next bytes. */
async function taken(page: Page, bytes: Bytes, length: number, limitBytes: number): Promise<Uint8Array> {
  checkFits(`the levels of the page at byte ${page.at} of ${page.label}`, length, limitBytes)
  const view = await bytes.atLeast(length)
  if (view.length < length) throw tooShort(page)
  const copy = view.slice(0, length)
  bytes.advance(length)
  return copy
}

export function noSuchEntry({ label, at }: Page): Error {
  return damaged(label, `the page at byte ${at} has values that are not in its dictionary`)
}

/** The dictionary indices of a data page, in order. */
export class IndexReader {
  readonly #page: Page
  readonly #values: Bytes
  readonly #reader: HybridReader

  constructor(page: Page, values: Bytes, width: number) {
    this.#page = page
    this.#values = values
    this.#reader = new HybridReader(width)
  }

  /**
   * Reads the next `count` indices.
   * @param bytes the page's values, from the first one that has not been used
   */
  read(bytes: Uint8Array, out: Int32Array, count: number): void {
    this.#use(this.#reader.read(bytes, out, count))
  }

  /** Passes over the next `count` indices. @param bytes as for `read` */
  skip(bytes: Uint8Array, count: number): void {
    this.#use(this.#reader.skip(bytes, count))
  }

  #use(bytes: number): void {
    if (bytes < 0) throw tooShort(this.#page)
    this.#values.advance(bytes)
  }
}

export async function indexReader(page: Page, values: Bytes): Promise<IndexReader> {
  const width = (await values.atLeast(1))[0]
  if (width === undefined) throw tooShort(page)
  if (width > 32) throw damaged(page.label, `the page at byte ${page.at} has dictionary indices of ${width} bits`)
  values.advance(1)
  return new IndexReader(page, values, width)
}
