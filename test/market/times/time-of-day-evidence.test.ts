import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ColumnDescription } from '../../../functions/market/column-values.ts'
import type { ConflictSample } from '../../../functions/market/duplicates/conflict-evidence.ts'
import {
  areHalfDays,
  areTwelveHours,
  pricesGoOn,
  timesOfDay,
} from '../../../functions/market/times/time-of-day-evidence.ts'
import { random } from '../../random.ts'

const number = (name: string): ColumnDescription => ({ name, physical: 'INT32', width: 0, logical: { kind: 'none' } })
const duration = (name: string, unit: 's' | 'ms'): ColumnDescription => ({
  name,
  physical: 'INT64',
  width: 0,
  logical: { kind: 'duration', unit },
})

const count = (length: number, of: (i: number) => number) => Array.from({ length }, (_, i) => String(of(i)))
/** HHMM of every so many minutes, from some minute of the day on. */
const clockDigits = (length: number, step: number, from = 9 * 60 + 30) =>
  count(length, (i) => {
    const minutes = from + i * step
    return Math.floor(minutes / 60) * 100 + (minutes % 60)
  })

function kindOf(column: ColumnDescription, values: readonly string[], goOn: boolean | number = false) {
  let asked: number | undefined
  const kind = timesOfDay(column, values, (rowsOfDay) => {
    asked = rowsOfDay
    return goOn === true || goOn === rowsOfDay
  })
  return { kind, asked }
}

describe('a column of times of day is recognised', () => {
  it('by its type, whatever the values', () => {
    const time: ColumnDescription = { name: 'x', physical: 'INT64', width: 0, logical: { kind: 'time', unit: 'us' } }
    assert.equal(kindOf(time, []).kind, 'whole')
    assert.equal(kindOf(number('x'), []).kind, undefined)
    assert.equal(kindOf(number('time'), []).kind, undefined)
  })

  it('by text that is written like a clock', () => {
    for (const values of [['9:30', '16:00'], ['09:30:00.5'], ['9:30 AM', '4:00 p.m.'], ['23:59:59,123']]) {
      assert.equal(kindOf(number('x'), values).kind, 'whole', values.join())
    }
    assert.equal(kindOf(number('x'), ['AM', 'p.m.']).kind, 'part')
    for (const values of [['9:30', '24:00'], ['9:60'], ['9:30', 'AM'], ['9:30', 'x'], ['930', '-1']]) {
      assert.equal(kindOf(number('x'), values, true).kind, undefined, values.join())
    }
  })

  it('by durations within a day that are minutes, or have a name, or prices that continue', () => {
    for (const [unit, perSecond] of [
      ['s', 1],
      ['ms', 1000],
    ] as const) {
      const of = (...seconds: readonly number[]) => seconds.map((second) => String(second * perSecond))
      const kind = (name: string, values: readonly string[], goOn = false) =>
        kindOf(duration(name, unit), values, goOn).kind
      assert.equal(kind('x', of(0, 120, 60)), 'whole')
      assert.equal(kind('x', of(86_340, 60)), 'whole')
      assert.equal(kind('x', of(60, 86_400)), undefined)
      assert.equal(kind('x', of(120, -60)), undefined)
      assert.equal(kind('x', of(60, 61)), undefined)
      assert.equal(kind('x', of(60, 61), true), 'whole')
      assert.equal(kind('time', of(60, 61)), 'whole')
      assert.equal(kind('time', of(60, 86_400), true), undefined)
    }
    assert.equal(kindOf(duration('x', 's'), ['60', '61']).asked, 30)
  })

  it('by a name, when all numbers can be times of day', () => {
    assert.equal(kindOf(number('time'), ['930', '931']).kind, 'whole')
    assert.equal(kindOf(number('id'), ['930', '931']).kind, undefined)
    assert.equal(kindOf(number('time'), ['960', '99999999999999']).kind, undefined)
    // minutes, or hours and minutes apart
    assert.equal(kindOf(number('minute'), ['0', '30', '45']).kind, 'part')
    assert.equal(kindOf(number('minute'), ['0', '24']).kind, 'part')
    assert.equal(kindOf(number('hour'), ['0', '9', '23']).kind, 'whole')
  })

  it('by prices that continue, for which numbers below 60 need fewer rows', () => {
    assert.deepEqual(kindOf(number('x'), ['9', '10', '23']), { kind: undefined, asked: 5 })
    assert.deepEqual(kindOf(number('x'), ['9', '10', '23'], 5).kind, 'whole')
    assert.deepEqual(kindOf(number('x'), ['930', '931']), { kind: undefined, asked: 30 })
    assert.deepEqual(kindOf(number('x'), ['930', '931'], 30).kind, 'whole')
  })
})

