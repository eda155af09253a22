import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RereadTimes } from '../../../functions/market/times/reread-times.ts'
import { newTimes } from '../../../functions/market/times/time.ts'
import { timeReader } from '../../../functions/market/times/time-reader.ts'
import type { DecodedColumn } from '../../../functions/shared/decoded-column.ts'
import { byteArrays } from '../../byte-arrays.ts'

function rawTexts(texts: readonly string[]): DecodedColumn {
  const parts = texts.map((text) => Buffer.from(text))
  return { rows: texts.length, ...byteArrays(parts), validity: undefined }
}

function read(texts: readonly string[]) {
  const times = newTimes(texts.length + 3)
  times.values.fill(7n)
  const reader = timeReader({ name: 't', physical: 'BYTE_ARRAY', width: 0, logical: { kind: 'string' } })
  reader.read(rawTexts(texts), times, 2, 0)
  // only its own rows are written
  assert.deepEqual([...times.values.subarray(0, 2), ...times.values.subarray(-1)], [7n, 7n, 7n])
  return { times: [...times.values.subarray(2, -1)], reader }
}

const nanos = (iso: string) => BigInt(Date.parse(iso)) * 1_000_000n

describe('text that is not ISO 8601', () => {
  for (const [text, iso] of [
    ['2024-01-02 08:59:54 UTC', '2024-01-02T08:59:54Z'],
    ['2024-01-02 08:59:54.25 UTC', '2024-01-02T08:59:54.250Z'],
    ['2024-01-02 08:59:54 GMT', '2024-01-02T08:59:54Z'],
    ['2024-01-02T08:59:54UTC', '2024-01-02T08:59:54Z'],
    ['2024-01-02 08:59:54 Z', '2024-01-02T08:59:54Z'],
    ['2024-01-02 08:59:54 +0530', '2024-01-02T03:29:54Z'],
    ['2024/01/02', '2024-01-02T00:00:00Z'],
    ['2024/01/02 08:59', '2024-01-02T08:59:00Z'],
    ['2024/01/02 08:59:54.5', '2024-01-02T08:59:54.500Z'],
    ['2024.01.02 08:59:54', '2024-01-02T08:59:54Z'],
    ['2024.01.02', '2024-01-02T00:00:00Z'],
    ['20240102 08:59:54', '2024-01-02T08:59:54Z'],
    ['20240102 085954', '2024-01-02T08:59:54Z'],
    ['20240102085954', '2024-01-02T08:59:54Z'],
    ['202401020859', '2024-01-02T08:59:00Z'],
    ['2024-01-02t08:59:54z', '2024-01-02T08:59:54Z'],
    ['2024-01-02 08:59:54 +2300', '2024-01-01T09:59:54Z'],
    ['2024-01-02 08:59:54-00:59', '2024-01-02T09:58:54Z'],
    ['2024-01-02 23:59:59', '2024-01-02T23:59:59Z'],
  ] as const) {
    it(`${text} is read`, () => assert.deepEqual(read([text]).times, [nanos(iso)]))
  }

  for (const bad of [
    '2024/01-02',
    '2024-01/02',
    '2024 01 02',
    '01/02/2024',
    '2024/1/2',
    '0000-00-00',
    '2024-01-02 08:59:54 EST',
    '2024-01-02 08:59:54X',
    '2024-01-02_08:59:54',
    '2024-01-02x08:59',
    '2024-01-02 08:59:54 utc+1',
    '2024-01-02 08:59:54  UTC',
    '2024-01-02 UTC',
    '2024010208:59:54',
    '2024-01-0208:59:54',
    '2024-01-02 8:59',
    '2024-01-02 08:59:60',
    '2024-01-02 08:59:5',
    '2024-01-02 08:5',
    '2024-01-02 08:59:54+24:00',
    '2024-01-02 08:59:54+01:60',
    '2024-01-02 08:59:54+01:3',
    '2024-01-02 08:59:54 UTX',
    '20240102 08:5954',
    '20240102 0859:54',
    '2024010',
    '２０２４-01-02',
  ]) {
    it(`${bad} is not`, () =>
      assert.throws(() => read(['2024-01-02', bad, '0123456789']), { code: 'time', message: /in row 1 \(/ }))
  }

  it('is refused showing two values and the option', () => {
    assert.throws(() => read(['6/3/18', '6/3/18', '6/14/18']), {
      code: 'time',
      message:
        /holds "6\/3\/18" in row 0 .*, then "6\/14\/18": not ISO 8601, .*--time-format \(in the function: timeFormat\): "%m\/%d\/%y" fits/,
    })
    assert.throws(() => read(['', '']), /holds "" in row 0 \(the first is row 0\), not ISO 8601/)
    assert.throws(() => read(['6/3/18', '6/3/18']), /holds "6\/3\/18" in row 0 \(the first is row 0\), not ISO 8601/)
  })

  it('is refused with the formats that fit all later values of the piece, which ends before its buffer', () => {
    const refused = (texts: readonly string[], rows: number, message: RegExp) => {
      const reader = timeReader({ name: 't', physical: 'BYTE_ARRAY', width: 0, logical: { kind: 'string' } })
      const column = { ...rawTexts(texts), rows }
      assert.throws(() => reader.read(column, newTimes(rows), 0, 0), { code: 'time', message })
    }
    refused(['6/3/18', '6/4/18', '6/14/18'], 3, /: "%m\/%d\/%y" fits$/)
    refused(['6/3/18', '14/6/18', '6/4/18'], 3, /: "%d\/%m\/%y" fits$/)
    refused(['6/3/18', '6/4/18', '6/14/18'], 2, /: "%m\/%d\/%y" if the month is first, "%d\/%m\/%y" if the day is$/)
    refused(['hello', '6/3/18'], 2, /, such as "%d\.%m\.%Y %H:%M" for 31\.05\.2024 09:30$/)
  })

  it('may be of a year that nanoseconds do not reach', () => {
    for (const text of ['0000-01-01', '1677-09-20', '2262-04-12']) {
      assert.throws(() => read([text]), { code: 'time', message: /, a time outside of the years 1677 to 2262/ })
    }
    assert.deepEqual(read(['1677-09-22', '2262-04-11']).times, [nanos('1677-09-22'), nanos('2262-04-11')])
  })

  it('has one meaning of a zone in the whole column', () => {
    assert.throws(() => read(['2024-01-02 00:00:00 UTC', '2024-01-02 00:01:00']), /without a UTC offset, unlike/)
    assert.doesNotThrow(() => read(['2024-01-02 00:00:00 UTC', '2024-01-02T00:01:00+01:00', '2024-01-02T00:01:00Z']))
  })

  it('agrees with Date in each form', () => {
    const forms: ((iso: string) => string)[] = [
      (iso) => iso.replace('T', ' ').replace(/\..*/, ' UTC'),
      (iso) => iso.replaceAll('-', '/').replace('T', ' ').replace('Z', ''),
      (iso) =>
        iso
          .replaceAll('-', '.')
          .replace('T', ' ')
          .replace(/\..{4}$/, ''),
      (iso) => iso.replaceAll('-', '').replace('T', ' ').replace('Z', ''),
      (iso) => iso.replace(/[-:T]/g, '').replace(/\..*/, ''),
    ]
    const date = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(fc.array(date, { minLength: 1, maxLength: 5 }), fc.nat(forms.length - 1), (dates, form) => {
        const whole = dates.map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000).toISOString())
        assert.deepEqual(read(whole.map(forms[form]!)).times, whole.map(nanos))
      }),
    )
  })
})

