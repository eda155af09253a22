import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ColumnDescription } from '../../functions/market/column-values.ts'
import { chooseColumns } from '../../functions/market/columns.ts'
import { type ColumnChoices, columnNames, missingColumn, naming } from '../../functions/market/named-columns.ts'

const column = (name: string, more: Partial<ColumnDescription> = {}): ColumnDescription => ({
  name,
  physical: 'DOUBLE',
  width: 0,
  logical: { kind: 'none' },
  ...more,
})
const field = (name: string) => column(name, { isField: true })
const time = column('ts', { physical: 'INT64', logical: { kind: 'timestamp', unit: 'us', utc: false } })
const prices = ['open', 'high', 'low', 'close'].map((name) => column(name))

const refuses = (columns: readonly ColumnDescription[], pattern: RegExp, choices: ColumnChoices = {}) =>
  assert.throws(() => chooseColumns(columns, choices), { code: 'columns', message: pattern })

describe('columns of one name', () => {
  const columns = [time, ...prices, column('close')]

  it('are told apart by a number, in every part', () => {
    assert.equal(chooseColumns(columns, { close: 'close#1' }).close, 4)
    assert.equal(chooseColumns(columns, { close: 'close#2' }).close, 5)
    assert.equal(chooseColumns(columns, { close: 'close#2', open: 'close#1' }).open, 4)
    assert.deepEqual(chooseColumns(columns, { close: 'close#2', symbol: 'close#1' }).series, [4])
    const times = [time, time, ...prices]
    assert.equal(chooseColumns(times, { time: 'ts#2' }).time, 1)
    assert.deepEqual(chooseColumns([...columns, time], { close: 'close#1', time: 'ts#2' }).time, 6)
  })

  it('are refused with names that can be used', () => {
    refuses(columns, /2 columns could be the close: "close#1" \(double\), "close#2" \(double\); .*, such as "close#1"$/)
    refuses(
      columns,
      /--close-column \(in the function and the library: columns.close\): 2 columns are named "close"; name one of them, such as "close#1"; .*"close#1".*"close#2"/,
      { close: 'close' },
    )
    refuses(columns, /there is no column "close#3"/, { close: 'close#3' })
    refuses(columns, /there is no column "high#1"/, { close: 'high#1' })
  })

  it('of which another case is meant are called by their own names', () =>
    refuses([time, ...prices, column('Close')], /2 columns could be the close: "close" .*"Close" .* such as "close"$/))

  it('get numbers that no other column has for its name', () => {
    const names = ['close#2', 'close', 'x', 'close', 'close#2', 'close']
    assert.deepEqual(columnNames(names.map((name) => column(name))), [
      'close#2#1',
      'close#1',
      'x',
      'close#3',
      'close#2#2',
      'close#4',
    ])
    assert.equal(chooseColumns([...columns, column('close#2')], { close: 'close#2' }).close, 6)
    assert.equal(chooseColumns([...columns, column('close#2')], { close: 'close#3' }).close, 5)
  })

  it('do no harm where nothing is computed from them', () => {
    const { open, volume } = chooseColumns([time, ...prices, column('Open'), column('vol'), column('vol')], {})
    assert.deepEqual([open, volume], [undefined, undefined])
  })

  it('may be the first one of the file', () =>
    assert.equal(chooseColumns([column('close'), time, ...prices], { close: 'close#1' }).close, 0))
})

describe('messages about columns', () => {
  it('list 20 columns, and the number of the others', () => {
    const columns = (count: number) => Array.from({ length: count }, (_, i) => column(`c${i + 1}`))
    refuses(columns(20), /"c20" \(double\)(?! and)/)
    refuses(columns(21), /"c20" \(double\) and 1 more/)
  })

  it('name columns as each place writes them', () => {
    assert.equal(naming('symbol', ['a']), '--symbol-column a (in the function and the library: columns.symbol: "a")')
    assert.equal(
      naming('time', ['day', 'time of day']),
      '--time-column day --time-column "time of day" (in the function and the library: columns.time: ["day", "time of day"])',
    )
  })
})

describe('fields of structs', () => {
  const candle = ['open', 'high', 'low', 'close'].map((name) => field(`candle.${name}`))
  const named = { high: 'candle.high', low: 'candle.low', close: 'candle.close' }

  it('are used where they are named', () => {
    const { high, low, close, open } = chooseColumns([time, ...candle], named)
    assert.deepEqual([high, low, close, open], [2, 3, 4, undefined])
    assert.equal(chooseColumns([time, ...candle], { ...named, open: 'candle.open' }).open, 1)
  })

  it('are not looked for, and do not get into the way', () => {
    assert.equal(chooseColumns([...candle, time, ...prices], {}).close, 8)
    refuses([time, ...candle], /no high column: .*; name the column with --high-column .*, such as "candle\.high"$/)
    const clock = column('session.open', { physical: 'INT64', logical: { kind: 'other', name: 'time of day' } })
    const day = column('date', { physical: 'INT32', logical: { kind: 'date' } })
    assert.equal(chooseColumns([day, { ...clock, isField: true }, ...prices], {}).time, 0)
  })

  it('give way to a column at the top level that has a dot in its name', () => {
    const columns = [time, ...candle, column('candle.close')]
    assert.equal(chooseColumns(columns, named).close, 5)
    assert.equal(chooseColumns(columns, { ...named, close: 'candle.close#1' }).close, 4)
  })

  it('are refused with their numbers where two read the same', () => {
    const columns = [time, ...candle, field('candle.close')]
    refuses(columns, /2 columns are named "candle\.close"; name one of them, such as "candle\.close#1"/, named)
    assert.equal(chooseColumns(columns, { ...named, close: 'candle.close#2' }).close, 5)
  })

  it('have to be named, not their struct', () =>
    refuses(
      [time, ...candle],
      /--high-column .*: "candle" is a struct; name one of its fields; the file has .*candle\.high/,
      {
        high: 'candle',
      },
    ))
})

describe('a column that no column is', () => {
  const shown = (count: number) =>
    missingColumn(
      [],
      'close',
      Array.from({ length: count }, (_, i) => `n${i}`),
    ).message

  it('is asked for by up to eight of its names', () => {
    assert.match(shown(1), /^no close column: no column is called n0; the file has /)
    assert.match(shown(8), /no column is called n0, n1, n2, n3, n4, n5, n6, n7; /)
    assert.match(shown(9), /no column is called n0, n1, n2, n3, n4, n5, n6, n7 or has another usual name; /)
  })
})
