/**
 * The memory that the values of a page will take, before they are decoded: a few bytes may refer to one long text a
 * million times.
 * Encodings: https://github.com/apache/parquet-format/blob/master/Encodings.md
 */

import { BLOCK_ROWS } from '../../shared/block-rows.ts'
import { canDecompress, decompress } from '../compression/decompress.ts'
import { located } from '../compression/located.ts'
import {
  type Compression,
  DATA_PAGE,
  DELTA_BYTE_ARRAY,
  PLAIN_DICTIONARY,
  RLE_DICTIONARY,
} from '../format/enumerations.ts'
import { HybridReader, packedBits, unpack } from '../format/hybrid.ts'
import type { WholePage } from '../format/page-header.ts'
import { isRepeated, type Leaf, maxDefinitionLevel, valueWidth } from '../format/schema.ts'
import { readVarint } from '../format/varint.ts'

/** Values of a miniblock: writers use 32 or 64. */
const MAX_MINIBLOCK = 65_536

export class UnpackedSize {
  readonly #leaf: Leaf
  readonly #compression: Compression
  /** The length of each text in the dictionary. */
  #lengths = new Int32Array(0)
  #longest = 0

  constructor(leaf: Leaf, compression: Compression) {
    this.#leaf = leaf
    this.#compression = compression
  }

  setDictionary(page: WholePage): void {
    if (valueWidth(this.#leaf) !== 'bytes' || !canDecompress(this.#compression)) return
    const bytes = this.#decompressed(page)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#lengths = new Int32Array(page.values)
    for (let i = 0, at = 0; i < page.values && at + 4 <= bytes.length; i++) {
      const length = Math.min(view.getUint32(at, true), bytes.length)
      this.#lengths[i] = length
      this.#longest = Math.max(this.#longest, length)
      at += 4 + length
    }
  }

  /** @returns the bytes, or an upper bound that is at most `enough` */
  of(page: WholePage, enough: number): number {
    const { values, encoding, uncompressedLength } = page
    const width = valueWidth(this.#leaf)
    if (width !== 'bytes') return Math.max(uncompressedLength, values * width)
    const isIndexed = encoding === PLAIN_DICTIONARY || encoding === RLE_DICTIONARY
    const isKnown = canDecompress(this.#compression) && (isIndexed || encoding === DELTA_BYTE_ARRAY)
    if (!isKnown) return uncompressedLength
    const most = uncompressedLength + values * (isIndexed ? this.#longest : uncompressedLength)
    if (most <= enough) return most
    const { count, bytes } = this.#valuesOf(page)
    return uncompressedLength + (isIndexed ? this.#indexedBytes(bytes, count) : prefixBytes(bytes, count))
  }

  #decompressed(page: WholePage): Uint8Array {
    const { bytes, headerLength, levelsLength, compression, uncompressedLength } = page
    const body = bytes.subarray(headerLength + levelsLength)
    const length = uncompressedLength - levelsLength
    return located(page, () => decompress(body, compression, length, { bytes: new Uint8Array(0) }))
  }

  /** The number of values and their bytes. */
  #valuesOf(page: WholePage): { count: number; bytes: Uint8Array } {
    const plain = this.#decompressed(page)
    if (page.kind !== DATA_PAGE) return { count: page.values - (page.nulls ?? 0), bytes: plain }
    const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength)
    // the values of a v1 page follow its levels, which follow their length
    const lengthAt = (at: number) => (at + 4 <= plain.length ? view.getUint32(at, true) : 0)
    const definitions = isRepeated(this.#leaf) ? 4 + lengthAt(0) : 0
    const highest = maxDefinitionLevel(this.#leaf)
    if (highest === 0) return { count: page.values, bytes: plain.subarray(definitions) }
    const start = definitions + 4 + lengthAt(definitions)
    let count = 0
    eachValue(plain.subarray(definitions + 4, start), 32 - Math.clz32(highest), page.values, (level) => {
      if (level === highest) count++
    })
    return { count, bytes: plain.subarray(start) }
  }

  #indexedBytes(bytes: Uint8Array, count: number): number {
    let sum = 0
    eachValue(bytes.subarray(1), Math.min(32, bytes[0] ?? 0), count, (index) => {
      sum += this.#lengths[index] ?? 0
    })
    return sum
  }
}

/** Calls `use` for each value; for fewer than `count` when the bytes end too early, which parquet-wasm will refuse. */
function eachValue(bytes: Uint8Array, width: number, count: number, use: (value: number) => void): void {
  const reader = new HybridReader(width)
  const values = new Int32Array(BLOCK_ROWS)
  let rest = bytes
  for (let left = count; left > 0; left -= BLOCK_ROWS) {
    const few = Math.min(left, BLOCK_ROWS)
    const used = reader.read(rest, values, few)
    if (used < 0) return
    for (let i = 0; i < few; i++) use(values[i]!)
    rest = rest.subarray(used)
  }
}

/**
 * The sum of the prefix lengths: the bytes that values share with the value before them. The lengths come first,
 * DELTA_BINARY_PACKED.
 */
function prefixBytes(bytes: Uint8Array, count: number): number {
  let at = 0
  const next = () => {
    const read = readVarint(bytes, at)
    at = read?.end ?? bytes.length
    return read?.value ?? 0
  }
  const zigzag = () => {
    const value = next()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
  const [blockSize, miniblocks] = [next(), next()]
  next()
  const perMiniblock = blockSize / miniblocks
  // parquet-wasm refuses malformed bytes
  if (perMiniblock % 8 !== 0 || perMiniblock === 0 || perMiniblock > MAX_MINIBLOCK) return 0
  let value = zigzag()
  let sum = value
  const deltas = new Int32Array(perMiniblock)
  for (let left = count - 1; left > 0 && at < bytes.length; ) {
    const smallest = zigzag()
    const widths = bytes.subarray(at, at + miniblocks)
    at += miniblocks
    for (const width of widths) {
      if (left <= 0) break
      if (width > 32 || at + (perMiniblock * width) / 8 > bytes.length) return sum
      unpack(packedBits(bytes, width), 8 * at, deltas, 0, perMiniblock)
      at += (perMiniblock * width) / 8
      for (let i = 0; i < perMiniblock && left > 0; i++, left--) {
        value += smallest + (deltas[i]! >>> 0)
        sum += value
      }
    }
  }
  return sum
}
