/**
 * A parquet file in memory with some pages of one column, for parquet-wasm to decode.
 *
 * Its schema has physical types only. Decimals, timestamps, UUIDs and logical types of the future are the INT64 or
 * BYTE_ARRAY that they are stored as, and INT96 is twelve plain bytes, so no conversion can damage a value.
 */

import { compressionAfter, uncompressedPage } from '../compression/uncompressed-page.ts'
import { COMPRESSIONS, type Compression, PHYSICAL_TYPES, PLAIN, RLE } from '../format/enumerations.ts'
import { COLUMN_META, SCHEMA_ELEMENT } from '../format/fields.ts'
import type { WholePage } from '../format/page-header.ts'
import type { Leaf } from '../format/schema.ts'
import { type ThriftValue, thrift } from '../format/thrift.ts'
import { FileBuffer, MAX_GROUPS, oneColumnGroup, PAGES_START } from './file-buffer.ts'

/** The field name of a node in a virtual file; the leaf's ancestors are p0, p1, ... */
function nodeName(depth: number): string {
  return `p${depth}`
}

function virtualSchema(leaf: Leaf): ThriftValue[] {
  const isInt96 = leaf.type === 'INT96'
  const type = PHYSICAL_TYPES.indexOf(isInt96 ? 'FIXED_LEN_BYTE_ARRAY' : leaf.type)
  const root = thrift.struct({
    [SCHEMA_ELEMENT.name]: thrift.binary('root'),
    [SCHEMA_ELEMENT.numChildren]: thrift.i32(1),
  })
  const nodes = leaf.nodes.map((node, depth) => {
    const isLeaf = depth === leaf.nodes.length - 1
    return thrift.struct({
      [SCHEMA_ELEMENT.type]: isLeaf ? thrift.i32(type) : undefined,
      [SCHEMA_ELEMENT.typeLength]: isLeaf && leaf.typeLength > 0 ? thrift.i32(leaf.typeLength) : undefined,
      [SCHEMA_ELEMENT.repetitionType]: thrift.i32(node.repetition),
      [SCHEMA_ELEMENT.name]: thrift.binary(nodeName(depth)),
      [SCHEMA_ELEMENT.numChildren]: isLeaf ? undefined : thrift.i32(1),
    })
  })
  return [root, ...nodes]
}

/** Pages of one column chunk, as one row group of the virtual file. */
interface Group {
  /** The compression of the pages in the virtual file. */
  readonly compression: Compression
  readonly start: number
  dictionaryLength: number
  dictionaryUncompressed: number
  uncompressed: number
  values: number
}

/** Collects pages of one leaf, from one or more chunks, in a buffer that is used for file after file. */
export class VirtualFile {
  readonly #schema: ThriftValue
  readonly #path: ThriftValue
  readonly #type: ThriftValue
  readonly #buffer = new FileBuffer()
  #groups: Group[] = []

  /** Whether another chunk may be started. */
  get hasRoom(): boolean {
    return this.#groups.length < MAX_GROUPS
  }

  /** Values in the data pages held, nulls included. */
  values = 0
  /** Decompressed bytes of the data pages, as their headers state them. */
  uncompressedBytes = 0

  constructor(leaf: Leaf) {
    this.#schema = thrift.list(virtualSchema(leaf))
    this.#path = thrift.list(leaf.nodes.map((_, depth) => thrift.binary(nodeName(depth))))
    this.#type = thrift.i32(PHYSICAL_TYPES.indexOf(leaf.type === 'INT96' ? 'FIXED_LEN_BYTE_ARRAY' : leaf.type))
  }

  /** The next pages belong to another chunk. */
  startChunk(compression: Compression): void {
    if (this.#groups.at(-1)?.values === 0) this.#buffer.truncate(this.#groups.pop()!.start)
    this.#groups.push({
      compression: compressionAfter(compression),
      start: this.#buffer.length,
      dictionaryLength: 0,
      dictionaryUncompressed: 0,
      uncompressed: 0,
      values: 0,
    })
  }

  /** Removes the data pages and keeps the current chunk's dictionary. */
  clear(): void {
    const { compression, start, dictionaryLength, dictionaryUncompressed } = this.#groups.at(-1)!
    this.#buffer.keepOnly(start, start + dictionaryLength)
    this.#groups = [
      {
        compression,
        start: PAGES_START,
        dictionaryLength,
        dictionaryUncompressed,
        uncompressed: dictionaryUncompressed,
        values: 0,
      },
    ]
    this.values = 0
    this.uncompressedBytes = 0
  }

  setDictionary(page: WholePage): void {
    const group = this.#groups.at(-1)!
    const bytes = uncompressedPage(page)
    group.dictionaryLength = bytes.length
    group.dictionaryUncompressed = page.headerLength + page.uncompressedLength
    group.uncompressed = group.dictionaryUncompressed
    this.#buffer.append(bytes)
  }

  add(page: WholePage): void {
    const group = this.#groups.at(-1)!
    group.uncompressed += page.headerLength + page.uncompressedLength
    group.values += page.values
    this.values += page.values
    this.uncompressedBytes += page.uncompressedLength
    this.#buffer.append(uncompressedPage(page))
  }

  /**
   * The file. A view, valid until the next change.
   * @param rows rows of the data pages if they differ from the number of values; then there is one chunk, of a repeated
   * column
   */
  bytes(rows?: number): Uint8Array {
    const groups = this.#groups.map((group, i) =>
      group.values === 0
        ? undefined
        : this.#rowGroup(group, this.#groups[i + 1]?.start ?? this.#buffer.length, rows ?? group.values),
    )
    return this.#buffer.file(
      this.#schema,
      rows ?? this.values,
      groups.filter((group) => group !== undefined),
    )
  }

  #rowGroup(group: Group, end: number, rows: number): ThriftValue {
    const column = thrift.struct({
      [COLUMN_META.type]: this.#type,
      [COLUMN_META.encodings]: thrift.list([thrift.i32(PLAIN), thrift.i32(RLE)]),
      [COLUMN_META.pathInSchema]: this.#path,
      [COLUMN_META.codec]: thrift.i32(COMPRESSIONS.indexOf(group.compression)),
      [COLUMN_META.numValues]: thrift.i64(group.values),
      [COLUMN_META.totalUncompressedSize]: thrift.i64(group.uncompressed),
      [COLUMN_META.totalCompressedSize]: thrift.i64(end - group.start),
      [COLUMN_META.dataPageOffset]: thrift.i64(group.start + group.dictionaryLength),
      [COLUMN_META.dictionaryPageOffset]: group.dictionaryLength > 0 ? thrift.i64(group.start) : undefined,
    })
    return oneColumnGroup(column, group.uncompressed, rows)
  }
}
