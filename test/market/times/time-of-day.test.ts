import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ColumnDescription } from '../../../functions/market/column-values.ts'
import { dayAndTimeReader } from '../../../functions/market/times/day-and-time.ts'
import { RereadTimes } from '../../../functions/market/times/reread-times.ts'
import { newTimes } from '../../../functions/market/times/time.ts'
import {
  areMinutes,
  beginsLikeTimesOfDay,
  isDayNumber,
  timeOfDayReader,
} from '../../../functions/market/times/time-of-day.ts'
import type { TimeOptions } from '../../../functions/market/times/time-reader.ts'
import type { DecodedColumn } from '../../../functions/shared/decoded-column.ts'
import { byteArrays } from '../../byte-arrays.ts'

const column = (name: string, physical: ColumnDescription['physical'], logical: ColumnDescription['logical']) => ({
  ...{ name, physical, logical },
  width: 0,
})
const text = (name: string) => column(name, 'BYTE_ARRAY', { kind: 'string' })
const int = (name: string) => column(name, 'INT64', { kind: 'none' })
const date = column('day', 'INT32', { kind: 'date' })

type Values = readonly (string | number)[]

function raw({ physical }: ColumnDescription, values: Values): DecodedColumn {
  const base = { rows: values.length, validity: undefined }
  const bytes = (array: ArrayBufferView) => ({ ...base, values: new Uint8Array(array.buffer) })
  if (physical === 'INT32') return bytes(Int32Array.from(values as number[]))
  if (physical === 'DOUBLE') return bytes(Float64Array.from(values as number[]))
  if (physical === 'INT64') return bytes(BigInt64Array.from(values.map(BigInt)))
  const parts = values.map((value) => Buffer.from(String(value)))
  return { ...base, ...byteArrays(parts) }
}

/** The times of two columns as ISO text, read in pieces of one row or at once. */
function read(
  [first, firstValues]: readonly [ColumnDescription, Values],
  [second, secondValues]: readonly [ColumnDescription, Values],
  { size = firstValues.length, ...options }: TimeOptions & { size?: number } = {},
): string[] {
  const reader = dayAndTimeReader(first, second, options)
  for (let attempt = 1; ; attempt++) {
    try {
      const times: string[] = []
      for (let from = 0; from < firstValues.length; from += size) {
        const [a, b] = [newTimes(size + 1), newTimes(size + 1)]
        a.values[size] = b.values[size] = 7n
        reader.read(raw(first, firstValues.slice(from, from + size)), a, 0, from)
        reader.timeOfDay!.read(raw(second, secondValues.slice(from, from + size)), b, 0, from)
        reader.timeOfDay!.addTo(a, b, size)
        // only its own rows are written
        assert.deepEqual([a.values[size], b.values[size]], [7n, 7n])
        times.push(...[...a.values.subarray(0, size)].map((time) => reader.format(time)))
      }
      reader.timeOfDay!.finish()
      return times
    } catch (error) {
      if (!(error instanceof RereadTimes) || attempt > 5) throw error
    }
  }
}

