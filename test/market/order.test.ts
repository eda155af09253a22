import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { timeOrder } from '../../functions/market/order.ts'
import { newTimes } from '../../functions/market/times/time.ts'

describe('the order of rows', () => {
  it('is by series, then by time, then as in the file', () => {
    const time = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.bigInt({ min: -3n, max: 3n }),
      fc.bigInt({ min: 2n ** 32n - 2n, max: 2n ** 32n + 2n }),
    )
    const rows = fc.array(fc.tuple(time, fc.integer({ min: 0, max: 70_000 })), { maxLength: 50 })
    const ways = fc.constantFrom('as they come', 'ascending', 'descending')
    const law = fc.property(rows, ways, fc.boolean(), (any, way, hasSeries) => {
      const rows = way === 'as they come' ? any : any.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      if (way === 'descending') rows.reverse()
      const times = newTimes(rows.length)
      times.values.set(rows.map(([time]) => time))
      const series = hasSeries ? Int32Array.from(rows, ([, number]) => number) : undefined
      const expected = rows
        .map(([time, number], row) => ({ time, number: hasSeries ? number : 0, row }))
        .sort((a, b) => a.number - b.number || (a.time < b.time ? -1 : a.time > b.time ? 1 : a.row - b.row))
        .map(({ row }) => row)
      assert.deepEqual([...timeOrder(times, series, rows.length)], expected)
    })
    fc.assert(law, { numRuns: 500, seed: 5 })
  })
})
