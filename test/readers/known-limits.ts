/** Files of some writers that a reader cannot read. A run fails when one of these can be read after all. */
import type { Reading } from './node-readers.ts'

export interface KnownLimit {
  readonly reader: string
  /** Files, all of which cannot be read. */
  readonly files: RegExp
  readonly problem: RegExp
  /** For the table. */
  readonly why: string
}

export const KNOWN_LIMITS: readonly KnownLimit[] = [
  {
    reader: 'pandas, through fastparquet',
    files: /^duckdb\.\w+\.v2\./,
    problem: /cannot read the input: NotImplementedError: Encoding 9/,
    why: 'fastparquet does not support BYTE_STREAM_SPLIT, which DuckDB uses in v2 files; it cannot read the inputs either',
  },
  {
    reader: 'pandas, through fastparquet',
    files: /^polars\.none\.v1\.index\.1\./,
    problem: /cannot read the input: TypeError: an integer is required/,
    why: 'fastparquet cannot read the input of one row either',
  },
  {
    reader: 'pandas, through fastparquet',
    files: /^(duckdb\.lz4\.v1|polars\.lz4)\..*\.8001\.compacted/,
    problem: /symbol/,
    why: 'when pyarrow is installed, fastparquet 2026.9 reads text in PLAIN pages as missing if other pages of the column are dictionary-encoded. Here these are the pages that lost rows, which stay dictionary-encoded except with LZ4. pyarrow writes such files too',
  },
  {
    reader: 'DataFusion',
    files: /^duckdb\.\w+\.v2\.plain\.(63|64|8001)\./,
    problem: /cannot filter the input: .*cannot skip miniblock of size 256/,
    why: 'parquet-rs cannot skip rows in the DELTA_BINARY_PACKED pages of DuckDB, neither in these files nor in the inputs',
  },
  {
    reader: 'hyparquet',
    files: /^(polars\.lz4\.v1\.index|fastparquet\.lz4\.v2\.plain)\.1\./,
    problem: /cannot read the input: lz4 offset out of range 0/,
    why: 'hyparquet-compressors cannot read the input of one row either',
  },
]

const isMeant = ({ reader, files }: KnownLimit, reading: Reading) =>
  reader === reading.reader && files.test(reading.file)

/** @returns the indexes of the known limits that explain the failures */
export function limitOf(reading: Reading): number {
  return KNOWN_LIMITS.findIndex((limit) => isMeant(limit, reading) && limit.problem.test(reading.problem ?? ''))
}

/** The differences from the known limits, one line each. */
export function surprises(readings: readonly Reading[]): string[] {
  const unknown = readings
    .filter((reading) => reading.problem !== null && limitOf(reading) < 0)
    .map(({ file, reader, problem }) => `${reader} on ${file}: ${problem}`)
  const gone = KNOWN_LIMITS.flatMap((limit) => {
    const meant = readings.filter((reading) => isMeant(limit, reading))
    const readable = meant.filter(({ problem }) => problem === null)
    if (meant.length > 0 && readable.length === 0) return []
    const files =
      meant.length === 0 ? 'no files' : `${readable.length} of ${meant.length}, such as ${readable[0]!.file}`
    return [`a known limit of ${limit.reader} is none any more: it reads ${files}; ${limit.why}`]
  })
  return [...unknown, ...gone]
}
