import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { keyReader } from '../../../functions/enrich/conflicts/compared-keys.ts'
import type { ColumnDescription } from '../../../functions/market/column-values.ts'
import type { DecodedColumn } from '../../../functions/shared/decoded-column.ts'
import { byteArrays } from '../../byte-arrays.ts'

type Kind = Omit<ColumnDescription, 'name'>

/** The keys of rows as text; the bytes before and after them are not touched. */
function keysOf(kind: Kind, raw: Omit<DecodedColumn, 'validity'> & Partial<DecodedColumn>): string[] {
  const { words, of } = keyReader({ name: 'p', ...kind })
  const out = new Int32Array((raw.rows + 2) * words).fill(7)
  of({ validity: undefined, ...raw }, 0)(0, raw.rows, out, words)
  const keys = Array.from({ length: raw.rows + 2 }, (_, i) => out.slice(i * words, (i + 1) * words).join())
  assert.deepEqual([keys.shift(), keys.pop()], [Array(words).fill(7).join(), Array(words).fill(7).join()])
  return keys
}

const bytesOf = (values: ArrayBufferView) => new Uint8Array(values.buffer)
const plain = (physical: Kind['physical']): Kind => ({ physical, width: 0, logical: { kind: 'none' } })
const decimal = (physical: Kind['physical'], width = 0): Kind => ({
  physical,
  width,
  logical: { kind: 'decimal', scale: 2 },
})

/** Numbers in big-endian bytes, as decimals are stored; null for a row without a value. */
function decimals(values: readonly (Uint8Array | null)[]): DecodedColumn {
  const validity = new Uint8Array((values.length + 7) >> 3)
  for (const [row, value] of values.entries()) {
    if (value) validity[row >> 3]! |= 1 << (row & 7)
  }
  return { rows: values.length, ...byteArrays(values.map((value) => value ?? Buffer.alloc(0))), validity }
}

function bigEndian(value: bigint, width: number): Uint8Array {
  return Uint8Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * (width - 1 - i))) & 0xffn))
}

describe('keys are equal exactly when the numbers are', () => {
  it('of doubles, floats and half floats, where -0 is 0 and every NaN the same', () => {
    const doubles = new Float64Array([0, -0, 1, Number.NaN, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 9])
    // another NaN, and the low word of it
    new BigInt64Array(doubles.buffer)[4] = 0x7ff0_0000_0000_0001n
    const raw = { rows: 8, values: bytesOf(doubles), validity: Uint8Array.of(0b0111_1111) }
    const [zero, minus, one, nan, other, infinity, least, none] = keysOf(plain('DOUBLE'), raw)
    assert.equal(zero, minus)
    assert.equal(nan, other)
    assert.equal(new Set([zero, one, nan, infinity, least, none]).size, 6)
    const floats = { rows: 3, values: bytesOf(Float32Array.of(0, -0, 1e-45)) }
    assert.equal(new Set(keysOf(plain('FLOAT'), floats)).size, 2)
    const halves: Kind = { physical: 'FIXED_LEN_BYTE_ARRAY', width: 2, logical: { kind: 'float16' } }
    const halfKeys = keysOf(halves, { rows: 4, values: bytesOf(Uint16Array.of(0, 0x8000, 0x7e00, 0x7e01)) })
    assert.deepEqual([halfKeys[0], halfKeys[2]], [halfKeys[1], halfKeys[3]])
    assert.notEqual(halfKeys[0], halfKeys[2])
  })

  it('of integers, beyond what a double holds, where null is no number', () => {
    const longs = BigInt64Array.of(2n ** 53n, 2n ** 53n + 1n, 0n, -1n, 2n ** 53n, 0n)
    const raw = { rows: 6, values: bytesOf(longs), validity: Uint8Array.of(0b01_1111) }
    const keys = keysOf(plain('INT64'), raw)
    assert.equal(keys[0], keys[4])
    assert.equal(new Set(keys).size, 5)
    const ints = { rows: 4, values: bytesOf(Int32Array.of(0, -1, 2 ** 31 - 1, 0)), validity: Uint8Array.of(0b0111) }
    assert.equal(new Set(keysOf(plain('INT32'), ints)).size, 4)
  })

  it('of decimals of any length, however many bytes carry on the sign', () => {
    const number = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
      fc.bigInt({ min: -(2n ** 260n), max: 2n ** 260n }),
      // one byte and its sign decide
      fc.constantFrom(0n, 127n, 128n, 255n, 256n, -1n, -128n, -129n, -256n, 2n ** 247n - 1n, 2n ** 247n, -(2n ** 247n)),
    )
    const law = fc.property(fc.array(number, { maxLength: 12 }), fc.integer({ min: 0, max: 8 }), (numbers, more) => {
      const bytesNeeded = (value: bigint) => (value < 0n ? ~value : value).toString(2).replace(/^0$/, '').length / 8
      const narrow = numbers.map((value) => bigEndian(value, Math.floor(bytesNeeded(value)) + 1))
      const wide = numbers.map((value) => bigEndian(value, 34 + more))
      const keys = keysOf(decimal('BYTE_ARRAY'), decimals(narrow))
      assert.deepEqual(keysOf(decimal('BYTE_ARRAY'), decimals(wide)), keys)
      const fixed = keysOf(decimal('FIXED_LEN_BYTE_ARRAY', 34 + more), {
        rows: wide.length,
        values: Buffer.concat(wide),
      })
      assert.deepEqual(fixed, keys)
      const numberOf = new Map(keys.map((key, i) => [key, numbers[i]]))
      for (const [i, key] of keys.entries()) assert.equal(numberOf.get(key), numbers[i])
      assert.equal(numberOf.size, new Set(numbers).size)
    })
    fc.assert(law, { numRuns: 500, seed: 1 })
  })

  it('of decimals in no bytes at all, which are 0, and of none', () => {
    const [empty, zero, none, one] = keysOf(
      decimal('BYTE_ARRAY'),
      decimals([new Uint8Array(0), Uint8Array.of(0), null, Uint8Array.of(1)]),
    )
    assert.equal(empty, zero)
    assert.equal(new Set([zero, none, one]).size, 3)
  })
})
