import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DuplicatePairs, type PairStore } from '../../../functions/market/duplicates/duplicate-pairs.ts'
import {
  AcceptedTimes,
  DroppedRows,
  StreamedRows,
  TIME_MEMORY_BYTES,
} from '../../../functions/market/duplicates/duplicates.ts'
import { newTimes } from '../../../functions/market/times/time.ts'
import { random } from '../../parquet-files.ts'

const words = (time: bigint) => [Number(BigInt.asIntN(32, time)), Number(time >> 32n)] as const

function timesOf(values: readonly bigint[]) {
  const times = newTimes(values.length)
  times.values.set(values)
  return times
}

interface Judged {
  readonly keep?: 'first' | 'last'
  readonly pieceRows?: number
  readonly series?: readonly number[] | undefined
}

function judge(values: readonly bigint[], { keep = 'first', pieceRows = values.length, series }: Judged = {}) {
  const rows = new StreamedRows(values.length, keep)
  const accepted: number[] = []
  // the same for all pieces, of which every second has half the rows
  const marks = new Uint8Array(pieceRows + 3)
  for (let [from, to, piece] = [0, 0, 0]; from < values.length; from = to, piece++) {
    to = Math.min(values.length, from + (piece % 2 === 0 ? pieceRows : Math.ceil(pieceRows / 2)))
    const end = keep === 'last' ? to + 1 : to
    const numbers = series && Int32Array.from(series.slice(from, end))
    const unstreamed = rows.judge(timesOf(values.slice(from, end)), numbers, to - from, from, marks)
    if (unstreamed) return { unstreamed }
    for (const mark of marks.subarray(0, to - from)) accepted.push(mark)
  }
  const dropped = values.flatMap((_, row) => (rows.dropped.has(row) ? [row] : []))
  return { accepted, dropped, pairs: [...rows.pairs], outOfOrder: rows.outOfOrder }
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

describe('rows judged as they stream by', () => {
  /** Mostly ascending, with repetitions of what was there before. */
  const anyTimes = fc
    .array(fc.integer({ min: -5, max: 40 }), { maxLength: 60 })
    .map((raw) => raw.map((value, i) => ({ time: BigInt(value < 10 ? i * 2 : Math.min(value, i * 2)), kind: value })))
  const kinds = fc.integer({ min: 1, max: 4 })
  const pieceRows = fc.integer({ min: 1, max: 9 })
  const seriesOf = (rows: readonly { kind: number }[], kinds: number) =>
    kinds === 1 ? undefined : rows.map(({ kind }) => Math.abs(kind) % kinds)

  it('are dropped exactly when their series has their time already, or handed over to be sorted', () => {
    const law = fc.property(anyTimes, kinds, pieceRows, (rows, kinds, pieceRows) => {
      const values = rows.map(({ time }) => time)
      const series = seriesOf(rows, kinds)
      const result = judge(values, { pieceRows, series })
      const seen = new Map<string, number>()
      const latest = new Map<number, bigint>()
      const previous = new Map<number, bigint>()
      const expected = { accepted: [] as number[], dropped: [] as number[], pairs: [] as number[][], outOfOrder: 0 }
      for (const [row, time] of values.entries()) {
        const number = series ? series[row]! : 0
        const kept = seen.get(`${number} ${time}`)
        if (kept === undefined && time < (latest.get(number) ?? time)) {
          assert.deepEqual(result, { unstreamed: { row, because: 'earlier' } })
          return
        }
        if (time < (previous.get(number) ?? time)) expected.outOfOrder++
        previous.set(number, time)
        expected.accepted.push(kept === undefined ? 1 : 0)
        if (kept === undefined) {
          seen.set(`${number} ${time}`, row)
          latest.set(number, time)
        } else {
          expected.dropped.push(row)
          expected.pairs.push([row, kept])
        }
      }
      assert.deepEqual(result, expected)
    })
    fc.assert(law, { numRuns: 500, seed: 3 })
  })

  it('are kept when they are the last ones of a time whose rows lie side by side, or handed over', () => {
    // adjacent repetitions are frequent
    const repeated = fc.tuple(anyTimes, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 60, maxLength: 60 }))
    const law = fc.property(repeated, kinds, pieceRows, ([rows, copies], kinds, pieceRows) => {
      const all = rows.flatMap((row, i) => Array.from({ length: copies[i]! }, () => row))
      const values = all.map(({ time }) => time)
      const series = seriesOf(all, kinds)
      const result = judge(values, { keep: 'last', pieceRows, series })
      const keys = values.map((time, row) => `${series?.[row]} ${time}`)
      const latest = new Map<number, bigint>()
      const expected = { accepted: [] as number[], dropped: [] as number[], pairs: [] as number[][], outOfOrder: 0 }
      for (const [row, time] of values.entries()) {
        const isLast = keys[row + 1] !== keys[row]
        if (isLast) {
          const number = series ? series[row]! : 0
          if (time <= (latest.get(number) ?? time - 1n)) {
            const before = values.findIndex((_, other) => keys[other] === keys[row])
            const isAgain = keys.findIndex((key, other) => key === keys[row] && keys[other + 1] !== key) < row
            const { unstreamed } = result
            assert.deepEqual([unstreamed?.row, unstreamed?.because], [row, isAgain ? 'again' : 'earlier'])
            if (isAgain) assert.equal(keys[unstreamed!.of!], keys[before])
            return
          }
          latest.set(number, time)
        } else {
          let kept = row
          while (keys[kept + 1] === keys[kept]) kept++
          expected.dropped.push(row)
          expected.pairs.push([row, kept])
        }
        expected.accepted.push(isLast ? 1 : 0)
      }
      assert.deepEqual(result, expected)
    })
    fc.assert(law, { numRuns: 500, seed: 7 })
  })

  it('near the limits of 64 bits are not taken for the ones that a step beyond them would lead to', () => {
    const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n]
    const quarters = [least, least + 2n ** 62n, 0n, 2n ** 62n]
    assert.deepEqual(judge([...quarters, least]).pairs, [[4, 0]])
    assert.deepEqual(judge([0n, 2n ** 62n, least]).unstreamed, { row: 2, because: 'earlier' })
    assert.deepEqual(judge([least, most, most, least]).pairs, [
      [2, 1],
      [3, 0],
    ])
    assert.deepEqual(judge([least, most, least + 1n]).unstreamed, { row: 2, because: 'earlier' })
  })

  it('are all known however irregularly the rows of a regular series are repeated', () => {
    const next = random(8)
    const values = Array.from({ length: 1_200_000 }, (_, row) =>
      BigInt(row % 2 === 0 ? row / 2 : Math.floor((next() * row) / 2)),
    )
    const { pairs } = judge(values, { pieceRows: 10_000 })
    assert.equal(pairs?.length, 600_000)
    assert.ok(pairs.every(([dropped, kept]) => kept === 2 * Number(values[dropped])))
  })

  it('say when too many irregular times were before to know whether one is repeated', () => {
    const next = random(9)
    let time = 0n
    const values = Array.from({ length: 1_200_000 }, () => (time += BigInt(1 + Math.floor(next() * 1e6))))
    assert.deepEqual(judge([...values, values[0]!], { pieceRows: 100_000 }).unstreamed, {
      row: 1_200_000,
      because: 'unknown',
    })
  })
})

