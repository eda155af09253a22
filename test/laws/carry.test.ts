import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { newColumnNames } from '../../functions/enrich/new-columns.ts'
import { FakeBucket } from '../fakes/bucket.ts'
import { s3Event } from '../fakes/lambda.ts'
import { deliverAll } from '../fakes/sequences.ts'
import { type Bar, barsFile, readRows, readRowsOf, temporaryFolder } from '../parquet-files.ts'
import { callCli } from '../programs.ts'
import { enrichFile, enrichSequence, type SequenceFile } from '../sequence-files.ts'
import { quickOrThorough } from '../thorough.ts'

const SUPERTRENDS = [
  { definition: 'stockstats', period: 5, multiplier: 1 },
  { definition: 'tradingview', period: 3, multiplier: 0.5 },
] as const

const anyBar = fc.record({
  minute: fc.integer({ min: 0, max: 40 }),
  open: fc.constantFrom(null, 100, 101),
  high: price(9_900, 10_500),
  low: price(9_500, 10_100),
  close: price(9_600, 10_400),
  volume: fc.constantFrom(null, 0, 10),
  symbol: fc.constantFrom(null, '', 'A', 'BTC/USDT'),
})

function price(min: number, max: number) {
  return fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min, max }).map((cents) => cents / 100) },
    fc.constantFrom(null, Number.NaN, 0),
  )
}

/** Bars in time order, cut into files at any rows: also between rows of one time, and so that files are empty. */
const anyCut = fc.record({
  bars: fc.array(anyBar, { minLength: 1, maxLength: 120, size: 'max' }),
  /** In thousandths of the rows. */
  cuts: fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 9, size: 'max' }),
  areSeries: fc.boolean(),
  /** By file, a seed of the order of its rows; 0 leaves them in time order. */
  seeds: fc.array(fc.constantFrom(0, 0, 0, 1, 2), { minLength: 10, maxLength: 10 }),
})

function filesOf({ bars, cuts, areSeries, seeds }: typeof anyCut extends fc.Arbitrary<infer T> ? T : never): Bar[][] {
  const sorted = bars
    .toSorted((a, b) => a.minute - b.minute)
    .map(({ minute, symbol, ...rest }) => ({
      time: Date.UTC(2024, 0, 1) + minute * 60_000,
      ...rest,
      ...(areSeries ? { symbol } : {}),
    }))
  const places = [...cuts.map((cut) => Math.floor((cut * sorted.length) / 1000)), sorted.length].sort((a, b) => a - b)
  return places.map((to, i) => shuffled(sorted.slice(places[i - 1] ?? 0, to), seeds[i]!))
}

function shuffled(bars: readonly Bar[], seed: number): Bar[] {
  return seed === 0 ? [...bars] : bars.toSorted((a, b) => mixed(a, seed) - mixed(b, seed))
}

function mixed({ time, close }: Bar, seed: number): number {
  return (((time / 60_000 + Math.round((close || 1) * 100)) * 7919 * seed) % 1013) + seed
}

/** The number of a file, from the event about it. */
function keyAt({ Records }: ReturnType<typeof s3Event>): number {
  return Number(/(\d+)\.parquet$/.exec(Records[0]!.s3.object.key)![1])
}

const NAMES = newColumnNames(SUPERTRENDS).flatMap((set) => Object.values(set))
const valuesOf = async ({ output }: SequenceFile) =>
  (await readRows(output)).map((row) => NAMES.map((name) => row[name] ?? null))

const SUMMED = [
  'rowsRead',
  'rowsWritten',
  'duplicatesDropped',
  'duplicatesAgreeing',
  'duplicatesConflicting',
  'rowsWithoutPrice',
  'rowsInconsistent',
] as const

function sumsOf(parts: readonly Pick<SequenceFile, 'quality'>[]): number[] {
  return SUMMED.map((name) => parts.reduce((sum, { quality }) => sum + quality[name], 0))
}

