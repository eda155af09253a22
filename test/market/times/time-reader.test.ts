import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ColumnDescription } from '../../../functions/market/column-values.ts'
import { newTimes } from '../../../functions/market/times/time.ts'
import { isTimeColumn, timeReader } from '../../../functions/market/times/time-reader.ts'
import type { DecodedColumn } from '../../../functions/shared/decoded-column.ts'
import { byteArrays } from '../../byte-arrays.ts'

const text: ColumnDescription = { name: 't', physical: 'BYTE_ARRAY', width: 0, logical: { kind: 'string' } }

function rawTexts(texts: readonly string[]): DecodedColumn {
  const parts = texts.map((text) => Buffer.from(text))
  return { rows: texts.length, ...byteArrays(parts), validity: undefined }
}

function parse(...texts: string[]): bigint[] {
  const times = newTimes(texts.length)
  timeReader(text).read(rawTexts(texts), times, 0, 100)
  return [...times.values]
}

const nanos = (iso: string, fraction = 0n) => BigInt(Date.parse(iso)) * 1_000_000n + fraction

describe('ISO 8601 text', () => {
  const cases: [string, bigint][] = [
    ['2024-05-31', nanos('2024-05-31T00:00:00Z')],
    ['2024-05-31T09:30', nanos('2024-05-31T09:30:00Z')],
    ['2024-05-31 09:30:15', nanos('2024-05-31T09:30:15Z')],
    ['2024-05-31T09:30:15.5', nanos('2024-05-31T09:30:15Z', 500_000_000n)],
    ['2024-05-31T09:30:15,123456789', nanos('2024-05-31T09:30:15Z', 123_456_789n)],
    ['20240531', nanos('2024-05-31T00:00:00Z')],
    ['20240531T093015', nanos('2024-05-31T09:30:15Z')],
    ['1969-12-31T23:59:59.999999999', -1n],
    ['2024-02-29', nanos('2024-02-29T00:00:00Z')],
  ]
  for (const [iso, expected] of cases) {
    it(`${iso} is UTC when it has no offset`, () => assert.deepEqual(parse(iso), [expected]))
  }
  for (const [iso, utc] of [
    ['2024-05-31T09:30:00Z', '2024-05-31T09:30:00Z'],
    ['2024-05-31T09:30:00+05:30', '2024-05-31T04:00:00Z'],
    ['2024-05-31T09:30:00-0400', '2024-05-31T13:30:00Z'],
    ['2024-05-31 09:30:00.25+02', '2024-05-31T07:30:00.250Z'],
  ] as const) {
    it(`${iso} honours its offset`, () => assert.deepEqual(parse(iso), [nanos(utc)]))
  }
  for (const bad of [
    '',
    '6/3/18',
    '2024-13-01',
    '2024-02-30',
    '2023-02-29',
    '2024-05-31T24:00:00',
    '2024-05-31T09:60',
    '2024-05-31T',
    '2024-05-31T09:30:15.',
    '2024-05-31T09:30:15.1234567890',
    '2024-05-31T09:30:15+',
    '2024-05-31T09:30:15+5',
    '2024-05-31T0930',
    '2024-0531',
    '2024-05-31 junk',
    ' 2024-05-31',
    '99999-01-01',
    '9999-01-01',
    '1717150000',
  ]) {
    it(`${JSON.stringify(bad)} is refused, naming the row`, () =>
      assert.throws(() => parse('2024-05-31', bad), { code: 'time', message: /in row 101 \(the first is row 0\)/ }))
  }
  it('with and without an offset in one column is refused', () => {
    assert.throws(() => parse('2024-05-31T09:30Z', '2024-05-31T09:30'), /without a UTC offset, unlike the rows before/)
  })
  it('agrees with Date for every millisecond of the range', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1678-01-01'), max: new Date('2261-12-31'), noInvalidDate: true }),
        (date) => {
          assert.deepEqual(parse(date.toISOString()), [BigInt(date.getTime()) * 1_000_000n])
        },
      ),
    )
  })
})

