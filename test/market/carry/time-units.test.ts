import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exactlyIn, roundedTo } from '../../../functions/market/carry/time-units.ts'

describe('a carried time', () => {
  it('is rounded down to a coarser unit, and exact in a finer one', () => {
    assert.equal(roundedTo(1_999n, 'ms', 's'), 1n)
    assert.equal(roundedTo(2_000n, 'ms', 's'), 2n)
    assert.equal(roundedTo(-1n, 'ms', 's'), -1n)
    assert.equal(roundedTo(-1_000n, 'ms', 's'), -1n)
    assert.equal(roundedTo(-1_001n, 'ms', 's'), -2n)
    assert.equal(roundedTo(5n, 'day', 's'), 432_000n)
    assert.equal(roundedTo(86_399n, 's', 'day'), 0n)
    assert.equal(roundedTo(7n, 'us', 'us'), 7n)
  })

  it('beyond 64 bits is the first or the last one', () => {
    assert.equal(roundedTo(2n ** 62n, 's', 'ns'), 2n ** 63n - 1n)
    assert.equal(roundedTo(-(2n ** 62n), 's', 'ns'), -(2n ** 63n) + 1n)
  })

  it('is equal to none of a coarser unit between two of them', () => {
    assert.equal(exactlyIn(1_999n, 'ms', 's'), undefined)
    assert.equal(exactlyIn(2_000n, 'ms', 's'), 2n)
    assert.equal(exactlyIn(2n, 's', 'ms'), 2_000n)
    assert.equal(exactlyIn(-86_400n, 's', 'day'), -1n)
    assert.equal(exactlyIn(7n, 'ns', 'ns'), 7n)
  })
})
