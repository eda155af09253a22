/** Bars as several writers write them, with a column of each type that Trino reads, with and without duplicates. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import {
  Compression,
  EnabledStatistics,
  readParquet,
  WriterPropertiesBuilder,
  WriterVersion,
  writeParquet,
} from 'parquet-wasm'
import { duckDbRun, temporaryFolder } from '../parquet-files.ts'
import { lacks, runPython } from '../readme/python.ts'
import type { TableColumns } from './trino.ts'

export const COLUMNS: TableColumns = {
  number: 'bigint',
  again: 'boolean',
  datetime: 'timestamp(6)',
  day: 'date',
  symbol: 'varchar',
  open: 'double',
  high: 'double',
  low: 'double',
  close: 'double',
  volume: 'bigint',
  trades: 'integer',
  price: 'decimal(9,2)',
  turnover: 'decimal(25,4)',
  note: 'varchar',
}

export interface Variant {
  readonly writer: 'duckdb' | 'parquet-rs' | 'polars' | 'pyarrow'
  readonly codec: 'snappy' | 'zstd' | 'gzip'
  readonly pageVersion: 1 | 2
  readonly timeUnit: 'ms' | 'us'
  readonly bars: number
  readonly rowGroupRows: number
  readonly pageBytes: number
  /** Some bars in the middle come once more: `again` is true of those. */
  readonly overlaps: boolean
}

const scratch = temporaryFolder()

/** The reason why files of this writer cannot be made here, or false. */
export function cannotWrite({ writer }: Variant): string | false {
  return (writer === 'polars' || writer === 'pyarrow') && lacks('polars', 'pyarrow')
}

export async function barsFile(variant: Variant): Promise<Uint8Array> {
  const { writer, codec, rowGroupRows } = variant
  const [plain, written] = [path.join(scratch, 'plain.parquet'), path.join(scratch, 'written.parquet')]
  const isPlain = writer === 'duckdb'
  const layout = isPlain ? `, COMPRESSION ${codec}, ROW_GROUP_SIZE ${rowGroupRows}` : ''
  await duckDbRun(`COPY (${select(variant)}) TO '${plain}' (FORMAT parquet${layout})`)
  if (isPlain) return readFileSync(plain)
  if (writer === 'parquet-rs') return writtenByParquetRs(readFileSync(plain), variant)
  await runPython(['-c', writer === 'polars' ? polars(variant) : pyarrow(variant), plain, written], { folder: scratch })
  return readFileSync(written)
}

/** Three symbols a bar of 15 minutes each, every time. Prices go up and down: the trend turns often. */
function select({ bars, overlaps, timeUnit }: Variant): string {
  const [from, to] = [Math.floor(bars / 2), Math.floor((bars * 3) / 5)]
  const order = overlaps
    ? `SELECT i AS number, false AS again FROM range(${to}) t(i)
       UNION ALL SELECT i, true FROM range(${from}, ${to}) t(i)
       UNION ALL SELECT i, false FROM range(${to}, ${bars}) t(i)`
    : `SELECT i AS number, false AS again FROM range(${bars}) t(i)`
  return `
    SELECT number, again, (TIMESTAMP '2024-01-01' + to_minutes(15 * (number // 3)))::${timeUnit === 'ms' ? 'TIMESTAMP_MS' : 'TIMESTAMP'} AS datetime,
      datetime::DATE AS day, ['AAA', 'BBB', 'CCC'][1 + number % 3] AS symbol,
      middle - 0.1 AS open, middle + 0.5 AS high, middle - 0.5 AS low, CASE WHEN number % 97 > 0 THEN middle END AS close,
      CASE WHEN number % 5 > 0 THEN number * 7919 % 1000 END AS volume, (number % 11)::INTEGER AS trades,
      middle::DECIMAL(9,2) AS price, (middle * number)::DECIMAL(25,4) AS turnover,
      CASE WHEN number * 2 > ${bars} AND number % 4 = 0 THEN 'note ' || number % 50 END AS note
    FROM (SELECT *, round(100 + 10 * sin(number / 120) + number * 31 % 17 / 10, 2) AS middle FROM (${order}))`
}

/** polars writes with this library too, and both write page indexes unless they are told not to. */
function writtenByParquetRs(file: Uint8Array, { codec, pageVersion, rowGroupRows, pageBytes }: Variant): Uint8Array {
  const properties = new WriterPropertiesBuilder()
    .setCompression({ snappy: Compression.SNAPPY, zstd: Compression.ZSTD, gzip: Compression.GZIP }[codec])
    .setWriterVersion(pageVersion === 2 ? WriterVersion.V2 : WriterVersion.V1)
    .setStatisticsEnabled(EnabledStatistics.Page)
    .setMaxRowGroupSize(rowGroupRows)
    .setDataPageSizeLimit(pageBytes)
    .setWriteBatchSize(64)
    .setDictionaryEnabled(false)
    .setColumnDictionaryEnabled('symbol', true)
    .build()
  return writeParquet(readParquet(file), properties)
}

function polars({ codec, rowGroupRows, pageBytes }: Variant): string {
  return `
import sys, polars
polars.read_parquet(sys.argv[1]).write_parquet(sys.argv[2], compression="${codec}", row_group_size=${rowGroupRows}, data_page_size=${pageBytes}, statistics="full")`
}

function pyarrow({ codec, pageVersion, rowGroupRows, pageBytes }: Variant): string {
  return `
import sys, pyarrow.parquet as parquet
parquet.write_table(parquet.read_table(sys.argv[1]), sys.argv[2], compression="${codec}", row_group_size=${rowGroupRows}, data_page_size=${pageBytes}, write_batch_size=64, data_page_version="${pageVersion}.0", write_page_index=True)`
}
