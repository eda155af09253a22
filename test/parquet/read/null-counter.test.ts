/** The nulls of a chunk that loses rows are counted, whatever its writer stated: pyarrow before 5 stated 0 for categories. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compress } from '../../../functions/parquet/compression/compress.ts'
import type { Compression } from '../../../functions/parquet/format/enumerations.ts'
import { DATA_PAGE, DATA_PAGE_V2 } from '../../../functions/parquet/format/enumerations.ts'
import {
  COLUMN_META,
  DATA_PAGE_HEADER_V2,
  SCHEMA_ELEMENT,
  STATISTICS,
} from '../../../functions/parquet/format/fields.ts'
import { thrift } from '../../../functions/parquet/format/thrift.ts'
import { varint } from '../../../functions/parquet/format/varint.ts'
import { bytesOf, type CraftedPage, craft, marketColumns } from '../../faults/crafted-file.ts'
import { enrichAndKeep, readMetadata, readRows } from '../../parquet-files.ts'
import { quickOrThorough } from '../../thorough.ts'
import { walkFooter } from '../footer-walk.ts'

/** Bytes of a value: a page of some thousands is too long to be held. */
const WIDTH = 1024

/** A page of texts of one length and nulls. */
function pageOf(present: readonly boolean[], { version, codec, width = WIDTH, inPages }: Chunk): CraftedPage {
  const bits = new Uint8Array(Math.ceil(present.length / 8))
  for (const [i, has] of present.entries()) if (has) bits[i >> 3]! |= 1 << (i & 7)
  const levels = Buffer.concat([varint(2 * bits.length + 1), bits])
  const values = new Uint8Array(width * present.filter((has) => has).length).fill(65)
  const count = thrift.i32(present.length)
  if (version === 2) {
    const body = Buffer.concat([levels, compress(values, codec)])
    const nulls = thrift.i32(inPages ?? present.filter((has) => !has).length)
    const details = {
      [DATA_PAGE_HEADER_V2.numValues]: count,
      [DATA_PAGE_HEADER_V2.numNulls]: nulls,
      [DATA_PAGE_HEADER_V2.numRows]: count,
      [DATA_PAGE_HEADER_V2.definitionLevelsByteLength]: thrift.i32(levels.length),
    }
    return {
      kind: DATA_PAGE_V2,
      values: present.length,
      body,
      uncompressedLength: levels.length + values.length,
      details,
    }
  }
  const prefix = bytesOf(Int32Array.of(levels.length))
  const plain = Buffer.concat([prefix, levels, values])
  return { kind: DATA_PAGE, values: present.length, body: compress(plain, codec), uncompressedLength: plain.length }
}

interface Chunk {
  readonly version: 1 | 2
  readonly codec: Compression
  readonly stated: number
  /** What each v2 page states, if not the truth. */
  readonly inPages?: number
  /** Bytes of a value. */
  readonly width?: number
  /** Rows of its pages. */
  readonly pages: readonly number[]
}

/** Every third value is null, the last row has the time of the one before. */
function fileOf(chunk: Chunk): Uint8Array {
  const { codec, stated, pages, width = WIDTH } = chunk
  const rows = pages.reduce((sum, count) => sum + count)
  const [time, ...prices] = marketColumns(rows)
  const times = BigInt64Array.from({ length: rows }, (_, i) => BigInt(1_700_000_000 + 60 * Math.min(i, rows - 2)))
  let row = 0
  const note = {
    name: 'note',
    type: 'FIXED_LEN_BYTE_ARRAY' as const,
    codec,
    element: { [SCHEMA_ELEMENT.typeLength]: thrift.i32(width), [SCHEMA_ELEMENT.repetitionType]: thrift.i32(1) },
    meta: { [COLUMN_META.statistics]: thrift.struct({ [STATISTICS.nullCount]: thrift.i64(stated) }) },
    pages: pages.map((count) =>
      pageOf(
        Array.from({ length: count }, () => row++ % 3 !== 2),
        chunk,
      ),
    ),
  }
  return craft({ columns: [{ ...time!, pages: [{ values: rows, body: bytesOf(times) }] }, ...prices, note], rows })
}

const LAYOUTS: Readonly<Record<string, Pick<Chunk, 'pages' | 'width'>>> = {
  'a page that loses a row': { pages: [66] },
  'a page that is copied, and one that loses a row': { pages: [33, 33] },
  'a page that is copied, and one that loses all rows': { pages: [65, 1] },
  'long pages': { pages: [4002, 33] },
  // 2,503 bytes of levels: more than are decompressed at first
  'pages of many rows': { pages: [20_001, 33], width: 4 },
}

describe('the nulls of a chunk that loses rows', () => {
  for (const [layout, of] of Object.entries(LAYOUTS)) {
    for (const codec of quickOrThorough<readonly Compression[]>(
      ['UNCOMPRESSED', 'ZSTD'],
      ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD'],
    )) {
      for (const version of [1, 2] as const) {
        it(`are counted in ${layout}, ${codec}, v${version}, whatever is stated`, async () => {
          const rows = of.pages.reduce((sum, count) => sum + count)
          const nulls = Math.floor(rows / 3)
          const quick = layout === 'a page that loses a row' ? [nulls, nulls - 1] : [nulls - 1]
          for (const stated of quickOrThorough(quick, [nulls, 0, nulls - 1, nulls + 1, 2 * rows])) {
            const { output, dropped, ...enriched } = await enrichAndKeep(fileOf({ version, codec, stated, ...of }))
            assert.equal(enriched.layout, 'compacted')
            const found = (await readRows(output)).filter((row) => row.note === null).length
            assert.equal(found, nulls - 1)
            assert.deepEqual((await walkFooter(output)).problems, [])
            assert.deepEqual((await walkFooter(dropped)).problems, [])
            assert.equal(await statedNulls(output), BigInt(found), `${stated} were stated`)
          }
        })
      }
    }
  }

  it('are those of the levels where v2 pages that are copied state others', async () => {
    for (const inPages of [0, 10, 12]) {
      const { output, layout } = await enrichAndKeep(
        fileOf({ version: 2, codec: 'SNAPPY', stated: 22, inPages, pages: [33, 33] }),
      )
      assert.equal(layout, 'compacted')
      assert.equal(await statedNulls(output), 21n, `${inPages} were stated`)
    }
  })

  it('are not stated where pages are copied that only parquet-wasm can decompress', async () => {
    for (const stated of [0, 11, 22]) {
      const { output } = await enrichAndKeep(fileOf({ version: 1, codec: 'LZ4_RAW', stated, pages: [33, 33] }))
      assert.equal((await readRows(output)).length, 65)
      assert.deepEqual([(await walkFooter(output)).problems, await statedNulls(output)], [[], undefined])
    }
  })
})

async function statedNulls(bytes: Uint8Array): Promise<bigint | undefined> {
  const { columns } = (await readMetadata(bytes)).row_groups[0]!
  return columns.find(({ meta_data }) => meta_data!.path_in_schema[0] === 'note')!.meta_data!.statistics!.null_count
}
