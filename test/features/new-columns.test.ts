import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { appendColumns } from '../../functions/append.ts'
import type { NewColumnWord } from '../../functions/enrich/chosen-columns.ts'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import { carriedStates, enrichParquet, RefusedError, supertrendFlips } from '../../functions/library.ts'
import { POSSIBLE_COLUMNS } from '../../functions/shared/names.ts'
import {
  type Bar,
  barsFile,
  duckDbRows,
  enrichAndKeep,
  enrichBytes,
  gathered,
  NEW_COLUMNS,
  type Row,
  random,
  readMetadata,
  readRows,
  runCli,
  runProgram,
  someBars,
  temporaryFolder,
} from '../parquet-files.ts'

const ALL: readonly NewColumnWord[] = ['ub', 'lb', 'orientation', 'segment', 'atr', 'flip']
const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)

function shuffledBars(bars: readonly Bar[]): Bar[] {
  const next = random(4)
  const ranks = new Map(bars.map((bar) => [bar, next()]))
  return bars.toSorted((a, b) => ranks.get(a)! - ranks.get(b)!)
}

const bars = someBars(600).map((bar, i) => (i % 97 === 5 ? { ...bar, close: null } : bar))
const twoSeries = bars.map((bar, i) => ({ ...bar, symbol: i % 3 === 0 ? 'A' : 'B' }))
const FILES: Record<string, Uint8Array> = {
  'one series': barsFile(bars, { rowGroupSize: 250 }),
  'two series': barsFile(twoSeries),
  'rows out of order': barsFile(shuffledBars(twoSeries)),
  duplicates: barsFile([...bars.slice(0, 400), ...bars.slice(350)]),
}

/** The average true range, by the formulas of the two packages, of the bars of one series that have a price. */
function averageRanges(rows: readonly Row[], definition: string, period: number): (number | null)[] {
  const ranges = rows.map((row, i) => {
    const [high, low] = [row.high as number, row.low as number]
    const before = i === 0 ? (row.close as number) : (rows[i - 1]!.close as number)
    if (i === 0 && definition === 'tradingview') return high - low
    return Math.max(high - low, Math.abs(high - before), Math.abs(low - before))
  })
  if (definition === 'stockstats') {
    return ranges.map((_, i) => {
      const weights = ranges.slice(0, i + 1).map((_, j) => (1 - 1 / period) ** (i - j))
      const sum = weights.reduce((total, weight) => total + weight)
      return weights.reduce((total, weight, j) => total + weight * ranges[j]!, 0) / sum
    })
  }
  let mean = ranges.slice(0, period).reduce((total, range) => total + range, 0) / period
  return ranges.map((range, i) => {
    if (i < period - 1) return null
    if (i >= period) mean = (mean * (period - 1) + range) / period
    return mean
  })
}

/** Rows of each series in time order. */
function seriesIn(rows: readonly Row[]): Row[][] {
  const symbols = new Set(rows.map(({ symbol }) => symbol))
  return Array.from(symbols, (symbol) =>
    rows.filter((row) => row.symbol === symbol).toSorted((a, b) => Number(a.datetime) - Number(b.datetime)),
  )
}

