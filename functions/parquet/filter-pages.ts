/** The rows of a column that stay, side by side. */
import { type ArrowColumn, type ArrowType, END_OF_STREAM, recordBatchMessage, schemaMessage } from './arrow-ipc.ts'
import { decodeFlatColumn } from './codec.ts'
import type { DecodedColumn } from './decoded-column.ts'
import { type Leaf, OPTIONAL, valueWidth } from './footer.ts'
import { concatBytes } from './thrift.ts'

/**
 * The rows of a flat column that stay, as an Arrow stream.
 * @param kept row ranges within the rows of `file`
 */
export function filterPages(file: Uint8Array, leaf: Leaf, kept: readonly (readonly [number, number])[]) {
  const width = valueWidth(leaf)
  let rows = 0
  for (const [start, end] of kept) rows += end - start
  const parts: Uint8Array[] = []
  let nullCount = 0
  let nullsBefore = 0
  const batches: DecodedColumn[] = []
  decodeFlatColumn(file, width, (column) => {
    batches.push(column)
    const validity = column.validity && keepBits(column.validity, kept, rows)
    if (column.validity) {
      nullsBefore = column.rows - countBits(column.validity, column.rows)
      nullCount = rows - countBits(validity!, rows)
    }
    // no bitmap at all says that every row has a value
    parts.push(validity ?? new Uint8Array(0))
    if (width === 'bytes') parts.push(...keepByteArrays(column, kept, rows))
    else if (width === 0) parts.push(keepBits(column.values, kept, rows))
    else parts.push(concatBytes(kept.map(([start, end]) => column.values.subarray(start * width, end * width))))
  })
  if (batches.length !== 1) throw new Error(`the codec returned ${batches.length} batches instead of one`)
  const body: Uint8Array[] = []
  let length = 0
  const buffers = parts.map((part) => {
    const place = { offset: length, length: part.length }
    const padding = -part.length & 7
    body.push(part, new Uint8Array(padding))
    length += part.length + padding
    return place
  })
  const column: ArrowColumn = { nullCount, buffers }
  const schema = schemaMessage([
    { name: 'p0', nullable: leaf.nodes[0]!.repetition === OPTIONAL, type: arrowType(leaf) },
  ])
  const message = recordBatchMessage(rows, [column], length)
  return { stream: concatBytes([schema, message, ...body, END_OF_STREAM]), lostNulls: nullsBefore - nullCount }
}

function arrowType(leaf: Leaf): ArrowType {
  switch (leaf.type) {
    case 'BOOLEAN':
      return { kind: 'bool' }
    case 'INT32':
      return { kind: 'int', bits: 32 }
    case 'INT64':
      return { kind: 'int', bits: 64 }
    case 'FLOAT':
      return { kind: 'float', bits: 32 }
    case 'DOUBLE':
      return { kind: 'float', bits: 64 }
    case 'BYTE_ARRAY':
      return { kind: 'binary' }
    default:
      return { kind: 'fixed', width: leaf.typeLength }
  }
}

function keepBits(bits: Uint8Array, kept: readonly (readonly [number, number])[], rows: number): Uint8Array {
  const out = new Uint8Array((rows + 7) >> 3)
  let at = 0
  for (const [start, end] of kept) {
    for (let i = start; i < end; i++, at++) {
      if (bits[i >> 3]! & (1 << (i & 7))) out[at >> 3]! |= 1 << (at & 7)
    }
  }
  return out
}

function countBits(bits: Uint8Array, rows: number): number {
  let count = 0
  for (let i = 0; i < rows; i++) if (bits[i >> 3]! & (1 << (i & 7))) count++
  return count
}

function keepByteArrays(
  column: DecodedColumn,
  kept: readonly (readonly [number, number])[],
  rows: number,
): Uint8Array[] {
  const from = column.offsets!
  const offsets = new Int32Array(rows + 1)
  const values: Uint8Array[] = []
  let at = 0
  for (const [start, end] of kept) {
    const shift = offsets[at]! - from[start]!
    for (let i = start; i < end; i++) offsets[++at] = from[i + 1]! + shift
    values.push(column.values.subarray(from[start]!, from[end]!))
  }
  return [new Uint8Array(offsets.buffer), concatBytes(values)]
}
