import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { initialRecursion, type RecursionState, SeriesRecursion } from '../../functions/market/series-recursion.ts'
import {
  initialState,
  newPrices,
  newValues,
  type SupertrendParameters,
  supertrend,
} from '../../functions/market/supertrend.ts'
import { newTimes, wordsToBigInt } from '../../functions/market/times/time.ts'

const PARAMETERS: readonly SupertrendParameters[] = [
  { definition: 'stockstats', period: 3, multiplier: 1 },
  { definition: 'tradingview', period: 4, multiplier: 0.5 },
]

interface Row {
  readonly series: number
  /** NaN: the bar has no price. */
  readonly close: number
  readonly isAccepted: boolean
}

const anyRows = fc.array(
  fc.record({
    series: fc.integer({ min: 0, max: 2 }),
    close: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 90, max: 110 }) }, fc.constant(Number.NaN)),
    isAccepted: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  }),
  { maxLength: 80 },
)

/** @param firstRow gives the times: that of a row is its number, below 2^32 and above */
function barsOf(rows: readonly Row[], firstRow: number, areSeries: boolean) {
  const bars = {
    ...newPrices(rows.length),
    times: newTimes(rows.length),
    series: areSeries ? Int32Array.from(rows, ({ series }) => series) : undefined,
  }
  for (const [i, { close }] of rows.entries()) {
    bars.high[i] = close + 1
    bars.low[i] = close - 1
    bars.close[i] = close
    bars.times.values[i] = timeOf(firstRow + i)
  }
  return bars
}

function timeOf(row: number): bigint {
  return BigInt(row) * 2n ** 30n - 5n
}

function computed(rows: readonly Row[], areSeries: boolean, cuts: readonly number[]) {
  let state: RecursionState = initialRecursion(PARAMETERS)
  const values = PARAMETERS.map(() => newValues(rows.length))
  for (const [i, from] of [0, ...cuts].entries()) {
    const part = rows.slice(from, cuts[i] ?? rows.length)
    // what is not in the state is lost between two parts
    const recursion = new SeriesRecursion(structuredClone(state))
    const out = values.map(({ line, orientation, segment }) => ({
      line: line.subarray(from),
      orientation: orientation.subarray(from),
      segment: segment.subarray(from),
    }))
    const accepted = Uint8Array.from(part, ({ isAccepted }) => (isAccepted ? 1 : 0))
    recursion.advance(barsOf(part, from, areSeries), part.length, accepted.includes(0) ? accepted : undefined, out)
    state = recursion.state
  }
  return { values, state }
}

describe('the recursion over many series', () => {
  it('goes on from a state as if the bars had never been cut', () => {
    const anyCuts = fc.array(fc.nat(80), { maxLength: 4 }).map((cuts) => cuts.toSorted((a, b) => a - b))
    const law = fc.property(anyRows, fc.boolean(), anyCuts, (rows, areSeries, cuts) => {
      const within = cuts.map((cut) => Math.min(cut, rows.length))
      assert.deepEqual(computed(rows, areSeries, within), computed(rows, areSeries, []))
    })
    fc.assert(law, { numRuns: 300, seed: 2 })
  })

  it('gives each series the values that it has alone, and leaves rows alone that take no part', () => {
    const law = fc.property(anyRows, (rows) => {
      const { values } = computed(rows, true, [])
      for (const series of [0, 1, 2]) {
        const own = rows.flatMap((row, at) => (row.series === series && row.isAccepted ? [at] : []))
        const alone = computed(
          own.map((at) => rows[at]!),
          false,
          [],
        ).values
        for (const [set, { line, orientation, segment }] of values.entries()) {
          const expected = alone[set]!
          assert.deepEqual(
            own.map((at) => [line[at], orientation[at], segment[at]]),
            own.map((_, i) => [expected.line[i], expected.orientation[i], expected.segment[i]]),
          )
        }
      }
      for (const [at, { isAccepted }] of rows.entries()) {
        if (!isAccepted)
          assert.deepEqual(
            values.flatMap(({ line, segment }) => [line[at], segment[at]]),
            [0, 0, 0, 0],
          )
      }
    })
    fc.assert(law, { numRuns: 200, seed: 5 })
  })

  it('gives the values of each parameter set, those of the recursion over one series', () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({ series: 0, close: 100 + ((i * 7) % 13), isAccepted: true }))
    const bars = barsOf(rows, 0, false)
    const expected = PARAMETERS.map((parameters) => {
      const out = newValues(rows.length)
      supertrend(parameters)(initialState(), bars, 0, rows.length, out)
      return out
    })
    for (const areSeries of [false, true]) assert.deepEqual(computed(rows, areSeries, []).values, expected)
    assert.ok(expected.every(({ line }) => line.at(-1)! > 0))
  })

  it('knows the last time of each series, that of a bar without a price too', () => {
    const law = fc.property(anyRows, (rows) => {
      const { state } = computed(rows, true, [])
      for (const series of [0, 1, 2]) {
        const last = rows.findLastIndex((row) => row.series === series && row.isAccepted)
        const found = state.series[series]
        assert.equal(found && wordsToBigInt(found.timeLow, found.timeHigh), last < 0 ? undefined : timeOf(last))
      }
    })
    fc.assert(law, { numRuns: 200, seed: 6 })
  })

  it('takes the last times from where the bars were before they were sorted', () => {
    const recursion = new SeriesRecursion(initialRecursion(PARAMETERS))
    const rows = [0, 0, 1, 1].map((series) => ({ series, close: 100, isAccepted: true }))
    const timeAt = Uint32Array.from([3, 0, 1, 2])
    const out = PARAMETERS.map(() => newValues(rows.length))
    recursion.advance({ ...barsOf(rows, 0, true), timeAt }, rows.length, undefined, out)
    assert.deepEqual(
      recursion.state.series.map(({ timeLow, timeHigh }) => wordsToBigInt(timeLow, timeHigh)),
      [timeOf(0), timeOf(2)],
    )
  })
})
