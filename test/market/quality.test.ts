import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StepCounter } from '../../functions/market/quality.ts'

function gaps(...steps: readonly (readonly [step: number, count: number])[]): number {
  const counter = new StepCounter()
  for (const [step, count] of steps) counter.add(step, count)
  return counter.gaps
}

describe('gaps', () => {
  it('are steps larger than the usual one', () => {
    assert.equal(gaps([60, 100], [120, 2], [30, 5], [60, 10], [3600, 1]), 3)
  })

  it('are none where every step is the same, or where there is none', () => {
    assert.equal(gaps([60, 100], [60, 1]), 0)
    assert.equal(gaps(), 0)
  })

  it('take the smallest of equally frequent steps as the usual one', () => {
    assert.equal(gaps([120, 2], [60, 2], [90, 1]), 3)
  })

  it('are counted on when there are more different steps than are told apart', () => {
    const steps = Array.from({ length: 200 }, (_, i) => [1000 + i, 1] as const)
    assert.equal(gaps([60, 3], ...steps, [60, 4], [59, 1]), 200)
  })
})