describe('pairs of duplicates', () => {
  it('come back as they were added, whole and as runs, whatever is read of them meanwhile', () => {
    const run = fc.record({
      skip: fc.constantFrom(0, 0, 0, 1, 5, 300, 100_000),
      kept: fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: -200_000, max: 2 ** 31 - 2 })),
      count: fc.constantFrom(1, 1, 2, 130, 9000),
      atOnce: fc.boolean(),
    })
    const law = fc.property(fc.array(run, { maxLength: 15 }), (runs) => {
      const pairs = new DuplicatePairs()
      const expected: (readonly [number, number])[] = []
      let dropped = 0
      for (const { skip, kept, count, atOnce } of runs) {
        dropped += skip
        const at = Math.max(0, kept < 0 ? dropped + kept : kept)
        if (atOnce) pairs.addAll(dropped, count, at)
        for (let i = 0; i < count; i++, dropped++) {
          if (!atOnce) pairs.add(dropped, at + i)
          expected.push([dropped, atOnce ? at : at + i])
        }
        assert.equal(pairs.runs().dropped, expected[0]![0])
      }
      assert.equal(pairs.size, expected.length)
      assert.deepEqual([...pairs], expected)
    })
    fc.assert(law, { numRuns: 100, seed: 4 })
  })

  it('take bytes for runs, not for rows, and a few for rows that are dropped here and there', () => {
    let bytes = 0
    const store: PairStore = {
      put(block) {
        bytes += block.length
        return { bytes: () => block }
      },
    }
    const runs = new DuplicatePairs(store)
    for (let row = 0; row < 3_000_000; row++) runs.add(10_000_000 + row, row)
    for (let row = 3_000_000; row < 6_000_000; row++) runs.add(10_000_000 + row, 77)
    assert.equal(bytes, 0)
    assert.deepEqual(runs.keptRows(20_000_000).size, 3_000_000)
    const next = random(2)
    const anywhere = new DuplicatePairs(store)
    const expected: [number, number][] = []
    for (let row = 0; row < 300_000; row++) expected.push([10 * row + 5, Math.floor(next() * 10 * row)])
    for (const [dropped, kept] of expected) anywhere.add(dropped, kept)
    assert.ok(bytes > 0 && bytes < 7 * 300_000, `${bytes} bytes`)
    assert.deepEqual([...anywhere], expected)
    assert.equal(anywhere.keptRows(3_000_000).size, new Set(expected.map(([, kept]) => kept)).size)
  })
})

describe('dropped rows', () => {
  it('are counted, and leave the ranges between them', () => {
    const dropped = new DroppedRows(40)
    assert.equal(dropped.countIn(0, 40), 0)
    assert.deepEqual(dropped.keptRanges(3, 7), [[0, 4]])
    for (const row of [0, 9, 10, 17, 39]) dropped.add(row)
    for (let from = 0; from <= 40; from++) {
      for (let to = from; to <= 40; to++) {
        const rows = Array.from({ length: to - from }, (_, i) => from + i)
        const kept = dropped
          .keptRanges(from, to)
          .flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => from + start + i))
        assert.deepEqual(
          kept,
          rows.filter((row) => !dropped.has(row)),
        )
        assert.equal(dropped.countIn(from, to), rows.length - kept.length)
      }
    }
  })
})
