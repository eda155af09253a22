/** Describes the columns of a file for the market rules: those at the top level and the fields of structs. */

import type { ColumnDescription, LogicalType, TimeUnit } from '../market/column-values.ts'
import { ARROW_SCHEMA, arrowDurations, arrowExtensions } from '../parquet/format/arrow-schema.ts'
import { CONVERTED_TYPE } from '../parquet/format/enumerations.ts'
import { DECIMAL_TYPE, INT_TYPE, LOGICAL_TYPE, SCHEMA_ELEMENT, TIME_TYPE, TIME_UNIT } from '../parquet/format/fields.ts'
import { type Footer, keyValueMetadata } from '../parquet/format/footer.ts'
import { isRepeated, type Leaf, type SchemaNode } from '../parquet/format/schema.ts'
import type { ThriftStruct } from '../parquet/format/thrift.ts'
import { checkFits } from '../shared/memory-budget.ts'

const UNIT_OF_FIELD: Record<number, TimeUnit> = {
  [TIME_UNIT.millis]: 'ms',
  [TIME_UNIT.micros]: 'us',
  [TIME_UNIT.nanos]: 'ns',
}
const OTHER_LOGICAL: Record<number, string> = {
  [LOGICAL_TYPE.map]: 'map',
  [LOGICAL_TYPE.list]: 'list',
  [LOGICAL_TYPE.enum]: 'enum',
  [LOGICAL_TYPE.json]: 'json',
  [LOGICAL_TYPE.bson]: 'bson',
  [LOGICAL_TYPE.uuid]: 'uuid',
}

export interface DescribedColumn {
  readonly description: ColumnDescription
  /** The leaves with its values: one, unless it is nested. */
  readonly leaves: readonly Leaf[]
}

/** Describes a column of integers whose meaning only the Arrow schema states. */
function withArrowType(column: DescribedColumn, types: ReadonlyMap<string, LogicalType>): DescribedColumn {
  const { name, physical, isField, logical: stated } = column.description
  const isPlain = physical === 'INT64' && (stated.kind === 'none' || stated.kind === 'integer')
  const logical = isPlain && !isField ? types.get(name) : undefined
  return logical === undefined ? column : { ...column, description: { ...column.description, logical } }
}

const PANDAS_PERIOD = 'pandas.period'

/** Columns of durations, and of pandas' periods with their frequency: for parquet both are plain integers. */
function arrowTypesOf(footer: Footer): ReadonlyMap<string, LogicalType> {
  const types = new Map<string, LogicalType>()
  const schema = keyValueMetadata(footer).get(ARROW_SCHEMA)
  if (schema === undefined) return types
  for (const [column, unit] of arrowDurations(schema)) types.set(column, { kind: 'duration', unit })
  if (!Buffer.from(schema, 'base64').includes(PANDAS_PERIOD)) return types
  for (const [column, { name, metadata }] of arrowExtensions(schema)) {
    const [, frequency] = /"freq"\s*:\s*"([^"]*)"/.exec(metadata) ?? []
    if (name === PANDAS_PERIOD && frequency !== undefined) types.set(column, { kind: 'period', frequency })
  }
  return types
}

/** @throws RefusedError `too-big` when the names of nested fields, which repeat those of all structs around, do not fit */
export function describeColumns(footer: Footer): DescribedColumn[] {
  const arrowTypes = arrowTypesOf(footer)
  const columns = footer.fields
    .flatMap(({ name, leaves }) => describedColumns(leaves, 0, name))
    .map((column) => withArrowType(column, arrowTypes))
  const characters = columns.reduce((sum, { description }) => sum + description.name.length, 0)
  checkFits('the names of all columns', 2 * characters, footer.memoryBudgetBytes)
  return columns
}

/**
 * A leaf, the fields of a struct, or one nested column for a node whose leaves are all repeated.
 * @param leaves all leaves of one node
 * @param depth of that node
 */
