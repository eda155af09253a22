import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  isBefore,
  minus,
  newTimes,
  setNanos,
  setNumber,
  wordsToBigInt,
  wordsToNumber,
} from '../../../functions/market/times/time.ts'

const words = (value: bigint): [number, number] => {
  const { values, words } = newTimes(1)
  values[0] = value
  return [words[0]!, words[1]!]
}
/** Around the borders of words and signs. */
const LIMITS = [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 33n, 2n ** 62n].flatMap((limit) =>
  [-1n, 0n, 1n].flatMap((more) => [limit + more, -(limit + more)]),
)

describe('64-bit times in words', () => {
  it('are compared and subtracted as the integers', () => {
    for (const a of LIMITS) {
      for (const b of LIMITS) {
        assert.equal(isBefore(...words(a), ...words(b)), a < b, `${a} ${b}`)
        assert.equal(wordsToBigInt(...minus(...words(a), ...words(b))), BigInt.asIntN(64, a - b), `${a} ${b}`)
      }
      assert.equal(wordsToBigInt(...words(a)), a)
      assert.equal(wordsToNumber(...words(a)), Number(a))
    }
  })
  it('are so whatever they are', () => {
    const time = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)
    fc.assert(
      fc.property(time, time, (a, b) => {
        assert.equal(isBefore(...words(a), ...words(b)), a < b)
        assert.equal(wordsToBigInt(...minus(...words(a), ...words(b))), BigInt.asIntN(64, a - b))
      }),
    )
  })
  it('take whole numbers, and seconds with nanoseconds as far as these reach', () => {
    const out = newTimes(1)
    for (const value of [0, 1, -1, 2 ** 31, 2 ** 32, -(2 ** 32), 2 ** 53, -(2 ** 53)]) {
      setNumber(out, 0, value)
      assert.equal(out.values[0], BigInt(value))
    }
    for (const seconds of [0, 1, -1, 9_223_372_035, -9_223_372_036]) {
      for (const nanos of [0, 1, 999_999_999]) {
        assert.ok(setNanos(out, 0, seconds, nanos))
        assert.equal(out.values[0], BigInt(seconds) * 1_000_000_000n + BigInt(nanos))
      }
    }
    for (const seconds of [9_223_372_036, -9_223_372_037, Number.NaN]) assert.ok(!setNanos(out, 0, seconds, 0))
  })
})
