/**
 * A parquet file's footer: what is in the file and where.
 * Field numbers are those of https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */

import type { ByteSource } from '../../shared/byte-source.ts'
import { quoted, RefusedError } from '../../shared/errors.ts'
import { checkFits } from '../../shared/memory-budget.ts'
import {
  COLUMN_CHUNK,
  COLUMN_META,
  DECIMAL_TYPE,
  FILE_METADATA,
  KEY_VALUE,
  LOGICAL_TYPE,
  ROW_GROUP,
  SCHEMA_ELEMENT,
} from './fields.ts'
import { FileWarnings } from './file-warnings.ts'
import { FORMAT_BYTES, otherFormat } from './other-format.ts'
import { CODECS, CONVERTED_NULLS, fileMetadata, PHYSICAL_TYPES } from './shapes.ts'
import { asStruct, ThriftStruct, type ThriftValue } from './thrift.ts'
import { checkShape } from './thrift-shape.ts'

export type PhysicalType = (typeof PHYSICAL_TYPES)[number]

export type Codec = (typeof CODECS)[number]

export const REQUIRED = 0
const REPEATED = 2

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

export interface RowGroup {
  readonly struct: ThriftStruct
  readonly rows: number
  readonly columns: readonly ThriftValue[]
}

export interface Footer {
  readonly meta: ThriftStruct
  readonly root: ThriftStruct
  readonly fields: readonly TopField[]
  /** Columns that hold values: the chunks of every row group. */
  readonly leafCount: number
  readonly rows: number
  /** One encoded RowGroup struct each; `rowGroup` reads it. */
  readonly rowGroups: readonly ThriftValue[]
  /** The row group read last: all columns need the same one at about the same time. */
  readonly latest: { index: number; group: RowGroup | undefined }
  /** Rows of each row group. */
  readonly groupRows: readonly number[]
  /** Offset of the footer in the file: no page lies at or after it. */
  readonly start: number
  /** What may be allocated for what the file states. */
  readonly memoryBudgetBytes: number
  /** What was found wrong so far and does not matter; pages add to it while they are read. */
  readonly warnings: FileWarnings
}

export interface ColumnChunk {
  readonly struct: ThriftStruct
  readonly meta: ThriftStruct
  readonly codec: Codec
  readonly values: number
  /** Encodings that the chunk states for its pages, which may be wrong; undefined when it states none. */
  readonly encodings: readonly number[] | undefined
  /** The chunk's bytes, dictionary page included. */
  readonly start: number
  readonly end: number
}

const MAGIC = 'PAR1'
const CONVERTED_DECIMAL = 5
/** Footers of a few dozen columns fit; a longer one costs a second read. */
const TAIL_BYTES = 64 * 1024
/** Row numbers are 32-bit integers here. */
const MAX_ROWS = 2 ** 31 - 1
/**
 * Run lengths can state any number of rows in a few bytes, which nobody's bars do: a flat market of one million minutes,
 * delta encoded and ZSTD compressed, has 500 rows a byte.
 */
const [MAX_ROWS_PER_BYTE, ALWAYS_READ_ROWS] = [1000, 10_000_000]

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

function corrupt(what: string): RefusedError {
  return new RefusedError('corrupt', `the file's footer is damaged: ${what}`)
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw corrupt(`${what} is missing`)
  return value
}

function count(value: number | undefined, what: string): number {
  const n = required(value, what)
  if (n < 0) throw corrupt(`${what} is ${n}`)
  return n
}

/** The footer is held as it is read, as it is edited, and as it is written. */
const FOOTER_COPIES = 3
/** What a schema element or a pair of metadata takes beside its bytes. */
const ELEMENT_BYTES = 512
/** What a row group takes with its new columns (measured 10,500 with 100,000 of one row). */
const ROW_GROUP_BYTES = 10_000

/**
 * Reads and checks the footer.
 * @param memoryBudgetBytes what may be allocated for it, and later for any part of the file
 * @throws RefusedError `not-parquet`, `encrypted`, `corrupt` or `too-big`
 */
