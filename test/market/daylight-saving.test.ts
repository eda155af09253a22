import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { explainsDaylightSaving } from '../../functions/market/daylight-saving.ts'

const explains = (...times: string[]) => explainsDaylightSaving(times.map((time) => Date.parse(`${time}Z`) / 1000))

describe('the end of daylight saving time', () => {
  it('explains duplicates in the hour that clocks show twice', () => {
    assert.ok(explains('2024-11-03T01:00', '2024-11-03T01:59'))
    assert.ok(explains('2024-10-27T02:00', '2024-10-27T02:30', '2023-10-29T02:30'))
    assert.ok(explains('2024-04-07T02:15'))
  })
  it('explains no others', () => {
    assert.ok(!explains())
    for (const time of [
      '2024-11-10T01:30',
      '2024-10-20T02:30',
      '2024-11-02T01:30',
      '2024-11-03T00:59',
      '2024-11-03T04:00',
      '2024-06-02T01:30',
    ]) {
      assert.ok(!explains('2024-11-03T01:30', time), time)
      assert.ok(!explains(time), time)
    }
    // two hours of one night
    assert.ok(!explains('2024-11-03T01:30', '2024-11-03T02:30'))
  })
})
