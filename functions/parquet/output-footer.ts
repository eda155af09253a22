/** The footer of the enriched file: the input's, with what is new put in and everything else left as it was. */
import type { ArrowField } from './arrow-ipc.ts'
import { editArrowSchema } from './arrow-schema.ts'
import type { ColumnWriter } from './column-writer.ts'
import type { Footer, RowGroup, TopField } from './footer.ts'
import { type OutputColumn, placeIndexes } from './page-index.ts'
import { asStruct, concatBytes, type ThriftStruct, type ThriftValue, thrift } from './thrift.ts'

const ARROW_SCHEMA = 'ARROW:schema'
const PANDAS = 'pandas'
const MAGIC = 'PAR1'

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

/** A row group of which only the places of its page indexes are missing. */
interface IndexedGroup {
  readonly columns: readonly OutputColumn[]
  /** @param chunks a ColumnChunk struct for each column */
  struct(chunks: readonly ThriftValue[]): ThriftValue
}

/** Fields of the input that the new columns replace: those that carry their names. */
export function replacedFields(footer: Footer, writer: ColumnWriter): TopField[] {
  const names = new Set(writer.arrowFields().map((field) => field.name))
  return footer.fields.filter((field) => names.has(field.name))
}

export class OutputFooter {
  readonly #footer: Footer
  readonly #writer: ColumnWriter
  readonly #replaced: readonly TopField[]
  readonly #replacedLeaves: ReadonlySet<number>
  readonly #groups: (ThriftValue | IndexedGroup)[] = []
  #rows = 0

  constructor(footer: Footer, writer: ColumnWriter) {
    this.#footer = footer
    this.#writer = writer
    this.#replaced = replacedFields(footer, writer)
    this.#replacedLeaves = new Set(this.#replaced.flatMap((field) => field.leaves.map((leaf) => leaf.index)))
  }

  /** Whether the column with this position stays. */
  keeps(leaf: number): boolean {
    return !this.#replacedLeaves.has(leaf)
  }

  get rows(): number {
    return this.#rows
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
      1: thrift.list(chunks),
      2: thrift.i64(output.uncompressedBytes),
      3: thrift.i64(output.rows),
      4: this.#sortingColumns(struct),
      5: struct.has(5) ? thrift.i64(output.offset) : undefined,
      6: struct.has(6) ? thrift.i64(output.bytes) : undefined,
      7: struct.has(7) ? { type: struct.value(7)!.type, raw: thrift.i32(ordinal).raw } : undefined,
    })
  }

  /** The sort order that the writer stated, its column numbers moved by the columns that went. */
  #sortingColumns(group: ThriftStruct): ThriftValue | undefined {
    if (this.#replaced.length === 0) return group.value(4)
    const sorting: ThriftValue[] = []
    for (const column of group.structs(4) ?? []) {
      const index = column.integer(1) ?? 0
      // the order by a column that is gone, and all finer ones within it, mean nothing any more
      if (!this.keeps(index)) break
      const before = [...this.#replacedLeaves].filter((leaf) => leaf < index).length
      sorting.push(column.with({ 1: thrift.i32(index - before) }))
    }
    return sorting.length > 0 ? thrift.list(sorting) : undefined
  }

  /** The end of the file from `at` on: page indexes, footer, its length, magic. */
  *end(at: number, note: { readonly key: string; readonly value: string }): Generator<Uint8Array> {
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

  #footerBytes(groups: readonly ThriftValue[], note: { readonly key: string; readonly value: string }): Uint8Array {
    const { meta, root, fields } = this.#footer
    const stays = fields.filter((field) => !this.#replaced.includes(field))
    const added = this.#writer.schemaElements()
    const schema = [
      // the root's repetition means nothing, but some readers believe it
      root.with({ 3: undefined, 5: thrift.i32(stays.length + added.length) }),
      ...stays.flatMap((field) => field.nodes.map((node) => rawStruct(node.element))),
      ...added,
    ]
    const orders = meta.list(7)?.filter((_, leaf) => this.keeps(leaf))
    const typeDefined = thrift.struct({ 1: thrift.struct({}) })
    const encoded = meta.with({
      2: thrift.list(schema),
      3: thrift.i64(this.#rows),
      4: thrift.list(groups),
      5: this.#keyValues(note),
      7: orders && thrift.list([...orders, ...added.map(() => typeDefined)]),
    }).raw
    const end = new Uint8Array(8)
    new DataView(end.buffer).setUint32(0, encoded.length, true)
    end.set(Buffer.from(MAGIC), 4)
    return concatBytes([encoded, end])
  }

  #keyValues(note: { readonly key: string; readonly value: string }): ThriftValue {
    const pair = (key: string, value: string) => thrift.struct({ 1: thrift.binary(key), 2: thrift.binary(value) })
    const names = new Set(this.#replaced.map((field) => field.name))
    const added = this.#writer.arrowFields()
    const pairs: ThriftValue[] = []
    for (const struct of this.#footer.meta.structs(5) ?? []) {
      const key = struct.text(1) ?? ''
      const value = struct.text(2)
      if (key === note.key) continue
      if (key === ARROW_SCHEMA && value !== undefined) {
        // one that cannot be read is left out: a schema that does not name the new columns makes readers refuse the file
        const edited = editArrowSchema(value, (name) => names.has(name), added)
        if (edited !== undefined) pairs.push(pair(key, edited))
      } else if (key === PANDAS && value !== undefined) {
        const described = added.map((field, i) => pandasColumn(field, this.#writer.hasNulls(i)))
        pairs.push(pair(key, extendPandas(value, names, described)))
      } else {
        pairs.push(rawStruct(struct))
      }
    }
    return thrift.list([...pairs, pair(note.key, note.value)])
  }
}

function rawStruct(struct: ThriftStruct): ThriftValue {
  return struct.with({})
}

/** Adds the columns to pandas' own description of the frame, before those of the index. Text that is no such stays. */
function extendPandas(text: string, replaced: ReadonlySet<string>, added: readonly object[]): string {
  try {
    const pandas: unknown = JSON.parse(text)
    if (typeof pandas !== 'object' || pandas === null || !('columns' in pandas) || !Array.isArray(pandas.columns)) {
      return text
    }
    const index: unknown[] =
      'index_columns' in pandas && Array.isArray(pandas.index_columns) ? pandas.index_columns : []
    const nameOf = (column: { field_name?: unknown; name?: unknown } | null) => column?.field_name ?? column?.name
    const columns = pandas.columns.filter((column) => !replaced.has(String(nameOf(column))))
    const isIndex = (column: Parameters<typeof nameOf>[0]) => index.includes(nameOf(column))
    const extended = [...columns.filter((column) => !isIndex(column)), ...added, ...columns.filter(isIndex)]
    return JSON.stringify({ ...pandas, columns: extended })
  } catch {
    // not JSON, or nested deeper than the stack
    return text
  }
}

/** As pandas itself describes it: integers with nulls are of the extension type with a capital. */
function pandasColumn({ name, type }: ArrowField, hasNulls: boolean): object {
  const pandasType = type.kind === 'float' ? 'float32' : `int${type.kind === 'int' ? type.bits : 32}`
  const numpyType = hasNulls ? pandasType.replace('int', 'Int') : pandasType
  return { name, field_name: name, pandas_type: pandasType, numpy_type: numpyType, metadata: null }
}

export function columnStructs(group: RowGroup, footer: OutputFooter): { leaf: number; struct: ThriftStruct }[] {
  return group.columns.flatMap((column, leaf) => (footer.keeps(leaf) ? [{ leaf, struct: asStruct(column) }] : []))
}
