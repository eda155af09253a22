import assert from 'node:assert/strict'
import { it } from 'node:test'
import { priceDecimals } from '../../functions/chart/price-decimals.ts'

const repeated = (...prices: number[]) => Array.from({ length: 200 }, (_, i) => prices[i % prices.length]!)

it('prices have the decimals of their instrument', () => {
  for (const [prices, decimals] of [
    [repeated(100.1, 100.10000000000001, 99.25), 2],
    [repeated(5000, 5001), 0],
    [repeated(1.10521, 1.1), 5],
    [repeated(189.490005, 187.449997, 190.059998), 2],
    [repeated(Math.fround(189.49), Math.fround(0.07)), 2],
    [repeated(60123.456789, 60100.1), 6],
    [repeated(0.00001234), 8],
    [repeated(1 / 3), 6],
    [repeated(100_000 / 3), 1],
    [[...repeated(100.25), 1 / 3], 2],
    [[Number.NaN, 1.5], 1],
    [[], 2],
  ] as const) {
    assert.equal(priceDecimals(prices), decimals, `${prices.slice(0, 3)}`)
  }
})
