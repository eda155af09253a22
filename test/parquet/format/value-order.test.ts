import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PHYSICAL_TYPES, type PhysicalType } from '../../../functions/parquet/format/enumerations.ts'
import { FILE_METADATA, SCHEMA_ELEMENT } from '../../../functions/parquet/format/fields.ts'
import { leavesOf, parseFooter } from '../../../functions/parquet/format/footer.ts'
import { type ThriftValue, thrift } from '../../../functions/parquet/format/thrift.ts'
import { valueOrder } from '../../../functions/parquet/format/value-order.ts'
import { byteArrays } from '../../byte-arrays.ts'

type Fields = Readonly<Record<number, ThriftValue>>

/** The order of the only column of a file, with these fields in its schema element and in its ColumnOrder. */
function orderOf(type: PhysicalType, element: Fields = {}, columnOrder?: Fields) {
  const column = {
    [SCHEMA_ELEMENT.type]: thrift.i32(PHYSICAL_TYPES.indexOf(type)),
    [SCHEMA_ELEMENT.repetitionType]: thrift.i32(0),
    [SCHEMA_ELEMENT.name]: thrift.binary('x'),
    ...element,
  }
  const footer = thrift.struct({
    [FILE_METADATA.version]: thrift.i32(2),
    [FILE_METADATA.schema]: thrift.list([
      thrift.struct({ [SCHEMA_ELEMENT.name]: thrift.binary('schema'), [SCHEMA_ELEMENT.numChildren]: thrift.i32(1) }),
      thrift.struct(column),
    ]),
    [FILE_METADATA.numRows]: thrift.i64(0),
    [FILE_METADATA.rowGroups]: thrift.list([]),
    [FILE_METADATA.columnOrders]: columnOrder && thrift.list([thrift.struct(columnOrder)]),
  })
  const parsed = parseFooter(footer.raw, 4)
  return valueOrder(parsed, leavesOf(parsed)[0]!)
}

/** The values sorted by the order: at each place how many of them come before it. */
function ranks(order: ReturnType<typeof orderOf>, values: readonly Uint8Array[]): number[] {
  const { values: all, starts, ends } = byteArrays(values)
  const atMost = order!.of(all, starts, ends)
  return values.map((_, i) => values.filter((_, j) => j !== i && atMost(j, i)).length)
}

const converted = (number: number): Fields => ({ [SCHEMA_ELEMENT.convertedType]: thrift.i32(number) })
const logical = (member: number, fields: Fields = {}): Fields => ({
  [SCHEMA_ELEMENT.logicalType]: thrift.struct({ [member]: thrift.struct(fields) }),
})
const width = (bytes: number): Fields => ({ [SCHEMA_ELEMENT.typeLength]: thrift.i32(bytes) })
const decimal = { [SCHEMA_ELEMENT.scale]: thrift.i32(0), [SCHEMA_ELEMENT.precision]: thrift.i32(4) }
const integer = (bits: number, isSigned: boolean) => logical(10, { 1: thrift.i8(bits), 2: thrift.boolean(isSigned) })
const int32 = (value: number) => new Uint8Array(Int32Array.of(value).buffer)
const int64 = (value: bigint) => new Uint8Array(BigInt64Array.of(value).buffer)

describe('there is no known order of', () => {
  it('INT96', () => assert.equal(orderOf('INT96'), undefined))

  it('a column whose ColumnOrder is another one than that of its type, or none', () => {
    const type = { 1: thrift.struct({}) }
    assert.ok(orderOf('DOUBLE', {}, type))
    assert.equal(orderOf('DOUBLE', {}, { 2: thrift.struct({}) }), undefined)
    assert.equal(orderOf('DOUBLE', {}, {}), undefined)
    assert.equal(orderOf('DOUBLE', {}, { 1: thrift.i32(1) }), undefined)
  })

  it('intervals', () => {
    assert.ok(orderOf('FIXED_LEN_BYTE_ARRAY', width(12)))
    assert.equal(orderOf('FIXED_LEN_BYTE_ARRAY', { ...width(12), ...converted(21) }), undefined)
  })

  it('decimals of any length', () => {
    assert.ok(orderOf('BYTE_ARRAY', converted(0)))
    assert.equal(orderOf('BYTE_ARRAY', { ...converted(5), ...decimal }), undefined)
    const only = logical(5, { 1: thrift.i32(0), 2: thrift.i32(4) })
    assert.equal(orderOf('BYTE_ARRAY', only), undefined)
  })

  it('types that came later, or that do not fit their physical types', () => {
    for (const type of ['INT32', 'INT64', 'BYTE_ARRAY'] as const) {
      for (const member of [14, 16, 17, 99])
        assert.equal(orderOf(type, logical(member)), undefined, `${type} ${member}`)
    }
    for (const member of [1, 16, 99]) {
      assert.equal(orderOf('FIXED_LEN_BYTE_ARRAY', { ...width(16), ...logical(member) }), undefined, `${member}`)
    }
    assert.equal(orderOf('INT32', logical(1)), undefined)
    assert.equal(orderOf('FIXED_LEN_BYTE_ARRAY', { ...width(3), ...logical(15) }), undefined)
  })
})

