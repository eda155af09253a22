import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ColumnDescription, RawColumn } from '../../functions/market/column-values.ts'
import { dayAndTimeReader } from '../../functions/market/day-and-time.ts'
import { RereadTimes } from '../../functions/market/reread-times.ts'
import { newTimes } from '../../functions/market/time.ts'
import type { TimeOptions } from '../../functions/market/time-reader.ts'

const column = (name: string, physical: ColumnDescription['physical'], logical: ColumnDescription['logical']) => ({
  ...{ name, physical, logical },
  width: 0,
})
const text = (name: string) => column(name, 'BYTE_ARRAY', { kind: 'string' })
const int = (name: string) => column(name, 'INT64', { kind: 'none' })
const date = column('day', 'INT32', { kind: 'date' })

type Values = readonly (string | number)[]

function raw({ physical }: ColumnDescription, values: Values): RawColumn {
  const base = { rows: values.length, offsets: undefined, validity: undefined }
  const bytes = (array: ArrayBufferView) => ({ ...base, values: new Uint8Array(array.buffer) })
  if (physical === 'INT32') return bytes(Int32Array.from(values as number[]))
  if (physical === 'DOUBLE') return bytes(Float64Array.from(values as number[]))
  if (physical === 'INT64') return bytes(BigInt64Array.from(values.map(BigInt)))
  const parts = values.map((value) => Buffer.from(String(value)))
  const offsets = new Int32Array(values.length + 1)
  for (const [i, part] of parts.entries()) offsets[i + 1] = offsets[i]! + part.length
  return { ...base, values: new Uint8Array(Buffer.concat(parts)), offsets }
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
        const [a, b] = [newTimes(size), newTimes(size)]
        reader.read(raw(first, firstValues.slice(from, from + size)), a, 0, from)
        reader.timeOfDay!.read(raw(second, secondValues.slice(from, from + size)), b, 0, from)
        reader.timeOfDay!.addTo(a, b, size)
        times.push(...[...a.values].map((time) => reader.format(time)))
      }
      return times
    } catch (error) {
      if (!(error instanceof RereadTimes) || attempt > 2) throw error
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
    assert.deepEqual(read([date, [19_724]], [micros, [86_399_999_999]]), ['2024-01-02T23:59:59.999999000'])
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
    for (const wrong of [970, 2460, 240_000, 93_060, -930, 93_000_000]) {
      assert.throws(() => at([930, wrong]), {
        code: 'time',
        message: /"c" holds -?\d+, which is no time of day .* in row [01] \(/,
      })
    }
  })
})

describe('two columns that are not a day and a time of day', () => {
  it('are refused, saying what they hold', () => {
    const both = (first: string, second: string) => read([text('a'), [first]], [text('b'), [second]])
    const allowed = 'allowed are a day and a time of day, or one column that holds both'
    assert.throws(() => both('2024-01-02', '2024-01-02'), {
      code: 'columns',
      message: `the time columns "a" and "b" both hold days; ${allowed}`,
    })
    assert.throws(() => both('09:30', '09:30'), { code: 'columns', message: /"a" and "b" both hold times of day; / })
  })
  it('are refused when the day is a time', () => {
    assert.throws(() => read([text('a'), ['2024-01-02', '2024-01-02T09:30']], [text('b'), ['09:30', '09:31']]), {
      code: 'time',
      message: /"a" holds 2024-01-02T09:30:00 in row 1 .*, which is no day: .*name it alone/,
    })
  })
  it('are refused, naming row and column, when one has no such value', () => {
    const clocks = (...values: string[]) => read([date, values.map(() => 0)], [text('c'), values])
    for (const wrong of ['24:00', '09:60', '9:3', '0930', '09:30:00.', '', '09:30 AM']) {
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
