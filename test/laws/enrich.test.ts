import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { newColumnNames } from '../../functions/enrich/new-columns.ts'
import { type Bar, barsFile, enrichBytes, NEW_COLUMNS, type Row, readRows, someBars } from '../parquet-files.ts'
import { referenceRows } from '../reference.ts'
import { quickOrThorough } from '../thorough.ts'

const RUNS = { numRuns: quickOrThorough(8, 40) }

/** Bars of up to three series with times from a small range, so that duplicates and disorder are frequent. */
const anyBars = fc.array(
  fc.record({
    time: fc.integer({ min: 0, max: 40 }).map((minute) => Date.UTC(2024, 0, 1) + minute * 60_000),
    open: fc.constantFrom(null, 100, 101),
    high: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 9_900, max: 10_500 }).map((v) => v / 100) }, priceless()),
    low: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 9_500, max: 10_100 }).map((v) => v / 100) }, priceless()),
    close: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 9_600, max: 10_400 }).map((v) => v / 100) }, priceless()),
    volume: fc.constantFrom(null, 0, 10),
    symbol: fc.constantFrom(null, '', 'A', 'BTC/USDT'),
  }),
  { minLength: 1, maxLength: 120 },
)

function priceless() {
  return fc.constantFrom(null, Number.NaN, Number.POSITIVE_INFINITY)
}

const settingsOf = {
  definition: fc.constantFrom('stockstats' as const, 'tradingview' as const),
  period: fc.integer({ min: 1, max: 20 }),
  multiplier: fc.constantFrom(0.5, 1, 3),
  keep: fc.constantFrom('first' as const, 'last' as const),
}
const settings = fc.record(settingsOf)

const newValues = (rows: readonly Row[]) => rows.map((row) => NEW_COLUMNS.map((column) => row[column] ?? null))
const layouts = { rowGroupSize: fc.constantFrom(1, 7, 50, 1000), pageSize: fc.constantFrom(1, 100, 1_000_000) }

async function valuesOf(bars: readonly Bar[], options = {}, chosen = {}) {
  return newValues(
    await readRows((await enrichBytes(barsFile(bars, options), { conflicts: 'drop', ...chosen })).output),
  )
}

