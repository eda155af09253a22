import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { DICTIONARY_PAGE } from '../../../functions/parquet/format/enumerations.ts'
import { leavesOf, readFooter } from '../../../functions/parquet/format/footer.ts'
import { varint } from '../../../functions/parquet/format/varint.ts'
import { readColumn } from '../../../functions/parquet/read/column-reader.ts'
import type { DecodedColumn } from '../../../functions/shared/decoded-column.ts'
import { isValid } from '../../../functions/shared/decoded-column.ts'
import { craft, marketColumns } from '../../faults/crafted-file.ts'
import { duckDbRun, memorySource, temporaryFolder } from '../../parquet-files.ts'
import { quickOrThorough } from '../../thorough.ts'

const scratch = temporaryFolder()
/** One row group, which DuckDB writes as one page for each column: of 1 or 5 MB and more for those of 8 bytes. */
const ROWS = quickOrThorough(150_000, 700_000)

type Value = number | bigint | string | null

function valuesOf(column: DecodedColumn, kind: 'long' | 'double' | 'int' | 'text'): Value[] {
  const { values, starts, ends, rows } = column
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength)
  return Array.from({ length: rows }, (_, i) => {
    if (!isValid(column, i)) return null
    switch (kind) {
      case 'long':
        return view.getBigInt64(8 * i, true)
      case 'double':
        return view.getFloat64(8 * i, true)
      case 'int':
        return view.getInt32(4 * i, true)
      default:
        return Buffer.from(values.subarray(starts![i]!, ends![i]!)).toString()
    }
  })
}

async function readAll(bytes: Uint8Array, name: string, kind: Parameters<typeof valuesOf>[1]): Promise<Value[]> {
  const source = memorySource(bytes)
  const footer = await readFooter(source, 2 ** 30)
  const leaf = leavesOf(footer).find(({ nodes }) => nodes[0]!.name === name)!
  const found: Value[] = []
  let rows = 0
  const pieces = readColumn(source, footer, leaf, (column, firstRow) => {
    assert.equal(firstRow, found.length)
    for (const value of valuesOf(column, kind)) found.push(value)
  })
  for await (const count of pieces) rows += count
  assert.equal(rows, found.length)
  return found
}

/** @returns the first row of the column that was decoded because one is needed, and the values from it on */
async function readNear(bytes: Uint8Array, name: string, kind: Parameters<typeof valuesOf>[1], needed: number) {
  const source = memorySource(bytes)
  const footer = await readFooter(source, 2 ** 30)
  const leaf = leavesOf(footer).find(({ nodes }) => nodes[0]!.name === name)!
  const decoded: [number, Value[]][] = []
  const use = (column: DecodedColumn, firstRow: number) => decoded.push([firstRow, valuesOf(column, kind)])
  const needs = (from: number, to: number) => from <= needed && needed < to
  for await (const _ of readColumn(source, footer, leaf, use, { needs })) if (decoded.length > 0) break
  return decoded[0]!
}

const kinds = { id: 'long', price: 'double', gaps: 'double', count: 'int', symbol: 'text', note: 'text' } as const
const CODECS = quickOrThorough(['uncompressed', 'snappy'], ['uncompressed', 'snappy', 'gzip', 'zstd', 'lz4_raw'])

