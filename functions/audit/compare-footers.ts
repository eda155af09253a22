/** Compares the footers of two files: the facts about columns that readers take from there. */

import { describeColumns } from '../enrich/describe-columns.ts'
import { typeName } from '../market/column-values.ts'
import { rowGroup } from '../parquet/format/column-chunk.ts'
import { COMPRESSIONS, type Compression } from '../parquet/format/enumerations.ts'
import { COLUMN_CHUNK, COLUMN_META, FILE_METADATA, ROW_GROUP, SCHEMA_ELEMENT } from '../parquet/format/fields.ts'
import { type Footer, keyValueMetadata } from '../parquet/format/footer.ts'
import { asStruct, type ThriftStruct } from '../parquet/format/thrift.ts'
import { quoted } from '../shared/errors.ts'
import { FOOTER_NOTE_KEY } from '../shared/names.ts'

const DESCRIPTION = [COLUMN_META.type, COLUMN_META.pathInSchema, COLUMN_META.keyValueMetadata, COLUMN_META.statistics]
/** The other fields are compressed sizes and places: zlib does not compress alike everywhere. */
const COUNTED = [COLUMN_META.numValues, COLUMN_META.sizeStatistics, COLUMN_META.geospatialStatistics]
/** Which encoding a chunk has follows from its compressed size. */
const PAGES = [...COUNTED, COLUMN_META.encodings, COLUMN_META.totalUncompressedSize, COLUMN_META.encodingStats]
/** What compresses alike everywhere; the others are Node's, or on an old Node others'. */
const ALIKE: readonly (Compression | undefined)[] = ['UNCOMPRESSED', 'SNAPPY', 'LZ4', 'LZ4_RAW']
const FOOTER_FIELDS = [FILE_METADATA.version, FILE_METADATA.columnOrders]
const GROUP_FIELDS = [ROW_GROUP.numRows, ROW_GROUP.sortingColumns]

/**
 * @param expected the footer as it is written today
 * @param isSameVersion whether the same version of this program made the file
 * @returns the differences
 */
export function footerProblems(footer: Footer, expected: Footer, isSameVersion: boolean): string[] {
  // another program may describe the same values differently
  if (footer.meta.text(FILE_METADATA.createdBy) !== expected.meta.text(FILE_METADATA.createdBy))
    return typeProblems(footer, expected)
  return [
    ...schemaProblems(footer, expected),
    ...metadataProblems(footer, expected, isSameVersion),
    ...rowGroupProblems(footer, expected, isSameVersion),
    ...(FOOTER_FIELDS.every((id) => isSameField(footer.meta, expected.meta, id)) ? [] : ['its footer differs']),
  ]
}

/** Differences in types that change the meaning of stored values. */
function typeProblems(footer: Footer, expected: Footer): string[] {
  const found = new Map(describeColumns(footer).map(({ description }) => [description.name, description]))
  return describeColumns(expected).flatMap(({ description: column }) => {
    const theirs = found.get(column.name)
    const { kind } = column.logical
    const matters = kind === 'timestamp' || kind === 'decimal' || kind === 'date'
    if (!theirs || !matters || typeName(theirs) === typeName(column)) return []
    return [`column ${quoted(column.name)} is ${typeName(theirs)}; it was ${typeName(column)}`]
  })
}

function schemaProblems(footer: Footer, expected: Footer): string[] {
  const [ours, theirs] = [expected.meta.list(FILE_METADATA.schema) ?? [], footer.meta.list(FILE_METADATA.schema) ?? []]
  if (ours.length !== theirs.length) return [`its schema has ${theirs.length} elements; it had ${ours.length}`]
  const at = ours.findIndex(({ raw }, i) => Buffer.compare(raw, theirs[i]!.raw) !== 0)
  if (at < 0) return []
  return [
    `column ${quoted(asStruct(ours[at]!).text(SCHEMA_ELEMENT.name) ?? '')} is described differently in the schema`,
  ]
}

function metadataProblems(footer: Footer, expected: Footer, isSameVersion: boolean): string[] {
  const [ours, theirs] = [keyValueMetadata(expected), keyValueMetadata(footer)]
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((key) => {
    const differs = withoutOffset(ours.get(key)) !== withoutOffset(theirs.get(key))
    // a later version may have more in its note
    if (!differs || (key === FOOTER_NOTE_KEY && !isSameVersion)) return []
    return [`its metadata ${quoted(key)} differs`]
  })
}

/** The place of the state follows from compressed sizes. */
function withoutOffset(note: string | undefined): string | undefined {
  return note?.replace(/("state":\{"version":\d+,)"offset":\d+,/, '$1')
}

function rowGroupProblems(footer: Footer, expected: Footer, isSameVersion: boolean): string[] {
  if (footer.groupRows.join() !== expected.groupRows.join()) return ['its row groups differ']
  for (let i = 0; i < expected.rowGroups.length; i++) {
    const [ours, theirs] = [rowGroup(expected, i), rowGroup(footer, i)]
    const isAlike = ours.columns.every((chunk) => isCompressedAlike(asStruct(chunk)))
    const ofGroup = isAlike ? [...GROUP_FIELDS, ROW_GROUP.totalByteSize] : GROUP_FIELDS
    if (isSameVersion && !ofGroup.every((id) => isSameField(ours.struct, theirs.struct, id))) {
      return [`row group ${i} is described differently`]
    }
    for (const [leaf, value] of ours.columns.entries()) {
      const [chunk, other] = [asStruct(value), asStruct(theirs.columns[leaf]!)]
      const [meta, found] = [chunk.struct(COLUMN_CHUNK.metadata)!, other.struct(COLUMN_CHUNK.metadata)]
      // readers ignore the offset, and writers put different values there
      const ofPages = isCompressedAlike(chunk) ? PAGES : COUNTED
      const fields = isSameVersion ? [...DESCRIPTION, ...ofPages] : DESCRIPTION
      const isSamePlace = !isSameVersion || isSameField(chunk, other, COLUMN_CHUNK.fileOffset)
      if (found && isSamePlace && fields.every((id) => isSameField(meta, found, id))) continue
      return [
        `column ${quoted(meta.texts(COLUMN_META.pathInSchema)?.join('.') ?? '')} is described differently in row group ${i}`,
      ]
    }
  }
  return []
}

function isCompressedAlike(chunk: ThriftStruct): boolean {
  const codec = chunk.struct(COLUMN_CHUNK.metadata)!.integer(COLUMN_META.codec)
  return ALIKE.includes(codec === undefined ? undefined : COMPRESSIONS[codec])
}

function isSameField(a: ThriftStruct, b: ThriftStruct, id: number): boolean {
  const [one, other] = [a.value(id), b.value(id)]
  return one === undefined || other === undefined ? one === other : Buffer.compare(one.raw, other.raw) === 0
}
