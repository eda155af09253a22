/**
 * The rows that were dropped, as a file of their own: all columns of the input, which the same engine filters the other way
 * round, then the number of the row and of the one that was kept in its place. Its note says which file they are of.
 */

import type { NewCompression } from '../parquet/compression/compress.ts'
import type { Footer } from '../parquet/format/footer.ts'
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

/** Yields the bytes of the whole file, which has no rows when none was dropped. */
export async function* droppedRows(
  { source, footer }: MarketFile,
  settings: EnrichSettings,
  { dropped, pairs }: Pick<Computed, 'dropped' | 'pairs'>,
  codec: NewCompression,
): AsyncGenerator<Uint8Array> {
  const names = rowColumnNames(footer)
  let firstRow = 0
  const groupRows = footer.groupRows.map((rows) => {
    firstRow += rows
    return dropped.countIn(firstRow - rows, firstRow)
  })
  const columns = new RowNumberColumns([names.dropped, names.kept], pairs, groupRows, codec)
  const note = JSON.stringify({
    version: VERSION,
    content: DROPPED_CONTENT,
    sourceBytes: source.byteLength,
    settings: rowSettings(settings),
    rowsRead: footer.rows,
    duplicatesDropped: dropped.size,
    rowColumns: names,
    rowGroups: runsOf(footer.groupRows),
  })
  try {
    yield* compact(source, footer, inverted(dropped), columns, { key: FOOTER_NOTE_KEY, value: note })
  } finally {
    columns.close()
  }
}

/** Names that no column of the input has, whatever the case: many readers do not tell them apart. */
function rowColumnNames({ fields }: Footer): RowColumnNames {
  const taken = new Set(fields.map(({ name }) => name.toLowerCase()))
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : `_${number}`
    const [dropped, kept] = [`${ROW_COLUMNS.dropped}${suffix}`, `${ROW_COLUMNS.kept}${suffix}`]
    if (!taken.has(dropped) && !taken.has(kept)) return { dropped, kept }
  }
}

/** Row groups of the input as pairs of rows and how many follow each other with so many; those without rows are left out. */
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
