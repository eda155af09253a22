import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { newColumnNames } from '../../functions/enrich/new-columns.ts'
import { CODEC_CHOICES } from '../../functions/enrich/settings.ts'
import type { SupertrendParameters } from '../../functions/market/supertrend.ts'
import {
  type Bar,
  barsFile,
  duckDbRows,
  enrichBytes,
  NEW_COLUMNS,
  type Row,
  random,
  readMetadata,
  readRows,
  runCli,
  someBars,
  temporaryFolder,
} from '../parquet-files.ts'
import { referenceRows } from '../reference.ts'

const stockstats = (period: number, multiplier: number): SupertrendParameters => ({
  definition: 'stockstats',
  period,
  multiplier,
})
const THREE = [stockstats(10, 1), stockstats(11, 2), stockstats(12, 3.5)]
const SUFFIXES = ['10_1', '11_2', '12_3_5']
const MIXED = [stockstats(10, 1), { ...stockstats(10, 1), definition: 'tradingview' as const }, stockstats(20, 0.5)]

function shuffled(bars: readonly Bar[]): Bar[] {
  const next = random(9)
  return bars
    .map((bar) => ({ bar, rank: next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ bar }) => bar)
}

const bars = someBars(1000)
const files: Record<string, Uint8Array> = {
  'in order': barsFile(bars, { rowGroupSize: 300 }),
  'in order with duplicates': barsFile([...bars.slice(0, 700), ...bars.slice(650)], { rowGroupSize: 300 }),
  shuffled: barsFile(shuffled(bars)),
  'shuffled with duplicates': barsFile(shuffled([...bars, ...bars.slice(0, 100)])),
  'of pyarrow': new Uint8Array(
    readFileSync(new URL('../golden/writers/pyarrow-snappy-pages-v2.parquet', import.meta.url)),
  ),
}

/** What the files are: streamed or sorted, appended or compacted. */
const LAYOUTS: Record<string, 'appended' | 'compacted'> = {
  'in order': 'appended',
  'in order with duplicates': 'compacted',
  shuffled: 'appended',
  'shuffled with duplicates': 'compacted',
}

const columnsOf = (rows: readonly Row[], names: readonly string[]) => names.map((name) => rows.map((row) => row[name]))

/** Pages and statistics of the columns, by row group. */
async function chunksOf(output: Uint8Array, names: readonly string[]) {
  const { row_groups } = await readMetadata(output)
  return row_groups.map(({ columns }) =>
    names.map((name) => {
      const meta = columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name)?.meta_data
      assert.ok(meta, name)
      const from = Number(meta.dictionary_page_offset ?? meta.data_page_offset)
      return { pages: output.slice(from, from + Number(meta.total_compressed_size)), statistics: meta.statistics }
    }),
  )
}

