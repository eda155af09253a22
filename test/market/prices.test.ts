import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ColumnDescription } from '../../functions/market/column-values.ts'
import { asNumerals, isPriceColumn, isText, priceReader, undefinedPrices } from '../../functions/market/prices.ts'
import { byteArrays } from '../byte-arrays.ts'

type Kind = Omit<ColumnDescription, 'name'>

function read(
  kind: Kind,
  values: ArrayBufferView,
  rows: number,
  more: { starts?: Int32Array; ends?: Int32Array; validity?: Uint8Array } = {},
) {
  const out = new Float64Array(rows + 2).fill(7)
  const raw = { rows, values: new Uint8Array(values.buffer), validity: undefined, ...more }
  priceReader({ name: 'p', ...kind })(raw, out, 1, 0)
  assert.deepEqual([out[0], out[rows + 1]], [7, 7])
  return [...out.subarray(1, rows + 1)]
}

/** Two's complement, most significant byte first. */
function bigEndian(value: bigint, width: number): Uint8Array {
  return Uint8Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * (width - 1 - i))) & 0xffn))
}

const plain = (physical: Kind['physical'], logical: Kind['logical'] = { kind: 'none' }): Kind => ({
  physical,
  width: 0,
  logical,
})

describe('prices of every numeric type are the nearest doubles', () => {
  it('floats', () => assert.deepEqual(read(plain('FLOAT'), Float32Array.of(1.1, -2.5), 2), [Math.fround(1.1), -2.5]))
  it('half floats', () => {
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x7c00, 0x7e00)
    const expected = [1, -2, 65_504, 2 ** -24, -0, Number.POSITIVE_INFINITY, Number.NaN]
    assert.deepEqual(
      read({ physical: 'FIXED_LEN_BYTE_ARRAY', width: 2, logical: { kind: 'float16' } }, halves, 7),
      expected,
    )
  })
  it('integers, signed and not', () => {
    const unsigned = { kind: 'integer', signed: false } as const
    assert.deepEqual(read(plain('INT32'), Int32Array.of(-5), 1), [-5])
    assert.deepEqual(read(plain('INT32', unsigned), Int32Array.of(-1), 1), [2 ** 32 - 1])
    assert.deepEqual(read(plain('INT64'), BigInt64Array.of(2n ** 53n + 1n), 1), [2 ** 53])
    assert.deepEqual(read(plain('INT64', unsigned), BigInt64Array.of(-1n, 3n), 2), [2 ** 64, 3])
    assert.deepEqual(read(plain('INT64'), BigInt64Array.of(-1n, 3n), 2), [-1, 3])
  })
  it('integers of 64 bits, as their bigints are rounded', () => {
    const near = fc.tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: -3, max: 3 }), fc.constantFrom(1n, -1n))
    const border = near.map(([bits, offset, sign]) => BigInt.asIntN(64, sign * (2n ** BigInt(bits) + BigInt(offset))))
    const any = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    fc.assert(
      fc.property(fc.array(fc.oneof(border, any), { minLength: 1 }), (values) => {
        const longs = BigInt64Array.from(values)
        assert.deepEqual(read(plain('INT64'), longs, longs.length), Array.from(longs, Number))
        const unsigned = plain('INT64', { kind: 'integer', signed: false })
        assert.deepEqual(
          read(unsigned, longs, longs.length),
          Array.from(longs, (value) => Number(BigInt.asUintN(64, value))),
        )
      }),
      { numRuns: 500 },
    )
  })
  it('text, if it is to be cast', () => {
    const column = (kind: Kind) => ({ name: 'p', ...kind })
    for (const logical of [{ kind: 'string' }, { kind: 'none' }] as const) {
      assert.deepEqual(asNumerals(column(plain('BYTE_ARRAY', logical))).logical, { kind: 'numeral' })
      assert.equal(isText(column(plain('INT64', logical))), false)
    }
    const others = [plain('BYTE_ARRAY', { kind: 'decimal', scale: 2 }), plain('INT64')].map(column)
    for (const other of others) assert.equal(asNumerals(other), other)
    const numerals = (texts: readonly string[]) => {
      const { values, ...borders } = byteArrays(texts.map((text) => Buffer.from(text)))
      return read(plain('BYTE_ARRAY', { kind: 'numeral' }), values, texts.length, borders)
    }
    const doubles = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(fc.array(doubles, { minLength: 1 }), (values) => {
        assert.deepEqual(
          numerals(values.map(String)),
          values.map((value) => Number(String(value))),
        )
      }),
    )
    const written = ['1.', '.5', '+1.50', '-0', ' 7\t', '1E-5', '0.1000000000000000055511151231257827']
    assert.deepEqual(numerals(written), [1, 0.5, 1.5, -0, 7, 1e-5, 0.1])
    assert.deepEqual(numerals(['', '  ']), [Number.NaN, Number.NaN])
  })
  it('a row without a value is NaN', () => {
    const threeOf = (validity: number) =>
      read(plain('DOUBLE'), Float64Array.of(1, 2, 3), 3, { validity: Uint8Array.of(validity) })
    assert.deepEqual(threeOf(0b101), [1, Number.NaN, 3])
    assert.deepEqual(threeOf(0b010), [Number.NaN, 2, Number.NaN])
  })
  it('decimals of any width and scale', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n }),
        fc.integer({ min: 0, max: 38 }),
        (value, scale) => {
          const expected = [Number(`${value}e-${scale}`)]
          const logical = { kind: 'decimal', scale } as const
          const bytes = bigEndian(value, 16)
          assert.deepEqual(read({ physical: 'FIXED_LEN_BYTE_ARRAY', width: 16, logical }, bytes, 1), expected)
          assert.deepEqual(
            read(plain('BYTE_ARRAY', logical), bytes, 1, { starts: Int32Array.of(0), ends: Int32Array.of(16) }),
            expected,
          )
        },
      ),
    )
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.integer({ min: 0, max: 18 }),
        (value, scale) => {
          const logical = { kind: 'decimal', scale } as const
          assert.deepEqual(read(plain('INT64', logical), BigInt64Array.of(value), 1), [Number(`${value}e-${scale}`)])
        },
      ),
    )
  })
  it('decimals in 16 bytes next to the middle of two doubles', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 2 ** -20, max: 2 ** 60, noNaN: true }),
        fc.integer({ min: 9, max: 22 }),
        fc.bigInt({ min: -2n, max: 2n }),
        (double, scale, offset) => {
          const bits = new BigInt64Array(Float64Array.of(double).buffer)
          const next = new Float64Array(BigInt64Array.of(bits[0]! + 1n).buffer)[0]!
          // doubles of this size are whole numbers of 2^-100
          const middle = BigInt(double * 2 ** 100) + BigInt(next * 2 ** 100)
          const value = (middle * 10n ** BigInt(scale)) / 2n ** 101n + offset
          if (value < 0n || BigInt.asIntN(128, value) !== value) return
          const kind = { physical: 'FIXED_LEN_BYTE_ARRAY', width: 16, logical: { kind: 'decimal', scale } } as const
          assert.deepEqual(read(kind, bigEndian(value, 16), 1), [Number(`${value}e-${scale}`)])
        },
      ),
      { numRuns: 3000 },
    )
  })
  it('decimals in 16 bytes with few decimals, and those that are a power of two from one', () => {
    const offsets = [0n, 1n, 2n ** 30n, 2n ** 31n, 2n ** 32n, 2n ** 33n, 2n ** 34n, 2n ** 64n]
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 80n }),
        fc.integer({ min: 0, max: 80 }),
        fc.integer({ min: 9, max: 31 }),
        fc.constantFrom(...offsets, ...offsets.map((offset) => -offset)),
        (most, shift, scale, offset) => {
          const value = (most >> BigInt(shift)) * 10n ** BigInt(scale - 8) + offset
          if (BigInt.asIntN(128, value) !== value) return
          const kind = { physical: 'FIXED_LEN_BYTE_ARRAY', width: 16, logical: { kind: 'decimal', scale } } as const
          assert.deepEqual(read(kind, bigEndian(value, 16), 1), [Number(`${value}e-${scale}`)])
        },
      ),
      { numRuns: 3000 },
    )
  })
  it('decimals in bytes at the borders of what a double and a word hold, and long ones with few decimals', () => {
    for (const bits of [31n, 32n, 52n, 53n, 54n, 63n, 64n, 100n]) {
      for (const near of [-1n, 0n, 1n]) {
        for (const value of [2n ** bits + near, -(2n ** bits) - near]) {
          for (const width of [8, 9, 13, 15, 16]) {
            if (BigInt.asIntN(8 * width, value) !== value) continue
            for (const scale of [0, 2, 18, 30, 80]) {
              const kind = { physical: 'FIXED_LEN_BYTE_ARRAY', width, logical: { kind: 'decimal', scale } } as const
              const expected = [Number(`${value}e-${scale}`)]
              assert.deepEqual(read(kind, bigEndian(value, width), 1), expected, `${value} ${scale}`)
              if (width > 8) continue
              const long = plain('INT64', kind.logical)
              assert.deepEqual(read(long, BigInt64Array.of(value), 1), expected, `${value} ${scale}`)
              if (BigInt.asIntN(32, value) !== value) continue
              const int = plain('INT32', kind.logical)
              assert.deepEqual(read(int, Int32Array.of(Number(value)), 1), expected, `${value} ${scale}`)
            }
          }
        }
      }
    }
    const kind = { physical: 'FIXED_LEN_BYTE_ARRAY', width: 16, logical: { kind: 'decimal', scale: 18 } } as const
    for (const price of [
      '100.25',
      '-0.00000001',
      '12345.123456789',
      '90071992.54740993',
      '184467440737.09551616',
      '170141183460469231731',
    ]) {
      const [whole, decimals = ''] = price.split('.')
      const value = BigInt(whole + decimals.padEnd(18, '0'))
      assert.deepEqual(read(kind, bigEndian(value, 16), 1), [Number(price)], price)
    }
    // over 10^2 it is 2^64, of which the two lower words are 0
    const ofTen = { ...kind, logical: { kind: 'decimal', scale: 10 } } as const
    assert.deepEqual(read(ofTen, bigEndian(100n * 2n ** 64n, 16), 1), [Number(`${2n ** 64n}e-8`)])
  })
  it('decimals in bytes, one after the other', () => {
    const fixed = { physical: 'FIXED_LEN_BYTE_ARRAY', width: 2, logical: { kind: 'decimal', scale: 1 } } as const
    assert.deepEqual(read(fixed, Uint8Array.of(0, 15, 0xff, 0xf1), 2), [1.5, -1.5])
    const variable = plain('BYTE_ARRAY', { kind: 'decimal', scale: 1 })
    assert.deepEqual(
      read(variable, Uint8Array.of(15, 1, 0), 3, { starts: Int32Array.of(0, 1, 1), ends: Int32Array.of(1, 1, 3) }),
      [1.5, 0, 25.6],
    )
  })
  it('decimals of a scale above 22, which no double has as a power of ten', () => {
    const decimal = (scale: number) => plain('INT64', { kind: 'decimal', scale })
    assert.deepEqual(read(decimal(22), BigInt64Array.of(7n), 1), [7e-22])
    assert.deepEqual(read(decimal(23), BigInt64Array.of(7n), 1), [7e-23])
    // a file may state any scale
    assert.deepEqual(read(decimal(2_000_000_000), BigInt64Array.of(7n), 1), [0])
  })
  it('text, times and booleans are no prices', () => {
    assert.equal(isPriceColumn({ name: 'p', ...plain('BYTE_ARRAY', { kind: 'string' }) }), false)
    assert.equal(isPriceColumn({ name: 'p', ...plain('INT64', { kind: 'timestamp', unit: 'ms', utc: true }) }), false)
    assert.equal(isPriceColumn({ name: 'p', ...plain('BOOLEAN') }), false)
  })
})