describe('the columns that are added', () => {
  for (const [name, input] of Object.entries(FILES)) {
    for (const definition of ['stockstats', 'tradingview'] as const) {
      it(`contain the average true range and the flips: ${name}, ${definition}`, async () => {
        const settings = { supertrends: [{ definition, period: 7, multiplier: 1.5 }], readBack: 1 }
        const plain = await readRows((await enrichBytes(input, settings)).output)
        const { output, newColumns } = await enrichBytes(input, { ...settings, newColumns: ALL, double: true })
        assert.deepEqual(newColumns, Object.values(POSSIBLE_COLUMNS))
        const rows = await readRows(output)
        assert.equal(rows.length, plain.length)
        for (const [i, row] of rows.entries()) {
          for (const column of ['supertrend_ub', 'supertrend_lb'] as const) {
            const value = row[column] as number | null
            assert.equal(value && Math.fround(value), plain[i]![column])
          }
          assert.equal(row.trend_orientation, plain[i]!.trend_orientation)
          assert.equal(row.st_trend_segment, plain[i]!.st_trend_segment)
        }
        let flips = 0
        for (const series of seriesIn(rows)) {
          const priced = series.filter(({ close }) => close !== null)
          for (const row of series)
            if (row.close === null) assert.deepEqual([row.supertrend_atr, row.supertrend_flip], [null, null])
          const ranges = averageRanges(priced, definition, 7)
          for (const [i, row] of priced.entries()) {
            const [range, found] = [ranges[i]!, row.supertrend_atr as number | null]
            if (range === null) assert.equal(found, null)
            else assert.ok(Math.abs(found! / range - 1) < 1e-12, `row ${i}: ${found}, not ${range}`)
            const before = priced[i - 1]?.trend_orientation
            const isFlip = row.trend_orientation === null ? null : before != null && before !== row.trend_orientation
            assert.equal(row.supertrend_flip, isFlip)
            if (isFlip) flips++
          }
        }
        assert.ok(flips > 5)
      })
    }
  }

  it('are the chosen ones, in one order, with a prefix, for each set', async () => {
    const supertrends = [
      { definition: 'stockstats', period: 10, multiplier: 1 },
      { definition: 'stockstats', period: 20, multiplier: 2.5 },
    ] as const
    const all = await readRows((await enrichBytes(FILES['one series']!, { supertrends })).output)
    const { output, newColumns } = await enrichBytes(FILES['one series']!, {
      ...{ supertrends, newColumns: ['segment', 'lb'], columnPrefix: 'my_', readBack: 1 },
    })
    assert.deepEqual(newColumns, [
      ...['my_supertrend_lb_10_1', 'my_st_trend_segment_10_1'],
      ...['my_supertrend_lb_20_2_5', 'my_st_trend_segment_20_2_5'],
    ])
    const rows = await readRows(output)
    assert.deepEqual(Object.keys(rows[0]!).slice(6), newColumns)
    for (const name of newColumns)
      assert.deepEqual(
        rows.map((row) => row[name]),
        all.map((row) => row[name.slice(3)]),
      )
  })

  it('state their types and bounds', async () => {
    const { output } = await enrichBytes(FILES['one series']!, { newColumns: ALL, double: true })
    const { schema, row_groups } = await readMetadata(output)
    const types = Object.fromEntries(schema.map(({ name, type }) => [name, type]))
    assert.deepEqual(
      Object.values(POSSIBLE_COLUMNS).map((name) => types[name]),
      ['DOUBLE', 'DOUBLE', 'INT32', 'INT32', 'DOUBLE', 'BOOLEAN'],
    )
    const rows = await readRows(output)
    for (const [group, { columns }] of row_groups.entries()) {
      for (const name of ['supertrend_ub', 'supertrend_atr', 'supertrend_flip']) {
        const values = rows.slice(250 * group, 250 * (group + 1)).flatMap((row) => (row[name] as number) ?? [])
        const { statistics } = columns.find(({ meta_data }) => meta_data!.path_in_schema[0] === name)!.meta_data!
        const sorted = values.toSorted((a, b) => Number(a) - Number(b))
        assert.deepEqual([statistics!.min_value, statistics!.max_value], [sorted[0], sorted.at(-1)])
      }
    }
  })

  it('give a warning of infinite bands only where bands are written, and say what they do not fit', async () => {
    const huge = (factor: number) =>
      barsFile(
        bars.map((bar) => ({
          ...bar,
          high: Number(bar.high) * factor,
          low: Number(bar.low) * factor,
          close: bar.close && bar.close * factor,
        })),
      )
    const bitsOf = async (factor: number, settings: Partial<EnrichSettings>) => {
      const { warnings } = (await enrichBytes(huge(factor), settings)).quality
      return warnings.filter(({ code }) => code === 'infinite-bands').map(({ message }) => /\d+-bit/.exec(message)?.[0])
    }
    assert.deepEqual(await bitsOf(1e38, {}), ['32-bit'])
    assert.deepEqual(await bitsOf(1e38, { double: true }), [])
    assert.deepEqual(await bitsOf(1e306, { double: true }), ['64-bit'])
    assert.deepEqual(await bitsOf(1e38, { newColumns: ['segment', 'flip'] }), [])
    assert.deepEqual(await bitsOf(1e38, { newColumns: ['lb'] }), ['32-bit'])
  })

  it('leave the bytes as they are by default', async () => {
    const input = FILES.duplicates!
    const { output } = await enrichBytes(input)
    const given = { newColumns: ALL.slice(0, 4), columnPrefix: '', double: false }
    assert.deepEqual(await gathered((await enrichParquet(input, { ...given, readBack: 0 })).bytes()), output)
    const prefixed = await enrichBytes(input, { columnPrefix: 'x_' })
    const names = (await readMetadata(prefixed.output)).schema.map(({ name }) => name).slice(-4)
    assert.deepEqual(
      names,
      NEW_COLUMNS.map((name) => `x_${name}`),
    )
  })

  it('keep columns of an earlier enrichment with another prefix', async () => {
    const first = await enrichBytes(FILES['one series']!)
    const { output, replacedColumns } = await enrichBytes(first.output, { columnPrefix: 'b_' })
    assert.deepEqual(replacedColumns, [])
    for (const row of await readRows(output)) assert.equal(row.b_supertrend_ub, row.supertrend_ub)
  })

  it('replace columns whose names differ in case only, which DuckDB and Athena would read instead', async () => {
    const before = FILES.duplicates!
    const columns = [{ name: 'Supertrend_UB', values: new Float64Array(650).fill(7) }]
    const input = await gathered((await appendColumns(before, columns)).bytes())
    const { output, dropped } = await enrichAndKeep(input)
    assert.deepEqual((await enrichBytes(input)).replacedColumns, ['Supertrend_UB'])
    assert.deepEqual(await readRows(output), await readRows((await enrichBytes(before)).output))
    writeFileSync(at('case.parquet'), output)
    const column = 'SELECT count(*) AS n FROM (DESCRIBE FROM'
    const [found] = await duckDbRows(`${column} '${at('case.parquet')}') WHERE column_name ILIKE 'supertrend_ub%'`)
    assert.deepEqual(found, { n: '1' })
    assert.ok((await readRows(dropped)).every((row) => row.Supertrend_UB === 7))
    for (const [name, bytes] of Object.entries({ input, output, dropped })) writeFileSync(at(`${name}.parquet`), bytes)
    const verified = await runProgram('verify', at('input.parquet'), at('output.parquet'))
    assert.equal(verified.code, 0, verified.stderr)
    const restored = ['restore', at('output.parquet'), at('whole.parquet'), '--dropped', at('dropped.parquet')]
    assert.equal((await runProgram(...restored)).code, 0)
    assert.deepEqual(await readRows(new Uint8Array(readFileSync(at('whole.parquet')))), await readRows(before))
  })

  it('mark a flip at the beginning of a file that continues another', async () => {
    const supertrends = [{ definition: 'stockstats', period: 7, multiplier: 1 }] as const
    const whole = await readRows((await enrichBytes(barsFile(someBars(400)), { supertrends, newColumns: ALL })).output)
    const border = whole.findIndex(({ supertrend_flip }, i) => i > 200 && supertrend_flip === true)
    const all = someBars(400)
    const first = await enrichParquet(barsFile(all.slice(0, border)), { supertrends, carry: true })
    const second = await enrichParquet(barsFile(all.slice(border)), {
      supertrends,
      after: first.state!,
      newColumns: ALL,
    })
    const rows = await readRows(await gathered(second.bytes()))
    assert.equal(rows[0]!.supertrend_flip, true)
    assert.deepEqual(
      rows.map((row) => [row.supertrend_atr, row.supertrend_flip]),
      whole.slice(border).map((row) => [row.supertrend_atr, row.supertrend_flip]),
    )
    assert.equal((await carriedStates(second.state!)).length, 1)
  })

  it('are refused when they are misspelt', async () => {
    const input = FILES['one series']!
    const wrong: [object, RegExp][] = [
      [
        { newColumns: ['ub', 'rsi'] },
        /^newColumns is "ub,rsi"; allowed are one or more of ub,lb,orientation,segment,atr,flip, each once$/,
      ],
      [{ newColumns: [] }, /^newColumns is ""/],
      [{ newColumns: ['ub', 'ub'] }, /each once/],
      [{ newColumns: 'ub' }, /^newColumns is "ub"; allowed is a list/],
      [{ columnPrefix: 'a.' }, /^columnPrefix is "a\."; allowed are up to 64 letters, digits and _/],
      [{ columnPrefix: '1a' }, /without a digit at the beginning/],
      [{ double: 1 }, /^double is 1; allowed is/],
    ]
    for (const [options, message] of wrong) {
      await assert.rejects(enrichParquet(input, options), (error: RefusedError) => {
        assert.equal(error.code, 'settings')
        assert.match(error.message, message)
        return error instanceof RefusedError
      })
    }
  })

  it('count for the memory that sorting needs', async () => {
    const input = barsFile(shuffledBars(someBars(100_000)))
    const needed = async (settings: object) => {
      const enriched = enrichBytes(input, { ...settings, memoryBudgetBytes: 2 ** 21 })
      const { message } = await enriched.then(
        () => assert.fail('it is not refused'),
        (error: RefusedError) => error,
      )
      return Number(/sorting 100000 of them needs (\d+) MiB/.exec(message)![1])
    }
    const more = (await needed({ newColumns: ALL, double: true })) - (await needed({}))
    // 4 bytes more of the line, 8 of the range, 1 of the flip
    assert.ok(Math.abs(more - (13 * 100_000) / 2 ** 20) <= 1, `${more}`)
  })
})