describe('several parameter sets at once', () => {
  for (const [name, file] of Object.entries(files)) {
    it(`give the values that each gives alone, for a file ${name}`, async () => {
      const together = await enrichBytes(file, { supertrends: THREE })
      const rows = await readRows(together.output)
      for (const [i, set] of THREE.entries()) {
        const alone = await enrichBytes(file, { supertrends: [set] })
        const names = NEW_COLUMNS.map((column) => `${column}_${SUFFIXES[i]}`)
        assert.deepEqual(columnsOf(rows, names), columnsOf(await readRows(alone.output), NEW_COLUMNS))
        assert.equal(alone.layout, together.layout)
      }
    })
  }

  for (const [name, layout] of Object.entries(LAYOUTS)) {
    it(`have the same pages as alone, and read the same in DuckDB, for a file ${name}`, async () => {
      const folder = temporaryFolder()
      const together = await enrichBytes(files[name]!, { supertrends: MIXED })
      assert.equal(together.layout, layout)
      writeFileSync(path.join(folder, 'together.parquet'), together.output)
      for (const [i, set] of MIXED.entries()) {
        const alone = await enrichBytes(files[name]!, { supertrends: [set] })
        const names = Object.values(newColumnNames(MIXED)[i]!)
        assert.deepEqual(await chunksOf(together.output, names), await chunksOf(alone.output, NEW_COLUMNS))
        writeFileSync(path.join(folder, 'alone.parquet'), alone.output)
        const renamed = names.map((name, column) => `${name} AS ${NEW_COLUMNS[column]}`)
        assert.deepEqual(
          await duckDbRows(`SELECT ${renamed} FROM '${folder}/together.parquet'`),
          await duckDbRows(`SELECT ${NEW_COLUMNS} FROM '${folder}/alone.parquet'`),
        )
      }
    })
  }

  it('do not depend on where pieces end, nor do their statistics', async () => {
    const many = someBars(40_000)
    const file = barsFile(many, { rowGroupSize: 40_000, pageSize: 80_000 })
    const together = await enrichBytes(file, { supertrends: THREE })
    const rows = await readRows(together.output)
    const inSmallGroups = await enrichBytes(barsFile(many, { rowGroupSize: 10_000 }), { supertrends: THREE })
    const expected = await readRows(inSmallGroups.output)
    for (const name of together.newColumns) {
      const values = rows.map((row) => row[name])
      assert.ok(values.every((value, row) => value === expected[row]![name]))
      const numbers = values.filter((value) => value !== null && value !== undefined).map(Number)
      const [[{ statistics } = {}] = []] = await chunksOf(together.output, [name])
      const [min, max] = numbers.reduce(([a, b], v) => [Math.min(a!, v), Math.max(b!, v)], [Infinity, -Infinity])
      assert.deepEqual([statistics?.min_value, statistics?.max_value], [min, max])
      assert.equal(Number(statistics?.null_count), many.length - numbers.length)
    }
  })

  it('give the values of the reference, and leave the original columns, for a file of pyarrow', async () => {
    const file = files['of pyarrow']!
    const input = await readRows(file)
    const rows = await readRows((await enrichBytes(file, { supertrends: MIXED })).output)
    const reference = input.map((row) => ({
      time: (row.datetime as Date).getTime(),
      series: row.symbol,
      high: row.high as number | null,
      low: row.low as number | null,
      close: row.close as number | null,
    }))
    for (const [i, set] of MIXED.entries()) {
      const names = Object.values(newColumnNames(MIXED)[i]!)
      const expected = referenceRows(reference, set)
      assert.deepEqual(
        rows.map((row) => names.map((name) => row[name] ?? null)),
        expected.map(({ upper, lower, orientation, segment }) => [upper, lower, orientation, segment]),
      )
      const originals = Object.keys(input[0]!)
      assert.deepEqual(
        columnsOf(rows, originals),
        columnsOf(
          expected.map(({ row }) => input[row]!),
          originals,
        ),
      )
    }
  })

  for (const codec of CODEC_CHOICES) {
    it(`are compressed with the codec ${codec}`, async () => {
      const { output } = await enrichBytes(files['in order']!, { supertrends: THREE, codec })
      for (const { columns } of (await readMetadata(output)).row_groups) {
        // auto: as the prices of the file
        const expected = Array(12).fill(codec === 'auto' ? 'SNAPPY' : codec)
        assert.deepEqual(
          columns.slice(-12).map(({ meta_data }) => meta_data?.codec),
          expected,
        )
      }
      const { output: plain } = await enrichBytes(files['in order']!, { supertrends: THREE })
      assert.deepEqual(await readRows(output), await readRows(plain))
    })
  }

  it('are read by DuckDB as columns beside the original ones', async () => {
    const { output, newColumns } = await enrichBytes(files['in order']!, { supertrends: THREE })
    const file = path.join(temporaryFolder(), 'three.parquet')
    writeFileSync(file, output)
    const described = await duckDbRows(`DESCRIBE SELECT * FROM '${file}'`)
    assert.deepEqual(
      described.slice(-12).map((row) => row.column_name),
      newColumns,
    )
    assert.deepEqual(
      newColumns,
      SUFFIXES.flatMap((suffix) => NEW_COLUMNS.map((column) => `${column}_${suffix}`)),
    )
    assert.deepEqual(
      described.slice(-4).map((row) => row.column_type),
      ['FLOAT', 'FLOAT', 'TINYINT', 'INTEGER'],
    )
  })

  it('are noted in the footer', async () => {
    const { output } = await enrichBytes(files['in order']!, { supertrends: THREE })
    const pairs = (await readMetadata(output)).key_value_metadata
    const note = JSON.parse(pairs?.find(({ key }) => key === 'parquet-supertrend')?.value ?? '')
    assert.deepEqual(note.settings, { supertrends: THREE, keep: 'first' })
  })

  it('are noted without a list when there is one', async () => {
    const { output } = await enrichBytes(files['in order']!, { supertrends: [stockstats(10, 1)] })
    const pairs = (await readMetadata(output)).key_value_metadata
    const note = pairs?.find(({ key }) => key === 'parquet-supertrend')?.value ?? ''
    assert.ok(note.includes('"settings":{"definition":"stockstats","period":10,"multiplier":1,"keep":"first"}'), note)
  })

  it('give the same bytes in whatever order their settings are written', async () => {
    const turned = THREE.map(({ definition, period, multiplier }) => ({ multiplier, period, definition }))
    for (const count of [1, 3]) {
      const { output } = await enrichBytes(files['in order']!, { supertrends: THREE.slice(0, count) })
      const other = await enrichBytes(files['in order']!, { supertrends: turned.slice(0, count) })
      assert.ok(Buffer.from(output).equals(other.output))
    }
  })

  it('replace columns of their names and leave those of others', async () => {
    const first = await enrichBytes(files['in order']!, { supertrends: [stockstats(10, 1), stockstats(20, 2)] })
    const second = await enrichBytes(first.output, { supertrends: [stockstats(10, 1), stockstats(30, 3)] })
    const names = Object.keys((await readRows(second.output))[0]!).filter((name) => name.startsWith('supertrend_ub'))
    assert.deepEqual(names, ['supertrend_ub_20_2', 'supertrend_ub_10_1', 'supertrend_ub_30_3'])
    const left = NEW_COLUMNS.map((column) => `${column}_20_2`)
    assert.deepEqual(await chunksOf(second.output, left), await chunksOf(first.output, left))
  })

  it('leave the columns of a single set, and it theirs', async () => {
    const several = NEW_COLUMNS.flatMap((column) => SUFFIXES.map((suffix) => `${column}_${suffix}`)).sort()
    for (const [before, after] of [
      [[stockstats(14, 3)], THREE],
      [THREE, [stockstats(14, 3)]],
    ]) {
      const first = await enrichBytes(files['in order']!, { supertrends: before! })
      const { output } = await enrichBytes(first.output, { supertrends: after! })
      const names = Object.keys((await readRows(output))[0]!)
      assert.deepEqual(names.slice(6).sort(), [...several, ...NEW_COLUMNS].sort())
    }
  })

  it('need memory for the results of each where rows have to be sorted', async () => {
    const rows = 1000
    const memoryBudgetBytes = rows * (44 + 9 + 2 * 21)
    await enrichBytes(files.shuffled!, { supertrends: THREE, memoryBudgetBytes })
    const tooSmall = { supertrends: THREE, memoryBudgetBytes: memoryBudgetBytes - 1 }
    await assert.rejects(enrichBytes(files.shuffled!, tooSmall), { code: 'too-big' })
  })

  it('need memory for the recursions of each in every series', async () => {
    // two bars of each symbol, the later one first
    const symbolBars = [...someBars(2000)].reverse().map((bar, i) => ({ ...bar, symbol: `S${i % 1000}` }))
    const file = barsFile(symbolBars)
    const memoryBudgetBytes = 1000 * (3072 + 2 * 192)
    const { quality } = await enrichBytes(file, { supertrends: THREE, memoryBudgetBytes })
    assert.equal(quality.series, 1000)
    const tooSmall = { supertrends: THREE, memoryBudgetBytes: memoryBudgetBytes - 1 }
    await assert.rejects(enrichBytes(file, tooSmall), { code: 'too-big', message: /1000 series/ })
    await enrichBytes(file, { memoryBudgetBytes: 1000 * 3072 })
  })

  it('are 16 at most', async () => {
    const sets = Array.from({ length: 17 }, (_, i) => stockstats(i + 1, 2))
    const { newColumns } = await enrichBytes(files['in order']!, { supertrends: sets.slice(1) })
    assert.equal(new Set(newColumns).size, 64)
    await assert.rejects(enrichBytes(files['in order']!, { supertrends: sets }), { code: 'settings' })
    await assert.rejects(enrichBytes(files['in order']!, { supertrends: [] }), { code: 'settings' })
  })
})

