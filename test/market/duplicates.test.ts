import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DuplicatePairs } from '../../functions/market/duplicate-pairs.ts'
import { AcceptedTimes, DroppedRows, StreamedRows, TIME_MEMORY_BYTES } from '../../functions/market/duplicates.ts'
import { newTimes } from '../../functions/market/time.ts'
import { random } from '../parquet-files.ts'

const words = (time: bigint) => [Number(BigInt.asIntN(32, time)), Number(time >> 32n)] as const

function timesOf(values: readonly bigint[]) {
  const times = newTimes(values.length)
  times.values.set(values)
  return times
}

function judge(values: readonly bigint[], pieceRows = values.length, series?: readonly number[]) {
  const rows = new StreamedRows(values.length, 'first')
  const accepted: number[] = []
  for (let from = 0; from < values.length; from += pieceRows) {
    const to = Math.min(values.length, from + pieceRows)
    const marks = new Uint8Array(to - from)
    const numbers = series && Int32Array.from(series.slice(from, to))
    if (rows.judge(timesOf(values.slice(from, to)), numbers, to - from, from, marks)) return undefined
    accepted.push(...marks)
  }
  return { accepted, pairs: [...rows.pairs], outOfOrder: rows.outOfOrder }
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
    for (let row = 0; row < 3_000_000; row++) {
      time += BigInt(1 + Math.floor(next() * 1e6))
      times.push(time)
      accepted.accept(...words(time), row)
    }
    assert.ok(memory.bytes <= 2 * TIME_MEMORY_BYTES)
    assert.equal(accepted.find(...words(times[0]!)), undefined)
    assert.equal(accepted.find(...words(time)), 2_999_999)
  })
})

describe('rows judged as they stream by', () => {
  it('are dropped exactly when their series has their time already, or handed over to be sorted', () => {
    const times = fc.array(fc.integer({ min: -5, max: 40 }), { maxLength: 60 })
    const law = fc.property(
      times,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 9 }),
      (raw, kinds, cut) => {
        // mostly ascending, with repetitions of what was there before
        const values = raw.map((value, i) => BigInt(value < 10 ? i * 2 : Math.min(value, i * 2)))
        const series = raw.map((value) => Math.abs(value) % kinds)
        const result = judge(values, cut, kinds === 1 ? undefined : series)
        const seen = new Map<string, number>()
        const latest = new Map<number, bigint>()
        const previous = new Map<number, bigint>()
        const expected = { accepted: [] as number[], pairs: [] as (readonly number[])[], outOfOrder: 0 }
        for (const [row, time] of values.entries()) {
          const number = kinds === 1 ? 0 : series[row]!
          const kept = seen.get(`${number} ${time}`)
          if (kept === undefined && time < (latest.get(number) ?? time)) {
            assert.equal(result, undefined)
            return
          }
          if (time < (previous.get(number) ?? time)) expected.outOfOrder++
          previous.set(number, time)
          expected.accepted.push(kept === undefined ? 1 : 0)
          if (kept === undefined) {
            seen.set(`${number} ${time}`, row)
            latest.set(number, time)
          } else expected.pairs.push([row, kept])
        }
        assert.deepEqual(result, expected)
      },
    )
    fc.assert(law, { numRuns: 500, seed: 3 })
  })
})

describe('pairs of duplicates', () => {
  it('come back as they were added', () => {
    const added = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 30 })), { maxLength: 40 })
    const law = fc.property(added, (raw) => {
      let row = 0
      const expected = raw.map(([skip, kept]) => {
        row += 1 + (skip === 3 ? 5 : 0)
        return [row, skip === 0 ? kept : row >> skip] as const
      })
      const pairs = new DuplicatePairs()
      for (const [dropped, kept] of expected) pairs.add(dropped, kept)
      assert.deepEqual([...pairs], expected)
      assert.equal(pairs.size, expected.length)
    })
    fc.assert(law, { numRuns: 500, seed: 4 })
  })
})

describe('dropped rows', () => {
  it('are counted, and leave the ranges between them', () => {
    const dropped = new DroppedRows(40)
    assert.equal(dropped.countIn(0, 40), 0)
    assert.deepEqual([...dropped.keptRanges(3, 7)], [[0, 4]])
    for (const row of [0, 9, 10, 17, 39]) dropped.add(row)
    for (let from = 0; from <= 40; from++) {
      for (let to = from; to <= 40; to++) {
        const rows = Array.from({ length: to - from }, (_, i) => from + i)
        const kept = [...dropped.keptRanges(from, to)].flatMap(([start, end]) =>
          Array.from({ length: end - start }, (_, i) => from + start + i),
        )
        assert.deepEqual(
          kept,
          rows.filter((row) => !dropped.has(row)),
        )
        assert.equal(dropped.countIn(from, to), rows.length - kept.length)
      }
    }
  })
})
