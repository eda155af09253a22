import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { checkSeries } from '../../functions/enrich/compute.ts'
import { ORDER_BYTES_PER_ROW } from '../../functions/market/order.ts'
import {
  type Bar,
  barsFile,
  SETTINGS as DEFAULTS,
  enrichBytes,
  NEW_COLUMNS,
  random,
  readMetadata,
  readRows,
  someBars,
} from '../parquet-files.ts'
import { referenceRows } from '../reference.ts'
import { quickOrThorough } from '../thorough.ts'

const SETTINGS = { conflicts: 'drop', supertrends: [{ definition: 'stockstats', period: 10, multiplier: 1 }] } as const
/** Enough for what is known of three series, and not for 200 rows. */
const LITTLE = 10_000

/** Each bar as often as said, with another close each time. */
function repeated(bars: readonly Bar[], copies: (i: number) => number): Bar[] {
  return bars.flatMap((bar, i) =>
    Array.from({ length: copies(i) }, (_, copy) => ({ ...bar, close: bar.close! - copy / 100 })),
  )
}

async function checkValues(bars: readonly Bar[], output: Uint8Array): Promise<void> {
  const expected = referenceRows(
    bars.map((bar) => ({ ...bar, series: bar.symbol ?? null })),
    { ...SETTINGS.supertrends[0], keep: 'last' },
  )
  assert.deepEqual(
    (await readRows(output)).map((row) => NEW_COLUMNS.map((column) => row[column] ?? null)),
    expected.map(({ upper, lower, orientation, segment }) => [upper, lower, orientation, segment]),
  )
}

/** The pairs, found slowly. */
function pairsOf(bars: readonly Bar[], keep: 'first' | 'last'): number[][] {
  const kept = new Map<string, number>()
  const keyOf = ({ symbol, time }: Bar) => `${symbol} ${time}`
  for (const [row, bar] of bars.entries()) if (keep === 'last' || !kept.has(keyOf(bar))) kept.set(keyOf(bar), row)
  return bars.map((bar, row) => [row, kept.get(keyOf(bar))!]).filter(([row, kept]) => row !== kept)
}

describe('the last row of a time is kept without holding rows', () => {
  const keepLast = { ...SETTINGS, keep: 'last', memoryBudgetBytes: LITTLE } as const

  it('where the rows of one time are adjacent', async () => {
    const bars = repeated(someBars(300), (i) => 1 + (i % 4))
    const { output, quality } = await enrichBytes(barsFile(bars, { rowGroupSize: 100 }), keepLast)
    assert.deepEqual([quality.rowsRead, quality.rowsWritten, quality.rowsOutOfOrder], [750, 300, 0])
    assert.equal(quality.duplicatesConflicting, 450)
    await checkValues(bars, output)
  })

  it('where they end with a piece of the file, go on over several, and end with the file', async () => {
    // a piece has 32,768 rows
    const copies = new Map([
      [5, 32_763],
      [6, 2],
      [7, 70_000],
      [19, 9],
    ])
    const bars = repeated(someBars(20), (i) => copies.get(i) ?? 1)
    const { output, quality, pairs } = await enrichBytes(barsFile(bars), { ...keepLast, memoryBudgetBytes: 100_000 })
    assert.equal(quality.rowsWritten, 20)
    assert.deepEqual([...pairs].slice(-8), pairsOf(bars, 'last').slice(-8))
    assert.equal([...pairs].length, bars.length - 20)
    await checkValues(bars, output)
  })

  it('of several series, sorted by them or by time', async () => {
    const symbols = ['A', null, 'B']
    const bars = someBars(200).map((bar, i) => ({ ...bar, symbol: symbols[i % 3]! }))
    for (const order of [bars, bars.toSorted((a, b) => symbols.indexOf(a.symbol) - symbols.indexOf(b.symbol))]) {
      const twice = repeated(order, (i) => 1 + (i % 2))
      const { output } = await enrichBytes(barsFile(twice), keepLast)
      await checkValues(twice, output)
    }
  })
})

describe('rows that have to be held, where they do not fit,', () => {
  const bars = someBars(200)
  const refused = async (bars: readonly Bar[], keep: 'first' | 'last', message: RegExp) => {
    const settings = { ...SETTINGS, keep, memoryBudgetBytes: LITTLE }
    await assert.rejects(enrichBytes(barsFile(bars), settings), { code: 'too-big', message })
  }

  it('are said to be in another order than that of time only where they are', async () => {
    const early = [...bars.slice(1), bars[0]!]
    await refused(
      early,
      'first',
      /^the rows are not in time order: row 199 \(the first is row 0\) is earlier than a row before it/,
    )
    const symbols = early.map((bar) => ({ ...bar, symbol: 'A' }))
    await refused(symbols, 'last', /^the rows are not in time order: row 199 .* and sorting 200 of them needs 1 MiB/)
  })

  it('are said to repeat a time elsewhere where the last of them is kept', async () => {
    const overlapping = [...bars.slice(0, 120), ...bars.slice(100)]
    const again =
      /^the last row of each time is kept, but rows of one time, row 120 \(the first is row 0\) and row 100, are not side by side/
    await refused(overlapping, 'last', again)
    await enrichBytes(barsFile(overlapping), { ...SETTINGS, memoryBudgetBytes: LITTLE })
    const both = bars.slice(0, 100).flatMap((bar) => ['A', 'B'].map((symbol) => ({ ...bar, symbol })))
    const interleaved = [...both.slice(0, 4), ...both.slice(2)]
    await refused(
      interleaved,
      'last',
      /rows of one time, row 4 .* and row 2, are not .* sort the file by series and time/,
    )
  })
})

