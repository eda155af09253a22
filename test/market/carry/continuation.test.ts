import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { CarriedState } from '../../../functions/market/carry/carried-state.ts'
import { Continuation } from '../../../functions/market/carry/continuation.ts'
import { seriesKey } from '../../../functions/market/carry/series-key.ts'
import type { SeriesState } from '../../../functions/market/series-recursion.ts'
import { initialState, type SupertrendParameters } from '../../../functions/market/supertrend.ts'
import type { RefusedError } from '../../../functions/shared/errors.ts'

const SETS: readonly SupertrendParameters[] = [{ definition: 'stockstats', period: 14, multiplier: 3 }]
const FILE = { keyTypes: ['text'], times: { unit: 'ms' } } as const

function stateOf(time: number): SeriesState {
  return { timeLow: time, timeHigh: 0, supertrends: [{ ...initialState(), bars: time }] }
}

/** @param series symbols with the time of their last bar, or undefined where all bars are in earlier files */
function next(
  previous: CarriedState | undefined,
  series: readonly (readonly [symbol: string, time: number | undefined])[],
  forgetAfter?: number,
) {
  const continuation = new Continuation(previous, FILE, SETS)
  for (const [symbol] of series) continuation.add(seriesKey([`t${symbol}`]))
  const states: SeriesState[] = []
  for (const [number, [, time]] of series.entries()) if (time !== undefined) states[number] = stateOf(time)
  return continuation.after({ version: 1, parameters: SETS, series: states }, forgetAfter)
}

const shown = ({ keys, times, sets, absent }: CarriedState) =>
  keys.map((key, at) => [key.slice(2), Number(times[at]), sets[0]!.bars[at], absent[at]])

describe('the series of a file that continue those of earlier files', () => {
  it('are in the state by name, with the newest bar of each', () => {
    const first = next(undefined, [
      ['C', 1],
      ['A', 2],
    ])
    assert.deepEqual(shown(first), [
      ['A', 2, 2, 0],
      ['C', 1, 1, 0],
    ])
    const second = next(first, [
      ['D', 5],
      ['C', 6],
      ['B', 7],
      ['0', 8],
    ])
    assert.deepEqual(
      shown(second).map(([symbol, time]) => [symbol, time]),
      [
        ['0', 8],
        ['A', 2],
        ['B', 7],
        ['C', 6],
        ['D', 5],
      ],
    )
  })

  it('keep their state when all their bars are in earlier files, and new ones without a bar have none', () => {
    const first = next(undefined, [['A', 1]])
    const second = next(first, [
      ['A', undefined],
      ['B', undefined],
    ])
    assert.deepEqual(second, first)
  })

  it('are forgotten after as many files without them as wanted', () => {
    const symbolsOf = (state: CarriedState) => shown(state).map(([symbol, , , absent]) => `${symbol}${absent}`)
    let state = next(undefined, [['A', 1]], 2)
    state = next(state, [['B', 2]], 2)
    assert.deepEqual(symbolsOf(state), ['A1', 'B0'])
    assert.deepEqual(symbolsOf(next(state, [['A', undefined]], 2)), ['A0', 'B1'])
    state = next(state, [['B', 3]], 2)
    assert.deepEqual(symbolsOf(state), ['B0'])
  })

  it('have the same state in whatever order they appear', () => {
    const series = fc.uniqueArray(fc.tuple(fc.string(), fc.nat(1000)), { selector: ([symbol]) => symbol })
    fc.assert(
      fc.property(series, fc.nat(10), (all, cut) => {
        const latin = all.map(([symbol, time]) => [Buffer.from(symbol).toString('latin1').slice(0, 60), time] as const)
        const unique = [...new Map(latin)]
        const whole = next(undefined, unique)
        const parts = next(next(undefined, unique.slice(0, cut)), unique.slice(cut).toReversed())
        assert.deepEqual(parts, whole)
        assert.deepEqual(parts.keys, [...parts.keys].sort())
      }),
    )
  })

  it('have come to a time exactly when it is not after their last bar', () => {
    const previous = next(undefined, [['A', 1000]])
    const continuation = new Continuation(previous, { ...FILE, times: { unit: 's' } }, SETS)
    for (const symbol of ['B', 'A', 'C']) continuation.add(seriesKey([`t${symbol}`]))
    const isCarried = (series: number, time: number) => continuation.isCarried(series, time, 0)
    assert.deepEqual(
      [0, 1, 2].map((time) => isCarried(1, time)),
      [true, true, false],
    )
    assert.ok(!isCarried(0, 0))
    assert.deepEqual([continuation.lastTimeOf(0), continuation.lastTimeOf(1)], [undefined, 1n])
    assert.deepEqual(
      [continuation.recursionsOf(0), continuation.recursionsOf(1)!.supertrends[0]!.bars],
      [undefined, 1000],
    )
    assert.deepEqual(
      [0, 1, 2].map((series) => continuation.isNew(series)),
      [true, false, true],
    )
    assert.equal(continuation.newSeries, 2)
  })

  it('have symbols of one kind in all files, apart from nulls', () => {
    const add = (previous: CarriedState | undefined, type: string, ...values: string[]) => {
      const continuation = new Continuation(previous, { ...FILE, keyTypes: [type] }, SETS)
      for (const value of values) continuation.add(seriesKey([value]))
      return continuation.after({ version: 1, parameters: SETS, series: values.map(() => stateOf(1)) })
    }
    assert.deepEqual(add(undefined, 'text').keyTypes, [])
    assert.deepEqual(add(undefined, 'text', 'n', 'tA').keyTypes, ['text'])
    const nulls = add(undefined, 'integer', 'n')
    assert.deepEqual(nulls.keyTypes, [null])
    const text = add(nulls, 'text', 'tA')
    assert.deepEqual(text.keyTypes, ['text'])
    assert.deepEqual(add(text, 'integer', 'n').keyTypes, ['text'])
    assert.throws(() => add(text, 'integer', 'i1'), {
      code: 'state-settings',
      message: /of the type text, those of this file by symbols of the type integer/,
    })
    const refusal = (previous: CarriedState, keyTypes: readonly string[]) => {
      try {
        new Continuation(previous, { ...FILE, keyTypes }, SETS).add(seriesKey(keyTypes.map(() => 'tA')))
        return 'none'
      } catch (error) {
        assert.equal((error as RefusedError).code, 'state-settings')
        const found = /told apart by (.*), those of this file by (.*);/.exec((error as RefusedError).message)!
        return found.slice(1)
      }
    }
    assert.deepEqual(refusal(text, []), ['one symbol column', 'no symbol column'])
    assert.deepEqual(refusal(text, ['text', 'text']), ['one symbol column', '2 symbol columns'])
    const alone = new Continuation(undefined, { ...FILE, keyTypes: [] }, SETS)
    const oneSeries = alone.after({ version: 1, parameters: SETS, series: [stateOf(1)] })
    assert.deepEqual(refusal(oneSeries, ['text']), ['no symbol column', 'one symbol column'])
  })
})
