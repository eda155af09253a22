/** Compares what a footer states with the pages that it speaks of. Nothing of it is our own parquet code, as in page-walk.ts. */
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import {
  type Comparable,
  compare,
  DICTIONARY_PAGE,
  fileOf,
  type ThriftField,
  type ThriftFields,
  thriftStruct,
  type WalkedPage,
  walkPages,
} from './page-walk.ts'

export interface FooterWalk {
  /** What is not as it is stated, by row group and column. */
  readonly problems: readonly string[]
  /** Bytes between the first four and the footer that nothing in the footer speaks of. */
  readonly deadBytes: number
  /** Bloom filters, and chunks with a count of distinct values. */
  readonly blooms: number
  readonly distinct: number
  /** Of the columns of each row group: whether all of its pages have a checksum. */
  readonly checked: readonly (readonly boolean[])[]
}

/** A problem without its row group: those that lose all rows are left out, so that others have other numbers. */
export const withoutGroup = (problem: string) => problem.replace(/^row group \d+, /, '')

type Report = (what: string, stated: unknown, found: unknown) => void
type Range = readonly [start: number, end: number]

export async function walkFooter(bytes: Uint8Array): Promise<FooterWalk> {
  const footerEnd = bytes.length - 8
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(footerEnd, true)
  const { fields: footer, end } = thriftStruct(bytes, footerEnd - length)
  const problems: string[] = []
  const report =
    (where: string): Report =>
    (what, stated, found) => {
      if (stated !== found) problems.push(`${where}: ${what} is ${found}, stated is ${stated}`)
    }
  report('footer')('its end', end, footerEnd)
  const taken: Range[] = []
  const checked: boolean[][] = []
  let rows = 0
  let [blooms, distinct] = [0, 0]
  const groups = footer[4] as ThriftFields[]
  for (const [i, group] of groups.entries()) {
    const columns = group[1] as ThriftFields[]
    const sums = { bytes: 0, uncompressedBytes: 0, start: Number.POSITIVE_INFINITY }
    checked.push([])
    for (const column of columns) {
      const meta = column[3] as ThriftFields
      const name = pathOf(meta)
      const found = walkChunk(bytes, column, group[3] as number, report(`row group ${i}, ${name}`), taken)
      if (meta[14] !== undefined) blooms++
      if ((meta[12] as ThriftFields | undefined)?.[4] !== undefined) distinct++
      sums.bytes += found.bytes
      sums.uncompressedBytes += found.uncompressedBytes
      sums.start = Math.min(sums.start, found.start)
      checked[i]!.push(found.isChecked)
    }
    const check = report(`row group ${i}`)
    check('total_byte_size', group[2], sums.uncompressedBytes)
    if (group[6] !== undefined) check('total_compressed_size', group[6], sums.bytes)
    if (group[5] !== undefined) check('file_offset', group[5], sums.start)
    if (group[7] !== undefined) check('ordinal', group[7], i)
    rows += group[3] as number
  }
  report('footer')('num_rows', footer[3], rows)
  problems.push(...(await statisticsProblems(bytes)))
  return { problems, deadBytes: holes(taken, footerEnd - length, problems), blooms, distinct, checked }
}

function pathOf(meta: ThriftFields): string {
  return (meta[3] as Uint8Array[]).map((part) => Buffer.from(part).toString()).join('.')
}

function walkChunk(bytes: Uint8Array, column: ThriftFields, rows: number, check: Report, taken: Range[]) {
  const meta = column[3] as ThriftFields
  const [, , encodings, path, , values, , length, , , , , statistics] = Array.from({ length: 16 }, (_, id) => meta[id])
  const start = Number(meta[11] || meta[9])
  const end = start + (length as number)
  // old writers state byte 0 as the place of a chunk without values
  if (start < 4) {
    check('start of a chunk with values', values, 0)
    return {
      bytes: length as number,
      uncompressedBytes: meta[6] as number,
      start: Number.POSITIVE_INFINITY,
      isChecked: false,
    }
  }
  const pages = walkPages(bytes, start, end)
  taken.push([start, end])
  const data = pages.filter(({ kind }) => kind !== DICTIONARY_PAGE)
  const sum = (of: (page: WalkedPage) => number | undefined, list = pages) =>
    list.reduce((total, page) => total + (of(page) ?? 0), 0)
  check('file_offset', column[2] === 0 || column[2] === undefined || column[2] === start || column[2] === end, true)
  check(
    'num_values',
    values,
    sum((page) => page.values, data),
  )
  if ((path as unknown[]).length === 1) check('num_values', values, rows)
  check(
    'total_uncompressed_size',
    meta[6],
    sum((page) => page.uncompressedLength),
  )
  if (pages.length > 0) check('data_page_offset', meta[9], data[0]?.at)
  // some have 0 for none
  check('dictionary_page_offset', meta[11] || undefined, pages.find(({ kind }) => kind === DICTIONARY_PAGE)?.at)
  if (data[0]?.rows !== undefined)
    check(
      'rows of its pages',
      rows,
      sum((page) => page.rows, data),
    )
  for (const page of pages)
    check(`encoding ${page.encoding} in its list`, (encodings as ThriftField[]).includes(page.encoding), true)
  if (meta[13] !== undefined) check('encoding_stats', statsOf(meta[13] as ThriftFields[]), statsOf(countsOf(pages)))
  const nulls = (statistics as ThriftFields | undefined)?.[3] as number | undefined
  for (const count of ['nulls', 'countedNulls'] as const) {
    if (nulls !== undefined && data.every((page) => page[count] !== undefined)) {
      check(
        `null_count by ${count}`,
        nulls,
        sum((page) => page[count], data),
      )
    }
  }
  for (const [offset, size] of [
    [4, 5],
    [6, 7],
  ] as const) {
    if (column[offset] === undefined) continue
    const at = column[offset] as number
    taken.push([at, at + (column[size] as number)])
    check('length of a page index', column[size], thriftStruct(bytes, at).end - at)
  }
  const bloom = meta[14] as number | undefined
  if (bloom !== undefined) {
    const header = thriftStruct(bytes, bloom)
    const bloomLength = header.end - bloom + (header.fields[1] as number)
    if (meta[15] !== undefined) check('bloom_filter_length', meta[15], bloomLength)
    taken.push([bloom, bloom + bloomLength])
  }
  return {
    bytes: end - start,
    uncompressedBytes: sum((page) => page.uncompressedLength),
    start,
    isChecked: data.every(({ isChecked }) => isChecked),
  }
}

