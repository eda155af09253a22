import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { CarriedRows } from '../../../functions/enrich/carry/carried-rows.ts'
import { newTimes } from '../../../functions/market/times/time.ts'

interface Row {
  readonly row: number
  readonly series: number
  readonly time: number
}

function carried(rows: readonly Row[], seriesCount = 4): CarriedRows {
  const times = newTimes(rows.length)
  for (const [i, { time }] of rows.entries()) times.values[i] = BigInt(time)
  const series = Int32Array.from(rows, ({ series }) => series)
  return new CarriedRows(
    times,
    series,
    Uint32Array.from(rows, ({ row }) => row),
    seriesCount,
  )
}

const anyRows = fc
  .array(fc.record({ series: fc.nat(3), time: fc.integer({ min: -3, max: 9 }) }), { maxLength: 30 })
  .map((rows) => rows.map((row, i) => ({ ...row, row: 2 * i + 5 })))
const asked = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: -4, max: 10 })), { maxLength: 40 })

describe('rows that earlier files have to have', () => {
  it('are found by series and time, in any order of the questions', () => {
    fc.assert(
      fc.property(anyRows, asked, (rows, asked) => {
        const all = carried(rows)
        // then every row, in the order of the file, and as the bars of an earlier file follow each other
        const inOrder = rows.toSorted((a, b) => a.series - b.series || a.time - b.time)
        for (const [series, time] of [
          ...asked,
          ...[...rows, ...inOrder].map((row) => [row.series, row.time] as const),
        ]) {
          const place = all.find(series, BigInt(time))
          const expected = rows.filter((row) => row.series === series && row.time === time)
          const found =
            place < 0 ? [] : Array.from({ length: all.endOf(place) - place }, (_, i) => all.rowAt(place + i))
          assert.deepEqual(
            found,
            expected.map(({ row }) => row),
          )
          if (expected.length === 0) assert.equal(place, -1)
        }
      }),
    )
  })

  it('are missing until they are marked, which says the first time that they are new', () => {
    fc.assert(
      fc.property(anyRows, asked, (rows, asked) => {
        const all = carried(rows)
        const left = new Set(rows)
        for (const [series, time] of asked) {
          const first = [...left].toSorted((a, b) => a.row - b.row)[0]
          assert.deepEqual(all.missing(), first && { ...first, time: BigInt(first.time) })
          const place = all.find(series, BigInt(time))
          const matched = [...left].filter((row) => row.series === series && row.time === time)
          if (place >= 0) assert.equal(all.mark(place), matched.length > 0)
          for (const row of matched) left.delete(row)
        }
      }),
    )
  })
})
