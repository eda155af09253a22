import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isBarTime, statisticsOf, type TimesInOrder } from '../../../functions/market/times/bar-time.ts'
import { newTimes } from '../../../functions/market/times/time.ts'

function wordsOf(values: readonly (number | bigint)[]): Int32Array {
  const times = newTimes(values.length)
  for (const [row, value] of values.entries()) times.values[row] = BigInt(value)
  return times.words
}

describe('statistics of times in series and time order', () => {
  const statistics = (
    values: readonly (number | bigint)[],
    { prices = [...values.keys()], order = [...values.keys()], series = undefined as number[] | undefined } = {},
    secondsPerUnit = 1,
  ) =>
    statisticsOf(
      wordsOf(values),
      series && Int32Array.from(series),
      Int32Array.from(prices),
      Uint32Array.from(order),
      secondsPerUnit,
    )

  it('count rows that repeat a time, and of these only such with other prices', () => {
    const [from, times] = [2n ** 33n - 15n, [10n, 20n, 20n, 20n, 30n, 45n]]
    const found = statistics(
      times.map((time) => from + time),
      { prices: [1, 2, 2, 3, 4, 5] },
      0.5,
    )
    // 5 rows do not agree with the row before; the steps are 10, 10 and 15 units
    const expected = { repeated: 1, distinctShare: 0.8, regularShare: 2 / 3, usualSeconds: 5, isSorted: true }
    assert.deepEqual(found, { ...expected, spanSeconds: 17.5 })
  })

  it('are those of each series on its own', () => {
    const found = statistics([10, 10, 20, 50], { series: [0, 1, 0, 1], order: [0, 2, 1, 3], prices: [7, 7, 7, 7] })
    const expected = { repeated: 0, distinctShare: 1, regularShare: 0.5, isSorted: true, spanSeconds: 40 }
    assert.deepEqual(found, { ...expected, usualSeconds: 10 })
    assert.equal(statistics([10, 10], { series: [0, 1], prices: [1, 2] }).repeated, 0)
    assert.equal(statistics([10, 10], { series: [1, 1], prices: [1, 2] }).repeated, 1)
  })

  it('say whether the file has the rows in time order, without rows that repeat time and prices', () => {
    assert.equal(statistics([30, 20, 10], { order: [2, 1, 0] }).isSorted, false)
    assert.equal(statistics([10, 20, 30, 20], { order: [0, 1, 3, 2], prices: [1, 2, 3, 2] }).isSorted, true)
    assert.equal(statistics([10, 20, 30, 20], { order: [0, 1, 3, 2], prices: [1, 2, 3, 4] }).isSorted, false)
  })

  it('hold for steps of more than 63 bits', () => {
    const found = statistics([-(2n ** 62n), 2n ** 62n])
    assert.equal(found.usualSeconds, 2 ** 63)
    assert.equal(found.spanSeconds, 2 ** 63)
    assert.equal(statistics([0, 2n ** 32n]).usualSeconds, 2 ** 32)
    assert.equal(statistics([0, 2n ** 32n], { prices: [1, 1] }).distinctShare, 1)
  })

  it('are those of no steps without rows', () => {
    const none = { repeated: 0, distinctShare: 1, regularShare: 0, usualSeconds: Number.NaN, isSorted: true }
    assert.deepEqual(statistics([]), { ...none, spanSeconds: 0 })
    assert.deepEqual(statistics([5]), { ...none, spanSeconds: 0 })
  })
})

const DAY = 86_400
const HOUR = 3600

/** Times in seconds, which are regular, distinct and sorted unless stated otherwise. */
function times(seconds: readonly number[], stated: Partial<TimesInOrder> = {}): TimesInOrder {
  const { secondsPerUnit = 1 } = stated
  return {
    words: wordsOf(seconds.map((second) => Math.round(second / secondsPerUnit))),
    secondsPerUnit,
    areDays: false,
    order: Uint32Array.from(seconds.keys()),
    repeated: 0,
    distinctShare: 1,
    regularShare: 1,
    usualSeconds: 60,
    isSorted: true,
    spanSeconds: 1000,
    ...stated,
  }
}

/** A hundred times, of which `others` of the last ones are shifted by other seconds than the rest. */
const hundred = (step: number, shift = 0, others = 0, otherShift = 0) =>
  Array.from({ length: 100 }, (_, i) => 10 * DAY + i * step + (i < 100 - others ? shift : otherShift))