export async function readFooter(source: ByteSource, memoryBudgetBytes: number): Promise<Footer> {
  const size = source.byteLength
  if (size < 12) throw new RefusedError('not-parquet', `not a parquet file: it has ${size} bytes, the smallest has 12`)
  const tailStart = Math.max(0, size - TAIL_BYTES)
  const [head, tail] = await Promise.all([source.slice(0, 4), source.slice(tailStart, size)])
  const magic = ascii(tail.subarray(-4))
  if (magic === 'PARE' || ascii(head) === 'PARE') {
    throw new RefusedError(
      'encrypted',
      'the file has an encrypted footer; only files that are not encrypted can be read',
    )
  }
  if (magic !== MAGIC || ascii(head) !== MAGIC) {
    const begin = ascii(head) === MAGIC ? undefined : await source.slice(0, Math.min(size, FORMAT_BYTES))
    const what = (begin && otherFormat(begin, tail)) ?? 'was it cut or changed?'
    const where = magic !== MAGIC ? `ends with ${quoted(magic)}` : `starts with ${quoted(ascii(head))}`
    throw new RefusedError('not-parquet', `not a parquet file: it ${where} instead of "${MAGIC}"; ${what}`)
  }
  const length = new DataView(tail.buffer, tail.byteOffset + tail.length - 8).getUint32(0, true)
  const start = size - 8 - length
  if (start < 4) throw corrupt(`its length is given as ${length} bytes, more than the file has`)
  checkFits('the footer', length * FOOTER_COPIES, memoryBudgetBytes)
  const bytes =
    start >= tailStart ? tail.slice(start - tailStart, tail.length - 8) : await source.slice(start, size - 8)
  return parseFooter(bytes, start, memoryBudgetBytes)
}

/** @param start where the footer begins in the file */
export function parseFooter(bytes: Uint8Array, start: number, memoryBudgetBytes = Number.POSITIVE_INFINITY): Footer {
  const meta = new ThriftStruct(bytes)
  const elements = [FILE_METADATA.schema, FILE_METADATA.keyValueMetadata, FILE_METADATA.columnOrders].reduce(
    (sum, id) => sum + meta.listLength(id),
    0,
  )
  const groups = meta.listLength(FILE_METADATA.rowGroups)
  const needed = bytes.length * FOOTER_COPIES + elements * ELEMENT_BYTES + groups * ROW_GROUP_BYTES
  checkFits(`the footer, with ${groups} row groups,`, needed, memoryBudgetBytes)
  if (meta.has(FILE_METADATA.encryptionAlgorithm)) {
    throw new RefusedError('encrypted', 'the file is encrypted or signed; only files that are not can be read')
  }
  const warnings = new FileWarnings()
  checkShape(bytes, fileMetadata, 'footer', (field) => warnings.add('field-type', field))
  const schema = required(meta.structs(FILE_METADATA.schema), 'the schema')
  const root = required(schema[0], "the schema's root")
  const rowGroups = required(meta.list(FILE_METADATA.rowGroups), 'the list of row groups')
  const groupRows = rowGroups.map((group, i) =>
    count(asStruct(group).integer(ROW_GROUP.numRows), `the number of rows of row group ${i}`),
  )
  const sum = groupRows.reduce((a, b) => a + b, 0)
  const stated = count(meta.integer(FILE_METADATA.numRows), 'the number of rows')
  // the first versions of parquet-rs did not count them
  const rows = stated === 0 ? sum : stated
  if (rows > stated) warnings.add('row-count', 'the footer')
  if (rows > MAX_ROWS) {
    throw new RefusedError('too-big', `the file has ${rows} rows; at most ${MAX_ROWS} are supported; split the file`)
  }
  if (rows > ALWAYS_READ_ROWS && rows > MAX_ROWS_PER_BYTE * start) {
    const allowed = `at most ${MAX_ROWS_PER_BYTE} a byte, and always ${ALWAYS_READ_ROWS}, are read`
    throw new RefusedError('too-big', `the file states ${rows} rows in ${start} bytes; ${allowed}`)
  }
  if (sum !== rows) throw corrupt(`it states ${rows} rows, its row groups ${sum}`)
  const fields = topFields(schema, warnings)
  const leafCount = fields.reduce((sum, field) => sum + field.leaves.length, 0)
  const latest = { index: -1, group: undefined }
  return { meta, root, fields, leafCount, rows, latest, rowGroups, groupRows, start, memoryBudgetBytes, warnings }
}

