/**
 * Parquet's `ARROW:schema`: an Arrow schema message in base64, from which Arrow's readers restore zones, dictionaries and
 * large types.
 * Layout: Message.fbs and Schema.fbs in https://github.com/apache/arrow/tree/main/format
 */
import { ByteBuffer } from 'flatbuffers'
import { elements, field, target, textAt } from './flatbuffer.ts'

export const ARROW_SCHEMA = 'ARROW:schema'

/** The type of a message that holds a schema. */
export const SCHEMA_HEADER = 1
/** Slots of the tables. */
export const MESSAGE = { version: 0, headerType: 1, header: 2, customMetadata: 4 } as const
export const SCHEMA = { endianness: 0, fields: 1, customMetadata: 2, features: 3 } as const
export const FIELD = { name: 0, typeKind: 2, type: 3, customMetadata: 6 } as const
export const PAIR = { key: 0, value: 1 } as const

/**
 * @param base64 the value of `ARROW:schema`
 * @returns the value of a key in the schema's own metadata
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

export function unlessDamaged<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    // damaged offsets point outside of the buffer
    return undefined
  }
}

/** An extension type: a meaning of values beyond their stored type. */
export interface ArrowExtension {
  readonly name: string
  /** In a notation that the extension defines. */
  readonly metadata: string
}

/**
 * @param base64 the value of `ARROW:schema`
 * @returns extension types by the name of the top-level column; empty when the value is not an Arrow schema message
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
    // damaged offsets point outside of the buffer
  }
  return extensions
}

const DURATION = 18
const DURATION_UNIT = 0
const ARROW_UNITS = ['s', 'ms', 'us', 'ns'] as const

/**
 * @param base64 the value of `ARROW:schema`
 * @returns units of columns of durations, which parquet stores as plain integers, by the name of the top-level column;
 * empty when the value is not an Arrow schema message
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
      // the unit is left out for milliseconds
      const unit = ARROW_UNITS[offset === 0 ? 1 : bytes.readInt16(type! + offset)]
      if (unit) durations.set(textAt(bytes, at, FIELD.name) ?? '', unit)
    }
  })
  return durations
}

/** The flatbuffer in an encapsulated message. Writers before Arrow 0.15 wrote no continuation mark. */
export function withoutPrefix(message: Buffer): Uint8Array | undefined {
  const start = message.readUInt32LE(0) === 0xffff_ffff ? 8 : 4
  const length = message.readInt32LE(start - 4)
  return length > 0 && start + length <= message.length ? message.subarray(start, start + length) : undefined
}
