import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { appendColumns } from '../../functions/append.ts'
import { isEnriched } from '../../functions/audit/indicator-columns.ts'
import { inspect } from '../../functions/audit/inspect.ts'
import { restore } from '../../functions/audit/restore.ts'
import { verify } from '../../functions/audit/verify.ts'
import { chartData } from '../../functions/chart/chart-data.ts'
import {
  enrichAndKeep,
  enrichBytes,
  gathered,
  memorySource,
  NEW_COLUMNS,
  readMetadata,
  readRows,
  SETTINGS,
  someBars,
} from '../parquet-files.ts'

/** Written by pandas 3.1 with pyarrow 25 (test/pandas/frames.py). */
const golden = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../golden/pandas/${name}.parquet`, import.meta.url)))
const yfinance = golden('yfinance')
const BEHIND = NEW_COLUMNS.map((name) => `('${name}', 'AAPL')`)
const BEFORE = NEW_COLUMNS.map((name) => `('AAPL', '${name}')`)
const NULLS_FIRST = { supertrends: [{ definition: 'tradingview', period: 5, multiplier: 2 }] } as const

interface Described {
  readonly name: string
  readonly field_name: string
  readonly numpy_type: string
}

async function keyValue(bytes: Uint8Array, key: string): Promise<string> {
  return (await readMetadata(bytes)).key_value_metadata?.find((pair) => pair.key === key)?.value ?? ''
}

async function topNames(bytes: Uint8Array): Promise<string[]> {
  return (await readMetadata(bytes)).schema.slice(1).map(({ name }) => name)
}

/** Bars with these names and this `pandas` metadata. */
function frame(names: readonly string[], pandas: string, count = 40): Uint8Array {
  const bars = someBars(count)
  const columnData = (['time', 'open', 'high', 'low', 'close'] as const).map((part, i) =>
    part === 'time'
      ? { name: names[i]!, type: 'TIMESTAMP' as const, data: bars.map(({ time }) => new Date(time)) }
      : { name: names[i]!, type: 'DOUBLE' as const, data: bars.map((bar) => bar[part]) },
  )
  return new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata: [{ key: 'pandas', value: pandas }] }))
}

describe('a frame whose index is a range', () => {
  /** Bars of which the last `duplicates` come twice, with this part of `index_columns`. */
  const rangeFrame = (note: string, duplicates: number) => {
    const bars = someBars(40)
    const all = [...bars, ...bars.slice(40 - duplicates)]
    const columnData = (['time', 'open', 'high', 'low', 'close'] as const).map((name) =>
      name === 'time'
        ? { name, type: 'TIMESTAMP' as const, data: all.map(({ time }) => new Date(time)) }
        : { name, type: 'DOUBLE' as const, data: all.map((bar) => bar[name]) },
    )
    const value = `{"index_columns": [${note}], "column_indexes": [], "columns": []}`
    return new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata: [{ key: 'pandas', value }] }))
  }
  const indexOf = async (bytes: Uint8Array) =>
    /"index_columns": \[(.*?)\], "column_indexes"/.exec(await keyValue(bytes, 'pandas'))?.[1]
  const range = (start: number, stop: number, step: number) =>
    `{"kind": "range", "name": "n", "start": ${start}, "stop": ${stop}, "step": ${step}}`

  for (const [start, step] of [
    [0, 1],
    [10, 2],
    [100, -1],
    [-5, -3],
  ] as const) {
    it(`has as many labels as rows are left, from ${start} in steps of ${step}`, async () => {
      const input = rangeFrame(range(start, start + 48 * step, step), 8)
      const { output } = await enrichBytes(input)
      assert.equal(await indexOf(output), range(start, start + 40 * step, step))
      const { dropped } = await enrichAndKeep(input)
      assert.equal(await indexOf(dropped), range(start, start + 8 * step, step))
    })
  }

  it('is left as it is where it fits, or says nothing that can be counted', async () => {
    const fits = range(0, 79, 2)
    for (const [note, duplicates] of [
      [fits, 0],
      ['{"kind": "range", "start": 0, "stop": 48, "step": 0}', 8],
      ['{"kind": "range", "start": 0.5, "stop": 48, "step": 1}', 8],
      ['{"kind": "range", "start": 0, "step": 1}', 8],
      ['{"kind": "range", "start": 0, "stop": null, "step": 1}', 8],
      ['{"kind": "range", "start": 18446744073709551615, "stop": 18446744073709551663, "step": 1}', 8],
      ['{"kind": "serialized", "start": 0, "stop": 48, "step": 1}', 8],
    ] as const) {
      const { output } = await enrichBytes(rangeFrame(note, duplicates))
      assert.equal(await indexOf(output), note)
    }
  })
})

describe('a frame whose columns have several levels', () => {
  it('gains columns beside the close: what is reported is what readers see', async () => {
    for (const [name, expected] of [
      ['yfinance', BEHIND],
      ['yfinance-ticker-first', BEFORE],
    ] as const) {
      const { output, newColumns } = await enrichBytes(golden(name))
      assert.deepEqual(newColumns, expected)
      assert.deepEqual((await topNames(output)).slice(-4), expected)
      assert.deepEqual(Object.keys((await readRows(output))[0]!).slice(-4), expected)
    }
  })

  it('is described to pandas in both places, integers with nulls as such', async () => {
    for (const [settings, expected] of [
      [{}, ['float32', 'float32', 'int8', 'int32']],
      [NULLS_FIRST, ['float32', 'float32', 'Int8', 'Int32']],
    ] as const) {
      const { output } = await enrichBytes(yfinance, settings)
      const pandas = await keyValue(output, 'pandas')
      const added = JSON.parse(pandas).columns.slice(-5, -1) as Described[]
      assert.deepEqual(
        added.map((column) => [column.name, column.field_name, column.numpy_type]),
        BEHIND.map((name, i) => [name, name, expected[i]]),
      )
      // pyarrow takes this copy
      assert.ok(Buffer.from(await keyValue(output, 'ARROW:schema'), 'base64').includes(pandas))
    }
  })

  it('gets tuples as the names of appended columns, which have their own names for other readers', async () => {
    const values = new Float64Array(64)
    const columns = ['middle', "('middle', 'AAPL')", "('a', 'b', 'c')"].map((name) => ({ name, values }))
    const output = await gathered((await appendColumns(yfinance, columns)).bytes())
    const added = JSON.parse(await keyValue(output, 'pandas')).columns.slice(-4, -1) as Described[]
    assert.deepEqual(
      added.map(({ name, field_name }) => [name, field_name]),
      [
        ["('middle', '')", 'middle'],
        ["('middle', 'AAPL')", "('middle', 'AAPL')"],
        [`("('a', 'b', 'c')", '')`, "('a', 'b', 'c')"],
      ],
    )
  })

  it('has its columns replaced when it is enriched again', async () => {
    const once = await enrichBytes(yfinance)
    const twice = await enrichBytes(once.output, NULLS_FIRST)
    assert.deepEqual(await topNames(twice.output), await topNames(once.output))
    const names = (JSON.parse(await keyValue(twice.output, 'pandas')).columns as Described[]).map(({ name }) => name)
    assert.deepEqual(names.toSorted(), [...(await topNames(twice.output))].sort())
  })

  it('loses columns with plain names, with which pandas could not open it', async () => {
    const plain = (await topNames(yfinance)).slice(0, 4)
    const levels = [{ name: 'Price' }, { name: 'Ticker' }]
    const described = (names: readonly string[]) =>
      JSON.stringify({ index_columns: [], column_indexes: levels, columns: names.map((name) => ({ name })) })
    const names = ["('Date', '')", ...plain]
    const bars = frame(names, described(names))
    const bar = await readRows(bars)
    // values are compared where a row is dropped
    const rows = [...bar, bar[0]!]
    const columnData = [...Object.keys(rows[0]!), ...NEW_COLUMNS].map((name) => ({
      name,
      type: name.includes('Date') ? ('TIMESTAMP' as const) : ('DOUBLE' as const),
      data: rows.map((row) => row[name] ?? 1),
    }))
    const kvMetadata = [{ key: 'pandas', value: described([...names, ...NEW_COLUMNS]) }]
    const input = new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata }))
    const { output, newColumns } = await enrichBytes(input)
    assert.deepEqual(await topNames(output), [...names, ...newColumns])
    assert.equal((JSON.parse(await keyValue(output, 'pandas')).columns as object[]).length, 9)
    assert.equal((await verified(input, output)).holds, true)
  })

  it('can be verified, inspected, restored and drawn', async () => {
    const { output } = await enrichBytes(yfinance)
    assert.deepEqual((await verified(yfinance, output)).problems, [])
    const restored = await restore(memorySource(output), undefined, SETTINGS.memoryBudgetBytes)
    assert.equal(restored.bytes, 'same')
    let length = 0
    for await (const piece of restored.pieces()) length += piece.length
    assert.equal(length, yfinance.length)
    const { problem, columns, note } = await inspect(memorySource(output), SETTINGS)
    assert.equal(problem, null)
    assert.equal(note?.rowsRead, 64)
    assert.deepEqual(
      columns.slice(-4).map(({ name }) => name),
      BEHIND,
    )
    assert.equal(await isEnriched(memorySource(output), SETTINGS.memoryBudgetBytes), true)
    const drawn = await chartData(memorySource(output), SETTINGS, { title: 'AAPL', points: 100 })
    assert.equal(drawn.series[0]!.levels[0]!.times.length, 64)
  })

  it('gets names with what Python escapes', async () => {
    const names = ['Date', ...['Open', 'High', 'Low', 'Close'].map((part) => `('${part}', "O'Neil \\\\")`)]
    const pandas = JSON.stringify({ index_columns: ['Date'], column_indexes: [{}, {}], columns: [] })
    const { newColumns } = await enrichBytes(frame(names, pandas))
    assert.equal(newColumns[0], `('supertrend_ub', "O'Neil \\\\")`)
  })

  it('keeps plain names where pandas has noted nothing of levels', async () => {
    const names = ['Date', ...['Open', 'High', 'Low', 'Close'].map((part) => `('${part}', 'AAPL')`)]
    for (const pandas of ['', '{}', '[1]', '{"column_indexes": [{}', '{"column_indexes": [{}]}']) {
      assert.deepEqual((await enrichBytes(frame(names, pandas))).newColumns, NEW_COLUMNS)
    }
  })
})

async function verified(original: Uint8Array, enriched: Uint8Array) {
  return verify(memorySource(original), memorySource(enriched), SETTINGS.memoryBudgetBytes, async (pieces) => {
    const parts: Uint8Array[] = []
    for await (const piece of pieces) parts.push(piece.slice())
    return { ...memorySource(new Uint8Array(Buffer.concat(parts))), close: async () => {} }
  })
}

describe("pandas' description of a frame", () => {
  const names = ['Date', 'open', 'high', 'low', 'close']
  const extended = async (pandas: string, columns: readonly string[] = names, settings = {}) =>
    keyValue((await enrichBytes(frame(columns, pandas), settings)).output, 'pandas')

  it('keeps every character that does not change: numbers as Python writes them, NaN, what is not known', async () => {
    const before = '{"index_columns": ["Date"], "x": [NaN, {"]": 1.0, "\\"}": 18446744073709551615}],\n "columns": ['
    const open = '{"name": "open", "numpy_type": "float64", "metadata": {"a": [1, "b"]}}'
    const date = '{"name": null, "field_name": "Date", "y": 1e400}'
    const after = '], "attributes": {"rate": 1.0, "none": -Infinity}, "caf\\u00e9": 1}'
    const text = await extended(`${before}${date}, ${open}${after}`)
    assert.ok(text.startsWith(`${before}${open}, {"name":"supertrend_ub",`), text)
    assert.ok(text.endsWith(`}, ${date}${after}`), text)
  })

  it('stays as it is where it is no such thing', async () => {
    const nested = '['.repeat(100_000)
    for (const pandas of ['null', '[]', '{"columns": 1}', '{"columns": [', 'x', `{"columns": ${nested}`]) {
      assert.equal(await extended(pandas), pandas)
    }
  })

  it('makes a level of numbers one of any values where the new names are none', async () => {
    const numbers = ['0', '1', '2', '3', '4']
    const level = '{"name": null, "pandas_type": "int64", "numpy_type": "int64", "metadata": null}'
    const described = numbers.map((name) => JSON.stringify({ name, field_name: name })).join()
    const columns = { time: '0', open: '1', high: '2', low: '3', close: '4' }
    const text = await extended(`{"column_indexes": [${level}], "columns": [${described}]}`, numbers, { columns })
    assert.ok(text.includes('{"name": null, "pandas_type": "mixed", "numpy_type": "object", "metadata": null}'), text)
  })

  it('leaves a level of numbers alone where the new names have such a number', async () => {
    const tuples = ['Open', 'High', 'Low', 'Close'].map((part) => `('${part}', '7')`)
    const levels = '[{"pandas_type": "unicode"}, {"pandas_type": "int64", "numpy_type": "int64"}]'
    const described = JSON.stringify(tuples.map((name) => ({ name })))
    const text = await extended(`{"column_indexes": ${levels}, "columns": ${described}}`, ['Date', ...tuples])
    assert.ok(text.includes(levels), text)
  })
})
