/**
 * Edits `ARROW:schema`, which has to name the file's columns exactly: parquet-rs refuses the file otherwise.
 *
 * The message is edited without being decoded: the new one embeds the old one as a whole and points into it, so a field that
 * stays keeps its bytes, whatever its type. Flatbuffer offsets only point forward, hence the order: new tables, old message,
 * new fields.
 */
import { Builder, ByteBuffer } from 'flatbuffers'
import { type ArrowField, encapsulate, writeSchema } from './arrow-ipc.ts'
import { FIELD, MESSAGE, PAIR, SCHEMA, SCHEMA_HEADER, unlessDamaged, withoutPrefix } from './arrow-schema.ts'
import { elements, field, target, textAt } from './flatbuffer.ts'

export interface SchemaChanges {
  /** Whether the field with this name is removed. */
  remove(name: string): boolean
  readonly add: readonly ArrowField[]
  /** The new value of a key in the schema's own metadata; undefined when it does not change. */
  value(key: string, value: string): string | undefined
}

/**
 * @param base64 the value of `ARROW:schema`
 * @returns the new value, or undefined when the old one is not an Arrow schema message
 */
export function editArrowSchema(base64: string, changes: SchemaChanges): string | undefined {
  return unlessDamaged(() => {
    const message = withoutPrefix(Buffer.from(base64, 'base64'))
    const edited = message && editMessage(message, changes)
    return edited && Buffer.from(encapsulate(edited)).toString('base64')
  })
}

/**
 * The new message: new tables and vectors, the old message as a whole, then a message with the new fields and pairs.
 * The vectors point into both messages.
 */
function editMessage(old: Uint8Array, { remove, add, value }: SchemaChanges): Uint8Array | undefined {
  const oldBytes = new ByteBuffer(old)
  const message = oldBytes.__indirect(0)
  const schema = target(oldBytes, message, MESSAGE.header)
  if (field(oldBytes, message, MESSAGE.headerType, (at) => oldBytes.readUint8(at)) !== SCHEMA_HEADER || !schema) {
    return undefined
  }
  const kept = elements(oldBytes, schema, SCHEMA.fields).filter((at) => !remove(textAt(oldBytes, at, FIELD.name) ?? ''))
  const pairs = elements(oldBytes, schema, SCHEMA.customMetadata).map((at) => ({
    at,
    new: newPair(oldBytes, at, value),
  }))
  const newPairs = pairs.flatMap((pair) => (pair.new ? [pair.new] : []))
  const builder = new Builder(1024)
  builder.finish(writeSchema(builder, add, newPairs))
  const addedBytes = new ByteBuffer(builder.asUint8Array().slice())
  const addedSchema = addedBytes.__indirect(0)
  const addedFields = elements(addedBytes, addedSchema, SCHEMA.fields)
  const addedPairs = elements(addedBytes, addedSchema, SCHEMA.customMetadata)

  const pairsAt = FIELDS_AT + vectorBytes(kept.length + addedFields.length)
  const oldAt = align8(pairsAt + vectorBytes(pairs.length))
  const addedAt = align8(oldAt + old.length)
  const bytes = new Uint8Array(align8(addedAt + addedBytes.capacity()))
  bytes.set(old, oldAt)
  bytes.set(addedBytes.bytes(), addedAt)
  const out = new TableWriter(bytes)
  writeTables(out, { bytes: oldBytes, message, schema }, oldAt, pairsAt)
  out.vector(FIELDS_AT, [...kept.map((at) => oldAt + at), ...addedFields.map((at) => addedAt + at)])
  out.vector(
    pairsAt,
    pairs.map((pair) => (pair.new ? addedAt + addedPairs[newPairs.indexOf(pair.new)]! : oldAt + pair.at)),
  )
  return bytes
}

/**
 * Places in the new message. A vtable takes 4 bytes and 2 for each slot. A table takes 4 bytes for the offset of its
 * vtable, then its fields: the message has two offsets, its version (2 bytes) and its header type (1); the schema has
 * three offsets and its endianness (2). Tables and vectors begin at multiples of 4.
 */
