import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chartData } from '../../functions/chart/chart-data.ts'
import { openChartFile } from '../../functions/chart/chart-file.ts'
import { ChartSession } from '../../functions/chart/chart-session.ts'
import type { ByteSource } from '../../functions/shared/byte-source.ts'
import { barsFile, enrichBytes, memorySource, readRows, SETTINGS, someBars } from '../parquet-files.ts'

const MINUTE_MS = 60_000
const START = Date.UTC(2024, 0, 1)
/** So few points that parts are read from the file even of a file of 40,000 rows. */
const REQUEST = { title: 'bars', points: 100 }

async function sessionOf(source: ByteSource, request = REQUEST) {
  return ChartSession.open(await openChartFile(source, SETTINGS), SETTINGS, request)
}

async function enriched(bars: Parameters<typeof barsFile>[0], options = {}) {
  const { output } = await enrichBytes(barsFile(bars, options))
  return output
}

/** Counts the bytes that are read. */
function counted(bytes: Uint8Array) {
  const source = memorySource(bytes)
  const reads = { bytes: 0 }
  const slice: ByteSource['slice'] = (start, end, room) => {
    reads.bytes += end - start
    return source.slice(start, end, room)
  }
  return { source: { ...source, slice }, reads }
}

describe('a part of a series', () => {
  it('has the rows of the file where a page has a row group, also those of one of two series', async () => {
    const bars = someBars(60_000).map((bar, i) => ({ ...bar, symbol: i % 3 === 0 ? 'A' : 'B' }))
    const output = await enriched(bars, { rowGroupSize: 30_000, pageSize: 2 ** 30 })
    const rows = (await readRows(output)).filter(({ symbol }) => symbol === 'B')
    const session = await sessionOf(memorySource(output))
    for (const first of [0, 7_000, 13_620, 19_950, 20_000, 39_900]) {
      const expected = rows.slice(first, first + 100)
      const [from, to] = [expected[0]!, expected.at(-1)!].map(({ datetime }) => Number(datetime))
      const level = (await session.window('B', { from: from!, to: to! }))!
      assert.deepEqual(
        [level.times, level.close, level.trends[0]!.segment],
        [
          expected.map(({ datetime }) => Number(datetime)),
          expected.map(({ close }) => close),
          expected.map((row) => row.st_trend_segment),
        ],
      )
    }
  })

  it('begins with a flip where its first row is one and begins a page, which the row before it shows', async () => {
    const bars = someBars(40_000)
    const rows = await readRows(await enriched(bars))
    // such rows may begin a page and a block of the index of times
    const isFlip = (row: number) => Number(rows[row]!.trend_orientation) * Number(rows[row - 1]!.trend_orientation) < 0
    const flips = rows.flatMap((_, row) => (row > 17_000 && isFlip(row) ? [row] : [])).slice(0, 3)
    assert.equal(flips.length, 3)
    for (const row of flips) {
      // the flip moves to row 16,384, four times 4,096
      const moved = bars.slice(row - 16_384).map((bar, i) => ({ ...bar, time: START + i * MINUTE_MS }))
      const output = await enriched(moved, { rowGroupSize: 8192, pageSize: 4096 })
      const session = await sessionOf(memorySource(output))
      const level = (await session.window('', { from: START + 16_384 * MINUTE_MS, to: START + 16_400 * MINUTE_MS }))!
      assert.deepEqual(level.trends[0]!.flips[0]?.slice(0, 2), [0, 1])
    }
  })

  it('has the rows of the file, of which only those near it are read', async () => {
    const output = await enriched(someBars(40_000), { rowGroupSize: 5000, pageSize: 4096 })
    const rows = await readRows(output)
    const { source, reads } = counted(output)
    const session = await sessionOf(source)
    for (const first of [0, 23_333, 39_900]) {
      reads.bytes = 0
      const range = { from: START + first * MINUTE_MS, to: START + (first + 99) * MINUTE_MS }
      const level = (await session.window('', range))!
      const expected = rows.slice(first, first + 100)
      assert.deepEqual([level.frame, level.isWhole], ['1 row', false])
      assert.deepEqual(
        level.close,
        expected.map((row) => row.close),
      )
      const [trend] = level.trends
      assert.deepEqual(
        trend!.line,
        expected.map((row) => row.supertrend_ub ?? row.supertrend_lb ?? null),
      )
      assert.deepEqual(
        trend!.segment,
        expected.map((row) => row.st_trend_segment),
      )
      assert.ok(reads.bytes < output.length / 5, `${reads.bytes} of ${output.length} bytes`)
    }
  })

  it('is aggregated from the rows in memory when it is long', async () => {
    const { source, reads } = counted(await enriched(someBars(40_000)))
    const session = await sessionOf(source)
    reads.bytes = 0
    const all = (await session.window('', { from: START, to: START + 40_000 * MINUTE_MS }))!
    assert.deepEqual([all.frame, all.times.length, all.isWhole, reads.bytes], ['4 hours', 167, true, 0])
    const some = (await session.window('', { from: START, to: START + 1440 * MINUTE_MS }))!
    assert.deepEqual([some.frame, some.times.length, some.isWhole], ['15 minutes', 97, false])
  })

  it('counts gaps as the whole series does', async () => {
    const bars = someBars(40_000).filter((_, i) => i % 1000 !== 500)
    const session = await sessionOf(memorySource(await enriched(bars)))
    const from = START + 20_450 * MINUTE_MS
    const { gaps } = (await session.window('', { from, to: from + 99 * MINUTE_MS }))!
    assert.deepEqual(gaps, [[50, 1]])
  })

  it('is in time order, whatever the order of the file is', async () => {
    const bars = someBars(40_000)
    const session = await sessionOf(memorySource(await enriched(bars.toReversed())))
    const from = START + 20_000 * MINUTE_MS
    const level = (await session.window('', { from, to: from + 9 * MINUTE_MS }))!
    assert.deepEqual(
      level.close,
      bars.slice(20_000, 20_010).map(({ close }) => close),
    )
  })
})

