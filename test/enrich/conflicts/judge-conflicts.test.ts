import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { EnrichSettings } from '../../../functions/enrich/settings.ts'
import { RefusedError } from '../../../functions/shared/errors.ts'
import { duckDbRun, enrichBytes, random, temporaryFolder } from '../../parquet-files.ts'
import { quickOrThorough } from '../../thorough.ts'

interface MarketRow {
  readonly datetime: Date
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  readonly [other: string]: unknown
}

const MINUTE = 60_000
const START = Date.UTC(2024, 0, 2, 9, 30)

/** Bars of one instrument, a step apart. */
function bars(count: number, seed: number, step = MINUTE, from = START): MarketRow[] {
  const next = random(seed)
  let close = 50 + 100 * next()
  return Array.from({ length: count }, (_, i) => {
    const open = close
    close += next() - 0.5
    const high = Math.max(open, close) + next() / 5
    const low = Math.min(open, close) - next() / 5
    return { datetime: new Date(from + i * step), open, high, low, close, volume: Math.floor(next() * 1e6) }
  })
}

const withColumn = (rows: readonly MarketRow[], name: string, of: (i: number) => unknown) =>
  rows.map((row, i) => ({ ...row, [name]: of(i) }))

/** Some bars come again at the end with other prices. */
function corrected(rows: readonly MarketRow[], every: number): MarketRow[] {
  const again = rows.filter((_, i) => i % every === 0)
  return [...rows, ...again.map((row) => ({ ...row, close: row.close + 0.01, volume: row.volume + 7 }))]
}

function fileOf(rows: readonly Record<string, unknown>[]): Uint8Array {
  const columnData = Object.keys(rows[0]!).map((name) => {
    const data = rows.map((row) => row[name])
    const [first] = data
    if (first instanceof Date) return { name, type: 'TIMESTAMP' as const, data }
    if (typeof first === 'string') return { name, type: 'STRING' as const, data }
    if (typeof first === 'boolean') return { name, type: 'BOOLEAN' as const, data }
    if (typeof first === 'bigint') return { name, type: 'INT64' as const, data }
    return { name, type: 'DOUBLE' as const, data }
  })
  return new Uint8Array(parquetWriteBuffer({ columnData }))
}

async function refusalOf(rows: readonly Record<string, unknown>[], settings: Partial<EnrichSettings> = {}) {
  try {
    await enrichBytes(fileOf(rows), settings)
  } catch (error) {
    if (error instanceof RefusedError) return error
    throw error
  }
  assert.fail('the file is enriched')
}

async function qualityOf(rows: readonly Record<string, unknown>[], settings: Partial<EnrichSettings> = {}) {
  return (await enrichBytes(fileOf(rows), settings)).quality
}