describe('the names of new columns', () => {
  const suffixes = (...sets: SupertrendParameters[]) => newColumnNames(sets).map(({ segment }) => segment!.slice(16))

  it('are plain for one set', () => {
    assert.deepEqual(Object.values(newColumnNames([stockstats(7, 2)])[0]!), NEW_COLUMNS)
  })

  it('have the definition in front when there are two', () => {
    assert.deepEqual(suffixes(stockstats(10, 1.5), { ...stockstats(10, 1.5), definition: 'tradingview' }), [
      '_stockstats_10_1_5',
      '_tradingview_10_1_5',
    ])
  })

  it('hold nothing but letters, digits and underscores', () => {
    assert.deepEqual(suffixes(stockstats(10, 0.25), stockstats(10, 1e-7), stockstats(10, 1e21)), [
      '_10_0_25',
      '_10_1e_7',
      '_10_1e_21',
    ])
  })

  it('are never the same', () => {
    assert.throws(() => suffixes(stockstats(10, 1e21), stockstats(10, 1e-21)), {
      code: 'settings',
      message: /two Supertrends would both be called 10_1e_21/,
    })
    assert.throws(() => suffixes(stockstats(10, 1), stockstats(10, 1)), /two Supertrends would both be called 10_1/)
    assert.throws(() => suffixes(...Array.from({ length: 17 }, (_, i) => stockstats(i + 1, 1))), /allowed are 1 to 16/)
  })
})

