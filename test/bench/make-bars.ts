/** Makes the benchmark's files: minute bars, the same for the same arguments. */
import { rmSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import { parquetWriteFile } from 'hyparquet-writer'
import { random } from '../parquet-files.ts'

export interface BarsFile {
  readonly rows: number
  /** 6, or more: the rest are doubles that nobody needs. */
  readonly columns?: number
  readonly codec?: 'snappy' | 'zstd'
  readonly rowGroupRows?: number
  /** A hundredth of the rows comes twice, as an overlapping append leaves it. */
  readonly hasDuplicates?: boolean
}

/** Written by DuckDB, as many such files are. */
export async function makeBars(name: string, file: BarsFile): Promise<void> {
  const { rows, columns = 6, codec = 'snappy', rowGroupRows = 122_880, hasDuplicates = false } = file
  const walked = `${name}.walk.parquet`
  const unique = hasDuplicates ? Math.floor(rows * 0.99) : rows
  walk(walked, unique)
  const extra = Array.from({ length: columns - 6 }, (_, i) => `, open + ${i} * volume / 7 AS x${i}`).join('')
  const again = hasDuplicates ? `UNION ALL (SELECT * FROM '${walked}' OFFSET ${unique - (rows - unique)})` : ''
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run(
    `COPY (SELECT *${extra} FROM (SELECT * FROM '${walked}' ${again}))
     TO '${name}' (FORMAT parquet, COMPRESSION ${codec}, ROW_GROUP_SIZE ${rowGroupRows})`,
  )
  connection.closeSync()
  instance.closeSync()
  rmSync(walked)
}

/** A seeded random walk in cents, six columns. */
function walk(name: string, rows: number): void {
  const next = random(5)
  const cents = (value: number) => Math.round(value * 100) / 100
  const time = new BigInt64Array(rows)
  const [open, high, low, close, volume] = Array.from({ length: 5 }, () => new Float64Array(rows)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  let last = 100
  for (let i = 0; i < rows; i++) {
    time[i] = 1_577_836_800_000_000n + 60_000_000n * BigInt(i)
    open[i] = last
    last = Math.max(1, cents(last + next() - 0.5))
    close[i] = last
    high[i] = cents(Math.max(open[i]!, last) + next())
    low[i] = cents(Math.min(open[i]!, last) - next())
    volume[i] = Math.floor(next() * 1e6)
  }
  parquetWriteFile({
    filename: name,
    rowGroupSize: 100_000,
    schema: [
      { name: 'root', num_children: 6 },
      {
        name: 'datetime',
        type: 'INT64',
        repetition_type: 'OPTIONAL',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' },
      },
      ...['open', 'high', 'low', 'close', 'volume'].map((column) => ({
        name: column,
        type: 'DOUBLE' as const,
        repetition_type: 'OPTIONAL' as const,
      })),
    ],
    columnData: Object.entries({ datetime: time, open, high, low, close, volume }).map(([column, data]) => ({
      name: column,
      data,
    })),
  })
}
