/**
 * Filters dictionary-encoded pages: their indices are read, filtered and written again, and the chunk keeps its
 * dictionary. PLAIN pages instead would take at least twice the bytes for prices, and half as much time again.
 */

import type { DecodedColumn } from '../../shared/decoded-column.ts'
import { type Bounds, pageBounds } from '../format/bounds.ts'
import type { ColumnChunk } from '../format/column-chunk.ts'
import type { Compression } from '../format/enumerations.ts'
import type { Footer } from '../format/footer.ts'
import { type Leaf, valueWidth } from '../format/schema.ts'
import type { ValueOrder } from '../format/value-order.ts'
import type { ChunkDecoder } from '../read/chunk-decoder.ts'
import { FixedDecoder } from '../read/fixed-decoder.ts'
import type { Page } from '../read/page.ts'
import { PageOpener } from '../read/page-values.ts'
import { fixedDictionary } from '../read/piece.ts'
import { type DataPage, dataPage } from './data-page.ts'
import { type KeptRows, keptRows } from './kept-rows.ts'
import { indexRuns, RunList } from './run-list.ts'

const INDEX_BYTES = 4

/** The indices of a chunk's pages as a column of integers. */
export class DictionaryIndices {
  readonly decoder: ChunkDecoder
  readonly #leaf: Leaf
  #entries: DecodedColumn = columnOf(0, new Uint8Array(0))

  /** @param use gets the indices piece by piece; rows without a value have no index */
  constructor(leaf: Leaf, footer: Footer, limitBytes: number, use: (indices: DecodedColumn) => void) {
    this.#leaf = leaf
    const pages = new PageOpener(leaf, limitBytes)
    this.decoder = new FixedDecoder(pages, INDEX_BYTES, footer.rows, use, async (page) => {
      this.#entries = dictionaryEntries(await pages.dictionary(page), valueWidth(leaf))
      // each index stands for itself; an index without an entry is an error, as it is for values
      const all = Int32Array.from({ length: this.#entries.rows }, (_, index) => index)
      return fixedDictionary(new Uint8Array(all.buffer), INDEX_BYTES)
    })
  }

  /** @param dictionary has been read without an error */
  async startChunk(chunk: ColumnChunk, dictionary: Page): Promise<void> {
    this.decoder.startChunk(chunk)
    await this.decoder.setDictionary(dictionary)
  }

  /** @param ranges rows of the piece that stay, ascending and disjoint */
  kept(indices: DecodedColumn, ranges: readonly (readonly [start: number, end: number])[]): KeptRows {
    return keptRows(indices, this.#leaf, ranges, INDEX_BYTES)
  }

  page(kept: KeptRows, compression: Compression, version: 1 | 2, encoding: number): DataPage {
    const indices = asIndices(kept)
    const largest = indices.reduce((most, index) => Math.max(most, index), 0)
    const runs = new RunList()
    runs.addAll(indices, 0, indices.length)
    const values = indexRuns(runs, largest + 1)
    return dataPage({ ...kept, values }, compression, version, encoding)
  }

  /** Bounds of the values that the indices stand for. */
  bounds(kept: KeptRows, order: ValueOrder): Bounds | null | undefined {
    const isUsed = new Uint8Array(this.#entries.rows)
    for (const index of asIndices(kept)) isUsed[index] = 1
    return pageBounds(this.#entries, this.#leaf, rangesOf(isUsed), order)
  }
}

function asIndices({ values }: KeptRows): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length / INDEX_BYTES)
}

function* rangesOf(isUsed: Uint8Array): Generator<[start: number, end: number]> {
  for (let i = 0; i < isUsed.length; i++) if (isUsed[i] === 1) yield [i, i + 1]
}

/** The PLAIN values of a dictionary, as a column. */
function dictionaryEntries(plain: Uint8Array, width: number | 'bytes'): DecodedColumn {
  if (width !== 'bytes') {
    const rows = Math.floor(plain.length / width)
    return columnOf(rows, plain.slice(0, rows * width))
  }
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength)
  const [starts, ends]: [number[], number[]] = [[], []]
  for (let at = 0; at + 4 <= plain.length; ) {
    const start = at + 4
    at = start + view.getUint32(at, true)
    if (at > plain.length) break
    starts.push(start)
    ends.push(at)
  }
  return columnOf(starts.length, plain.slice(), Int32Array.from(starts), Int32Array.from(ends))
}

function columnOf(rows: number, values: Uint8Array, starts?: Int32Array, ends?: Int32Array): DecodedColumn {
  return { rows, values, starts, ends, validity: undefined }
}
