/** Small files of common kinds that were once enriched wrongly. Files about times are in times.test.ts. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import type { Quality } from '../../functions/market/quality/quality.ts'
import { RefusedError } from '../../functions/shared/errors.ts'
import { enrichBytes, readRows, runCli, temporaryFolder } from '../parquet-files.ts'

const folder = fileURLToPath(new URL('./cases/', import.meta.url))
const tested = new Set<string>()

function bytesOf(name: string): Uint8Array {
  tested.add(name)
  return new Uint8Array(readFileSync(path.join(folder, name)))
}

interface Case {
  readonly name: string
  readonly settings?: Partial<EnrichSettings>
  readonly quality?: Partial<Omit<Quality, 'warnings'>>
  readonly warnings?: readonly string[]
  readonly code?: string
  readonly message?: RegExp
}

const CASES: readonly Case[] = [
  { name: 'F01-yfinance-multiindex', quality: { duplicatesDropped: 0, series: 1 } },
  { name: 'F04-timestamp-is-download-time', code: 'ambiguous-time', message: /--time-column open_time / },
  {
    name: 'F04-timestamp-is-download-time',
    settings: { columns: { time: 'open_time' } },
    quality: { rowsWritten: 300 },
  },
  { name: 'F05-order_book_id', code: 'ambiguous-series', message: /--symbol-column order_book_id / },
  {
    name: 'F05-order_book_id',
    settings: { columns: { symbol: 'order_book_id' } },
    quality: { rowsWritten: 600, series: 3 },
  },
  { name: 'F07-symbol-and-interval', code: 'ambiguous-series', message: /"interval" .*--symbol-column interval / },
  {
    name: 'F07-symbol-and-interval',
    settings: { columns: { symbol: ['symbol', 'interval'] } },
    quality: { rowsWritten: 1220, series: 2 },
  },
  { name: 'F07b-two-symbols-two-intervals', code: 'ambiguous-series', message: /--symbol-column interval / },
  {
    name: 'F07b-two-symbols-two-intervals',
    settings: { columns: { symbol: ['symbol', 'interval'] } },
    quality: { rowsWritten: 2440, series: 4 },
  },
  { name: 'F08-four-zero-minutes', quality: { rowsWritten: 391, rowsWithoutPrice: 4 }, warnings: ['zero-prices'] },
  { name: 'F14-last-day-twice', quality: { rowsWritten: 100 }, warnings: ['conflicting-duplicates'] },
  { name: 'F18-pandas-metadata', quality: { rowsWritten: 100 } },
  { name: 'M05-text-prices', code: 'columns', message: /--cast-prices/ },
  { name: 'M05-text-prices', settings: { castPrices: true }, quality: { rowsWithoutPrice: 0 } },
  { name: 'M06-struct-candle', code: 'columns', message: /candle\.high/ },
  {
    name: 'M06-struct-candle',
    settings: { columns: { high: 'candle.high', low: 'candle.low', close: 'candle.close' } },
    quality: { rowsWithoutPrice: 0 },
  },
  { name: 'M07-two-close', code: 'columns', message: /--close-column .*"close#1"/ },
  { name: 'M07-two-close', settings: { columns: { close: 'close#2' } }, quality: { duplicatesDropped: 0 } },
  { name: 'M08-gz', code: 'not-parquet', message: /gzip/ },
  { name: 'writers/crash-two-batches-min-v1', code: 'corrupt' },
  { name: 'writers/market-empty-encodings', warnings: ['encodings'] },
  { name: 'writers/market-field-15-list', warnings: ['field-type'] },
  { name: 'writers/market-null-column-converted-24', warnings: ['converted-type'] },
  { name: 'writers/market-parquet-net-4-dictionary-symbol', warnings: ['encodings'] },
]

describe('a case', () => {
  for (const { name, settings = {}, quality = {}, warnings = [], code, message = /./ } of CASES) {
    const options = Object.keys(settings).length > 0 ? ` with ${JSON.stringify(settings)}` : ''
    it(`${name}${options}: ${code ?? 'enriched'}`, async () => {
      const bytes = bytesOf(`${name}.parquet`)
      if (code !== undefined) {
        await assert.rejects(enrichBytes(bytes, settings), (error) => {
          assert.ok(error instanceof RefusedError, String(error))
          assert.equal(error.code, code)
          assert.match(error.message, message)
          return true
        })
        return
      }
      const { quality: found, output } = await enrichBytes(bytes, settings)
      for (const [key, value] of Object.entries(quality)) assert.equal(found[key as keyof Quality], value, key)
      assert.deepEqual(
        found.warnings.map(({ code }) => code),
        warnings,
      )
      assert.equal((await readRows(output)).length, found.rowsWritten)
    })
  }

  it('M10-hive: files with the same name keep the folders below the pattern', async () => {
    const scratch = temporaryFolder()
    const { code } = await runCli(path.join(folder, 'M10-hive/*/*.parquet'), '--out-dir', scratch)
    assert.equal(code, 0)
    for (const symbol of ['AAPL', 'MSFT']) {
      const place = `symbol=${symbol}/part-0.parquet`
      tested.add(`M10-hive/${place}`)
      assert.ok(readFileSync(path.join(scratch, place)).length > 0)
    }
  })

  it('exists for each file', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'))
    assert.deepEqual([...tested, 'F15-ten-days.parquet'].sort(), files.sort())
  })
})
