import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parquetQuery } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'
import { SupertrendColumns } from '../../../functions/enrich/supertrend-columns.ts'
import { COLUMN_CHUNK, COLUMN_INDEX } from '../../../functions/parquet/format/fields.ts'
import { asStruct, ThriftStruct } from '../../../functions/parquet/format/thrift.ts'
import { enrichBytes, NEW_COLUMNS, random, readMetadata, someBars } from '../../parquet-files.ts'
import { quickOrThorough } from '../../thorough.ts'
import { checkPageIndexes, thriftStruct } from '../page-walk.ts'

const writers = new URL('../../golden/writers/', import.meta.url)
const golden = (name: string) => new Uint8Array(readFileSync(new URL(name, writers)))

/** Names of the columns that have bounds, by row group. */
async function columnsWith(bytes: Uint8Array, index: 'offset_index_offset' | 'column_index_offset') {
  const { row_groups } = await readMetadata(bytes)
  return row_groups.map(({ columns }) =>
    columns.filter((chunk) => chunk[index] !== undefined).map((chunk) => chunk.meta_data!.path_in_schema.join('.')),
  )
}

interface IndexedFile {
  readonly rows: number
  readonly duplicates?: number
  /** Columns beside times and prices: one that is partly null and partly NaN, one of texts. */
  readonly hasMore?: boolean
  readonly pageSize?: number
  readonly rowGroupSize?: number
  /** Columns that get none. */
  readonly without?: readonly string[]
  readonly seed?: number
}

/** Bars with page indexes of hyparquet-writer, which leaves them out for a chunk of one page. */
function indexedBars(file: IndexedFile) {
  const { rows, duplicates = 0, hasMore = true, pageSize = 200, rowGroupSize, without = [], seed = 1 } = file
  const bars = someBars(rows, seed)
  const all = [...bars, ...bars.slice(rows - duplicates)]
  const next = random(seed)
  const column = (name: string, type: 'DOUBLE' | 'TIMESTAMP' | 'STRING', data: unknown[]): ColumnSource => ({
    name,
    type,
    nullable: true,
    data,
    columnIndex: !without.includes(name),
    offsetIndex: !without.includes(name),
  })
  const odd = all.map(() => (next() < 0.3 ? null : next() < 0.1 ? Number.NaN : Math.round(next() * 9 - 4) / 2))
  const columnData = [
    column(
      'datetime',
      'TIMESTAMP',
      all.map((bar) => new Date(bar.time)),
    ),
    column('row', 'DOUBLE', [...all.keys()]),
    ...(['high', 'low', 'close'] as const).map((name) =>
      column(
        name,
        'DOUBLE',
        all.map((bar) => bar[name]),
      ),
    ),
  ]
  const texts = all.map((_, i) => `${i % 7} ${'\u20ac'.repeat(i % 40)}`)
  if (hasMore) columnData.push(column('odd', 'DOUBLE', odd), column('text', 'STRING', texts))
  return new Uint8Array(parquetWriteBuffer({ columnData, pageSize, ...(rowGroupSize ? { rowGroupSize } : {}) }))
}

describe('every offset in the footer and in the page indexes is that of a page', () => {
  for (const name of readdirSync(writers).filter((name) => name.endsWith('.parquet'))) {
    it(`of ${name}, enriched`, async () => {
      const input = golden(name)
      const { output } = await enrichBytes(input)
      const [before, after] = [await checkPageIndexes(input), await checkPageIndexes(output, NEW_COLUMNS)]
      // a file has indexes of all chunks or of none
      assert.ok(before.offsets === 0 || before.offsets === before.chunks)
      assert.equal(after.offsets, before.offsets === 0 ? 0 : after.chunks)
    })
  }
})

