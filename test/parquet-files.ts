/** Parquet files for tests: made by other writers, read by other readers. None of this is our own parquet code. */
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { type BasicType, type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'
import { enrich } from '../functions/enrich/enrich.ts'
import { DEFAULT_JUDGEMENT, type EnrichSettings } from '../functions/enrich/settings.ts'
import type { ByteSource } from '../functions/shared/byte-source.ts'
import { random } from './random.ts'

export { type CliResult, runCli, runProgram, runProgramIn } from './programs.ts'
export { random }

export type Row = Record<string, unknown>

export interface Bar {
  /** Milliseconds since 1970. */
  time: number
  open: number | null
  high: number | null
  low: number | null
  close: number | null
  volume: number | null
  symbol?: string | null
}

export const NEW_COLUMNS = ['supertrend_ub', 'supertrend_lb', 'trend_orientation', 'st_trend_segment']

const temporaryFolders: string[] = []
process.on('exit', () => {
  for (const folder of temporaryFolders) rmSync(folder, { recursive: true, force: true })
})

/** Makes a folder that is removed when the test process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'parquet-supertrend-test-'))
  temporaryFolders.push(folder)
  return folder
}

/** Minute bars of a random walk in cents. */
export function someBars(count: number, seed = 1): Bar[] {
  const next = random(seed)
  const cents = (value: number) => Math.round(value * 100) / 100
  let close = 100
  return Array.from({ length: count }, (_, i) => {
    const open = close
    close = cents(close + next() - 0.5)
    const high = cents(Math.max(open, close) + next())
    const low = cents(Math.min(open, close) - next())
    const volume = Math.floor(next() * 10_000)
    return { time: Date.UTC(2024, 0, 1) + i * 60_000, open, high, low, close, volume }
  })
}

export interface WriteOptions {
  readonly rowGroupSize?: number
  readonly pageSize?: number
  readonly codec?: 'UNCOMPRESSED' | 'SNAPPY'
  readonly timeName?: string
}

/** The bars as a file of hyparquet-writer: datetime, open, high, low, close, volume and, if any bar has one, symbol. */
export function barsFile(bars: readonly Bar[], options: WriteOptions = {}): Uint8Array {
  const column = (name: string, type: BasicType, of: (bar: Bar) => unknown): ColumnSource => {
    const data = bars.map(of)
    // a dictionary of this writer holds one of 0 and -0 for both
    return {
      name,
      type,
      nullable: true,
      data,
      ...(data.some((value) => Object.is(value, -0)) ? { encoding: 'PLAIN' } : {}),
    }
  }
  const columnData = [
    column(options.timeName ?? 'datetime', 'TIMESTAMP', (bar) => new Date(bar.time)),
    ...(['open', 'high', 'low', 'close'] as const).map((name) => column(name, 'DOUBLE', (bar) => bar[name])),
    column('volume', 'DOUBLE', (bar) => bar.volume),
  ]
  if (bars.some((bar) => bar.symbol !== undefined)) columnData.push(column('symbol', 'STRING', (bar) => bar.symbol))
  return new Uint8Array(
    parquetWriteBuffer({
      columnData,
      codec: options.codec ?? 'SNAPPY',
      ...(options.rowGroupSize ? { rowGroupSize: options.rowGroupSize } : {}),
      ...(options.pageSize ? { pageSize: options.pageSize } : {}),
    }),
  )
}

export function memorySource(bytes: Uint8Array): ByteSource {
  return { byteLength: bytes.length, slice: async (start, end) => bytes.slice(start, end) }
}

export const SETTINGS: EnrichSettings = {
  supertrends: [{ definition: 'stockstats', period: 14, multiplier: 3 }],
  codec: 'auto',
  ...DEFAULT_JUDGEMENT,
  readBack: 0,
  columns: {},
  memoryBudgetBytes: 2 ** 30,
}

/** Copies and joins pieces, whose memory is reused once the next piece is requested. */
export async function gathered(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const piece of pieces) parts.push(piece.slice())
  return new Uint8Array(Buffer.concat(parts))
}

/** Enriches a file in memory and returns the whole output, and the file of the rows that were dropped. */
export async function enrichAndKeep(input: Uint8Array, settings: Partial<EnrichSettings> = {}) {
  const enriched = await enrich(memorySource(input), { ...SETTINGS, ...settings })
  const bytes = await gathered(enriched.bytes())
  const dropped = await gathered(enriched.droppedBytes())
  enriched.close()
  const output = enriched.layout === 'appended' ? new Uint8Array(Buffer.concat([input, bytes])) : bytes
  return { quality: enriched.quality, layout: enriched.layout, output, dropped }
}

/** Enriches a file in memory and returns the whole output. */
export async function enrichBytes(input: Uint8Array, settings: Partial<EnrichSettings> = {}) {
  const enriched = await enrich(memorySource(input), { ...SETTINGS, ...settings })
  const parts: Uint8Array[] = enriched.layout === 'appended' ? [input] : []
  for await (const part of enriched.bytes()) parts.push(part.slice())
  enriched.close()
  return { ...enriched, output: new Uint8Array(Buffer.concat(parts)) }
}

function bufferOf(bytes: Uint8Array) {
  return {
    byteLength: bytes.length,
    slice: (start: number, end?: number) => bytes.slice(start, end ?? bytes.length).buffer as ArrayBuffer,
  }
}

/** All rows, read with hyparquet. */
export async function readRows(bytes: Uint8Array): Promise<Row[]> {
  return parquetReadObjects({ file: bufferOf(bytes), compressors, utf8: false })
}

export async function readRowsOf(name: string): Promise<Row[]> {
  return parquetReadObjects({ file: await asyncBufferFromFile(name), compressors, utf8: false })
}

export async function readMetadata(bytes: Uint8Array) {
  return parquetMetadataAsync(bufferOf(bytes))
}

let duckDb: Promise<DuckDBConnection> | undefined

function connection(): Promise<DuckDBConnection> {
  duckDb ??= connect()
  return duckDb
}

async function connect(): Promise<DuckDBConnection> {
  // loaded on first use: it takes 60 ms, and most test files do not need it
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  return instance.connect()
}

export async function duckDbRun(sql: string): Promise<void> {
  await (await connection()).run(sql)
}

/** The rows of a query, every value as JSON. */
export async function duckDbRows(sql: string): Promise<Row[]> {
  return (await (await connection()).runAndReadAll(sql)).getRowObjectsJson() as Row[]
}
