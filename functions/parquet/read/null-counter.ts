/**
 * Counts the nulls of copied pages in chunks that lose rows. The stated number may be wrong: pyarrow before 5 stated 0
 * for every dictionary. Only the levels of a page are read.
 */

import type { ByteSource } from '../../shared/byte-source.ts'
import { type Bytes, ByteWindow, bytesOf, readAhead, requestMemory } from '../../shared/byte-window.ts'
import { canDecompress, decompressStart, type Scratch } from '../compression/decompress.ts'
import { DATA_PAGE_V2 } from '../format/enumerations.ts'
import { countZeros } from '../format/levels.ts'
import { type Leaf, maxDefinitionLevel } from '../format/schema.ts'
import { checkNulls, HELD_PAGE_BYTES, type Page } from './page.ts'
import { decompressedBody, takeLevels } from './page-values.ts'

/** The length before the levels of a v1 page. */
const PREFIX_BYTES = 4
/** Enough for levels without nulls. */
const START_BYTES = 1024

export class NullCounter {
  readonly #source: ByteSource
  readonly #isOptional: boolean
  readonly #limitBytes: number
  readonly #scratch: Scratch = { bytes: new Uint8Array(0) }

  /** @param leaf of a flat column */
  constructor(source: ByteSource, leaf: Leaf, limitBytes: number) {
    this.#source = source
    this.#isOptional = maxDefinitionLevel(leaf) > 0
    this.#limitBytes = limitBytes
  }

  /**
   * The nulls of a page, which must not have been streamed.
   * @returns undefined when only parquet-wasm can decompress the page
   * @throws RefusedError `corrupt` when the levels are malformed
   */
  async in(page: Page): Promise<number | undefined> {
    if (!this.#isOptional) return 0
    if (page.kind === DATA_PAGE_V2) return page.checkLevels()
    if (!canDecompress(page.compression)) return undefined
    if (Math.max(page.uncompressedLength, page.bodyLength) > HELD_PAGE_BYTES) return this.#inLong(page)
    const { bytes, headerLength } = await page.whole()
    return this.#count(page, bytesOf(this.#start(page, bytes.subarray(headerLength))))
  }

  /**
   * Decompresses the levels of a v1 page and not much more: with all values, ten columns would take as long as fifteen.
   */
  #start({ uncompressedLength: length, compression }: Page, body: Uint8Array): Uint8Array {
    const start = (enough: number) =>
      decompressStart(body, compression, length, Math.min(enough, length), this.#scratch)
    const plain = start(START_BYTES)
    if (plain.length < PREFIX_BYTES) return plain
    const needed = PREFIX_BYTES + new DataView(plain.buffer, plain.byteOffset).getUint32(0, true)
    return needed > plain.length ? start(needed) : plain
  }

  /** Reads the first bytes of a long page separately, because the copy streams the page. */
  async #inLong(page: Page): Promise<number> {
    const start = page.at + page.headerLength
    const memory = { window: new Uint8Array(0) }
    const body = new ByteWindow(readAhead(this.#source, start, start + page.bodyLength, requestMemory()), memory)
    const plain = decompressedBody(page, body, this.#limitBytes)
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