describe('a day and a time of day', () => {
  const days = ['2024-01-02', '2024-01-02', '1969-12-31']
  const iso = ['2024-01-02T09:30:00', '2024-01-02T16:00:00', '1969-12-31T00:01:00']
  for (const [of, ...clock] of [
    ['text with hours and minutes', text('c'), ['09:30', '16:00', '00:01']],
    ['text with one digit of an hour', text('c'), ['9:30', '16:00', '0:01']],
    ['text with seconds', text('c'), ['09:30:00', '16:00:00', '00:01:00']],
    ['digits', text('c'), ['0930', '1600', '0001']],
    ['digits with seconds', text('c'), ['093000', '160000', '000100']],
    ['numbers', int('c'), [930, 1600, 1]],
    ['numbers with seconds', int('c'), [93_000, 160_000, 100]],
    ['numbers with milliseconds', int('c'), [93_000_000, 160_000_000, 100_000]],
    ['digits with milliseconds', text('c'), ['093000000', '160000000', '000100000']],
    ['minutes of the day', int('c'), [570, 960, 1]],
    ['minutes of the day as text', text('c'), ['570', '960', '1']],
    ['seconds of the day', int('c'), [34_200, 57_600, 60]],
    ['seconds of the day as doubles', column('c', 'DOUBLE', { kind: 'none' }), [34_200, 57_600, 60]],
    ['milliseconds of the day', int('c'), [34_200_000, 57_600_000, 60_000]],
    ['microseconds of the day', int('c'), [34_200_000_000, 57_600_000_000, 60_000_000]],
    ['nanoseconds of the day', int('c'), [34_200e9, 57_600e9, 60e9]],
    ['durations', column('c', 'INT64', { kind: 'duration', unit: 'ns' }), [34_200e9, 57_600e9, 60e9]],
    ['durations in seconds', column('c', 'INT64', { kind: 'duration', unit: 's' }), [34_200, 57_600, 60]],
    ['text with AM and PM', text('c'), ['9:30 AM', '4:00 PM', '12:01 AM']],
    ['text with am and pm, and seconds', text('c'), ['09:30:00am', '04:00:00 p.m.', '12:01:00 am']],
    ['doubles', column('c', 'DOUBLE', { kind: 'none' }), [930, 1600, 1]],
    ['milliseconds', column('c', 'INT32', { kind: 'time', unit: 'ms' }), [34_200_000, 57_600_000, 60_000]],
    ['microseconds', column('c', 'INT64', { kind: 'time', unit: 'us' }), [34_200_000_000, 57_600_000_000, 60_000_000]],
    ['nanoseconds', column('c', 'INT64', { kind: 'time', unit: 'ns' }), [34_200e9, 57_600e9, 60e9]],
  ] as const) {
    it(`are added: ${of}`, () => {
      const pair = clock as unknown as [ColumnDescription, Values]
      assert.deepEqual(read([text('day'), days], pair), iso)
      assert.deepEqual(read(pair, [text('day'), days]), iso)
    })
  }

  it('keep fractions of a second', () => {
    const clock = ['09:30:00.5', '09:30:00.000000001']
    assert.deepEqual(read([date, [19_724, 19_724]], [text('c'), clock]), [
      '2024-01-02T09:30:00.500000000',
      '2024-01-02T09:30:00.000000001',
    ])
    const micros = column('c', 'INT64', { kind: 'time', unit: 'us' })
    assert.deepEqual(read([date, [19_724, 19_724]], [micros, [86_399_999_999, 0]]), [
      '2024-01-02T23:59:59.999999000',
      '2024-01-02T00:00:00',
    ])
  })

  it('may be of any type for the day', () => {
    const clock = [text('c'), ['09:30']] as const
    for (const [day, value] of [
      [date, 19_724],
      [text('day'), '2024/01/02'],
      [text('day'), '20240102'],
      [int('day'), 20_240_102],
      [int('day'), 1_704_153_600_000],
      [column('day', 'INT64', { kind: 'timestamp', unit: 'ns', utc: false }), 1_704_153_600e9],
      [column('day', 'INT32', { kind: 'integer', signed: false, bits: 16 }), 19_724],
    ] as const) {
      assert.deepEqual(read([day, [value]], clock), ['2024-01-02T09:30:00'])
      assert.deepEqual(read(clock, [day, [value]]), ['2024-01-02T09:30:00'])
    }
  })

  it('read the day in the notation that is stated, in whatever order', () => {
    const parseTime = (text: string) => (text === '240102' ? { seconds: 1_704_153_600, nanos: 0 } : 'no')
    for (const clock of ['09:30', '0930']) {
      const options = { parseTime }
      assert.deepEqual(read([text('c'), [clock]], [text('day'), ['240102']], options), ['2024-01-02T09:30:00'])
      assert.deepEqual(read([text('day'), ['240102']], [text('c'), [clock]], options), ['2024-01-02T09:30:00'])
    }
    const numbers = [[int('day'), [240_102]] as const, [int('c'), [930]] as const] as const
    assert.deepEqual(read(numbers[0], numbers[1], { parseTime }), ['2024-01-02T09:30:00'])
    assert.deepEqual(read(numbers[1], numbers[0], { parseTime }), ['2024-01-02T09:30:00'])
  })

  it('are added over all words of 64 bits', () => {
    // 4,294,967,295 ns fill the low word
    const clock = ['00:00:04.294967295', '00:00:04.294967296']
    assert.deepEqual(read([date, [0, 0]], [text('c'), clock]), [
      '1970-01-01T00:00:04.294967295',
      '1970-01-01T00:00:04.294967296',
    ])
    // 65,536 days later the low word of the nanoseconds is the same
    const nanos = column('day', 'INT64', { kind: 'timestamp', unit: 'ns', utc: false })
    const days = [-20_000, 45_536, -20_000].map((day) => day * 86_400e9)
    assert.deepEqual(read([nanos, days], [text('c'), ['09:30', '09:30', '09:30']]), [
      '1915-03-31T09:30:00',
      '2094-09-03T09:30:00',
      '1915-03-31T09:30:00',
    ])
  })

  it('have twelve hours as the column of the times of day has', () => {
    for (const [clock, areTwelve] of [
      [[text('c'), ['9:30']], true],
      [[text('c'), ['13:30']], false],
      [[int('c'), [930]], false],
    ] as const) {
      for (const isFirst of [true, false]) {
        const reader = isFirst ? dayAndTimeReader(clock[0], date) : dayAndTimeReader(date, clock[0])
        const [day, time] = [raw(date, [0]), raw(clock[0], clock[1])]
        reader.read(isFirst ? time : day, newTimes(1), 0, 0)
        reader.timeOfDay!.read(isFirst ? day : time, newTimes(1), 0, 0)
        assert.equal(reader.timeOfDay!.areTwelveHours, areTwelve)
        assert.equal(reader.timeOfDay!.isFirst, isFirst)
      }
    }
  })
})

