/** Reads flatbuffers whose schema is not compiled: tables by slot. */
import type { ByteBuffer } from 'flatbuffers'

/** A scalar of a table; 0, the default of flatbuffers, when it is left out. */
export function field(bytes: ByteBuffer, table: number, slot: number, read: (at: number) => number): number {
  const offset = bytes.__offset(table, 4 + 2 * slot)
  return offset === 0 ? 0 : read(table + offset)
}

/** Offset of the table, vector or string that a slot points to. */
export function target(bytes: ByteBuffer, table: number, slot: number): number | undefined {
  const offset = bytes.__offset(table, 4 + 2 * slot)
  return offset === 0 ? undefined : bytes.__indirect(table + offset)
}

export function elements(bytes: ByteBuffer, table: number, slot: number): number[] {
  const vector = target(bytes, table, slot)
  if (vector === undefined) return []
  const length = bytes.readInt32(vector)
  if (!(length >= 0 && length <= bytes.capacity() / 4)) throw new RangeError(`a vector of ${length} elements`)
  return Array.from({ length }, (_, i) => bytes.__indirect(vector + 4 + 4 * i))
}

export function textAt(bytes: ByteBuffer, table: number, slot: number): string | undefined {
  const at = target(bytes, table, slot)
  if (at === undefined) return undefined
  return Buffer.from(bytes.bytes().subarray(at + 4, at + 4 + bytes.readInt32(at))).toString('utf8')
}
