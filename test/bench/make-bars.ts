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
  /** Gives every symbol this length; there is a column `symbol` also with one series. */
  readonly symbolBytes?: number
  /** The type of the prices; as BIGINT they are in cents. */
  readonly prices?: 'DOUBLE' | 'DECIMAL(18,2)' | 'DECIMAL(38,2)' | 'DECIMAL(38,18)' | 'BIGINT'
  /** Times as text: 2020-01-01T00:00:00. */
  readonly isoTimes?: boolean
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

/** Written by DuckDB, as many such files are; by hyparquet-writer where DuckDB cannot, with row groups of a few rows. */
export async function makeBars(name: string, file: BarsFile): Promise<void> {
  const { rows, codec = 'snappy', rowGroupRows = 122_880, duplicates, series = 1 } = file
  if (rowGroupRows < DUCKDB_LEAST_ROWS) {
    walk(name, rows, series, rowGroupRows)
    return
  }
  const walked = `${name}.walk.parquet`
  walk(walked, rows, series)
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  const bars = `SELECT ${columnsOf(file)} FROM (${withDuplicates(walked, rows, duplicates)})`
  await connection.run(
    `COPY (SELECT *${extraColumns(file)} FROM (${bars}))
     TO '${name}' (FORMAT parquet, COMPRESSION ${codec}, ROW_GROUP_SIZE ${rowGroupRows})`,
  )
  connection.closeSync()
  instance.closeSync()
  rmSync(walked)
}

/** In one of its row groups. */
const DUCKDB_LEAST_ROWS = 2048

function columnsOf({ series = 1, symbolBytes, prices = 'DOUBLE', isoTimes = false }: BarsFile): string {
  const time = isoTimes ? "strftime(datetime, '%Y-%m-%dT%H:%M:%S') AS datetime" : 'datetime'
  const scaled = (price: string) => (prices === 'BIGINT' ? `round(100 * ${price})` : price)
  const values = ['open', 'high', 'low', 'close'].map((price) =>
    prices === 'DOUBLE' ? price : `CAST(${scaled(price)} AS ${prices}) AS ${price}`,
  )
  const own = series > 1 ? 'symbol' : "'S0'"
  const symbol = symbolBytes === undefined ? own : `lpad(${own}, ${symbolBytes}, 'x') AS symbol`
  const hasSymbol = series > 1 || symbolBytes !== undefined
  return [time, ...values, 'volume', ...(hasSymbol ? [symbol] : [])].join(', ')
}

function extraColumns({ columns = 6 }: BarsFile): string {
  return Array.from({ length: columns - 6 }, (_, i) => `, open + ${i} * volume / 7 AS x${i}`).join('')
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
function walk(name: string, rows: number, series: number, rowGroupSize = 100_000): void {
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
    rowGroupSize,
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
