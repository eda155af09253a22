import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
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
    for (let row = 0; row < 1_000_000; row++) accepted.accept(...words(60n * BigInt(row)), row)
    assert.ok(memory.bytes < 1024)
  })

  it('are forgotten, which is said, rather than filling memory when they follow no rule', () => {
    const memory = { bytes: 0, limitBytes: TIME_MEMORY_BYTES }
    const accepted = new AcceptedTimes(memory)
    const next = random(4)
    let time = 0n
    const times: bigint[] = []
    for (let row = 0; row < 1_500_000; row++) {
      time += BigInt(1 + Math.floor(next() * 1e6))
      times.push(time)
      accepted.accept(...words(time), row)
    }
    assert.ok(memory.bytes <= 2 * TIME_MEMORY_BYTES)
    assert.equal(accepted.find(...words(times[0]!)), undefined)
    assert.equal(accepted.find(...words(time)), 1_499_999)
  })
})
