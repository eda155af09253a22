import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { CountedSteps } from '../../../functions/market/quality/counted-steps.ts'

type Counts = readonly (readonly [step: number, count: number])[]

function counted(limit: number, ...counts: Counts): CountedSteps {
  const steps = new CountedSteps(limit)
  for (const [step, count] of counts) steps.add(step, count)
  return steps
}

describe('counted steps', () => {
  it('are exact as long as their number is within the limit', () => {
    // the last ones have equal low words
    const step = fc.oneof(
      fc.nat(40),
      fc.nat({ max: 2 ** 45 }),
      fc.nat(5).map((high) => high * 2 ** 32 + 60),
    )
    const counts = fc.array(fc.tuple(step, fc.integer({ min: 1, max: 3 })), { maxLength: 60 })
    fc.assert(
      fc.property(counts, fc.nat(50), (added, asked) => {
        const expected = new Map<number, number>()
        for (const [step, count] of added) expected.set(step, (expected.get(step) ?? 0) + count)
        const steps = counted(Math.max(1, expected.size), ...added)
        const most = Math.max(...expected.values())
        const usual = Math.min(...[...expected].filter(([, count]) => count === most).map(([step]) => step))
        assert.equal(steps.usual, expected.size === 0 ? Number.NaN : usual)
        for (const bound of [asked, usual, 2 ** 32 + 60]) {
          const larger = added.reduce((sum, [step, count]) => sum + (step > bound ? count : 0), 0)
          assert.equal(steps.largerThan(bound), larger)
        }
      }),
    )
  })

  it('are as many as were added, however few are told apart', () => {
    const counts = fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 5 })), { maxLength: 150 })
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 20 }), (added, limit) => {
        const all = added.reduce((sum, [, count]) => sum + count, 0)
        assert.equal(counted(limit, ...added).largerThan(-1), all)
      }),
    )
  })

  it('are forgotten when they are not more frequent than the median', () => {
    const eight: Counts = [1, 1, 1, 1, 5, 6, 7, 8].map((count, i) => [100 + i, count])
    const usualWith = (...more: Counts) => counted(8, ...eight, ...more).usual
    assert.equal(usualWith(), 107)
    // 104, which has been counted 5 times as the median has, begins at 0 again when a ninth step comes
    assert.equal(usualWith([104, 4]), 104)
    assert.equal(usualWith([200, 1], [104, 8]), 104)
    assert.equal(usualWith([200, 1], [104, 7]), 107)
    // 105 has not been forgotten
    assert.equal(usualWith([200, 1], [105, 3]), 105)
    assert.equal(usualWith([200, 1], [105, 2]), 105)
    assert.equal(usualWith([200, 1], [105, 1]), 107)
    const three: Counts = [1, 3, 4].map((count, i) => [100 + i, count])
    assert.equal(counted(3, ...three, [200, 1], [101, 2]).usual, 102)
    // where more than half occur once, the median is 1
    const five: Counts = [1, 1, 1, 2, 3].map((count, i) => [100 + i, count])
    assert.equal(counted(5, ...five, [200, 1], [103, 2]).usual, 103)
    assert.equal(counted(5, ...five, [200, 1], [102, 3]).usual, 102)
    assert.equal(counted(5, ...five, [200, 1], [102, 2]).usual, 104)
  })

  it('are reduced by each median, and forgotten at last', () => {
    // with every second new step, the rarer ones are forgotten, and 1 is subtracted from the reduced count of step 1
    const steps = counted(3, [1, 5], [2, 1], [3, 1])
    for (let step = 10; step < 18; step++) steps.add(step, 1)
    assert.equal(steps.usual, 1)
    steps.add(18, 1)
    assert.equal(steps.usual, 18)
    assert.equal(steps.largerThan(0), 16)
  })

  describe('when all differ', () => {
    const different = (limit: number): Counts => Array.from({ length: limit + 1 }, (_, i) => [5000 + i, 1])
    const usualAfter = (limit: number, ...more: Counts) => counted(limit, ...different(limit), ...more).usual

    it('are skipped for a while, fifteen for each step that is told apart', () => {
      const skipped = Array.from({ length: 15 * 1024 }, () => [7, 1] as const)
      assert.equal(usualAfter(1024), 6024)
      assert.equal(usualAfter(1024, ...skipped), 6024)
      assert.equal(usualAfter(1024, ...skipped, [8, 1], [8, 1]), 8)
      assert.equal(usualAfter(1024, ...skipped.slice(1), [8, 1], [8, 1]), 8)
      assert.equal(usualAfter(1024, ...skipped.slice(1), [9, 1], [8, 1], [8, 1]), 8)
      assert.equal(usualAfter(1024, ...skipped.slice(2), [9, 1], [9, 1]), 6024)
      assert.equal(counted(1024, ...different(1024), ...skipped).largerThan(0), 1025 + skipped.length)
    })

    it('are not skipped when several come at once, or when they are told apart already', () => {
      assert.equal(usualAfter(1024, [7, 2]), 7)
      assert.equal(usualAfter(1024, [6024, 1]), 6024)
      assert.equal(usualAfter(1024, [7, 1], [6024, 1], [7, 1]), 6024)
    })

    it('are all counted where few are told apart, or one is frequent', () => {
      assert.equal(usualAfter(1023, [7, 1], [7, 1]), 7)
      const frequent = counted(1024, [1, 2], ...different(1024).slice(1), [8, 1], [7, 1], [7, 1], [7, 1])
      assert.equal(frequent.usual, 7)
    })
  })
})
