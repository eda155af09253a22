import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PriceChecks } from '../../../functions/market/quality/price-checks.ts'

type Bar = readonly [high: number, low: number, close: number]

/** @param accepted by bar, as in a piece; default: all */
function checked(bars: readonly Bar[], reasons?: readonly number[], accepted: readonly number[] = bars.map(() => 1)) {
  const checks = new PriceChecks()
  const prices = (at: number) => Float64Array.from(bars, (bar) => bar[at]!)
  const columns = { high: prices(0), low: prices(1), close: prices(2) }
  checks.count(columns, reasons && Uint8Array.from(reasons), bars.length, Uint8Array.from(accepted))
  return checks
}

describe('the prices of a bar', () => {
  it('agree when the close is between low and high, or equals one of them', () => {
    for (const bar of [
      [3, 1, 2],
      [3, 1, 3],
      [3, 1, 1],
      [2, 2, 2],
    ] as const) {
      const { inconsistent, highBelowLow, withoutPrice } = checked([bar])
      assert.deepEqual([inconsistent, highBelowLow, withoutPrice], [0, 0, 0], `${bar}`)
    }
  })

  it('contradict each other when the close is outside, or the high is below the low', () => {
    for (const [bar, below] of [
      [[3, 1, 4], 0],
      [[3, 1, 0], 0],
      [[2, 2, 3], 0],
      [[1, 3, 2], 1],
    ] as const) {
      const { inconsistent, highBelowLow, closeOutside } = checked([bar])
      assert.deepEqual([inconsistent, highBelowLow, closeOutside], [1, below, 1 - below], `${bar}`)
    }
  })

  it('are missing where one of them is infinite, and not where only their difference is', () => {
    const { POSITIVE_INFINITY: above, NEGATIVE_INFINITY: below, MAX_VALUE: most } = Number
    for (const bar of [
      [above, 1, 2],
      [3, below, 2],
      [3, 1, above],
      [3, 1, below],
      [above, below, 2],
    ] as const) {
      const { inconsistent, withoutPrice } = checked([bar])
      assert.deepEqual([inconsistent, withoutPrice], [0, 1], `${bar}`)
    }
    const { inconsistent, withoutPrice } = checked([[most, -most, 2]])
    assert.deepEqual([inconsistent, withoutPrice], [0, 0])
  })

  it('may be missing, for a reason', () => {
    const none: Bar = [Number.NaN, 1, 2]
    assert.deepEqual(checked([none, [3, 1, 2]]).withoutPriceBy, { missing: 1, zero: 0, undefined: 0 })
    const checks = checked([none, none, none, none, [3, 1, 2]], [0, 1, 2, 2, 0])
    assert.deepEqual(checks.withoutPriceBy, { missing: 1, zero: 1, undefined: 2 })
    assert.equal(checks.withoutPrice, 4)
  })

  it('count in kept rows only', () => {
    const { inconsistent, withoutPrice } = checked(
      [
        [1, 3, 2],
        [Number.NaN, 1, 2],
        [1, 3, 2],
        [Number.NaN, 1, 2],
      ],
      undefined,
      [0, 0, 1, 1],
    )
    assert.deepEqual([inconsistent, withoutPrice], [1, 1])
  })
})
