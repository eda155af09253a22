import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkSameSettings, stateSettings } from '../../../functions/enrich/carry/state-settings.ts'
import { SETTINGS } from '../../parquet-files.ts'

describe('the settings of a state', () => {
  it('are those that decide the values, without defaults', () => {
    const supertrends = [{ definition: 'stockstats', period: 14, multiplier: 3 }]
    assert.deepEqual(stateSettings(SETTINGS, undefined), { supertrends, keep: 'first' })
    assert.deepEqual(stateSettings({ ...SETTINGS, conflicts: 'drop', castPrices: true, zeroPrices: 'value' }, 3), {
      ...{ supertrends, keep: 'first', zeroPrices: 'value', forgetAfter: 3 },
    })
  })

  it('have to be the same for all files, and both values of the first that differs are named', () => {
    const before = stateSettings(SETTINGS, undefined)
    const refused = (one: typeof before, other: typeof before, difference: string) =>
      assert.throws(() => checkSameSettings(one, other, 'a.parquet'), {
        code: 'state-settings',
        message: new RegExp(
          `^a\\.parquet has a state with ${difference}; use the same settings for all files.* is gone, put it back, or delete a\\.parquet$`,
        ),
      })
    checkSameSettings(before, stateSettings(SETTINGS, undefined), 'a.parquet')
    const forgetting = stateSettings(SETTINGS, 3)
    refused(before, forgetting, 'forgetAfter not set; this file has 3')
    refused(forgetting, before, 'forgetAfter 3; this file has not set')
    refused(forgetting, stateSettings(SETTINGS, 4), 'forgetAfter 3; this file has 4')
    refused(before, stateSettings({ ...SETTINGS, zeroPrices: 'value' }, 3), 'zeroPrices not set; this file has "value"')
  })
})