describe('a series that was not read yet', () => {
  const bars = ['AAA', 'BBB', 'CCC'].flatMap((symbol, i) =>
    someBars(400 * (i + 1), i + 1).map((bar) => ({ ...bar, symbol })),
  )

  it('equals that of a chart of it', async () => {
    const output = await enriched(bars)
    const session = await sessionOf(memorySource(output))
    assert.deepEqual(session.data().symbols, ['AAA', 'BBB', 'CCC'])
    const request = { ...REQUEST, symbol: 'CCC' }
    const { series } = await chartData(memorySource(output), SETTINGS, request)
    assert.deepEqual(await session.series('CCC'), series[0])
    assert.deepEqual([series[0]!.symbol, series[0]!.rows], ['CCC', 1200])
    assert.equal(await session.series('DDD'), undefined)
  })

  it('has flips of its own', async () => {
    const session = await sessionOf(memorySource(await enriched(bars)))
    const rows = await readRows(await enriched(bars.slice(1200)))
    const sides = rows.map((row) => Number(row.trend_orientation ?? 0))
    const turns = sides.flatMap((side, i) => (side * (sides[i - 1] ?? 0) < 0 ? [i] : []))
    const flips = (await session.flips('CCC', 0))!
    assert.ok(turns.length > 1, `${turns}`)
    assert.deepEqual(
      flips.times,
      turns.map((i) => START + i * MINUTE_MS),
    )
    assert.deepEqual(
      flips.prices,
      turns.map((i) => rows[i]!.close),
    )
    assert.equal(await session.flips('CCC', 1), undefined)
  })
})

describe('requests', () => {
  it('that were dropped are not answered, and do not hold up others', async () => {
    const { source, reads } = counted(await enriched(someBars(40_000)))
    const session = await sessionOf(source)
    reads.bytes = 0
    const range = { from: START, to: START + 99 * MINUTE_MS }
    const dropped = session.window('', range, AbortSignal.abort())
    const wanted = session.window('', range)
    await assert.rejects(dropped, { name: 'AbortError' })
    const before = reads.bytes
    assert.equal(before, 0)
    assert.equal((await wanted)!.times.length, 100)
  })
})
