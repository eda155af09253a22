import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { CommonStep, StepCounter, stepsToldApart } from '../../../functions/market/quality/step-counter.ts'

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

/** What all steps together say, counted the slow way. */
function counted(steps: readonly number[]) {
  const counts = new Map<number, number>()
  for (const step of steps) counts.set(step, (counts.get(step) ?? 0) + 1)
  const [usual] = [...counts].sort(([a, countA], [b, countB]) => countB - countA || a - b)[0]!
  return { usual, gaps: steps.filter((step) => step > usual).length }
}

function result({ usual, gaps }: StepCounter) {
  return { usual, gaps }
}

function counterOf(steps: readonly number[], limit?: number): StepCounter {
  const counter = new StepCounter(limit)
  for (const step of steps) counter.add(step, 1)
  return counter
}

describe('the usual step', () => {
  const irregular = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)
  const minutes = (count: number) => new Array<number>(count).fill(60)

  it('is that of the majority, also when the first hundred steps differ', () => {
    assert.deepEqual(result(counterOf([...irregular(1001, 100), ...minutes(4899)])), { usual: 60, gaps: 100 })
  })

  it('is found when only a few steps are told apart, and the gaps before it are counted', () => {
    for (const limit of [8, 64]) {
      const longer = [...irregular(1001, 100), ...minutes(500)]
      assert.deepEqual(result(counterOf(longer, limit)), { usual: 60, gaps: 100 })
      const shorter = [...irregular(-1000, 100), ...minutes(500), ...irregular(61, 30)]
      assert.deepEqual(result(counterOf(shorter, limit)), { usual: 60, gaps: 30 })
    }
  })

  it('and the gaps are exact as long as all different steps are told apart', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 300 }), (steps) => {
        assert.deepEqual(result(counterOf(steps)), counted(steps))
        assert.deepEqual(result(counterOf(steps, 50)), counted(steps))
      }),
    )
  })

  it('and the gaps are exact when a majority is told apart from the first step on', () => {
    const few = fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.nat({ max: 5 })), { maxLength: 200 })
    fc.assert(
      fc.property(few, fc.integer({ min: 0, max: 80 }), (others, more) => {
        const steps = [60, 60, ...others.flatMap(([step, count]) => [60, 60, 60, step, ...minutes(count)])]
        const all = [...steps, ...minutes(more)]
        assert.deepEqual(result(counterOf(all, 8)), counted(all))
      }),
    )
  })

  it('is the same however many equal steps are added at once', () => {
    const anyRuns = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 })), {
      maxLength: 200,
    })
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const atOnce = new StepCounter(8)
        for (const [step, count] of runs) atOnce.add(step, count)
        const oneByOne = counterOf(
          runs.flatMap(([step, count]) => new Array<number>(count).fill(step)),
          8,
        )
        assert.deepEqual(result(atOnce), result(oneByOne))
      }),
    )
  })

  it('is found behind a hundred thousand steps that all differ', () => {
    const { usual, gaps } = counterOf([...irregular(1000, 100_000), ...minutes(1000)])
    assert.deepEqual([usual, gaps], [60, 100_000])
  })

  it('is looked for among fewer steps in later series, and among eight at least', () => {
    assert.deepEqual([0, 1, 9, 511, 1_000_000].map(stepsToldApart), [4096, 2048, 409, 8, 8])
  })
})

describe('the step that all series have in common', () => {
  const commonStep = (...series: readonly (readonly number[])[]) => {
    const common = new CommonStep()
    for (const steps of series) common.add(counterOf(steps))
    return common.value
  }

  it('is their usual one, if that is the same', () => {
    assert.equal(commonStep([60, 60, 3600], [60]), 60)
    assert.equal(commonStep([60], [3600], [60]), undefined)
  })

  it('does not depend on series of one row, which have no step', () => {
    assert.equal(commonStep([], [60], []), 60)
    assert.equal(commonStep([]), undefined)
  })
})
