/** The files of the reader matrix: bars of several writers, with and without duplicates, and the expected outputs. */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'
import { enrichParquet } from '../../functions/library.ts'
import { gathered, NEW_COLUMNS, someBars } from '../parquet-files.ts'
import { referenceRows } from '../reference.ts'

/** Around the groups of eight that levels come in, and more than a page and a row group. */
const ROW_COUNTS = [1, 5, 7, 8, 63, 64, 8001]
export const LAYOUTS = ['appended', 'compacted'] as const

/** By the number of rows that are left and the layout, which bar each row of a file is. */
export type Rows = Readonly<Record<string, readonly number[]>>

export function rowsOf(): Rows {
  const entries = ROW_COUNTS.flatMap((count) => {
    const all = Array.from({ length: count }, (_, bar) => bar)
    // a bar twice in a row, one that comes back at the end, and most pages and row groups without any
    const twice = new Set([0, Math.floor(count * 0.55)])
    const compacted = [...all.flatMap((bar) => (twice.has(bar) ? [bar, bar] : [bar])), count - 1]
    return [
      [`${count}.appended`, all],
      [`${count}.compacted`, compacted],
    ] as const
  })
  return Object.fromEntries(entries)
}

export function makeBars() {
  const bars = someBars(Math.max(...ROW_COUNTS))
  return {
    time: bars.map(({ time }) => time),
    open: bars.map(({ open }) => open!),
    high: bars.map(({ high }) => high!),
    low: bars.map(({ low }) => low!),
    close: bars.map(({ close }) => close!),
    volume: bars.map(({ volume }) => volume!),
    symbol: bars.map((_, i) => (i % 2000 < 1200 ? 'AAA' : 'BB')),
  }
}

export type Bars = ReturnType<typeof makeBars>

export interface Expected {
  /** The rows of the input that stay, and the others. */
  readonly kept: readonly number[]
  readonly removed: readonly number[]
  /** The values of the new columns. */
  readonly new: Readonly<Record<string, readonly (number | null)[]>>
}

/** Computed by a reference that shares no code with the program, for each kind of `rows`. */
export function expectedOf(bars: Bars, rows: Rows): Record<string, Expected> {
  const entries = Object.entries(rows).map(([name, source]) => {
    const reference = referenceRows(
      source.map((bar) => ({
        time: bars.time[bar]!,
        series: bars.symbol[bar],
        high: bars.high[bar]!,
        low: bars.low[bar]!,
        close: bars.close[bar]!,
      })),
      { definition: 'stockstats', period: 14, multiplier: 3 },
    )
    const parts = ['upper', 'lower', 'orientation', 'segment'] as const
    const values = parts.map((part, i) => [NEW_COLUMNS[i]!, reference.map((row) => row[part])])
    const kept = reference.map(({ row }) => row)
    const removed = source.map((_, row) => row).filter((row) => !kept.includes(row))
    return [name, { kept, removed, new: Object.fromEntries(values) }]
  })
  return Object.fromEntries(entries)
}

/** The same inputs as those of inputs.py, written by hyparquet-writer. */
export function writeInputs(bars: Bars, rows: Rows, folder: string): void {
  for (const [name, source] of Object.entries(rows)) {
    const isIndexed = [false, true]
    for (const index of isIndexed) {
      const column = (name: string, type: ColumnSource['type'], data: unknown[]) =>
        ({ name, type, nullable: true, data, columnIndex: index, offsetIndex: index }) as ColumnSource
      const columnData = [
        column(
          'time',
          'TIMESTAMP',
          source.map((bar) => new Date(bars.time[bar]!)),
        ),
        column(
          'row',
          'INT64',
          source.map((_, row) => BigInt(row)),
        ),
        ...(['open', 'high', 'low', 'close', 'volume'] as const).map((name) =>
          column(
            name,
            'DOUBLE',
            source.map((bar) => bars[name][bar]),
          ),
        ),
        column(
          'symbol',
          'STRING',
          source.map((bar) => bars.symbol[bar]),
        ),
        column(
          'note',
          'STRING',
          source.map((bar) => (bar % 3 === 0 ? null : `note ${bar % 11}`)),
        ),
      ]
      for (const codec of ['UNCOMPRESSED', 'SNAPPY'] as const) {
        const bytes = parquetWriteBuffer({ columnData, codec, pageSize: 4096, rowGroupSize: 3000 })
        const kind = `${codec === 'SNAPPY' ? 'snappy' : 'none'}.v1.${index ? 'index' : 'plain'}`
        writeFileSync(path.join(folder, `hyparquet-writer.${kind}.${name}.parquet`), new Uint8Array(bytes))
      }
    }
  }
}

/** Enriches all files of `inputs` into `outputs`, in this process. @returns their names */
export async function enrichAll(inputs: string, outputs: string): Promise<string[]> {
  mkdirSync(outputs)
  const names = globSync('*.parquet', { cwd: inputs }).sort()
  for (const name of names) {
    const enriched = await enrichParquet(new Uint8Array(readFileSync(path.join(inputs, name))))
    const bytes = await gathered(enriched.bytes())
    enriched.close()
    if (!name.endsWith(`.${enriched.layout}.parquet`)) throw new Error(`${name} is ${enriched.layout}`)
    writeFileSync(path.join(outputs, name), bytes)
  }
  return names
}
