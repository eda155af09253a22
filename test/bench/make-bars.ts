/** Makes the benchmark's files: a seeded random walk of minute bars in cents, six columns, SNAPPY. */
import { parquetWriteFile } from 'hyparquet-writer'
import { random } from '../parquet-files.ts'

/**
 * @param name file to write
 * @param rows bars
 * @param rowGroupSize rows of a row group
 */
export function makeBars(name: string, rows: number, rowGroupSize: number): void {
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
    rowGroupSize,
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
