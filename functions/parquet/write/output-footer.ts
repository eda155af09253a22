/** The footer of the enriched file: the input's, with what is new put in and everything else left as it was. */

import { concatBytes } from '../../shared/concat-bytes.ts'
import type { ArrowField } from '../format/arrow-ipc.ts'
import { ARROW_SCHEMA } from '../format/arrow-schema.ts'
import type { RowGroup } from '../format/column-chunk.ts'
import { editArrowSchema } from '../format/edit-arrow-schema.ts'
import { DICTIONARY_PAGE, PLAIN } from '../format/enumerations.ts'
import {
  COLUMN_CHUNK,
  COLUMN_META,
  COLUMN_ORDER,
  FILE_METADATA,
  KEY_VALUE,
  PAGE_ENCODING_STATS,
  ROW_GROUP,
  SCHEMA_ELEMENT,
  SORTING_COLUMN,
} from '../format/fields.ts'
import { fileEnd } from '../format/file-end.ts'
import type { Footer } from '../format/footer.ts'
import { type Indexed, type OutputColumn, placeIndexes } from '../format/page-index.ts'
import { extendPandas, PANDAS } from '../format/pandas-metadata.ts'
import type { TopField } from '../format/schema.ts'
import { asStruct, type ThriftStruct, type ThriftValue, thrift } from '../format/thrift.ts'
import type { PlacedChunks } from './new-chunk.ts'

/** Fields of a ColumnChunk that no longer hold when its pages move. */
export const NO_PAGE_INDEXES = {
  [COLUMN_CHUNK.offsetIndexOffset]: undefined,
  [COLUMN_CHUNK.offsetIndexLength]: undefined,
  [COLUMN_CHUNK.columnIndexOffset]: undefined,
  [COLUMN_CHUNK.columnIndexLength]: undefined,
}

/** A row group of the output: the structs of its columns and what the columns amount to. */
export interface OutputRowGroup {
  readonly rows: number
  /** The columns that stay. */
  readonly kept: readonly OutputColumn[]
  readonly added: readonly OutputColumn[]
  /** Sizes of all columns together, page headers included. */
  readonly bytes: number
  readonly uncompressedBytes: number
  /** Where its first page lies. */
  readonly offset: number
}

/** Columns that the output gains, as the footer describes them. */
export interface AddedColumns {
  arrowFields(): ArrowField[]
  /** One SchemaElement struct for each. */
  schemaElements(): ThriftValue[]
  /** Whether any row has no value in a column. */
  hasNulls(column: number): boolean
  /** Whether they replace a column of the input with this name. */
  replaces(name: string): boolean
}

/** The same with their column chunks. */
export interface PlacedColumns extends AddedColumns {
  /**
   * The chunks of a row group.
   * @param offset of the first one in the file
   * @param indexed what the page indexes tell readers of their pages
   */
  chunksAt(group: number, offset: number, indexed: Indexed): PlacedChunks
}

/** A row group of which only the places of its page indexes are missing. */
interface IndexedGroup {
  readonly columns: readonly OutputColumn[]
  /** @param chunks a ColumnChunk struct for each column */
  struct(chunks: readonly ThriftValue[]): ThriftValue
}

/** Fields of the input that the new columns replace: those that carry their names. */
export function replacedFields(footer: Footer, writer: AddedColumns): TopField[] {
  return footer.fields.filter((field) => writer.replaces(field.name))
}

export class OutputFooter {
  readonly #footer: Footer
  readonly #writer: AddedColumns
  readonly #replaced: readonly TopField[]
  readonly #replacedLeaves: ReadonlySet<number>
  readonly #groups: (ThriftValue | IndexedGroup)[] = []
  #rows = 0

  /** @param replaced fields of the input that are left out */
  constructor(footer: Footer, writer: AddedColumns, replaced: readonly TopField[] = replacedFields(footer, writer)) {
    this.#footer = footer
    this.#writer = writer
    this.#replaced = replaced
    this.#replacedLeaves = new Set(this.#replaced.flatMap((field) => field.leaves.map((leaf) => leaf.index)))
  }

