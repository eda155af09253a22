import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { TimeIndex } from '../../functions/chart/time-index.ts'

describe('the index of times', () => {
  it('finds every row of a range, whatever their order is', () => {
    const rows = fc.uniqueArray(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 100 })
    fc.assert(
      fc.property(rows, fc.integer(), (rows, seed) => {
        const index = new TimeIndex()
        const timeOf = (row: number) => (row * 7919 + seed) % 100_000
        for (const row of rows) index.add(row, timeOf(row))
        for (const row of rows) {
          const range = { from: timeOf(row), to: timeOf(row) }
          assert.ok(index.mayHave(row, row + 1, range))
          assert.ok(index.mayHave(0, row + 1, range))
        }
      }),
    )
  })

  it('leaves out the blocks without a row of the range, also of a very long file', () => {
    for (const rows of [100_000, 300_000_000]) {
      const index = new TimeIndex()
      for (let row = 0; row < rows; row += rows / 1000) index.add(row, row)
      const at = rows / 2
      const range = { from: at, to: at }
      assert.deepEqual(
        [index.mayHave(0, at - rows / 10, range), index.mayHave(at, at + 1, range), index.mayHave(0, rows, range)],
        [false, true, true],
      )
      assert.equal(index.mayHave(at + rows / 10, rows, range), false)
      assert.equal(index.mayHave(rows, 2 * rows, range), false)
    }
  })
})
