import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keyType, keyValue, keyValues, seriesKey } from '../../../functions/market/carry/series-key.ts'
import type { ColumnDescription } from '../../../functions/market/column-values.ts'

const column = (physical: ColumnDescription['physical'], logical: ColumnDescription['logical'], width = 0) => ({
  name: 'symbol',
  physical,
  width,
  logical,
})
const NONE = { kind: 'none' } as const
const text = column('BYTE_ARRAY', { kind: 'string' })

function bytesOf(write: (bytes: Buffer) => void, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  write(bytes)
  return bytes
}

describe('the key of a series', () => {
  it('is the same for the same number in any width', () => {
    const small = column('INT32', { kind: 'integer', signed: true })
    const large = column('INT64', NONE)
    assert.equal(keyType(small), keyType(large))
    assert.equal(
      keyValue(
        small,
        bytesOf((bytes) => bytes.writeInt32LE(-7), 4),
      ),
      'i-7',
    )
    assert.equal(
      keyValue(
        large,
        bytesOf((bytes) => bytes.writeBigInt64LE(-7n), 8),
      ),
      'i-7',
    )
    const unsigned = column('INT64', { kind: 'integer', signed: false })
    assert.equal(keyValue(unsigned, Buffer.alloc(8, 0xff)), 'i18446744073709551615')
    assert.equal(keyValue(column('INT32', { kind: 'integer', signed: false }), Buffer.alloc(4, 0xff)), 'i4294967295')
    const [float, double] = [column('FLOAT', NONE), column('DOUBLE', NONE)]
    assert.equal(keyType(float), keyType(double))
    assert.equal(
      keyValue(
        float,
        bytesOf((bytes) => bytes.writeFloatLE(1.5), 4),
      ),
      keyValue(
        double,
        bytesOf((bytes) => bytes.writeDoubleLE(1.5), 8),
      ),
    )
  })

  it('is the same for text of fixed and of any length', () => {
    const fixed = column('FIXED_LEN_BYTE_ARRAY', NONE, 4)
    assert.equal(keyType(fixed), keyType(text))
    assert.equal(keyValue(fixed, Buffer.from('AAPL')), keyValue(text, Buffer.from('AAPL')))
  })

  it('tells types apart whose bytes are alike', () => {
    const types = [
      text,
      column('INT64', NONE),
      column('DOUBLE', NONE),
      column('BOOLEAN', NONE),
      column('INT32', { kind: 'date' }),
      column('INT64', { kind: 'timestamp', unit: 'ms', utc: true }),
      column('INT64', { kind: 'decimal', scale: 2 }),
      column('INT64', { kind: 'decimal', scale: 3 }),
    ].map(keyType)
    assert.equal(new Set(types).size, types.length)
  })

  it('holds long text as a digest of 32 bytes', () => {
    const [one, other] = ['A', 'B'].map((end) => keyValue(text, Buffer.from('x'.repeat(64) + end)))
    assert.equal(one!.length, 33)
    assert.notEqual(one, other)
    assert.equal(keyValue(text, Buffer.from('x'.repeat(64))).length, 65)
  })

  it('has its values in it, whatever they contain', () => {
    for (const values of [[], ['n'], ['t', 'n'], ['t\u0001t', 't'], ['i5', 'b1', `t${'x'.repeat(64)}`]]) {
      assert.deepEqual(keyValues(seriesKey(values)), values)
    }
    assert.notEqual(seriesKey(['tA', 'tBC']), seriesKey(['tAB', 'tC']))
  })
})
