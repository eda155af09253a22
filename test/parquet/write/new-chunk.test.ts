import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import { columnChunk, rowGroup } from '../../../functions/parquet/format/column-chunk.ts'
import {
  DATA_PAGE,
  DICTIONARY_PAGE as DICTIONARY_KIND,
  PLAIN,
  RLE,
  RLE_DICTIONARY,
} from '../../../functions/parquet/format/enumerations.ts'
import {
  COLUMN_CHUNK,
  COLUMN_INDEX,
  COLUMN_META,
  DICTIONARY_PAGE_HEADER,
  OFFSET_INDEX,
  PAGE_ENCODING_STATS,
  PAGE_HEADER,
  PAGE_LOCATION,
  STATISTICS,
} from '../../../functions/parquet/format/fields.ts'
import { leavesOf, readFooter } from '../../../functions/parquet/format/footer.ts'
import { asStruct, ThriftStruct, thrift } from '../../../functions/parquet/format/thrift.ts'
import { NewChunk } from '../../../functions/parquet/write/new-chunk.ts'
import { RunList } from '../../../functions/parquet/write/run-list.ts'
import { PageStore } from '../../../functions/shared/page-store.ts'
import { barsFile, enrichBytes, memorySource, readMetadata, readRows, someBars } from '../../parquet-files.ts'
import { quickOrThorough } from '../../thorough.ts'
import { DICTIONARY_PAGE, thriftStruct, walkPages } from '../page-walk.ts'

/**
 * The definition levels of each data page, in a file that is not compressed, of the chunks that state no nulls.
 * @param from the first column
 */
async function levelsWithoutNulls(bytes: Uint8Array, from: number): Promise<{ rows: number; levels: number[] }[]> {
  const { row_groups } = await readMetadata(bytes)
  const metas = row_groups.flatMap(({ columns }) => columns.slice(from).map(({ meta_data }) => meta_data!))
  return metas
    .filter((meta) => !meta.statistics?.null_count)
    .flatMap((meta) => {
      const start = Number(meta.dictionary_page_offset || meta.data_page_offset)
      const pages = walkPages(bytes, start, start + Number(meta.total_compressed_size))
      return pages.flatMap(({ at, kind, values }) => {
        if (kind === DICTIONARY_PAGE) return []
        const { fields, end } = thriftStruct(bytes, at)
        // in front of them is their length, or it is in the header of a v2 page
        const stated = (fields[8] as Record<number, number> | undefined)?.[5]
        const start = stated === undefined ? end + 4 : end
        const length = stated ?? new DataView(bytes.buffer, end).getUint32(0, true)
        return [{ rows: values, levels: [...bytes.subarray(start, start + length)] }]
      })
    })
}

/** One run of ones: twice the number of rows, seven bits a byte, then the one. */
function oneRun(rows: number): number[] {
  const run: number[] = []
  for (let rest = 2 * rows; ; rest >>= 7) {
    if (rest < 128) return [...run, rest, 1]
    run.push((rest & 127) | 128)
  }
}

