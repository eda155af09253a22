import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ColumnDescription } from '../../../functions/market/column-values.ts'
import { refusals } from '../../../functions/market/times/refusals.ts'
import { newTimes } from '../../../functions/market/times/time.ts'
import { wholeNumberReader } from '../../../functions/market/times/whole-numbers.ts'

const signed = { kind: 'none' } as const
const unsigned = { kind: 'integer', signed: false } as const

/** Reads a piece into the middle of five times, which are -1 before. */
function read(
  physical: ColumnDescription['physical'],
  logical: ColumnDescription['logical'],
  numbers: Int32Array | BigInt64Array | Float64Array | Float32Array,
): bigint[] {
  const out = newTimes(5)
  out.values.fill(-1n)
  const values = new Uint8Array(numbers.buffer)
  const column = { rows: numbers.length, values, validity: undefined }
  wholeNumberReader({ name: 't', physical, width: 0, logical })!(column, out, 1, refusals('it', 0))
  return [...out.values]
}

describe('a piece of whole numbers', () => {
  it('fills its rows and no others', () => {
    assert.deepEqual(read('INT32', signed, Int32Array.of(5, -6)), [-1n, 5n, -6n, -1n, -1n])
    assert.deepEqual(read('INT32', unsigned, Int32Array.of(5, -6)), [-1n, 5n, 2n ** 32n - 6n, -1n, -1n])
    assert.deepEqual(read('INT64', signed, BigInt64Array.of(5n, -6n)), [-1n, 5n, -6n, -1n, -1n])
    assert.deepEqual(read('INT64', unsigned, BigInt64Array.of(5n, 2n ** 63n - 1n)), [-1n, 5n, 2n ** 63n - 1n, -1n, -1n])
    assert.deepEqual(read('DOUBLE', signed, Float64Array.of(5, -(2 ** 62))), [-1n, 5n, -(2n ** 62n), -1n, -1n])
    assert.deepEqual(read('FLOAT', signed, Float32Array.of(5, 86_400 * 2 ** 10)), [-1n, 5n, 88_473_600n, -1n, -1n])
  })

  it('may be a duration, but no other type', () => {
    const reader = (logical: ColumnDescription['logical']) =>
      wholeNumberReader({ name: 't', physical: 'INT64', width: 0, logical })
    assert.ok(reader({ kind: 'duration', unit: 'ms' }))
    assert.equal(reader({ kind: 'time', unit: 'ms' }), undefined)
  })

  it('is refused where a number is beyond 63 bits', () => {
    assert.throws(() => read('INT64', unsigned, BigInt64Array.of(1n, -1n)), /18446744073709551615.* in row 1/)
    for (const value of [2 ** 63, -(2 ** 63)]) {
      assert.throws(() => read('DOUBLE', signed, Float64Array.of(value)), /which is not a whole number/)
    }
  })

  it('of 32-bit floats is exact up to 2^24', () => {
    for (const value of [2 ** 24, -(2 ** 24)]) {
      assert.equal(read('FLOAT', signed, Float32Array.of(value))[1], BigInt(value))
    }
    assert.throws(() => read('FLOAT', signed, Float32Array.of(2 ** 24 + 2)), /cannot hold exactly/)
  })
})
