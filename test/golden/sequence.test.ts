import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Bar, barsFile, NEW_COLUMNS, readRows } from '../parquet-files.ts'
import { random } from '../random.ts'
import { enrichFile, enrichSequence, tenDays } from '../sequence-files.ts'
import { quickOrThorough } from '../thorough.ts'
import { goldenCases, readGolden } from './supertrend-files.ts'

const stored = (text: string) => (text === '' ? null : Math.fround(Number(text)))
const CASES = goldenCases().filter((_, i) => i % quickOrThorough(4, 1) === 0)

const valuesOf = async (outputs: readonly { readonly output: Uint8Array }[]) =>
  (await Promise.all(outputs.map(({ output }) => readRows(output))))
    .flat()
    .map((row) => NEW_COLUMNS.map((name) => row[name] ?? null))

/** Cuts at any rows, also twice at the same one. */
function cut(bars: readonly Bar[], seed: number): Uint8Array[] {
  const next = random(seed)
  const places = Array.from({ length: 6 }, () => Math.floor(next() * bars.length)).sort((a, b) => a - b)
  return [...places, bars.length].map((to, i) => barsFile(bars.slice(places[i - 1] ?? 0, to)))
}

describe('files that continue each other', () => {
  for (const [i, { file, variant, period, multiplier }] of CASES.entries()) {
    it(`give the reference's values of ${file}`, async () => {
      const csv = readGolden(file)
      const bars = csv.map(({ datetime, open, high, low, close, volume }) => ({
        time: Date.parse(`${datetime!.replace(' ', 'T')}Z`),
        open: Number(open),
        high: Number(high),
        low: Number(low),
        close: Number(close),
        volume: Number(volume),
      }))
      const parts = await enrichSequence(cut(bars, i), { supertrends: [{ definition: variant, period, multiplier }] })
      assert.deepEqual(
        await valuesOf(parts),
        csv.map((line) => NEW_COLUMNS.map((name) => stored(line[name]!))),
      )
    })
  }

  it('give ten days of minute bars the values of the one file', async () => {
    const { whole, days } = await tenDays()
    const parts = await enrichSequence(days)
    assert.equal(parts.length, 10)
    const long = await enrichFile(whole, {})
    assert.deepEqual(await valuesOf(parts), await valuesOf([long]))
    assert.equal(long.state, undefined)
  })
})
