import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { flipsOf } from '../../functions/audit/flips.ts'
import { chartData } from '../../functions/chart/chart-data.ts'
import { FlipList } from '../../functions/chart/flip-list.ts'
import { flipsCsv } from '../../functions/chart/flips-csv.ts'
import { barsFile, enrichBytes, memorySource, SETTINGS, someBars } from '../parquet-files.ts'

const flip = (day: number, price: number, side = 1) => ({ time: Date.UTC(2024, 0, day), side, price })

describe('the flips of a series', () => {
  it('have the bars and the return of their trend', () => {
    const list = new FlipList()
    list.goOn(50)
    list.add(flip(4, 100))
    list.goOn(105)
    list.goOn(110)
    list.add(flip(11, 108, -1))
    list.goOn(54)
    const flips = list.result()
    assert.deepEqual([flips.count, flips.bars], [2, [3, 2]])
    assert.equal(
      flipsCsv({ ...flips, returns: flips.returns.map((share) => Number(share.toFixed(4))) }),
      'time,side,price,bars,return\n2024-01-04T00:00:00,up,100,3,0.1\n2024-01-11T00:00:00,down,108,2,-0.5\n',
    )
    const newest = list.result(1)
    assert.deepEqual([newest.count, newest.prices, newest.bars], [2, [108], [2]])
  })

  it('are those that the command flips lists', async () => {
    const bars = someBars(3000).map((bar, i) =>
      i % 500 === 499 ? { ...bar, high: 0, low: 0, close: 0, open: 0 } : bar,
    )
    for (const rows of [bars, bars.toReversed()]) {
      const { output } = await enrichBytes(barsFile(rows))
      const expected = await flipsOf(memorySource(output), SETTINGS)
      const { series } = await chartData(memorySource(output), SETTINGS, { title: '', points: 100 })
      const { times, sides, prices, bars: counts, returns } = series[0]!.flips[0]!
      assert.ok(expected.length > 5)
      assert.deepEqual(
        times.map((time, i) => [time, sides[i]! > 0 ? 'up' : 'down', prices[i], counts[i], returns[i]]),
        expected.map((flip) => [Date.parse(flip.time), flip.side, flip.price, flip.bars, flip.return]),
      )
    }
  })

  it('take bounded memory: the newest stay', () => {
    const list = new FlipList()
    for (let i = 0; i < 450_000; i++) list.add(flip(1, i))
    const { count, prices } = list.result()
    assert.deepEqual([count, prices.length, prices.at(-1)], [450_000, 100_000, 449_999])
  })
})