describe(`a page of ${ROWS.toLocaleString('en')} rows`, () => {
  const files = new Map<string, Uint8Array>()
  before(async () => {
    for (const codec of CODECS) {
      const name = path.join(scratch, `${codec}.parquet`)
      await duckDbRun(`COPY (SELECT
          (i * 60000000 + hash(i) % 7)::BIGINT AS id,
          round(100 + (hash(i) % 100000) / 100, 2) AS price,
          CASE WHEN hash(i) % 3 > 0 THEN i / 7 END AS gaps,
          CASE WHEN i % 1000 > 0 THEN (i % 500)::INTEGER END AS count,
          CASE WHEN hash(i) % 50 > 0 THEN 'SYM' || (hash(i) % 300) END AS symbol,
          CASE WHEN hash(i) % 9 > 0 THEN 'note ' || i || repeat('.', (hash(i) % 20)::INTEGER) END AS note
        FROM range(${ROWS}) t(i)) TO '${name}' (FORMAT parquet, COMPRESSION ${codec}, ROW_GROUP_SIZE ${2 * ROWS})`)
      files.set(codec, new Uint8Array(readFileSync(name)))
    }
  })

  for (const [name, kind] of Object.entries(kinds)) {
    describe(`has the values of ${name}`, () => {
      // the same in all files
      let expected: Value[]
      before(async () => {
        const bytes = files.get('uncompressed')!
        const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
        const rows = await parquetReadObjects({ file, columns: [name], compressors })
        expected = rows.map((row) => row[name] ?? null)
      })

      for (const codec of CODECS) {
        it(`that another reader finds: ${codec}`, async () => {
          const found = await readAll(files.get(codec)!, name, kind)
          assert.equal(found.length, expected.length)
          // one value alone: a comparison of all takes gigabytes to describe what differs
          const at = found.findIndex((value, i) => value !== expected[i])
          assert.equal(found[at], expected[at], `row ${at}`)
        })

        it(`in needed rows, and decodes few others: ${codec}`, async () => {
          for (const row of [4096, 70_000]) {
            const [first, found] = await readNear(files.get(codec)!, name, kind, row)
            // parquet-wasm, which decodes LZ4, decodes whole pages
            const most = codec === 'lz4_raw' ? ROWS : 4096
            assert.ok(first <= row && row - first < most, `from row ${first} for row ${row}`)
            assert.deepEqual(found, expected.slice(first, first + found.length))
            assert.ok(first + found.length > row)
          }
        })
      }
    })
  }
})

describe('the entries of rows with text', () => {
  it('have the numbers that no other dictionary has, and -1 where there is none', async () => {
    const dictionary = (letters: string) => ({
      kind: DICTIONARY_PAGE,
      values: letters.length,
      body: Buffer.concat(
        [...letters].map((letter) => Buffer.concat([Uint8Array.of(1, 0, 0, 0), Buffer.from(letter)])),
      ),
    })
    const indices = { values: 8, encoding: 8, body: Uint8Array.of(1, 3, 0b1010_0101) }
    const plain = { values: 8, body: dictionary('abcdefgh').body }
    const columns = [{ name: 's', type: 'BYTE_ARRAY', pages: [dictionary('xy'), indices, plain] } as const]
    const source = memorySource(craft({ columns, rows: 16, groups: 1 }))
    const footer = await readFooter(source, 2 ** 30)
    const found: number[][] = []
    for (let reading = 0; reading < 2; reading++) {
      const pieces = readColumn(source, footer, leavesOf(footer)[0]!, ({ entries, rows }) => {
        assert.equal(rows, 16)
        found.push([...entries!])
      })
      for await (const _ of pieces);
    }
    const [first, again] = found as [number[], number[]]
    const [x, y] = [Math.min(...first.slice(0, 8)), Math.max(...first)]
    assert.deepEqual([y - x, first.slice(8)], [1, new Array(8).fill(-1)])
    assert.deepEqual(first.slice(0, 8), [y, x, y, x, x, y, x, y])
    assert.deepEqual(
      again.slice(0, 8).map((entry) => entry - 2),
      first.slice(0, 8),
    )
  })
})

describe('bits that are no number', () => {
  it('come out of a dictionary as they went in, however often they are read', async () => {
    const rows = 200_000
    const payloads = BigUint64Array.of(0x7ff0_0000_0000_0001n, 0xfff8_dead_beef_0000n, 0x7ff8_0000_0000_0000n, 1n)
    const indices = Uint8Array.from({ length: rows / 4 }, () => 0b11_10_01_00)
    const header = varint((rows / 8) * 2 + 1)
    const [time, high, ...others] = marketColumns(rows)
    const dictionary = { kind: DICTIONARY_PAGE, values: 4, body: new Uint8Array(payloads.buffer) }
    const page = { values: rows, encoding: 8, body: Buffer.concat([Uint8Array.of(2), header, indices]) }
    const bytes = craft({ columns: [time!, { ...high!, pages: [dictionary, page] }, ...others], rows })
    const found = await readAll(bytes, 'high', 'long')
    assert.equal(found.length, rows)
    assert.ok(found.every((value, i) => BigInt.asUintN(64, value as bigint) === payloads[i % 4]))
  })
})
