/**
 * The bars of `npm run smoke`, and their Supertrend as stockstats itself computes it: the beginning of
 * test/golden/supertrend/stockstats/calm-2000.csv, which shares no code with this project.
 */
import { readFileSync } from 'node:fs'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'
import { newColumnSettings } from '../../functions/enrich/chosen-columns.ts'
import { enrichedBytes } from '../../functions/enrich/enriched-bytes.ts'
import { DEFAULT_SUPERTREND, type EnrichSettings } from '../../functions/enrich/settings.ts'
import { NEW_COLUMNS } from '../../functions/shared/names.ts'

const CSV = new URL('./smoke-bars.csv', import.meta.url)
const PRICES = ['open', 'high', 'low', 'close'] as const
export interface SmokeRow {
  readonly datetime: Date
  /** As the file has it; empty where there is no value. */
  readonly [column: string]: string | Date
}

export function smokeRows(): SmokeRow[] {
  const [head = '', ...lines] = readFileSync(CSV, 'utf8').trim().split('\n')
  const names = head.split(',')
  return lines.map((line) => {
    const values = line.split(',')
    const row = Object.fromEntries(names.map((name, i) => [name, values[i]!]))
    return { ...row, datetime: new Date(`${row.datetime!.replace(' ', 'T')}Z`) }
  })
}

/** @returns a market file whose columns are called as the settings want them; one row comes twice, and is removed */
export function smokeFile({ columns }: Pick<EnrichSettings, 'columns'>, rows = smokeRows()): Uint8Array {
  const all = [...rows, rows[Math.floor(rows.length / 2)]!]
  const numbers = (name: string, column = name) => {
    const data = all.map((row) => Number(row[column]))
    return { name, type: 'DOUBLE' as const, data }
  }
  const text = (name: string, data: readonly string[]) => ({ name, type: 'STRING' as const, data: [...data] })
  const file = parquetWriteBuffer({
    columnData: [
      ...timeColumns([columns.time ?? 'datetime'].flat(), all),
      ...[columns.symbol ?? []].flat().map((name) =>
        text(
          name,
          all.map(() => 'SMOKE'),
        ),
      ),
      ...PRICES.map((name) => numbers(columns[name] ?? name, name)),
      numbers('volume'),
    ],
  })
  return new Uint8Array(file)
}

/** One column of time, or one of days and one of times of day, which are text. */
function timeColumns([first = '', second]: readonly string[], rows: readonly SmokeRow[]): ColumnSource[] {
  if (second === undefined) return [{ name: first, type: 'TIMESTAMP', data: rows.map(({ datetime }) => datetime) }]
  const [days, times] = [0, 1].map((part) => rows.map(({ datetime }) => datetime.toISOString().split(/[TZ.]/)[part]!))
  return [
    { name: first, type: 'STRING', data: days! },
    { name: second, type: 'STRING', data: times! },
  ]
}

/**
 * Compares Supertrend values with those of stockstats. A deployment that computes others is judged by the engine of this
 * clone, which then has to compute those of stockstats.
 * @param enriched what the deployment made of the bars, in one file or in several that continue each other: the same as the
 *   engine here
 * @throws Error with the first value that differs
 */
export async function checkStoredValues(enriched: readonly Uint8Array[], settings: EnrichSettings): Promise<void> {
  const { newColumns: _, columnPrefix: __, double: ___, ...others } = settings
  const ofStockstats = { ...others, supertrends: [DEFAULT_SUPERTREND] }
  const judged = isDefault(settings) ? enriched : [await enrichedBytes(smokeFile(settings), ofStockstats)]
  const columns = Object.values(NEW_COLUMNS)
  const rows: Record<string, unknown>[] = []
  for (const bytes of judged) {
    rows.push(...(await parquetReadObjects({ file: new Uint8Array(bytes).buffer, compressors, columns })))
  }
  const expected = smokeRows()
  if (rows.length !== expected.length) throw new Error(`it has ${rows.length} rows; expected are ${expected.length}`)
  for (const [i, row] of rows.entries()) {
    for (const column of columns) {
      const [got, stored] = [row[column], expected[i]![column]]
      const value = stored === '' ? null : Number(stored)
      if (got !== value) throw new Error(`${column} of row ${i} is ${got}; stockstats has ${value}`)
    }
  }
}

function isDefault(settings: EnrichSettings): boolean {
  if (Object.keys(newColumnSettings(settings)).length > 0) return false
  const [first, ...others] = settings.supertrends
  const { definition, period, multiplier } = DEFAULT_SUPERTREND
  return (
    others.length === 0 &&
    first?.definition === definition &&
    first.period === period &&
    first.multiplier === multiplier
  )
}