describe('digits without a name are times of day', () => {
  it('when they go from one hour to the next as within an hour', () => {
    assert.equal(kindOf(number('x'), clockDigits(6, 10, 9 * 60 + 30)).kind, 'whole')
    // five are too few
    assert.equal(kindOf(number('x'), clockDigits(5, 10, 9 * 60 + 30)).kind, undefined)
    // none of them is in another hour
    assert.equal(kindOf(number('x'), clockDigits(6, 5, 9 * 60 + 30)).kind, undefined)
  })

  it('when half of their steps are the usual one, and not fewer', () => {
    // 9:50, 10:00, 10:10, 10:20, then steps of 13, 17 and 23 minutes
    assert.equal(kindOf(number('x'), ['950', '1000', '1010', '1020', '1033', '1050', '1113']).kind, 'whole')
    assert.equal(kindOf(number('x'), ['950', '1000', '1010', '1023', '1040', '1103', '1132']).kind, undefined)
  })

  it('by the first of two steps that are as frequent', () => {
    assert.equal(kindOf(number('x'), ['950', '1000', '1010', '1020', '1033', '1046', '1059']).kind, 'whole')
    assert.equal(kindOf(number('x'), ['920', '933', '946', '959', '1009', '1019', '1029']).kind, undefined)
  })

  it('when there are 20 of them in five hundreds, whatever their steps', () => {
    const irregular = (length: number, hundreds: number) =>
      count(length, (i) => 100 * (9 + (i % hundreds)) + ((i * i) % 53) + Math.floor(i / hundreds) / 1e9).map((value) =>
        String(Math.floor(Number(value))),
      )
    const distinct = (values: readonly string[]) => new Set(values).size
    const [many, few] = [irregular(20, 5), irregular(19, 5)]
    assert.deepEqual([distinct(many), distinct(few)], [20, 19])
    assert.equal(kindOf(number('x'), many).kind, 'whole')
    assert.equal(kindOf(number('x'), few).kind, undefined)
    assert.equal(kindOf(number('x'), irregular(24, 4)).kind, undefined)
  })
})

describe('numbers counted since midnight, without a name, are times of day', () => {
  const MS = 1000

  it('when milliseconds are whole seconds', () => {
    // as digits some would have more than 59 seconds
    const seconds = [34_261, 34_277, 40_090, 50_071, 61_199, 61_280]
    assert.equal(
      kindOf(
        number('x'),
        seconds.map((second) => String(second * MS)),
      ).kind,
      'whole',
    )
    assert.equal(
      kindOf(
        number('x'),
        seconds.map((second, i) => String(second * MS + i)),
      ).kind,
      undefined,
    )
    assert.equal(
      kindOf(
        number('x'),
        seconds.slice(1).map((second) => String(second * MS)),
      ).kind,
      undefined,
    )
  })

  it('when seconds are whole minutes', () => {
    const minutes = [61, 62, 79, 93, 97, 1205]
    assert.equal(
      kindOf(
        number('x'),
        minutes.map((minute) => String(60 * minute)),
      ).kind,
      'whole',
    )
    assert.equal(
      kindOf(
        number('x'),
        minutes.map((minute, i) => String(60 * minute + (i === 3 ? 1 : 0))),
      ).kind,
      undefined,
    )
  })

  it('when minutes have a usual step of five minutes or more, of which all are multiples', () => {
    const minutes = (from: number, step: number, length: number) => count(length, (i) => from + i * step)
    // from 565 on, as 9:25 is; 605 and more are no digits of hours and minutes
    assert.equal(kindOf(number('x'), minutes(565, 5, 20)).kind, 'whole')
    assert.equal(kindOf(number('x'), minutes(566, 5, 20)).kind, undefined)
    // four of five steps are the usual one, then three of five
    assert.equal(kindOf(number('x'), ['565', '570', '575', '580', '585', '595']).kind, 'whole')
    assert.equal(kindOf(number('x'), ['565', '570', '575', '580', '590', '665']).kind, undefined)
    assert.equal(kindOf(number('x'), minutes(564, 4, 20)).kind, undefined)
  })

  it('when they cover the whole day', () => {
    assert.equal(
      kindOf(
        number('x'),
        count(720, (i) => 2 * i),
      ).kind,
      'whole',
    )
    assert.equal(
      kindOf(
        number('x'),
        count(720, (i) => 2 * i + 1),
      ).kind,
      'whole',
    )
    assert.equal(
      kindOf(
        number('x'),
        // the first is not within the first step
        count(719, (i) => 2 * i + 2),
      ).kind,
      undefined,
    )
    assert.equal(
      kindOf(
        number('x'),
        count(718, (i) => 2 * i + 1),
      ).kind,
      undefined,
    )
  })

  it('when 120 consecutive minutes begin at a quarter of an hour', () => {
    const minutes = (from: number, length: number) => count(length, (i) => from + i)
    assert.equal(kindOf(number('x'), minutes(570, 120)).kind, 'whole')
    assert.equal(kindOf(number('x'), minutes(570, 119)).kind, undefined)
    assert.equal(kindOf(number('x'), minutes(571, 120)).kind, undefined)
    assert.equal(kindOf(number('x'), minutes(0, 120)).kind, undefined)
  })
})