const MESSAGE_VTABLE_AT = 4
const MESSAGE_AT = 20
const MESSAGE_FIELDS = { header: 4, customMetadata: 8, version: 12, headerType: 14, size: 16 } as const
const SCHEMA_VTABLE_AT = 36
const SCHEMA_AT = 48
const SCHEMA_FIELDS = { fields: 4, customMetadata: 8, features: 12, endianness: 16, size: 20 } as const
const FIELDS_AT = 68

/** A vector of offsets: their number, then each of them. */
function vectorBytes(length: number): number {
  return 4 + 4 * length
}

interface OldMessage {
  readonly bytes: ByteBuffer
  /** Where its tables begin. */
  readonly message: number
  readonly schema: number
}

/** Writes the root, the message table and the schema table. */
function writeTables(out: TableWriter, old: OldMessage, oldAt: number, pairsAt: number): void {
  const { bytes, message, schema } = old
  const metadata = target(bytes, message, MESSAGE.customMetadata)
  const features = target(bytes, schema, SCHEMA.features)
  out.point(0, MESSAGE_AT)
  const { header, customMetadata, version, headerType } = MESSAGE_FIELDS
  out.vtable(MESSAGE_VTABLE_AT, MESSAGE_AT, MESSAGE_FIELDS.size, [
    version,
    headerType,
    header,
    0,
    metadata ? customMetadata : 0,
  ])
  out.point(MESSAGE_AT + header, SCHEMA_AT)
  if (metadata !== undefined) out.point(MESSAGE_AT + customMetadata, oldAt + metadata)
  out.int16(
    MESSAGE_AT + version,
    field(bytes, message, MESSAGE.version, (at) => bytes.readInt16(at)),
  )
  out.uint8(MESSAGE_AT + headerType, SCHEMA_HEADER)
  const { fields, customMetadata: pairs, endianness } = SCHEMA_FIELDS
  out.vtable(SCHEMA_VTABLE_AT, SCHEMA_AT, SCHEMA_FIELDS.size, [
    endianness,
    fields,
    pairs,
    features ? SCHEMA_FIELDS.features : 0,
  ])
  out.point(SCHEMA_AT + fields, FIELDS_AT)
  out.point(SCHEMA_AT + pairs, pairsAt)
  if (features !== undefined) out.point(SCHEMA_AT + SCHEMA_FIELDS.features, oldAt + features)
  out.int16(
    SCHEMA_AT + endianness,
    field(bytes, schema, SCHEMA.endianness, (at) => bytes.readInt16(at)),
  )
}

/** Writes parts of a flatbuffer at given places. */
class TableWriter {
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer)
  }

  int16(at: number, value: number): void {
    this.#view.setInt16(at, value, true)
  }

  uint8(at: number, value: number): void {
    this.#view.setUint8(at, value)
  }

  /** An offset, which counts from its own place. */
  point(at: number, to: number): void {
    this.#view.setUint32(at, to - at, true)
  }

  /** @param slots where in the table each field is, 0 for a field that is left out */
  vtable(at: number, table: number, tableSize: number, slots: readonly number[]): void {
    for (const [i, value] of [vtableBytes(slots.length), tableSize, ...slots].entries()) {
      this.#view.setUint16(at + 2 * i, value, true)
    }
    this.#view.setInt32(table, table - at, true)
  }

  vector(at: number, targets: readonly number[]): void {
    this.#view.setUint32(at, targets.length, true)
    for (const [i, to] of targets.entries()) this.point(at + vectorBytes(i), to)
  }
}

function vtableBytes(slots: number): number {
  return 4 + 2 * slots
}

function newPair(
  bytes: ByteBuffer,
  at: number,
  newValue: SchemaChanges['value'],
): readonly [key: string, value: string] | undefined {
  const [key, value] = [textAt(bytes, at, PAIR.key) ?? '', textAt(bytes, at, PAIR.value)]
  const changed = value === undefined ? undefined : newValue(key, value)
  return changed === undefined ? undefined : [key, changed]
}

function align8(n: number): number {
  return (n + 7) & ~7
}
