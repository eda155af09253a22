import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AcceptedTimes, TIME_MEMORY_BYTES } from '../../../functions/market/duplicates/accepted-times.ts'
import { newTimes } from '../../../functions/market/times/time.ts'
import { random } from '../../parquet-files.ts'

const words = (time: bigint) => [Number(BigInt.asIntN(32, time)), Number(time >> 32n)] as const

function timesOf(values: readonly bigint[]) {
  const times = newTimes(values.length)
  times.values.set(values)
  return times
}

describe('accepted times', () => {
  // the low word of a time runs over every 71 minutes of microseconds, and the sign changes in 1970
  const starts = [0n, -1n, 2n ** 32n - 3n, -(2n ** 32n) - 3n, 2n ** 62n, -(2n ** 63n) + 1n, 1_704_067_200_000_000n]
  const steps = [1n, 7n, 60_000_000n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 33n + 5n]

  it('are found again with their rows, and no others', () => {
    for (const start of starts) {
      for (const step of steps) {
        const accepted = new AcceptedTimes({ bytes: 0, limitBytes: TIME_MEMORY_BYTES })
        const times = Array.from({ length: 200 }, (_, i) => start + step * BigInt(i < 100 ? i : i + 50))
        for (const [row, time] of times.entries()) accepted.accept(...words(time), row)
        for (const [row, time] of times.entries()) assert.equal(accepted.find(...words(time)), row)
        assert.equal(accepted.find(...words(start + step * 120n)), -1)
        assert.equal(accepted.find(...words(start - 1n)), -1)
        if (step > 1n) assert.equal(accepted.find(...words(start + step * 50n + 1n)), -1)
      }
    }
  })

  it('are taken as a run exactly as one by one', () => {
    for (const start of starts) {
      for (const step of steps) {
        const values = Array.from({ length: 300 }, (_, i) => start + step * BigInt(i < 200 ? i : i + 3))
        const accepted = new AcceptedTimes({ bytes: 0, limitBytes: TIME_MEMORY_BYTES })
        for (let row = 0; row < values.length; ) {
          const taken = accepted.acceptRun(timesOf(values).words, row, values.length, 0)
          if (taken === 0) accepted.accept(...words(values[row]!), row)
          row += Math.max(1, taken)
        }
        for (const [row, time] of values.entries()) assert.equal(accepted.find(...words(time)), row)
        assert.equal(accepted.find(...words(start + step * 201n)), -1)
      }
    }
  })

  it('take little memory however many they are, when their step is regular', () => {
    const memory = { bytes: 0, limitBytes: TIME_MEMORY_BYTES }
    const accepted = new AcceptedTimes(memory)
    for (let row = 0; row < 100_000; row++) accepted.accept(...words(60n * BigInt(row)), row)
    assert.ok(memory.bytes < 1024)
  })

  it('are forgotten, which is said, rather than filling memory when they follow no rule', () => {
    const memory = { bytes: 0, limitBytes: 2 ** 18 }
    const accepted = new AcceptedTimes(memory)
    const next = random(4)
    let time = 0n
    const times: bigint[] = []
    for (let row = 0; row < 25_000; row++) {
      time += BigInt(1 + Math.floor(next() * 1e6))
      times.push(time)
      accepted.accept(...words(time), row)
    }
    // 7 numbers of 4 bytes for two times, as the second one gives a run its step; the room doubles
    assert.equal(memory.bytes, 2 ** 14 * 28 - 28)
    assert.equal(accepted.find(...words(times[0]!)), undefined)
    assert.equal(accepted.find(...words(time)), 24_999)
  })

  it('are not forgotten as long as their memory is at its limit', () => {
    // room for two runs is 28 bytes more than for one
    const atLimit = new AcceptedTimes({ bytes: 0, limitBytes: 28 })
    const beyond = new AcceptedTimes({ bytes: 0, limitBytes: 27 })
    const times = [0n, 1n, 10n, 12n, 100n, 103n]
    for (const accepted of [atLimit, beyond]) {
      for (const [row, time] of times.slice(0, 4).entries()) accepted.accept(...words(time), row)
      assert.deepEqual(
        [0n, 1n, 10n, 12n].map((time) => accepted.find(...words(time))),
        [0, 1, 2, 3],
      )
      for (const [row, time] of times.slice(4).entries()) accepted.accept(...words(time), 4 + row)
    }
    // the question before was about a run that is forgotten now
    assert.equal(beyond.find(...words(100n)), 4)
    assert.deepEqual(
      times.map((time) => atLimit.find(...words(time))),
      [0, 1, 2, 3, 4, 5],
    )
    assert.deepEqual(
      times.map((time) => beyond.find(...words(time))),
      [undefined, undefined, undefined, undefined, 4, 5],
    )
    assert.equal(beyond.find(...words(101n)), -1)
  })

  it('state the first and the latest of them, with its row', () => {
    const accepted = new AcceptedTimes({ bytes: 0, limitBytes: TIME_MEMORY_BYTES })
    assert.deepEqual([accepted.lastRow, accepted.hasPrevious], [-1, false])
    const times = [2n ** 40n + 1n, 2n ** 40n + 3n, 2n ** 41n]
    for (const [i, time] of times.entries()) accepted.accept(...words(time), 10 * i)
    assert.deepEqual([accepted.firstLow, accepted.firstHigh], words(times[0]!))
    assert.deepEqual([accepted.lastLow, accepted.lastHigh, accepted.lastRow], [...words(times[2]!), 20])
    assert.equal(accepted.find(...words(times[2]!)), 20)
  })

  /** Takes two times one by one and tells how many of the others are taken as a run. */
  function taken(values: readonly bigint[], rows = [0, 1], firstRow = 0, to = values.length): number {
    const accepted = new AcceptedTimes({ bytes: 0, limitBytes: TIME_MEMORY_BYTES })
    for (const [i, row] of rows.entries()) accepted.accept(...words(values[i]!), row)
    return accepted.acceptRun(timesOf(values).words, rows.length, to, firstRow)
  }

  it('are taken as a run from the third on, at the end of which the next begins', () => {
    assert.equal(taken([5n, 8n, 11n, 14n, 17n, 21n]), 3)
    assert.equal(taken([5n, 8n, 11n, 14n, 17n, 21n], [0, 1], 0, 4), 2)
    assert.equal(taken([5n, 8n, 12n]), 0)
    assert.equal(taken([5n, 8n, 11n], []), 0)
    assert.equal(taken([5n, 5n], [0]), 0)
    assert.equal(taken([5n, 8n, 11n], [0, 2], 1), 0)
    assert.equal(taken([5n, 8n, 11n], [0, 1], 1), 0)
    assert.equal(taken([5n, 8n, 11n], [7, 8], 7), 1)
    // the third equals only one of the words that are expected
    assert.equal(taken([5n, 8n, 11n + 2n ** 32n]), 0)
    assert.equal(taken([0n, 2n ** 32n, 2n ** 33n + 1n]), 0)
  })

  it('are taken as a run up to the largest time', () => {
    const step = 2n ** 61n
    const last = 2n ** 63n - 1n
    // what follows is the smallest times, which a sum of words would make of the largest one
    assert.equal(
      taken([last - 4n * step, last - 3n * step, last - 2n * step, last - step, last, last + step - 2n ** 64n]),
      3,
    )
    assert.equal(taken([last - step, last, last + step - 2n ** 64n]), 0)
  })

  it('are found after a step whose sum is the largest low word', () => {
    for (const step of [1n, 7n, 2n ** 31n - 1n]) {
      const start = 2n ** 32n - 1n - 3n * step
      const values = Array.from({ length: 8 }, (_, i) => start + step * BigInt(i))
      assert.equal(taken(values), 6)
      const accepted = new AcceptedTimes({ bytes: 0, limitBytes: TIME_MEMORY_BYTES })
      for (const [row, time] of values.entries()) accepted.accept(...words(time), row)
      accepted.closeRun()
      assert.deepEqual([accepted.steps.usual, accepted.steps.gaps], [Number(step), 0])
    }
  })

  it('are found with their rows, and their steps are counted, whatever they are', () => {
    const anyRun = fc.record({
      gap: fc.oneof(fc.bigInt(1n, 30n), fc.bigInt(1n, 2n ** 40n)),
      step: fc.oneof(fc.bigInt(1n, 9n), fc.constantFrom(2n ** 32n, 2n ** 53n + 2n)),
      count: fc.integer({ min: 1, max: 6 }),
      rowStep: fc.integer({ min: 1, max: 3 }),
    })
    const law = fc.property(fc.array(anyRun, { minLength: 1, maxLength: 12 }), fc.bigInt(-50n, 50n), (runs, start) => {
      const accepted = new AcceptedTimes({ bytes: 0, limitBytes: TIME_MEMORY_BYTES })
      const rows = new Map<bigint, number>()
      let [time, row] = [start, 0]
      const steps = new Map<bigint, number>()
      for (const { gap, step, count, rowStep } of runs) {
        for (let i = 0; i < count; i++) {
          const next = i === 0 ? gap : step
          if (rows.size > 0) steps.set(next, (steps.get(next) ?? 0) + 1)
          time += next
          row += rowStep
          rows.set(time, row)
          accepted.accept(...words(time), row)
        }
      }
      for (const [time, row] of rows) assert.equal(accepted.find(...words(time)), row)
      for (const [time] of [...rows].reverse()) {
        for (const other of [time - 1n, time + 1n]) assert.equal(accepted.find(...words(other)), rows.get(other) ?? -1)
      }
      accepted.closeRun()
      const byFrequency = [...steps].sort(([a, countA], [b, countB]) => countB - countA || Number(a - b))
      const usual = byFrequency[0]?.[0]
      const gaps = byFrequency.reduce(
        (sum, [step, count]) => sum + (usual !== undefined && step > usual ? count : 0),
        0,
      )
      assert.deepEqual(
        [accepted.steps.usual, accepted.steps.gaps],
        [usual === undefined ? Number.NaN : Number(usual), gaps],
      )
    })
    fc.assert(law)
  })
})