describe('numbers that are times of day', () => {
  const at = (clock: number[], size?: number) =>
    read([date, clock.map(() => 0)], [int('c'), clock], { ...(size ? { size } : {}) }).map((iso) => iso.slice(11))

  it('have seconds in the whole column when one needs them, however late', () => {
    for (const size of [1, 2, 4]) {
      assert.deepEqual(at([0, 100, 2359, 2400], size), ['00:00:00', '00:01:00', '00:23:59', '00:24:00'])
      assert.deepEqual(at([0, 100, 1359, 2359], size), ['00:00:00', '01:00:00', '13:59:00', '23:59:00'])
    }
  })
  it('are refused where they are none, naming the row', () => {
    for (const wrong of [86_460_000_000_001, -930]) {
      assert.throws(() => at([930, wrong]), {
        code: 'time',
        message: /"c" holds -?\d+, which is no time of day .* in row 1 \(/,
      })
    }
    assert.throws(() => at([-1]), /"c" holds -1, which is no time of day .* in row 0/)
    // one of many is a mistake, not a sign of minutes that are counted
    const many = Array.from({ length: 60 }, (_, i) => 900 + i)
    for (const size of [1, 61]) {
      assert.throws(() => at([...many, 970], size), /"c" holds 970 in row 60 .*no time of day .*unlike most others/)
    }
    const withSeconds = many.map((value) => 100 * value + 7)
    for (const size of [1, 61]) {
      assert.throws(() => at([...withSeconds, 93_060], size), /"c" holds 93060 in row 60 .*unlike most others/)
    }
  })
  const pieces = (clock: readonly number[]) => [1, 2, clock.length].map((size) => at([...clock, ...clock], size))
  it('are counted since midnight where the digits of one, however late, are no minute', () => {
    const minutes = [0, 1, 59, 100, 130, 159, 1400, 1439]
    const iso = (seconds: number) => new Date(seconds * 1000).toISOString().slice(11, 19)
    for (const [unit, perMinute] of [
      ['minutes', 1],
      ['seconds', 60],
      ['milliseconds', 60_000],
    ] as const) {
      const odd = [60, 99].map((minute) => minute * perMinute)
      const values = [...minutes.map((minute) => minute * perMinute), ...odd]
      const expected = values.map((value) => iso((value * 60) / perMinute))
      for (const found of pieces(values)) assert.deepEqual(found, [...expected, ...expected], unit)
    }
  })
  it('are refused where they may be counted in several units, which are named', () => {
    assert.throws(() => at([0, 59, 60, 99, 3599, 2460]), {
      code: 'time',
      message:
        /"c" holds numbers up to 3599, which may be .*seconds of the day or milliseconds of the day.*; write times of day as text such as 09:30:00, or add the unit to the column's name, such as "t_seconds"/,
    })
    for (const [largest, isClear] of [
      [3600, true],
      [3599, false],
      [59_999, true],
      [86_399, true],
      [86_460, false],
      [3_599_999, false],
      [3_600_060, true],
    ] as const) {
      const read = () => at([60, 61, largest])
      if (isClear) assert.doesNotThrow(read, `${largest}`)
      else assert.throws(read, /which may be/, `${largest}`)
    }
  })
  it('have the unit that the name of the column says', () => {
    for (const [name, value, iso] of [
      ['seconds', 2460, '00:41:00'],
      ['t_sec', 2460, '00:41:00'],
      ['secondsOfDay', 2460, '00:41:00'],
      ['ms', 86_461, '00:01:26.461000000'],
      ['time_ms', 86_461, '00:01:26.461000000'],
      ['minute_of_day', 30, '00:30:00'],
      ['minutesSinceMidnight', 130, '02:10:00'],
      ['micros', 86_461, '00:00:00.086461000'],
      ['nanoseconds', 86_461, '00:00:00.000086461'],
      ['us_time', 930, '09:30:00'],
      ['ns', 93_000, '09:30:00'],
      ['seconds', 34_200, '09:30:00'],
      ['seconds', 3559, '00:35:59'],
      ['security', 130, '01:30:00'],
      ['minute', 130, '01:30:00'],
    ] as const) {
      const [time] = read([date, [0]], [int(name), [value]])
      assert.equal(time!.slice(11), iso, name)
    }
  })
  it('are no days of any year from 1973 on, whatever their unit', () => {
    for (const day of ['1973-03-04', '1980-01-01', '1989-12-31', '1990-01-01', '2099-12-31']) {
      const seconds = Date.parse(day) / 1000
      for (const value of [seconds, seconds * 1000, seconds * 1e6, seconds * 1e9]) {
        assert.deepEqual(read([int('d'), [value]], [text('c'), ['09:30']]), [`${day}T09:30:00`])
        assert.deepEqual(read([text('c'), ['09:30']], [int('d'), [value]]), [`${day}T09:30:00`])
      }
    }
    for (const [clock, iso] of [
      [100_000_001, '10:00:00.001000000'],
      [235_959_999, '23:59:59.999000000'],
      [86_399_999_999, '23:59:59.999999000'],
      [86_399_999_999_999, '23:59:59.999999999'],
    ] as const) {
      assert.deepEqual(read([int('d'), [20_240_102]], [int('c'), [clock]]), [`2024-01-02T${iso}`])
    }
    assert.throws(() => read([int('d'), [20_240_102]], [int('c'), [86_400_000_000_000]]), /"c" holds 4707-11-29/)
    const small = column('d', 'INT32', { kind: 'integer', signed: false, bits: 16 })
    assert.deepEqual(read([small, [2360]], [text('c'), ['9:30']]), ['1976-06-18T09:30:00'])
    assert.deepEqual(read([{ ...small, name: 'c' }, [2359]], [text('day'), ['2024-01-02']]), ['2024-01-02T23:59:00'])
  })
  it('end with the day, in each unit', () => {
    for (const [name, end] of [
      ['minute_of_day', 1440],
      ['seconds', 86_400],
      ['ms', 86_400_000],
      ['us', 86_400_000_000],
    ] as const) {
      const ofDay = (...clock: number[]) => read([date, clock.map(() => 0)], [int(name), clock])
      assert.match(ofDay(60, end - 1)[1]!, /T23:59/)
      assert.throws(() => ofDay(61, end), /which may be .*nanoseconds of the day/)
    }
    assert.throws(() => read([date, [0]], [int('ns'), [86_400_000_000_000]]), /no time of day/)
  })
  it('are told from days by their first value', () => {
    for (const clock of [0, 570, 930, 93_000, 34_260_000, 93_000_000, 160_000_000, 34_200_000_000, 34_200e9]) {
      for (const day of [20_240_102, 1_704_153_600, 1_704_153_600_000, 1_704_153_600_000_000, 1_704_153_600e9]) {
        const [a, b] = [column('d', 'INT64', { kind: 'none' }), int('c')]
        assert.match(read([a, [day]], [{ ...b, name: 'c_ns' }, [clock]])[0]!, /^2024-01-02T/, `${day} ${clock}`)
        assert.match(read([{ ...b, name: 'c_ns' }, [clock]], [a, [day]])[0]!, /^2024-01-02T/, `${clock} ${day}`)
      }
    }
  })
})

describe('digits with zeros in front', () => {
  const at = (...clock: string[]) => read([date, clock.map(() => 0)], [text('c'), clock]).map((iso) => iso.slice(11))
  it('have as many parts as digits', () => {
    assert.deepEqual(at('0930'), ['09:30:00'])
    assert.deepEqual(at('000930'), ['00:09:30'])
    assert.deepEqual(at('0930', '000930'), ['00:09:30', '00:09:30'])
    assert.deepEqual(at('000000000', '093000500'), ['00:00:00', '09:30:00.500000000'])
    assert.deepEqual(at('000000000'), ['00:00:00'])
  })
})

describe('text with AM and PM', () => {
  const at = (...clock: string[]) => read([date, clock.map(() => 0)], [text('c'), clock]).map((iso) => iso.slice(11))
  it('has twelve hours, the first of which is 12', () => {
    assert.deepEqual(at('12:00 AM', '12:59 AM', '1:00 AM', '11:59 AM', '12:00 PM', '12:59 pm', '1:00 PM', '11:59 PM'), [
      ...['00:00:00', '00:59:00', '01:00:00', '11:59:00', '12:00:00', '12:59:00', '13:00:00', '23:59:00'],
    ])
    for (const wrong of ['0:30 AM', '13:00 PM', '00:30 AM', '9:60 AM', '9:30 XM', '9 AM']) {
      assert.throws(() => at('9:30 AM', wrong), { code: 'time', message: /in row 1 \(/ })
    }
  })
  it('has it in all rows', () => {
    assert.throws(() => at('9:30 AM', '9:31'), /"9:31", without AM or PM, unlike the rows before/)
    assert.throws(() => at('9:30', '9:31 AM'), /"9:31 AM", with AM or PM, unlike the rows before/)
  })
})

describe('two columns that are not a day and a time of day', () => {
  it('are refused, and the message names their contents', () => {
    const both = (first: string, second: string) => read([text('a'), [first]], [text('b'), [second]])
    const allowed = 'allowed are a day and a time of day, or one column that holds both'
    assert.throws(() => both('2024-01-02', '2024-01-02'), {
      code: 'columns',
      message: `the time columns "a" and "b" both hold days; ${allowed}`,
    })
    assert.throws(() => both('09:30', '09:30'), { code: 'columns', message: /"a" and "b" both hold times of day; / })
    const time = column('c', 'INT32', { kind: 'time', unit: 'ms' })
    assert.throws(() => read([date, [0]], [date, [0]]), { code: 'columns', message: /both hold days; / })
    assert.throws(() => read([time, [0]], [time, [0]]), { code: 'columns', message: /both hold times of day; / })
  })
  it('are refused when the day is a time', () => {
    assert.throws(() => read([text('a'), ['2024-01-02', '2024-01-02T09:30']], [text('b'), ['09:30', '09:31']]), {
      code: 'time',
      message: /"a" holds 2024-01-02T09:30:00 in row 1 .*, which is no day: .*name it alone/,
    })
  })
  it('are refused, naming row and column, when one has no such value', () => {
    const clocks = (...values: string[]) => read([date, values.map(() => 0)], [text('c'), values])
    for (const wrong of ['24:00', '09:60', '9:3', '0930', '09:30:00.', '', '09:30 XM']) {
      assert.throws(() => clocks('09:30', wrong), {
        code: 'time',
        message: /"c" holds ".*", which is no time of day .* in row 1/,
      })
    }
    const late = column('c', 'INT32', { kind: 'time', unit: 'ms' })
    assert.throws(() => read([date, [0]], [late, [86_400_000]]), /86400000 ms, which is no time within a day in row 0/)
    assert.throws(() => read([date, [106_751]], [text('c'), ['23:59']]), /2262-04-11, a day outside of the years/)
  })
})

const refuse = {
  value: (row: number, what: string): never => {
    throw new Error(`row ${row}: ${what}`)
  },
  missing: (): never => {
    throw new Error('missing')
  },
}

describe('a column of times of day', () => {
  it('has twelve hours while none is 0 or above 12, and no text says AM or PM', () => {
    for (const [values, areTwelve] of [
      [['1:00', '12:59'], true],
      [['9:30', '11:00'], true],
      [['0:59', '9:30'], false],
      [['9:30', '13:00'], false],
      [['9:30 AM', '1:00 PM'], false],
      [['930', '1100'], false],
    ] as const) {
      const reader = timeOfDayReader(text('c'), 'c')!
      reader.read(raw(text('c'), values), newTimes(2), 0, 0, refuse)
      assert.equal(reader.areTwelveHours ?? false, areTwelve, values.join())
    }
  })

  it('is written from the place that is given, and the seconds are added to the minutes', () => {
    for (const [of, values] of [
      [text('c'), ['9:30:07', '16:00:59']],
      [int('c'), [93_007, 160_059]],
      [column('c', 'INT64', { kind: 'time', unit: 's' }), [34_207, 57_659]],
    ] as const) {
      const times = newTimes(4)
      timeOfDayReader(of, 'c')!.read(raw(of, values), times, 1, 0, refuse)
      assert.deepEqual([...times.values], [0n, 34_207_000_000_000n, 57_659_000_000_000n, 0n])
    }
  })

  it('names the row of a duration outside of the day by its place in the piece', () => {
    const duration = column('c', 'INT64', { kind: 'duration', unit: 's' })
    const reader = timeOfDayReader(duration, 'c')!
    assert.throws(() => reader.read(raw(duration, [1, 86_400]), newTimes(5), 3, 0, refuse), /row 1: 86400 s/)
    assert.throws(() => reader.read(raw(duration, [1, -1]), newTimes(5), 3, 0, refuse), /row 1: -1 s/)
  })

  it('may be text without a logical type, and no flag', () => {
    assert.ok(timeOfDayReader(column('c', 'BYTE_ARRAY', { kind: 'none' }), 'c'))
    assert.equal(timeOfDayReader(column('c', 'BYTE_ARRAY', { kind: 'decimal', scale: 2 }), 'c'), undefined)
    assert.equal(timeOfDayReader(column('c', 'BOOLEAN', { kind: 'none' }), 'c'), undefined)
  })
})

describe('the first value of a column', () => {
  const begins = (of: ColumnDescription, value: string | number) => beginsLikeTimesOfDay(of, raw(of, [value]), refuse)

  it('is a time of day when it is a clock, or digits that are no day', () => {
    for (const value of ['9:30', '09:30:00', '930', '240131', '093000000']) assert.ok(begins(text('c'), value), value)
    for (const value of ['2024-01-31', '20240131', '1706659200', 'x']) assert.ok(!begins(text('c'), value), value)
    // seven digits are no HHMMSS: seconds of no day, but milliseconds of one
    assert.ok(begins(text('c'), '3600000'))
  })

  it('is a time of day below the first epoch of 1990 and from the end of 2099 on', () => {
    for (const [value, isTime] of [
      [631_151_999, true],
      [631_152_001, false],
      [4_102_444_799, false],
      [4_102_444_801, true],
      [86_400 * 7304, false],
      [86_400 * 7305, false],
      [4_102_444_800, true],
      [-1, false],
      [86_400e9 - 1, true],
      [86_400e9, false],
    ] as const) {
      assert.equal(begins(int('c'), value), isTime, String(value))
    }
  })

  it('of 16 bits without a sign is a day from 1976 on', () => {
    const days = column('c', 'INT32', { kind: 'integer', bits: 16, signed: false })
    assert.ok(isDayNumber(days))
    assert.ok(begins(days, 2359))
    assert.ok(!begins(days, 2360))
    for (const other of [
      column('c', 'INT32', { kind: 'integer', bits: 16, signed: true }),
      column('c', 'INT32', { kind: 'integer', bits: 32, signed: false }),
      column('c', 'INT64', { kind: 'integer', bits: 16, signed: false }),
      column('c', 'INT32', { kind: 'none' }),
    ]) {
      assert.ok(!isDayNumber(other))
    }
  })

  it('and all others of a piece may be hours and minutes', () => {
    const times = newTimes(4)
    times.values.set([960n, 930n, 2359n, 975n])
    assert.ok(areMinutes(times, 1, 2))
    assert.ok(!areMinutes(times, 0, 2))
    assert.ok(!areMinutes(times, 1, 3))
    times.values.set([2n ** 33n], 2)
    assert.ok(!areMinutes(times, 1, 2))
  })
})
