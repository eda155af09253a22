import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { initialState, newValues, type SupertrendParameters, supertrend } from '../../functions/market/supertrend.ts'
import { goldenCases, readGolden } from '../golden/supertrend-files.ts'
import { random } from '../random.ts'

const DEFINITIONS: SupertrendParameters[] = [
  { definition: 'stockstats', period: 3, multiplier: 1.5 },
  { definition: 'tradingview', period: 3, multiplier: 1.5 },
]

type Bar = readonly [high: number, low: number, close: number]

function prices(bars: readonly Bar[]) {
  const column = (index: 0 | 1 | 2) => Float64Array.from(bars, (bar) => bar[index])
  return { high: column(0), low: column(1), close: column(2) }
}

function values(parameters: SupertrendParameters, bars: readonly Bar[]) {
  const out = newValues(bars.length)
  supertrend(parameters)(initialState(), prices(bars), 0, bars.length, out)
  return out
}

function walk(rows: number, seed: number): Bar[] {
  const next = random(seed)
  let close = 100
  return Array.from({ length: rows }, () => {
    close += next() * 4 - 2
    return [close + next(), close - next(), close]
  })
}

for (const parameters of DEFINITIONS) {
  describe(`the recursion of ${parameters.definition}`, () => {
    it('gives the same values wherever the bars are cut into pieces', () => {
      const bars = walk(200, 1)
      const whole = values(parameters, bars)
      for (const cut of [1, 2, 3, 4, 77, 199]) {
        const state = initialState()
        const out = newValues(bars.length)
        const advance = supertrend(parameters)
        advance(state, prices(bars), 0, cut, out)
        advance(state, prices(bars), cut, bars.length, out)
        assert.deepEqual(out, whole)
      }
    })

    it('passes over bars without a price as if they were not there', () => {
      const bars = walk(100, 2)
      const whole = values(parameters, bars)
      const holes: Bar[] = [
        [Number.NaN, 1, 1],
        [1, Number.POSITIVE_INFINITY, 1],
        [1, 1, Number.NEGATIVE_INFINITY],
      ]
      const holed = bars.flatMap((bar, i) => (i % 7 === 0 ? [holes[i % 3]!, bar] : [bar]))
      const out = values(parameters, holed)
      const isHole = (row: number) => holes.includes(holed[row]!)
      assert.deepEqual(
        out.line.filter((_, row) => !isHole(row)),
        whole.line,
      )
      assert.deepEqual(
        out.segment.filter((_, row) => !isHole(row)),
        whole.segment,
      )
      for (const [row] of holed.entries()) if (isHole(row)) assert.equal(out.orientation[row], 0)
    })

    it('has no value where a price is infinite', () => {
      const { POSITIVE_INFINITY: above, NEGATIVE_INFINITY: below } = Number
      const bars = walk(20, 3)
      for (const bar of [
        [above, 90, 100],
        [110, below, 100],
        [110, 90, above],
        [110, 90, below],
      ] as const) {
        const { orientation } = values(parameters, [...bars, bar, ...bars])
        assert.equal(orientation[bars.length], 0, `${bar}`)
        const rest = orientation.filter((_, row) => row !== bars.length)
        assert.deepEqual(rest, values(parameters, [...bars, ...bars]).orientation, `${bar}`)
      }
    })

    it('says with which bars the orientation changes, on request', () => {
      const bars = walk(500, 3).flatMap((bar, i): Bar[] => (i % 9 === 5 ? [[Number.NaN, 1, 1], bar] : [bar]))
      const out = newValues(bars.length, { isDouble: false, hasFurther: true })
      supertrend(parameters)(initialState(), prices(bars), 0, bars.length, out)
      let before = 0
      let flips = 0
      for (const [row, side] of out.orientation.entries()) {
        const isFlip = side !== 0 && before !== 0 && side !== before
        assert.equal(out.further!.flip[row], isFlip ? 1 : 0, `row ${row}`)
        assert.equal(Number.isNaN(out.further!.atr[row]), side === 0)
        if (isFlip) flips++
        if (side !== 0) before = side
      }
      assert.ok(flips > 5, 'the walk must flip')
      assert.deepEqual({ ...out, further: undefined }, values(parameters, bars))
    })

    it('numbers the runs of equal orientation from 1', () => {
      const { orientation, segment } = values(parameters, walk(500, 3))
      let expected = 0
      for (const [row, side] of orientation.entries()) {
        if (side !== 0 && side !== (row === 0 ? 0 : orientation[row - 1])) expected++
        assert.equal(segment[row], side === 0 ? 0 : expected)
      }
      assert.ok(expected > 5, 'the walk must flip')
    })

    it('keeps a band that the next bar only equals, down to the sign of a zero', () => {
      // the lower bands of all bars are 0: as -0 - 0, and as 0.5 - 0.5
      const bars: Bar[] = [
        [-0, -0, -0],
        [1, 0, 0.5],
        [1, 0, 2],
      ]
      const { line, orientation } = values({ ...parameters, period: 1, multiplier: 0.5 }, bars)
      assert.deepEqual([orientation[2], line[2]], [1, -0])
    })
  })
}

