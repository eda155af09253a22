import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import { columnChunk, rowGroup } from '../../../functions/parquet/format/column-chunk.ts'
import { PAGE_HEADER } from '../../../functions/parquet/format/fields.ts'
import { leavesOf, readFooter } from '../../../functions/parquet/format/footer.ts'
import { ThriftStruct } from '../../../functions/parquet/format/thrift.ts'
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
        // sides and segments, and what was written anew
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
      for (const codec of ['SNAPPY', 'LZ4_RAW', 'GZIP', 'ZSTD'] as const) {
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
