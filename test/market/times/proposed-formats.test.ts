import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { timeParser } from '../../../functions/enrich/time-format.ts'
import { proposedFormats } from '../../../functions/market/times/proposed-formats.ts'

describe('a proposed format of times', () => {
  for (const [text, ...formats] of [
    ['02.01.2024 00:00', '%d.%m.%Y %H:%M'],
    ['02.01.2024 00:00:00.000', '%d.%m.%Y %H:%M:%S.%f'],
    ['02.01.2024 00:00:00,5 GMT+0100'],
    ['02.01.2024 00:00:00,5 +0100', '%d.%m.%Y %H:%M:%S,%f %z'],
    ['01/03/2024', '%m/%d/%Y', '%d/%m/%Y'],
    ['02/01/2024 9:00', '%m/%d/%Y %H:%M', '%d/%m/%Y %H:%M'],
    ['13/01/2024', '%d/%m/%Y'],
    ['01/13/24', '%m/%d/%y'],
    ['01-03-2024', '%m-%d-%Y', '%d-%m-%Y'],
    ['1/2/2024 9:30 AM', '%m/%d/%Y %I:%M %p', '%d/%m/%Y %I:%M %p'],
    ['2024/13/01', '%Y/%d/%m'],
    ['2024.01.02 09:30 America/New_York', '%Y.%m.%d %H:%M %Z'],
    ['2024/12/01', '%Y/%m/%d'],
    ['12/12/2024', '%m/%d/%Y', '%d/%m/%Y'],
    ['Jan 003, 2024'],
    ['Jan 03, 2024', '%b %d, %Y'],
    ['Wednesday, January 3, 2024', '%A, %B %d, %Y'],
    ['03-JAN-24 01:05PM', '%d-%b-%y %I:%M%p'],
    ['03JAN2024:09:30:00', '%d%b%Y:%H:%M:%S'],
    ['3 Mai 2024'],
    ['20240102 093000'],
    ['13.13.2024'],
    ['hello'],
    ['12:30'],
  ] as const) {
    it(`for ${JSON.stringify(text)} is ${formats.join(' or ') || 'not found'}`, async () => {
      assert.deepEqual(proposedFormats(text), formats)
      for (const format of formats) assert.equal(typeof (await timeParser(format))(text), 'object', format)
    })
  }
})