describe('digits that are text', () => {
  it('are epochs of any unit', () => {
    for (const [digits, unit] of [
      ['1704153600', 's'],
      ['1704153600123', 'ms'],
      ['1704153600123456', 'us'],
      ['1704153600123456789', 'ns'],
      ['-1704153600123456789', 'ns'],
      ['-1000000000', 's'],
    ] as const) {
      const { times, reader } = read([digits, digits])
      assert.deepEqual([times, reader.unit], [[BigInt(digits), BigInt(digits)], unit])
    }
    const { times, reader } = read(['1704153600123', '1704153600123456'])
    assert.deepEqual(times, [1_704_153_600_123_000n, 1_704_153_600_123_456n])
    assert.deepEqual(
      reader.warnings().map(({ code }) => code),
      ['mixed-time-units'],
    )
  })
  it('may have a fraction, which is 0 in all or makes the column one of nanoseconds', () => {
    for (const [texts, times, unit] of [
      [['1735675200.000', '1735675260.0', '1735675320'], [1_735_675_200n, 1_735_675_260n, 1_735_675_320n], 's'],
      [['1735675200000.0'], [1_735_675_200_000n], 'ms'],
      [['20240102.0'], [1_704_153_600n], 's'],
      [['1735675200.5', '1735675201'], [1_735_675_200_500_000_000n, 1_735_675_201_000_000_000n], 'ns'],
      [['1735675200.123456789'], [1_735_675_200_123_456_789n], 'ns'],
      [['1735675200123.25'], [1_735_675_200_123_250_000n], 'ns'],
      [['1735675200123456.7'], [1_735_675_200_123_456_700n], 'ns'],
      [['1735675200123456789.9'], [1_735_675_200_123_456_789n], 'ns'],
      [['-1000000000.5', '1000000000.5'], [-1_000_000_000_500_000_000n, 1_000_000_000_500_000_000n], 'ns'],
    ] as const) {
      const { times: found, reader } = read(texts)
      assert.deepEqual([found, reader.unit, reader.warnings()], [times, unit, []])
    }
    const { reader } = read(['1735675200.5', '1735675200500.5'])
    assert.deepEqual(
      reader.warnings().map(({ code }) => code),
      ['mixed-time-units'],
    )
    for (const [bad, why] of [
      ['12345.5', /"?12345.5"? in row 1 .*no point in time/],
      ['1735675200.', /"1735675200.", which is no number/],
      ['1735675200.1234567890', /which is no number/],
      ['1735675200.5.5', /which is no number/],
      ['.5', /which is no number/],
      ['99999999999.5', /outside of the years/],
    ] as const) {
      assert.throws(() => read(['1735675200.5', bad]), { code: 'time', message: why })
    }
  })
  it('are read again when the first fraction comes late', () => {
    const reader = timeReader({ name: 't', physical: 'BYTE_ARRAY', width: 0, logical: { kind: 'string' } })
    const piece = (text: string, row: number) => {
      const times = newTimes(1)
      reader.read(rawTexts([text]), times, 0, row)
      return times.values[0]
    }
    piece('1735675200', 0)
    assert.throws(() => piece('1735675200.5', 1), RereadTimes)
    assert.equal(piece('1735675200', 0), 1_735_675_200_000_000_000n)
    assert.equal(piece('1735675200.5', 1), 1_735_675_200_500_000_000n)
    assert.deepEqual([reader.unit, reader.format(1_735_675_200_500_000_000n)], ['ns', '2024-12-31T20:00:00.500000000'])
  })
  it('of 12 and 14 digits are calendar times of the years 1900 to 2100 only', () => {
    for (const [digits, time] of [
      ['190001020859', nanos('1900-01-02T08:59:00Z')],
      ['210012312359', nanos('2100-12-31T23:59:00Z')],
      ['189912312359', 189_912_312_359n],
      ['210101020859', 210_101_020_859n],
      ['20240102085960', 20_240_102_085_960n],
    ] as const) {
      assert.deepEqual(read([digits]).times, [time])
    }
  })
  it('are every integer of 64 bits that is an epoch', () => {
    const nanos = fc
      .bigInt(-9_223_372_036_000_000_000n, 9_223_372_035_999_999_999n)
      .filter((n) => n > 10n ** 17n || n < -(10n ** 17n))
    fc.assert(fc.property(nanos, (value) => assert.deepEqual(read([`${value}`]).times, [value])))
  })
  it('are refused where they are no epochs, or mixed with other text', () => {
    assert.throws(() => read(['12345']), /12345 in row 0 .*no point in time/)
    assert.throws(() => read(['20240230']), /20240230 in row 0 .*no point in time/)
    assert.throws(() => read(['1704153600', '2024-01-02']), /"2024-01-02", which is no number, .* in row 1/)
    assert.throws(() => read(['1704153600', '']), /"", which is no number/)
    assert.throws(() => read(['2024-01-02', '1704153600']), /"1704153600" in row 1/)
    assert.throws(() => read(['9999999999999999999']), /no epoch/)
    assert.throws(() => read(['-']), /not ISO 8601/)
    assert.throws(() => read(['12345678901234567890']), /not ISO 8601/)
  })
})

