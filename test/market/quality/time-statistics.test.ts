import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StreamedRows } from '../../../functions/market/duplicates/streamed-rows.ts'
import { sortedStatistics, streamedStatistics } from '../../../functions/market/quality/time-statistics.ts'
import { newTimes } from '../../../functions/market/times/time.ts'

type Rows = readonly (readonly [series: number, time: bigint])[]

/** By both ways: the rows stream by, or are sorted by series. */
function statisticsOf(rows: Rows, isSingle = false) {
  const times = newTimes(rows.length)
  times.values.set(rows.map(([, time]) => time))
  const series = isSingle ? undefined : Int32Array.from(rows, ([number]) => number)
  const streamed = new StreamedRows(rows.length, 'first')
  assert.equal(streamed.judge(times, series, rows.length, 0, new Uint8Array(rows.length)), undefined)
  const sorted = [...rows.keys()].sort((a, b) => rows[a]![0] - rows[b]![0] || a - b)
  const found = streamedStatistics(streamed.series)
  assert.deepEqual(sortedStatistics(Uint32Array.from(sorted), times.words, series), found)
  return found
}

describe('the statistics of times', () => {
  it('are those of a single series', () => {
    const times = [-60n, 0n, 60n, 120n, 300n, 360n]
    const rows = times.map((time) => [0, time] as const)
    const expected = { series: 1, gaps: 1, usualStep: 60, firstTime: -60n, lastTime: 360n }
    for (const isSingle of [true, false]) assert.deepEqual(statisticsOf(rows, isSingle), expected)
  })

  it('are those of a single row', () => {
    const expected = { series: 1, gaps: 0, usualStep: undefined, firstTime: 60n, lastTime: 60n }
    for (const isSingle of [true, false]) assert.deepEqual(statisticsOf([[0, 60n]], isSingle), expected)
  })

  it('leave a series out of which no row is kept, because earlier files have all', () => {
    const times = newTimes(2)
    times.values.set([100n, 200n])
    const isCarried = (series: number) => series === 0
    const rows = new StreamedRows(2, 'first', undefined, { isCarried })
    rows.judge(times, Int32Array.of(0, 1), 2, 0, new Uint8Array(2))
    const expected = { series: 1, gaps: 0, usualStep: undefined, firstTime: 200n, lastTime: 200n }
    assert.deepEqual(streamedStatistics(rows.series), expected)
  })

  it('have the earliest and the latest time of all series, whichever comes first', () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const rows = order.flatMap((start, number) =>
        [0n, 60n, 120n].map((time) => [number, 1000n * BigInt(start) + time] as const),
      )
      assert.deepEqual(statisticsOf(rows), { series: 3, gaps: 0, usualStep: 60, firstTime: 0n, lastTime: 2120n })
    }
  })

  it('have no usual step where series differ in it, and gaps by the step of each', () => {
    const rows: Rows = [0n, 60n, 120n, 300n].flatMap((time) => [
      [0, time],
      [1, 10n * time],
    ])
    const expected = { series: 2, gaps: 2, usualStep: undefined, firstTime: 0n, lastTime: 3000n }
    assert.deepEqual(statisticsOf(rows), expected)
  })

  it('are none without rows', () => {
    const none = { series: 0, gaps: 0, usualStep: undefined, firstTime: undefined, lastTime: undefined }
    assert.deepEqual(statisticsOf([]), none)
  })
})
