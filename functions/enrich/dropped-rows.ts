/**
 * The removed rows as a parquet file: all columns of the input, filtered by the same engine but the other way round, then the
 * number of the row and of the one that was kept in its place. The footer note identifies the input.
 */

import type { RowSet } from '../market/duplicates/row-set.ts'
import type { NewCompression } from '../parquet/compression/compress.ts'
import type { Footer } from '../parquet/format/footer.ts'
import { nameForReaders } from '../parquet/write/added-columns.ts'
import { compact } from '../parquet/write/compact.ts'
import { inverted } from '../parquet/write/inverted.ts'
import { RowNumberColumns } from '../parquet/write/row-number-columns.ts'
import { DROPPED_CONTENT, FOOTER_NOTE_KEY, ROW_COLUMNS, VERSION } from '../shared/names.ts'
import type { Computed } from './compute.ts'
import { rowSettings } from './footer-note.ts'
import type { MarketFile } from './market-file.ts'
import type { EnrichSettings } from './settings.ts'

/** Names of the columns of row numbers. */
export type RowColumnNames = Readonly<Record<keyof typeof ROW_COLUMNS, string>>

/** Yields the bytes of the whole file, which has no rows when none was removed. */
export async function* droppedRows(
  { source, footer }: MarketFile,
  settings: EnrichSettings,
  { removed, pairs, carried }: Pick<Computed, 'removed' | 'pairs' | 'carried'>,
  compression: NewCompression,
): AsyncGenerator<Uint8Array> {
  const names = rowColumnNames(footer)
  let firstRow = 0
  const groupRows = footer.groupRows.map((rows) => {
    firstRow += rows
    return removed.countIn(firstRow - rows, firstRow)
  })
  const columns = new RowNumberColumns([names.dropped, names.kept], rowNumbers(pairs, carried), groupRows, compression)
  const note = JSON.stringify({
    version: VERSION,
    content: DROPPED_CONTENT,
    sourceBytes: source.byteLength,
    settings: rowSettings(settings),
    rowsRead: footer.rows,
    duplicatesDropped: removed.size,
    rowColumns: names,
    rowGroups: runsOf(footer.groupRows),
  })
  try {
    yield* compact(source, footer, inverted(removed), columns, { key: FOOTER_NOTE_KEY, value: note })
  } finally {
    columns.close()
  }
}

/**
 * @yields pairs in the order of the removed rows. A row whose bar is in an earlier file is paired with its own number.
 */
function* rowNumbers(pairs: Computed['pairs'], carried: RowSet): Generator<readonly [dropped: number, kept: number]> {
  const end = Number.POSITIVE_INFINITY
  let left = carried.size
  let next = left > 0 ? carried.nextIn(0, end) : end
  for (const pair of pairs) {
    for (; next < pair[0]; next = --left > 0 ? carried.nextIn(next + 1, end) : end) yield [next, next]
    yield pair
  }
  for (; next < end; next = --left > 0 ? carried.nextIn(next + 1, end) : end) yield [next, next]
}

/** Names that no column of the input has, as readers compare them. */
function rowColumnNames({ fields }: Footer): RowColumnNames {
  const taken = new Set(fields.map(({ name }) => nameForReaders(name)))
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : `_${number}`
    const [dropped, kept] = [`${ROW_COLUMNS.dropped}${suffix}`, `${ROW_COLUMNS.kept}${suffix}`]
    if (!taken.has(dropped) && !taken.has(kept)) return { dropped, kept }
  }
}

/** The row groups of the input as runs: rows, and how many consecutive groups have as many. Empty groups are left out. */
function runsOf(groupRows: readonly number[]): [rows: number, groups: number][] {
  const runs: [number, number][] = []
  for (const rows of groupRows) {
    const last = runs.at(-1)
    if (rows === 0) continue
    if (last?.[0] === rows) last[1]++
    else runs.push([rows, 1])
  }
  return runs
}