describe('a key that was not recognised', () => {
  const names = ['EURUSD', 'GBPUSD', 'USDJPY']
  const instruments = (name: string, values: readonly unknown[]) =>
    values.flatMap((value, i) => withColumn(bars(200, i + 1), name, () => value))

  const rarely = (name: string, [one, other]: readonly [unknown, unknown]) => [
    ...withColumn(bars(600, 1), name, () => one),
    ...withColumn(bars(140, 2, MINUTE, START + 400 * MINUTE), name, () => other),
  ]
  for (const [what, rows, name] of [
    ['is text, block after block', instruments('underlying', names), 'underlying'],
    ['is text, in turn', instruments('underlying', names).sort((a, b) => +a.datetime - +b.datetime), 'underlying'],
    ['is a small integer', instruments('publisher', [2n, 43n]), 'publisher'],
    ['counts from 0 to 2 in turn', instruments('id', [0n, 1n, 2n]).sort((a, b) => +a.datetime - +b.datetime), 'id'],
    ['counts up where instruments meet rarely', rarely('asset_id', [0n, 1n]), 'asset_id'],
    ['is a number of eight digits', rarely('conid', [11004968n, 51529211n]), 'conid'],
    ['is a day as a number', rarely('last_day', [20240315n, 20240621n]), 'last_day'],
    ['is a day at which contracts end', instruments('expiry', ['2024-03-15', '2024-06-21']), 'expiry'],
    ['is such a day under another name', instruments('ltd', ['2024-03-15', '2024-06-21']), 'ltd'],
    [
      'is such a day as a timestamp, where contracts meet rarely',
      rarely('exp', [new Date('2024-03-15'), new Date('2024-06-21')]),
      'exp',
    ],
    ['is a whole number that pandas made a double', instruments('instrument_no', [7, 19]), 'instrument_no'],
    ['is a flag', instruments('is_buy', [true, false]), 'is_buy'],
    ['is a flag where series meet rarely', rarely('is_buy', [true, false]), 'is_buy'],
    ['is a duration in nanoseconds', instruments('step', [1_800_000_000_000n, 3_600_000_000_000n]), 'step'],
    [
      'is the side of a quote, whose prices are near each other',
      bars(300, 1).flatMap((row) => [
        { ...row, quote: 'bid' },
        {
          ...row,
          open: row.open + 0.01,
          high: row.high + 0.01,
          low: row.low + 0.01,
          close: row.close + 0.01,
          quote: 'ask',
        },
      ]),
      'quote',
    ],
    [
      'is an interval of twice the length in a calm market',
      [
        ...withColumn(bars(1500, 1), 'len', () => '1m'),
        ...withColumn(
          bars(1500, 1)
            .filter((_, i) => i % 10 === 0)
            .map((row) => ({ ...row, close: row.close + 0.01 })),
          'len',
          () => '2m',
        ),
      ],
      'len',
    ],
    [
      'is an interval of bars that meet each hour only',
      [
        ...withColumn(bars(1500, 1), 'timeframe', () => '1m'),
        ...withColumn(bars(25, 2, 60 * MINUTE), 'timeframe', () => '1h'),
      ],
      'timeframe',
    ],
  ] as const) {
    it(what, async () => {
      const { code, message } = await refusalOf(rows)
      assert.equal(code, 'ambiguous-series', message)
      assert.match(message, new RegExp(`"${name}" .* such as ".+" and ".+" tells .*--symbol-column ${name} `))
      const named = await qualityOf(rows, { columns: { symbol: name } })
      assert.equal(named.duplicatesDropped, 0)
    })
  }

  it('is added to the ones that were', async () => {
    const rows = ['BTC', 'ETH'].flatMap((symbol, s) =>
      [1, 5].flatMap((minutes) =>
        withColumn(
          withColumn(bars(600 / minutes, 10 * s + minutes, minutes * MINUTE), 'symbol', () => symbol),
          'interval',
          () => `${minutes}m`,
        ),
      ),
    )
    const { code, message } = await refusalOf(rows)
    assert.equal(code, 'ambiguous-series', message)
    assert.match(message, /--symbol-column symbol --symbol-column interval \(.*\["symbol", "interval"\]\)/)
    const { series, duplicatesDropped } = await qualityOf(rows, { columns: { symbol: ['symbol', 'interval'] } })
    assert.deepEqual([series, duplicatesDropped], [4, 0])
  })

  it('may be two columns at once', async () => {
    const rows = ['A', 'B'].flatMap((desk, d) =>
      ['buy', 'sell'].flatMap((side, s) =>
        withColumn(
          withColumn(bars(100, 3 * d + s + 1), 'desk', () => desk),
          'side',
          () => side,
        ),
      ),
    )
    const { code, message } = await refusalOf(rows)
    assert.equal(code, 'ambiguous-series', message)
    assert.match(
      message,
      /"desk" .*"A" and "B" and "side" .*"buy" and "sell" tell .*--symbol-column desk --symbol-column side/,
    )
  })
})

it('a key of a few conflicts is named in the warning', async () => {
  const rows = [
    ...withColumn(bars(600, 1), 'timeframe', () => '1m'),
    ...withColumn(bars(10, 2, 60 * MINUTE), 'timeframe', () => '1h'),
  ]
  const { rowsWritten, warnings } = await qualityOf(rows)
  assert.equal(rowsWritten, 600)
  assert.match(
    warnings[0]!.message,
    /^10 of 610 .* "timeframe" .* "1m" and "1h" .*--symbol-column timeframe .*--keep last/,
  )
})

it('a key of four parts is named whole', async () => {
  const parts = ['call', 'put'].flatMap((kind) =>
    [100n, 105n].flatMap((strike) =>
      ['2024-03-15', '2024-06-21'].flatMap((exp) => ['A', 'B'].map((root) => ({ kind, strike, exp, root }))),
    ),
  )
  const rows = parts.flatMap((key, seed) => bars(60, seed + 1).map((row) => ({ ...row, ...key })))
  const { code, message } = await refusalOf(rows)
  assert.equal(code, 'ambiguous-series', message)
  for (const name of ['kind', 'strike', 'exp', 'root']) assert.match(message, new RegExp(`--symbol-column ${name} `))
})