describe('the memory that is allowed', () => {
  it('has to do for the rows that are held, to the byte', async () => {
    const bars = someBars(200).reverse()
    // time, series, prices and order; then line, orientation and segment
    const needed = 200 * (8 + 4 + 24 + ORDER_BYTES_PER_ROW + 4 + 1 + 4)
    await enrichBytes(barsFile(bars), { ...SETTINGS, memoryBudgetBytes: needed })
    const less = enrichBytes(barsFile(bars), { ...SETTINGS, memoryBudgetBytes: needed - 1 })
    await assert.rejects(less, { code: 'too-big', message: / of its series, and sorting 200 of them needs / })
  })

  it('has to do for the series, to the byte', () => {
    const check = (series: number, sets: number, memoryBudgetBytes: number) => {
      const supertrends = Array.from({ length: sets }, () => SETTINGS.supertrends[0])
      checkSeries(series, { ...DEFAULTS, supertrends, memoryBudgetBytes })
    }
    check(2, 1, 2 * 3072)
    check(2, 2, 2 * (3072 + 192))
    for (const [sets, needed] of [
      [1, 2 * 3072],
      [2, 2 * (3072 + 192)],
    ] as const) {
      assert.throws(() => check(2, sets, needed - 1), {
        code: 'too-big',
        message: /^the file has more than 2 series, /,
      })
    }
  })

  it('has to do for the series of rows that are held, too', async () => {
    const bars = someBars(102).map((bar, i) => ({ ...bar, symbol: `S${Math.max(0, i - 1)}` }))
    const unsorted = [bars[1]!, bars[0]!, ...bars.slice(2)]
    const settings = { ...SETTINGS, memoryBudgetBytes: 100_000 }
    const message = /^the file has more than 101 series, /
    await assert.rejects(enrichBytes(barsFile(unsorted), settings), { code: 'too-big', message })
  })
})

describe('the row that is kept for each dropped one', () => {
  it('is given in the order of the removed rows, in whatever order the times are', async () => {
    const minute = fc.integer({ min: 0, max: 25 }).map((minute) => Date.UTC(2024, 0, 1) + minute * 60_000)
    const any = fc.array(fc.tuple(minute, fc.constantFrom('A', 'B', null)), { minLength: 1, maxLength: 80 })
    const ways = fc.constantFrom('ascending', 'descending', 'as they come')
    const law = fc.asyncProperty(any, ways, fc.constantFrom('first', 'last'), async (any, way, keep) => {
      const [bar] = someBars(1)
      const bars = any.map(([time, symbol]) => ({ ...bar!, time, symbol }))
      if (way !== 'as they come') bars.sort((a, b) => (way === 'ascending' ? a.time - b.time : b.time - a.time))
      const { pairs, removed } = await enrichBytes(barsFile(bars), { ...SETTINGS, keep })
      const expected = pairsOf(bars, keep)
      assert.deepEqual([...pairs], expected)
      assert.equal(removed.size, expected.length)
      assert.ok(expected.every(([row]) => removed.has(row!)))
    })
    await fc.assert(law, { numRuns: quickOrThorough(40, 150) })
  })

  it('is named in the footer: the first hundred of them, as rows of the output', async () => {
    const next = random(3)
    const bars = someBars(400)
    const again = Array.from({ length: 300 }, () => bars[Math.floor(next() * 400)]!)
    const all = [...bars.slice(0, 200), ...bars.slice(190), ...again]
    const { output } = await enrichBytes(barsFile(all), SETTINGS)
    const note = (await readMetadata(output)).key_value_metadata?.find(({ key }) => key === 'parquet-supertrend')
    const kept = [...new Set(pairsOf(all, 'first').map(([, kept]) => kept!))].sort((a, b) => a - b)
    const isDropped = new Set(pairsOf(all, 'first').map(([row]) => row))
    const outputRow = (row: number) => row - [...isDropped].filter((other) => other! < row).length
    assert.ok(kept.length > 100)
    assert.deepEqual(JSON.parse(note!.value!).duplicatesAt, kept.slice(0, 100).map(outputRow))
  })
})
