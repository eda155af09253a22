/** The description of a new column in the schemas of the format and of Arrow. */
import type { ArrowField } from '../format/arrow-ipc.ts'
import { CONVERTED_TYPE, OPTIONAL, PHYSICAL_TYPES, REQUIRED } from '../format/enumerations.ts'
import { INT_TYPE, LOGICAL_TYPE, SCHEMA_ELEMENT } from '../format/fields.ts'
import { type ThriftValue, thrift } from '../format/thrift.ts'

/** A top-level column without repetition. */
export interface NewColumn {
  readonly name: string
  /** `INT8` is annotated as a signed integer of 8 bits and stored as INT32. */
  readonly type: 'FLOAT' | 'DOUBLE' | 'INT8' | 'INT32' | 'INT64' | 'BOOLEAN'
  readonly isOptional: boolean
}

const ARROW_TYPES = {
  FLOAT: { kind: 'float', bits: 32 },
  DOUBLE: { kind: 'float', bits: 64 },
  INT8: { kind: 'int', bits: 8 },
  INT32: { kind: 'int', bits: 32 },
  INT64: { kind: 'int', bits: 64 },
  BOOLEAN: { kind: 'bool' },
} as const

export function arrowField({ name, type, isOptional }: NewColumn): ArrowField {
  return { name, nullable: isOptional, type: ARROW_TYPES[type] }
}

export type StoredType = Exclude<NewColumn['type'], 'INT8'>

export function storedType({ type }: NewColumn): StoredType {
  return type === 'INT8' ? 'INT32' : type
}

export function typeNumber(column: NewColumn): ThriftValue {
  return thrift.i32(PHYSICAL_TYPES.indexOf(storedType(column)))
}

/** @returns a SchemaElement struct */
export function schemaElement(column: NewColumn): ThriftValue {
  const isInt8 = column.type === 'INT8'
  const int8 = thrift.struct({ [INT_TYPE.bitWidth]: thrift.i8(8), [INT_TYPE.isSigned]: thrift.boolean(true) })
  return thrift.struct({
    [SCHEMA_ELEMENT.type]: typeNumber(column),
    [SCHEMA_ELEMENT.repetitionType]: thrift.i32(column.isOptional ? OPTIONAL : REQUIRED),
    [SCHEMA_ELEMENT.name]: thrift.binary(column.name),
    [SCHEMA_ELEMENT.convertedType]: isInt8 ? thrift.i32(CONVERTED_TYPE.int8) : undefined,
    [SCHEMA_ELEMENT.logicalType]: isInt8 ? thrift.struct({ [LOGICAL_TYPE.integer]: int8 }) : undefined,
  })
}