describe('a time that was not recognised', () => {
  it('is another column without duplicates, where the one found by its name is that of the download', async () => {
    const rows = bars(300, 1).map(({ datetime, ...rest }, i) => ({
      begin: datetime,
      ...rest,
      timestamp: new Date(START + Math.floor(i / 100) * 5000),
    }))
    const { code, message } = await refusalOf(rows)
    assert.equal(code, 'ambiguous-time', message)
    assert.match(message, /no series has a time twice in "begin" .*--time-column begin /)
  })

  /** Steps of 1 to 119 s, as of bars that end after so many trades. */
  function irregular(count: number, seed: number): MarketRow[] {
    const next = random(seed + 100)
    let time = START
    return bars(count, seed).map((row) => {
      time += 1000 * Math.ceil(120 * next())
      return { ...row, datetime: new Date(time) }
    })
  }
  const day = (date: Date) => date.toISOString().slice(0, 10)
  const chosenFor: Record<string, (date: Date, i: number) => unknown> = {
    'a download': () => new Date(START + 90 * 86_400_000),
    'three downloads, one after the other': (_, i) => new Date(START + 86_400_000 + Math.floor(i / 200) * 3_600_000),
    'a download of each hour': (date) => new Date(Math.ceil(+date / 3_600_000) * 3_600_000 + 2000),
    'its day': (date) => day(date),
    'its hour': (date) => new Date(Math.floor(+date / 3_600_000) * 3_600_000),
    'its trading day, which begins in the afternoon': (date) => day(new Date(+date + 9 * 3_600_000)),
    'the next day': (date) => day(new Date(+date + 86_400_000)),
  }
  for (const [what, of] of Object.entries(chosenFor)) {
    for (const [steps, rows] of [
      ['regular', bars(600, 1)],
      ['irregular', irregular(600, 1)],
      ['irregular, newest first', irregular(600, 1).toReversed()],
      ['irregular, some rows twice', [...irregular(600, 1), ...irregular(600, 1).slice(500, 520)]],
      [
        'irregular, of two series',
        ['A', 'B'].flatMap((symbol, i) => withColumn(irregular(300, i), 'symbol', () => symbol)),
      ],
    ] as const) {
      it(`is found in ${steps} steps where the one found by its name is ${what}`, async () => {
        const written = rows.map(({ datetime, ...rest }, i) => ({
          timestamp: of(datetime as Date, i),
          begin: datetime,
          ...rest,
        }))
        const { code, message } = await refusalOf(written)
        assert.equal(code, 'ambiguous-time', message)
        assert.match(
          message,
          /twice in "begin" \(timestamp\[ms\]\), with values such as "2024-01-02T\d\d:\d\d:\d\d" and "2024-01-02T\d\d:\d\d:\d\d"; name it with --time-column begin /,
        )
      })
    }
  }

  it('is found where the chosen one is the minute of bars of 40 s, but not where it is that of a correction', async () => {
    const minute = (date: Date) => new Date(Math.floor(+date / MINUTE) * MINUTE)
    const rows = bars(600, 1, 40_000).map(({ datetime, ...rest }) => ({
      datetime: minute(datetime),
      begin: datetime,
      ...rest,
    }))
    assert.match((await refusalOf(rows)).message, /^200 of 600 rows .* twice in "begin" .*--time-column begin /)
    for (const every of [3, 10]) {
      const written = corrected(bars(600, 1), every).map((row, i) => ({
        ...row,
        begin: new Date(+row.datetime + (i < 600 ? 1000 : 31_000)),
      }))
      for (const inOrder of [written, written.toSorted((a, b) => +a.datetime - +b.datetime)]) {
        assert.equal((await qualityOf(inOrder, { conflictLimit: 1 })).rowsWritten, 600)
      }
    }
  })

  for (const count of quickOrThorough([1], [1, 2, 12])) {
    it(`is the one in UTC also where local time repeats ${count} hours only`, async () => {
      const from = Date.UTC(2024 - count, 0, 1)
      const hours = Math.round((Date.UTC(2024, 0, 1) - from) / 3_600_000)
      const isSummer = (date: Date) => {
        const change = (month: number) => {
          const last = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0, 1))
          return +last - last.getUTCDay() * 86_400_000
        }
        return +date >= change(2) && +date < change(9)
      }
      const rows = bars(hours, 1, 3_600_000, from).map(({ datetime, ...rest }) => ({
        open_utc: datetime,
        datetime: new Date(+datetime + (isSummer(datetime) ? 120 : 60) * MINUTE),
        ...rest,
      }))
      const { code, message } = await refusalOf(rows)
      assert.equal(code, 'ambiguous-time', message)
      assert.match(message, new RegExp(`^${count} of ${hours} rows .* twice in "open_utc" .* "20\\d\\d-01-01T`))
      // without it they are removed with a warning
      const { duplicatesDropped, warnings } = await qualityOf(rows.map(({ open_utc: _, ...rest }) => rest))
      assert.equal(duplicatesDropped, count)
      assert.match(warnings[0]!.message, /clocks show twice/)
    })
  }

  it('is the one in UTC, where an hour of local time comes twice', async () => {
    const rows = bars(3000, 1, MINUTE, Date.UTC(2024, 9, 26, 12)).map(({ datetime, ...rest }) => ({
      utc: datetime,
      datetime: new Date(+datetime + (+datetime < Date.UTC(2024, 9, 27, 1) ? 120 : 60) * MINUTE),
      ...rest,
    }))
    const { code, message } = await refusalOf(rows)
    assert.equal(code, 'ambiguous-time', message)
    assert.match(message, /--time-column utc /)
  })

  for (const [what, timeOf] of [
    ['text', (i: number) => `${String(9 + Math.floor(i / 60)).padStart(2, '0')}:${String(i % 60).padStart(2, '0')}`],
    ['HHMMSS', (i: number) => BigInt((9 + Math.floor(i / 60)) * 10_000 + (i % 60) * 100)],
    ['minutes of the day', (i: number) => BigInt(i)],
  ] as const) {
    it(`is in two columns, a day and ${what}`, async () => {
      const rows = bars(120, 1).map(({ datetime, ...rest }, i) => ({ date: '2024-01-02', time: timeOf(i), ...rest }))
      const { code, message } = await refusalOf(rows)
      assert.equal(code, 'ambiguous-time', message)
      assert.match(message, /--time-column date --time-column time /)
    })
  }
})