describe("times in the user's format", () => {
  const texts = { name: 't', physical: 'BYTE_ARRAY', width: 0, logical: { kind: 'string' } } as const
  const numbers = { name: 't', physical: 'INT64', width: 0, logical: { kind: 'none' } } as const
  /** `ddmmyy`; the year 99 is one that nanoseconds do not reach. */
  const parseTime = (text: string) => {
    const [, day, month, year] = /^(\d\d)(\d\d)(\d\d)$/.exec(text) ?? []
    if (day === undefined) return 'which is not "ddmmyy"'
    const seconds = Date.UTC(year === '99' ? 2299 : 2000 + Number(year), Number(month) - 1, Number(day)) / 1000
    return { seconds, nanos: 5 }
  }
  const readText = (...values: string[]) => {
    const times = newTimes(values.length + 3)
    times.values.fill(7n)
    const reader = timeReader(texts, { parseTime })
    reader.read(rawTexts(values), times, 2, 10)
    assert.deepEqual([times.values[0], times.values[1], times.values.at(-1)], [7n, 7n, 7n])
    assert.deepEqual([reader.unit, reader.warnings()], ['ns', []])
    return [...times.values.subarray(2, -1)]
  }
  const readNumbers = (...values: bigint[]) => {
    const times = newTimes(values.length + 3)
    times.values.fill(7n)
    const bytes = new Uint8Array(BigInt64Array.from(values).buffer)
    const reader = timeReader(numbers, { parseTime })
    reader.read({ rows: values.length, values: bytes, validity: undefined }, times, 2, 10)
    assert.deepEqual([times.values[0], times.values[1], times.values.at(-1)], [7n, 7n, 7n])
    assert.deepEqual([reader.unit, reader.warnings()], ['ns', []])
    return [...times.values.subarray(2, -1)]
  }
  const expected = [nanos('2024-12-31') + 5n, nanos('2024-01-02') + 5n]

  it('are read from text', () => {
    assert.deepEqual(readText('311224', '020124'), expected)
    assert.throws(() => readText('311224', '20124'), {
      code: 'time',
      message: 'the time column "t" holds "20124" in row 11 (the first is row 0), which is not "ddmmyy"',
    })
    assert.throws(() => readText('311224', '010199'), {
      code: 'time',
      message: /"010199", a time outside of the years 1677 to 2262 in row 11 /,
    })
  })

  it('are read from the digits of integers, which have no zero in front', () => {
    assert.deepEqual(readNumbers(311_224n, 20_124n), expected)
    assert.throws(() => readNumbers(311_224n, 2024n), {
      code: 'time',
      message: /holds 2024 in row 11 \(the first is row 0\), which is not "ddmmyy"; leave it out for integers that are/,
    })
    assert.throws(() => readNumbers(311_224n, 10_199n), {
      code: 'time',
      message: /10199, a time outside of the years 1677 to 2262 in row 11 /,
    })
  })

  it('are parsed once, up to 16,384 different ones', () => {
    const parsed: string[] = []
    const counting = (text: string) => {
      parsed.push(text)
      return { seconds: Number(text), nanos: 0 }
    }
    const reader = timeReader(texts, { parseTime: counting })
    const many = Array.from({ length: 16_384 }, (_, i) => `${i}`)
    const read = (values: readonly string[]) => {
      parsed.length = 0
      reader.read(rawTexts(values), newTimes(values.length), 0, 0)
      return parsed.length
    }
    assert.equal(read(many), 16_384)
    assert.equal(read(many), 0)
    assert.equal(read(['16383', '99999', '99999']), 1)
    assert.equal(read(['0']), 1)
  })
})