describe('the law of carry', () => {
  it('files enriched one after the other have the values of the one long file', async () => {
    await fc.assert(
      fc.asyncProperty(anyCut, async (cut) => {
        const files = filesOf(cut)
        const options = { conflicts: 'drop', supertrends: SUPERTRENDS } as const
        const long = await enrichFile(barsFile(files.flat()), { ...options, carry: true })
        const parts = await enrichSequence(
          files.map((bars) => barsFile(bars)),
          options,
        )
        assert.deepEqual((await Promise.all(parts.map(valuesOf))).flat(), await valuesOf(long))
        assert.deepEqual(sumsOf(parts), sumsOf([long]))
        assert.deepEqual(Buffer.from(parts.at(-1)!.state!), Buffer.from(long.state!))
      }),
      { numRuns: quickOrThorough(12, 400) },
    )
  })

  it('the files of one call of the command line hold it, too', async () => {
    const scratch = temporaryFolder()
    const options = SUPERTRENDS.flatMap(({ definition, period, multiplier }) => [
      '--supertrend',
      `${period},${multiplier},${definition}`,
    ])
    await fc.assert(
      fc.asyncProperty(anyCut, async (cut) => {
        const files = filesOf(cut)
        const long = await enrichFile(barsFile(files.flat()), { conflicts: 'drop', supertrends: SUPERTRENDS })
        const folder = mkdtempSync(path.join(scratch, 'cut-'))
        mkdirSync(path.join(folder, 'in'))
        for (const [i, bars] of files.entries()) writeFileSync(path.join(folder, `in/${i}.parquet`), barsFile(bars))
        const [input, output] = [path.join(folder, 'in/*.parquet'), path.join(folder, 'out')]
        const { code } = await callCli(input, '--out-dir', output, '--carry', '--conflicts', 'drop', ...options)
        assert.equal(code, 0)
        const rows = await Promise.all(files.map((_, i) => readRowsOf(path.join(output, `${i}.parquet`))))
        const values = rows.flat().map((row) => NAMES.map((name) => row[name] ?? null))
        assert.deepEqual(values, await valuesOf(long))
      }),
      { numRuns: quickOrThorough(3, 40) },
    )
  })

  it('the files of a sequence that the function enriches in any order hold it, too', async () => {
    const settings = { conflicts: 'drop', supertrends: SUPERTRENDS, carry: { within: 'incoming/*/' } } as const
    await fc.assert(
      fc.asyncProperty(anyCut, fc.array(fc.nat(100), { minLength: 10, maxLength: 10 }), async (cut, places) => {
        const files = filesOf(cut)
        const long = await enrichFile(barsFile(files.flat()), { conflicts: 'drop', supertrends: SUPERTRENDS })
        const bucket = new FakeBucket()
        const uploads = files
          .map((bars, i) => s3Event(bucket.name, bucket.upload(`incoming/a/${i}.parquet`, barsFile(bars))))
          .toSorted((a, b) => places[keyAt(a)]! - places[keyAt(b)]!)
        const { files: records } = await deliverAll(bucket, settings, uploads)
        const enriched = records.flatMap((record) => (record.outcome === 'enriched' ? [record] : []))
        assert.equal(enriched.length, files.length)
        const rows = await Promise.all(files.map((_, i) => readRows(bucket.bytesOf(`enriched/a/${i}.parquet`)!)))
        const values = rows.flat().map((row) => NAMES.map((name) => row[name] ?? null))
        assert.deepEqual(values, await valuesOf(long))
        assert.deepEqual(sumsOf(enriched), sumsOf([long]))
      }),
      { numRuns: quickOrThorough(10, 200) },
    )
  })

  it('files that repeat bars of those before have the values of the one long file', async () => {
    await fc.assert(
      fc.asyncProperty(anyCut, fc.array(fc.nat(60), { minLength: 10, maxLength: 10 }), async (cut, repeated) => {
        const files = filesOf(cut)
        const options = { conflicts: 'drop', supertrends: SUPERTRENDS } as const
        const long = await enrichFile(barsFile(files.flat()), { ...options, carry: true })
        // bars of 3 files at most, because 7 files are looked through, and some may have few rows that are new
        const rolling = files.map((bars, i) => [
          ...files
            .slice(Math.max(0, i - 3), i)
            .flat()
            .slice(-repeated[i]!),
          ...bars,
        ])
        const parts = await enrichSequence(
          rolling.map((bars) => barsFile(bars)),
          options,
        )
        assert.deepEqual((await Promise.all(parts.map(valuesOf))).flat(), await valuesOf(long))
        const written = parts.reduce((sum, { quality }) => sum + quality.rowsWritten, 0)
        assert.equal(written, long.quality.rowsWritten)
        assert.deepEqual(Buffer.from(parts.at(-1)!.state!), Buffer.from(long.state!))
      }),
      { numRuns: quickOrThorough(7, 200) },
    )
  })
})
