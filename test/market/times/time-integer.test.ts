import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ColumnDescription } from '../../../functions/market/column-values.ts'
import { RereadTimes } from '../../../functions/market/times/reread-times.ts'
import { newTimes } from '../../../functions/market/times/time.ts'
import { unitByMagnitude } from '../../../functions/market/times/time-integer.ts'
import { timeReader } from '../../../functions/market/times/time-reader.ts'

const plain = { kind: 'none' } as const
const int64: ColumnDescription = { name: 't', physical: 'INT64', width: 0, logical: plain }
const NANOS = { s: 1_000_000_000n, ms: 1_000_000n, us: 1_000n, ns: 1n }

interface Read {
  readonly times: bigint[]
  readonly unit: string
  readonly warnings: string[]
  /** How often the column was read. */
  readonly reads: number
  readonly format: (time: bigint) => string
}

/** Reads pieces as they are asked for again. */
function readPieces(
  column: ColumnDescription,
  pieces: readonly ArrayBufferView[],
  rows: readonly number[],
  mayCount = false,
): Read {
  const reader = timeReader(column, { mayCount })
  for (let reads = 1; ; reads++) {
    try {
      const times: bigint[] = []
      for (const [i, piece] of pieces.entries()) {
        const out = newTimes(rows[i]! + 5)
        out.values.fill(7n)
        const raw = { rows: rows[i]!, values: new Uint8Array(piece.buffer), validity: undefined }
        reader.read(raw, out, 3, times.length)
        // only its own rows are written
        assert.deepEqual([...out.values.subarray(0, 3), ...out.values.subarray(-2)], [7n, 7n, 7n, 7n, 7n])
        times.push(...out.values.subarray(3, -2))
      }
      const warnings = reader.warnings().map(({ code, message }) => `${code}: ${message}`)
      return { times, unit: reader.unit, warnings, reads, format: reader.format }
    } catch (error) {
      if (!(error instanceof RereadTimes) || reads > 5) throw error
    }
  }
}

const longs = (...pieces: bigint[][]) =>
  readPieces(
    int64,
    pieces.map((piece) => BigInt64Array.from(piece)),
    pieces.map(({ length }) => length),
  )

const ms = (iso: string) => BigInt(Date.parse(iso))

