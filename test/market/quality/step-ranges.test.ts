import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StepRanges } from '../../../functions/market/quality/step-ranges.ts'

function rangesOf(steps: readonly number[], apart: readonly number[] = []): StepRanges {
  const ranges = new StepRanges()
  ranges.add(Float64Array.from(steps), Float64Array.from(apart))
  return ranges
}

describe('steps that are no longer told apart', () => {
  it('are larger than a step only where they are larger', () => {
    const ranges = rangesOf([10, 5])
    assert.deepEqual(
      [9, 10, 11].map((step) => ranges.largerThan(step)),
      [5, 0, 0],
    )
  })

  it('are counted in proportion where their range contains the step', () => {
    const ranges = rangesOf([10, 6, 20, 2])
    assert.deepEqual(
      [10, 15, 20].map((step) => ranges.largerThan(step)),
      [8, 4, 0],
    )
  })

  it('are exact on both sides of a step that is still told apart', () => {
    assert.deepEqual(
      [5, 20, 30].map((step) => rangesOf([10, 3, 30, 1], [20]).largerThan(step)),
      [4, 1, 0],
    )
    assert.equal(rangesOf([20, 2, 22, 2], [20, 25]).largerThan(20), 2)
    const later = rangesOf([10, 3], [20])
    later.pass(30)
    later.add(Float64Array.of(40, 1), Float64Array.of(20))
    assert.equal(later.largerThan(20), 2)
  })
})