describe('a time of day beside a day', () => {
  const clock = (minute: number) => [Math.floor(minute / 60), minute % 60] as const
  const two = (n: number) => String(n).padStart(2, '0')
  const half = (minute: number) => (minute < 720 ? 'AM' : 'PM')
  const twelve = (minute: number) => `${clock(minute)[0] % 12 || 12}:${two(minute % 60)}`
  /** Minute bars of five sessions from 9:30 on. */
  const sessions = (of: Record<string, (minute: number) => unknown>, step = 1, minutes = 390) =>
    [0, 1, 2, 3, 4].flatMap((day) =>
      bars(minutes / step, day + 1).map(({ datetime: _, ...rest }, i) => ({
        date: `2024-01-0${1 + day}`,
        ...Object.fromEntries(Object.entries(of).map(([name, value]) => [name, value(570 + i * step)])),
        ...rest,
      })),
    )
  const numbers: Record<string, (minute: number) => unknown> = {
    HHMM: (minute) => BigInt(clock(minute)[0] * 100 + clock(minute)[1]),
    HHMMSS: (minute) => BigInt(clock(minute)[0] * 10_000 + clock(minute)[1] * 100),
    'HHMM as a double': (minute) => clock(minute)[0] * 100 + clock(minute)[1],
    HHMMSSmmm: (minute) => BigInt(clock(minute)[0] * 10_000_000 + clock(minute)[1] * 100_000),
    'HHMM as text': (minute) => two(clock(minute)[0]) + two(clock(minute)[1]),
    minutes: (minute) => BigInt(minute),
    seconds: (minute) => BigInt(minute * 60),
    milliseconds: (minute) => BigInt(minute * 60_000),
    'seconds as a double': (minute) => minute * 60,
    'text with AM and PM': (minute) => `${twelve(minute)} ${half(minute)}`,
  }
  const NAMES = ['tod', 'hm', 'bar']
  for (const [at, name] of NAMES.entries()) {
    // each form under one of the names
    const forms = Object.entries(numbers).filter((_, i) => quickOrThorough(i % NAMES.length === at, true))
    for (const [what, of] of forms) {
      for (const step of quickOrThorough([5], [1, 5, 30])) {
        it(`is found under the name ${name}: ${what}, every ${step} minutes`, async () => {
          const rows = sessions({ [name]: of }, step)
          const { code, message } = await refusalOf(rows)
          assert.equal(code, 'ambiguous-time', message)
          assert.match(message, new RegExp(`of day is in "${name}" .* --time-column date --time-column ${name} `))
          const { duplicatesDropped, lastTime } = await qualityOf(rows, { columns: { time: ['date', name] } })
          const last = clock(960 - step)
          assert.deepEqual([duplicatesDropped, lastTime], [0, `2024-01-05T${two(last[0])}:${two(last[1])}:00`])
        })
      }
    }
  }

  it('is shown as people write it', async () => {
    const folder = temporaryFolder()
    const [plain, typed] = [path.join(folder, 'plain.parquet'), path.join(folder, 'typed.parquet')]
    writeFileSync(plain, fileOf(sessions({ tod: (minute) => `${clock(minute)[0]}:${two(minute % 60)}` })))
    await duckDbRun(`COPY (SELECT * REPLACE (tod::TIME AS tod) FROM '${plain}') TO '${typed}' (FORMAT parquet)`)
    await assert.rejects(enrichBytes(readFileSync(typed)), {
      code: 'ambiguous-time',
      message: /"tod" \(time of day\), with values such as "09:30:00" and "09:31:00"; /,
    })
  })

  it('may be a length of time, which parquet knows as integers only', async () => {
    const file = new URL('../../golden/times/date32-and-duration-ns.parquet', import.meta.url)
    await assert.rejects(enrichBytes(readFileSync(file), { columns: { time: 'day' } }), {
      code: 'ambiguous-time',
      message: /"clock" \(duration\[ns\]\), with values such as "23:40:00" and .*--time-column day --time-column clock/,
    })
  })

  it('has AM and PM in a column of its own, which has to be written behind it', async () => {
    for (const minutes of [390, 780]) {
      const { code, message } = await refusalOf(sessions({ t: twelve, half }, 1, minutes))
      assert.equal(code, 'ambiguous-time', message)
      assert.match(message, /of day is in .*"half" .*write both as one timestamp column/)
      assert.match(message, /"t" /)
    }
    // whether times repeat without it or not
    for (const minutes of [390, 780]) {
      for (const time of [
        ['date', 't'],
        ['t', 'date'],
      ]) {
        const { code, message } = await refusalOf(sessions({ t: twelve, half }, 1, minutes), { columns: { time } })
        assert.equal(code, 'time', message)
        assert.match(
          message,
          /"t" \(text\) holds hours from 1 to 12, and "half" \(text\) holds AM and PM; write AM or PM/,
        )
      }
    }
    const time = ['date', 't']
    const plain = (minute: number) => `${clock(minute)[0]}:${two(minute % 60)}`
    for (const rows of [
      sessions({ t: plain, half }, 1, 390),
      sessions({ t: plain, half: () => 'AM' }, 1, 150),
      sessions({ t: plain, side: () => 'P' }, 1, 150),
    ]) {
      assert.equal((await qualityOf(rows, { columns: { time } })).duplicatesDropped, 0)
    }
  })

  const days = (ids: readonly bigint[]) =>
    ids.flatMap((id, seed) => bars(60, seed + 1, 86_400_000, Date.UTC(2024, 0, 2)).map((row) => ({ ...row, bar: id })))
  const upTo = (count: number, first: number) => Array.from({ length: count }, (_, i) => BigInt(first + i))
  for (const [what, ids] of [
    ['count from 1', upTo(50, 1)],
    ['count from 101', upTo(50, 101)],
    ['count from 570', upTo(9, 570)],
    ['count from 10001', upTo(50, 10_001)],
    ['are two', [930n, 1000n]],
    ['are of eight digits', [11004968n, 51529211n, 24010203n]],
    ['are hundreds', [600n, 601n, 602n, 603n, 700n, 701n]],
  ] as const) {
    it(`is not taken for that: numbers of instruments that ${what}`, async () => {
      const byDay = days(ids).toSorted((a, b) => +a.datetime - +b.datetime)
      for (const rows of [days(ids), byDay]) {
        const { code, message } = await refusalOf(rows)
        assert.equal(code, 'ambiguous-series', message)
        assert.match(message, /"bar" .*--symbol-column bar /)
      }
    })
  }
})

