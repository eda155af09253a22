/**
 * Walks over a file's pages and compares its page indexes with them. Nothing of it is our own parquet code: the Thrift reader
 * is made here, values are read by hyparquet.
 */
import assert from 'node:assert/strict'
import { crc32 } from 'node:zlib'
import { parquetMetadataAsync, parquetReadObjects, parquetSchema, readColumnIndex } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

export type ThriftField = number | bigint | boolean | Uint8Array | ThriftFields | ThriftField[]
export interface ThriftFields {
  [id: number]: ThriftField
}

/** Reads one struct of Thrift's compact protocol. */
export function thriftStruct(bytes: Uint8Array, start: number): { fields: ThriftFields; end: number } {
  let at = start
  const byteAt = (place: number) => {
    assert.ok(place < bytes.length, `no byte ${place}`)
    return bytes[place]!
  }
  const varint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = byteAt(at++)
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  const integer = () => {
    const value = varint()
    return Number((value >> 1n) ^ -(value & 1n))
  }
  const read = (type: number, inList: boolean): ThriftField => {
    switch (type) {
      case 1:
      case 2:
        return inList ? bytes[at++] === 1 : type === 1
      case 3:
        return bytes[at++]!
      case 4:
      case 5:
      case 6:
        return integer()
      case 7:
        at += 8
        return 0
      case 8: {
        const length = Number(varint())
        at += length
        return bytes.subarray(at - length, at)
      }
      case 9: {
        const head = byteAt(at++)
        const count = head >> 4 === 15 ? Number(varint()) : head >> 4
        return Array.from({ length: count }, () => read(head & 15, true))
      }
      case 12: {
        const fields: ThriftFields = {}
        for (let id = 0; ; ) {
          const head = byteAt(at++)
          if (head === 0) return fields
          id = head >> 4 === 0 ? integer() : id + (head >> 4)
          fields[id] = read(head & 15, false)
        }
      }
      default:
        throw new Error(`Thrift type ${type} at byte ${at}`)
    }
  }
  const fields = read(12, false) as ThriftFields
  return { fields, end: at }
}

export interface WalkedPage {
  readonly at: number
  /** Header and body. */
  readonly length: number
  /** The same before the body was compressed. */
  readonly uncompressedLength: number
  readonly kind: number
  readonly encoding: number
  readonly values: number
  /** As a v2 page states them. */
  readonly rows: number | undefined
  readonly nulls: number | undefined
  /** As the header's statistics state them. */
  readonly countedNulls: number | undefined
  /** Whether it has a checksum; a wrong one fails. */
  readonly isChecked: boolean
}

export const [DATA_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2] = [0, 2, 3]

/** All pages between two offsets, which they fill. */
export function walkPages(bytes: Uint8Array, start: number, end: number): WalkedPage[] {
  const pages: WalkedPage[] = []
  let at = start
  while (at < end) {
    const header = thriftStruct(bytes, at)
    const kind = header.fields[1] as number
    const details = (header.fields[5] ?? header.fields[7] ?? header.fields[8]) as ThriftFields
    assert.ok([DATA_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2].includes(kind), `a page of kind ${kind} at byte ${at}`)
    const [uncompressed, compressed, checksum] = [2, 3, 4].map((id) => header.fields[id] as number)
    const length = header.end - at + compressed!
    const isVersion2 = kind === DATA_PAGE_V2
    const statistics = details[isVersion2 ? 8 : 5] as ThriftFields | undefined
    const isChecked = checksum !== undefined
    if (isChecked) assert.equal(crc32(bytes.subarray(header.end, at + length)) | 0, checksum, `checksum at byte ${at}`)
    pages.push({
      at,
      length,
      uncompressedLength: header.end - at + uncompressed!,
      kind,
      encoding: details[isVersion2 ? 4 : 2] as number,
      values: details[1] as number,
      rows: isVersion2 ? (details[3] as number) : undefined,
      nulls: isVersion2 ? (details[2] as number) : undefined,
      countedNulls: kind === DICTIONARY_PAGE ? undefined : (statistics?.[3] as number | undefined),
      isChecked,
    })
    at += length
  }
  assert.equal(at, end, 'the pages fill their chunk')
  return pages
}

