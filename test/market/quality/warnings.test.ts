import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RowFacts, warningsOf } from '../../../functions/market/quality/warnings.ts'

const good: RowFacts = {
  rows: 1000,
  series: 500,
  symbolColumn: '"symbol"',
  withoutPrice: 500,
  zeroPrice: 0,
  undefinedPrice: 0,
  highBelowLow: 10,
  closeOutside: 50,
  isEmpty: false,
  setsWithoutValues: [],
  setsWithInfiniteBands: [],
  floatBits: 32,
}
/** What the counts of a file without rows are. */
const without = { rows: 0, series: 0, withoutPrice: 0, highBelowLow: 0, closeOutside: 0 }
const codes = (kept: Partial<RowFacts>) => warningsOf({ ...good, ...kept }).map(({ code }) => code)

describe('warnings', () => {
  it('are none at the usual limits', () => assert.deepEqual(codes({}), []))

  for (const [kept, code] of [
    [{ series: 501 }, 'series-of-single-rows'],
    [{ withoutPrice: 501 }, 'missing-prices'],
    [{ zeroPrice: 1 }, 'zero-prices'],
    [{ undefinedPrice: 1 }, 'undefined-prices'],
    [{ highBelowLow: 11 }, 'high-below-low'],
    [{ closeOutside: 51 }, 'close-outside'],
    [{ isEmpty: true, ...without }, 'no-rows'],
    [{ setsWithoutValues: ['Supertrend 2000, 3 (tradingview)'] }, 'no-values'],
    [{ setsWithInfiniteBands: ['Supertrend 14, 3 (stockstats)'] }, 'infinite-bands'],
  ] as const) {
    it(`${code} is one beyond`, () => assert.deepEqual(codes(kept), [code]))
  }

  it('say nothing of series where there is no symbol column or a few rows only', () => {
    assert.deepEqual(codes({ series: 1000, symbolColumn: undefined }), [])
    assert.deepEqual(codes({ rows: 19, series: 19, withoutPrice: 0, highBelowLow: 0, closeOutside: 0 }), [])
    const twenty = { rows: 20, withoutPrice: 0, highBelowLow: 0, closeOutside: 0 }
    assert.deepEqual(codes({ ...twenty, series: 11 }), ['series-of-single-rows'])
  })

  it('say nothing of missing values where no row has a price, and nothing of a file whose rows are all in earlier files', () => {
    assert.deepEqual(codes({ withoutPrice: 1000, setsWithoutValues: ['x'] }), ['missing-prices'])
    assert.deepEqual(codes({ ...without, setsWithoutValues: ['x'] }), [])
  })
})
