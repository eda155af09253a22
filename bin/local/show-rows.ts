/** Formats the first and last rows of a parquet file as a table, read by another parquet library. */
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

const SHOWN_ROWS = 4

export async function showRows(name: string, columns: readonly string[]): Promise<string> {
  const file = await asyncBufferFromFile(name)
  const metadata = await parquetMetadataAsync(file)
  const rows = Number(metadata.num_rows)
  const read = (rowStart: number, rowEnd: number) =>
    parquetReadObjects({ file, metadata, compressors, columns: [...columns], rowStart, rowEnd })
  const isCut = rows > 2 * SHOWN_ROWS
  const first = await read(0, isCut ? SHOWN_ROWS : rows)
  const last = isCut ? await read(rows - SHOWN_ROWS, rows) : []
  const cells = (row: Record<string, unknown>) => columns.map((column) => text(row[column]))
  const gap = isCut ? [columns.map(() => '...')] : []
  return aligned([[...columns], ...first.map(cells), ...gap, ...last.map(cells)])
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '-'
  if (value instanceof Date) return value.toISOString().replace(/T00:00:00\.000Z$|\.000Z$/, '')
  // float64 with as many digits as float32
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(7)))
  return String(value)
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  return lines.map((line) => line.map((cell, column) => cell.padStart(widths[column]!)).join('  ')).join('\n')
}
