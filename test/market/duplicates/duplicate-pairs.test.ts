import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DuplicatePairs, type PairStore } from '../../../functions/market/duplicates/duplicate-pairs.ts'
import { random } from '../../parquet-files.ts'
import { quickOrThorough } from '../../thorough.ts'

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
    fc.assert(law, { numRuns: quickOrThorough(40, 100), seed: 4 })
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
