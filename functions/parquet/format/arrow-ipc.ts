/**
 * Arrow IPC: schema messages, and streams of record batches for parquet-wasm.
 * Layout: https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
 * and the flatbuffers of https://github.com/apache/arrow/tree/main/format (Message.fbs, Schema.fbs).
 */

import type { Builder } from 'flatbuffers'
import { concatBytes } from '../../shared/concat-bytes.ts'

type ArrowType =
  | { readonly kind: 'int'; readonly bits: 8 | 32 | 64 }
  | { readonly kind: 'float'; readonly bits: 32 | 64 }
  | { readonly kind: 'bool' }

export interface ArrowField {
  readonly name: string
  readonly nullable: boolean
  readonly type: ArrowType
}

const TYPE_IDS = { int: 2, float: 3, bool: 6 } as const
const CONTINUATION = 0xffff_ffff
const END_OF_STREAM = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0)

function writeType(builder: Builder, type: ArrowType): number {
  switch (type.kind) {
    case 'int':
      builder.startObject(2)
      builder.addFieldInt32(0, type.bits, 0)
      builder.addFieldInt8(1, 1, 0)
      return builder.endObject()
    case 'float':
      builder.startObject(1)
      builder.addFieldInt16(0, type.bits === 32 ? 1 : 2, 0)
      return builder.endObject()
    case 'bool':
      builder.startObject(0)
      return builder.endObject()
  }
}

function writeOffsets(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4)
  for (const offset of offsets.toReversed()) builder.addOffset(offset)
  return builder.endVector()
}

function writeField(builder: Builder, field: ArrowField): number {
  const name = builder.createString(field.name)
  const type = writeType(builder, field.type)
  const children = writeOffsets(builder, [])
  builder.startObject(7)
  builder.addFieldOffset(0, name, 0)
  builder.addFieldInt8(1, field.nullable ? 1 : 0, 0)
  builder.addFieldInt8(2, TYPE_IDS[field.type.kind], 0)
  builder.addFieldOffset(3, type, 0)
  builder.addFieldOffset(5, children, 0)
  return builder.endObject()
}

function writePair(builder: Builder, [key, value]: readonly [string, string]): number {
  const offsets = [builder.createString(key), builder.createString(value)]
  builder.startObject(2)
  for (const [slot, offset] of offsets.entries()) builder.addFieldOffset(slot, offset, 0)
  return builder.endObject()
}

/** Writes a Schema table. @returns its offset */
export function writeSchema(
  builder: Builder,
  fields: readonly ArrowField[],
  metadata: readonly (readonly [key: string, value: string])[] = [],
): number {
  const vector = writeOffsets(
    builder,
    fields.map((field) => writeField(builder, field)),
  )
  const pairs = writeOffsets(
    builder,
    metadata.map((pair) => writePair(builder, pair)),
  )
  builder.startObject(4)
  builder.addFieldOffset(1, vector, 0)
  builder.addFieldOffset(2, pairs, 0)
  return builder.endObject()
}

/** The message behind a continuation mark and its length, padded to 8 bytes. */
export function encapsulate(message: Uint8Array): Uint8Array {
  const padded = (message.length + 7) & ~7
  const bytes = new Uint8Array(8 + padded)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, CONTINUATION, true)
  view.setInt32(4, padded, true)
  bytes.set(message, 8)
  return bytes
}

/** Joins streams with the same schema: the schema of the first one, all batches, one end mark. */
export function joinStreams(streams: readonly Uint8Array[]): Uint8Array {
  const arrays: Uint8Array[] = []
  for (const [i, stream] of streams.entries()) {
    const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength)
    const batches = 8 + view.getInt32(4, true)
    const end = stream.length - END_OF_STREAM.length
    arrays.push(stream.subarray(i === 0 ? 0 : batches, end))
  }
  arrays.push(END_OF_STREAM)
  return concatBytes(arrays)
}
