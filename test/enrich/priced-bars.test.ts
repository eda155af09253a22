import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type BasicType, parquetWriteBuffer } from 'hyparquet-writer'
import { chartData } from '../../functions/chart/chart-data.ts'
import { blocksWithNextRow } from '../../functions/enrich/bar-blocks.ts'
import type { Bars } from '../../functions/enrich/bars.ts'
import { newTimes } from '../../functions/market/times/time.ts'
import {
  type Bar,
  barsFile,
  duckDbRun,
  enrichBytes,
  memorySource,
  NEW_COLUMNS,
  readRows,
  runCli,
  runProgram,
  SETTINGS,
  someBars,
  temporaryFolder,
} from '../parquet-files.ts'
import { referenceRows } from '../reference.ts'
import { quickOrThorough } from '../thorough.ts'

const ZERO = { open: 0, high: 0, low: 0, close: 0 }

async function newValues(output: Uint8Array) {
  return (await readRows(output)).map((row) => NEW_COLUMNS.map((column) => row[column] ?? null))
}

/** Enriches bars of which some have no price: they get nulls, and the others the values that they have without them. */
async function assertPassedOver(bars: readonly Bar[], input: Uint8Array, isPriced: (bar: Bar) => boolean) {
  const { output, quality } = await enrichBytes(input)
  const values = await newValues(output)
  const without = await enrichBytes(barsFile(bars.filter(isPriced)))
  assert.deepEqual(
    values.filter((_, row) => isPriced(bars[row]!)),
    await newValues(without.output),
  )
  for (const [row, of] of values.entries()) {
    if (!isPriced(bars[row]!)) assert.deepEqual(of, [null, null, null, null], `row ${row}`)
  }
  return quality
}

describe('a bar whose prices are all 0', () => {
  const bars = someBars(391).map((bar, row) => ([0, 90, 91, 300].includes(row) ? { ...bar, ...ZERO } : bar))
  const isPriced = ({ close }: Bar) => close !== 0

  it('gets nulls, and the others are as without it', async () => {
    const quality = await assertPassedOver(bars, barsFile(bars), isPriced)
    assert.equal(quality.rowsWithoutPrice, 4)
    assert.deepEqual(quality.rowsWithoutPriceBy, { missing: 0, zero: 4, undefined: 0 })
    assert.equal(quality.rowsInconsistent, 0)
  })

  it('is passed over in rows that have to be sorted, too', async () => {
    const shuffled = bars.toReversed()
    const quality = await assertPassedOver(shuffled, barsFile(shuffled), isPriced)
    assert.deepEqual(quality.rowsWithoutPriceBy, { missing: 0, zero: 4, undefined: 0 })
  })

  it('is counted when it is kept', async () => {
    for (const repeated of [
      [...bars, ...bars.slice(250)],
      [...bars.slice(250), ...bars],
    ]) {
      const { quality } = await enrichBytes(barsFile(repeated))
      assert.equal(quality.duplicatesDropped, 141)
      assert.deepEqual(quality.rowsWithoutPriceBy, { missing: 0, zero: 4, undefined: 0 })
    }
  })

  it('needs no open', async () => {
    const data = (name: 'high' | 'low' | 'close') => bars.map((bar) => bar[name]!)
    const columnData = [
      { name: 'datetime', type: 'TIMESTAMP' as BasicType, data: bars.map(({ time }) => new Date(time)) },
      ...(['high', 'low', 'close'] as const).map((name) => ({ name, type: 'DOUBLE' as BasicType, data: data(name) })),
    ]
    const input = new Uint8Array(parquetWriteBuffer({ columnData }))
    const quality = await assertPassedOver(bars, input, isPriced)
    assert.equal(quality.rowsWithoutPriceBy.zero, 4)
  })

  it('has a price when zeros are meant as prices, which the file states', async () => {
    const folder = temporaryFolder()
    const [input, output] = [path.join(folder, 'bars.parquet'), path.join(folder, 'out.parquet')]
    writeFileSync(input, barsFile(bars))
    const { output: bytes, quality } = await enrichBytes(barsFile(bars), { zeroPrices: 'value' })
    assert.equal(quality.rowsWithoutPrice, 0)
    const expected = referenceRows(bars, SETTINGS.supertrends[0]!)
    assert.deepEqual(
      await newValues(bytes),
      expected.map(({ upper, lower, orientation, segment }) => [upper, lower, orientation, segment]),
    )
    assert.equal((await runCli(input, output, '--zero-prices', 'value')).code, 0)
    assert.equal((await runProgram('verify', input, output)).code, 0)
  })

  it('is no bar in a chart', async () => {
    const { output } = await enrichBytes(barsFile(bars))
    const { series } = await chartData(memorySource(output), SETTINGS, { title: '', points: 1000 })
    const { open, high, low, close } = series[0]!.levels[0]!
    assert.deepEqual([open[90], high[90], low[90], close[90]], [null, null, null, null])
  })
})