describe('a time that is in three columns', () => {
  it('a day, hours and minutes, is not taken for keys', async () => {
    const rows = bars(600, 1).map(({ datetime, ...rest }, i) => ({
      date: `2024-01-0${2 + Math.floor(i / 200)}`,
      hour: BigInt(9 + Math.floor((i % 200) / 60)),
      minute: BigInt((i % 200) % 60),
      ...rest,
    }))
    const { code, message } = await refusalOf(rows)
    assert.equal(code, 'ambiguous-time', message)
    assert.match(
      message,
      /time of day is in "(hour|minute)" .* and "(hour|minute)" .*write both as one timestamp column/,
    )
  })
})

describe('bars that were corrected', () => {
  it('are removed with a warning that says how to keep the last ones', async () => {
    const { rowsWritten, warnings } = await qualityOf(corrected(bars(500, 1), 10))
    assert.equal(rowsWritten, 500)
    assert.equal(warnings.length, 1)
    assert.equal(warnings[0]!.code, 'conflicting-duplicates')
    assert.match(warnings[0]!.message, /^50 of 550 rows .*--keep last/)
  })

  const isAgain = (i: number) => i >= 500
  for (const [name, of] of [
    ['revision', (i: number) => BigInt(isAgain(i))],
    ['rev', (i: number) => BigInt(1 + Number(isAgain(i)))],
    ['is_closed', (i: number) => BigInt(isAgain(i))],
    ['is_final', isAgain],
    ['final', (i: number) => (isAgain(i) ? 'Y' : 'N')],
    ['ingested_at', (i: number) => new Date(START + (isAgain(i) ? 86_400_000 : 0) + i * 977)],
    ['loaded', (i: number) => (isAgain(i) ? '2024-01-04' : '2024-01-03')],
    ['version', (i: number) => (isAgain(i) ? 'v2' : 'v1')],
    ['status', (i: number) => (isAgain(i) ? 'final' : 'prelim')],
    ['source', (i: number) => (isAgain(i) ? 'backfill' : 'live')],
    ['day_of_run', (i: number) => BigInt(isAgain(i) ? 20240109 : 20240103)],
    ['known_on', (i: number) => new Date(isAgain(i) ? '2024-01-09' : '2024-01-03')],
    ['x', isAgain],
    ['k', (i: number) => 1 + Number(isAgain(i))],
  ] as const) {
    it(`are no evidence where ${name} orders their versions, which the warning names`, async () => {
      const { rowsWritten, warnings } = await qualityOf(withColumn(corrected(bars(500, 1), 10), name, of))
      assert.equal(rowsWritten, 500)
      assert.match(warnings[0]!.message, new RegExp(`"${name}" .* order their versions.*; --keep last`))
    })
  }

  const unique: Record<string, (row: MarketRow, i: number) => Date> = {
    'one after the other, a millisecond each': (_, i) => new Date(START + 86_400_000 + i),
    'one after the other from before the bars': (_, i) => new Date(START + i),
    'one after the other in steps of a second': (_, i) => new Date(START + 86_400_000 + 1000 * i),
    'a day apart': (_, i) => new Date(START + 86_400_000 * Math.floor(i / 500) + 977 * i),
    'soon after the bars': ({ datetime }, i) => new Date(+datetime + 61_000 + i * 7 + ((i * i * 31) % 1000)),
  }
  for (const [what, of] of Object.entries(unique)) {
    const written = (rows: readonly MarketRow[]) => rows.map((row, i) => ({ ...row, received: of(row, i) }))
    it(`are no bars of the time at which they were written, though that is unique: ${what}`, async () => {
      const few = written(corrected(bars(500, 1), 10))
      const { rowsWritten } = await qualityOf(few)
      assert.equal(rowsWritten, 500)
      for (const rows of [
        few,
        written(corrected(bars(500, 1), 1)),
        written([0, 1, 2, 3].flatMap(() => corrected(bars(125, 1), 1))),
      ]) {
        for (const inOrder of [rows, rows.toSorted((a, b) => +a.datetime - +b.datetime)]) {
          assert.ok((await qualityOf(inOrder, { conflictLimit: 1 })).rowsWritten <= 500)
        }
      }
    })
  }

  it('in the hour that clocks show twice are said to be that', async () => {
    const local = bars(3000, 1, MINUTE, Date.UTC(2024, 9, 26, 12)).map((row) => {
      const offset = +row.datetime < Date.UTC(2024, 9, 27, 1) ? 120 : 60
      return { ...row, datetime: new Date(+row.datetime + offset * MINUTE) }
    })
    const { warnings } = await qualityOf(local)
    assert.match(warnings[0]!.message, /^60 of 3000 rows .* clocks show twice .* UTC/)
  })

  for (const name of ['trades', 'ntr']) {
    for (const type of [BigInt, Number]) {
      it(`are no evidence where a small ${type.name} called ${name} changes with each`, async () => {
        const next = random(9)
        const figures = bars(500, 1).map(() => 1 + Math.floor(next() * 3))
        const rows = corrected(
          bars(500, 1).map((row, i) => ({ ...row, [name]: type(figures[i]!) })),
          10,
        ).map((row, i) => (isAgain(i) ? { ...row, [name]: type(Number(row[name]) + 1) } : row))
        assert.equal((await qualityOf(rows)).rowsWritten, 500)
      })
    }
  }

  it('are no evidence where all prices are adjusted by a factor', async () => {
    const again = bars(500, 1).filter((_, i) => i % 10 === 0)
    const adjusted = again.map(({ open, high, low, close, ...row }) => {
      const [o, h, l, c] = [open, high, low, close].map((price) => price * 0.97)
      return { ...row, open: o!, high: h!, low: l!, close: c! }
    })
    const rows = withColumn([...bars(500, 1), ...adjusted], 'origin', (i) => (isAgain(i) ? 'second' : 'first'))
    const { rowsWritten, warnings } = await qualityOf(rows)
    assert.equal(rowsWritten, 500)
    assert.match(warnings[0]!.message, /"origin" .* order their versions/)
  })

  it('are no evidence where a figure changes with them', async () => {
    const next = random(9)
    const rows = withColumn(corrected(bars(500, 1), 10), 'trades', () => BigInt(Math.floor(next() * 40)))
    assert.equal((await qualityOf(rows)).rowsWritten, 500)
  })
})