describe('values of a column that are no prices', () => {
  const limits = (kind: Kind) => [...undefinedPrices({ name: 'p', ...kind })]

  it('are the largest and the smallest integer of its type', () => {
    assert.deepEqual(limits(plain('INT32')), [2 ** 31 - 1, -(2 ** 31)])
    assert.deepEqual(limits(plain('INT64')), [2 ** 63, -(2 ** 63)])
    assert.deepEqual(limits(plain('INT64', { kind: 'integer', signed: true })), [2 ** 63, -(2 ** 63)])
  })

  it('are the largest one where there is no sign: 0 is a price', () => {
    const unsigned = { kind: 'integer', signed: false } as const
    assert.deepEqual(limits(plain('INT32', unsigned)), [2 ** 32 - 1])
    assert.deepEqual(limits(plain('INT64', unsigned)), [2 ** 64])
  })

  it('are those of the type that the column states, which may be stored in more bits', () => {
    const of = (bits: number, signed: boolean) => limits(plain('INT32', { kind: 'integer', signed, bits }))
    assert.deepEqual(of(8, true), [127, -128])
    assert.deepEqual(of(8, false), [255])
    assert.deepEqual(of(16, true), [32_767, -32_768])
    assert.deepEqual(of(16, false), [65_535])
    assert.deepEqual(of(32, true), [2 ** 31 - 1, -(2 ** 31)])
    assert.deepEqual(of(32, false), [2 ** 32 - 1])
    assert.deepEqual(limits(plain('INT64', { kind: 'integer', signed: false, bits: 64 })), [2 ** 64])
  })

  it('are scaled as the decimals are that integers hold', () => {
    const decimal = { kind: 'decimal', scale: 9 } as const
    assert.deepEqual(limits(plain('INT64', decimal)), [9223372036.854776, -9223372036.854776])
    assert.deepEqual(limits(plain('INT32', { kind: 'decimal', scale: 2 })), [21474836.47, -21474836.48])
  })

  it('are none of floats and of decimals in bytes', () => {
    assert.deepEqual(limits(plain('DOUBLE')), [])
    assert.deepEqual(limits(plain('FLOAT')), [])
    assert.deepEqual(limits(plain('BYTE_ARRAY', { kind: 'decimal', scale: 9 })), [])
  })
})
