import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { barsFile, readRowsOf, runCli, temporaryFolder } from '../parquet-files.ts'
import { quickOrThorough } from '../thorough.ts'
import { goldenCases, readGolden } from './supertrend-files.ts'

/** A number as the file stores it: a float32, or null. */
const stored = (text: string) => (text === '' ? null : Math.fround(Number(text)))

/** test/market/supertrend.test.ts checks the values of all of them, without the command line. */
const CASES = goldenCases().filter((_, i) => i % quickOrThorough(3, 1) === 0)

describe('the golden files, from CSV through parquet and the command line to parquet', { concurrency: 2 }, () => {
  const scratch = temporaryFolder()
  for (const { file, variant, period, multiplier, rows } of CASES) {
    it(`${file} gives the reference's values to the last bit`, async () => {
      const csv = readGolden(file)
      assert.equal(csv.length, rows)
      const bars = csv.map((line) => ({
        time: Date.parse(`${line.datetime!.replace(' ', 'T')}Z`),
        open: Number(line.open),
        high: Number(line.high),
        low: Number(line.low),
        close: Number(line.close),
        volume: Number(line.volume),
      }))
      const input = path.join(scratch, `${variant}-${path.basename(file)}.parquet`)
      const output = `${input}.out`
      writeFileSync(input, barsFile(bars, { rowGroupSize: 700 }))
      const settings = ['--definition', variant, '--period', String(period), '--multiplier', String(multiplier)]
      const { code, stderr } = await runCli(input, output, ...settings)
      assert.equal(code, 0, stderr)
      const expected = csv.map((line) => ({
        supertrend_ub: stored(line.supertrend_ub!),
        supertrend_lb: stored(line.supertrend_lb!),
        trend_orientation: stored(line.trend_orientation!),
        st_trend_segment: stored(line.st_trend_segment!),
      }))
      const actual = (await readRowsOf(output)).map((row) => ({
        supertrend_ub: row.supertrend_ub ?? null,
        supertrend_lb: row.supertrend_lb ?? null,
        trend_orientation: row.trend_orientation ?? null,
        st_trend_segment: row.st_trend_segment ?? null,
      }))
      assert.deepEqual(actual, expected)
    })
  }
})
