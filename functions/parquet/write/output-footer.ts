/**
 * The footer of the output: the input's footer with the new columns, and without those that they replace. Everything
 * else is copied unchanged.
 */

import { concatBytes } from '../../shared/concat-bytes.ts'
import type { RowGroup } from '../format/column-chunk.ts'
import { DICTIONARY_PAGE, PLAIN } from '../format/enumerations.ts'
import {
  COLUMN_CHUNK,
  COLUMN_META,
  COLUMN_ORDER,
  FILE_METADATA,
  PAGE_ENCODING_STATS,
  ROW_GROUP,
  SCHEMA_ELEMENT,
  SORTING_COLUMN,
} from '../format/fields.ts'
import { fileEnd } from '../format/file-end.ts'
import type { Footer } from '../format/footer.ts'
import { type OutputColumn, placeIndexes } from '../format/page-index.ts'
import type { TopField } from '../format/schema.ts'
import { asStruct, type ThriftStruct, type ThriftValue, thrift } from '../format/thrift.ts'
import type { AddedColumns } from './added-columns.ts'
import { type KeyValue, outputKeyValues } from './output-key-values.ts'

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
  *end(at: number, note?: FooterPair): Generator<Uint8Array> {
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
    if (!note) {
      yield* this.#footerBytes(groups, undefined)
      return
    }
    const { key, value, bytes } = note
    if (bytes) yield bytes
    yield* this.#footerBytes(groups, { key, value: typeof value === 'function' ? value(offset) : value })
  }

  *#footerBytes(groups: readonly ThriftValue[], note: KeyValue | undefined): Generator<Uint8Array> {
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
    const arrays = meta.arraysWith({
      [FILE_METADATA.schema]: thrift.list(schema),
      [FILE_METADATA.numRows]: thrift.i64(this.#rows),
      [FILE_METADATA.rowGroups]: thrift.longList(groups),
      [FILE_METADATA.keyValueMetadata]: this.#keyValues(note),
      [FILE_METADATA.columnOrders]: orders
        ? thrift.list([...orders, ...added.map(() => typeDefined)])
        : meta.value(FILE_METADATA.columnOrders),
    })
    const length = arrays.reduce((sum, array) => sum + array.length, 0)
    // in one piece: the read-back takes the last one for the footer
    yield concatBytes([...arrays, fileEnd(length)])
  }

  #keyValues(note: KeyValue | undefined): ThriftValue | undefined {
    const names = new Set(this.#replaced.map((field) => field.name))
    return outputKeyValues(this.#footer.meta, note, {
      rows: this.#rows,
      added: this.#writer.arrowFields().map((field, i) => ({ field, hasNulls: this.#writer.hasNulls(i) })),
      isReplaced: (name) => names.has(name),
      lostDictionary: (name) => this.#lostDictionary(name),
    })
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
