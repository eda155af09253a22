/** Formats the first and last rows of a parquet file as a table. */
import { openLocalFile } from '../../functions/storage/local-file.ts'
import { shownRows } from '../cli/shown-rows.ts'
import { aligned } from '../cli/table.ts'

const SHOWN_ROWS = 4

export async function showRows(name: string, columns: readonly string[]): Promise<string> {
  const file = await openLocalFile(name)
  try {
    const { rows, read } = await shownRows(file)
    const isCut = rows > 2 * SHOWN_ROWS
    const first = await read(0, isCut ? SHOWN_ROWS : rows, columns)
    const last = isCut ? await read(rows - SHOWN_ROWS, rows, columns) : []
    const gap = isCut ? [columns.map(() => '...')] : []
    return aligned([[...columns], ...first, ...gap, ...last], new Set(columns.keys()))
  } finally {
    await file.close()
  }
}