describe('the unit of an integer epoch', () => {
  it('follows from its magnitude', () => {
    const now = 1_717_150_000n
    assert.deepEqual(
      [0, 3, 6, 9].map((digits) => unitByMagnitude(now * 10n ** BigInt(digits))),
      ['s', 'ms', 'us', 'ns'],
    )
    assert.equal(unitByMagnitude(-now * 1000n), 'ms')
  })

  for (const [unit, least, most] of [
    ['s', 10n ** 8n, 10n ** 11n - 1n],
    ['ms', 10n ** 11n, 10n ** 14n - 1n],
    ['us', 10n ** 14n, 10n ** 17n - 1n],
    ['ns', 10n ** 17n, 2n ** 63n - 1n],
  ] as const) {
    it(`is ${unit} from ${least} to ${most}, before 1970 as after it`, () => {
      for (const value of [least, most, -least, -most]) {
        assert.equal(unitByMagnitude(value), unit)
        const { times, unit: read, warnings } = longs([value])
        assert.deepEqual([times, read, warnings], [[value], unit, []])
      }
    })
  }

  it('changes at the limits also among rows of other units, on both sides of 0', () => {
    const now = 1_717_150_000_000_000_000n
    for (const [limit, below, above] of [
      [10n ** 11n, 's', 'ms'],
      [10n ** 14n, 'ms', 'us'],
      [10n ** 17n, 'us', 'ns'],
    ] as const) {
      for (const sign of [1n, -1n]) {
        for (const [value, unit] of [
          [limit - 1n, below],
          [limit, above],
          [limit + 1n, above],
        ] as const) {
          // the nanoseconds beside it do not reach far enough for all
          const nanos = sign * value * NANOS[unit]
          if (nanos !== BigInt.asIntN(64, nanos)) continue
          for (const pieces of [[[now, sign * value]], [[sign * value], [now]]]) {
            assert.deepEqual(longs(...pieces).times.toSorted(), [nanos, now].toSorted(), `${sign * value}`)
          }
        }
      }
    }
    for (const value of [99_999_999n, -99_999_999n]) {
      assert.throws(() => longs([now, value]), /in row 1 .*no point in time/)
    }
    for (const value of [10n ** 8n, -(10n ** 8n)]) {
      assert.deepEqual(longs([now, value]).times, [now, value * NANOS.s])
    }
  })

  it('is that of doubles at the limits, too', () => {
    const double: ColumnDescription = { ...int64, physical: 'DOUBLE' }
    for (const [limit, below, above] of [
      [1e11, 's', 'ms'],
      [1e14, 'ms', 'us'],
      [1e17, 'us', 'ns'],
    ] as const) {
      const step = limit === 1e17 ? 16 : 1
      for (const sign of [1, -1]) {
        const unitOf = (value: number) => readPieces(double, [Float64Array.of(sign * value)], [1]).unit
        assert.deepEqual([unitOf(limit - step), unitOf(limit), unitOf(limit + step)], [below, above, above])
      }
    }
  })

  it('is found in a piece as row by row', () => {
    const size = fc.constantFrom(10n ** 8n, 10n ** 11n, 10n ** 14n, 10n ** 17n, 2n ** 32n, 24n * 2n ** 32n)
    const value = fc.tuple(size, fc.bigInt(-3n, 1000n)).map(([size, more]) => size + more)
    const now = fc.constantFrom('s', 'ms', 'us', 'ns').map((unit) => (1_717_150_000n * NANOS.s) / NANOS[unit as 's'])
    fc.assert(
      fc.property(fc.array(fc.oneof(value, now), { minLength: 1, maxLength: 20 }), (values) => {
        const one = values.map(unitByMagnitude)
        if (one.includes(undefined) || new Set(one).size > 1) return
        const { times, unit } = longs(values)
        assert.deepEqual([times, unit], [values, one[0]])
      }),
    )
  })
})

describe('a column with two units', () => {
  const instant = 1_735_689_600n
  const [inSeconds, inMs, inUs, inNs] = [instant, instant * 1000n, instant * 1_000_000n, instant * 1_000_000_000n]

  it('is read in the finer one, wherever it changes', () => {
    for (const pieces of [[[inMs - 60_000n, inUs]], [[inMs - 60_000n], [inUs]], [[inUs], [inMs - 60_000n]]]) {
      const { times, unit, warnings } = longs(...pieces)
      assert.equal(unit, 'us')
      assert.deepEqual(times.toSorted(), [inUs - 60_000_000n, inUs])
      assert.deepEqual(warnings, [
        'mixed-time-units: the time column "t" holds milliseconds in 1 row and microseconds in 1 row; each was read by its magnitude',
      ])
    }
  })

  it('is read again only when the finer one comes later', () => {
    assert.equal(longs([inUs], [inMs]).reads, 1)
    assert.equal(longs([inMs, inUs], [inMs]).reads, 1)
    assert.equal(longs([inMs], [inMs], [inUs]).reads, 2)
    const { times, unit, reads } = longs([inSeconds], [inMs], [inUs], [inNs])
    assert.deepEqual([times, unit, reads], [[inNs, inNs, inNs, inNs], 'ns', 4])
  })

  it('keeps every digit', () => {
    const { times } = longs([1_735_689_599_999n], [1_735_689_600_000_000_001n])
    assert.deepEqual(times, [1_735_689_599_999_000_000n, 1_735_689_600_000_000_001n])
  })

  it('equals the same times in one unit, whatever units rows and pieces have', () => {
    const unit = fc.constantFrom<('s' | 'ms' | 'us' | 'ns')[]>('s', 'ms', 'us', 'ns')
    const row = fc.tuple(fc.integer({ min: 100_000_000, max: 4_000_000_000 }), unit)
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 4 }), { minLength: 1, maxLength: 4 }), (pieces) => {
        const written = pieces.map((piece) => piece.map(([second, unit]) => (BigInt(second) * NANOS.s) / NANOS[unit]))
        const { times, unit } = longs(...written)
        const scale = NANOS.s / NANOS[unit as 's']
        assert.deepEqual(
          times,
          pieces.flat().map(([second]) => BigInt(second) * scale),
        )
      }),
    )
  })
})