describe('prices', () => {
  /** Days with so many rows each, in the order of their numbers. */
  function sampleOf(days: readonly number[], closeOf: (i: number) => number): ConflictSample {
    const rows = days.reduce((sum, length) => sum + length, 0)
    let from = 0
    const groups = days.map((length) => {
      const group = Array.from({ length }, (_, i) => from + i)
      from += length
      return group
    })
    return {
      rows: Uint32Array.from({ length: rows }, (_, i) => i),
      groups,
      neighbours: [],
      others: [],
      prices: new Int32Array(rows),
      bars: [Float64Array.from({ length: rows }, (_, i) => closeOf(i))],
    }
  }
  const jumping = () => {
    const next = random(3)
    return () => next()
  }

  it('continue in the order of a clock, and not in the order of instruments', () => {
    assert.equal(
      pricesGoOn(
        sampleOf([30], (i) => 100 + i),
        (at) => at,
      ),
      true,
    )
    assert.equal(
      pricesGoOn(
        sampleOf([30], (i) => 100 + i),
        (at) => -at,
      ),
      true,
    )
    assert.equal(
      pricesGoOn(
        sampleOf([30], (i) => 100 + i),
        (at) => (at * 7) % 30,
      ),
      false,
    )
    assert.equal(
      pricesGoOn(sampleOf([300], jumping()), (at) => at),
      false,
    )
  })

  it('prove nothing in a few rows of a few days', () => {
    assert.equal(
      pricesGoOn(
        sampleOf([29], (i) => i),
        (at) => at,
      ),
      false,
    )
    assert.equal(
      pricesGoOn(
        sampleOf(Array(23).fill(5), (i) => i % 5),
        (at) => at,
        5,
      ),
      false,
    )
    assert.equal(
      pricesGoOn(
        sampleOf(Array(24).fill(5), (i) => i % 5),
        (at) => at,
        5,
      ),
      true,
    )
    // days with fewer rows do not count
    assert.equal(
      pricesGoOn(
        sampleOf(Array(40).fill(4), (i) => i % 4),
        (at) => at,
        5,
      ),
      false,
    )
  })

  it('that are all the same prove nothing, and rows without a price or a number are left out', () => {
    assert.equal(
      pricesGoOn(
        sampleOf([60], () => 5),
        (at) => at,
      ),
      false,
    )
    assert.equal(
      pricesGoOn(
        sampleOf([31], (i) => (i === 4 ? Number.NaN : i)),
        (at) => at,
      ),
      true,
    )
    assert.equal(
      pricesGoOn(
        sampleOf([30], (i) => (i === 4 ? Number.NaN : i)),
        (at) => at,
      ),
      false,
    )
    assert.equal(
      pricesGoOn(
        sampleOf([31], (i) => i),
        (at) => (at === 4 ? Number.NaN : at),
      ),
      true,
    )
  })

  it('continue when their path is shorter than three fifths of the distance of any two', () => {
    // of two levels with 30 rows each: 59 steps of 30/59 on average make 30, of which three fifths are 18
    const changes = (every: number) => sampleOf([60], (i) => Math.floor(i / every) % 2)
    assert.equal(
      pricesGoOn(changes(5), (at) => at),
      true,
    )
    assert.equal(
      pricesGoOn(changes(3), (at) => at),
      false,
    )
    // of 40 rows three fifths are 12, and so are the changes
    const lengths = [2, 4, 3, 4, 3, 3, 3, 3, 3, 3, 3, 3, 3]
    const levels = lengths.flatMap((length, i) => Array<number>(length).fill(i % 2))
    assert.deepEqual([levels.length, levels.filter((level) => level === 1).length], [40, 20])
    const sample = sampleOf([40], (i) => levels[i]!)
    assert.equal(
      pricesGoOn(sample, (at) => at),
      false,
    )
  })
})

describe('the hours', () => {
  it('are those of twelve when none is 0 or above 12 and nothing says which half', () => {
    assert.equal(areTwelveHours(['9:30', '12:59', '01:00']), true)
    for (const other of ['0:30', '13:00', '9:30 AM']) assert.equal(areTwelveHours(['9:30', other]), false, other)
  })

  it('are halved by AM and PM alone', () => {
    assert.equal(areHalfDays(['AM', 'pm', 'a.m.']), true)
    for (const values of [[], ['AM', 'x'], ['9 AM']]) assert.equal(areHalfDays(values), false, values.join())
  })
})
