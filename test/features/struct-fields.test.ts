import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parquetWriteBuffer, type SchemaElement } from 'hyparquet-writer'
import {
  type Bar,
  barsFile,
  duckDbRun,
  enrichBytes,
  NEW_COLUMNS,
  random,
  readRows,
  runCli,
  runProgram,
  someBars,
  temporaryFolder,
} from '../parquet-files.ts'
import { quickOrThorough } from '../thorough.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
const PRICES = ['open', 'high', 'low', 'close'] as const
const named = Object.fromEntries(PRICES.map((role) => [role, `market.candle.${role}`]))

interface Nesting {
  /** Whether the outer struct, the inner one and the prices may be null. */
  readonly optional: readonly [outer: boolean, inner: boolean, price: boolean]
  readonly encoding?: 'PLAIN' | 'BYTE_STREAM_SPLIT'
}

/** The bars with their prices in a struct within a struct, and the same bars without structs. */
function bothFiles(bars: readonly Bar[], { optional, encoding }: Nesting) {
  const next = random(bars.length)
  const flat: Bar[] = []
  const market = bars.map((bar) => {
    const [noOuter, noInner] = [optional[0] && next() < 0.1, optional[1] && next() < 0.1]
    const price = (value: number | null) => (noOuter || noInner || (optional[2] && next() < 0.1) ? null : value)
    const candle = Object.fromEntries(PRICES.map((name) => [name, price(bar[name])])) as Record<string, number | null>
    flat.push({ ...bar, ...candle })
    if (noOuter) return null
    return noInner ? { candle: null } : { candle }
  })
  const repetition = (isOptional: boolean) => (isOptional ? 'OPTIONAL' : 'REQUIRED')
  const schema: SchemaElement[] = [
    { name: 'root', num_children: 3 },
    { name: 'datetime', type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type: 'REQUIRED' },
    { name: 'market', num_children: 1, repetition_type: repetition(optional[0]) },
    { name: 'candle', num_children: 4, repetition_type: repetition(optional[1]) },
    ...PRICES.map((name) => ({ name, type: 'DOUBLE', repetition_type: repetition(optional[2]) }) as const),
    { name: 'volume', type: 'DOUBLE', repetition_type: 'REQUIRED' },
  ]
  const columnData = [
    { name: 'datetime', data: bars.map(({ time }) => new Date(time)) },
    { name: 'market', data: market, ...(encoding ? { encoding } : {}) },
    { name: 'volume', data: bars.map(({ volume }) => volume) },
  ]
  const nested = new Uint8Array(parquetWriteBuffer({ columnData, schema, rowGroupSize: 900, pageSize: 2000 }))
  return { nested, flat: barsFile(flat) }
}

describe('prices in structs', () => {
  const bars = someBars(2000)
  const overlapping = [...bars, ...bars.slice(1900)]
  const options = [false, true]
  for (const encoding of quickOrThorough<readonly Nesting['encoding'][]>(
    [undefined, 'BYTE_STREAM_SPLIT'],
    [undefined, 'PLAIN', 'BYTE_STREAM_SPLIT'],
  )) {
    for (const outer of options) {
      for (const inner of options) {
        for (const price of options) {
          const nesting: Nesting = { optional: [outer, inner, price], ...(encoding ? { encoding } : {}) }
          it(`give the values that they give outside of them: ${JSON.stringify(nesting)}`, async () => {
            for (const rows of [bars, overlapping]) {
              const { nested, flat } = bothFiles(rows, nesting)
              const ofStruct = await enrichBytes(nested, { columns: named, conflicts: 'drop' })
              const expected = await enrichBytes(flat, { conflicts: 'drop' })
              assert.deepEqual(ofStruct.quality, expected.quality)
              const values = (output: Uint8Array) =>
                readRows(output).then((rows) => rows.map((row) => NEW_COLUMNS.map((name) => row[name])))
              assert.deepEqual(await values(ofStruct.output), await values(expected.output))
            }
          })
        }
      }
    }
  }

  it('stay as they are', async () => {
    const { nested } = bothFiles(overlapping, { optional: [true, true, true] })
    const { output, layout, columns } = await enrichBytes(nested, { columns: named, conflicts: 'drop' })
    assert.equal(layout, 'compacted')
    assert.equal(columns.high, 'market.candle.high')
    const input = await readRows(nested)
    const kept = (await readRows(output)).map(({ datetime, market, volume }) => ({ datetime, market, volume }))
    assert.deepEqual(kept, input.slice(0, 2000))
  })
})

describe('fields of structs', () => {
  const select = `SELECT {'at': TIMESTAMP '2024-01-01' + INTERVAL (i // 2) MINUTE, 'of': {'symbol': 's' || (i % 2)}} AS key,
    {'high': 12.0::DOUBLE, 'low': 9.0::DOUBLE, 'close': 10 + sin(i)} AS candle, [{'high': 1.0}] AS quotes
    FROM range(400) t(i)`
  const prices = ['--high-column', 'candle.high', '--low-column', 'candle.low', '--close-column', 'candle.close']
  const columns = ['--time-column', 'key.at', '--symbol-column', 'key.of.symbol', ...prices]

  it('are the time and the symbol too, in every command', async () => {
    await duckDbRun(`COPY (${select}) TO '${at('fields.parquet')}' (FORMAT parquet)`)
    const { stdout } = await runCli(at('fields.parquet'), at('out.parquet'), ...columns, '--json')
    const { columns: used, series, rowsWritten } = JSON.parse(stdout)
    assert.deepEqual([series, rowsWritten], [2, 400])
    assert.equal(used.time, 'key.at')
    assert.equal(used.symbol, 'key.of.symbol')
    assert.equal((await runProgram('verify', at('fields.parquet'), at('out.parquet'))).code, 0)
    const chart = await runProgram('chart', at('out.parquet'), '--out', at('chart.html'), ...columns, '--json')
    assert.equal(JSON.parse(chart.stdout).bars, 200)
    const inspected = JSON.parse((await runProgram('inspect', at('fields.parquet'), ...columns, '--json')).stdout)
    assert.equal(inspected.problem, null)
    assert.deepEqual(
      inspected.columns.map(({ name, type }: { name: string; type: string }) => `${name} ${type}`),
      [
        'key.at timestamp[us]',
        'key.of.symbol text',
        'candle.high double',
        'candle.low double',
        'candle.close double',
        'quotes nested',
      ],
    )
  })

  it('are used only where they are named, and a message lists them', async () => {
    const { code, stderr } = await runCli(at('fields.parquet'), at('x.parquet'), '--time-column', 'key.at')
    assert.equal(code, 2)
    assert.match(
      stderr,
      /no high column: .* "candle\.high" \(double\), .* "quotes" \(nested\); .*, such as "candle\.high"/,
    )
  })

  it('are not those of lists', async () => {
    const { code, stderr } = await runCli(at('fields.parquet'), at('x.parquet'), ...columns, '--open-column', 'quotes')
    assert.equal(code, 2)
    assert.match(stderr, /the open column "quotes" \(nested\) is not numeric/)
  })
})
