import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { carriedStates, supertrendSeries } from '../../functions/library.ts'
import { type Bar, barsFile, NEW_COLUMNS, readRows, someBars } from '../parquet-files.ts'
import { enrichFile } from '../sequence-files.ts'

const bars = someBars(200)
const some = (from: number, to = bars.length) => pricesOf(bars.slice(from, to))

function pricesOf(of: readonly Bar[]) {
  const prices = (name: 'open' | 'high' | 'low' | 'close') => of.map((bar) => bar[name])
  return { open: prices('open'), high: prices('high'), low: prices('low'), close: prices('close') }
}

function rowsOf({
  upperBand,
  lowerBand,
  orientation,
  segment,
}: ReturnType<ReturnType<typeof supertrendSeries>['push']>) {
  return orientation.map((side, i) => [upperBand[i], lowerBand[i], side, segment[i]])
}

const valuesOf = async (output: Uint8Array) =>
  (await readRows(output)).map((row) => NEW_COLUMNS.map((name) => row[name] ?? null))

const PARAMETERS = [
  { definition: 'stockstats', period: 14, multiplier: 3 },
  { definition: 'tradingview', period: 5, multiplier: 1 },
] as const

describe('the Supertrend of bars that arrive in pieces', () => {
  for (const parameters of PARAMETERS) {
    it(`has the values of a file, however the bars are cut: ${parameters.definition}`, async () => {
      const spoilt = bars.map((bar, i) =>
        i % 11 === 5 ? { ...bar, high: null } : i % 17 === 3 ? { ...bar, open: 0, high: 0, low: 0, close: 0 } : bar,
      )
      const expected = await valuesOf((await enrichFile(barsFile(spoilt), { supertrends: [parameters] })).output)
      fc.assert(
        fc.property(fc.array(fc.nat(200), { maxLength: 6 }), fc.boolean(), (cuts, isKept) => {
          let series = supertrendSeries(parameters)
          const places = [...cuts.sort((a, b) => a - b), 200]
          const rows = places.flatMap((to, i) => {
            const pushed = series.push(pricesOf(spoilt.slice(places[i - 1] ?? 0, to)))
            // kept as text, as between two runs of a program
            if (isKept) series = supertrendSeries({ after: JSON.parse(JSON.stringify(pushed.state)) })
            return rowsOf(pushed)
          })
          assert.deepEqual(rows, expected)
        }),
        { numRuns: 20 },
      )
    })
  }

  it('is the same from typed arrays', () => {
    const { high, low, close } = some(0)
    const typed = [high, low, close].map((prices) => Float64Array.from(prices as number[]))
    const pushed = supertrendSeries().push({ high: typed[0]!, low: typed[1]!, close: typed[2]! })
    assert.deepEqual(pushed, supertrendSeries().push({ high, low, close }))
  })

  it('continues the series of an enriched file', async () => {
    const symbols = ['B', null, 'Ä'] as const
    const long = bars.flatMap((bar) => symbols.map((symbol) => ({ ...bar, symbol })))
    const { output, state } = await enrichFile(barsFile(long.slice(0, 300)), { carry: true, supertrends: PARAMETERS })
    const states = await carriedStates(output)
    assert.deepEqual(states, await carriedStates(state!))
    assert.deepEqual(
      states.map(({ symbols, lastTime }) => [...symbols, lastTime]),
      [
        [null, '2024-01-01T01:39:00'],
        ['B', '2024-01-01T01:39:00'],
        ['Ä', '2024-01-01T01:39:00'],
      ],
    )
    for (const [set, parameters] of PARAMETERS.entries()) {
      const live = supertrendSeries({ after: states[1]!.supertrends[set]! }).push(some(100))
      const whole = supertrendSeries(parameters)
      whole.push(some(0, 100))
      assert.deepEqual(live, whole.push(some(100)))
    }
  })

  it('shows its state, which later bars do not change', () => {
    const series = supertrendSeries({ period: 3 })
    const before = series.state
    assert.deepEqual([before.bars, before.previousClose, before.upper, before.period], [0, null, null, 3])
    series.push(some(0, 10))
    assert.equal(before.bars, 0)
    assert.equal(series.state.bars, 10)
  })

  it('takes zeros for prices only if wanted, or if the bar opened at another price', () => {
    const zeros = { high: [0], low: [0], close: [0] }
    assert.deepEqual(supertrendSeries().push(zeros).orientation, [null])
    assert.deepEqual(supertrendSeries().push({ ...zeros, open: [null] }).orientation, [null])
    assert.deepEqual(supertrendSeries().push({ ...zeros, open: [1] }).orientation, [-1])
    assert.deepEqual(supertrendSeries({ zeroPrices: 'value' }).push(zeros).orientation, [-1])
  })

  it('refuses a state of other parameters or of another version, and wrong options', () => {
    const after = supertrendSeries({ period: 3 }).state
    const code = (name: string) => ({ name: 'RefusedError', code: name })
    assert.throws(() => supertrendSeries({ after, period: 4 }), code('state-settings'))
    assert.throws(() => supertrendSeries({ after, definition: 'tradingview' }), code('state-settings'))
    assert.throws(() => supertrendSeries({ after: { ...after, version: 2 as 1 } }), code('state-version'))
    assert.throws(() => supertrendSeries({ period: 0 }), code('settings'))
    assert.throws(() => supertrendSeries({ multiplier: Number.NaN }), code('settings'))
    assert.throws(() => supertrendSeries({ definition: 'other' as 'stockstats' }), code('settings'))
    assert.throws(() => supertrendSeries().push({ high: [1], low: [1], close: [] }), code('settings'))
  })

  it('is kept by JSON exactly, also where prices are as large as a double allows', () => {
    const price = fc.oneof(fc.constantFrom(1e308, -1e308, 1.7e308, 0, -0, 1), fc.double({ noNaN: true }))
    const prices = fc.array(fc.record({ high: price, low: price, close: price }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(prices, fc.nat(12), fc.constantFrom(...PARAMETERS), (of, cut, parameters) => {
        const columns = (rows: typeof of) => ({
          high: rows.map(({ high }) => high),
          low: rows.map(({ low }) => low),
          close: rows.map(({ close }) => close),
        })
        const whole = supertrendSeries({ ...parameters, period: 2 })
        const first = whole.push(columns(of.slice(0, cut)))
        const resumed = supertrendSeries({ after: JSON.parse(JSON.stringify(first.state)) })
        assert.deepEqual(resumed.push(columns(of.slice(cut))), whole.push(columns(of.slice(cut))))
      }),
      { numRuns: 500 },
    )
  })

  it('keeps in its state whether zeros are prices', async () => {
    const after = supertrendSeries({ zeroPrices: 'value', period: 1 }).state
    const zeros = { high: [0], low: [0], close: [0] }
    assert.deepEqual(supertrendSeries({ after }).push(zeros).orientation, [-1])
    assert.throws(() => supertrendSeries({ after, zeroPrices: 'missing' }), { code: 'state-settings' })
    const { output } = await enrichFile(barsFile(bars), { carry: true, zeroPrices: 'value' })
    assert.equal((await carriedStates(output))[0]!.supertrends[0]!.zeroPrices, 'value')
  })

  it('refuses a state that cannot be right, and names the field', () => {
    const series = supertrendSeries()
    series.push(some(0, 50))
    const after = series.state
    const wrong = {
      bars: [undefined, -1, 1.5, 0],
      previousClose: [undefined, null, Number.NaN, 'x'],
      atr: [undefined, null, Number.NaN, Number.POSITIVE_INFINITY],
      weight: [undefined, null, -1, Number.NaN],
      upper: [undefined, null, Number.NaN],
      lower: [undefined, null, Number.NaN],
      side: [undefined, 0, 2],
      orientation: [undefined, 0, -after.orientation],
      segment: [undefined, 0, 1.5, 51],
    }
    for (const [name, values] of Object.entries(wrong)) {
      for (const value of values) {
        // with no bars, the first contradiction is another field's
        const message = value === 0 && name === 'bars' ? /of the state is/ : new RegExp(`^${name} of the state is`)
        const state = { ...after, [name]: value } as typeof after
        assert.throws(() => supertrendSeries({ after: state }), { code: 'state-damaged', message }, `${name} ${value}`)
      }
    }
  })

  it('shows the value of the field that it refuses', () => {
    const after = supertrendSeries().state
    for (const [bars, shown] of [
      [Number.NaN, 'NaN'],
      ['x', '"x"'],
      [undefined, 'missing'],
    ] as const) {
      const state = { ...after, bars } as typeof after
      const message = new RegExp(`^bars of the state is ${shown}; allowed here: `)
      assert.throws(() => supertrendSeries({ after: state }), { code: 'state-damaged', message })
    }
  })

  it('refuses what is no state, and says where one is', async () => {
    const { output, state } = await enrichFile(barsFile(bars), { carry: true })
    const states = await carriedStates(output)
    const refused = (after: unknown, message: RegExp) =>
      assert.throws(() => supertrendSeries({ after: after as (typeof states)[0]['supertrends'][0] }), {
        code: 'settings',
        message,
      })
    refused(JSON.parse('null'), /^after is null; allowed is a state, or no after for a new series$/)
    refused(JSON.stringify(states[0]!.supertrends[0]), /^after is a string; .* JSON.parse/)
    refused(7, /^after is a number; allowed is a state$/)
    refused(state, /^after is bytes; .* carriedStates/)
    refused(states, /^after is a list; .* list\[0\].supertrends\[0\]$/)
    refused(states[0], /^after is a series of carriedStates; .* series.supertrends\[0\]$/)
    assert.equal(supertrendSeries({ after: undefined } as object).state.bars, 0)
  })

  it('refuses prices that are no numbers, and takes none of their bars', () => {
    const series = supertrendSeries()
    const refused = (prices: object, message: RegExp) =>
      assert.throws(() => series.push({ high: [2, 2], low: [1, 1], close: [1, 1], ...prices }), {
        code: 'settings',
        message,
      })
    refused({ high: [2, '2x'] }, /^high\[1\] is a string; allowed are numbers, and null for no price$/)
    refused({ low: [1n, 1] }, /^low\[0\] is a bigint; /)
    refused({ open: [1, true] }, /^open\[1\] is a boolean; /)
    refused({ close: new BigInt64Array(2) }, /^close is a BigInt64Array; allowed is an array/)
    refused({ close: new BigUint64Array(2) }, /^close is a BigUint64Array; /)
    assert.equal(series.state.bars, 0)
    assert.deepEqual(series.push({ high: [2, null], low: [1, 1], close: [1, 1] }).orientation, [-1, null])
  })

  it('refuses a bar where arrays are expected, and prices that are missing', () => {
    const wrong: unknown[] = [
      { high: 101.5, low: 99.8, close: 100.2 },
      undefined,
      [1, 2, 3],
      { high: [1], low: [1] },
      { high: [1], low: [1], close: '1' },
      { high: [1], low: [1], close: [1], open: 1 },
    ]
    for (const bars of wrong) {
      assert.throws(() => supertrendSeries().push(bars as ReturnType<typeof some>), {
        code: 'settings',
        message: /allowed is an array/,
      })
    }
    const said = (bars: object, message: RegExp) =>
      assert.throws(() => supertrendSeries().push(bars as ReturnType<typeof some>), { code: 'settings', message })
    said({ low: [1], close: [1] }, /^high is missing; allowed is an array, as in push/)
    said({ high: [1], low: [1], close: '1' }, /^close is a string; /)
    said({ high: 101.5, low: [1], close: [1] }, /^high is a number; /)
  })
})
