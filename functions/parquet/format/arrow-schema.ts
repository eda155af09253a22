/**
 * Parquet's `ARROW:schema`: an Arrow schema message in base64, by which Arrow's readers restore zones, dictionaries and
 * large types. It has to name the file's columns exactly (parquet-rs refuses the file otherwise).
 *
 * The message is edited without being understood: the new one embeds the old one whole and points into it, so a field
 * that stays keeps its bytes whatever its type. Flatbuffer offsets only point forward, hence the order: new tables, old
 * message, new fields.
 */
import { Builder, ByteBuffer } from 'flatbuffers'
import { type ArrowField, encapsulate, writeSchema } from './arrow-ipc.ts'

export const ARROW_SCHEMA = 'ARROW:schema'

const SCHEMA_HEADER = 1
const MESSAGE = { version: 0, headerType: 1, header: 2, customMetadata: 4 } as const
const SCHEMA = { endianness: 0, fields: 1, customMetadata: 2, features: 3 } as const
const FIELD = { name: 0, typeKind: 2, type: 3, customMetadata: 6 } as const
const PAIR = { key: 0, value: 1 } as const

export interface SchemaChanges {
  /** Whether a field of this name goes. */
  drop(name: string): boolean
  readonly add: readonly ArrowField[]
  /** What a pair of the schema's own metadata holds from now on; undefined when it stays as it is. */
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
 * @param base64 the value of `ARROW:schema`
 * @returns what the schema's own metadata holds under a key
 */
export function arrowMetadata(base64: string, key: string): string | undefined {
  return unlessDamaged(() => {
    const message = withoutPrefix(Buffer.from(base64, 'base64'))
    const bytes = new ByteBuffer(message ?? new Uint8Array(0))
    const schema = target(bytes, bytes.__indirect(0), MESSAGE.header)
    const pairs = schema === undefined ? [] : elements(bytes, schema, SCHEMA.customMetadata)
    const pair = pairs.find((at) => textAt(bytes, at, PAIR.key) === key)
    return pair === undefined ? undefined : textAt(bytes, pair, PAIR.value)
  })
}

function unlessDamaged<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    // damaged offsets lead out of the buffer
    return undefined
  }
}

/** An extension type: what the values of a column mean beyond how they are stored. */
export interface ArrowExtension {
  readonly name: string
  /** In the notation of the extension. */
  readonly metadata: string
}

/**
 * @param base64 the value of `ARROW:schema`
 * @returns by the name of the top-level column; empty when it is not an Arrow schema message
 */
export function arrowExtensions(base64: string): ReadonlyMap<string, ArrowExtension> {
  const extensions = new Map<string, ArrowExtension>()
  try {
    const message = withoutPrefix(Buffer.from(base64, 'base64'))
    const bytes = new ByteBuffer(message ?? new Uint8Array(0))
    const schema = target(bytes, bytes.__indirect(0), MESSAGE.header)
    for (const at of schema === undefined ? [] : elements(bytes, schema, SCHEMA.fields)) {
      const pairs = elements(bytes, at, FIELD.customMetadata).map(
        (pair) => [textAt(bytes, pair, PAIR.key), textAt(bytes, pair, PAIR.value)] as const,
      )
      const metadata = new Map(pairs)
      const name = metadata.get('ARROW:extension:name')
      if (name === undefined) continue
      extensions.set(textAt(bytes, at, FIELD.name) ?? '', {
        name,
        metadata: metadata.get('ARROW:extension:metadata') ?? '',
      })
    }
  } catch {
    // damaged offsets lead out of the buffer
  }
  return extensions
}

const DURATION = 18
const DURATION_UNIT = 0
const ARROW_UNITS = ['s', 'ms', 'us', 'ns'] as const

/**
 * @param base64 the value of `ARROW:schema`
 * @returns the units of columns that hold lengths of time, which parquet knows as integers only, by the name of the
 * top-level column; empty when it is not an Arrow schema message
 */
export function arrowDurations(base64: string): ReadonlyMap<string, (typeof ARROW_UNITS)[number]> {
  const durations = new Map<string, (typeof ARROW_UNITS)[number]>()
  unlessDamaged(() => {
    const message = withoutPrefix(Buffer.from(base64, 'base64'))
    const bytes = new ByteBuffer(message ?? new Uint8Array(0))
    const schema = target(bytes, bytes.__indirect(0), MESSAGE.header)
    for (const at of schema === undefined ? [] : elements(bytes, schema, SCHEMA.fields)) {
      if (field(bytes, at, FIELD.typeKind, (kind) => bytes.readUint8(kind)) !== DURATION) continue
      const type = target(bytes, at, FIELD.type)
      const offset = type === undefined ? 0 : bytes.__offset(type, 4 + 2 * DURATION_UNIT)
      // milliseconds are what is left out
      const unit = ARROW_UNITS[offset === 0 ? 1 : bytes.readInt16(type! + offset)]
      if (unit) durations.set(textAt(bytes, at, FIELD.name) ?? '', unit)
    }
  })
  return durations
}

/** The flatbuffer in an encapsulated message; writers before Arrow 0.15 had no continuation mark. */
function withoutPrefix(message: Buffer): Uint8Array | undefined {
  const start = message.readUInt32LE(0) === 0xffff_ffff ? 8 : 4
  const length = message.readInt32LE(start - 4)
  return length > 0 && start + length <= message.length ? message.subarray(start, start + length) : undefined
}

