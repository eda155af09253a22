import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digitsOf, readCalendar, refuseCalendar } from '../../../functions/market/times/calendar-numbers.ts'
import type { Refusals } from '../../../functions/market/times/refusals.ts'
import { newTimes } from '../../../functions/market/times/time.ts'

const refuse: Refusals = {
  value(row, what) {
    throw new Error(`row ${row}: ${what}`)
  },
  missing(row) {
    throw new Error(`row ${row}`)
  },
}

/** Numbers of a piece that begins at an index, with others around them, which count for nothing. */
function piece(values: readonly bigint[], around = 7n, at = 2) {
  const times = newTimes(values.length + at + 2)
  times.values.fill(around)
  times.values.set(values, at)
  return times
}

const seconds = (iso: string) => BigInt(Date.parse(iso) / 1000)

describe('the digits of calendar times', () => {
  const digits = (...values: bigint[]) => digitsOf(piece(values), 2, values.length)

  it('are 8 when the first number is a day', () => {
    assert.equal(digits(20_240_131n, 5n), 8)
    assert.equal(digits(20_240_132n, 20_240_131n), undefined)
    assert.equal(digits(5n, 20_240_131n), undefined)
  })

  it('are 12 or 14 when all numbers are such times', () => {
    assert.equal(digits(202_401_310_930n), 12)
    assert.equal(digits(202_401_310_930n, 202_401_312_359n), 12)
    assert.equal(digits(202_401_310_930n, 202_401_312_360n), undefined)
    assert.equal(digits(20_240_131_093_000n, 20_240_131_235_959n), 14)
    assert.equal(digits(20_240_131_093_000n, 20_240_131_235_960n), undefined)
    assert.equal(digits(20_240_131_093_000n, 202_401_310_930n), undefined)
    assert.equal(digits(2_024_013_109n), undefined)
  })
})

describe('calendar times', () => {
  it('become seconds since 1970, in their rows only', () => {
    const times = piece([20_240_131n, 19_700_102n])
    readCalendar(times, 2, 2, 8, refuse)
    assert.deepEqual([...times.values], [7n, 7n, seconds('2024-01-31'), 86_400n, 7n, 7n])
    const withSeconds = piece([20_240_131_093_015n])
    readCalendar(withSeconds, 2, 1, 14, refuse)
    assert.equal(withSeconds.values[2], seconds('2024-01-31T09:30:15Z'))
  })

  it('are refused where one is none, with an example of as many digits', () => {
    const refused = (digits: 8 | 12 | 14, values: bigint[], message: string) =>
      assert.throws(() => readCalendar(piece(values), 2, values.length, digits, refuse), { message })
    refused(8, [20_240_131n, 20_240_132n], 'row 1: 20240132, which is no day such as 20240131, unlike the rows before')
    refused(12, [9n], 'row 0: 9, which is no time such as 202401310930, unlike the rows before')
    refused(14, [9n], 'row 0: 9, which is no time such as 20240131093000, unlike the rows before')
  })
})

describe('calendar times among epochs', () => {
  const refused = (values: readonly bigint[], message: string) =>
    [0, 2].forEach((at) => {
      assert.throws(() => refuseCalendar(piece(values, 7n, at), at, values.length, refuse), { message })
    })
  const accepted = (values: readonly bigint[], around?: bigint) =>
    [0, 2].forEach((at) => {
      refuseCalendar(piece(values, around, at), at, values.length, refuse)
    })
  const epoch = 1_704_153_600n
  const among = (row: number, value: bigint, example: string) =>
    `row ${row}: ${value}, a calendar time such as ${example} among epochs; write all times in one form`
  const wrong = (row: number, value: bigint, example: string) =>
    `row ${row}: ${value}, which is no time such as ${example}, unlike most others`

  it('are refused, naming the first, when there are two of 12 digits', () => {
    for (const [one, other] of [
      [202_401_310_930n, 202_401_310_931n],
      [190_001_010_000n, 192_512_312_359n],
      [210_012_312_359n, 210_012_312_358n],
    ] as const) {
      refused([one, other], among(0, one, '202401310930'))
      refused([epoch, one, epoch, other], among(1, one, '202401310930'))
    }
    accepted([202_401_310_930n, epoch])
    accepted([202_401_310_930n, epoch], 202_401_310_931n)
  })

  it('are refused when there is one of 14 digits, or of 17', () => {
    for (const one of [20_240_131_093_000n, 19_000_101_000_000n, 21_001_231_235_959n]) {
      refused([epoch, one], among(1, one, '20240131093000'))
    }
    for (const withMillis of [
      20_240_131_093_000_123n,
      20_240_131_235_959_999n,
      19_000_101_000_000_000n,
      21_001_231_235_959_999n,
    ]) {
      refused(
        [epoch, epoch, withMillis],
        `row 2: ${withMillis}, a calendar time with milliseconds; name its notation with --time-format %Y%m%d%H%M%S%L (in the function: timeFormat)`,
      )
    }
    accepted([epoch, epoch], 20_240_131_093_000n)
  })

  it('are refused for the first that is wrong, when at least half of them are right', () => {
    const [right, bad, worse] = [202_401_310_930n, 202_401_312_400n, 202_401_312_401n]
    refused([bad, right, right], wrong(0, bad, '202401310930'))
    refused([bad, right, worse, right], wrong(0, bad, '202401310930'))
    refused([epoch, right, right, worse, bad], wrong(3, worse, '202401310930'))
    accepted([bad, right, right, worse, bad])
    refused([20_240_131_093_000n, 20_240_131_093_060n], wrong(1, 20_240_131_093_060n, '20240131093000'))
    accepted([20_240_131_093_000n, 20_240_131_093_060n, 20_240_131_093_061n])
  })

  it('are wrong in a year after 2100', () => {
    refused([202_401_310_930n, 202_401_310_931n, 210_501_010_000n], wrong(2, 210_501_010_000n, '202401310930'))
    refused([20_240_131_093_000n, 21_010_101_000_000n], wrong(1, 21_010_101_000_000n, '20240131093000'))
    // as epochs of milliseconds, these are far from those of calendar times
    refused([202_401_310_930n, 202_401_310_931n, 1_704_153_600_000n], among(0, 202_401_310_930n, '202401310930'))
  })

  it('are none where all are epochs', () => {
    accepted([epoch, epoch * 1000n, epoch * 1_000_000n, epoch * 1_000_000_000n, -epoch, 0n])
    accepted([])
  })
})
