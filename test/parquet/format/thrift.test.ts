import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ThriftStruct, thrift } from '../../../functions/parquet/format/thrift.ts'

describe('thrift structs', () => {
  it('give back the values they were made of', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        fc.integer({ min: -(2 ** 51), max: 2 ** 51 }),
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 40 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 3000 }),
        (small, large, text, list, boolean, id) => {
          const { raw } = thrift.struct({
            [id]: thrift.i32(small),
            [id + 1]: thrift.i64(large),
            [id + 20]: thrift.binary(text),
            [id + 21]: thrift.list(list.map(thrift.i32)),
            [id + 22]: thrift.boolean(boolean),
            [id + 23]: thrift.struct({ 1: thrift.i8(-3) }),
          })
          const struct = new ThriftStruct(raw)
          assert.equal(struct.end, raw.length)
          assert.equal(struct.integer(id), small)
          assert.equal(struct.integer(id + 1), large)
          assert.equal(struct.text(id + 20), text)
          if (list.length > 0) assert.deepEqual(struct.integers(id + 21), list)
          assert.equal(struct.boolean(id + 22), boolean)
          assert.equal(struct.struct(id + 23)?.integer(1), -3)
        },
      ),
    )
  })

  it('keep unknown fields byte for byte when a field is changed', () => {
    const unknown = thrift.struct({ 1: thrift.binary('?'), 900: thrift.list([thrift.i64(1), thrift.i64(2)]) })
    const struct = new ThriftStruct(thrift.struct({ 1: thrift.i32(1), 5: unknown, 300: thrift.i64(-7) }).raw)
    const changed = new ThriftStruct(struct.with({ 1: thrift.i32(2), 7: thrift.boolean(true), 300: undefined }).raw)
    assert.deepEqual(changed.ids(), [1, 5, 7])
    assert.deepEqual(changed.value(5), struct.value(5))
    assert.equal(changed.integer(1), 2)
  })

  it('unchanged are the bytes that were read', () => {
    const { raw } = thrift.struct({ 1: thrift.i32(1), 40: thrift.binary('x'), 3: thrift.boolean(false) })
    assert.deepEqual(new ThriftStruct(raw).with({}).raw, raw)
  })

  it('that end early, nest too deep or hold too much are refused, whatever the bytes', () => {
    const { raw } = thrift.struct({ 1: thrift.binary('abc'), 2: thrift.list([thrift.i32(1)]) })
    for (let length = 0; length < raw.length; length++) {
      assert.throws(() => new ThriftStruct(raw.slice(0, length)), { code: 'corrupt' })
    }
    const deep = new Uint8Array(1000).fill(0x1c)
    assert.throws(() => new ThriftStruct(deep), /nested more than/)
    const hugeList = Uint8Array.of(0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07)
    assert.throws(() => new ThriftStruct(hugeList), { code: 'corrupt' })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          const struct = new ThriftStruct(bytes)
          assert.ok(struct.end <= bytes.length)
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'corrupt')
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('refuse an integer that a double cannot hold', () => {
    const tooLarge = Uint8Array.of(0x16, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0)
    assert.throws(() => new ThriftStruct(tooLarge).integer(1), /9223372036854775807, larger than any file/)
  })
})
