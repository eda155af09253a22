/** Makes the benchmark's files: minute bars, the same for the same arguments. */
import { rmSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import { parquetWriteFile } from 'hyparquet-writer'
import { random } from '../parquet-files.ts'

export interface BarsFile {
  readonly rows: number
  /** 6 or more: the others are doubles that the program does not need. */
  readonly columns?: number
  readonly codec?: 'snappy' | 'zstd'
  readonly rowGroupRows?: number
  readonly duplicates?: Duplicates
  /** With more than one there is a column `symbol`, and the rows of the series alternate. */
  readonly series?: number
}

/** Which rows are repeated, and where. The number of rows includes the duplicates. */
export type Duplicates =
  /** The last rows, after all others, as an overlapping append leaves them. */
  | { readonly kind: 'overlap'; readonly share: number }
  /** The last row, over and over. */
  | { readonly kind: 'last bar'; readonly copies: number }
  /** Any row, anywhere after it. */
  | { readonly kind: 'at random'; readonly share: number }
  /** The last rows, each next to its copy, in a file in descending time order. */
  | { readonly kind: 'descending'; readonly share: number }
  /** The rows cycle through this many times. */
  | { readonly kind: 'times'; readonly times: number; readonly agree: boolean }

/** Written by DuckDB, as many such files are. */
export async function makeBars(name: string, file: BarsFile): Promise<void> {
  const { rows, columns = 6, codec = 'snappy', rowGroupRows = 122_880, duplicates, series = 1 } = file
  const walked = `${name}.walk.parquet`
  walk(walked, rows, series)
  const extra = Array.from({ length: columns - 6 }, (_, i) => `, open + ${i} * volume / 7 AS x${i}`).join('')
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  const symbol = series > 1 ? ', symbol' : ''
  const bars = `SELECT datetime, open, high, low, close, volume${symbol} FROM (${withDuplicates(walked, rows, duplicates)})`
  await connection.run(
    `COPY (SELECT *${extra} FROM (${bars}))
     TO '${name}' (FORMAT parquet, COMPRESSION ${codec}, ROW_GROUP_SIZE ${rowGroupRows})`,
  )
  connection.closeSync()
  instance.closeSync()
  rmSync(walked)
}

/** @param walked a file of that many rows, no two of one time */
function withDuplicates(walked: string, rows: number, duplicates: Duplicates | undefined): string {
  if (!duplicates) return `SELECT * FROM '${walked}'`
  const numbered = `SELECT *, file_row_number AS row FROM read_parquet('${walked}', file_row_number = true)`
  if (duplicates.kind === 'times') {
    const { times, agree } = duplicates
    return agree
      ? `SELECT bars.* FROM range(${rows}) copies(copy) JOIN (${numbered}) bars ON bars.row = copy % ${times} ORDER BY copy`
      : `SELECT bars.* REPLACE (datetime - to_minutes(row - row % ${times}) AS datetime) FROM (${numbered}) bars ORDER BY row`
  }
  const copies = 'copies' in duplicates ? duplicates.copies : Math.floor(rows * duplicates.share)
  const unique = rows - copies
  const bars = `SELECT * FROM (${numbered}) WHERE row < ${unique}`
  switch (duplicates.kind) {
    case 'last bar':
      return `${bars} UNION ALL SELECT bars.* FROM (${numbered}) bars, range(${copies}) WHERE row = ${unique - 1} ORDER BY row`
    case 'overlap':
      return `${bars} UNION ALL SELECT * FROM (${bars}) WHERE row >= ${unique - copies}`
    case 'descending':
      return `SELECT * FROM (${bars} UNION ALL SELECT * FROM (${bars}) WHERE row >= ${unique - copies}) ORDER BY row DESC`
    case 'at random': {
      const anyRow = `hash(copy) % ${unique}`
      const places = `SELECT ${anyRow} AS row, ${anyRow} + (hash(copy, 1) % 1000000) / 1e6 * (${unique} - ${anyRow}) AS place FROM range(${copies}) copies(copy)`
      return `SELECT * FROM (SELECT *, row::DOUBLE AS place FROM (${bars}) UNION ALL
        SELECT bars.*, place FROM (${places}) places JOIN (${numbered}) bars USING (row)) ORDER BY place, row`
    }
  }
}

/** Seeded random walks in cents that take turns, six columns, and the symbol if there is more than one walk. */
function walk(name: string, rows: number, series: number): void {
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
  const lasts = Array.from({ length: series }, (_, of) => 100 + of)
  for (let i = 0; i < rows; i++) {
    const of = i % series
    time[i] = 1_577_836_800_000_000n + 60_000_000n * BigInt(Math.floor(i / series))
    open[i] = lasts[of]!
    const last = Math.max(1, cents(lasts[of]! + next() - 0.5))
    lasts[of] = last
    close[i] = last
    high[i] = cents(Math.max(open[i]!, last) + next())
    low[i] = cents(Math.min(open[i]!, last) - next())
    volume[i] = Math.floor(next() * 1e6)
  }
  const symbols = Array.from({ length: series > 1 ? rows : 0 }, (_, i) => `S${i % series}`)
  const hasSymbols = symbols.length > 0
  parquetWriteFile({
    filename: name,
    rowGroupSize: 100_000,
    schema: [
      { name: 'root', num_children: hasSymbols ? 7 : 6 },
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
      ...(hasSymbols ? [{ name: 'symbol', type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const] : []),
    ],
    columnData: Object.entries({
      datetime: time,
      open,
      high,
      low,
      close,
      volume,
      ...(hasSymbols && { symbol: symbols }),
    }).map(([column, data]) => ({ name: column, data })),
  })
}