describe('the order of integers', () => {
  const [values32, values64] = [
    [int32(-1), int32(0), int32(1)],
    [int64(-1n), int64(0n), int64(1n)],
  ]
  const [signed, unsigned] = [
    [0, 1, 2],
    [2, 0, 1],
  ]

  it('has a sign, if nothing else is stated', () => {
    assert.deepEqual(ranks(orderOf('INT32'), values32), signed)
    assert.deepEqual(ranks(orderOf('INT64'), values64), signed)
    for (const number of [6, 7, 15, 16, 17]) {
      assert.deepEqual(ranks(orderOf('INT32', converted(number)), values32), signed, `${number}`)
    }
    for (const number of [8, 9, 10, 18]) {
      assert.deepEqual(ranks(orderOf('INT64', converted(number)), values64), signed, `${number}`)
    }
  })

  it('has none where the converted type alone says so', () => {
    for (const number of [11, 12, 13]) {
      assert.deepEqual(ranks(orderOf('INT32', converted(number)), values32), unsigned, `${number}`)
    }
    assert.deepEqual(ranks(orderOf('INT64', converted(14)), values64), unsigned)
  })

  it('is that of the logical type where the two differ', () => {
    assert.deepEqual(ranks(orderOf('INT32', integer(32, false)), values32), unsigned)
    assert.deepEqual(ranks(orderOf('INT64', integer(64, false)), values64), unsigned)
    assert.deepEqual(ranks(orderOf('INT32', { ...converted(13), ...integer(32, true) }), values32), signed)
    assert.deepEqual(ranks(orderOf('INT32', { ...converted(17), ...integer(32, false) }), values32), unsigned)
  })

  it('is that of both halves of 64 bits', () => {
    const values = [2n ** 32n, 1n, -(2n ** 32n), 2n ** 31n, 2n ** 63n - 1n].map(int64)
    assert.deepEqual(ranks(orderOf('INT64'), values), [3, 1, 0, 2, 4])
  })
})

describe('the order of bytes', () => {
  const values = [Uint8Array.of(0x80, 0), Uint8Array.of(0x7f, 1), Uint8Array.of(0x7f, 0), Uint8Array.of(0, 0xff)]

  it('has a sign in decimals only', () => {
    assert.deepEqual(ranks(orderOf('FIXED_LEN_BYTE_ARRAY', width(2)), values), [3, 2, 1, 0])
    const byConverted = orderOf('FIXED_LEN_BYTE_ARRAY', { ...width(2), ...converted(5), ...decimal })
    assert.deepEqual(ranks(byConverted, values), [0, 3, 2, 1])
    const byLogical = orderOf('FIXED_LEN_BYTE_ARRAY', {
      ...width(2),
      ...logical(5, { 1: thrift.i32(0), 2: thrift.i32(4) }),
    })
    assert.deepEqual(ranks(byLogical, values), [0, 3, 2, 1])
  })

  it('has the shorter one first', () => {
    const texts = ['b', 'a', 'ab', ''].map((text) => new TextEncoder().encode(text))
    assert.deepEqual(ranks(orderOf('BYTE_ARRAY', converted(0)), texts), [3, 1, 2, 0])
  })
})

describe('the order of 16-bit floats', () => {
  it('is that of the numbers, with NaN nowhere', () => {
    const half = (bits: number) => new Uint8Array(Uint16Array.of(bits).buffer)
    // 1, -1, -2, infinity, NaN
    const values = [0x3c00, 0xbc00, 0xc000, 0x7c00, 0x7e00].map(half)
    const order = orderOf('FIXED_LEN_BYTE_ARRAY', { ...width(2), ...logical(15) })
    assert.deepEqual(ranks(order, values), [2, 1, 0, 3, 0])
    assert.ok(order!.isFloat)
  })
})
