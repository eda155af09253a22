import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { columnChunk, rowGroup } from '../../../functions/parquet/format/column-chunk.ts'
import { DATA_PAGE, DICTIONARY_PAGE } from '../../../functions/parquet/format/enumerations.ts'
import { COLUMN_META, PAGE_ENCODING_STATS, STATISTICS } from '../../../functions/parquet/format/fields.ts'
import { leavesOf, readFooter } from '../../../functions/parquet/format/footer.ts'
import { asStruct, type ThriftValue, thrift } from '../../../functions/parquet/format/thrift.ts'
import { pagesOf, readBuffers } from '../../../functions/parquet/read/chunk-pages.ts'
import { ChunkTally, statesNulls } from '../../../functions/parquet/write/chunk-tally.ts'
import { bytesOf, type CraftedPage, craft, pageBytes } from '../../faults/crafted-file.ts'
import { memorySource } from '../../parquet-files.ts'

const RLE = 3
const dictionary: CraftedPage = { kind: DICTIONARY_PAGE, values: 2, body: bytesOf(Int32Array.of(7, 8)) }
const indices: CraftedPage = { values: 3, encoding: 8, body: Uint8Array.of(1, 6, 0) }
const plain: CraftedPage = { values: 1, body: bytesOf(Int32Array.of(7)) }
const made = {
  ...{ kind: DATA_PAGE, encoding: 0, bytes: new Uint8Array(50), uncompressedBytes: 70, values: 5, rows: 5 },
  nulls: 2,
}

/** Copies pages, and adds one that was made, as a chunk at byte 1000. */
async function tallied(pages: readonly CraftedPage[], nulls: number | undefined, statistics?: ThriftValue) {
  const rows = pages.reduce((sum, { kind, values }) => sum + (kind === DICTIONARY_PAGE ? 0 : values), 0)
  const meta = { [COLUMN_META.statistics]: statistics, [COLUMN_META.indexPageOffset]: thrift.i64(4) }
  const source = memorySource(craft({ columns: [{ name: 'x', type: 'INT32', pages, meta }], rows }))
  const footer = await readFooter(source, 2 ** 30)
  const leaf = leavesOf(footer)[0]!
  const chunk = columnChunk(footer, rowGroup(footer, 0), leaf)
  const tally = new ChunkTally()
  for await (const page of pagesOf({ source, leaf, chunk, rows, buffers: readBuffers(footer) })) {
    for await (const _ of tally.copied(page));
  }
  assert.equal(tally.made(made), made.bytes)
  return { meta: asStruct(tally.metadata(chunk, 1000, nulls)), bytes: tally.bytes, chunk }
}

const sizeOf = (pages: readonly CraftedPage[]) => pages.reduce((sum, page) => sum + pageBytes(page).length, 0)

describe('the metadata of a rewritten chunk', () => {
  it('adds up its pages, and has data pages behind the dictionary', async () => {
    const pages = [dictionary, indices, indices, plain]
    const { meta, bytes } = await tallied(pages, undefined)
    assert.equal(bytes, sizeOf(pages) + 50)
    assert.equal(meta.integer(COLUMN_META.totalCompressedSize), sizeOf(pages) + 50)
    assert.equal(meta.integer(COLUMN_META.totalUncompressedSize), sizeOf(pages) + 70)
    assert.equal(meta.integer(COLUMN_META.numValues), 3 + 3 + 1 + 5)
    assert.equal(meta.integer(COLUMN_META.dictionaryPageOffset), 1000)
    assert.equal(meta.integer(COLUMN_META.dataPageOffset), 1000 + sizeOf([dictionary]))
    assert.equal(meta.has(COLUMN_META.indexPageOffset), false)
    assert.deepEqual(meta.integers(COLUMN_META.encodings), [0, RLE, 8])
    const counted = meta
      .structs(COLUMN_META.encodingStats)!
      .map((stats) =>
        [PAGE_ENCODING_STATS.pageType, PAGE_ENCODING_STATS.encoding, PAGE_ENCODING_STATS.count].map((id) =>
          stats.integer(id),
        ),
      )
    assert.deepEqual(counted, [
      [DICTIONARY_PAGE, 0, 1],
      [DATA_PAGE, 8, 2],
      [DATA_PAGE, 0, 2],
    ])
  })

  it('begins with its data pages when there is no dictionary', async () => {
    const { meta } = await tallied([plain], undefined)
    assert.equal(meta.has(COLUMN_META.dictionaryPageOffset), false)
    assert.equal(meta.integer(COLUMN_META.dataPageOffset), 1000)
    assert.deepEqual(meta.integers(COLUMN_META.encodings), [0, RLE])
  })

  it('states bounds as such that may not occur, and the nulls that were counted', async () => {
    const value = thrift.binary('\u0001\u0000\u0000\u0000')
    const stated = thrift.struct({
      [STATISTICS.nullCount]: thrift.i64(9),
      [STATISTICS.distinctCount]: thrift.i64(4),
      [STATISTICS.maxValue]: value,
      [STATISTICS.isMaxValueExact]: thrift.boolean(true),
    })
    const { meta, chunk } = await tallied([plain], 2, stated)
    const statistics = meta.struct(COLUMN_META.statistics)!
    assert.equal(statistics.integer(STATISTICS.nullCount), 2)
    assert.equal(statistics.has(STATISTICS.distinctCount), false)
    assert.equal(statistics.boolean(STATISTICS.isMaxValueExact), false)
    assert.equal(statistics.has(STATISTICS.isMinValueExact), false)
    assert.equal(statesNulls(chunk), true)
    const uncounted = await tallied([plain], undefined, stated)
    assert.equal(uncounted.meta.struct(COLUMN_META.statistics)!.has(STATISTICS.nullCount), false)
  })

  it('states none where the input states none', async () => {
    const { meta, chunk } = await tallied([plain], 2)
    assert.equal(meta.has(COLUMN_META.statistics), false)
    assert.equal(statesNulls(chunk), false)
  })
})
