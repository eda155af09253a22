import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { HybridReader } from '../../../functions/parquet/format/hybrid.ts'
import { GrowingDictionary } from '../../../functions/parquet/write/growing-dictionary.ts'
import { RunList } from '../../../functions/parquet/write/run-list.ts'

const pieces = fc.array(
  fc.array(fc.tuple(fc.integer({ min: -2, max: 900 }), fc.integer({ min: 1, max: 40 })), { maxLength: 30 }),
  { minLength: 1, maxLength: 5 },
)

/** Pieces of values, and a list of their runs. */
function listOf(pieces: readonly (readonly (readonly [value: number, times: number])[])[]) {
  const values = pieces.map((runs) => runs.flatMap(([value, times]) => new Array<number>(times).fill(value)))
  const list = new RunList()
  // within an array with values around them
  for (const piece of values) list.addAll(Int32Array.of(7, ...piece, 7), 1, 1 + piece.length)
  return { list, values: values.flat() }
}

describe('a list of runs', () => {
  it('has all values, as few runs as there can be, and their bounds', () => {
    fc.assert(
      fc.property(pieces, (pieces) => {
        const { list, values } = listOf(pieces)
        assert.equal(list.length, values.length)
        assert.deepEqual([...list.plain()], values)
        assert.equal(list.count, values.filter((value, i) => value !== values[i - 1]).length)
        if (values.length === 0) assert.ok(list.bounds().min > list.bounds().max)
        else assert.deepEqual(list.bounds(), { min: Math.min(...values), max: Math.max(...values) })
        list.clear()
        assert.deepEqual([list.count, list.length], [0, 0])
      }),
    )
  })

  it('takes values one by one, and as many as there are', () => {
    const list = new RunList()
    for (const value of [5, 5]) list.add(value, 2)
    assert.deepEqual([list.count, list.length], [1, 4])
    for (let value = 0; value < 200; value++) list.add(value, 1)
    assert.deepEqual([...list.plain()], [5, 5, 5, 5, ...Array(200).keys()])
  })

  it('becomes indices into a dictionary', () => {
    fc.assert(
      fc.property(pieces, (pieces) => {
        const { list, values } = listOf(pieces)
        const dictionary = new GrowingDictionary()
        const [bits, ...encoded] = list.indices(dictionary)!
        const indices = new Int32Array(values.length)
        new HybridReader(bits!).read(Uint8Array.from(encoded), indices, values.length)
        assert.deepEqual(
          Array.from(indices, (index) => dictionary.values[index]),
          values,
        )
      }),
    )
  })
})
