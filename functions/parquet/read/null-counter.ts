/**
 * The nulls of pages that are copied, in chunks whose other pages lose rows: counted, because what is stated of a chunk may
 * be wrong (pyarrow before 5 stated 0 for every dictionary). Only the levels of a page are looked at.
 */

import type { ByteSource } from '../../shared/byte-source.ts'
import { type Bytes, ByteWindow, bytesOf, readAhead, requestMemory } from '../../shared/byte-window.ts'
import { canDecompress, decompressStart, type Scratch } from '../compression/decompress.ts'
import type { ColumnChunk } from '../format/column-chunk.ts'
import { DATA_PAGE_V2 } from '../format/enumerations.ts'
import { countZeros } from '../format/levels.ts'
import { type Leaf, maxDefinitionLevel } from '../format/schema.ts'
import { checkNulls, HELD_PAGE_BYTES, type Page } from './page.ts'
import { decompressedBody, takeLevels } from './page-values.ts'

/** How the levels of a page begin: with their length. */
const PREFIX_BYTES = 4
/** Levels without nulls take few bytes. */
const START_BYTES = 1024

export class NullCounter {
  readonly #source: ByteSource
  readonly #isOptional: boolean
  readonly #compression: ColumnChunk['compression']
  readonly #limitBytes: number
  readonly #scratch: Scratch = { bytes: new Uint8Array(0) }

  /** @param leaf of a flat column */
  constructor(source: ByteSource, leaf: Leaf, { compression }: ColumnChunk, limitBytes: number) {
    this.#source = source
    this.#isOptional = maxDefinitionLevel(leaf) > 0
    this.#compression = compression
    this.#limitBytes = limitBytes
  }

  /**
   * To be asked before any of the page's body is used.
   * @returns undefined when only parquet-wasm can decompress it
   * @throws RefusedError `corrupt` when the levels are none
   */
  async in(page: Page): Promise<number | undefined> {
    if (!this.#isOptional) return 0
    if (page.kind === DATA_PAGE_V2) return page.checkLevels()
    if (!canDecompress(this.#compression)) return undefined
    if (Math.max(page.uncompressedLength, page.bodyLength) > HELD_PAGE_BYTES) return this.#inLong(page)
    const { bytes, headerLength } = await page.whole()
    return this.#count(page, bytesOf(this.#start(page, bytes.subarray(headerLength))))
  }

  /** Of a v1 page the levels and more; the values stay compressed: with them ten columns would take as long as fifteen. */
  #start({ uncompressedLength: length }: Page, body: Uint8Array): Uint8Array {
    const start = (enough: number) =>
      decompressStart(body, this.#compression, length, Math.min(enough, length), this.#scratch)
    const plain = start(START_BYTES)
    if (plain.length < PREFIX_BYTES) return plain
    const needed = PREFIX_BYTES + new DataView(plain.buffer, plain.byteOffset).getUint32(0, true)
    return needed > plain.length ? start(needed) : plain
  }

  /** Its first bytes are read once more, since it streams by. */
  async #inLong(page: Page): Promise<number> {
    const start = page.at + page.headerLength
    const memory = { window: new Uint8Array(0) }
    const body = new ByteWindow(readAhead(this.#source, start, start + page.bodyLength, requestMemory()), memory)
    const plain = decompressedBody(page, body, this.#compression, this.#limitBytes)
    try {
      return await this.#count(page, plain)
    } finally {
      await plain.close()
      await body.close()
    }
  }

  async #count(page: Page, plain: Bytes): Promise<number> {
    return checkNulls(page, countZeros(await takeLevels(page, plain, this.#limitBytes), page.values))
  }
}