describe('another column has the time of bars', () => {
  describe('when it differs by the offset of a zone that changes', () => {
    // nothing but the offset speaks for these
    const local = times([0, 0, 0, 0, 0], { areDays: true })
    const differs = (offsets: readonly number[], stated: Partial<TimesInOrder> = {}) =>
      isBarTime(local, times(offsets, { regularShare: 0.5, ...stated }))

    it('from two to four offsets, which are multiples of 15 minutes', () => {
      assert.equal(differs([0, 0, 0, 0, HOUR]), true)
      assert.equal(differs([0, 0, 0, 900, 2700]), true)
      assert.equal(differs([0, HOUR, 2 * HOUR, 3 * HOUR, 3 * HOUR]), true)
      assert.equal(differs([0, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR]), false)
      assert.equal(differs([HOUR, HOUR, HOUR, HOUR, HOUR]), false)
      assert.equal(differs([0, 0, 0, 0, 901]), false)
    })

    it('up to a millionth of a quarter of an hour', () => {
      const micros = (offset: number) => differs([0, 0, 0, offset, HOUR], { secondsPerUnit: 1e-6 })
      assert.equal(micros(900e-6), true)
      assert.equal(micros(-900e-6), true)
      assert.equal(micros(901e-6), false)
    })

    it('unless it repeats times with other prices', () => {
      assert.equal(differs([0, 0, 0, 0, HOUR], { repeated: 1 }), false)
    })
  })

  describe('when the rows were written after it', () => {
    const irregular = { regularShare: 0.49 }
    const chosen = times(hundred(60), irregular)

    it('in 99 of 100 rows', () => {
      assert.equal(isBarTime(chosen, times(hundred(60, -7, 1, 7))), true)
      assert.equal(isBarTime(chosen, times(hundred(60, -7, 2, 7))), false)
      assert.equal(isBarTime(chosen, times(hundred(60), { repeated: 1 })), false)
    })

    it('up to a millionth of a second', () => {
      const one = times([0], { ...irregular, secondsPerUnit: 1e-6 })
      const later = (micros: number) => isBarTime(one, times([micros * 1e-6], { secondsPerUnit: 1e-6 }))
      assert.equal(later(1), true)
      assert.equal(isBarTime(times(hundred(60), irregular), times(hundred(60, 1))), false)
    })

    it('and it spans a tenth of their time', () => {
      assert.equal(isBarTime(chosen, times(hundred(60, -7), { spanSeconds: 100 })), true)
      assert.equal(isBarTime(chosen, times(hundred(60, -7), { spanSeconds: 99 })), false)
    })

    it('which is not asked when the chosen column is regular: it may be the end of bars', () => {
      assert.equal(isBarTime(times(hundred(60), { regularShare: 0.5 }), times(hundred(60, -7))), false)
      assert.equal(isBarTime(times(hundred(60), { distinctShare: 0.5 }), times(hundred(60, -7))), true)
      assert.equal(isBarTime(times(hundred(60), { distinctShare: 0.51 }), times(hundred(60, -7))), false)
    })
  })

  describe('when it has a usual step of its own within the units of the chosen column', () => {
    const own = { regularShare: 0.75, usualSeconds: 40 }

    it('in 99 of 100 rows', () => {
      assert.equal(isBarTime(times(hundred(60)), times(hundred(60, 59, 1, 60), own)), true)
      assert.equal(isBarTime(times(hundred(60)), times(hundred(60, 59, 2, 60), own)), false)
      assert.equal(isBarTime(times(hundred(60)), times(hundred(60, 0, 2, -7), own)), false)
    })

    it('and three quarters of its steps are equal', () => {
      assert.equal(isBarTime(times(hundred(60)), times(hundred(60, 59), { ...own, regularShare: 0.74 })), false)
      assert.equal(isBarTime(times(hundred(60)), times(hundred(60, 59), { ...own, usualSeconds: 60 })), false)
    })

    it('where the unit is the largest of day, hour, minute and second that fits', () => {
      const within = (chosen: TimesInOrder, later: number) => {
        const seconds = Array.from(chosen.order, (row) => chosen.words[2 * row]! * chosen.secondsPerUnit + later)
        return isBarTime(chosen, times(seconds, { ...own, secondsPerUnit: chosen.secondsPerUnit }))
      }
      assert.equal(within(times([DAY, 2 * DAY], { areDays: true }), DAY - 1), true)
      assert.equal(within(times([DAY, 2 * DAY], { areDays: true }), DAY), false)
      assert.equal(within(times([HOUR, 2 * HOUR]), HOUR - 1), true)
      assert.equal(within(times([HOUR, 2 * HOUR]), HOUR), false)
      assert.equal(within(times([HOUR, 60]), 59), true)
      assert.equal(within(times([HOUR, 60]), 60), false)
      assert.equal(within(times([HOUR, 61]), 0), true)
      assert.equal(within(times([HOUR, 61]), 1), false)
      const millis = { secondsPerUnit: 1e-3 }
      assert.equal(within(times([HOUR, 61], millis), 0.999), true)
      assert.equal(within(times([HOUR, 61.5], millis), 0), false)
    })

    it('up to a millionth of a second', () => {
      const micros = { secondsPerUnit: 1e-6 }
      // whole hours but for the millionth
      assert.equal(isBarTime(times([1e-6], micros), times([0], { ...own, ...micros })), true)
      assert.equal(isBarTime(times([1e-6], micros), times([100], { ...own, ...micros })), true)
      assert.equal(isBarTime(times([2e-6], micros), times([100], { ...own, ...micros })), false)
      const days = { ...micros, areDays: true }
      assert.equal(isBarTime(times([2e-6], days), times([0], { ...own, ...micros })), false)
    })
  })

  describe('when the chosen column has the beginnings of its seconds, or repeats', () => {
    const irregular = { regularShare: 0.49 }
    const halves = { secondsPerUnit: 0.5 }

    it('of seconds without more reasons', () => {
      assert.equal(isBarTime(times(hundred(61), irregular), times(hundred(61, 0.5, 1, 1), halves)), true)
      assert.equal(isBarTime(times(hundred(61), irregular), times(hundred(61, 0.5, 2, 1), halves)), false)
      assert.equal(isBarTime(times(hundred(60), irregular), times(hundred(60, 0.5), halves)), false)
    })

    it('of longer units when half of its rows repeat', () => {
      const other = times(hundred(60, 30), { regularShare: 0.4 })
      assert.equal(isBarTime(times(hundred(60), { ...irregular, distinctShare: 0.5 }), other), true)
      assert.equal(isBarTime(times(hundred(60), { ...irregular, distinctShare: 0.51 }), other), false)
    })
  })

  describe('when the chosen column has days that mostly repeat', () => {
    const days = { areDays: true, distinctShare: 0.5 }
    const near = (shift: number, chosen: Partial<TimesInOrder>, other: Partial<TimesInOrder>, others = 0) =>
      isBarTime(times(hundred(DAY), { ...days, ...chosen }), times(hundred(DAY, shift, others, 2 * DAY), other))

    it('less than two days away in 99 of 100 rows', () => {
      const regular = { regularShare: 0.5, isSorted: false }
      assert.equal(near(2 * DAY - 1, {}, regular), true)
      assert.equal(near(2 * DAY - 1, {}, regular, 1), true)
      assert.equal(near(2 * DAY - 1, {}, regular, 2), false)
      assert.equal(near(2 * DAY, {}, regular), false)
    })

    it('and it is regular, or sorted as the other', () => {
      const [regular, irregular] = [{ regularShare: 0.5 }, { regularShare: 0.49 }]
      assert.equal(near(DAY, {}, { ...regular, isSorted: false }), true)
      assert.equal(near(DAY, {}, { ...irregular, isSorted: false }), false)
      assert.equal(near(DAY, {}, irregular), true)
      assert.equal(near(DAY, { isSorted: false }, { ...irregular, isSorted: false }), true)
      assert.equal(near(DAY, { areDays: false }, { ...regular, isSorted: false }), false)
      assert.equal(near(DAY, { distinctShare: 0.51, regularShare: 0.49 }, regular), false)
    })
  })

  describe('when the chosen column mostly repeats, and both are in the same order', () => {
    const far = (chosen: Partial<TimesInOrder>, other: Partial<TimesInOrder>) =>
      isBarTime(times(hundred(60), { distinctShare: 0.5, ...chosen }), times(hundred(60, 1000), other))

    it('and it is very regular', () => {
      assert.equal(far({}, { regularShare: 0.75 }), true)
      assert.equal(far({}, { regularShare: 0.74 }), false)
      assert.equal(far({ isSorted: false }, { regularShare: 0.75 }), false)
      assert.equal(far({ isSorted: false }, { regularShare: 0.75, isSorted: false }), true)
      assert.equal(far({ distinctShare: 0.51, regularShare: 0.49 }, { regularShare: 0.75 }), false)
    })

    it('or the chosen one has few times of short downloads', () => {
      const [few, other] = [{ distinctShare: 0.1, spanSeconds: 99 }, { regularShare: 0.74 }]
      assert.equal(far(few, other), true)
      assert.equal(far({ ...few, spanSeconds: 100 }, other), false)
      assert.equal(far({ ...few, distinctShare: 0.11 }, other), false)
      assert.equal(far({ ...few, isSorted: false }, { ...other, isSorted: false }), false)
    })
  })
})
