import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { periodStart } from '../../../functions/market/times/time-period.ts'

const day = (iso: string) => Date.parse(iso) / 86_400_000

describe('a period of pandas', () => {
  // the numbers are `pandas.Period(..., frequency).ordinal`, the days `.start_time`
  for (const [frequency, number, start] of [
    ['W', 1, '1969-12-29'],
    ['W-SUN', 0, '1969-12-22'],
    ['W-SAT', 0, '1969-12-28'],
    ['W-SAT', 1, '1970-01-04'],
    ['M', 0, '1970-01-01'],
    ['M', 652, '2024-05-01'],
    ['3M', -1, '1969-12-01'],
    ['Q', 0, '1970-01-01'],
    ['Q-DEC', 217, '2024-04-01'],
    ['Q-NOV', 0, '1969-12-01'],
    ['Y', 54, '2024-01-01'],
    ['Y-MAR', 0, '1969-04-01'],
    ['A-MAR', 1, '1970-04-01'],
  ] as const) {
    it(`${frequency} with the number ${number} begins on ${start}`, () => {
      const { unit, startOf } = periodStart(frequency)!
      assert.deepEqual([unit, startOf!(number)], ['day', day(start)])
    })
  }

  for (const [frequency, unit, perPeriod] of [
    ['D', 'day', 1],
    ['h', 's', 3600],
    ['5min', 's', 60],
    ['T', 's', 60],
    ['ms', 'ms', 1],
    ['N', 'ns', 1],
  ] as const) {
    it(`${frequency} is ${perPeriod} ${unit}`, () => {
      const period = periodStart(frequency)!
      assert.deepEqual([period.unit, (period.startOf ?? ((number: number) => number))(7)], [unit, 7 * perPeriod])
    })
  }

  for (const frequency of ['', 'B', 'D-SUN', 'M-DEC', 'W-DEC', 'Q-SUN', 'Y-XXX', 'min-DEC']) {
    it(`is not known by the name ${JSON.stringify(frequency)}`, () => assert.equal(periodStart(frequency), undefined))
  }
})
