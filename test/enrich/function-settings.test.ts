import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseFunctionSettings } from '../../functions/enrich/function-settings.ts'

const MIB = 2 ** 20

/** The message of the refusal. */
function refusal(environment: Record<string, string>): string {
  try {
    parseFunctionSettings(environment)
  } catch (error) {
    assert.ok(error instanceof Error && error.name === 'RefusedError')
    return error.message
  }
  assert.fail('the settings are accepted')
}

describe('the settings of the function', () => {
  it('have defaults', () => {
    const { inputPrefix, outputPrefix, enrich } = parseFunctionSettings({})
    assert.deepEqual([inputPrefix, outputPrefix], ['incoming/', 'enriched/'])
    assert.deepEqual(enrich.supertrend, { definition: 'stockstats', period: 14, multiplier: 3 })
    assert.equal(enrich.keep, 'first')
    assert.ok(Object.values(enrich.columns).every((name) => name === undefined))
  })

  it('come from the environment', () => {
    const { inputPrefix, outputPrefix, enrich } = parseFunctionSettings({
      INPUT_PREFIX: 'drop/',
      OUTPUT_PREFIX: 'done/',
      DEFINITION: 'tradingview',
      PERIOD: '10',
      MULTIPLIER: '2.5',
      KEEP: 'last',
      TIME_COLUMN: 'when',
      SYMBOL_COLUMN: 'none',
      OPEN_COLUMN: 'first price',
      HIGH_COLUMN: 'top',
      LOW_COLUMN: 'bottom',
      CLOSE_COLUMN: 'last price',
      PATH: '/usr/bin',
    })
    assert.deepEqual([inputPrefix, outputPrefix], ['drop/', 'done/'])
    assert.deepEqual(enrich.supertrend, { definition: 'tradingview', period: 10, multiplier: 2.5 })
    assert.equal(enrich.keep, 'last')
    assert.deepEqual(enrich.columns, {
      time: 'when',
      symbol: 'none',
      open: 'first price',
      high: 'top',
      low: 'bottom',
      close: 'last price',
    })
  })

  it('take an empty column name as none given', () => {
    assert.equal(parseFunctionSettings({ TIME_COLUMN: '' }).enrich.columns.time, undefined)
  })

  it('leave rows the memory that the process itself does not need', () => {
    const budget = (size: string) =>
      parseFunctionSettings({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: size }).enrich.memoryBudgetBytes / MIB
    assert.deepEqual(['128', '512', '10240'].map(budget), [64, 312, 10_040])
  })

  it('are refused with all that is wrong and what is allowed', () => {
    const message = refusal({ DEFINITION: 'stockstat', PERIOD: '0', MULTIPLIER: '', KEEP: 'both' })
    assert.match(message, /DEFINITION is "stockstat"; allowed are stockstats and tradingview/)
    assert.match(message, /PERIOD is "0"; allowed is an integer from 1 up/)
    assert.match(message, /MULTIPLIER is ""; allowed is a finite number greater than 0/)
    assert.match(message, /KEEP is "both"; allowed are first and last/)
  })

  for (const [input, output] of [
    ['incoming/', 'incoming/'],
    ['incoming/', 'incoming/enriched/'],
    ['in', 'inner/'],
    ['', 'enriched/'],
    ['data/incoming/', 'data/'],
    ['incoming/', ''],
  ] as const) {
    it(`are refused when files in "${output}" come back as input of "${input}"`, () => {
      const message = refusal({ INPUT_PREFIX: input, OUTPUT_PREFIX: output })
      assert.equal(
        message,
        `OUTPUT_PREFIX is "${output}" and INPUT_PREFIX "${input}"; allowed are two of which neither begins with the other`,
      )
    })
  }
})
