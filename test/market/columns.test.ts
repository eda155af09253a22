import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ColumnDescription } from '../../functions/market/column-values.ts'
import { chooseColumns } from '../../functions/market/columns.ts'
import type { ColumnChoices } from '../../functions/market/named-columns.ts'

const double = (name: string): ColumnDescription => ({ name, physical: 'DOUBLE', width: 0, logical: { kind: 'none' } })
const timestamp = (name: string): ColumnDescription => ({
  name,
  physical: 'INT64',
  width: 0,
  logical: { kind: 'timestamp', unit: 'us', utc: false },
})
const text = (name: string): ColumnDescription => ({
  name,
  physical: 'BYTE_ARRAY',
  width: 0,
  logical: { kind: 'string' },
})
const flag: ColumnDescription = { name: 'flag', physical: 'BOOLEAN', width: 0, logical: { kind: 'none' } }
const prices = ['open', 'high', 'low', 'close'].map(double)

function roles(columns: readonly ColumnDescription[], choices: ColumnChoices = {}) {
  const { series, timeIsIndex: _, ...single } = chooseColumns(columns, choices)
  const named = Object.entries(single).map(([role, index]) => [
    role,
    index === undefined ? undefined : columns[index]!.name,
  ])
  return { ...Object.fromEntries(named), series: series.map((index) => columns[index]!.name) }
}