function topFields(elements: readonly ThriftStruct[], warnings: FileWarnings): TopField[] {
  const fields: TopField[] = []
  let at = 1
  let leafIndex = 0
  const take = (path: SchemaNode[], nodes: SchemaNode[], leaves: Leaf[]): void => {
    if (path.length > 64) throw corrupt('its schema is nested more than 64 levels deep')
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
      const below = count(children, `the number of fields in ${quoted(node.name)}`)
      for (let i = 0; i < below; i++) take(here, nodes, leaves)
      return
    }
    const physical = PHYSICAL_TYPES[type]!
    const fixed = physical === 'FIXED_LEN_BYTE_ARRAY'
    checkConvertedType(node, physical, warnings)
    const typeLength = fixed
      ? count(element.integer(SCHEMA_ELEMENT.typeLength), 'a type length')
      : physical === 'INT96'
        ? 12
        : 0
    leaves.push({ index: leafIndex++, nodes: here, type: physical, typeLength })
  }
  const top = count(elements[0]?.integer(SCHEMA_ELEMENT.numChildren), "the number of the root's fields")
  for (let i = 0; i < top; i++) {
    const nodes: SchemaNode[] = []
    const leaves: Leaf[] = []
    take([], nodes, leaves)
    fields.push({ name: nodes[0]!.name, nodes, leaves })
  }
  if (at !== elements.length) throw corrupt(`its schema has ${elements.length} elements, ${at} of them in the tree`)
  return fields
}

