/**
 * Encodes the pages of a chunk of a new column.
 *
 * Bands are PLAIN: almost every value of a line is a new one, which a dictionary would store in addition to its index.
 * Orientations and segments have few values, so their pages hold indices into a dictionary. If the first page is not
 * smaller with it, the whole chunk is PLAIN.
 */
import type { NewCompression } from '../compression/compress.ts'
import { RLE_DICTIONARY } from '../format/enumerations.ts'
import { type DataPage, dictionaryPage, indicesPage, type NewValues, newPage } from './data-page.ts'
import { GrowingDictionary } from './growing-dictionary.ts'
import type { IntegerValues } from './integer-values.ts'

/** The rows of a page of an optional column. */
export interface NewRows {
  /** Of the rows that have one. */
  readonly values: Exclude<NewValues, Int32Array> | IntegerValues
  /** One bit per row, least significant first, 1 = has a value. */
  readonly valid: Uint8Array
  readonly rows: number
}

/** The rows of a page of integers. */
interface IntegerRows extends NewRows {
  readonly values: IntegerValues
}

/** So many values take fewer bytes than the page of a dictionary. */
const FEW_VALUES = 8

export class NewPageEncoder {
  readonly #compression: NewCompression
  #dictionary: GrowingDictionary | undefined
  /** Whether the pages of integers that follow are PLAIN. */
  #isPlain = false

  constructor(compression: NewCompression) {
    this.#compression = compression
  }

  /** The next page. */
  page({ values, valid, rows }: NewRows): DataPage {
    if (!('indices' in values)) return newPage(values, valid, rows, this.#compression)
    const page = this.#integerPage({ values, valid, rows })
    this.#isPlain = page.encoding !== RLE_DICTIONARY
    return page
  }

  /** The page that precedes the others in the file; undefined when they need none. */
  dictionaryPage(): DataPage | undefined {
    return this.#dictionary && dictionaryPage(this.#dictionary.values, this.#compression)
  }

  #integerPage(rows: IntegerRows): DataPage {
    if (this.#isPlain) return this.#plainPage(rows)
    return this.#dictionary ? this.#nextPage(this.#dictionary, rows) : this.#firstPage(rows)
  }

  #firstPage(rows: IntegerRows): DataPage {
    const { length } = rows.values
    const dictionary = new GrowingDictionary()
    const page = length < FEW_VALUES ? undefined : this.#indicesPage(dictionary, rows)
    if (!page) return this.#plainPage(rows)
    const bytes = page.bytes.length + dictionaryPage(dictionary.values, this.#compression).bytes.length
    if (bytes > leastBytes(length, this.#compression)) {
      const plain = this.#plainPage(rows)
      if (plain.bytes.length <= bytes) return plain
    }
    this.#dictionary = dictionary
    return page
  }

  #nextPage(dictionary: GrowingDictionary, rows: IntegerRows): DataPage {
    const before = dictionary.count
    const page = this.#indicesPage(dictionary, rows)
    // an entry and its index take more bytes than the value
    if (page && 2 * (dictionary.count - before) <= rows.values.length) return page
    dictionary.truncate(before)
    return this.#plainPage(rows)
  }

  #plainPage({ values, valid, rows }: IntegerRows): DataPage {
    return newPage(values.plain(), valid, rows, this.#compression)
  }

  #indicesPage(dictionary: GrowingDictionary, { values, valid, rows }: IntegerRows): DataPage | undefined {
    const indices = values.indices(dictionary)
    const nulls = rows - values.length
    return indices && indicesPage({ rows, nulls, values: indices, valid }, this.#compression)
  }
}

/** The least that so many values take as a PLAIN page: SNAPPY repeats up to 64 bytes with three. */
function leastBytes(values: number, compression: NewCompression): number {
  const bytes = Int32Array.BYTES_PER_ELEMENT * values
  if (compression === 'UNCOMPRESSED') return bytes
  return compression === 'SNAPPY' ? (3 * bytes) / 64 : 0
}