describe('the new columns of a file with page indexes', () => {
  it('have them too, with bounds that are values', async () => {
    const { output } = await enrichBytes(golden('pyarrow-page-index-clean.parquet'))
    await checkPageIndexes(output, NEW_COLUMNS)
    for (const names of await columnsWith(output, 'column_index_offset')) {
      assert.deepEqual(names.slice(-NEW_COLUMNS.length), NEW_COLUMNS)
    }
  })

  it('have one entry for each of several pages, and segments in ascending order', async () => {
    const { output } = await enrichBytes(
      indexedBars({ rows: 150_000, pageSize: 100_000, rowGroupSize: 150_000, hasMore: false }),
    )
    await checkPageIndexes(output, NEW_COLUMNS)
    const chunk = (await readMetadata(output)).row_groups[0]!.columns.at(-1)!
    const { fields } = thriftStruct(output, Number(chunk.column_index_offset))
    assert.equal((fields[1] as unknown[]).length, 3)
    assert.equal(fields[4], 1)
  })

  it('have offsets only when another column has none, because Trino refuses a filter on bounds then', async () => {
    const { output } = await enrichBytes(indexedBars({ rows: 300, without: ['odd'] }))
    await checkPageIndexes(output)
    const [offsets, bounds] = [
      await columnsWith(output, 'offset_index_offset'),
      await columnsWith(output, 'column_index_offset'),
    ]
    assert.deepEqual(offsets[0]!.slice(-4), NEW_COLUMNS)
    assert.ok(!bounds[0]!.some((name) => NEW_COLUMNS.includes(name)) && bounds[0]!.includes('close'))
  })

  it('have none when the input has none', async () => {
    const { output } = await enrichBytes(golden('pandas-datetime-index.parquet'))
    assert.deepEqual(await columnsWith(output, 'offset_index_offset'), [[]])
  })

  it('have no bounds when all values of a page are NaN, and zeros of both signs in those that they have', () => {
    const names = { upperBand: 'u', lowerBand: 'l', orientation: 'o', segment: 's' }
    const writer = new SupertrendColumns([names], 'UNCOMPRESSED', 10)
    const line = Float32Array.of(Number.NaN, Number.NaN, 0, -0)
    writer.write([{ line, orientation: Int8Array.of(-1, -1, 1, 1), segment: Int32Array.of(1, 1, 2, 2) }], 0, 4)
    writer.endRowGroup()
    const { columns } = writer.chunksAt(0, 4, 'bounds')
    const [upper, lower] = columns.map(({ indexes }) => indexes)
    assert.ok(upper!.offsetIndex.length > 0)
    assert.equal(upper!.columnIndex, undefined)
    const index = new ThriftStruct(lower!.columnIndex!)
    const [min, max] = [index.binaries(COLUMN_INDEX.minValues)![0]!, index.binaries(COLUMN_INDEX.maxValues)![0]!]
    assert.deepEqual(
      [[...min], [...max]],
      [
        [0, 0, 0, 0x80],
        [0, 0, 0, 0],
      ],
    )
    assert.deepEqual(index.integers(COLUMN_INDEX.nullCounts), [2])
    assert.ok(asStruct(columns[0]!.chunk).has(COLUMN_CHUNK.metadata))
  })
})