export const fileOf = (bytes: Uint8Array) => ({
  byteLength: bytes.length,
  slice: (start: number, end?: number) => bytes.slice(start, end).buffer as ArrayBuffer,
})

/** What was found: chunks, those that have the one index and the other, and pages of the latter. */
export interface WalkCounts {
  chunks: number
  offsets: number
  bounds: number
  pages: number
}

/**
 * Fails where a footer or a page index says something of a page that is not so.
 * @param exact names of columns whose bounds have to be values of the page, not just around them
 */
export async function checkPageIndexes(bytes: Uint8Array, exact: readonly string[] = []): Promise<WalkCounts> {
  const file = fileOf(bytes)
  const metadata = await parquetMetadataAsync(file)
  const counts: WalkCounts = { chunks: 0, offsets: 0, bounds: 0, pages: 0 }
  const footerStart = bytes.length - 8 - new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true)
  const taken: [start: number, end: number][] = []
  let groupStart = 0
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows)
    for (const chunk of group.columns) {
      const meta = chunk.meta_data!
      const name = meta.path_in_schema.join('.')
      // pyarrow states byte 0 as the place of one without values
      if (meta.num_values === 0n) continue
      const start = Number(meta.dictionary_page_offset || meta.data_page_offset)
      const end = start + Number(meta.total_compressed_size)
      const pages = walkPages(bytes, start, end)
      taken.push([start, end])
      counts.chunks++
      const first = pages.find((page) => page.kind !== DICTIONARY_PAGE)
      assert.equal(Number(meta.data_page_offset), first?.at, `${name}: data_page_offset`)
      if (meta.dictionary_page_offset) assert.equal(pages[0]!.kind, DICTIONARY_PAGE, `${name}: dictionary`)
      const place = (offset: bigint | undefined, length: number | undefined): [number, number] | undefined => {
        if (offset === undefined) return undefined
        const range: [number, number] = [Number(offset), Number(offset) + length!]
        assert.ok(range[1] <= footerStart, `${name}: an index is before the footer`)
        taken.push(range)
        return range
      }
      const offsets = place(chunk.offset_index_offset, chunk.offset_index_length)
      const bounds = place(chunk.column_index_offset, chunk.column_index_length)
      assert.ok(offsets || !bounds, `${name}: bounds without offsets`)
      if (!offsets) continue
      counts.offsets++
      const data = pages.filter((page) => page.kind !== DICTIONARY_PAGE && page.values > 0)
      const isFlat = meta.path_in_schema.length === 1
      const firstRows = checkOffsets(bytes, offsets, { data, isFlat, rows, name })
      if (!bounds) continue
      counts.bounds++
      counts.pages += data.length
      const { end: boundsEnd } = thriftStruct(bytes, bounds[0])
      assert.equal(boundsEnd, bounds[1], `${name}: length of the column index`)
      if (!isFlat) continue
      const element = parquetSchema(metadata).children.find((child) => child.element.name === name)!.element
      const view = new DataView(bytes.buffer, bytes.byteOffset + bounds[0], bounds[1] - bounds[0])
      const index = readColumnIndex({ view, offset: 0 }, element)
      const borders = [...firstRows, rows].map((row) => groupStart + row)
      const read = await parquetReadObjects({
        file,
        compressors,
        metadata,
        columns: [name],
        rowStart: groupStart,
        rowEnd: groupStart + rows,
      })
      const values = read.map((row) => row[name])
      const perPage = data.map((_, i) => values.slice(borders[i]! - groupStart, borders[i + 1]! - groupStart))
      checkBounds(index, perPage, name, element.type === 'FLOAT' || element.type === 'DOUBLE', exact.includes(name))
    }
    groupStart += rows
  }
  taken.sort(([a], [b]) => a - b)
  for (const [i, [start]] of taken.entries()) if (i > 0) assert.ok(start >= taken[i - 1]![1], 'no ranges overlap')
  return counts
}

