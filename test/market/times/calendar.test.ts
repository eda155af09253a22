import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { calendarDigits } from '../../../functions/market/times/calendar.ts'

describe('the digits of a number that may be a calendar time', () => {
  it('are 8, 12 or 14', () => {
    for (const digits of [8, 12, 14]) {
      assert.equal(calendarDigits(10 ** (digits - 1)), digits)
      assert.equal(calendarDigits(10 ** digits - 1), digits)
    }
  })

  it('are none of a shorter or longer number', () => {
    for (const digits of [0, 7, 9, 11, 13, 15]) assert.equal(calendarDigits(10 ** digits - 1), undefined)
    for (const digits of [8, 12, 14]) assert.equal(calendarDigits(10 ** digits), undefined)
  })
})
