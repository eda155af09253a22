import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { countOutOfOrder, removeDuplicates, rowIsBefore } from '../../../functions/market/duplicates/sorted-rows.ts'
import { newTimes } from '../../../functions/market/times/time.ts'

/** Stores what is put, as it is. */
const store = { put: (bytes: Uint8Array) => ({ bytes: () => bytes }) }

interface Row {
  readonly series: number
  readonly time: bigint
}

// times that differ in the low word, in the high word, and in the sign
const rowsOf = fc.array(
  fc.record({ series: fc.nat(2), time: fc.constantFrom(-1n, 0n, 1n, 2n, 2n ** 31n, 2n ** 32n) }),
  {
    maxLength: 20,
  },
)

function columnsOf(rows: readonly Row[]) {
  const times = newTimes(rows.length)
  rows.forEach(({ time }, i) => {
    times.values[i] = time
  })
  return { words: times.words, series: Int32Array.from(rows, ({ series }) => series) }
}

function sortedOrder(rows: readonly Row[]): number[] {
  const compare = (a: Row, b: Row) => a.series - b.series || (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)
  return [...rows.keys()].sort((a, b) => compare(rows[a]!, rows[b]!) || a - b)
}

describe('sorted rows', () => {
  it('keep the first or the last of a series and time, and tell which rows are removed for it', () => {
    const law = fc.property(
      rowsOf,
      fc.constantFrom('first' as const, 'last' as const),
      fc.boolean(),
      fc.option(fc.constantFrom(-1n, 1n, 2n ** 31n), { nil: undefined }),
      (any, keep, areSeveral, last) => {
        const rows = areSeveral ? any : any.map(({ time }) => ({ series: 0, time }))
        const { words, series } = columnsOf(rows)
        const order = Uint32Array.from(sortedOrder(rows))
        // only the first series was there before
        const isBehind = (row: Row) => last !== undefined && row.series === 0 && row.time <= last
        const carriedTimes = {
          isCarried: (number: number, low: number, high: number) =>
            isBehind({ series: number, time: (BigInt(high) << 32n) | BigInt(low >>> 0) }),
        }
        const sorted = { order, words, series: areSeveral ? series : undefined }
        const { removed, carried, pairs, kept } = removeDuplicates(sorted, keep, store, carriedTimes)

        const expected = { kept: new Set<number>(), carried: new Set<number>(), pairs: [] as [number, number][] }
        for (const [i, row] of rows.entries()) {
          if (isBehind(row)) {
            expected.carried.add(i)
            continue
          }
          const same = [...rows.keys()].filter((at) => rows[at]!.series === row.series && rows[at]!.time === row.time)
          const keptRow = same.at(keep === 'first' ? 0 : -1)!
          if (keptRow === i) expected.kept.add(i)
          else expected.pairs.push([i, keptRow])
        }
        assert.deepEqual(
          [...kept],
          sortedOrder(rows).filter((row) => expected.kept.has(row)),
        )
        assert.deepEqual([...pairs], expected.pairs)
        for (const i of rows.keys()) {
          assert.equal(removed.has(i), !expected.kept.has(i))
          assert.equal(carried.has(i), expected.carried.has(i))
        }
      },
    )
    fc.assert(law, { numRuns: 500, seed: 11 })
  })
})

describe('rows in file order', () => {
  it('are out of order when their time is below that of the previous row of their series', () => {
    const law = fc.property(rowsOf, fc.boolean(), (any, areSeveral) => {
      const rows = areSeveral ? any : any.map(({ time }) => ({ series: 0, time }))
      const { words, series } = columnsOf(rows)
      const expected = rows.filter((row, i) => {
        const before = rows.slice(0, i).findLast((other) => other.series === row.series)
        return before !== undefined && row.time < before.time
      })
      assert.equal(countOutOfOrder(words, areSeveral ? series : undefined, rows.length), expected.length)
      for (const a of rows.keys()) {
        for (const b of rows.keys()) assert.equal(rowIsBefore(words, a, b), rows[a]!.time < rows[b]!.time)
      }
    })
    fc.assert(law, { numRuns: 300, seed: 12 })
  })
})