describe('the columns of a compacted file with page indexes', () => {
  // everything of which the input's bounds are those of the order that the type has
  const exact = 'datetime high low close flag int8 uint32 uint64 int64 float16 zeros fixed decimal small_decimal day'
  for (const version of ['v1', 'v2']) {
    it(`have them again, with bounds that are values where pages were written again (${version})`, async () => {
      const input = golden(`pyarrow-page-index-pages-${version}.parquet`)
      const { output, layout } = await enrichBytes(input)
      assert.equal(layout, 'compacted')
      await checkPageIndexes(output, [...exact.split(' '), 'descending', 'dictionary', ...NEW_COLUMNS])
      const lost = (await columnsWith(input, 'column_index_offset')).map(async (names, group) => {
        const left = (await columnsWith(output, 'column_index_offset'))[group] ?? names
        return names.filter((name) => !left.includes(name))
      })
      // nested ones, values that are wide, and bytes above which there is nothing short
      const unknown = ['bytes', 'wide', 'list.list.element', 'struct.a', 'struct.b']
      assert.deepEqual(await Promise.all(lost), [[], unknown, []])
    })
  }

  it('have them again whatever the sizes of pages and row groups', async () => {
    for (let seed = 1; seed <= quickOrThorough(3, 40); seed++) {
      const next = random(seed)
      const rows = 1 + Math.floor(next() * 400)
      const input = indexedBars({
        rows,
        duplicates: 1 + Math.floor(next() * Math.min(rows, 60)),
        pageSize: 40 + Math.floor(next() * 2000),
        rowGroupSize: 1 + Math.floor(next() * 300),
        seed,
      })
      const { output, layout } = await enrichBytes(input)
      assert.equal(layout, 'compacted')
      await checkPageIndexes(input)
      const counts = await checkPageIndexes(output, ['datetime', 'high', 'low', 'close', ...NEW_COLUMNS])
      // hyparquet-writer writes none for a row group whose chunks have one page each
      if ((await columnsWith(input, 'offset_index_offset')).every((names) => names.length > 0)) {
        assert.equal(counts.offsets, counts.chunks)
      }
    }
  })

  /** The chunk of a column in a row group, and a copy of the file to change. */
  async function chunkOf(name: string, group: number) {
    const bytes = golden('pyarrow-page-index-pages-v1.parquet')
    const { columns } = (await readMetadata(bytes)).row_groups[group]!
    return { bytes, chunk: columns.find(({ meta_data }) => meta_data!.path_in_schema.join('.') === name)! }
  }

  it('have no bounds when one of the input is NaN', async () => {
    const { bytes, chunk } = await chunkOf('high', 1)
    const { fields } = thriftStruct(bytes, Number(chunk.column_index_offset))
    const [min] = fields[2] as Uint8Array[]
    new DataView(min!.buffer, min!.byteOffset).setFloat64(0, Number.NaN, true)
    const { output } = await enrichBytes(bytes)
    await checkPageIndexes(output)
    assert.ok((await columnsWith(output, 'offset_index_offset'))[1]!.includes('high'))
    assert.ok(!(await columnsWith(output, 'column_index_offset'))[1]!.includes('high'))
  })

  it('have no bounds in a row group where a column has no offsets', async () => {
    const { bytes, chunk } = await chunkOf('list.list.element', 0)
    const start = Number(chunk.offset_index_offset)
    bytes.fill(0, start, start + chunk.offset_index_length!)
    const { output } = await enrichBytes(bytes)
    await checkPageIndexes(output)
    const [offsets, bounds] = [
      await columnsWith(output, 'offset_index_offset'),
      await columnsWith(output, 'column_index_offset'),
    ]
    assert.ok(!offsets[0]!.includes('list.list.element') && offsets[0]!.includes('high'))
    assert.deepEqual(bounds[0], [])
    assert.ok(bounds[2]!.includes('high'))
  })

  it('have none of an index that speaks of other pages, or of anything else', async () => {
    const input = golden('pyarrow-page-index-pages-v2.parquet')
    const { row_groups } = await readMetadata(input)
    const next = random(3)
    for (let run = 0; run < quickOrThorough(2, 30); run++) {
      const changed = input.slice()
      for (const { columns } of row_groups) {
        for (const chunk of columns) {
          const places = [
            [chunk.offset_index_offset, chunk.offset_index_length],
            [chunk.column_index_offset, chunk.column_index_length],
          ] as const
          for (const [offset, length] of places) {
            if (offset !== undefined) changed[Number(offset) + Math.floor(next() * length!)] = Math.floor(next() * 256)
          }
        }
      }
      const { output, quality } = await enrichBytes(changed)
      assert.equal(quality.rowsWritten, 200)
      // bounds may be as wrong as they were
      for (const names of await columnsWith(output, 'offset_index_offset')) assert.ok(names.length > 0)
    }
  })
})

describe('a filter that skips pages', () => {
  const filters = [
    { close: { $gt: 101 } },
    { high: { $lt: 99.5 } },
    { odd: { $gte: 1.5 } },
    { text: { $eq: '3 \u20ac\u20ac\u20ac' } },
  ]

  it('finds the same in the enriched file as in the input', async () => {
    for (const duplicates of [0, 30]) {
      const input = indexedBars({ rows: 2000, duplicates, rowGroupSize: 900 })
      const { output } = await enrichBytes(input)
      const columns = ['datetime', 'row', 'close', 'odd', 'text']
      const rows = async (bytes: Uint8Array, filter: (typeof filters)[number]) => {
        const file = {
          byteLength: bytes.length,
          slice: (start: number, end?: number) => bytes.slice(start, end).buffer,
        }
        return parquetQuery({ file, compressors, columns, filter, useOffsetIndex: true })
      }
      for (const filter of filters) {
        const expected = (await rows(input, filter)).filter(({ row }) => row < 2000)
        assert.ok(expected.length > 0)
        assert.deepEqual(await rows(output, filter), expected)
      }
    }
  })

  it('on a new column finds all of its rows', async () => {
    const { output } = await enrichBytes(
      indexedBars({ rows: 140_000, pageSize: 50_000, rowGroupSize: 140_000, hasMore: false }),
    )
    const file = { byteLength: output.length, slice: (start: number, end?: number) => output.slice(start, end).buffer }
    const columns = ['close', 'st_trend_segment']
    const all = await parquetQuery({ file, compressors, columns })
    const segment = Number(all.at(-1)!.st_trend_segment)
    const found = await parquetQuery({ file, compressors, columns, filter: { st_trend_segment: { $eq: segment } } })
    assert.deepEqual(
      found,
      all.filter((row) => row.st_trend_segment === segment),
    )
  })
})
