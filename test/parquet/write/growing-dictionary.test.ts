import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { GrowingDictionary } from '../../../functions/parquet/write/growing-dictionary.ts'

describe('a dictionary that grows', () => {
  it('has each value once, and its place for each value, over several pages', () => {
    const pages = fc.array(fc.int32Array({ maxLength: 300 }), { maxLength: 5 })
    const similar = fc.array(
      fc
        .array(fc.integer({ min: -4, max: 4 }), { maxLength: 300 })
        .map((values) => Int32Array.from(values, (v) => v << 28)),
    )
    fc.assert(
      fc.property(fc.oneof(pages, similar), (pages) => {
        const dictionary = new GrowingDictionary()
        const found = pages.map((values) => {
          const indices = new Int32Array(values.length)
          assert.equal(dictionary.encode(values, values.length, indices), true)
          return indices
        })
        const entries = dictionary.values.slice()
        assert.equal(new Set(entries).size, dictionary.count)
        for (const [page, values] of pages.entries()) {
          assert.deepEqual(
            found[page]!.map((index) => entries[index]!),
            values,
          )
        }
      }),
    )
  })

  it('finds its values again after it has grown, and zero is missing until it is added', () => {
    const dictionary = new GrowingDictionary()
    const first = Int32Array.from({ length: 100 }, (_, i) => i + 1)
    const second = Int32Array.of(0, 500, ...first, 501, 0)
    for (const values of [first, second]) {
      const indices = new Int32Array(values.length)
      dictionary.encode(values, values.length, indices)
      assert.deepEqual(
        indices.map((index) => dictionary.values[index]!),
        values,
      )
    }
    assert.deepEqual([...dictionary.values], [...first, 0, 500, 501])
  })

  it('accepts a limited number of different values', () => {
    const dictionary = new GrowingDictionary()
    const values = Int32Array.from({ length: 100_000 }, (_, i) => i * 3)
    const indices = new Int32Array(values.length)
    assert.equal(dictionary.encode(values, 60_000, indices), true)
    assert.equal(dictionary.encode(values, values.length, indices), false)
    dictionary.truncate(60_000)
    assert.deepEqual(dictionary.values, values.subarray(0, 60_000))

    const full = new GrowingDictionary()
    assert.equal(full.encode(values, 65_536, indices), true)
    assert.equal(full.encode(values, 1, indices), true, 'the limit itself is accepted')
  })
})