describe('times around 1970', () => {
  it('are in the unit of their column where it goes back that far', () => {
    const weekly = Array.from({ length: 700 }, (_, week) => ms('1962-01-05') + BigInt(week) * 604_800_000n)
    for (const values of [weekly, weekly.toReversed()]) {
      for (const factor of [1n, 1000n, 1_000_000n]) {
        const written = values.map((value) => value * factor)
        for (const size of [1, 7, 1000]) {
          const pieces = Array.from({ length: Math.ceil(written.length / size) }, (_, i) =>
            written.slice(i * size, (i + 1) * size),
          )
          const { times, warnings } = longs(...pieces)
          assert.deepEqual(times, written)
          assert.deepEqual(warnings, [])
        }
      }
    }
  })

  it('are so too when the column begins there', () => {
    const values = Array.from({ length: 300 }, (_, i) => ms('1970-01-05') + BigInt(i) * 604_800_000n)
    for (const size of [1, 20, 300]) {
      const pieces = Array.from({ length: Math.ceil(300 / size) }, (_, i) => values.slice(i * size, (i + 1) * size))
      const { times, unit, warnings } = longs(...pieces)
      assert.deepEqual([times, unit, warnings], [values, 'ms', []])
    }
  })

  it('are those whose nanoseconds would not fit into 64 bits', () => {
    const now = 1_717_150_000_000_000_000n
    // 2^63 ns are 9,223,372,036,854,775.808 us
    for (const sign of [1n, -1n]) {
      const [last, beyond] = [sign * 9_223_372_036_854_775n, sign * 9_223_372_036_854_776n]
      assert.deepEqual(longs([now, last]).times, [now, last * 1000n])
      assert.deepEqual(longs([now, beyond]).times, [now, beyond])
    }
  })

  it('are refused as seconds below 100,000,000, saying what to do', () => {
    assert.throws(() => longs([200_000_000n, 99_999_999n]), {
      code: 'time',
      message: /"t" holds 99999999 in row 1 .*no point in time: .*before March 1973.*write times as timestamps/,
    })
    assert.deepEqual(longs([-200_000_000n, 100_000_000n]).times, [-200_000_000n, 100_000_000n])
  })
})

