import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { pageModule } from './page-modules.ts'

const { indexAt, timeAt, barAt, barsIn, bestLevel } = await pageModule('levels.js')

/** A level with a bar at each multiple of `step`. */
const level = (from: number, to: number, step: number, isWhole = false) => {
  const times = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step)
  return { times, frameMs: step === 1 ? 0 : step, isWhole }
}

describe('a place between the bars', () => {
  it('is the same again, whichever way it is computed', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 30 })
    fc.assert(
      fc.property(steps, fc.integer({ min: -5000, max: 40_000 }), (steps, ms) => {
        const times: number[] = []
        for (const step of steps) times.push((times.at(-1) ?? 0) + step)
        const own = { times, frameMs: 0 }
        assert.ok(Math.abs(timeAt(own, indexAt(own, ms)) - ms) < 1e-6)
        assert.equal(
          barAt(own, ms),
          Math.max(
            0,
            times.findLastIndex((time) => time <= ms),
          ),
        )
      }),
    )
  })
})

describe('the level for a view', () => {
  const [rows, tens, all] = [level(9000, 10_000, 1), level(5000, 10_000, 10), level(0, 10_000, 100, true)]
  const levels = [rows, tens, all]
  const range = { from: 0, to: 10_000 }
  const best = (from: number, to: number, width = 1000, more: object[] = []) =>
    bestLevel([...levels, ...more], { from, to }, range, width)

  it('is the finest one that covers it', () => {
    assert.equal(best(9500, 10_000), rows)
    assert.equal(best(9500, 12_000), rows)
    assert.equal(best(8999, 9500), tens)
    assert.equal(best(4000, 9500), all)
    assert.equal(best(-5000, 20_000), all)
  })

  it('has no more bars than a narrow screen can show', () => {
    assert.equal(best(9500, 10_000, 100), tens)
    assert.equal(best(0, 10_000, 10), all)
  })

  it('is the part that was loaded for it', () => {
    const part = { ...level(1000, 2000, 1), asked: { from: 1000, to: 2000 } }
    assert.equal(best(1200, 1800, 1000, [part]), part)
    assert.equal(best(900, 1800, 1000, [part]), all)
    const first = { ...level(0, 2000, 1), asked: { from: -500, to: 2000 } }
    assert.equal(best(-900, 1800, 1000, [first]), first)
    assert.equal(barsIn(part, { from: 1000, to: 1999.5 }), 1000)
  })
})