describe('any bars with zeros', () => {
  const price = fc.constantFrom(0, 0, 0, 1, 2, -0, null)
  const anyBars = fc.array(fc.record({ open: price, high: price, low: price, close: price }), {
    minLength: 1,
    maxLength: 200,
  })
  // a missing open says nothing
  const isZero = ({ open, high, low, close }: Partial<Bar>) => !open && high === 0 && low === 0 && close === 0

  it('have no price where open, high, low and close are 0, however the file is cut', async () => {
    const layouts = { rowGroupSize: fc.constantFrom(1, 7, 50, 1000), pageSize: fc.constantFrom(1, 100, 1_000_000) }
    const order = fc.record({
      keep: fc.constantFrom('first' as const, 'last' as const),
      isDescending: fc.boolean(),
      isRepeated: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(
        anyBars,
        fc.record(layouts),
        order,
        async (prices, layout, { keep, isDescending, isRepeated }) => {
          const minutes = (i: number) => (isRepeated && i % 3 === 2 ? i - 1 : i)
          const bars = prices.map((of, i) => ({
            ...of,
            time: (isDescending ? -60_000 : 60_000) * minutes(i),
            volume: 1,
          }))
          const { output, quality } = await enrichBytes(barsFile(bars, layout), { keep, conflicts: 'drop' })
          const expected = referenceRows(
            bars.map((bar) => (isZero(bar) ? { ...bar, close: null } : bar)),
            { ...SETTINGS.supertrends[0]!, keep },
          )
          assert.deepEqual(
            await newValues(output),
            expected.map(({ upper, lower, orientation, segment }) => [upper, lower, orientation, segment]),
          )
          const kept = expected.map(({ row }) => bars[row]!)
          const zero = kept.filter(isZero).length
          const missing = kept.filter(({ high, low, close }) => [high, low, close].includes(null)).length
          assert.deepEqual(quality.rowsWithoutPriceBy, { missing, zero, undefined: 0 })
          assert.equal(quality.rowsWithoutPrice, zero + missing)
        },
      ),
      { numRuns: quickOrThorough(40, 200) },
    )
  })

  it('are told by the open of their own rows in a long file', async () => {
    // zeros here and there over many pieces; of each two, one has an open
    const bars = someBars(100_000).map((bar, row) =>
      row % 9973 < 2 ? { ...bar, ...ZERO, open: row % 9973 === 0 ? 0.5 : 0 } : bar,
    )
    const folder = temporaryFolder()
    const [input, other] = [path.join(folder, 'bars.parquet'), path.join(folder, 'other.parquet')]
    writeFileSync(input, barsFile(bars, { rowGroupSize: 30_000, pageSize: 20_000 }))
    // its values are byte stream splits, which parquet-wasm decodes
    await duckDbRun(`COPY (FROM '${input}') TO '${other}' (PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 1)`)
    for (const file of [input, other]) {
      const { output, quality } = await enrichBytes(readFileSync(file))
      const rows = (await newValues(output)).flatMap(([, , orientation], row) => (orientation === null ? [row] : []))
      assert.deepEqual(
        rows,
        bars.flatMap((bar, row) => (isZero(bar) ? [row] : [])),
      )
      assert.equal(quality.rowsWithoutPriceBy.zero, rows.length)
    }
  })
})

describe('why rows have no price', () => {
  it('is still known of a row that waits for the next piece', async () => {
    // as pricedBars does it: one array for all pieces
    const reasons = new Uint8Array(2)
    async function* pieces(): AsyncGenerator<Bars> {
      for (const [piece, of] of [
        [0, 1],
        [2, 0],
      ].entries()) {
        reasons.set(of)
        const prices = { high: new Float64Array(2), low: new Float64Array(2), close: new Float64Array(2) }
        yield { firstRow: 2 * piece, rows: 2, times: newTimes(2), series: undefined, ...prices, others: [], reasons }
      }
    }
    const found: number[] = []
    for await (const blocks of blocksWithNextRow(pieces())) for (const bars of blocks) found.push(...bars.reasons!)
    assert.deepEqual(found, [0, 1, 2, 0])
  })
})

describe('an open that is the limit of its type', () => {
  it('leaves its bar without a price, as the other prices do, however the file is cut', async () => {
    const whole = someBars(5000).map((bar, row) => ({
      ...bar,
      ...{ high: Math.ceil(bar.high!), low: Math.floor(bar.low!), close: Math.round(bar.close!), open: 100 },
      ...(row % 400 === 7 ? ZERO : {}),
    }))
    // of bars of zeros it says more than that they are
    const odd = new Map([
      [0, 32_767],
      [7, -32_768],
      [2100, 32_767],
      [4999, -32_768],
    ])
    const folder = temporaryFolder()
    const [doubles, small] = [path.join(folder, 'doubles.parquet'), path.join(folder, 'small.parquet')]
    const opens = whole.map((bar, row) => ({ ...bar, open: odd.get(row) ?? bar.open }))
    writeFileSync(doubles, barsFile(opens))
    await duckDbRun(`COPY (SELECT datetime, open::SMALLINT AS open, high, low, close FROM '${doubles}')
      TO '${small}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`)
    const { output, quality } = await enrichBytes(readFileSync(small))
    assert.deepEqual(quality.rowsWithoutPriceBy, { missing: 0, zero: 12, undefined: 4 })
    const priced = (bar: Bar, row: number) => !odd.has(row) && bar.close !== 0
    const without = await enrichBytes(barsFile(whole.filter(priced)))
    const values = await newValues(output)
    assert.deepEqual(
      values.filter((_, row) => priced(whole[row]!, row)),
      await newValues(without.output),
    )
    assert.deepEqual((await enrichBytes(barsFile(opens))).quality.rowsWithoutPriceBy.undefined, 0)
  })
})

describe('an integer price that is the limit of its type', () => {
  const limits = { INT32: [2 ** 31 - 1, -(2 ** 31)], INT64: [2n ** 63n - 1n, -(2n ** 63n)] } as const

  for (const type of ['INT32', 'INT64'] as const) {
    it(`is none in a column of ${type}`, async () => {
      const whole = someBars(300).map((bar) => ({
        ...bar,
        high: Math.ceil(bar.high!),
        low: Math.floor(bar.low!),
        close: Math.round(bar.close!),
      }))
      const [largest, smallest] = limits[type]
      const odd = new Map<number, Record<string, number | bigint>>([
        [0, { high: largest, low: largest, close: largest }],
        [100, { high: smallest }],
        [101, { low: largest }],
        [299, { close: smallest }],
      ])
      const column = (name: 'high' | 'low' | 'close') => ({
        name,
        type: type as BasicType,
        data: whole.map((bar, row) => {
          const value = odd.get(row)?.[name] ?? bar[name]
          return type === 'INT64' ? BigInt(value) : Number(value)
        }),
      })
      const columnData = [
        { name: 'datetime', type: 'TIMESTAMP' as BasicType, data: whole.map(({ time }) => new Date(time)) },
        ...(['high', 'low', 'close'] as const).map(column),
      ]
      const input = new Uint8Array(parquetWriteBuffer({ columnData }))
      const rowOf = (bar: Bar) => (bar.time - whole[0]!.time) / 60_000
      const quality = await assertPassedOver(whole, input, (bar) => !odd.has(rowOf(bar)))
      assert.equal(quality.rowsWithoutPrice, 4)
      assert.deepEqual(quality.rowsWithoutPriceBy, { missing: 0, zero: 0, undefined: 4 })
    })
  }
})
