/**
 * Names a series across files: the values of its symbol columns as bytes, whatever the writer and the encoding of a file are.
 * Keys are strings of one character per byte, so that their order is that of the bytes.
 */
import { sha256 } from '../../shared/sha256.ts'
import type { ColumnDescription } from '../column-values.ts'
import { typeName } from '../column-values.ts'

export const NULL_VALUE = 'n'
/** Longer text is replaced by its SHA-256, which bounds the size of a state. */
const MAX_TEXT_BYTES = 64

/** The types of symbols whose values mean the same series in two files. */
export function keyType(column: ColumnDescription): string {
  const { physical, logical } = column
  if (physical === 'BYTE_ARRAY') return 'text'
  const isPlain = logical.kind === 'none' || logical.kind === 'string'
  if (physical === 'BOOLEAN') return 'boolean'
  if (physical === 'FIXED_LEN_BYTE_ARRAY' && isPlain) return 'text'
  if ((physical === 'INT32' || physical === 'INT64') && (isPlain || logical.kind === 'integer')) return 'integer'
  if ((physical === 'FLOAT' || physical === 'DOUBLE') && isPlain) return 'number'
  const scale = logical.kind === 'decimal' ? ` with ${logical.scale} digits after the point` : ''
  return `${typeName(column)}${scale} in ${physical.toLowerCase()}`
}

/**
 * One value of a symbol column. The first character names its form, as docs/file-format.md describes.
 * @param bytes as they are stored, without padding spaces
 */
export function keyValue(column: ColumnDescription, bytes: Buffer): string {
  const { physical, logical } = column
  const isUnsigned = logical.kind === 'integer' && !logical.signed
  switch (keyType(column)) {
    case 'boolean':
      return `b${bytes[0]}`
    case 'integer':
      if (physical === 'INT32') return `i${isUnsigned ? bytes.readUInt32LE() : bytes.readInt32LE()}`
      return `i${isUnsigned ? bytes.readBigUInt64LE() : bytes.readBigInt64LE()}`
    case 'number': {
      const double = Buffer.alloc(8)
      double.writeDoubleLE(physical === 'FLOAT' ? bytes.readFloatLE() : bytes.readDoubleLE())
      return `f${double.toString('latin1')}`
    }
    default:
      if (bytes.length <= MAX_TEXT_BYTES) return `t${bytes.toString('latin1')}`
      return `#${sha256(bytes).toString('latin1')}`
  }
}

/** The key of a series with these values. Each is preceded by its length, so that no two lists have the same key. */
export function seriesKey(values: readonly string[]): string {
  return values.map((value) => String.fromCharCode(value.length) + value).join('')
}

/** The values of a key. */
export function keyValues(key: string): string[] {
  const values: string[] = []
  for (let at = 0; at < key.length; ) {
    const length = key.charCodeAt(at)
    values.push(key.slice(at + 1, at + 1 + length))
    at += 1 + length
  }
  return values
}
