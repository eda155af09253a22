/**
 * The footer of the output: the input's footer with the new columns, and without those that they replace. Everything
 * else is copied unchanged.
 */

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

/** A key-value pair of an output's footer, such as the note about the way it was made. */
export interface FooterPair {
  readonly key: string
  /**
   * Replaces the value of a pair with the same key; undefined removes that pair.
   * @param offset of `bytes` in the file
   */
  readonly value?: string | ((offset: number) => string)
  /** Placed directly before the footer, where readers look only if the value points there. */
  readonly bytes?: Uint8Array | undefined
}

/** Fields of a ColumnChunk that no longer hold when its pages move. */
export const NO_PAGE_INDEXES = {
  [COLUMN_CHUNK.offsetIndexOffset]: undefined,
  [COLUMN_CHUNK.offsetIndexLength]: undefined,
  [COLUMN_CHUNK.columnIndexOffset]: undefined,
  [COLUMN_CHUNK.columnIndexLength]: undefined,
}

/** A row group of the output: its columns and their sizes. */
export interface OutputRowGroup {
  readonly rows: number
  /** The columns that stay. */
  readonly kept: readonly OutputColumn[]
  readonly added: readonly OutputColumn[]
  /** Sizes of all columns together, page headers included. */
  readonly bytes: number
  readonly uncompressedBytes: number
  /** Offset of its first page. */
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

/** New columns with their column chunks. */
export interface PlacedColumns extends AddedColumns {
  /**
   * The chunks of a row group.
   * @param offset of the first one in the file
   * @param indexed the page indexes of each new column
   */
  chunksAt(group: number, offset: number, indexed: Indexed): PlacedChunks
}

interface KeyValue {
  readonly key: string
  readonly value: string | undefined
}

/** A row group that is complete but for the places of its page indexes. */
interface IndexedGroup {
  readonly columns: readonly OutputColumn[]
  /** @param chunks a ColumnChunk struct for each column */
  struct(chunks: readonly ThriftValue[]): ThriftValue
}

/** Fields of the input that the new columns replace because they have the same names. */
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

  /** Whether the column at this position stays. */
  keeps(leaf: number): boolean {
    return !this.#replacedLeaves.has(leaf)
  }

  add(group: RowGroup, output: OutputRowGroup): void {
    this.#rows += output.rows
    const ordinal = this.#groups.length
    const columns = [...output.kept, ...output.added]
    const struct = (chunks: readonly ThriftValue[]) => this.#groupStruct(group.struct, output, chunks, ordinal)
    // most groups are encoded now, because there may be many
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

  /** The stated sort order, its column numbers shifted by the removed columns. */
  #sortingColumns(group: ThriftStruct): ThriftValue | undefined {
    if (this.#replaced.length === 0) return group.value(ROW_GROUP.sortingColumns)
    const sorting: ThriftValue[] = []
    for (const column of group.structs(ROW_GROUP.sortingColumns) ?? []) {
      const index = column.integer(SORTING_COLUMN.columnIdx) ?? 0
      // without a column, the order by it and by all columns after it no longer holds
      if (!this.keeps(index)) break
      const before = [...this.#replacedLeaves].filter((leaf) => leaf < index).length
      sorting.push(column.with({ [SORTING_COLUMN.columnIdx]: thrift.i32(index - before) }))
    }
    return sorting.length > 0 ? thrift.list(sorting) : undefined
  }

  /**
   * Yields the end of the file: page indexes, the bytes of the note, footer, its length, magic.
   * @param at offset of these bytes in the file
   */
  *end(at: number, { key, value, bytes }: FooterPair): Generator<Uint8Array> {
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
    if (bytes) yield bytes
    yield this.#footerBytes(groups, { key, value: typeof value === 'function' ? value(offset) : value })
  }

  #footerBytes(groups: readonly ThriftValue[], note: KeyValue): Uint8Array {
    const { meta, root, fields } = this.#footer
    const stays = fields.filter((field) => !this.#replaced.includes(field))
    const added = this.#writer.schemaElements()
    const schema = [
      // the root's repetition has no meaning, but some readers use it
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

  #keyValues(note: KeyValue): ThriftValue | undefined {
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
    // the text is there twice, and that of a frame with thousands of columns is long
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
        // an unreadable schema is left out: readers refuse a file whose schema does not name the new columns
        const edited = editArrowSchema(value, {
          remove: isReplaced,
          add: added,
          // pyarrow reads this copy, not the one below
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

  /** fastparquet takes for granted that pages of categories which it wrote hold dictionary indices. */
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

/** The number of the row group, in an integer of the same width as in the input. */
function ordinalOf(group: ThriftStruct, ordinal: number): ThriftValue | undefined {
  const stated = group.value(ROW_GROUP.ordinal)
  if (!stated || group.integer(ROW_GROUP.ordinal) === undefined) return stated
  return { type: stated.type, raw: thrift.i32(ordinal).raw }
}
