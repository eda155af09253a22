/**
 * A page of a few rows, made without the codec: its call costs as much for one row as for a thousand, and there are files
 * of 100,000 row groups.
 *
 * DATA_PAGE, PLAIN, not compressed, of an optional column at the top level.
 * Layout: https://github.com/apache/parquet-format/blob/master/README.md#data-pages
 */
import { crc32 } from 'node:zlib'
import { concatBytes, type ThriftValue, thrift } from './thrift.ts'

const [PLAIN, RLE] = [0, 3]

export interface PlainPage {
  /** Header and body. */
  readonly bytes: Uint8Array
  readonly nulls: number
  /** Smallest and largest value but NaN, as they are stored; undefined when there is none. */
  readonly min: Uint8Array | undefined
  readonly max: Uint8Array | undefined
}

/**
 * @param values as they are stored, 32 bits each; those of rows without a value are left out
 * @param valid one bit per row, least significant first, 1 = has a value
 */
export function plainPage(values: Float32Array | Int32Array, valid: Uint8Array, rows: number): PlainPage {
  const present = values.slice(0, rows).filter((_, row) => (valid[row >> 3]! & (1 << (row & 7))) !== 0)
  const bitmap = valid.subarray(0, (rows + 7) >> 3)
  // definition levels of one bit, as one bit-packed run: its length in bytes, how many times eight levels, the levels
  const levels = Uint8Array.from([...varint((bitmap.length << 1) | 1), ...bitmap])
  const body = concatBytes([Uint8Array.of(levels.length, 0, 0, 0), levels, bytesOf(present)])
  const size = thrift.i32(body.length)
  const encodings: Record<number, ThriftValue> = { 2: thrift.i32(PLAIN), 3: thrift.i32(RLE), 4: thrift.i32(RLE) }
  const header = thrift.struct({
    1: thrift.i32(0),
    2: size,
    3: size,
    4: thrift.i32(crc32(body) | 0),
    5: thrift.struct({ 1: thrift.i32(rows), ...encodings }),
  })
  const sorted = present.filter((value) => !Number.isNaN(value)).sort()
  // readers are to take a bound of zero for both zeros
  if (sorted[0] === 0) sorted[0] = -0
  if (sorted.at(-1) === 0) sorted[sorted.length - 1] = 0
  return {
    bytes: concatBytes([header.raw, body]),
    nulls: rows - present.length,
    min: sorted.length > 0 ? bytesOf(sorted.subarray(0, 1)) : undefined,
    max: sorted.length > 0 ? bytesOf(sorted.subarray(-1)) : undefined,
  }
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]
}

function bytesOf(values: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
