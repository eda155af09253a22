import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { HybridReader } from '../../../functions/parquet/format/hybrid.ts'
import { GrowingDictionary } from '../../../functions/parquet/write/growing-dictionary.ts'
import { TwoValues } from '../../../functions/parquet/write/two-values.ts'

/** Orientations, long runs of them among others. */
const sides = fc
  .array(fc.tuple(fc.constantFrom(-1, 1), fc.integer({ min: 1, max: 90 })), { minLength: 1, maxLength: 20 })
  .map((runs) => runs.flatMap(([side, count]) => new Array<number>(count).fill(side)))

function twoValuesOf(values: readonly number[]): TwoValues {
  const bits = new Uint8Array((values.length + 7) >> 3)
  for (const [i, value] of values.entries()) if (value === 1) bits[i >> 3]! |= 1 << (i & 7)
  return new TwoValues(bits, values.length, values.filter((value) => value === 1).length, [-1, 1])
}

describe('a page of two values', () => {
  it('has indices into a dictionary of the values that occur, on every page of a chunk', () => {
    fc.assert(
      fc.property(fc.array(sides, { minLength: 1, maxLength: 3 }), (pages) => {
        const dictionary = new GrowingDictionary()
        const encoded = pages.map((values) => twoValuesOf(values).indices(dictionary)!)
        assert.deepEqual([...dictionary.values].sort(), [...new Set(pages.flat())].sort())
        for (const [page, values] of pages.entries()) {
          const indices = new Int32Array(values.length)
          new HybridReader(encoded[page]![0]!).read(encoded[page]!.subarray(1), indices, values.length)
          assert.deepEqual(
            Array.from(indices, (index) => dictionary.values[index]),
            values,
          )
        }
      }),
    )
  })

  it('has no bit after its last value, whichever value has the index 1', () => {
    const mixed = Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? 1 : -1))
    for (const first of [-1, 1]) {
      const dictionary = new GrowingDictionary()
      dictionary.encode(Int32Array.of(first), 1, new Int32Array(1))
      const last = twoValuesOf(mixed).indices(dictionary)!.at(-1)!
      assert.equal(last >> 4, 0, `${first} has the index 0`)
    }
  })

  it('is the values themselves without a dictionary', () => {
    fc.assert(fc.property(sides, (values) => assert.deepEqual([...twoValuesOf(values).plain()], values)))
  })
})
