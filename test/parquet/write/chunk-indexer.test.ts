import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { COLUMN_INDEX, OFFSET_INDEX, PAGE_LOCATION } from '../../../functions/parquet/format/fields.ts'
import { ThriftStruct, thrift } from '../../../functions/parquet/format/thrift.ts'
import { NEW_ORDERS } from '../../../functions/parquet/format/value-order.ts'
import type { OldIndexes } from '../../../functions/parquet/read/old-indexes.ts'
import type { Page } from '../../../functions/parquet/read/page.ts'
import { ChunkIndexer } from '../../../functions/parquet/write/chunk-indexer.ts'

const int32 = (value: number) => new Uint8Array(Int32Array.of(value).buffer)
const bounds = { min: int32(1), max: int32(9) }

/** Two pages of 10 rows, of 100 bytes each. */
const old: OldIndexes = {
  pages: new Map([
    [4, { length: 100, firstRow: 0, nulls: 7, bounds }],
    [104, { length: 100, firstRow: 10, nulls: 7, bounds }],
  ]),
  offsetIndex: new ThriftStruct(
    thrift.struct({
      [OFFSET_INDEX.pageLocations]: thrift.list([]),
      [OFFSET_INDEX.unencodedByteArrayDataBytes]: thrift.list([thrift.i64(5)]),
    }).raw,
  ),
  columnIndex: thrift.struct({ [COLUMN_INDEX.boundaryOrder]: thrift.i32(1) }).raw,
}

const page = (at: number, length = 100) => ({ at, headerLength: 20, bodyLength: length - 20, values: 10 }) as Page
const made = { start: 100, length: 50, nulls: 2, bounds }

function indexesOf(run: (indexer: ChunkIndexer) => void, isFlat = true) {
  const indexer = new ChunkIndexer(old, isFlat ? NEW_ORDERS.INT32 : undefined, isFlat)
  run(indexer)
  const indexes = indexer.indexes(1000)
  return {
    raw: indexes?.columnIndex,
    locations:
      indexes &&
      new ThriftStruct(indexes.offsetIndex)
        .structs(OFFSET_INDEX.pageLocations)!
        .map((at) => Object.values(PAGE_LOCATION).map((id) => at.integer(id))),
    nulls: indexes?.columnIndex && new ThriftStruct(indexes.columnIndex).integers(COLUMN_INDEX.nullCounts),
  }
}

describe('the page indexes of a chunk that is written again', () => {
  it('have the nulls that were counted, not those that the input states', () => {
    const { nulls } = indexesOf((indexer) => {
      indexer.copied(page(4), 0, 3)
      indexer.made(made, 9)
    })
    assert.deepEqual(nulls, [3, 2])
    const uncounted = indexesOf((indexer) => {
      indexer.copied(page(4), 0)
      indexer.made(made, 9)
    })
    assert.deepEqual(uncounted.nulls, [7, 2])
  })

  it('are those of the input, placed again, where all pages are copied', () => {
    const { raw, locations } = indexesOf((indexer) => {
      indexer.copied(page(4), 0)
      indexer.copied(page(104), 100)
    })
    assert.equal(raw, old.columnIndex)
    assert.deepEqual(locations, [
      [1000, 100, 0],
      [1100, 100, 10],
    ])
  })

  it('are not those of the input where a page is missing', () => {
    const { raw, locations } = indexesOf((indexer) => indexer.copied(page(4), 0))
    assert.notEqual(raw, old.columnIndex)
    assert.deepEqual(locations, [[1000, 100, 0]])
  })

  it('have no bounds where the input speaks of a page of another length at the same place', () => {
    for (const length of [99, 101]) {
      const { raw, locations } = indexesOf((indexer) => {
        indexer.copied(page(4, length), 0)
        indexer.copied(page(104), length)
      })
      assert.equal(raw, undefined)
      assert.deepEqual(locations, [
        [1000, length, 0],
        [1000 + length, 100, 10],
      ])
    }
  })

  it('are none of nested columns where the input does not know the rows of a page', () => {
    const known = indexesOf((indexer) => indexer.copied(page(104), 0), false)
    assert.deepEqual(known.locations, [[1000, 100, 10]])
    for (const unknown of [page(50), page(104, 99)]) {
      assert.equal(indexesOf((indexer) => indexer.copied(unknown, 0), false).locations, undefined)
    }
  })
})
