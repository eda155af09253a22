/** The schema: a tree of fields, whose leaves are the columns that hold values. */
import { quoted } from '../../shared/errors.ts'
import { CONVERTED_TYPE, PHYSICAL_TYPES, type PhysicalType, REPEATED, REQUIRED } from './enumerations.ts'
import { DECIMAL_TYPE, LOGICAL_TYPE, SCHEMA_ELEMENT } from './fields.ts'
import type { WarningCollector } from './file-warnings.ts'
import { damagedFooter, required, requiredCount } from './footer-values.ts'
import type { ThriftStruct } from './thrift.ts'

/** One element of the flattened schema tree. */
export interface SchemaNode {
  readonly element: ThriftStruct
  readonly name: string
  /** REQUIRED, OPTIONAL or REPEATED. */
  readonly repetition: number
}

/** A column that holds values. */
export interface Leaf {
  /** Position among the leaves, which is the position of its chunk in every row group. */
  readonly index: number
  /** From the top-level field down to the leaf itself. */
  readonly nodes: readonly SchemaNode[]
  readonly type: PhysicalType
  /** Bytes of a FIXED_LEN_BYTE_ARRAY (12 for INT96), otherwise 0. */
  readonly typeLength: number
}

/** A child of the schema's root with everything below it. */
export interface TopField {
  readonly name: string
  readonly nodes: readonly SchemaNode[]
  readonly leaves: readonly Leaf[]
}

export function topFields(elements: readonly ThriftStruct[], warnings: WarningCollector): TopField[] {
  const fields: TopField[] = []
  let at = 1
  let leafIndex = 0
  const take = (path: SchemaNode[], nodes: SchemaNode[], leaves: Leaf[]): void => {
    if (path.length > 64) throw damagedFooter('its schema is nested more than 64 levels deep')
    const element = required(elements[at++], 'a schema element')
    const node = {
      element,
      name: required(element.text(SCHEMA_ELEMENT.name), "a column's name"),
      repetition: required(element.integer(SCHEMA_ELEMENT.repetitionType), "a column's repetition"),
    }
    nodes.push(node)
    const here = [...path, node]
    const children = element.integer(SCHEMA_ELEMENT.numChildren)
    const type = element.integer(SCHEMA_ELEMENT.type)
    if (type === undefined) {
      const below = requiredCount(children, `the number of fields in ${quoted(node.name)}`)
      for (let i = 0; i < below; i++) take(here, nodes, leaves)
      return
    }
    const physical = PHYSICAL_TYPES[type]!
    const fixed = physical === 'FIXED_LEN_BYTE_ARRAY'
    checkConvertedType(node, physical, warnings)
    const typeLength = fixed
      ? requiredCount(element.integer(SCHEMA_ELEMENT.typeLength), 'a type length')
      : physical === 'INT96'
        ? 12
        : 0
    leaves.push({ index: leafIndex++, nodes: here, type: physical, typeLength })
  }
  const top = requiredCount(elements[0]?.integer(SCHEMA_ELEMENT.numChildren), "the number of the root's fields")
  for (let i = 0; i < top; i++) {
    const nodes: SchemaNode[] = []
    const leaves: Leaf[] = []
    take([], nodes, leaves)
    fields.push({ name: nodes[0]!.name, nodes, leaves })
  }
  if (at !== elements.length)
    throw damagedFooter(`its schema has ${elements.length} elements, ${at} of them in the tree`)
  return fields
}

const [BYTES, INT32, INT64] = [['BYTE_ARRAY'], ['INT32'], ['INT64']] as const
/** The physical types that a converted type may have. Maps and lists have no values of their own. */
const STORED_AS: Readonly<Record<number, readonly PhysicalType[]>> = {
  [CONVERTED_TYPE.utf8]: BYTES,
  [CONVERTED_TYPE.enum]: BYTES,
  [CONVERTED_TYPE.decimal]: ['INT32', 'INT64', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'],
  [CONVERTED_TYPE.date]: INT32,
  [CONVERTED_TYPE.timeMillis]: INT32,
  [CONVERTED_TYPE.timeMicros]: INT64,
  [CONVERTED_TYPE.timestampMillis]: INT64,
  [CONVERTED_TYPE.timestampMicros]: INT64,
  [CONVERTED_TYPE.uint8]: INT32,
  [CONVERTED_TYPE.uint16]: INT32,
  [CONVERTED_TYPE.uint32]: INT32,
  [CONVERTED_TYPE.uint64]: INT64,
  [CONVERTED_TYPE.int8]: INT32,
  [CONVERTED_TYPE.int16]: INT32,
  [CONVERTED_TYPE.int32]: INT32,
  [CONVERTED_TYPE.int64]: INT64,
  [CONVERTED_TYPE.json]: BYTES,
  [CONVERTED_TYPE.bson]: BYTES,
  [CONVERTED_TYPE.interval]: ['FIXED_LEN_BYTE_ARRAY'],
}

function checkConvertedType({ element, name }: SchemaNode, physical: PhysicalType, warnings: WarningCollector): void {
  const converted = element.integer(SCHEMA_ELEMENT.convertedType)
  const label = `column ${quoted(name)}`
  if (converted === CONVERTED_TYPE.decimal) {
    if (!element.has(SCHEMA_ELEMENT.precision)) throw damagedFooter(`the decimal ${label} has no precision`)
    checkScale(element, label, warnings)
  }
  if (converted === CONVERTED_TYPE.nulls) warnings.add('converted-type', label)
  else if (converted !== undefined && !STORED_AS[converted]?.includes(physical)) {
    throw damagedFooter(`${label} is ${physical}, which the converted type ${converted} cannot be`)
  }
}

/**
 * The scale is stated twice. Readers use the one or the other, so two different scales would give two different prices.
 */
function checkScale(element: ThriftStruct, label: string, warnings: WarningCollector): void {
  const [scale, logical] = [
    element.integer(SCHEMA_ELEMENT.scale),
    element.struct(SCHEMA_ELEMENT.logicalType)?.struct(LOGICAL_TYPE.decimal)?.integer(DECIMAL_TYPE.scale),
  ]
  if (scale === undefined && logical === undefined) warnings.add('decimal-scale', label)
  else if (scale !== undefined && logical !== undefined && scale !== logical) {
    throw damagedFooter(`the decimal ${label} has the scales ${scale} and ${logical}`)
  }
}

export function pathOf(leaf: Leaf): string {
  return leaf.nodes.map((node) => node.name).join('.')
}

export function maxDefinitionLevel(leaf: Leaf): number {
  return leaf.nodes.filter((node) => node.repetition !== REQUIRED).length
}

/** Whether any node on the path is repeated: a row may then hold any number of values. */
export function isRepeated(leaf: Leaf): boolean {
  return leaf.nodes.some((node) => node.repetition === REPEATED)
}

const FIXED_WIDTHS = { BOOLEAN: 0, INT32: 4, INT64: 8, FLOAT: 4, DOUBLE: 8 } as const
/** Width in bytes of a stored value, 0 for packed bits, or `bytes` for BYTE_ARRAY. */
export type ValueWidth = number | 'bytes'

export function valueWidth({ type, typeLength }: Leaf): ValueWidth {
  if (type === 'BYTE_ARRAY') return 'bytes'
  return FIXED_WIDTHS[type as keyof typeof FIXED_WIDTHS] ?? typeLength
}

/** Whether the column is at the top level with one value per row. */
export function isFlat(leaf: Leaf): boolean {
  return leaf.nodes.length === 1 && !isRepeated(leaf)
}
