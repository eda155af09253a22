/** Compares the rows of a nested column in two files, row group by row group, as parquet-wasm decodes them. */

import { columnChunk, rowGroup } from '../parquet/format/column-chunk.ts'
import { pathOf, valueWidth } from '../parquet/format/schema.ts'
import { pagesOf, readBuffers } from '../parquet/read/chunk-pages.ts'
import { nestedSum } from '../parquet/read/nested-sum.ts'
import type { RowRanges } from '../parquet/write/kept-rows.ts'
import type { RowFilter } from '../parquet/write/row-filter.ts'
import { quoted } from '../shared/errors.ts'
import type { FileColumn } from './compare-columns.ts'

/** Rows of a row group that both files have. */
interface Shared {
  readonly group: number
  readonly ranges: RowRanges
  readonly rows: number
}

/**
 * @param missing rows of `original` that `other` does not have
 * @returns the first row group of `original`, counted from 0, that differs; undefined when none does
 * @throws RefusedError when parquet-wasm cannot read one of them within the memory allowed
 */
export async function firstNestedDifference(
  original: FileColumn,
  other: FileColumn,
  missing: RowFilter,
): Promise<number | undefined> {
  const ours = sharedRows(original, missing)
  const theirs = sharedRows(other, undefined)
  for (const [i, { group, ranges, rows }] of ours.entries()) {
    const match = theirs[i]
    if (match?.rows !== rows) return group
    const sum = await rangesSum(original, group, ranges)
    if (sum !== (await rangesSum(other, match.group, [[0, rows]]))) return group
  }
  return theirs.length > ours.length ? original.footer.rowGroups.length : undefined
}

/** Row groups without such rows are left out. */
function sharedRows({ footer }: FileColumn, missing: RowFilter | undefined): Shared[] {
  let firstRow = 0
  return footer.groupRows.flatMap((count, group) => {
    const ranges: RowRanges = missing?.keptRanges(firstRow, firstRow + count) ?? (count > 0 ? [[0, count]] : [])
    firstRow += count
    const rows = ranges.reduce((sum, [start, end]) => sum + end - start, 0)
    return rows > 0 ? [{ group, ranges, rows }] : []
  })
}

/** A checksum of the rows in some ranges. */
async function rangesSum({ source, footer, leaf }: FileColumn, group: number, ranges: RowRanges): Promise<number> {
  const [{ NestedChunk }, { checkCompression }] = await Promise.all([
    import('../parquet/write/nested-chunk.ts'),
    import('../parquet/wasm/parquet-wasm.ts'),
  ])
  const rows = footer.groupRows[group]!
  const chunk = columnChunk(footer, rowGroup(footer, group), leaf)
  checkCompression(chunk.compression, `column ${quoted(pathOf(leaf))}`)
  const buffers = readBuffers(footer)
  const nested = new NestedChunk(leaf, chunk, footer, buffers.limitBytes)
  for await (const page of pagesOf({ source, leaf, chunk, rows, buffers })) nested.add(await page.whole())
  let sum = 0
  nested.read(rows, (column) => {
    sum = nestedSum(column, valueWidth(leaf), ranges)
  })
  return sum
}
