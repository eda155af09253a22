/** The inputs whose output bytes are compared: all parquet files of the tests and generated ones, each with settings. */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import { random } from '../random.ts'

export interface Input {
  readonly name: string
  readonly settings: Partial<EnrichSettings>
  bytes(): Uint8Array
}

const root = fileURLToPath(new URL('../', import.meta.url))
const GENERATED = 200

export function inputs(): Input[] {
  const found = globSync('**/*.parquet', { cwd: root })
    .sort()
    .map((name) => ({
      name,
      settings: { conflicts: 'drop' } as const,
      bytes: () => new Uint8Array(readFileSync(path.join(root, name))),
    }))
  return [...found, ...Array.from({ length: GENERATED }, (_, seed) => generated(seed))]
}

const CODECS = ['UNCOMPRESSED', 'SNAPPY', 'LZ4_RAW'] as const
const SETS = [
  [{ definition: 'stockstats', period: 14, multiplier: 3 }],
  [{ definition: 'tradingview', period: 10, multiplier: 3 }],
  [
    { definition: 'stockstats', period: 7, multiplier: 2 },
    { definition: 'tradingview', period: 1, multiplier: 1.5 },
  ],
] as const

/** Bars of a few series with duplicates, rows out of order and nulls, written in one of many ways. */
function generated(seed: number): Input {
  const next = random(seed + 1)
  const below = (limit: number) => Math.floor(next() * limit)
  const settings: Partial<EnrichSettings> = {
    supertrends: SETS[below(SETS.length)]!,
    codec: CODECS[below(CODECS.length)]!,
    keep: next() < 0.7 ? 'first' : 'last',
    conflicts: 'drop',
  }
  const series = below(4)
  const rows = [below(9), below(300), below(4000)][below(3)]!
  const [duplicates, disorder, nulls] = [next() < 0.5 ? next() / 4 : 0, next() < 0.3 ? 0.05 : 0, next() < 0.3 ? 0.1 : 0]
  const isIndexed = next() < 0.4
  const isRequired = next() < 0.5
  const close = Array.from({ length: series + 1 }, () => 50 + 100 * next())
  const minute = new Array<number>(series + 1).fill(0)
  const data = Array.from({ length: rows }, () => {
    const of = below(series + 1)
    if (next() >= duplicates) minute[of]! += 1 + (next() < 0.02 ? below(30) : 0)
    const open = close[of]!
    close[of] = Math.max(1, Math.round(100 * (open + next() - 0.5)) / 100)
    const has = next() >= nulls
    return {
      time: BigInt(1_700_000_000 + 60 * (minute[of]! - (next() < disorder ? below(50) : 0))),
      symbol: `S${of}`,
      high: has ? Math.max(open, close[of]!) + below(50) / 100 : null,
      low: has ? Math.min(open, close[of]!) - below(50) / 100 : null,
      close: has ? close[of]! : null,
      trades: next() < 0.1 ? null : below(500),
    }
  })
  const column = (name: keyof (typeof data)[number], type: ColumnSource['type']): ColumnSource => ({
    name,
    type: type!,
    data: data.map((row) => row[name]),
    nullable: !isRequired || data.some((row) => row[name] === null),
    ...(isIndexed && { columnIndex: true, offsetIndex: true }),
  })
  const shape = { rowGroupSize: 1 + below(2000), pageSize: 200 + below(20_000) }
  const codec = next() < 0.5 ? 'SNAPPY' : 'UNCOMPRESSED'
  return {
    name: `generated ${seed}`,
    settings,
    bytes: () =>
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            column('time', 'INT64'),
            ...(series > 0 ? [column('symbol', 'STRING')] : []),
            column('high', 'DOUBLE'),
            column('low', 'DOUBLE'),
            column('close', 'DOUBLE'),
            column('trades', 'INT32'),
          ],
          ...shape,
          codec,
        }),
      ),
  }
}
