/**
 * Texts of rows that stay, as indices into the dictionary that their chunk has: no page that loses rows becomes PLAIN then.
 * fastparquet reads what is PLAIN as missing when other pages of a text column have a dictionary.
 */

import type { DecodedColumn } from './decoded-column.ts'
import { canDecompress, decompress } from './decompress.ts'
import { type Codec, type Leaf, valueWidth } from './footer.ts'
import type { Page } from './page.ts'
import { putVarint } from './varint.ts'

/** A longer dictionary is not held as texts: what it is of hardly comes twice. */
const MAX_BYTES = 4 * 1024 * 1024
/** The length of a text, before it. */
const PREFIX_BYTES = 4

export class TextDictionary {
  readonly #indices: ReadonlyMap<string, number>
  /** Bits of an index. */
  readonly #width: number

  private constructor(indices: ReadonlyMap<string, number>, entries: number) {
    this.#indices = indices
    this.#width = Math.max(1, 32 - Math.clz32(entries - 1))
  }

  /** @returns undefined when it is of something else than texts, too long, or only the codec can decompress it */
  static async of(page: Page, leaf: Leaf, codec: Codec): Promise<TextDictionary | undefined> {
    const { values, uncompressedLength } = page
    if (valueWidth(leaf) !== 'bytes' || values === 0 || uncompressedLength > MAX_BYTES) return undefined
    if (!canDecompress(codec)) return undefined
    const { bytes, headerLength } = await page.whole()
    const plain = decompress(bytes.subarray(headerLength), codec, uncompressedLength, { bytes: new Uint8Array(0) })
    const view = Buffer.from(plain.buffer, plain.byteOffset, plain.length)
    const indices = new Map<string, number>()
    let at = 0
    for (let index = 0; index < values; index++) {
      const start = at + PREFIX_BYTES
      if (start > view.length) return undefined
      at = start + view.readUInt32LE(at)
      if (at > view.length) return undefined
      indices.set(view.toString('latin1', start, at), index)
    }
    return new TextDictionary(indices, values)
  }

  /**
   * The values as a dictionary page stores them: in one run, because fastparquet takes that for granted in its own files.
   * @param present rows that have a value
   * @returns undefined when one is not in it
   */
  encode(
    { values, offsets }: DecodedColumn,
    present: Iterable<readonly [start: number, end: number]>,
  ): Uint8Array | undefined {
    const view = Buffer.from(values.buffer, values.byteOffset, values.length)
    const indices: number[] = []
    for (const [start, end] of present) {
      for (let row = start; row < end; row++) {
        const index = this.#indices.get(view.toString('latin1', offsets![row]!, offsets![row + 1]!))
        if (index === undefined) return undefined
        indices.push(index)
      }
    }
    return oneRun(indices, this.#width)
  }
}

/** Groups of eight, behind their number; the last one is filled with zeros. */
function oneRun(indices: readonly number[], width: number): Uint8Array {
  const groups = Math.ceil(indices.length / 8)
  const out = new Uint8Array(1 + 5 + groups * width)
  out[0] = width
  if (groups === 0) return out.subarray(0, 1)
  const start = putVarint(2 * groups + 1, out, 1)
  let bit = 8 * start
  for (const index of indices) {
    for (let i = 0; i < width; i++, bit++) out[bit >> 3]! |= ((index >> i) & 1) << (bit & 7)
  }
  return out.subarray(0, start + groups * width)
}