describe('a new chunk', () => {
  const float = { name: 'x', type: 'FLOAT', isOptional: true } as const
  const page = (length: number, rows: number, nulls: number) => ({
    ...{
      kind: 0,
      encoding: 0,
      bytes: new Uint8Array(length),
      uncompressedBytes: 2 * length,
      values: rows,
      rows,
      nulls,
    },
  })
  const NO_VALUES = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }
  const floatOf = (value: number) => new Uint8Array(Float32Array.of(value).buffer)

  /** Pages of 10, 20, 30, ... bytes with 5 rows each, placed at byte 1000. */
  function placed(pages: readonly { nulls: number; min: number; max: number }[], indexed: 'no' | 'offsets' | 'bounds') {
    const chunk = new NewChunk(float, 'SNAPPY', new PageStore())
    for (const [i, { nulls, ...bounds }] of pages.entries()) chunk.add(page(10 * (i + 1), 5, nulls), bounds)
    const { chunk: struct, indexes } = chunk.placedAt(1000, indexed)
    return { chunk, meta: asStruct(struct).struct(COLUMN_CHUNK.metadata)!, indexes }
  }
  const two = [
    { nulls: 1, min: -3, max: 0 },
    { nulls: 2, min: 7, max: 7 },
  ]

  it('states sizes, values and bounds of its pages', () => {
    const { chunk, meta, indexes } = placed([...two, { nulls: 5, ...NO_VALUES }], 'no')
    assert.equal(indexes, undefined)
    assert.deepEqual([chunk.bytes, chunk.uncompressedBytes, chunk.nulls], [60, 120, 8])
    assert.deepEqual(chunk.bounds, { min: -3, max: 7 })
    assert.equal(meta.integer(COLUMN_META.numValues), 15)
    assert.equal(meta.integer(COLUMN_META.dataPageOffset), 1000)
    assert.equal(meta.integer(COLUMN_META.totalCompressedSize), 60)
    assert.equal(meta.integer(COLUMN_META.totalUncompressedSize), 120)
    const statistics = meta.struct(COLUMN_META.statistics)!
    assert.equal(statistics.integer(STATISTICS.nullCount), 8)
    assert.deepEqual(
      [STATISTICS.minValue, STATISTICS.maxValue].map((id) => new Uint8Array(statistics.binary(id)!)),
      [floatOf(-3), floatOf(7)],
    )
    assert.deepEqual(
      [...chunk.pages()].map(({ length }) => length),
      [10, 20, 30],
    )
  })

  it('has bounds of one value, and none without values', () => {
    assert.deepEqual(placed([{ nulls: 0, min: 7, max: 7 }], 'no').chunk.bounds, { min: 7, max: 7 })
    const { chunk, meta } = placed([{ nulls: 0, ...NO_VALUES }], 'no')
    assert.equal(chunk.bounds, undefined)
    assert.equal(meta.struct(COLUMN_META.statistics)!.has(STATISTICS.maxValue), false)
  })

  for (const [type, typed] of [
    ['DOUBLE', Float64Array],
    ['INT32', Int32Array],
    ['INT64', BigInt64Array],
  ] as const) {
    it(`has bounds of its own type: ${type}`, () => {
      const chunk = new NewChunk({ name: 'x', type, isOptional: true }, 'SNAPPY', new PageStore())
      chunk.add(page(10, 5, 0), { min: -3, max: 7 })
      const meta = asStruct(chunk.placedAt(1000, 'no').chunk).struct(COLUMN_CHUNK.metadata)!
      const statistics = meta.struct(COLUMN_META.statistics)!
      const expected = [-3, 7].map((value) => (typed === BigInt64Array ? BigInt(value) : value) as never)
      assert.deepEqual(
        [STATISTICS.minValue, STATISTICS.maxValue].map((id) => new Uint8Array(statistics.binary(id)!)),
        expected.map((value) => new Uint8Array(typed.of(value).buffer)),
      )
    })
  }

  it('has a bound of 0 for both zeros, also of doubles', () => {
    const chunk = new NewChunk({ name: 'x', type: 'DOUBLE', isOptional: true }, 'SNAPPY', new PageStore())
    chunk.add(page(10, 5, 0), { min: 0, max: -0 })
    const statistics = asStruct(chunk.placedAt(1000, 'no').chunk)
      .struct(COLUMN_CHUNK.metadata)!
      .struct(COLUMN_META.statistics)!
    assert.deepEqual(
      [STATISTICS.minValue, STATISTICS.maxValue].map((id) => new Uint8Array(statistics.binary(id)!)),
      [-0, 0].map((value) => new Uint8Array(Float64Array.of(value).buffer)),
    )
  })

  const locationsOf = (bytes: Uint8Array) =>
    new ThriftStruct(bytes)
      .structs(OFFSET_INDEX.pageLocations)!
      .map((location) =>
        [PAGE_LOCATION.offset, PAGE_LOCATION.compressedPageSize, PAGE_LOCATION.firstRowIndex].map((id) =>
          location.integer(id),
        ),
      )

  it('has the places of its pages, if wanted', () => {
    const { indexes } = placed(two, 'offsets')
    assert.deepEqual(locationsOf(indexes!.offsetIndex), [
      [1000, 10, 0],
      [1010, 20, 5],
    ])
    assert.equal(indexes!.columnIndex, undefined)
  })

  it('begins with its dictionary, which is no page of its indexes', () => {
    const segment = { name: 's', type: 'INT32', isOptional: true } as const
    const chunk = new NewChunk(segment, 'SNAPPY', new PageStore())
    for (const first of [1, 40]) {
      const values = new RunList()
      for (let value = first; value < first + 50; value++) values.add(value, 20)
      chunk.addRows({ values, valid: new Uint8Array(125).fill(255), rows: 1000 }, values.bounds())
    }
    chunk.end()
    const { chunk: struct, indexes } = chunk.placedAt(1000, 'offsets')
    const meta = asStruct(struct).struct(COLUMN_CHUNK.metadata)!
    const [dictionary, ...pages] = [...chunk.pages()]
    const [first, second] = pages.map(({ length }) => length) as [number, number]
    const firstAt = 1000 + dictionary!.length
    assert.equal(pages.length, 2)
    assert.equal(meta.integer(COLUMN_META.dictionaryPageOffset), 1000)
    assert.equal(meta.integer(COLUMN_META.dataPageOffset), firstAt)
    assert.equal(meta.integer(COLUMN_META.totalCompressedSize), dictionary!.length + first + second)
    assert.equal(meta.integer(COLUMN_META.numValues), 2000)
    assert.deepEqual(meta.integers(COLUMN_META.encodings), [PLAIN, RLE, RLE_DICTIONARY])
    assert.deepEqual(
      meta
        .structs(COLUMN_META.encodingStats)!
        .map((stats) =>
          [PAGE_ENCODING_STATS.pageType, PAGE_ENCODING_STATS.encoding, PAGE_ENCODING_STATS.count].map((id) =>
            stats.integer(id),
          ),
        )
        .sort(),
      [
        [DATA_PAGE, RLE_DICTIONARY, 2],
        [DICTIONARY_KIND, PLAIN, 1],
      ],
    )
    assert.deepEqual(locationsOf(indexes!.offsetIndex), [
      [firstAt, first, 0],
      [firstAt + first, second, 1000],
    ])
    // 89 different values
    const header = new ThriftStruct(dictionary!).struct(PAGE_HEADER.dictionaryPageHeader)!
    assert.equal(header.integer(DICTIONARY_PAGE_HEADER.numValues), 89)
  })

  it('has the bounds of its pages, if wanted: those of a page of nulls are empty', () => {
    const { indexes } = placed([...two, { nulls: 5, ...NO_VALUES }], 'bounds')
    const index = new ThriftStruct(indexes!.columnIndex!)
    const expected = new ThriftStruct(
      thrift.struct({
        [COLUMN_INDEX.minValues]: thrift.list([floatOf(-3), floatOf(7), new Uint8Array()].map(thrift.binary)),
        // a bound of 0 is +0 as the largest value
        [COLUMN_INDEX.maxValues]: thrift.list([floatOf(0), floatOf(7), new Uint8Array()].map(thrift.binary)),
      }).raw,
    )
    for (const id of [COLUMN_INDEX.minValues, COLUMN_INDEX.maxValues]) {
      assert.deepEqual(index.value(id)!.raw, expected.value(id)!.raw)
    }
    // a page whose values are all NaN has no bounds, and then the chunk has none
    assert.equal(placed([...two, { nulls: 4, ...NO_VALUES }], 'bounds').indexes!.columnIndex, undefined)
  })
})

