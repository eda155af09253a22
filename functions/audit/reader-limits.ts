/** What readers that many people use cannot read of a file. Enriching it works, and neither mends it nor makes it worse. */

import type { Compression } from '../parquet/format/enumerations.ts'

/** Of Trino 483, which ends a query with `Codec not supported in Parquet`. LZ4, the older kind, it reads. */
const NOT_IN_TRINO: readonly Compression[] = ['LZ4_RAW', 'BROTLI']
const NAMED_COLUMNS = 3

export interface CompressedColumn {
  /** Safe to print. */
  readonly name: string
  /** Of all row groups. */
  readonly codecs: ReadonlySet<Compression>
}

/** @returns sentences without a full stop, one for each kind of reader */
export function readerLimits(columns: readonly CompressedColumn[]): string[] {
  const found = NOT_IN_TRINO.filter((codec) => columns.some(({ codecs }) => codecs.has(codec)))
  if (found.length === 0) return []
  const names = columns
    .filter(({ codecs }) => found.some((codec) => codecs.has(codec)))
    .map(({ name }) => JSON.stringify(name))
  const codecs = found.length === 1 ? `${found[0]} is no codec` : `${found.join(' and ')} are no codecs`
  return [
    `Trino and Athena cannot read the ${columnList(names)}: ${codecs} that they have; they read SNAPPY, ZSTD, GZIP and LZ4`,
  ]
}

function columnList(names: readonly string[]): string {
  if (names.length === 1) return `column ${names[0]}`
  const shown = names.slice(0, NAMED_COLUMNS)
  const last = names.length > NAMED_COLUMNS ? `${names.length - NAMED_COLUMNS} more` : shown.pop()
  return `columns ${shown.join(', ')} and ${last}`
}