describe('the options of the command line', () => {
  const folder = temporaryFolder()
  const at = (name: string) => path.join(folder, name)
  writeFileSync(at('bars.parquet'), files['in order']!)
  const run = (...args: string[]) => runCli(at('bars.parquet'), at('out.parquet'), ...args)

  it('take a set each', async () => {
    const options = ['--supertrend', '14,3', '--supertrend', '10,2,tradingview', '--codec', 'ZSTD']
    const { code, stderr } = await run(...options)
    assert.deepEqual([code, stderr], [0, ''])
    const supertrends = [stockstats(14, 3), { ...stockstats(10, 2), definition: 'tradingview' as const }]
    const { output } = await enrichBytes(files['in order']!, { supertrends, codec: 'ZSTD' })
    assert.ok(readFileSync(at('out.parquet')).equals(output))
    const { columns } = (await readMetadata(output)).row_groups[0]!
    assert.equal(columns.at(-1)?.meta_data?.codec, 'ZSTD')
  })

  it('give a set the definition of --definition unless it has its own, and a single one the plain names', async () => {
    const { code, stderr } = await run('--definition', 'tradingview', '--supertrend', '10,2')
    assert.deepEqual([code, stderr], [0, ''])
    const tradingView = { ...stockstats(10, 2), definition: 'tradingview' as const }
    const { output, newColumns } = await enrichBytes(files['in order']!, { supertrends: [tradingView] })
    assert.ok(readFileSync(at('out.parquet')).equals(output))
    assert.deepEqual(newColumns, NEW_COLUMNS)
  })

  for (const [options, message] of [
    [['--supertrend', '14,3,'], /the definition in --supertrend "14,3," is ""; allowed are stockstats, tradingview/],
    [['--supertrend', '14,-3'], /the multiplier in --supertrend "14,-3" is "-3"; allowed is a finite number/],
    [['--supertrend', '14,3', '--multiplier', '2'], /give either it, or --period and --multiplier/],
    [['--supertrend', '14'], /allowed is PERIOD,MULTIPLIER/],
    [
      ['--supertrend', '14,3,talib'],
      /the definition in --supertrend "14,3,talib" is "talib"; allowed are stockstats, tradingview/,
    ],
    [['--supertrend', '0,3'], /the period in --supertrend "0,3" is "0"; allowed is an integer/],
    [['--supertrend', '14,3', '--period', '7'], /give either it, or --period and --multiplier/],
    [['--supertrend', '14,3', '--supertrend', '14,3.0'], /two Supertrends would both be called 14_3/],
    [['--codec', 'LZO'], /--codec is "LZO"; allowed are auto, /],
  ] as const) {
    it(`refuse ${options.join(' ')}`, async () => {
      const { code, stderr } = await run(...options)
      assert.equal(code, 2)
      assert.match(stderr, message)
    })
  }
})
