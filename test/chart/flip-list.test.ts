import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FlipList } from '../../functions/chart/flip-list.ts'
import { flipsCsv } from '../../functions/chart/flips-csv.ts'

const flip = (row: number, price: number) => ({ time: Date.UTC(2024, 0, 1) + row * 86_400_000, side: 1, price, row })

describe('the flips of a series', () => {
  it('are counted until the next one, and the last one until the end', () => {
    const list = new FlipList()
    list.add(flip(3, 100))
    list.add({ ...flip(10, 110), side: -1 })
    const flips = list.result({ price: 99, row: 14 })
    assert.deepEqual(flips.bars, [7, 4])
    assert.deepEqual(
      flips.returns.map((share) => share.toFixed(4)),
      ['0.1000', '-0.1000'],
    )
    assert.equal(
      flipsCsv({ ...flips, returns: [0.1, -0.1] }),
      'time,side,price,bars_since,return_since\n2024-01-04T00:00:00,up,100,7,0.1\n2024-01-11T00:00:00,down,110,4,-0.1\n',
    )
    const newest = list.result({ price: 99, row: 14 }, 1)
    assert.deepEqual([newest.count, newest.prices, newest.bars], [2, [110], [4]])
  })

  it('take bounded memory: the newest stay', () => {
    const list = new FlipList()
    for (let row = 0; row < 450_000; row++) list.add(flip(row, row))
    const { count, prices } = list.result({ price: 0, row: 450_000 })
    assert.deepEqual([count, prices.length, prices.at(-1)], [450_000, 100_000, 449_999])
  })
})