describe('laws of an enriched file', () => {
  it('any bars in any order give the values of the slow reference, kept first or last', async () => {
    await fc.assert(
      fc.asyncProperty(anyBars, settings, fc.record(layouts), async (bars, { keep, ...supertrend }, layout) => {
        const { output, quality } = await enrichBytes(barsFile(bars, layout), {
          supertrends: [supertrend],
          keep,
          conflicts: 'drop',
        })
        const expected = referenceRows(
          bars.map((bar) => ({ ...bar, series: bar.symbol })),
          { ...supertrend, keep },
        )
        assert.deepEqual(
          newValues(await readRows(output)),
          expected.map(({ upper, lower, orientation, segment }) => [upper, lower, orientation, segment]),
        )
        assert.deepEqual(counted(quality), countedSlowly(bars, keep))
      }),
      { numRuns: quickOrThorough(40, 150) },
    )
  })

  it('several parameter sets give the values that each gives alone', async () => {
    const { keep, ...parameters } = settingsOf
    const several = fc.uniqueArray(fc.record(parameters), {
      minLength: 2,
      maxLength: 4,
      selector: (set) => Object.values(set).join(),
    })
    await fc.assert(
      fc.asyncProperty(anyBars, several, keep, fc.record(layouts), async (bars, supertrends, keep, layout) => {
        const together = await enrichBytes(barsFile(bars, layout), { supertrends, keep, conflicts: 'drop' })
        const rows = await readRows(together.output)
        for (const [i, names] of newColumnNames(supertrends).entries()) {
          const alone = await enrichBytes(barsFile(bars, layout), {
            supertrends: [supertrends[i]!],
            keep,
            conflicts: 'drop',
          })
          // a warning names the sets that it is about
          assert.deepEqual({ ...together.quality, warnings: [] }, { ...alone.quality, warnings: [] })
          const codes = new Set(together.quality.warnings.map(({ code }) => code))
          for (const { code } of alone.quality.warnings) assert.ok(codes.has(code), code)
          assert.deepEqual(
            rows.map((row) => Object.values(names).map((name) => row[name] ?? null)),
            newValues(await readRows(alone.output)),
          )
        }
      }),
      RUNS,
    )
  })

  it('an enriched file, enriched again, keeps its rows and values', async () => {
    await fc.assert(
      fc.asyncProperty(anyBars, async (bars) => {
        const once = await enrichBytes(barsFile(bars), { conflicts: 'drop' })
        const twice = await enrichBytes(once.output, { conflicts: 'drop' })
        assert.equal(twice.quality.duplicatesDropped, 0)
        assert.equal(twice.layout, 'appended')
        assert.deepEqual(await readRows(twice.output), await readRows(once.output))
      }),
      RUNS,
    )
  })

  it('values do not depend on row-group size, page size or codec', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 400 }),
        fc.record({ ...layouts, codec: fc.constantFrom('SNAPPY' as const, 'UNCOMPRESSED' as const) }),
        async (count, layout) => {
          const bars = someBars(count)
          const doubled = [...bars, ...bars.slice(-9)]
          assert.deepEqual(await valuesOf(doubled, layout), await valuesOf(doubled))
        },
      ),
      RUNS,
    )
  })

  it('a row has the same values in whatever order the rows of the file are', async () => {
    const bars = someBars(150)
    const sorted = await valuesOf(bars)
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...bars.keys()], { minLength: 150 }), async (order) => {
        const shuffled = await valuesOf(order.map((row) => bars[row]!))
        assert.deepEqual(
          shuffled,
          order.map((row) => sorted[row]),
        )
      }),
      RUNS,
    )
  })

  it('a series keeps its values when another series is added', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), async (fromOther) => {
        const own = someBars(60, 1).map((bar) => ({ ...bar, symbol: 'OWN' }))
        const other = someBars(60, 2).map((bar) => ({ ...bar, symbol: 'OTHER' }))
        const [a, b] = [[...own], [...other]]
        const merged = fromOther.flatMap((isOther) => (isOther ? b.splice(0, 2) : a.splice(0, 1))).concat(a)
        const values = await valuesOf(merged)
        assert.deepEqual(
          values.filter((_, row) => merged[row]!.symbol === 'OWN'),
          await valuesOf(own),
        )
      }),
      RUNS,
    )
  })

  it('prices times a power of two give bands times the same', async () => {
    const bars = someBars(120)
    const plain = await valuesOf(bars)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -20, max: 20 }), async (exponent) => {
        const scale = 2 ** exponent
        const times = (value: unknown) => (typeof value === 'number' ? value * scale : value)
        const scaled = bars.map((bar) => ({
          ...bar,
          high: bar.high! * scale,
          low: bar.low! * scale,
          close: bar.close! * scale,
        }))
        assert.deepEqual(
          await valuesOf(scaled),
          plain.map(([upper, lower, ...rest]) => [times(upper), times(lower), ...rest]),
        )
      }),
      RUNS,
    )
  })

  it('the same input and settings give the same bytes', async () => {
    const bars = someBars(500)
    const input = barsFile([...bars, ...bars.slice(-40)])
    assert.deepEqual((await enrichBytes(input)).output, (await enrichBytes(input)).output)
  })
})

function counted(quality: Awaited<ReturnType<typeof enrichBytes>>['quality']) {
  const { rowsRead, rowsWritten, duplicatesDropped, duplicatesConflicting, rowsOutOfOrder, rowsWithoutPrice } = quality
  const { series } = quality
  return { rowsRead, rowsWritten, duplicatesDropped, duplicatesConflicting, rowsOutOfOrder, rowsWithoutPrice, series }
}

/** The counting rules, row by row. */
function countedSlowly(bars: readonly Bar[], keep: 'first' | 'last') {
  const keyOf = (bar: Bar) => JSON.stringify([bar.symbol, bar.time])
  const kept = new Map<string, number>()
  for (const [row, bar] of bars.entries()) if (keep === 'last' || !kept.has(keyOf(bar))) kept.set(keyOf(bar), row)
  const isSame = (a: number | null, b: number | null) => a === b || (Number.isNaN(a) && Number.isNaN(b))
  const conflicting = bars.filter((bar) => {
    const stays = bars[kept.get(keyOf(bar))!]!
    return (['open', 'high', 'low', 'close', 'volume'] as const).some((name) => !isSame(bar[name], stays[name]))
  })
  const keptBars = [...kept.values()].map((row) => bars[row]!)
  const previous = new Map<unknown, number>()
  let rowsOutOfOrder = 0
  for (const bar of bars) {
    if (bar.time < (previous.get(bar.symbol) ?? Number.NEGATIVE_INFINITY)) rowsOutOfOrder++
    previous.set(bar.symbol, bar.time)
  }
  return {
    rowsRead: bars.length,
    rowsWritten: kept.size,
    duplicatesDropped: bars.length - kept.size,
    duplicatesConflicting: conflicting.length,
    rowsOutOfOrder,
    rowsWithoutPrice: keptBars.filter((bar) => ![bar.high, bar.low, bar.close].every((v) => Number.isFinite(v))).length,
    series: new Set(bars.map((bar) => bar.symbol)).size,
  }
}