/** Pages by kind and encoding, as `encoding_stats` has them. */
function countsOf(pages: readonly WalkedPage[]): ThriftFields[] {
  const counts = new Map<string, number>()
  for (const { kind, encoding } of pages)
    counts.set(`${kind} ${encoding}`, (counts.get(`${kind} ${encoding}`) ?? 0) + 1)
  return [...counts].map(([key, count]) => ({ 1: Number(key.split(' ')[0]), 2: Number(key.split(' ')[1]), 3: count }))
}

function statsOf(stats: readonly ThriftFields[]): string {
  return stats
    .filter((pages) => pages[3] !== 0)
    .map((pages) => `${pages[1]} ${pages[2]}: ${pages[3]}`)
    .sort()
    .join(', ')
}

function holes(taken: readonly Range[], end: number, problems: string[]): number {
  let [at, dead] = [4, 0]
  for (const [start, next] of taken.toSorted(([a], [b]) => a - b)) {
    if (start < at) problems.push(`the range from byte ${start} begins before byte ${at}, where another one ends`)
    dead += Math.max(0, start - at)
    at = next
  }
  if (at > end) problems.push(`what ends at byte ${at} reaches into the footer`)
  return dead + Math.max(0, end - at)
}

/** Counts of nulls and bounds of flat columns, compared with the values as hyparquet reads them. */
async function statisticsProblems(bytes: Uint8Array): Promise<string[]> {
  const problems: string[] = []
  const file = fileOf(bytes)
  const metadata = await parquetMetadataAsync(file)
  let rowStart = 0
  for (const [i, group] of metadata.row_groups.entries()) {
    const rowEnd = rowStart + Number(group.num_rows)
    const read = await parquetReadObjects({ file, compressors, metadata, rowStart, rowEnd, utf8: false })
    rowStart = rowEnd
    for (const { meta_data: meta } of group.columns) {
      const { statistics, path_in_schema: path, type } = meta!
      if (!statistics || path.length > 1 || read.length === 0) continue
      const values = read.map((row) => row[path[0]!]).filter((value) => value !== null && value !== undefined)
      const where = `row group ${i}, ${path[0]}`
      const { null_count: nulls, is_min_value_exact: isMinExact, is_max_value_exact: isMaxExact } = statistics
      if (nulls !== undefined && Number(nulls) !== read.length - values.length)
        problems.push(`${where}: null_count is ${nulls}, nulls are ${read.length - values.length}`)
      if (
        statistics.distinct_count !== undefined &&
        Number(statistics.distinct_count) !== new Set(values.map(String)).size
      )
        problems.push(`${where}: distinct_count is ${statistics.distinct_count}`)
      // those of texts are bytes here and texts there, and other types have orders of their own
      if (!['INT32', 'INT64', 'FLOAT', 'DOUBLE'].includes(type)) continue
      const bounds = [
        [statistics.min_value, 1, isMinExact],
        [statistics.max_value, -1, isMaxExact],
      ] as const
      for (const [bound, sign, isExact] of bounds) {
        const ordered = (values as Comparable[]).filter((value) => !Number.isNaN(value))
        if (bound === undefined || ordered.length === 0) continue
        const steps = ordered.map((value) => sign * compare(bound as Comparable, value))
        if (!steps.every((step) => step <= 0)) problems.push(`${where}: a value is beyond the bound ${bound}`)
        else if (isExact && !steps.includes(0)) problems.push(`${where}: the bound ${bound} is no value`)
      }
    }
  }
  return problems
}
