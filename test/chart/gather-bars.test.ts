import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Bar, BarTrend } from '../../functions/chart/bar.ts'
import { longerThan, ROWS } from '../../functions/chart/frames.ts'
import { BarGatherer, framed } from '../../functions/chart/gather-bars.ts'

const MINUTE_MS = 60_000
const START = Date.UTC(2024, 0, 1)
const { NaN: none } = Number

/** A row with a trend on a side; `flips` is whether the row before was on the other one. */
function row(time: number, close: number, side = 1, isFlip = false, segment = 1): Bar {
  const trend: BarTrend = {
    line: close - side,
    side,
    segment,
    other: none,
    flips: isFlip ? 1 : 0,
    flipPrice: isFlip ? close : none,
  }
  const prices = { open: close, high: close + 1, low: close - 1, close, volume: 10 }
  return { time, ...prices, gaps: 0, duplicates: 0, trends: [trend] }
}

function gathered(rows: readonly Bar[], limit: number): BarGatherer {
  const gatherer = new BarGatherer(limit)
  for (const bar of rows) gatherer.add(bar)
  return gatherer
}

function timesAfter(start: number, steps: readonly number[]): number[] {
  const times: number[] = []
  for (const step of steps) times.push((times.at(-1) ?? start) + step)
  return times
}

const minutes = (count: number) => Array.from({ length: count }, (_, i) => row(START + i * MINUTE_MS, 100 + i))

describe('the bars of a series', () => {
  it('are its rows up to the limit, and of the next frame above it', () => {
    assert.deepEqual(gathered(minutes(50), 50).whole(), { frame: ROWS, bars: minutes(50) })
    const { frame, bars } = gathered(minutes(51), 50).whole()
    assert.deepEqual([frame.name, bars.length], ['5 minutes', 11])
    assert.deepEqual(bars[1], { ...row(START + 5 * MINUTE_MS, 109), open: 105, high: 110, low: 104, volume: 50 })
  })

  it('end at the boundaries of their frame, whatever the rows are', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 100_000_000 }), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 2, max: 40 }), (steps, limit) => {
        const rows = timesAfter(START, steps).map((time, i) => row(time, i))
        const { frame, bars } = gathered(rows, limit).whole()
        assert.ok(bars.length <= limit)
        assert.deepEqual(bars, framed(gathered(rows, rows.length).whole().bars, frame).bars)
        if (frame !== ROWS) assert.equal(new Set(bars.map((bar) => frame.start(bar.time))).size, bars.length)
        assert.equal(
          bars.reduce((sum, { volume }) => sum + volume, 0),
          10 * rows.length,
        )
      }),
    )
  })

  it('keep the last rows as they are', () => {
    const last = gathered(minutes(1000), 50).last()
    assert.ok(last.length >= 50 && last.length < 100)
    assert.deepEqual(last, minutes(1000).slice(-last.length))
  })

  it('keep no row that is said not to be one of the last', () => {
    for (const count of [1000, 9000]) {
      const gatherer = new BarGatherer(50)
      for (const [i, bar] of minutes(count).entries()) gatherer.add(bar, i >= count - 50)
      assert.deepEqual(gatherer.last(), minutes(count).slice(-50))
    }
  })

  it('have gaps where a step is larger than usual, and count them', () => {
    const rows = minutes(60).filter((_, i) => ![20, 21, 40].includes(i))
    assert.deepEqual(
      gathered(rows, 100)
        .whole()
        .bars.flatMap(({ gaps }, i) => (gaps > 0 ? [[i, gaps]] : [])),
      [
        [20, 1],
        [38, 1],
      ],
    )
    const [{ gaps } = { gaps: 0 }] = framed(gathered(rows, 100).whole().bars, longerThan(ROWS).at(-1)!).bars
    assert.equal(gaps, 2)
    const many = minutes(9000).filter((_, i) => i !== 8000)
    assert.equal(
      gathered(many, 100)
        .whole()
        .bars.reduce((sum, { gaps }) => sum + gaps, 0),
      1,
    )
  })

  it('have both sides of the line where the trend turns within them', () => {
    const rows = [
      row(START, 100),
      row(START + MINUTE_MS, 101),
      row(START + 2 * MINUTE_MS, 102, -1, true, 2),
      row(START + 3 * MINUTE_MS, 103, -1, false, 2),
      row(START + 4 * MINUTE_MS, 104, 0),
    ]
    const [bar] = framed(rows, longerThan(ROWS).find(({ name }) => name === '5 minutes')!).bars
    assert.deepEqual(bar!.trends, [{ line: 104, side: -1, segment: 2, other: 100, flips: 1, flipPrice: 102 }])
    // back again within the bar
    const [back] = framed([...rows, row(START + 5, 105, 1, true, 3)], longerThan(ROWS).at(-1)!).bars
    assert.deepEqual(back!.trends, [{ line: 104, side: 1, segment: 3, other: 104, flips: 2, flipPrice: 105 }])
  })
})