describe('the golden files', () => {
  for (const { file, variant, period, multiplier } of goldenCases()) {
    it(`${file} states the doubles that the recursion gives`, () => {
      const golden = readGolden(file)
      const column = (name: string) => Float64Array.from(golden, (row) => (row[name] === '' ? 0 : Number(row[name])))
      const bars = { high: column('high'), low: column('low'), close: column('close') }
      const rows = golden.length
      const out = { line: new Float64Array(rows), orientation: new Int8Array(rows), segment: new Int32Array(rows) }
      supertrend({ definition: variant, period, multiplier })(initialState(), bars, 0, rows, out)
      for (const [row, { line, trend_orientation, st_trend_segment }] of golden.entries()) {
        const expected = [row, Number(line || 'NaN'), Number(trend_orientation), Number(st_trend_segment)]
        assert.deepEqual([row, out.line[row], out.orientation[row], out.segment[row]], expected)
      }
    })
  }
})

describe('the first bar', () => {
  it('has its own close as the previous one with stockstats, and its height as the true range with tradingview', () => {
    const { line } = values({ definition: 'stockstats', period: 1, multiplier: 1 }, [[100, 99, 103]])
    assert.equal(line[0], 99.5 + 4)
    const { line: plain } = values({ definition: 'tradingview', period: 1, multiplier: 1 }, [[100, 99, 103]])
    assert.equal(plain[0], 99.5 + 1)
  })

  it('is on the upper band when its close is just there', () => {
    for (const definition of DEFINITIONS.map(({ definition }) => definition)) {
      const { line, orientation } = values({ definition, period: 1, multiplier: 0.5 }, [[102, 100, 102]])
      assert.deepEqual([line[0], orientation[0]], [102, -1])
    }
  })
})

describe('bands that are equal', () => {
  // flat at 100, so both bands are 100; the second close is above both, the third between the bands as they are then
  const bars: Bar[] = [
    [100, 100, 100],
    [101, 101, 101],
    [101, 100, 100.5],
    [101, 100, 100.5],
  ]

  it('are the upper one with stockstats, and the recursion goes on from there', () => {
    const { orientation, segment } = values({ definition: 'stockstats', period: 3, multiplier: 3 }, bars)
    assert.deepEqual([...orientation], [-1, -1, -1, -1])
    assert.deepEqual([...segment], [1, 1, 1, 1])
  })

  // period 1: after the jump the ATR of the third bar is 0 again, and the side is the lower band since the jump
  it('are the side they are on with tradingview, and the recursion goes on from there', () => {
    const bars: Bar[] = [
      [100, 100, 100],
      [110, 110, 110],
      [110, 110, 110],
      [111, 110, 110.5],
    ]
    const { line, orientation, segment } = values({ definition: 'tradingview', period: 1, multiplier: 0.5 }, bars)
    assert.deepEqual([...line], [100, 105, 110, 110])
    assert.deepEqual([...orientation], [-1, 1, 1, 1])
    assert.deepEqual([...segment], [1, 2, 2, 2])
  })

  it('are the upper one with tradingview while the recursion is there', () => {
    const { orientation } = values({ definition: 'tradingview', period: 1, multiplier: 3 }, bars.slice(0, 1))
    assert.deepEqual([...orientation], [-1])
  })
})