interface IndexedChunk {
  /** Its data pages with values. */
  readonly data: readonly WalkedPage[]
  readonly isFlat: boolean
  /** Of the row group. */
  readonly rows: number
  readonly name: string
}

/** @param place of the offset index. @returns the first row of each page */
function checkOffsets(
  bytes: Uint8Array,
  [start, end]: [number, number],
  { data, isFlat, rows, name }: IndexedChunk,
): number[] {
  const index = thriftStruct(bytes, start)
  assert.equal(index.end, end, `${name}: length of the offset index`)
  const locations = index.fields[1] as ThriftFields[]
  assert.deepEqual(
    locations.map((location) => [location[1], location[2]]),
    data.map((page) => [page.at, page.length]),
    `${name}: places of pages`,
  )
  const firstRows = locations.map((location) => location[3] as number)
  let row = 0
  for (const [i, page] of data.entries()) {
    const count = isFlat ? page.values : page.rows
    const next = firstRows[i + 1] ?? rows
    assert.ok(next > firstRows[i]!, `${name}: pages have rows`)
    if (isFlat || i === 0) assert.equal(firstRows[i], row, `${name}: first row of page ${i}`)
    if (count !== undefined) assert.equal(next - firstRows[i]!, count, `${name}: rows of page ${i}`)
    row += count ?? 0
  }
  return firstRows
}

export type Comparable = number | bigint | string | boolean | Date | Uint8Array

/** NaN has no place: every comparison with it is NaN. */
export function compare(a: Comparable, b: Comparable): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN
  if (a instanceof Uint8Array || typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string))
  return a < b ? -1 : a > b ? 1 : 0
}

function checkBounds(
  index: ReturnType<typeof readColumnIndex>,
  perPage: readonly (readonly unknown[])[],
  name: string,
  isFloat: boolean,
  isExact: boolean,
): void {
  const { null_pages, min_values, max_values, null_counts, boundary_order } = index
  for (const list of [null_pages, min_values, max_values, null_counts ?? null_pages]) {
    assert.equal(list.length, perPage.length, `${name}: pages in the column index`)
  }
  const known: [Comparable, Comparable][] = []
  for (const [i, page] of perPage.entries()) {
    const values = page.filter((value) => value !== null && value !== undefined) as Comparable[]
    const where = `${name}, page ${i}`
    if (null_counts) assert.equal(Number(null_counts[i]), page.length - values.length, `${where}: nulls`)
    assert.equal(null_pages[i], values.length === 0, `${where}: null page`)
    if (values.length === 0) continue
    const [min, max] = [min_values[i], max_values[i]] as [Comparable, Comparable]
    const ordered = values.filter((value) => !Number.isNaN(value))
    assert.ok(compare(min, min) === 0 && compare(max, max) === 0, `${where}: a bound is NaN`)
    if (isFloat && min === 0) assert.ok(Object.is(min, -0), `${where}: smallest zero`)
    if (isFloat && max === 0) assert.ok(Object.is(max, 0), `${where}: largest zero`)
    for (const value of ordered) {
      assert.ok(compare(min, value) <= 0 && compare(value, max) <= 0, `${where}: ${value} is not in ${min} to ${max}`)
    }
    if (isExact) {
      assert.ok(
        ordered.some((value) => compare(value, min) === 0),
        `${where}: ${min} is no value`,
      )
      assert.ok(
        ordered.some((value) => compare(value, max) === 0),
        `${where}: ${max} is no value`,
      )
    }
    known.push([min, max])
  }
  const steps = known.slice(1).flatMap(([min, max], i) => [compare(known[i]![0], min), compare(known[i]![1], max)])
  if (boundary_order === 'ASCENDING')
    assert.ok(
      steps.every((step) => step <= 0),
      `${name}: ascending`,
    )
  if (boundary_order === 'DESCENDING')
    assert.ok(
      steps.every((step) => step >= 0),
      `${name}: descending`,
    )
}
