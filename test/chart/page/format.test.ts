import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pageModule } from './page-modules.ts'

const { timeText, tickText, priceText, percentText, DAY_MS } = await pageModule('format.js')
const [SECOND_MS, MINUTE_MS] = [1000, 60_000]

describe('a time in the page', () => {
  it('has no 00:00 on daily data, and seconds only where they say something', () => {
    for (const [ms, step, isDays, text] of [
      [Date.UTC(2024, 0, 2), DAY_MS, false, '2024-01-02'],
      [Date.UTC(2024, 0, 2), MINUTE_MS, false, '2024-01-02 00:00'],
      [Date.UTC(2024, 0, 2, 16), DAY_MS, false, '2024-01-02 16:00'],
      [Date.UTC(2024, 0, 2, 9, 30), MINUTE_MS, true, '2024-01-02'],
      [Date.UTC(2024, 0, 2, 9, 30), SECOND_MS, false, '2024-01-02 09:30:00'],
      [Date.UTC(2024, 0, 2, 9, 30, 5), MINUTE_MS, false, '2024-01-02 09:30:05'],
      [Date.UTC(2024, 0, 2, 9, 30, 5, 7), SECOND_MS, false, '2024-01-02 09:30:05.007'],
      [undefined, MINUTE_MS, false, ''],
      [9e15, MINUTE_MS, false, '9000000000000000'],
    ]) {
      assert.equal(timeText(ms, step, isDays), text)
    }
  })

  it('is a year, a month, a day or a time of day on the axis', () => {
    const ms = Date.UTC(2024, 1, 3, 4, 5, 6)
    const texts = [0, 1, 2, 3, 4].map((type) => tickText(ms, type))
    assert.deepEqual(texts, ['2024', '2024-02', '02-03', '04:05', '04:05:06'])
    assert.equal(tickText(ms + 7, 4), '04:05:06.007')
    assert.equal(tickText(Date.UTC(12_024, 1, 3), 0), '+012024')
  })
})

it('numbers of the page have the precision of the instrument', () => {
  assert.deepEqual(
    [priceText(100.10000000000001, 2), priceText(5000, 0), priceText(null, 2), priceText(undefined, 2)],
    ['100.10', '5000', '', ''],
  )
  assert.deepEqual([percentText(0.0123), percentText(-0.5), percentText(null)], ['+1.23 %', '-50.00 %', ''])
})