describe('times of other types', () => {
  const read = (
    column: Omit<ColumnDescription, 'name'>,
    values: ArrayBufferView,
    rows: number,
    validity?: Uint8Array,
  ) => {
    assert.ok(isTimeColumn({ name: 't', ...column }))
    const times = newTimes(rows)
    const bytes = new Uint8Array(values.buffer)
    timeReader({ name: 't', ...column }).read({ rows, values: bytes, validity }, times, 0, 0)
    return [...times.values]
  }

  it('dates and 32-bit epochs are sign-extended', () => {
    const ints = Int32Array.of(-1, 0, 2 ** 31 - 1)
    assert.deepEqual(read({ physical: 'INT32', width: 0, logical: { kind: 'date' } }, ints, 3), [
      -1n,
      0n,
      2n ** 31n - 1n,
    ])
  })
  it('unsigned 32-bit epochs are not', () => {
    const ints = Uint32Array.of(2 ** 32 - 1)
    const unsigned = { kind: 'integer', signed: false } as const
    assert.deepEqual(read({ physical: 'INT32', width: 0, logical: unsigned }, ints, 1), [2n ** 32n - 1n])
  })
  it('64-bit timestamps keep every bit', () => {
    const values = BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, 1_717_150_000_123_456_789n)
    const timestamp = { kind: 'timestamp', unit: 'ns', utc: true } as const
    assert.deepEqual(read({ physical: 'INT64', width: 0, logical: timestamp }, values, 3), [...values])
  })
  it('INT96 becomes nanoseconds since 1970', () => {
    const bytes = new DataView(new ArrayBuffer(12))
    bytes.setBigInt64(0, 3_600_000_000_001n, true)
    bytes.setInt32(8, 2_440_589, true)
    assert.deepEqual(read({ physical: 'INT96', width: 12, logical: { kind: 'none' } }, bytes, 1), [90_000_000_000_001n])
  })
  it('a missing time is refused, naming the row', () => {
    const column = { physical: 'INT64', width: 0, logical: { kind: 'none' } } as const
    assert.throws(() => read(column, BigInt64Array.of(1n, 2n, 3n), 3, Uint8Array.of(0b101)), /no value in row 1 \(/)
  })
  it('booleans, nested columns and times of day are no times', () => {
    for (const physical of ['BOOLEAN', 'nested', 'FIXED_LEN_BYTE_ARRAY'] as const) {
      assert.equal(isTimeColumn({ name: 't', physical, width: 8, logical: { kind: 'none' } }), false)
    }
    const timeOfDay = { kind: 'time', unit: 'us' } as const
    assert.equal(isTimeColumn({ name: 't', physical: 'INT64', width: 0, logical: timeOfDay }), false)
  })
})

describe('a reader of times', () => {
  const column = (physical: ColumnDescription['physical'], logical: ColumnDescription['logical']) =>
    ({ name: 't', physical, width: 0, logical }) satisfies ColumnDescription
  const raw = (values: Int16Array | Int32Array | BigInt64Array, validity?: Uint8Array): DecodedColumn => ({
    rows: values.length,
    values: new Uint8Array(values.buffer),

    validity,
  })

  it('gives differences in seconds, whatever the unit', () => {
    assert.equal(timeReader(column('INT32', { kind: 'date' })).seconds(2), 2 * 86_400)
    assert.equal(timeReader(column('INT64', { kind: 'timestamp', unit: 'ms', utc: true })).seconds(1500), 1.5)
  })

  it('takes a piece whose bits say that each row has a value, and refuses the row that has none', () => {
    const times = newTimes(8)
    const dates = timeReader(column('INT32', { kind: 'date' }))
    dates.read(
      raw(
        Int32Array.from({ length: 8 }, (_, i) => i),
        Uint8Array.of(0xff),
      ),
      times,
      0,
      0,
    )
    assert.equal(times.values[7], 7n)
    const without = raw(new Int32Array(8), Uint8Array.of(0x7f))
    assert.throws(() => dates.read(without, times, 0, 100), /no value in row 107/)
  })

  it('takes bytes and texts, but no other type of bytes', () => {
    const accepted = (kind: 'string' | 'none' | 'float16') => isTimeColumn(column('BYTE_ARRAY', { kind }))
    assert.deepEqual([accepted('string'), accepted('none'), accepted('float16')], [true, true, false])
  })

  it('refuses days in 16 bits that begin like hours and minutes', () => {
    const days = column('INT32', { kind: 'integer', signed: false, bits: 16 })
    const times = newTimes(2)
    assert.throws(() => timeReader(days).read(raw(Int32Array.of(930, 931)), times, 0, 0), /holds 930 in row 0/)
    timeReader(days).read(raw(new Int32Array(0)), times, 0, 0)
    timeReader(days).read(raw(Int32Array.of(19_723, 931)), times, 0, 0)
    timeReader(days).read(raw(Int32Array.of(930, 931)), times, 0, 5)
    assert.deepEqual([...times.values], [930n, 931n])
  })

  it('turns the numbers of periods into times, in the rows of the piece only', () => {
    const times = newTimes(4)
    times.values.fill(652n)
    timeReader(column('INT64', { kind: 'period', frequency: 'M' })).read(raw(BigInt64Array.of(0n, 1n)), times, 1, 0)
    assert.deepEqual([...times.values], [652n, 0n, 31n, 652n])
  })
})

describe("the user's format", () => {
  const parseTime = () => ({ seconds: 0, nanos: 0 })
  const codes = (column: ColumnDescription) =>
    timeReader(column, { parseTime })
      .warnings()
      .map(({ code, message }) => [code, message])

  it('is reported when the column needs none', () => {
    for (const column of [
      { name: 't', physical: 'INT64', width: 8, logical: { kind: 'timestamp', unit: 'ms', isUtc: true } },
      { name: 't', physical: 'INT32', width: 4, logical: { kind: 'date' } },
      { name: 't', physical: 'INT96', width: 12, logical: { kind: 'none' } },
    ] as ColumnDescription[]) {
      const [[code, message] = []] = codes(column)
      assert.equal(code, 'unused-time-format')
      assert.match(
        message!,
        /the time column "t" has a type .*--time-format \(in the function: timeFormat\) is not used/,
      )
      assert.deepEqual(timeReader(column).warnings(), [])
    }
  })

  it('is used for text and for the digits of integers', () => {
    assert.deepEqual(codes(text), [])
    assert.deepEqual(codes({ name: 't', physical: 'INT64', width: 8, logical: { kind: 'none' } }), [])
  })
})
