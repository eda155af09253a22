import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type EnrichOptions, enrichParquet, RefusedError, supertrendSeries } from '../../functions/library.ts'
import { barsFile, someBars } from '../parquet-files.ts'

const file = barsFile(someBars(20))

const refusedWith = (message: RegExp) => (error: unknown) =>
  error instanceof RefusedError && error.code === 'settings' && message.test(error.message)

describe('options of the library', () => {
  for (const [options, message] of [
    [{ period: 10 }, /^enrichParquet has no option period; allowed are supertrends, codec, /],
    [{ supertrends: [{ perod: 3 }] }, /^supertrends has no option perod; allowed are definition, period, multiplier$/],
    [{ supertrends: { period: 3 } }, /^supertrends is \{"period":3\}; allowed is a list/],
    [{ supertrends: [{ period: '10' }] }, /^period "10", multiplier 3; allowed are an integer from 1 up/],
    [{ columns: { tme: 'x' } }, /^columns has no option tme; allowed are time, symbol, open, high, low, close$/],
    [{ columns: { close: 4 } }, /^columns.close is 4; allowed is a name$/],
    [{ columns: { symbol: [] } }, /^columns.symbol is \[\]; allowed is a name or a list of names$/],
    [{ zeroPrices: 'nope' }, /^zeroPrices is "nope"; allowed is "missing", "value"$/],
    [{ keep: 'middle' }, /^keep is "middle"; allowed is "first", "last"$/],
    [{ codec: 'zstd' }, /^codec is "zstd"; allowed is "auto", /],
    [{ conflicts: true }, /^conflicts is true; allowed is "refuse", "drop"$/],
    [{ conflictLimit: 5 }, /^conflictLimit is 5; allowed is a number from 0 to 1$/],
    [{ readBack: 'x' }, /^readBack is "x"; allowed is a number from 0 to 1$/],
    [{ readBack: Number.NaN }, /^readBack is NaN/],
    [{ strict: 'yes' }, /^strict is "yes"; allowed is true, false$/],
    [{ timeFormat: 7 }, /^timeFormat is 7/],
    [{ memoryBudgetBytes: '1' }, /^memoryBudgetBytes is "1"/],
    [{ carry: 'yes' }, /^carry is "yes"; allowed is true, false$/],
    [{ forgetAfter: 3 }, /^forgetAfter goes with carry or after$/],
  ] as const) {
    it(`refuse ${JSON.stringify(options)}`, async () => {
      await assert.rejects(enrichParquet(file, options as unknown as EnrichOptions), refusedWith(message))
    })
  }

  it('may be undefined, and may name several columns', async () => {
    const options = { keep: undefined, columns: { time: ['datetime'], close: undefined } } as unknown as EnrichOptions
    const { close } = await enrichParquet(file, options)
    close()
  })

  it('of a live series are checked too', () => {
    const live = (options: object) => () => supertrendSeries(options)
    assert.throws(live({ perod: 1 }), refusedWith(/^supertrendSeries has no option perod/))
    assert.throws(live({ zeroPrices: 'nope' }), refusedWith(/^zeroPrices is "nope"/))
  })
})

describe('an input that is no file', () => {
  const type = (name: string, message: RegExp) => ({ name, message })
  for (const [input, kind] of [
    ['bars.parquet', 'a string'],
    [file.slice().buffer, String.raw`an object \(ArrayBuffer\)`],
    [new Float64Array(9), String.raw`an object \(Float64Array\)`],
    [undefined, 'undefined'],
    [{ byteLength: 9 }, String.raw`an object \(Object\)`],
  ] as const) {
    it(`is named: ${kind}`, async () => {
      const given = input as unknown as Uint8Array
      const expected = (name: string) => type('TypeError', new RegExp(`^${name} is ${kind}; allowed is a Uint8Array`))
      await assert.rejects(enrichParquet(given), expected('the input'))
      await assert.rejects(enrichParquet(file, { after: [given] }), expected(String.raw`after\[0\]`))
      if (given !== undefined) await assert.rejects(enrichParquet(file, { after: given }), expected('after'))
    })
  }
})
