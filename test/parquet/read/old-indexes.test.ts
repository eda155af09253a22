/** What an input's page indexes say: what they do not say rightly is as good as missing. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ColumnChunk } from '../../../functions/parquet/format/column-chunk.ts'
import { COLUMN_CHUNK, COLUMN_INDEX, OFFSET_INDEX, PAGE_LOCATION } from '../../../functions/parquet/format/fields.ts'
import type { Leaf } from '../../../functions/parquet/format/schema.ts'
import { ThriftStruct, type ThriftValue, thrift } from '../../../functions/parquet/format/thrift.ts'
import { readIndexes } from '../../../functions/parquet/read/old-indexes.ts'
import { memorySource } from '../../parquet-files.ts'

const DOUBLE: Leaf = { index: 0, nodes: [], type: 'DOUBLE', typeLength: 0 }
const BYTE_ARRAY: Leaf = { ...DOUBLE, type: 'BYTE_ARRAY' }
const BOOLEAN: Leaf = { ...DOUBLE, type: 'BOOLEAN' }
const wide = (typeLength: number): Leaf => ({ ...DOUBLE, type: 'FIXED_LEN_BYTE_ARRAY', typeLength })

interface Said {
  readonly areNull?: readonly boolean[]
  readonly mins?: readonly Uint8Array[]
  readonly maxes?: readonly Uint8Array[]
  readonly nulls?: readonly number[]
}

const bound = (byte: number, length = 8) => new Uint8Array(length).fill(byte)

/** Of two pages: at byte 4 with 10 rows and at byte 104. */
function indexesOf(said: Said, leaf: Leaf = DOUBLE, room = { bytes: 1000 }) {
  const { areNull = [false, false], mins = [bound(1), bound(2)], maxes = [bound(3), bound(4)], nulls } = said
  const location = (at: number, firstRow: number) =>
    thrift.struct({
      [PAGE_LOCATION.offset]: thrift.i64(at),
      [PAGE_LOCATION.compressedPageSize]: thrift.i32(100),
      [PAGE_LOCATION.firstRowIndex]: thrift.i64(firstRow),
    })
  const offsets = thrift.struct({ [OFFSET_INDEX.pageLocations]: thrift.list([location(4, 0), location(104, 10)]) }).raw
  const flags: ThriftValue[] = areNull.map((is) => ({ type: 1, raw: Uint8Array.of(is ? 1 : 2) }))
  const bounds = thrift.struct({
    [COLUMN_INDEX.nullPages]: thrift.list(flags),
    [COLUMN_INDEX.minValues]: thrift.list(mins.map((min) => thrift.binary(min))),
    [COLUMN_INDEX.maxValues]: thrift.list(maxes.map((max) => thrift.binary(max))),
    [COLUMN_INDEX.boundaryOrder]: thrift.i32(0),
    5: nulls && thrift.list(nulls.map(thrift.i64)),
  }).raw
  const places = { 4: 4, 5: offsets.length, 6: 4 + offsets.length, 7: bounds.length }
  const struct = thrift.struct({
    [COLUMN_CHUNK.offsetIndexOffset]: thrift.i64(places[4]),
    [COLUMN_CHUNK.offsetIndexLength]: thrift.i32(places[5]),
    [COLUMN_CHUNK.columnIndexOffset]: thrift.i64(places[6]),
    [COLUMN_CHUNK.columnIndexLength]: thrift.i32(places[7]),
  })
  const chunk = { struct: new ThriftStruct(struct.raw) } as ColumnChunk
  return readIndexes(
    memorySource(new Uint8Array(Buffer.concat([Buffer.from('PAR1'), offsets, bounds]))),
    leaf,
    chunk,
    room,
  )
}

describe('page indexes of the input', () => {
  it('state the place, the rows and the bounds of each page', async () => {
    const found = await indexesOf({ nulls: [3, 0] })
    assert.deepEqual(
      [...found!.pages],
      [
        [4, { length: 100, firstRow: 0, nulls: 3, bounds: { min: bound(1), max: bound(3) } }],
        [104, { length: 100, firstRow: 10, nulls: 0, bounds: { min: bound(2), max: bound(4) } }],
      ],
    )
    assert.ok(found!.columnIndex)
  })

  it('say which pages have no values, whatever the bounds of these are', async () => {
    const empty = new Uint8Array(0)
    for (const min of [empty, bound(7)]) {
      const { pages } = (await indexesOf({ areNull: [true, false], mins: [min, bound(2)], maxes: [empty, bound(4)] }))!
      assert.equal(pages.get(4)!.bounds, null)
      assert.deepEqual(pages.get(104)!.bounds, { min: bound(2), max: bound(4) })
    }
  })

  it('say nothing of a page whose bounds are not as wide as its values', async () => {
    const boundsOf = async (said: Said, leaf?: Leaf) => (await indexesOf(said, leaf))!.pages.get(4)!.bounds
    for (const length of [0, 4, 7, 9]) {
      assert.equal(await boundsOf({ mins: [bound(1, length), bound(2)] }), undefined, `min of ${length} bytes`)
      assert.equal(await boundsOf({ maxes: [bound(3, length), bound(4)] }), undefined, `max of ${length} bytes`)
      assert.ok(await boundsOf({ mins: [bound(1, length), bound(2)] }, BYTE_ARRAY))
    }
    assert.ok(await boundsOf({}, wide(8)))
    assert.equal(await boundsOf({}, wide(9)), undefined)
    const bits = { mins: [bound(0, 1), bound(0, 1)], maxes: [bound(1, 1), bound(1, 1)] }
    assert.ok(await boundsOf(bits, BOOLEAN))
    assert.equal(await boundsOf({}, BOOLEAN), undefined)
  })

  it('have no bounds where these are not of as many pages', async () => {
    for (const said of [{ areNull: [false] }, { mins: [bound(1)] }, { maxes: [bound(3), bound(4), bound(5)] }]) {
      const found = (await indexesOf(said))!
      assert.equal(found.columnIndex, undefined)
      assert.equal(found.pages.get(4)!.bounds, undefined)
    }
  })

  it('are not read beyond the room that is left for them', async () => {
    assert.equal(await indexesOf({}, DOUBLE, { bytes: 10 }), undefined)
  })
})
