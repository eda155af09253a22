import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { columnChunk, rowGroup } from '../../../functions/parquet/format/column-chunk.ts'
import { DICTIONARY_PAGE } from '../../../functions/parquet/format/enumerations.ts'
import { BLOOM_FILTER_HEADER, COLUMN_META } from '../../../functions/parquet/format/fields.ts'
import { leavesOf, readFooter } from '../../../functions/parquet/format/footer.ts'
import { asStruct, type ThriftValue, thrift } from '../../../functions/parquet/format/thrift.ts'
import { readBuffers } from '../../../functions/parquet/read/chunk-pages.ts'
import { ChunkIndexer } from '../../../functions/parquet/write/chunk-indexer.ts'
import { copyBloomFilter, copyChunk } from '../../../functions/parquet/write/copy-chunk.ts'
import { concatBytes } from '../../../functions/shared/concat-bytes.ts'
import { bytesOf, type CraftedPage, craft, pageBytes } from '../../faults/crafted-file.ts'
import { memorySource } from '../../parquet-files.ts'

/** The bytes of a generator and what it returns. */
async function gathered<T>(
  of: AsyncGenerator<Uint8Array, T>,
): Promise<{ readonly bytes: Uint8Array; readonly result: T }> {
  const pieces: Uint8Array[] = []
  for (;;) {
    const { done, value } = await of.next()
    if (done) return { bytes: concatBytes(pieces), result: value }
    pieces.push(value.slice())
  }
}

async function chunkOf(pages: readonly CraftedPage[], meta: Record<number, ThriftValue | undefined> = {}) {
  const rows = pages.reduce((sum, { kind, values }) => sum + (kind === DICTIONARY_PAGE ? 0 : values), 0)
  const bytes = craft({ columns: [{ name: 'x', type: 'INT32', pages, meta }], rows })
  const source = memorySource(bytes)
  const footer = await readFooter(source, 2 ** 30)
  const [leaf] = leavesOf(footer)
  const chunk = columnChunk(footer, rowGroup(footer, 0), leaf!)
  return { source, leaf: leaf!, chunk, rows, buffers: readBuffers(footer) }
}

const page = (...values: number[]): CraftedPage => ({ values: values.length, body: bytesOf(Int32Array.from(values)) })
const dictionary: CraftedPage = { ...page(7, 8), kind: DICTIONARY_PAGE }

describe('a chunk that is copied', () => {
  it('states where its pages are in the output', async () => {
    const pages = [page(1, 2), page(3)]
    const { bytes, result } = await gathered(
      copyChunk(await chunkOf(pages, { [COLUMN_META.indexPageOffset]: thrift.i64(5) }), 1000),
    )
    const expected = Buffer.concat(pages.map(pageBytes))
    assert.deepEqual(bytes, new Uint8Array(expected))
    const meta = asStruct(result.meta)
    assert.equal(result.length, expected.length)
    assert.equal(meta.integer(COLUMN_META.totalCompressedSize), expected.length)
    assert.equal(meta.integer(COLUMN_META.dataPageOffset), 1000)
    assert.equal(meta.has(COLUMN_META.dictionaryPageOffset), false)
    assert.equal(meta.has(COLUMN_META.indexPageOffset), false)
  })

  it('has its data pages behind its dictionary', async () => {
    const encoded: CraftedPage = { values: 3, encoding: 8, body: Uint8Array.of(1, 6, 0) }
    const { bytes, result } = await gathered(copyChunk(await chunkOf([dictionary, encoded]), 1000))
    const length = pageBytes(dictionary).length
    assert.equal(bytes.length, length + pageBytes(encoded).length)
    const meta = asStruct(result.meta)
    assert.equal(meta.integer(COLUMN_META.dictionaryPageOffset), 1000)
    assert.equal(meta.integer(COLUMN_META.dataPageOffset), 1000 + length)
  })

  it('has no dictionary and no page without values in its indexes', async () => {
    const encoded: CraftedPage = { values: 3, encoding: 8, body: Uint8Array.of(1, 6, 0) }
    const starts: number[] = []
    class Recorded extends ChunkIndexer {
      override copied(_: Parameters<ChunkIndexer['copied']>[0], start: number): void {
        starts.push(start)
      }
    }
    const pages = [dictionary, encoded, { ...encoded, values: 0, body: Uint8Array.of(1) }, encoded]
    await gathered(copyChunk(await chunkOf(pages), 1000, new Recorded(undefined, undefined, true)))
    const lengths = pages.map((each) => pageBytes(each).length)
    assert.deepEqual(starts, [lengths[0]!, lengths[0]! + lengths[1]! + lengths[2]!])
  })
})

describe('a bloom filter that is copied', () => {
  const header = thrift.struct({ [BLOOM_FILTER_HEADER.numBytes]: thrift.i32(32) }).raw
  const filter = Buffer.concat([header, Buffer.alloc(32, 9)])

  /** Copies from a file of 200 bytes with the filter at byte 100. */
  async function copied(offset: number | undefined, length: number | undefined, budget = 1000) {
    const file = Buffer.alloc(200)
    filter.copy(file, 100)
    const of = await chunkOf([page(1)], {
      [COLUMN_META.bloomFilterOffset]: offset === undefined ? undefined : thrift.i64(offset),
      [COLUMN_META.bloomFilterLength]: length === undefined ? undefined : thrift.i32(length),
    })
    const left = { bytes: budget }
    const { bytes, result } = await gathered(copyBloomFilter(memorySource(new Uint8Array(file)), of.chunk, 5000, left))
    return { bytes, ...result, used: budget - left.bytes }
  }
  const none = { bytes: new Uint8Array(), length: 0, used: 0 }

  it('has the length that the chunk states, or that of its header', async () => {
    const { length } = filter
    const offset = thrift.i64(5000)
    const found = { bytes: new Uint8Array(filter), length, offset, used: length }
    assert.deepEqual(await copied(100, length), { ...found, size: thrift.i32(length) })
    assert.deepEqual(await copied(100, undefined), { ...found, size: undefined })
  })

  it('is none where the chunk states no place in the file', async () => {
    for (const offset of [undefined, 0, -1, 200, 201]) assert.deepEqual(await copied(offset, 1), none)
    assert.deepEqual(await copied(200, 0), none)
    assert.equal((await copied(1, 1)).length, 1)
    assert.equal((await copied(199, 1)).length, 1)
  })

  it('ends within the file, and within the bytes that filters may take', async () => {
    assert.equal((await copied(100, 100)).length, 100)
    assert.deepEqual(await copied(100, 101), none)
    assert.deepEqual(await copied(100, -1), none)
    // an empty one stays what it is
    assert.deepEqual(await copied(100, 0), { ...none, offset: thrift.i64(5000), size: thrift.i32(0) })
    assert.deepEqual(await copied(100, 50, 49), none)
    assert.equal((await copied(100, 50, 50)).length, 50)
  })
})
