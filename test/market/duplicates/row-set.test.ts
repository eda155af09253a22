import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RemovedRows, RowSet } from '../../../functions/market/duplicates/row-set.ts'
import { quickOrThorough } from '../../thorough.ts'

const ROWS = 1100

/** Looked up while rows are still being added, as the rows that stream by do. */
function checkAll(set: RowSet, expected: ReadonlySet<number>, place: number): void {
  const rows = Array.from({ length: ROWS }, (_, row) => row)
  const outside = rows.filter((row) => !expected.has(row))
  assert.equal(set.size, expected.size)
  assert.equal(set.rankOf(place), rows.filter((row) => row < place && expected.has(row)).length)
  assert.equal(set.countIn(place, ROWS), rows.filter((row) => row >= place && expected.has(row)).length)
  if (place < ROWS) assert.equal(set.has(place), expected.has(place))
  assert.equal(set.nextIn(place, ROWS), rows.find((row) => row >= place && expected.has(row)) ?? ROWS)
  assert.equal(set.nextOutside(place, ROWS), outside.find((row) => row >= place) ?? ROWS)
  if (place < outside.length) assert.equal(set.rowOutside(place), outside[place])
}

describe('a set of rows', () => {
  it('answers as a plain set does, in whatever order rows are added', () => {
    const added = fc.tuple(fc.integer({ min: 0, max: ROWS - 1 }), fc.constantFrom(1, 1, 2, 40, 300))
    const steps = fc.array(fc.tuple(added, fc.integer({ min: 0, max: ROWS })), { maxLength: 30 })
    const law = fc.property(steps, fc.boolean(), (any, inOrder) => {
      const set = new RowSet(ROWS)
      const expected = new Set<number>()
      checkAll(set, expected, 7)
      for (const [[from, rows], place] of inOrder ? any.toSorted(([[a]], [[b]]) => a - b) : any) {
        const to = Math.min(ROWS, from + rows)
        if (rows === 1) set.add(from)
        else set.add(from, to)
        for (let row = from; row < to; row++) expected.add(row)
        checkAll(set, expected, place)
      }
      for (const place of [0, 31, 32, 255, 256, 257, 1024, ROWS]) checkAll(set, expected, place)
    })
    fc.assert(law, { numRuns: quickOrThorough(100, 300), seed: 6 })
  })

  it('may hold all rows', () => {
    for (const rows of [1, 32, 255, 256, 512]) {
      const set = new RowSet(rows)
      set.add(0, rows)
      assert.deepEqual([set.size, set.rankOf(rows), set.countIn(0, rows)], [rows, rows, rows])
      assert.deepEqual([set.nextOutside(0, rows), set.nextIn(rows - 1, rows)], [rows, rows - 1])
    }
  })
})

describe('dropped rows', () => {
  it('are counted, and leave the ranges between them', () => {
    const dropped = new RemovedRows(40)
    assert.equal(dropped.countIn(0, 40), 0)
    assert.deepEqual(dropped.keptRanges(3, 7), [[0, 4]])
    for (const row of [0, 9, 10, 17, 39]) dropped.add(row)
    for (let from = 0; from <= 40; from++) {
      for (let to = from; to <= 40; to++) {
        const rows = Array.from({ length: to - from }, (_, i) => from + i)
        const ranges = dropped.keptRanges(from, to)
        assert.ok(ranges.every(([start, end]) => end > start))
        const kept = ranges.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => from + start + i))
        assert.deepEqual(
          kept,
          rows.filter((row) => !dropped.has(row)),
        )
        assert.equal(dropped.countIn(from, to), rows.length - kept.length)
      }
    }
  })
})