describe('market columns are found by name', () => {
  for (const names of [
    ['open', 'high', 'low', 'close', 'volume'],
    ['o', 'h', 'l', 'c', 'v'],
    ['open_', 'high_', 'low_', 'close_', 'volume_'],
    ['Open', 'High', 'Low', 'Close', 'Volume'],
    ['OPEN', 'HIGH', 'LOW', 'CLOSE', 'VOLUME'],
    ['<OPEN>', '<HIGH>', '<LOW>', '<CLOSE>', '<TICKVOL>'],
    ['1. open', '2. high', '3. low', '4. close', '5. volume'],
    ['Open Price', 'High Price', 'Low-Price', 'close_price', 'Total Volume'],
    ['px_open', 'px_high', 'px_low', 'px_close', 'tick_volume'],
    ['opn', 'hi', 'lo', 'cls', 'vol'],
    ["('Open', 'AAPL')", "('High', 'AAPL')", "('Low', 'AAPL')", "('Close', 'AAPL')", "('Volume', 'AAPL')"],
  ]) {
    it(names.join(' '), () => {
      const [open, high, low, close, volume] = names
      const found = roles([timestamp('ts'), ...names.map(double)])
      assert.deepEqual(found, {
        time: 'ts',
        timeOfDay: undefined,
        suspectedTime: undefined,
        open,
        high,
        low,
        close,
        volume,
        series: [],
      })
    })
  }

  for (const name of ['Gmt time', 'Date Time', 'unix', 'Unix Timestamp', 'epoch', 'day', 'Trading Day', 'bar_time']) {
    it(`the time ${name}`, () => assert.equal(roles([timestamp(name), ...prices]).time, name))
  }

  for (const name of ['Stock Code', 'inst_id', 'instrument-name', 'SECID']) {
    it(`the symbol ${name}`, () => assert.deepEqual(roles([timestamp('ts'), text(name), ...prices]).series, [name]))
  }

  it('the usual names come before longer ones', () => {
    const both = [...prices, ...['open_price', 'high_price', 'low_price', 'close_price'].map(double)]
    const { open, high, low, close } = roles([timestamp('ts'), ...both.toReversed()])
    assert.deepEqual([open, high, low, close], ['open', 'high', 'low', 'close'])
  })

  it('the time is the first of the known names that the file has, not the first column', () => {
    assert.equal(roles([timestamp('ts_event'), timestamp('date'), timestamp('Datetime'), ...prices]).time, 'Datetime')
    assert.equal(roles([timestamp('__index_level_0__'), ...prices]).time, '__index_level_0__')
    assert.equal(roles([timestamp("('Date', '')"), ...prices]).time, "('Date', '')")
  })

  describe('an index of several levels, of which some have no name', () => {
    const level = (n: number) => `__index_level_${n}__`

    it('has the time in the level that holds points in time', () => {
      for (const index of [
        [text(level(0)), timestamp(level(1))],
        [timestamp(level(0)), text(level(1))],
        [timestamp(level(1))],
        [text('symbol'), timestamp(level(1))],
        [text(level(0)), text(level(1)), timestamp(level(2))],
        [text('level_0'), timestamp('level_1')],
      ]) {
        const time = index.find(({ logical }) => logical.kind === 'timestamp')!.name
        for (const columns of [
          [...index, ...prices],
          [...prices, ...index],
        ]) {
          assert.equal(roles(columns).time, time)
          assert.equal(chooseColumns(columns, {}).timeIsIndex, true)
        }
      }
      const days = { ...timestamp(level(1)), physical: 'INT32', logical: { kind: 'date' } } as const
      const weeks = { ...timestamp(level(1)), logical: { kind: 'period', frequency: 'W' } } as const
      const old: ColumnDescription = { ...timestamp(level(1)), physical: 'INT96', logical: { kind: 'none' } }
      for (const time of [days, weeks, old]) assert.equal(roles([text(level(0)), time, ...prices]).time, level(1))
    })

    it('is the time after the columns that have a name for it', () => {
      assert.equal(roles([text(level(0)), timestamp(level(1)), timestamp('date'), ...prices]).time, 'date')
    })

    it('has it in the first one, if none does', () => {
      assert.equal(roles([text(level(0)), text(level(1)), ...prices]).time, level(0))
    })

    it('is asked about when several do', () => {
      assert.throws(() => chooseColumns([timestamp(level(0)), text('x'), timestamp(level(1)), ...prices], {}), {
        code: 'columns',
        message: /2 columns could be the time: "__index_level_0__" .*, "__index_level_1__" .*--time-column/,
      })
    })
  })

  describe('names of several levels, as pandas writes them', () => {
    const frame = (tuples: readonly string[]) => [timestamp('Date'), ...tuples.map(double)]
    const found = (tuples: readonly string[]) => {
      const { open, high, low, close, volume, series } = roles(frame(tuples))
      return [open, high, low, close, volume, series]
    }
    const parts = ['Open', 'High', 'Low', 'Close', 'Volume']

    for (const ticker of ['LOW', 'OPEN', 'SYM', 'COIN', 'C', 'TS', 'V', "O'NEIL", '']) {
      const quoted = ticker.includes("'") ? `"${ticker}"` : `'${ticker}'`
      it(`the ticker ${ticker || 'left empty'} is taken for no part, before or behind the price`, () => {
        const behind = parts.map((part) => `('${part}', ${quoted})`)
        assert.deepEqual(found(behind), [...behind, []])
        const before = parts.map((part) => `(${quoted}, '${part}')`)
        assert.deepEqual(found(before), [...before, []])
      })
    }

    it('three levels, the price on any', () => {
      for (const name of [
        (part: string) => `('${part}', 'AAPL', 'NYSE')`,
        (part: string) => `('AAPL', '${part}', 'usd')`,
        (part: string) => `('NYSE', 'AAPL', '${part}')`,
      ]) {
        const names = parts.map(name)
        assert.deepEqual(found(names), [...names, []])
      }
    })

    it('a time that was the index has a name on the first level only', () => {
      const before = ["('Date', '')", ...parts.map((part) => `('AAPL', '${part}')`)]
      assert.equal(roles([timestamp(before[0]!), ...before.slice(1).map(double)]).time, "('Date', '')")
    })

    it('a name that only looks like several levels is one name', () => {
      assert.equal(roles([timestamp('ts'), ...prices, double('(close)'), double("('close', x)")]).close, 'close')
    })
  })

  it('the price is the column of that name, not an adjusted one', () => {
    assert.equal(roles([timestamp('ts'), double('Adj Close'), ...prices]).close, 'close')
  })

  it('open and volume may be missing', () => {
    const found = roles([timestamp('ts'), ...prices.slice(1)])
    assert.equal(found.open, undefined)
    assert.equal(found.volume, undefined)
  })

  it('a venue counts only together with a symbol', () => {
    assert.deepEqual(roles([timestamp('ts'), ...prices, text('exchange')]).series, [])
    assert.deepEqual(roles([timestamp('ts'), ...prices, text('Ticker')]).series, ['Ticker'])
    assert.deepEqual(roles([timestamp('ts'), ...prices, text('venue'), text('coin')]).series, ['coin', 'venue'])
  })

  it('a column named explicitly is exactly that one', () => {
    const columns = [timestamp('ts'), timestamp('date'), ...prices, double('last'), text('symbol'), text('exchange')]
    assert.deepEqual(roles(columns, { symbol: 'exchange' }).series, ['exchange'])
    assert.deepEqual(roles(columns, { symbol: 'symbol' }).series, ['symbol'])
    assert.deepEqual(roles(columns, { symbol: 'none' }).series, [])
    assert.equal(roles(columns, { time: 'ts', close: 'last' }).close, 'last')
    assert.equal(roles(columns, { time: 'ts' }).time, 'ts')
  })

  it('of two time columns the day is the time, where the types say which it is', () => {
    const clock: ColumnDescription = {
      name: 'clock',
      physical: 'INT32',
      width: 0,
      logical: { kind: 'time', unit: 'ms' },
    }
    const columns = [timestamp('ts'), text('a'), text('b'), clock, ...prices]
    for (const [time, day, timeOfDay] of [
      [['ts', 'clock'], 'ts', 'clock'],
      [['clock', 'ts'], 'ts', 'clock'],
      [['a', 'ts'], 'ts', 'a'],
      [['clock', 'a'], 'a', 'clock'],
      [['b', 'a'], 'b', 'a'],
    ] as const) {
      const found = roles(columns, { time })
      assert.deepEqual([found.time, found.timeOfDay], [day, timeOfDay])
    }
  })
})