  /** Whether the column with this position stays. */
  keeps(leaf: number): boolean {
    return !this.#replacedLeaves.has(leaf)
  }

  add(group: RowGroup, output: OutputRowGroup): void {
    this.#rows += output.rows
    const ordinal = this.#groups.length
    const columns = [...output.kept, ...output.added]
    const struct = (chunks: readonly ThriftValue[]) => this.#groupStruct(group.struct, output, chunks, ordinal)
    // most are encoded now: there may be many
    const isIndexed = columns.some(({ indexes }) => indexes !== undefined)
    this.#groups.push(isIndexed ? { columns, struct } : struct(columns.map(({ chunk }) => chunk)))
  }

  #groupStruct(
    struct: ThriftStruct,
    output: OutputRowGroup,
    chunks: readonly ThriftValue[],
    ordinal: number,
  ): ThriftValue {
    return struct.with({
      [ROW_GROUP.columns]: thrift.list(chunks),
      [ROW_GROUP.totalByteSize]: thrift.i64(output.uncompressedBytes),
      [ROW_GROUP.numRows]: thrift.i64(output.rows),
      [ROW_GROUP.sortingColumns]: this.#sortingColumns(struct),
      [ROW_GROUP.fileOffset]: struct.has(ROW_GROUP.fileOffset) ? thrift.i64(output.offset) : undefined,
      [ROW_GROUP.totalCompressedSize]: struct.has(ROW_GROUP.totalCompressedSize) ? thrift.i64(output.bytes) : undefined,
      [ROW_GROUP.ordinal]: ordinalOf(struct, ordinal),
    })
  }

  /** The sort order that the writer stated, its column numbers moved by the columns that went. */
  #sortingColumns(group: ThriftStruct): ThriftValue | undefined {
    if (this.#replaced.length === 0) return group.value(ROW_GROUP.sortingColumns)
    const sorting: ThriftValue[] = []
    for (const column of group.structs(ROW_GROUP.sortingColumns) ?? []) {
      const index = column.integer(SORTING_COLUMN.columnIdx) ?? 0
      // the order by a column that is gone, and all finer ones within it, mean nothing any more
      if (!this.keeps(index)) break
      const before = [...this.#replacedLeaves].filter((leaf) => leaf < index).length
      sorting.push(column.with({ [SORTING_COLUMN.columnIdx]: thrift.i32(index - before) }))
    }
    return sorting.length > 0 ? thrift.list(sorting) : undefined
  }

  /**
   * The end of the file from `at` on: page indexes, footer, its length, magic.
   * @param note takes the place of one that is there; without a value that one goes
   */
  *end(at: number, note: { readonly key: string; readonly value?: string }): Generator<Uint8Array> {
    const groups: ThriftValue[] = []
    let offset = at
    for (const group of this.#groups) {
      if ('raw' in group) groups.push(group)
      else {
        const { chunks, bytes } = placeIndexes(group.columns, offset)
        groups.push(group.struct(chunks))
        offset += bytes.length
        yield bytes
      }
    }
    yield this.#footerBytes(groups, note)
  }

  #footerBytes(groups: readonly ThriftValue[], note: { readonly key: string; readonly value?: string }): Uint8Array {
    const { meta, root, fields } = this.#footer
    const stays = fields.filter((field) => !this.#replaced.includes(field))
    const added = this.#writer.schemaElements()
    const schema = [
      // the root's repetition means nothing, but some readers believe it
      root.with({
        [SCHEMA_ELEMENT.repetitionType]: undefined,
        [SCHEMA_ELEMENT.numChildren]: thrift.i32(stays.length + added.length),
      }),
      ...stays.flatMap((field) => field.nodes.map((node) => rawStruct(node.element))),
      ...added,
    ]
    const orders = meta.list(FILE_METADATA.columnOrders)?.filter((_, leaf) => this.keeps(leaf))
    const typeDefined = thrift.struct({ [COLUMN_ORDER.typeOrder]: thrift.struct({}) })
    const encoded = meta.with({
      [FILE_METADATA.schema]: thrift.list(schema),
      [FILE_METADATA.numRows]: thrift.i64(this.#rows),
      [FILE_METADATA.rowGroups]: thrift.list(groups),
      [FILE_METADATA.keyValueMetadata]: this.#keyValues(note),
      [FILE_METADATA.columnOrders]: orders
        ? thrift.list([...orders, ...added.map(() => typeDefined)])
        : meta.value(FILE_METADATA.columnOrders),
    }).raw
    return concatBytes([encoded, fileEnd(encoded.length)])
  }

  #keyValues(note: { readonly key: string; readonly value?: string }): ThriftValue | undefined {
    const pair = (key: string, value: string) =>
      thrift.struct({ [KEY_VALUE.key]: thrift.binary(key), [KEY_VALUE.value]: thrift.binary(value) })
    const names = new Set(this.#replaced.map((field) => field.name))
    const isReplaced = (name: string) => names.has(name)
    const added = this.#writer.arrowFields()
    const frame = {
      rows: this.#rows,
      added: added.map((field, i) => ({ field, hasNulls: this.#writer.hasNulls(i) })),
      isReplaced,
      lostDictionary: (name: string) => this.#lostDictionary(name),
    }
    // it stands twice, and a frame of thousands of columns has a long one
    const frames = new Map<string, string>()
    const extended = (text: string) => {
      const known = frames.get(text) ?? extendPandas(text, frame)
      frames.set(text, known)
      return known
    }
    const pairs: ThriftValue[] = []
    for (const struct of this.#footer.meta.structs(FILE_METADATA.keyValueMetadata) ?? []) {
      const key = struct.text(KEY_VALUE.key) ?? ''
      const value = struct.text(KEY_VALUE.value)
      if (key === note.key) continue
      if (key === ARROW_SCHEMA && value !== undefined) {
        // one that cannot be read is left out: a schema that does not name the new columns makes readers refuse the file
        const edited = editArrowSchema(value, {
          remove: isReplaced,
          add: added,
          // pyarrow takes this copy and not the one below
          value: (key, value) => (key === PANDAS ? extended(value) : undefined),
        })
        if (edited !== undefined) pairs.push(pair(key, edited))
      } else if (key === PANDAS && value !== undefined) {
        pairs.push(pair(key, extended(value)))
      } else {
        pairs.push(rawStruct(struct))
      }
    }
    if (note.value !== undefined) pairs.push(pair(note.key, note.value))
    return pairs.length > 0 ? thrift.list(pairs) : undefined
  }

  /** fastparquet does not look at the pages of the categories that it wrote. */
  #lostDictionary(name: string): boolean {
    if (!this.#footer.meta.text(FILE_METADATA.createdBy)?.startsWith('fastparquet')) return false
    const isPlain = (meta: ThriftStruct) =>
      meta
        .structs(COLUMN_META.encodingStats)
        ?.some(
          (pages) =>
            pages.integer(PAGE_ENCODING_STATS.pageType) !== DICTIONARY_PAGE &&
            pages.integer(PAGE_ENCODING_STATS.encoding) === PLAIN,
        )
    return this.#groups.some((group) => {
      const chunks =
        'raw' in group
          ? (asStruct(group).structs(ROW_GROUP.columns) ?? [])
          : group.columns.map(({ chunk }) => asStruct(chunk))
      return chunks.some((chunk) => {
        const meta = chunk.struct(COLUMN_CHUNK.metadata)
        return meta?.texts(COLUMN_META.pathInSchema)?.join('.') === name && isPlain(meta)
      })
    })
  }
}

function rawStruct(struct: ThriftStruct): ThriftValue {
  return struct.with({})
}

/** Where the row group stands among all, in an integer as wide as the writer's. */
function ordinalOf(group: ThriftStruct, ordinal: number): ThriftValue | undefined {
  const stated = group.value(ROW_GROUP.ordinal)
  if (!stated || group.integer(ROW_GROUP.ordinal) === undefined) return stated
  return { type: stated.type, raw: thrift.i32(ordinal).raw }
}
