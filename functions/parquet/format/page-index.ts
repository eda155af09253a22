/**
 * Page indexes: the place and the rows of each data page of a chunk (OffsetIndex), and bounds of its values
 * (ColumnIndex). Readers use them to skip pages.
 * Source: https://github.com/apache/parquet-format/blob/master/PageIndex.md
 */

import { concatBytes } from '../../shared/concat-bytes.ts'
import type { Bounds } from './bounds.ts'
import { COLUMN_CHUNK, COLUMN_INDEX, OFFSET_INDEX, PAGE_LOCATION } from './fields.ts'
import { asStruct, type ThriftValue, thrift } from './thrift.ts'
import type { AtMost, ValueOrder } from './value-order.ts'

/** A data page of a chunk, with at least one row. */
export interface IndexedPage {
  /** Offset of its header from the first byte of the chunk. */
  readonly start: number
  readonly length: number
  /** Number of its first row within the row group. */
  readonly firstRow: number
  /** Undefined when they were not counted. */
  readonly nulls: number | undefined
  /** `null` when the page has no values; undefined when the bounds are not known. */
  readonly bounds: Bounds | null | undefined
}

/** Encoded structs. */
export interface ChunkIndexes {
  readonly offsetIndex: Uint8Array
  readonly columnIndex: Uint8Array | undefined
}

/** A column chunk of the output. */
export interface OutputColumn {
  /** The ColumnChunk struct. */
  readonly chunk: ThriftValue
  /** Page indexes that have no place in the file yet. */
  readonly indexes?: ChunkIndexes | undefined
}

/** The page indexes of a new column: none, its offset index, or its column index as well. */
export type Indexed = 'no' | 'offsets' | 'bounds'

/**
 * The page indexes that fit the other columns of the row group. Readers that skip pages of one column need the offsets
 * of all others: Trino refuses a filter on a column with bounds if another column has no offsets, and parquet-rs
 * ignores the indexes of the file.
 * @param kept ColumnChunk structs
 */
export function indexedLike(kept: readonly ThriftValue[]): Indexed {
  const indexed = kept.filter((chunk) => asStruct(chunk).has(COLUMN_CHUNK.offsetIndexOffset)).length
  if (indexed === 0) return 'no'
  return indexed === kept.length ? 'bounds' : 'offsets'
}

const [UNORDERED, ASCENDING, DESCENDING] = [0, 1, 2]
/** @param chunkStart offset of the chunk in the file */
export function pageLocations(pages: readonly IndexedPage[], chunkStart: number): ThriftValue {
  return thrift.list(
    pages.map(({ start, length, firstRow }) =>
      thrift.struct({
        [PAGE_LOCATION.offset]: thrift.i64(chunkStart + start),
        [PAGE_LOCATION.compressedPageSize]: thrift.i32(length),
        [PAGE_LOCATION.firstRowIndex]: thrift.i64(firstRow),
      }),
    ),
  )
}

export function offsetIndex(pages: readonly IndexedPage[], chunkStart: number): Uint8Array {
  return thrift.struct({ [OFFSET_INDEX.pageLocations]: pageLocations(pages, chunkStart) }).raw
}

/** @returns undefined when the bounds of any page are not known */
export function columnIndex(pages: readonly IndexedPage[], order: ValueOrder): Uint8Array | undefined {
  if (pages.length === 0 || pages.some(({ bounds }) => bounds === undefined)) return undefined
  const direction = boundaryOrder(pages, order)
  if (direction === undefined) return undefined
  const values = (of: keyof Bounds) => thrift.list(pages.map(({ bounds }) => thrift.binary(bounds?.[of] ?? NO_VALUE)))
  const isCounted = pages.every(({ nulls }) => nulls !== undefined)
  return thrift.struct({
    [COLUMN_INDEX.nullPages]: booleans(pages.map(({ bounds }) => bounds === null)),
    [COLUMN_INDEX.minValues]: values('min'),
    [COLUMN_INDEX.maxValues]: values('max'),
    [COLUMN_INDEX.boundaryOrder]: thrift.i32(direction),
    [COLUMN_INDEX.nullCounts]: isCounted ? thrift.list(pages.map(({ nulls }) => thrift.i64(nulls!))) : undefined,
  }).raw
}

const NO_VALUE = new Uint8Array(0)

/** In a list, unlike in a struct, a boolean takes a byte. */
function booleans(values: readonly boolean[]): ThriftValue {
  const { type } = thrift.boolean(true)
  return thrift.list(values.map((value) => ({ type, raw: Uint8Array.of(value ? 1 : 2) })))
}

/**
 * The order of the pages by their bounds. Pages without values do not count.
 * @returns undefined when a bound is NaN, which old writers wrote
 */
function boundaryOrder(pages: readonly IndexedPage[], order: ValueOrder): number | undefined {
  const known = pages.flatMap(({ bounds }) => bounds ?? [])
  const minAtMost = atMostAmong(
    known.map(({ min }) => min),
    order,
  )
  const maxAtMost = atMostAmong(
    known.map(({ max }) => max),
    order,
  )
  const steps = [...known.keys()].slice(1).map((i) => i - 1)
  if (order.isFloat && known.some((_, i) => !minAtMost(i, i) || !maxAtMost(i, i))) return undefined
  if (steps.every((i) => minAtMost(i, i + 1) && maxAtMost(i, i + 1))) return ASCENDING
  if (steps.every((i) => minAtMost(i + 1, i) && maxAtMost(i + 1, i))) return DESCENDING
  return UNORDERED
}

function atMostAmong(arrays: readonly Uint8Array[], order: ValueOrder): AtMost {
  const ends = new Int32Array(arrays.length)
  for (const [i, { length }] of arrays.entries()) ends[i] = (ends[i - 1] ?? 0) + length
  const starts = ends.map((end, i) => end - arrays[i]!.length)
  return order.of(concatBytes(arrays), starts, ends)
}

/**
 * Places the page indexes of a row group's columns one after the other.
 * @param at offset of the first one in the file
 * @returns the ColumnChunk structs with the places of their indexes, and the bytes of the indexes
 */
export function placeIndexes(
  columns: readonly OutputColumn[],
  at: number,
): { chunks: ThriftValue[]; bytes: Uint8Array } {
  const arrays: Uint8Array[] = []
  let offset = at
  const put = (bytes: Uint8Array | undefined) => {
    if (!bytes) return undefined
    const place = { offset: thrift.i64(offset), length: thrift.i32(bytes.length) }
    arrays.push(bytes)
    offset += bytes.length
    return place
  }
  const bounds = columns.map(({ indexes }) => put(indexes?.columnIndex))
  const chunks = columns.map(({ chunk, indexes }, i) => {
    if (!indexes) return chunk
    const offsets = put(indexes.offsetIndex)!
    return asStruct(chunk).with({
      [COLUMN_CHUNK.offsetIndexOffset]: offsets.offset,
      [COLUMN_CHUNK.offsetIndexLength]: offsets.length,
      [COLUMN_CHUNK.columnIndexOffset]: bounds[i]?.offset,
      [COLUMN_CHUNK.columnIndexLength]: bounds[i]?.length,
    })
  })
  return { chunks, bytes: concatBytes(arrays) }
}
