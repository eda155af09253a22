/** Finds parts of a file that widely used readers cannot read. Enriching works, and neither removes nor adds such limits. */

import type { Compression } from '../parquet/format/enumerations.ts'

/** Trino 483 ends a query on these with `Codec not supported in Parquet`. It reads LZ4, the older kind. */
const NOT_IN_TRINO: readonly Compression[] = ['LZ4_RAW', 'BROTLI']
const NAMED_COLUMNS = 3

export interface CompressedColumn {
  /** Safe to print. */
  readonly name: string
  /** The compressions in all row groups. */
  readonly compressions: ReadonlySet<Compression>
}

/** @returns sentences without a full stop, one for each kind of reader */
export function readerLimits(columns: readonly CompressedColumn[]): string[] {
  const found = NOT_IN_TRINO.filter((compression) => columns.some(({ compressions }) => compressions.has(compression)))
  if (found.length === 0) return []
  const names = columns
    .filter(({ compressions }) => found.some((compression) => compressions.has(compression)))
    .map(({ name }) => JSON.stringify(name))
  return [
    `Trino and Athena cannot read the ${columnList(names)}: they do not support ${found.join(' and ')}, only SNAPPY, ZSTD, GZIP and LZ4`,
  ]
}

function columnList(names: readonly string[]): string {
  if (names.length === 1) return `column ${names[0]}`
  const shown = names.slice(0, NAMED_COLUMNS)
  const last = names.length > NAMED_COLUMNS ? `${names.length - NAMED_COLUMNS} more` : shown.pop()
  return `columns ${shown.join(', ')} and ${last}`
}
