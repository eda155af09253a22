import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { explainsDaylightSaving } from '../../../functions/market/times/daylight-saving.ts'

const explains = (...times: string[]) => explainsDaylightSaving(times.map((time) => Date.parse(`${time}Z`) / 1000))

describe('the end of daylight saving time', () => {
  it('explains duplicates in the hour that clocks show twice', () => {
    assert.ok(explains('2024-11-03T01:00', '2024-11-03T01:59'))
    assert.ok(explains('2024-10-27T02:00', '2024-10-27T02:30', '2023-10-29T02:30'))
    assert.ok(explains('2024-04-07T02:15'))
  })
  it('is the last Sunday of October and the first one of November and April, whatever their days', () => {
    for (const day of ['2020-10-25', '2021-10-31', '2020-11-01', '2021-11-07', '2018-04-01', '2024-04-07']) {
      for (const clock of ['01:00', '01:59', '02:30', '03:00', '03:59']) assert.ok(explains(`${day}T${clock}`), day)
      for (const clock of ['00:59', '04:00', '23:30']) assert.ok(!explains(`${day}T${clock}`), day)
    }
    for (const day of [
      '2021-10-24',
      '2020-10-18',
      '2020-11-08',
      '2021-11-14',
      '2018-04-08',
      '2024-04-14',
      '2024-03-31',
    ]) {
      assert.ok(!explains(`${day}T02:30`), day)
    }
  })
  it('explains times within one hour, to its last second', () => {
    assert.ok(explains('2024-10-27T02:00:00', '2024-10-27T02:59:59.999'))
    assert.ok(!explains('2024-10-27T02:59:59', '2024-10-27T03:00:00'))
    assert.ok(!explains('2024-10-27T02:00:00', '2024-10-27T01:59:59'))
    // another hour in another night: clocks of several zones
    assert.ok(explains('2024-10-27T02:30', '2024-11-03T01:30', '2023-10-29T03:30'))
    assert.ok(explains('1969-10-26T01:30'))
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
