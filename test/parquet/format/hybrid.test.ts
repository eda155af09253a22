import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { HybridReader } from '../../../functions/parquet/format/hybrid.ts'
import { HybridWriter } from '../../../functions/parquet/format/hybrid-writer.ts'
import { RunList } from '../../../functions/parquet/write/run-list.ts'

/** Adds the runs in two steps. */
function encodeHybrid(values: Int32Array, width: number): Uint8Array {
  const runs = new RunList()
  runs.addAll(values, 0, values.length)
  const writer = new HybridWriter(width, values.length)
  const middle = runs.count >> 1
  writer.add(runs, 0, middle)
  writer.add(runs, middle, runs.count)
  return writer.bytes()
}

/** Runs of values of up to `width` bits. */
const runs = fc.integer({ min: 1, max: 32 }).chain((width) =>
  fc.record({
    width: fc.constant(width),
    runs: fc.array(fc.tuple(fc.integer({ min: 0, max: 2 ** width - 1 }), fc.integer({ min: 1, max: 40 })), {
      minLength: 1,
      maxLength: 40,
    }),
  }),
)

describe('integers of a fixed number of bits', () => {
  it('are read as they were written, whatever their runs', () => {
    fc.assert(
      fc.property(runs, ({ width, runs }) => {
        const values = Int32Array.from(runs.flatMap(([value, count]) => new Array<number>(count).fill(value | 0)))
        const bytes = encodeHybrid(values, width)
        const out = new Int32Array(values.length)
        // the last group may be filled up
        const used = new HybridReader(width).read(bytes, out, values.length)
        assert.ok(used >= bytes.length - width && used <= bytes.length, `${used} of ${bytes.length} bytes`)
        assert.deepEqual(out, values)
      }),
    )
  })

  it('are read after others that are passed over', () => {
    fc.assert(
      fc.property(runs, fc.integer({ min: 0, max: 1600 }), ({ width, runs }, wanted) => {
        const values = Int32Array.from(runs.flatMap(([value, count]) => new Array<number>(count).fill(value | 0)))
        const bytes = encodeHybrid(values, width)
        const skipped = Math.min(wanted, values.length)
        const reader = new HybridReader(width)
        const used = reader.skip(bytes, skipped)
        const out = new Int32Array(values.length - skipped)
        assert.ok(reader.read(bytes.subarray(used), out, out.length) >= 0)
        assert.deepEqual(out, values.subarray(skipped))
      }),
    )
    assert.equal(new HybridReader(3).skip(Uint8Array.of(0b11, 0, 0), 8), -1)
  })

  it('take no more than their bits and a few headers, equal ones next to nothing', () => {
    const different = Int32Array.from({ length: 8000 }, (_, i) => (i * 7) % 1000)
    assert.ok(encodeHybrid(different, 10).length <= 10_000 + 3)
    assert.equal(encodeHybrid(new Int32Array(8000).fill(3), 10).length, 2 + 2)
  })

  it('are written as the format says', () => {
    // the example of the specification: 0 to 7 in three bits
    const packed = encodeHybrid(Int32Array.from([0, 1, 2, 3, 4, 5, 6, 7]), 3)
    assert.deepEqual([...packed], [0b11, 0b10001000, 0b11000110, 0b11111010])
    // a run of nine, then one value in a group of eight
    assert.deepEqual([...encodeHybrid(Int32Array.from([2, 2, 2, 2, 2, 2, 2, 2, 2, 1]), 2)], [18, 2, 0b11, 1, 0])
  })
})
