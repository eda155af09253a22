/**
 * Reads columns from structs of Arrow's C data interface in wasm memory, as views of that memory.
 * Struct layout: https://arrow.apache.org/docs/format/CDataInterface.html
 */
import type { DecodedColumn, NestedColumn } from '../../shared/decoded-column.ts'
import type { ValueWidth } from '../format/schema.ts'

/** Reads an `ArrowArray` of structs with one child each, down to the values. */
export function columnAt(address: number, buffer: ArrayBuffer, depth: number, width: ValueWidth): DecodedColumn {
  const view = new DataView(buffer)
  const rows = view.getUint32(address, true)
  let array = address
  const pointer = (index: number) => view.getUint32(view.getUint32(array + 40, true) + 4 * index, true)
  let validity: Uint8Array | undefined
  for (let level = 0; level < depth; level++) {
    array = view.getUint32(view.getUint32(array + 44, true), true)
    if (view.getUint32(array + 16, true) !== 0) throw new Error('parquet-wasm returned an array with an offset')
    const hasNulls = view.getUint32(array + 8, true) !== 0 && pointer(0) !== 0
    // it is made from the levels, so it includes the nulls of the structs around it
    if (hasNulls) validity = new Uint8Array(buffer, pointer(0), (rows + 7) >> 3)
  }
  if (width === 'bytes') {
    const offsets = rows > 0 ? new Int32Array(buffer, pointer(1), rows + 1) : new Int32Array(1)
    const values = new Uint8Array(buffer, pointer(2), offsets[rows]!)
    return { rows, validity, starts: offsets.subarray(0, rows), ends: offsets.subarray(1), values }
  }
  const length = width === 0 ? (rows + 7) >> 3 : rows * width
  const values = new Uint8Array(buffer, rows > 0 ? pointer(1) : 0, length)
  return { rows, validity, values }
}

/** Reads an `ArrowArray` of structs, lists or values, and its children. */
export function nestedAt(address: number, buffer: ArrayBuffer, width: ValueWidth): NestedColumn {
  const view = new DataView(buffer)
  const at = (offset: number) => view.getUint32(address + offset, true)
  const [rows, nulls, offset, buffers, children] = [0, 8, 16, 24, 32].map(at) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const pointer = (index: number) => view.getUint32(at(40) + 4 * index, true)
  if (offset !== 0) throw new Error('parquet-wasm returned an array with an offset')
  const validity = nulls !== 0 && pointer(0) !== 0 ? new Uint8Array(buffer, pointer(0), (rows + 7) >> 3) : undefined
  const child = children > 0 ? nestedAt(view.getUint32(at(44), true), buffer, width) : undefined
  // structs have a validity buffer only, lists and byte arrays also have offsets
  const hasOffsets = child ? buffers > 1 : width === 'bytes'
  const isEmpty = rows === 0
  const offsets = hasOffsets && !isEmpty ? new Int32Array(buffer, pointer(1), rows + 1) : undefined
  const length = width === 'bytes' ? (offsets?.[rows] ?? 0) : width === 0 ? (rows + 7) >> 3 : rows * width
  const values = child || isEmpty ? undefined : new Uint8Array(buffer, pointer(width === 'bytes' ? 2 : 1), length)
  return { rows, validity, offsets, values, child }
}