describe('columns that cannot be chosen are refused', () => {
  const refuses = (columns: readonly ColumnDescription[], pattern: RegExp, choices: ColumnChoices = {}) =>
    assert.throws(() => chooseColumns(columns, choices), { code: 'columns', message: pattern })

  it('two tickers side by side', () => {
    const tickers = ['AAPL', 'MSFT'].flatMap((ticker) =>
      ['Open', 'High', 'Low', 'Close'].map((p) => double(`('${p}', '${ticker}')`)),
    )
    refuses([timestamp('Date'), ...tickers], /2 columns could be the high: .*AAPL.*MSFT.*; name one with --high-column/)
  })
  it('two tickers side by side, the ticker first', () => {
    const tickers = ['AAPL', 'MSFT'].flatMap((ticker) =>
      ['Open', 'High', 'Low', 'Close'].map((p) => double(`('${ticker}', '${p}')`)),
    )
    refuses([timestamp('Date'), ...tickers], /2 columns could be the high: .*AAPL.*MSFT.*; name one with --high-column/)
  })
  it('bid and ask only', () => {
    refuses(
      [timestamp('ts'), double('bid'), double('ask')],
      /no high column: .* the file has "ts" \(timestamp\[us\]\), "bid" \(double\), "ask" \(double\)/,
    )
  })
  it('names that differ in case only', () =>
    refuses([timestamp('ts'), ...prices, double('Close')], /2 columns could be the close/))
  it('no time', () => refuses(prices, /no time column: no column is called datetime, timestamp/))
  it('a time that is no time', () =>
    refuses(
      [{ name: 'timestamp', physical: 'BOOLEAN', width: 0, logical: { kind: 'none' } }, ...prices],
      /"timestamp" \(boolean\) does not hold points in time/,
    ))
  it('prices that are text', () =>
    refuses([timestamp('ts'), ...prices.slice(0, 3), text('close')], /"close" \(text\) is not numeric/))
  it('a named column that is not there', () =>
    refuses([timestamp('ts'), ...prices], /--symbol-column .*: there is no column "coin"/, { symbol: 'coin' }))
  it('a named column that is there twice', () =>
    refuses([timestamp('ts'), double('x'), double('x'), ...prices], /--close-column .*: 2 columns are named "x"/, {
      close: 'x',
    }))
  it('a day and a time of day in two columns', () => {
    const day: ColumnDescription = { name: 'date', physical: 'INT32', width: 0, logical: { kind: 'date' } }
    const clock: ColumnDescription = {
      name: 'time',
      physical: 'INT64',
      width: 0,
      logical: { kind: 'time', unit: 'us' },
    }
    refuses(
      [day, clock, ...prices],
      /the time is in two columns, .*; name both: --time-column "date" --time-column "time"/,
    )
    assert.equal(roles([day, clock, ...prices], { time: 'date' }).time, 'date')
    refuses([day, clock, ...prices], /"time" \(time of day\) has no day; .*--time-column DAY/, {
      time: 'time',
    })
  })
  it('two time columns that cannot be a day and a time of day', () => {
    refuses([timestamp('ts'), flag, ...prices], /"flag" \(boolean\) holds neither days nor times of day/, {
      time: ['ts', 'flag'],
    })
    assert.throws(() => chooseColumns([timestamp('ts'), text('a'), text('b')], { time: ['ts', 'a', 'b'] }), {
      code: 'settings',
      message: /--time-column names 3 columns, "ts", "a", "b"/,
    })
  })
  it('names the one that holds neither, also when it comes first', () => {
    refuses([flag, timestamp('ts'), ...prices], /"flag" \(boolean\) holds neither days nor times of day/, {
      time: ['flag', 'ts'],
    })
  })
  it('says which column may hold the time within the day, unless the time was named', () => {
    const day: ColumnDescription = { name: 'date', physical: 'INT32', width: 0, logical: { kind: 'date' } }
    for (const columns of [
      [day, timestamp('ts'), ...prices],
      [timestamp('ts'), day, ...prices],
    ]) {
      const time = columns.indexOf(day)
      const found = chooseColumns(columns, {})
      assert.deepEqual([found.time, found.suspectedTime], [time, 1 - time])
      assert.equal(chooseColumns(columns, { time: 'date' }).suspectedTime, undefined)
    }
  })
  it('an open price that holds no numbers is left out, unless it was named', () => {
    const columns = [timestamp('ts'), text('open'), ...prices.slice(1)]
    assert.equal(roles(columns).open, undefined)
    refuses(columns, /the open column "open" .* is not numeric/, { open: 'open' })
  })
  it('says whether the time is the index of a frame, unless it was named', () => {
    const index = timestamp('__index_level_0__')
    assert.equal(chooseColumns([index, ...prices], {}).timeIsIndex, true)
    assert.equal(chooseColumns([index, ...prices], { time: '__index_level_0__' }).timeIsIndex, false)
    assert.equal(chooseColumns([index, timestamp('ts'), ...prices], {}).timeIsIndex, false)
  })
  it('with names from the file escaped and bounded', () => {
    const evil = `\u001b[31m${'x'.repeat(500)}\n`
    assert.throws(
      () => chooseColumns([timestamp('ts'), double(evil)], {}),
      ({ message }: Error) => message.length < 600 && !message.includes('\n') && !message.includes('\u001b'),
    )
  })
})