describe('integers that are no times', () => {
  it('are refused, naming the row, also after times', () => {
    for (const value of [0n, 5n, -99_999_999n, 99_999_999n]) {
      assert.throws(() => longs([value]), { code: 'time', message: /in row 0 \(.*no point in time/ })
      assert.throws(() => longs([1_717_150_000_000n], [1_717_150_000_000n, value]), { message: /in row 2 \(/ })
    }
  })
  it('are said to be times of day where they look so', () => {
    assert.throws(() => longs([93_000n]), /"t" holds 93000 .*no point in time; if it is a time of day, name the column/)
    assert.throws(() => longs([930n]), /if it is a time of day/)
    assert.throws(() => longs([970n]), /no point in time: /)
    assert.throws(() => longs([100n]), /if it is a time of day/)
    assert.throws(() => longs([59n]), /no point in time: /)
  })
  it('count rows in the index of a frame', () => {
    const index = (first: bigint, mayCount: boolean) => readPieces(int64, [BigInt64Array.of(first)], [1], mayCount)
    assert.throws(() => index(0n, true), /counts rows is no time/)
    assert.deepEqual(index(1_704_067_200n, true).times, [1_704_067_200n])
    const small = { ...int64, physical: 'INT32', logical: { kind: 'integer', signed: false, bits: 16 } } as const
    assert.throws(() => readPieces(small, [Uint32Array.of(0, 1)], [2], true), /counts rows is no time/)
  })
  it('are unsigned ones beyond 2^63', () => {
    const unsigned = { ...int64, logical: { kind: 'integer', signed: false } } as const
    assert.throws(
      () => readPieces(unsigned, [BigUint64Array.of(2n ** 63n)], [1]),
      /9223372036854775808, which is no epoch/,
    )
  })
})

describe('calendar times as integers', () => {
  const minutes = (digits: number) =>
    Array.from(
      { length: 25 },
      (_, i) => BigInt(`202401020930${'00000'}`.slice(0, digits)) + BigInt(i) * 10n ** BigInt(digits - 12),
    )
  for (const digits of [12, 14]) {
    it(`of ${digits} digits are refused where one is no time, in any row`, () => {
      const times = minutes(digits)
      times[21] = BigInt('20240103240000'.slice(0, digits))
      assert.throws(() => longs(times), /holds 2024010324(00)+, which is no time such as 20240131.* in row 21 /)
    })
    it(`of ${digits} digits are refused among epochs`, () => {
      for (const epoch of [1_704_153_600n, 1_704_153_600_000n]) {
        const epochs = Array.from({ length: 50 }, (_, i) => epoch + BigInt(i))
        assert.throws(() => longs([...epochs, ...minutes(digits)]), /a calendar time such as \d+ among epochs/)
        assert.throws(() => longs([...minutes(digits), ...epochs]), { code: 'time' })
      }
    })
  }
  it('of 12 and of 14 digits are not mixed', () => {
    assert.throws(() => longs([...minutes(12), ...minutes(14)]), { code: 'time' })
  })
  it('with milliseconds want their notation', () => {
    assert.throws(() => longs(minutes(17)), /holds 20240102093000000, .*--time-format %Y%m%d%H%M%S%L .* in row 0 /)
  })
  it('are not confused with epochs of 1976 in milliseconds', () => {
    const days = Array.from({ length: 400 }, (_, i) => BigInt(Date.UTC(1976, 0, 1) + i * 86_400_000))
    const everyMinute = Array.from({ length: 40_000 }, (_, i) => BigInt(Date.UTC(1976, 3, 1) + i * 60_000))
    for (const times of [days, everyMinute]) longs(times)
  })

  const seconds = (iso: string) => BigInt(Date.parse(iso) / 1000)
  it('become the seconds at which they begin', () => {
    assert.deepEqual(longs([20_231_229n, 20_240_229n], [19_000_101n, 21_001_231n]).times, [
      seconds('2023-12-29'),
      seconds('2024-02-29'),
      seconds('1900-01-01'),
      seconds('2100-12-31'),
    ])
    assert.equal(longs([20_240_229n]).format(seconds('2024-02-29')), '2024-02-29T00:00:00')
  })
  it('are those of the years 1900 to 2100, of months and days that there are', () => {
    for (const day of [20_000_229n, 20_240_131n, 20_240_430n, 20_241_231n, 19_000_228n, 21_001_231n, 19_000_101n]) {
      const text = `${day}`.replace(/(....)(..)(..)/, '$1-$2-$3')
      assert.deepEqual(longs([day]).times, [seconds(text)])
    }
    for (const day of [
      ...[18_991_231n, 21_010_101n, 19_000_229n, 20_230_229n, 20_240_230n, 20_240_431n, 20_240_132n, 20_240_100n],
      ...[20_240_001n, 20_241_301n, 9_991_231n],
    ]) {
      assert.throws(() => longs([day]), /no point in time/, `${day}`)
    }
    const minutes = (clock: bigint) => longs([202_401_020_000n + clock]).unit
    for (const clock of [0n, 59n, 2300n, 2359n]) assert.equal(minutes(clock), 's', `${clock}`)
    for (const clock of [60n, 2360n, 2400n]) assert.equal(minutes(clock), 'ms', `${clock}`)
    const withSeconds = (clock: bigint) => longs([20_240_102_000_000n + clock]).unit
    for (const clock of [0n, 59n, 5900n, 5959n, 235_959n]) assert.equal(withSeconds(clock), 's', `${clock}`)
    for (const clock of [60n, 6000n, 235_960n, 240_000n]) assert.equal(withSeconds(clock), 'ms', `${clock}`)
  })
  it('may have hours and minutes, and seconds', () => {
    assert.deepEqual(longs([202_401_310_930n, 202_401_312_359n]).times, [
      seconds('2024-01-31T09:30:00Z'),
      seconds('2024-01-31T23:59:00Z'),
    ])
    assert.deepEqual(longs([20_240_131_093_015n]).times, [seconds('2024-01-31T09:30:15Z')])
  })
  it('are so in the whole column', () => {
    assert.throws(() => longs([20_240_102n, 20_240_230n]), /20240230, which is no day .* in row 1/)
    assert.throws(() => longs([20_240_102n], [1_704_153_600n]), /1704153600, which is no day .* in row 1/)
    assert.throws(() => longs([1_704_153_600n, 20_240_102n]), /20240102 in row 1 .*a calendar day among epochs/)
    assert.throws(() => longs([20_240_230n]), /20240230 in row 0 .*no point in time/)
    // milliseconds of 1976
    assert.deepEqual(longs([202_401_310_930n, 202_401_397_330n]).times, [202_401_310_930n, 202_401_397_330n])
  })
})

describe('other types of numbers', () => {
  it('16-bit unsigned integers are days since 1970, not others', () => {
    const column = (bits: number, signed: boolean): ColumnDescription => ({
      ...int64,
      physical: 'INT32',
      logical: { kind: 'integer', signed, bits },
    })
    const { times, unit, format } = readPieces(column(16, false), [Uint32Array.of(19_724, 65_535)], [2])
    assert.deepEqual([times, unit, format(19_724n)], [[19_724n, 65_535n], 'day', '2024-01-02'])
    assert.throws(() => readPieces(column(32, false), [Uint32Array.of(19_724)], [1]), /no point in time/)
    assert.throws(() => readPieces(column(16, true), [Uint32Array.of(19_724)], [1]), /no point in time/)
    assert.throws(() => readPieces(column(16, false), [Uint32Array.of(930, 931)], [2]), /930 .*if it is a time of day/)
    assert.deepEqual(readPieces(column(16, false), [Uint32Array.of(930, 1360)], [2]).times, [930n, 1360n])
  })

  const double: ColumnDescription = { ...int64, physical: 'DOUBLE' }
  it('whole doubles are integer times', () => {
    const doubles = Float64Array.of(1_704_153_600_123, -1_704_153_600_123, 1_704_153_600_123_456)
    assert.deepEqual(readPieces(double, [doubles], [3]).times, [
      1_704_153_600_123_000n,
      -1_704_153_600_123_000n,
      1_704_153_600_123_456n,
    ])
    assert.deepEqual(readPieces(double, [Float64Array.of(20_240_229)], [1]).times, [1_709_164_800n])
  })
  it('other doubles are refused, NaN as a missing time', () => {
    const read = (value: number) => readPieces(double, [Float64Array.of(1_704_153_600, value)], [2])
    assert.throws(() => read(Number.NaN), /"t" has no value in row 1 \(/)
    assert.throws(
      () => read(1_704_153_600.5),
      /1704153600.5 in row 1 \(the first is row 0\), which is not a whole number; write times/,
    )
    for (const value of [Number.POSITIVE_INFINITY, 1e19, -1e300]) assert.throws(() => read(value), /not a whole number/)
  })
  it('32-bit floats are times where they are exact: at midnight', () => {
    const float: ColumnDescription = { ...int64, physical: 'FLOAT' }
    const read = (...values: number[]) => readPieces(float, [Float32Array.from(values)], [values.length])
    assert.deepEqual(read(1_704_153_600, 1_704_240_000).times, [1_704_153_600n, 1_704_240_000n])
    assert.throws(() => read(1_704_154_200), /which 32-bit floats cannot hold exactly/)
    assert.throws(() => read(20_240_131), /which 32-bit floats cannot hold exactly/)
  })
})