const [BYTES, INT32, INT64] = [['BYTE_ARRAY'], ['INT32'], ['INT64']] as const
/** What the values of each converted type may be stored as. 1 to 3 are maps and lists, which have no values of their own. */
const STORED_AS: Readonly<Record<number, readonly PhysicalType[]>> = {
  0: BYTES,
  4: BYTES,
  5: ['INT32', 'INT64', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'],
  6: INT32,
  7: INT32,
  8: INT64,
  9: INT64,
  10: INT64,
  11: INT32,
  12: INT32,
  13: INT32,
  14: INT64,
  15: INT32,
  16: INT32,
  17: INT32,
  18: INT64,
  19: BYTES,
  20: BYTES,
  21: ['FIXED_LEN_BYTE_ARRAY'],
}

function checkConvertedType({ element, name }: SchemaNode, physical: PhysicalType, warnings: FileWarnings): void {
  const converted = element.integer(SCHEMA_ELEMENT.convertedType)
  const label = `column ${quoted(name)}`
  if (converted === CONVERTED_DECIMAL) {
    if (!element.has(SCHEMA_ELEMENT.precision)) throw corrupt(`the decimal ${label} has no precision`)
    checkScale(element, label, warnings)
  }
  if (converted === CONVERTED_NULLS) warnings.add('converted-type', label)
  else if (converted !== undefined && !STORED_AS[converted]?.includes(physical)) {
    throw corrupt(`${label} is ${physical}, which the converted type ${converted} cannot be`)
  }
}

/** It stands in two places: readers take the one or the other, and a price is another then. */
function checkScale(element: ThriftStruct, label: string, warnings: FileWarnings): void {
  const [scale, logical] = [
    element.integer(SCHEMA_ELEMENT.scale),
    element.struct(SCHEMA_ELEMENT.logicalType)?.struct(LOGICAL_TYPE.decimal)?.integer(DECIMAL_TYPE.scale),
  ]
  if (scale === undefined && logical === undefined) warnings.add('decimal-scale', label)
  else if (scale !== undefined && logical !== undefined && scale !== logical) {
    throw corrupt(`the decimal ${label} has the scales ${scale} and ${logical}`)
  }
}

export function leavesOf(footer: Footer): Leaf[] {
  return footer.fields.flatMap((field) => field.leaves)
}

export function rowGroup(footer: Footer, index: number): RowGroup {
  const { latest } = footer
  if (latest.index !== index) Object.assign(latest, { index, group: readRowGroup(footer, index) })
  return latest.group!
}

function readRowGroup(footer: Footer, index: number): RowGroup {
  const struct = asStruct(required(footer.rowGroups[index], `row group ${index}`))
  const columns = required(struct.list(ROW_GROUP.columns), `the columns of row group ${index}`)
  if (columns.length !== footer.leafCount) {
    throw corrupt(`row group ${index} has ${columns.length} columns, the schema ${footer.leafCount}`)
  }
  return { struct, columns, rows: footer.groupRows[index]! }
}

/**
 * The chunk of one leaf, its place checked against the file.
 * @param label how messages name the chunk
 */
export function columnChunk(footer: Footer, group: RowGroup, leaf: Leaf): ColumnChunk {
  const label = `column ${quoted(pathOf(leaf))}`
  const value = group.columns[leaf.index]
  if (!value) throw corrupt(`${label} has no chunk in a row group`)
  const struct = asStruct(value)
  const path = struct.text(COLUMN_CHUNK.filePath)
  if (path)
    throw new RefusedError(
      'unsupported',
      `${label} is stored in another file, ${quoted(path)}; only whole files can be read`,
    )
  if (struct.has(COLUMN_CHUNK.cryptoMetadata) || struct.has(COLUMN_CHUNK.encryptedColumnMetadata))
    throw new RefusedError('encrypted', `${label} is encrypted`)
  const meta = required(struct.struct(COLUMN_CHUNK.metadata), `the description of ${label}`)
  const type = required(meta.integer(COLUMN_META.type), `the type of ${label}`)
  if (PHYSICAL_TYPES[type] !== leaf.type)
    throw corrupt(`${label} is ${leaf.type} in the schema, ${PHYSICAL_TYPES[type] ?? type} in a chunk`)
  const names = meta.texts(COLUMN_META.pathInSchema)
  if (names && names.join('.') !== pathOf(leaf)) {
    throw corrupt(`${label} is called ${quoted(names.join('.'))} in a chunk`)
  }
  const codec = CODECS[required(meta.integer(COLUMN_META.codec), `the codec of ${label}`)]!
  const dataPage = count(meta.integer(COLUMN_META.dataPageOffset), `the offset of ${label}`)
  const dictionary = meta.integer(COLUMN_META.dictionaryPageOffset)
  const size = count(meta.integer(COLUMN_META.totalCompressedSize), `the size of ${label}`)
  const start = dictionary !== undefined && dictionary > 0 && dictionary < dataPage ? dictionary : dataPage
  const values = count(meta.integer(COLUMN_META.numValues), `the number of values of ${label}`)
  // a chunk without values may lie anywhere: pyarrow writes offset 0
  if (values > 0 && (start < 4 || start + size > footer.start)) {
    throw corrupt(
      `${label} lies at bytes ${start} to ${start + size}, outside of the data, which ends at ${footer.start}`,
    )
  }
  return {
    struct,
    meta,
    codec,
    values,
    encodings: meta.integers(COLUMN_META.encodings),
    start,
    end: start + size,
  }
}

/**
 * Checks that no byte belongs to two chunks of these columns: otherwise a few KB of footer could make the same bytes be
 * read a million times.
 * @throws RefusedError `corrupt`
 */
export function checkDisjoint(footer: Footer, leaves: readonly Leaf[]): void {
  const most = footer.rowGroups.length * leaves.length
  const [starts, ends] = [new Float64Array(most), new Float64Array(most)]
  let count = 0
  let isAscending = true
  for (let i = 0; i < footer.rowGroups.length; i++) {
    const group = rowGroup(footer, i)
    for (const leaf of leaves) {
      const { start, end, values } = columnChunk(footer, group, leaf)
      if (values === 0) continue
      if (count > 0 && start < ends[count - 1]!) isAscending = false
      starts[count] = start
      ends[count++] = end
    }
  }
  // in the order of the columns, which is that of most files, they are disjoint
  if (isAscending) return
  // of disjoint ranges, the one that starts n-th also ends n-th
  const sortedStarts = starts.subarray(0, count).sort()
  const sortedEnds = ends.subarray(0, count).sort()
  for (let i = 1; i < count; i++) {
    if (sortedStarts[i]! >= sortedEnds[i - 1]!) continue
    throw corrupt(`two column chunks overlap at byte ${sortedStarts[i]}`)
  }
}

export function pathOf(leaf: Leaf): string {
  return leaf.nodes.map((node) => node.name).join('.')
}

export function maxDefinitionLevel(leaf: Leaf): number {
  return leaf.nodes.filter((node) => node.repetition !== REQUIRED).length
}

/** Repeated somewhere on its path: a row may hold any number of values. */
export function isRepeated(leaf: Leaf): boolean {
  return leaf.nodes.some((node) => node.repetition === REPEATED)
}

/** The footer's key-value metadata; the last of equal keys wins. */
export function keyValueMetadata(footer: Footer): Map<string, string> {
  const pairs = footer.meta.structs(FILE_METADATA.keyValueMetadata) ?? []
  return new Map(pairs.map((pair) => [pair.text(KEY_VALUE.key) ?? '', pair.text(KEY_VALUE.value) ?? '']))
}

const FIXED_WIDTHS = { BOOLEAN: 0, INT32: 4, INT64: 8, FLOAT: 4, DOUBLE: 8 } as const
/** Width in bytes of a stored value, 0 for packed bits, or `bytes` for BYTE_ARRAY. */
export type ValueWidth = number | 'bytes'

export function valueWidth({ type, typeLength }: Leaf): ValueWidth {
  if (type === 'BYTE_ARRAY') return 'bytes'
  return FIXED_WIDTHS[type as keyof typeof FIXED_WIDTHS] ?? typeLength
}

/** One value per row, at the top level. */
export function isFlat(leaf: Leaf): boolean {
  return leaf.nodes.length === 1 && !isRepeated(leaf)
}