describe('the commands with chosen columns', () => {
  it('warn of columns that are replaced', async () => {
    writeFileSync(at('raw.parquet'), FILES['one series']!)
    const first = await runCli(at('raw.parquet'), at('once.parquet'), '--json')
    assert.equal(first.stderr, '')
    assert.equal(JSON.parse(first.stdout).replacedColumns, undefined)
    const { stdout, stderr } = await runCli(at('once.parquet'), at('twice.parquet'), '--json')
    assert.deepEqual(JSON.parse(stdout).replacedColumns, NEW_COLUMNS)
    assert.match(stderr, /^warning: .*: the new columns replace "supertrend_ub", .*--prefix NAME would keep both\n$/)
    assert.equal((await runCli(at('once.parquet'), at('both.parquet'), '--prefix', 'b_')).stderr, '')
  })

  it('state the sets and their columns', async () => {
    writeFileSync(at('in.parquet'), FILES['one series']!)
    const options = [
      '--columns',
      'flip,ub,atr',
      '--prefix',
      'd_',
      '--double',
      '--supertrend',
      '10,1',
      '--supertrend',
      '20,2',
    ]
    const { code, stdout } = await runCli(at('in.parquet'), at('out.parquet'), '--json', ...options)
    assert.equal(code, 0)
    assert.deepEqual(JSON.parse(stdout).supertrends, [
      {
        ...{ definition: 'stockstats', period: 10, multiplier: 1 },
        columns: ['d_supertrend_ub_10_1', 'd_supertrend_atr_10_1', 'd_supertrend_flip_10_1'],
      },
      {
        ...{ definition: 'stockstats', period: 20, multiplier: 2 },
        columns: ['d_supertrend_ub_20_2', 'd_supertrend_atr_20_2', 'd_supertrend_flip_20_2'],
      },
    ])
    const summary = await runCli(at('in.parquet'), at('other.parquet'), '--columns', 'segment')
    assert.match(summary.stdout, /^ {2}stockstats 14, 3: st_trend_segment$/m)
  })

  it('verify, inspect and restore the file', async () => {
    writeFileSync(at('doubled.parquet'), FILES.duplicates!)
    const options = ['--columns', 'atr,flip', '--prefix', 'd_', '--double', '--dropped', at('rows.parquet')]
    assert.equal((await runCli(at('doubled.parquet'), at('chosen.parquet'), ...options)).code, 0)
    const beside = ['--dropped', at('rows.parquet')]
    const verified = await runProgram('verify', at('doubled.parquet'), at('chosen.parquet'), '--json', ...beside)
    assert.equal(verified.code, 0, verified.stderr)
    const { columnsCompared, settings, bytes } = JSON.parse(verified.stdout)
    assert.equal(bytes, 'same')
    assert.deepEqual([settings.newColumns, settings.columnPrefix, settings.double], [['atr', 'flip'], 'd_', true])
    assert.ok(columnsCompared.length >= 6)
    const inspected = await runProgram('inspect', at('chosen.parquet'), '--json')
    assert.deepEqual(JSON.parse(inspected.stdout).note.settings.newColumns, ['atr', 'flip'])
    const restored = await runProgram('restore', at('chosen.parquet'), at('back.parquet'), ...beside)
    assert.equal(restored.code, 0, restored.stderr)
    assert.deepEqual(
      await readRows(new Uint8Array(readFileSync(at('back.parquet')))),
      await readRows(FILES.duplicates!),
    )
  })

  it('find a wrong value in a further column', async () => {
    const { output } = await enrichBytes(FILES['one series']!, {
      newColumns: ['atr'],
      double: true,
      codec: 'UNCOMPRESSED',
    })
    const broken = output.slice()
    const length = Buffer.from(broken).readUInt32LE(broken.length - 8)
    broken[broken.length - length - 20]! ^= 1
    writeFileSync(at('one.parquet'), FILES['one series']!)
    writeFileSync(at('broken.parquet'), broken)
    const { code } = await runProgram('verify', at('one.parquet'), at('broken.parquet'))
    assert.equal(code, 3)
  })

  it('list flips and draw charts of files with a prefix, and say which columns are missing', async () => {
    writeFileSync(at('in.parquet'), FILES['two series']!)
    await runCli(at('in.parquet'), at('plain.parquet'))
    await runCli(at('in.parquet'), at('prefixed.parquet'), '--prefix', 'd_', '--columns', ALL.join())
    const [plain, prefixed] = [
      await runProgram('flips', at('plain.parquet'), '--csv'),
      await runProgram('flips', at('prefixed.parquet'), '--csv'),
    ]
    assert.equal(prefixed.stdout, plain.stdout)
    assert.equal((await runProgram('chart', at('prefixed.parquet'), '--out', at('page.html'))).stderr, '')
    await runCli(at('in.parquet'), at('some.parquet'), '--columns', 'ub,lb,segment')
    for (const command of [
      ['flips', at('some.parquet')],
      ['chart', at('some.parquet'), '--out', at('page.html')],
    ]) {
      const { code, stderr } = await runProgram(...command)
      assert.equal(code, 2)
      assert.match(
        stderr,
        /^error: the file has no column "trend_orientation"; a list of flips and a chart need ub,lb,orientation,segment: .*without --columns/,
      )
    }
    await assert.rejects(supertrendFlips(readFileSync(at('some.parquet'))), { code: 'not-enriched' })
    // the file has all four columns, of which three are those of the enrichment before
    const again = ['--columns', 'lb', '--period', '30', '--multiplier', '1']
    await runCli(at('plain.parquet'), at('again.parquet'), ...again)
    await assert.rejects(supertrendFlips(readFileSync(at('again.parquet'))), {
      code: 'not-enriched',
      message: /^the last enrichment wrote no column "supertrend_ub"; /,
    })
  })

  it('list flips and draw charts of the last complete set, whatever a later call wrote beside it', async () => {
    writeFileSync(at('in.parquet'), FILES['two series']!)
    await runCli(at('in.parquet'), at('a.parquet'), '--prefix', 'a_', '--period', '7')
    await runCli(at('a.parquet'), at('b.parquet'), '--prefix', 'b_', '--columns', 'atr')
    const [a, b] = [await runProgram('flips', at('a.parquet')), await runProgram('flips', at('b.parquet'))]
    assert.equal(b.stderr, '')
    assert.equal(b.stdout, a.stdout)
    assert.equal((await runProgram('chart', at('b.parquet'), '--out', at('b.html'))).stderr, '')
    // the last enrichment had other parameters
    assert.match(readFileSync(at('b.html'), 'utf8'), /"supertrends":\["Supertrend"\]/)
    const sets = ['--supertrend', '10,1', '--supertrend', '20,2', '--columns', 'ub']
    await runCli(at('a.parquet'), at('c.parquet'), '--prefix', 'a_', ...sets)
    assert.equal((await runProgram('flips', at('c.parquet'))).stdout, a.stdout)
  })

  it('list flips and draw charts of the sets whose prefix is named', async () => {
    writeFileSync(at('in.parquet'), FILES['two series']!)
    await runCli(at('in.parquet'), at('none.parquet'), '--period', '5')
    await runCli(at('none.parquet'), at('fast.parquet'), '--prefix', 'fast_', '--period', '7', '--multiplier', '1')
    await runCli(at('fast.parquet'), at('slow.parquet'), '--prefix', 'slow_', '--period', '20', '--multiplier', '2')
    const flipsOfFile = async (name: string, ...options: string[]) => {
      const { code, stdout, stderr } = await runProgram('flips', at(`${name}.parquet`), '--csv', ...options)
      assert.deepEqual([code, stderr], [0, ''])
      return stdout
    }
    const [none, fast, slow] = await Promise.all(['none', 'fast', 'slow'].map((name) => flipsOfFile(name)))
    assert.equal(new Set([none, fast, slow]).size, 3)
    for (const [prefix, expected] of [
      ['', none],
      ['fast_', fast],
      ['slow_', slow],
    ] as const) {
      assert.equal(await flipsOfFile('slow', '--prefix', prefix), expected, prefix)
    }
    const pages = await Promise.all(
      ['', 'fast_', 'slow_'].map(async (prefix, i) => {
        const page = at(`prefix-${i}.html`)
        assert.equal((await runProgram('chart', at('slow.parquet'), '--prefix', prefix, '--out', page)).stderr, '')
        return readFileSync(page, 'utf8')
      }),
    )
    assert.equal(new Set(pages).size, 3)
    for (const command of [['flips'], ['chart', '--out', at('wrong.html')]]) {
      const { code, stderr } = await runProgram(...command, at('slow.parquet'), '--prefix', 'medium_')
      assert.equal(code, 2)
      assert.equal(
        stderr,
        'error: --prefix: no set of columns begins with "medium_"; the file has sets with "slow_", "fast_", "" (none)\n',
      )
    }
    assert.equal((await runProgram('flips', at('in.parquet'), '--prefix', 'x_')).code, 0)
  })
})