function editMessage(old: Uint8Array, { drop, add, value }: SchemaChanges): Uint8Array | undefined {
  const oldBytes = new ByteBuffer(old)
  const message = oldBytes.__indirect(0)
  const schema = target(oldBytes, message, MESSAGE.header)
  if (field(oldBytes, message, MESSAGE.headerType, (at) => oldBytes.readUint8(at)) !== SCHEMA_HEADER || !schema) {
    return undefined
  }
  const kept = elements(oldBytes, schema, SCHEMA.fields).filter((at) => !drop(textAt(oldBytes, at, FIELD.name) ?? ''))
  const pairs = elements(oldBytes, schema, SCHEMA.customMetadata).map((at) => ({
    at,
    new: newPair(oldBytes, at, value),
  }))
  const newPairs = pairs.flatMap((pair) => (pair.new ? [pair.new] : []))

  const builder = new Builder(1024)
  builder.finish(writeSchema(builder, add, newPairs))
  const addedBytes = new ByteBuffer(builder.asUint8Array().slice())
  const added = elements(addedBytes, addedBytes.__indirect(0), SCHEMA.fields)
  const addedPairs = elements(addedBytes, addedBytes.__indirect(0), SCHEMA.customMetadata)

  // 0 root | 4 vtable and 20 table of the message | 36 vtable and 48 table of the schema | 68 vectors of fields, pairs | ...
  const messageAt = 20
  const schemaAt = 48
  const vectorAt = 68
  const pairsAt = vectorAt + 4 + 4 * (kept.length + added.length)
  const oldAt = align8(pairsAt + 4 + 4 * pairs.length)
  const addedAt = align8(oldAt + old.length)
  const bytes = new Uint8Array(align8(addedAt + addedBytes.capacity()))
  bytes.set(old, oldAt)
  bytes.set(addedBytes.bytes(), addedAt)

  const view = new DataView(bytes.buffer)
  const point = (slot: number, to: number) => view.setUint32(slot, to - slot, true)
  const pointIntoOld = (slot: number, to: number | undefined) => to !== undefined && point(slot, oldAt + to)
  const vtable = (at: number, table: number, tableSize: number, slots: readonly number[]) => {
    for (const [i, value] of [4 + 2 * slots.length, tableSize, ...slots].entries())
      view.setUint16(at + 2 * i, value, true)
    view.setInt32(table, table - at, true)
  }

  const messageMetadata = target(oldBytes, message, MESSAGE.customMetadata)
  const features = target(oldBytes, schema, SCHEMA.features)
  point(0, messageAt)
  vtable(4, messageAt, 16, [12, 14, 4, 0, messageMetadata ? 8 : 0])
  point(messageAt + 4, schemaAt)
  pointIntoOld(messageAt + 8, messageMetadata)
  view.setInt16(
    messageAt + 12,
    field(oldBytes, message, MESSAGE.version, (at) => oldBytes.readInt16(at)),
    true,
  )
  view.setUint8(messageAt + 14, SCHEMA_HEADER)
  vtable(36, schemaAt, 20, [16, 4, 8, features ? 12 : 0])
  point(schemaAt + 4, vectorAt)
  point(schemaAt + 8, pairsAt)
  pointIntoOld(schemaAt + 12, features)
  view.setInt16(
    schemaAt + 16,
    field(oldBytes, schema, SCHEMA.endianness, (at) => oldBytes.readInt16(at)),
    true,
  )
  const vector = (at: number, elements: readonly number[]) => {
    view.setUint32(at, elements.length, true)
    for (const [i, element] of elements.entries()) point(at + 4 + 4 * i, element)
  }
  vector(vectorAt, [...kept.map((at) => oldAt + at), ...added.map((at) => addedAt + at)])
  vector(
    pairsAt,
    pairs.map((pair) => (pair.new ? addedAt + addedPairs[newPairs.indexOf(pair.new)]! : oldAt + pair.at)),
  )
  return bytes
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

/** A scalar of a table; 0, flatbuffers' default, when it is left out. */
function field(bytes: ByteBuffer, table: number, slot: number, read: (at: number) => number): number {
  const offset = bytes.__offset(table, 4 + 2 * slot)
  return offset === 0 ? 0 : read(table + offset)
}

/** Where a table, vector or string that a slot refers to begins. */
function target(bytes: ByteBuffer, table: number, slot: number): number | undefined {
  const offset = bytes.__offset(table, 4 + 2 * slot)
  return offset === 0 ? undefined : bytes.__indirect(table + offset)
}

function elements(bytes: ByteBuffer, table: number, slot: number): number[] {
  const vector = target(bytes, table, slot)
  if (vector === undefined) return []
  const length = bytes.readInt32(vector)
  if (!(length >= 0 && length <= bytes.capacity() / 4)) throw new RangeError(`a vector of ${length} elements`)
  return Array.from({ length }, (_, i) => bytes.__indirect(vector + 4 + 4 * i))
}

function textAt(bytes: ByteBuffer, table: number, slot: number): string | undefined {
  const at = target(bytes, table, slot)
  if (at === undefined) return undefined
  return Buffer.from(bytes.bytes().subarray(at + 4, at + 4 + bytes.readInt32(at))).toString('utf8')
}