function describedColumns(leaves: readonly Leaf[], depth: number, name: string): DescribedColumn[] {
  const [leaf] = leaves
  if (!leaf || leaves.every(isRepeated)) {
    return [{ description: { name, physical: 'nested', width: 0, logical: { kind: 'none' } }, leaves }]
  }
  const node = leaf.nodes[depth]!
  if (depth === leaf.nodes.length - 1) {
    const field = depth > 0 ? { isField: true } : {}
    const { type: physical, typeLength: width } = leaf
    return [{ description: { name, physical, width, logical: logicalType(node.element), ...field }, leaves }]
  }
  // Node 20 has no Map.groupBy
  const below = new Map<SchemaNode, Leaf[]>()
  for (const leaf of leaves) {
    const field = leaf.nodes[depth + 1]!
    const known = below.get(field)
    if (known) known.push(leaf)
    else below.set(field, [leaf])
  }
  return [...below].flatMap(([field, leaves]) => describedColumns(leaves, depth + 1, `${name}.${field.name}`))
}

function logicalType(element: ThriftStruct): LogicalType {
  const logical = element.struct(SCHEMA_ELEMENT.logicalType)
  const id = logical?.ids()[0]
  if (logical && id !== undefined) {
    const details = logical.struct(id)!
    switch (id) {
      case LOGICAL_TYPE.string:
        return { kind: 'string' }
      case LOGICAL_TYPE.decimal:
        return { kind: 'decimal', scale: details.integer(DECIMAL_TYPE.scale) ?? 0 }
      case LOGICAL_TYPE.date:
        return { kind: 'date' }
      case LOGICAL_TYPE.time: {
        const unit = UNIT_OF_FIELD[details.struct(TIME_TYPE.unit)?.ids()[0] ?? 0]
        return unit ? { kind: 'time', unit } : { kind: 'other', name: 'time of day' }
      }
      case LOGICAL_TYPE.timestamp: {
        const unit = UNIT_OF_FIELD[details.struct(TIME_TYPE.unit)?.ids()[0] ?? 0]
        return unit
          ? { kind: 'timestamp', unit, utc: details.boolean(TIME_TYPE.isAdjustedToUtc) ?? false }
          : { kind: 'other', name: 'timestamp' }
      }
      case LOGICAL_TYPE.integer:
        return integer(details.boolean(INT_TYPE.isSigned) ?? true, details.integer(INT_TYPE.bitWidth))
      case LOGICAL_TYPE.unknown:
        // a column that holds only nulls may have any physical type
        return { kind: 'none' }
      case LOGICAL_TYPE.float16:
        return { kind: 'float16' }
      default:
        return { kind: 'other', name: OTHER_LOGICAL[id] ?? `logical type ${id}` }
    }
  }
  return convertedType(element)
}

function integer(signed: boolean, bits: number | undefined): LogicalType {
  return bits === undefined ? { kind: 'integer', signed } : { kind: 'integer', signed, bits }
}

/** The older annotation, from before logical types. */
function convertedType(element: ThriftStruct): LogicalType {
  const converted = element.integer(SCHEMA_ELEMENT.convertedType)
  switch (converted) {
    case undefined:
    case CONVERTED_TYPE.nulls:
      return { kind: 'none' }
    case CONVERTED_TYPE.utf8:
      return { kind: 'string' }
    case CONVERTED_TYPE.decimal:
      return { kind: 'decimal', scale: element.integer(SCHEMA_ELEMENT.scale) ?? 0 }
    case CONVERTED_TYPE.date:
      return { kind: 'date' }
    case CONVERTED_TYPE.timeMillis:
      return { kind: 'time', unit: 'ms' }
    case CONVERTED_TYPE.timeMicros:
      return { kind: 'time', unit: 'us' }
    case CONVERTED_TYPE.timestampMillis:
      return { kind: 'timestamp', unit: 'ms', utc: true }
    case CONVERTED_TYPE.timestampMicros:
      return { kind: 'timestamp', unit: 'us', utc: true }
    case CONVERTED_TYPE.uint8:
    case CONVERTED_TYPE.uint16:
    case CONVERTED_TYPE.uint32:
    case CONVERTED_TYPE.uint64:
      return integer(false, 2 ** (converted - 8))
    case CONVERTED_TYPE.int8:
    case CONVERTED_TYPE.int16:
    case CONVERTED_TYPE.int32:
    case CONVERTED_TYPE.int64:
      return integer(true, 2 ** (converted - 12))
    default:
      return { kind: 'other', name: `converted type ${converted}` }
  }
}
