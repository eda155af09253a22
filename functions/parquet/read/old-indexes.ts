/** Reads the page indexes of the input. They are not trusted: an invalid index counts as missing. */

import type { ByteSource } from '../../shared/byte-source.ts'
import { RefusedError } from '../../shared/errors.ts'
import type { Bounds } from '../format/bounds.ts'
import type { ColumnChunk } from '../format/column-chunk.ts'
import { COLUMN_CHUNK, COLUMN_INDEX, OFFSET_INDEX, PAGE_LOCATION } from '../format/fields.ts'
import type { IndexedPage } from '../format/page-index.ts'
import { type Leaf, valueWidth } from '../format/schema.ts'
import { asStruct, ThriftStruct } from '../format/thrift.ts'

export interface OldIndexes {
  /** By their offset in the input. */
  readonly pages: ReadonlyMap<number, Omit<IndexedPage, 'start'>>
  readonly offsetIndex: ThriftStruct
  readonly columnIndex: Uint8Array | undefined
}

/**
 * Bytes that page indexes may still take. Real indexes do not overlap, so all of them together are smaller than the file; an
 * index beyond that is left out.
 */
export interface IndexBudget {
  bytes: number
}

/** Offsets and bounds of 90,000 pages, more than any writer makes of bars. They are held as a whole. */
const [MAX_OFFSETS_BYTES, MAX_BOUNDS_BYTES] = [1024 * 1024, 16 * 1024 * 1024]

export async function readIndexes(
  source: ByteSource,
  leaf: Leaf,
  { struct }: ColumnChunk,
  budget: IndexBudget,
): Promise<OldIndexes | undefined> {
  const read = async (offsetField: number, lengthField: number, most: number) => {
    const [start, length] = [struct.integer(offsetField) ?? 0, struct.integer(lengthField) ?? 0]
    if (start < 4 || length <= 0 || start + length > source.byteLength) return undefined
    if (length > Math.min(most, budget.bytes)) return undefined
    budget.bytes -= length
    return (await source.slice(start, start + length)).slice()
  }
  const offsets = await read(COLUMN_CHUNK.offsetIndexOffset, COLUMN_CHUNK.offsetIndexLength, MAX_OFFSETS_BYTES)
  const bounds =
    offsets && (await read(COLUMN_CHUNK.columnIndexOffset, COLUMN_CHUNK.columnIndexLength, MAX_BOUNDS_BYTES))
  try {
    return offsets && parseIndexes(offsets, bounds, leaf)
  } catch (error) {
    if (error instanceof RefusedError) return undefined
    throw error
  }
}

function parseIndexes(offsets: Uint8Array, bounds: Uint8Array | undefined, leaf: Leaf): OldIndexes {
  const offsetIndex = new ThriftStruct(offsets)
  const locations = offsetIndex.list(OFFSET_INDEX.pageLocations) ?? []
  const columnIndex = bounds && new ThriftStruct(bounds)
  const boundsAt = columnIndex && boundsReader(columnIndex, locations.length, leaf)
  const nulls = columnIndex?.integers(COLUMN_INDEX.nullCounts)
  const pages = locations.map((value, i) => {
    const location = asStruct(value)
    const page = {
      length: location.integer(PAGE_LOCATION.compressedPageSize) ?? 0,
      firstRow: location.integer(PAGE_LOCATION.firstRowIndex) ?? 0,
      nulls: nulls?.[i],
      bounds: boundsAt?.(i),
    }
    return [location.integer(PAGE_LOCATION.offset) ?? 0, page] as const
  })
  return { pages: new Map(pages), offsetIndex, columnIndex: boundsAt && bounds }
}

/** @returns undefined when the index does not have `count` pages */
function boundsReader(
  columnIndex: ThriftStruct,
  count: number,
  leaf: Leaf,
): ((page: number) => Bounds | null | undefined) | undefined {
  const [areNull, mins, maxes] = [
    columnIndex.list(COLUMN_INDEX.nullPages),
    columnIndex.binaries(COLUMN_INDEX.minValues),
    columnIndex.binaries(COLUMN_INDEX.maxValues),
  ]
  if ([areNull, mins, maxes].some((list) => list?.length !== count)) return undefined
  const width = valueWidth(leaf)
  return (page) => {
    if (areNull![page]!.raw[0] === 1) return null
    const [min, max] = [mins![page]!, maxes![page]!]
    const isValue = ({ length }: Uint8Array) => width === 'bytes' || length === (width || 1)
    return isValue(min) && isValue(max) ? { min, max } : undefined
  }
}
