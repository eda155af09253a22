/**
 * The order of a column's values, for bounds in statistics and page indexes.
 * Source: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (ColumnOrder)
 */

import { CONVERTED_TYPE } from './enumerations.ts'
import { COLUMN_ORDER, FILE_METADATA, INT_TYPE, LOGICAL_TYPE, SCHEMA_ELEMENT } from './fields.ts'
import type { Footer } from './footer.ts'
import type { Leaf } from './schema.ts'

/** Whether value `i` is before value `j` or equal to it. False for NaN, even compared with itself. */
export type AtMost = (i: number, j: number) => boolean

export interface ValueOrder {
  /** @param starts where each byte array begins, as `ends` says where it ends */
  readonly of: (values: Uint8Array, starts: Int32Array, ends: Int32Array) => AtMost
  /** A bound of zero stands for both zeros, and NaN is no bound. */
  readonly isFloat?: true
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const int32: ValueOrder = {
  of: (values) => {
    const view = viewOf(values)
    return (i, j) => view.getInt32(4 * i, true) <= view.getInt32(4 * j, true)
  },
}

const uint32Order: ValueOrder = {
  of: (values) => {
    const view = viewOf(values)
    return (i, j) => view.getUint32(4 * i, true) <= view.getUint32(4 * j, true)
  },
}

const float: ValueOrder = {
  isFloat: true,
  of: (values) => {
    const view = viewOf(values)
    return (i, j) => view.getFloat32(4 * i, true) <= view.getFloat32(4 * j, true)
  },
}

const double: ValueOrder = {
  isFloat: true,
  of: (values) => {
    const view = viewOf(values)
    return (i, j) => view.getFloat64(8 * i, true) <= view.getFloat64(8 * j, true)
  },
}

const float16: ValueOrder = {
  isFloat: true,
  of: (values) => {
    const view = viewOf(values)
    return (i, j) => half(view.getUint16(2 * i, true)) <= half(view.getUint16(2 * j, true))
  },
}

/** An integer that has the order of the float16 with these bits. */
function half(bits: number): number {
  const magnitude = bits & 0x7fff
  if (magnitude > 0x7c00) return Number.NaN
  return bits < 0x8000 ? magnitude : -magnitude
}

/** Compares the upper halves, signed or unsigned, then the lower ones. */
const int64 = (upper: 'getInt32' | 'getUint32'): ValueOrder => ({
  of: (values) => {
    const view = viewOf(values)
    return (i, j) => {
      const [a, b] = [view[upper](8 * i + 4, true), view[upper](8 * j + 4, true)]
      return a === b ? view.getUint32(8 * i, true) <= view.getUint32(8 * j, true) : a < b
    }
  },
})

/** Compares unsigned bytes. */
const byteArrays: ValueOrder = {
  of: (values, starts, ends) => (i, j) => {
    const [from, to] = [starts[i]!, starts[j]!]
    const [length, other] = [ends[i]! - from, ends[j]! - to]
    const common = Math.min(length, other)
    for (let at = 0; at < common; at++) {
      const difference = values[from + at]! - values[to + at]!
      if (difference !== 0) return difference < 0
    }
    return length <= other
  },
}

/** The order of values of a fixed width. @param firstFlip flips the sign bit of the first byte of signed values */
function fixedBytesOrder(width: number, firstFlip: number): ValueOrder {
  return {
    of: (values) => (i, j) => {
      for (let at = 0; at < width; at++) {
        const flip = at === 0 ? firstFlip : 0
        const difference = (values[width * i + at]! ^ flip) - (values[width * j + at]! ^ flip)
        if (difference !== 0) return difference < 0
      }
      return true
    },
  }
}

const [NO_SIGN, SIGN] = [0, 0x80]

/** By the physical types that new columns have. */
export const NEW_ORDERS = {
  BOOLEAN: fixedBytesOrder(1, NO_SIGN),
  INT32: int32,
  INT64: int64('getInt32'),
  FLOAT: float,
  DOUBLE: double,
}

/** Members of LogicalType whose values are ordered as numbers, and as text. */
const NUMBERS: readonly number[] = [
  LOGICAL_TYPE.decimal,
  LOGICAL_TYPE.date,
  LOGICAL_TYPE.time,
  LOGICAL_TYPE.timestamp,
  LOGICAL_TYPE.integer,
]
const TEXT_KINDS: readonly number[] = [LOGICAL_TYPE.string, LOGICAL_TYPE.enum, LOGICAL_TYPE.json, LOGICAL_TYPE.bson]
const UNSIGNED: readonly number[] = [
  CONVERTED_TYPE.uint8,
  CONVERTED_TYPE.uint16,
  CONVERTED_TYPE.uint32,
  CONVERTED_TYPE.uint64,
]

/**
 * @returns undefined for types without an order, or with one that is not implemented: INT96, intervals, decimals of any
 * length, and types and orders that are newer than this code
 */
export function valueOrder(footer: Footer, leaf: Leaf): ValueOrder | undefined {
  const order = footer.meta.structs(FILE_METADATA.columnOrders)?.[leaf.index]
  if (order && !order.struct(COLUMN_ORDER.typeOrder)) return undefined
  const { element } = leaf.nodes.at(-1)!
  const logical = element.struct(SCHEMA_ELEMENT.logicalType)
  const kind = logical?.ids()[0]
  const converted = element.integer(SCHEMA_ELEMENT.convertedType)
  const isOneOf = (kinds: readonly number[]) =>
    kind === undefined || kind === LOGICAL_TYPE.unknown || kinds.includes(kind)
  const isDecimal = kind === LOGICAL_TYPE.decimal || converted === CONVERTED_TYPE.decimal
  const isUnsigned = logical
    ? logical.struct(LOGICAL_TYPE.integer)?.boolean(INT_TYPE.isSigned) === false
    : converted !== undefined && UNSIGNED.includes(converted)
  switch (leaf.type) {
    case 'BOOLEAN':
      return fixedBytesOrder(1, NO_SIGN)
    case 'INT32':
      return isOneOf(NUMBERS) ? (isUnsigned ? uint32Order : int32) : undefined
    case 'INT64':
      return isOneOf(NUMBERS) ? int64(isUnsigned ? 'getUint32' : 'getInt32') : undefined
    case 'FLOAT':
      return float
    case 'DOUBLE':
      return double
    case 'BYTE_ARRAY':
      return isOneOf(TEXT_KINDS) && !isDecimal ? byteArrays : undefined
    case 'FIXED_LEN_BYTE_ARRAY':
      if (isDecimal) return fixedBytesOrder(leaf.typeLength, SIGN)
      if (kind === LOGICAL_TYPE.float16) return leaf.typeLength === 2 ? float16 : undefined
      return isOneOf([LOGICAL_TYPE.uuid]) && converted !== CONVERTED_TYPE.interval
        ? fixedBytesOrder(leaf.typeLength, NO_SIGN)
        : undefined
    case 'INT96':
      return undefined
  }
}