it('a placeholder that stays instead of the bar is said to be one', async () => {
  const rows = bars(500, 1)
  const empty = rows.filter((_, i) => i % 50 === 0).map((row) => ({ ...row, open: 0, high: 0, low: 0, close: 0 }))
  const { warnings } = await qualityOf([...empty, ...rows])
  assert.match(warnings[0]!.message, /^10 of 510 .*most rows that stay have no price.*--keep last/)
  const after = await qualityOf([...rows, ...empty])
  assert.doesNotMatch(after.warnings[0]!.message, /no price/)
})

describe('conflicting duplicates', () => {
  const many = corrected(bars(300, 1), 2)

  it('beyond the limit refuse the file', async () => {
    const { code, message } = await refusalOf(many)
    assert.equal(code, 'conflicting-duplicates')
    assert.match(message, /^150 of 450 rows .*33 %; allowed are 25 % .*--keep last/)
    assert.equal((await qualityOf(many, { conflictLimit: 0.34 })).rowsWritten, 300)
  })

  it('are accepted with `drop`, without a warning', async () => {
    const { rowsWritten, duplicatesConflicting, warnings } = await qualityOf(many, { conflicts: 'drop' })
    assert.deepEqual([rowsWritten, duplicatesConflicting, warnings], [300, 150, []])
  })

  it('of one time say nothing about the others', async () => {
    const rows = bars(1000, 1)
    const frozen = rows.map((row, i) => (i < 100 ? row : { ...row, datetime: rows[50]!.datetime }))
    const { rowsWritten, warnings } = await qualityOf(frozen)
    assert.equal(rowsWritten, 100)
    assert.equal(warnings[0]!.code, 'conflicting-duplicates')
  })

  it('are refused like any warning with `strict`', async () => {
    const { code, message, warnings } = await refusalOf(corrected(bars(500, 1), 100), { strict: true })
    assert.equal(code, 'warnings')
    assert.match(message, /--strict/)
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['conflicting-duplicates'],
    )
  })
})