describe('pages without nulls', () => {
  for (const rows of [1, 5, 7, 8, 63, 64, 8001, 8007, 70_001]) {
    for (const duplicates of [0, 3]) {
      it(`of ${rows} rows have one run of levels${duplicates > 0 ? ', also when rows were dropped' : ''}`, async () => {
        const bars = someBars(rows)
        const input = barsFile([...bars, ...bars.slice(0, duplicates)], {
          codec: 'UNCOMPRESSED',
          rowGroupSize: 100_000,
        })
        const { output } = await enrichBytes(input, { codec: 'UNCOMPRESSED' })
        // sides and segments, and what was written again
        const pages = await levelsWithoutNulls(output, duplicates > 0 ? 0 : 6)
        assert.ok(pages.length >= (duplicates > 0 ? 8 : 2), `${pages.length} pages`)
        for (const page of pages) assert.deepEqual(page.levels, oneRun(page.rows))
      })
    }
  }
})

describe('pages of the new columns', () => {
  it('hold the values in every codec, over row groups of any size', async () => {
    // more rows than a page holds
    const rows = quickOrThorough(70_000, 140_000)
    const bars = someBars(rows)
    bars[70]!.close = null
    for (const rowGroupSize of quickOrThorough([rows], [1_000, 65_537, rows])) {
      const input = barsFile(bars, { rowGroupSize })
      const expected = await readRows((await enrichBytes(input, { codec: 'UNCOMPRESSED' })).output)
      for (const codec of quickOrThorough(
        ['LZ4_RAW', 'ZSTD'] as const,
        ['SNAPPY', 'LZ4_RAW', 'GZIP', 'ZSTD'] as const,
      )) {
        assert.deepEqual(await readRows((await enrichBytes(input, { codec })).output), expected)
      }
    }
  })
})

describe('the page of a new column', () => {
  it('carries a checksum of its bytes', async () => {
    const { output } = await enrichBytes(barsFile(someBars(300)))
    const footer = await readFooter(memorySource(output), 2 ** 30)
    for (const leaf of leavesOf(footer).slice(-4)) {
      const chunk = columnChunk(footer, rowGroup(footer, 0), leaf)
      const header = new ThriftStruct(output, chunk.start)
      const body = output.subarray(header.end, header.end + header.integer(PAGE_HEADER.compressedPageSize)!)
      assert.equal(header.integer(PAGE_HEADER.crc)! >>> 0, crc32(body))
    }
  })

  it('is refused when its bytes were changed', async () => {
    const { output } = await enrichBytes(barsFile(someBars(300)))
    const footer = await readFooter(memorySource(output), 2 ** 30)
    const leaf = leavesOf(footer).at(-4)!
    const chunk = columnChunk(footer, rowGroup(footer, 0), leaf)
    output[chunk.end - 5]! ^= 1
    await assert.rejects(enrichBytes(output, { columns: { close: 'supertrend_ub' } }), /checksum of the page at byte/)
  })
})
