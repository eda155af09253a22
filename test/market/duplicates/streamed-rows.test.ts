import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { StreamedRows } from '../../../functions/market/duplicates/streamed-rows.ts'
import { newTimes, wordsToBigInt } from '../../../functions/market/times/time.ts'
import { random } from '../../parquet-files.ts'
import { quickOrThorough } from '../../thorough.ts'

function timesOf(values: readonly bigint[]) {
  const times = newTimes(values.length)
  times.values.set(values)
  return times
}

interface Judged {
  readonly keep?: 'first' | 'last'
  readonly pieceRows?: number
  readonly series?: readonly number[] | undefined
  /** By series, the last time in earlier files. */
  readonly carried?: readonly bigint[]
}

function judge(values: readonly bigint[], { keep = 'first', pieceRows = values.length, series, carried }: Judged = {}) {
  const isCarried = (number: number, low: number, high: number) => wordsToBigInt(low, high) <= carried![number]!
  const rows = new StreamedRows(values.length, keep, undefined, carried && { isCarried })
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
  const dropped = values.flatMap((_, row) => (rows.removed.has(row) ? [row] : []))
  const paired = new Set([...rows.pairs].map(([row]) => row))
  for (const row of dropped) assert.equal(rows.carried.has(row), !paired.has(row) && keep === 'first')
  return { accepted, dropped, pairs: [...rows.pairs], outOfOrder: rows.outOfOrder }
}

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
    const anyCarried = fc.option(fc.array(fc.integer({ min: -9, max: 50 }).map(BigInt), { minLength: 4, maxLength: 4 }))
    const law = fc.property(anyTimes, kinds, pieceRows, anyCarried, (rows, kinds, pieceRows, carried) => {
      const values = rows.map(({ time }) => time)
      const series = seriesOf(rows, kinds)
      const result = judge(values, { pieceRows, series, ...(carried ? { carried } : {}) })
      const seen = new Map<string, number>()
      const latest = new Map<number, bigint>()
      const previous = new Map<number, bigint>()
      const expected = { accepted: [] as number[], dropped: [] as number[], pairs: [] as number[][], outOfOrder: 0 }
      for (const [row, time] of values.entries()) {
        const number = series ? series[row]! : 0
        if (carried && time <= carried[number]!) {
          if (time < (previous.get(number) ?? time)) expected.outOfOrder++
          previous.set(number, time)
          expected.accepted.push(0)
          expected.dropped.push(row)
          continue
        }
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

  it('are kept when they are the last ones of a time whose rows are adjacent, or handed over', () => {
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
    const rows = quickOrThorough(300_000, 1_200_000)
    const values = Array.from({ length: rows }, (_, row) =>
      BigInt(row % 2 === 0 ? row / 2 : Math.floor((next() * row) / 2)),
    )
    const { pairs } = judge(values, { pieceRows: 10_000 })
    assert.equal(pairs?.length, rows / 2)
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
