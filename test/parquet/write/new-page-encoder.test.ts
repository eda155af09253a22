import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { NewCompression } from '../../../functions/parquet/compression/compress.ts'
import { DICTIONARY_PAGE, PLAIN, RLE_DICTIONARY } from '../../../functions/parquet/format/enumerations.ts'
import { NewPageEncoder } from '../../../functions/parquet/write/new-page-encoder.ts'
import { RunList } from '../../../functions/parquet/write/run-list.ts'
import { random } from '../../random.ts'

const valid = new Uint8Array(8192).fill(255)

function rowsOf(values: readonly number[]) {
  const list = new RunList()
  list.addAll(Int32Array.from(values), 0, values.length)
  return { values: list, valid, rows: values.length }
}

/** The encodings of the pages of a chunk, and the page of its dictionary. */
function encodedBy(compression: NewCompression, ...pages: readonly (readonly number[])[]) {
  const encoder = new NewPageEncoder(compression)
  const encodings = pages.map((values) => encoder.page(rowsOf(values)).encoding)
  return { encodings, dictionary: encoder.dictionaryPage() }
}

const next = random(4)
const segments = (count: number, rowsEach: number) => Array.from({ length: count }, (_, i) => Math.floor(i / rowsEach))
const noise = Array.from({ length: 5000 }, () => Math.floor(next() * 2 ** 31))

describe('the pages of integers', () => {
  it('hold indices, and the dictionary of all of them precedes them', () => {
    for (const compression of ['SNAPPY', 'UNCOMPRESSED', 'LZ4_RAW'] as const) {
      const { encodings, dictionary } = encodedBy(compression, segments(8000, 100), segments(20_000, 100))
      assert.deepEqual(encodings, [RLE_DICTIONARY, RLE_DICTIONARY], compression)
      assert.deepEqual([dictionary!.kind, dictionary!.encoding, dictionary!.rows], [DICTIONARY_PAGE, PLAIN, 0])
      assert.ok(dictionary!.uncompressedBytes >= 200 * 4 && dictionary!.uncompressedBytes < 200 * 4 + 40)
    }
  })

  it('hold indices from eight values on, where a page of indices and a dictionary are smaller', () => {
    assert.deepEqual(encodedBy('UNCOMPRESSED', [1, 1, 1, 1, 2, 2, 2, 2]).encodings, [RLE_DICTIONARY])
    assert.deepEqual(encodedBy('UNCOMPRESSED', [1, 1, 1, 1, 2, 2, 2]).encodings, [PLAIN])
  })

  it('are PLAIN where that is smaller: few values, different values, segments in a better compression', () => {
    for (const [compression, values] of [
      ['SNAPPY', [1]],
      ['SNAPPY', [1, 2, 3, 4, 5, 6, 7]],
      ['SNAPPY', noise],
      ['UNCOMPRESSED', noise],
      ['ZSTD', segments(8000, 100)],
    ] as const) {
      const { encodings, dictionary } = encodedBy(compression, values, segments(8000, 100))
      assert.deepEqual(encodings, [PLAIN, PLAIN], `${compression} ${values.length}`)
      assert.equal(dictionary, undefined)
    }
  })

  it('become PLAIN when most values are new ones, and the dictionary keeps what the pages before need', () => {
    const first = segments(8000, 100)
    const { encodings, dictionary } = encodedBy('SNAPPY', first, noise, first)
    assert.deepEqual(encodings, [RLE_DICTIONARY, PLAIN, PLAIN])
    assert.ok(dictionary!.uncompressedBytes >= 80 * 4 && dictionary!.uncompressedBytes < 80 * 4 + 40)
  })

  it('may be new ones in half of the rows', () => {
    const half = segments(1000, 2).map((value) => value + 100_000)
    const { encodings } = encodedBy('SNAPPY', segments(8000, 100), half, [
      ...half.map((value) => value + 1000),
      9_999_999,
    ])
    assert.deepEqual(encodings, [RLE_DICTIONARY, RLE_DICTIONARY, PLAIN])
  })

  it('of one page are never larger than PLAIN', () => {
    for (const values of [segments(3000, 1), segments(3000, 2), segments(3000, 9), noise]) {
      const encoder = new NewPageEncoder('UNCOMPRESSED')
      const page = encoder.page(rowsOf(values))
      const bytes = page.bytes.length + (encoder.dictionaryPage()?.bytes.length ?? 0)
      assert.ok(bytes <= 4 * values.length + 60, `${bytes} bytes`)
    }
  })
})
