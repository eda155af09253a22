import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { newColumnNames } from '../../functions/enrich/new-columns.ts'
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

const stockstats = (period: number, multiplier: number): SupertrendParameters => ({
  definition: 'stockstats',
  period,
  multiplier,
})
const THREE = [stockstats(10, 1), stockstats(11, 2), stockstats(12, 3.5)]
const SUFFIXES = ['10_1', '11_2', '12_3_5']

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

const columnsOf = (rows: readonly Row[], names: readonly string[]) => names.map((name) => rows.map((row) => row[name]))

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

  it('replace columns of their names and leave those of others', async () => {
    const first = await enrichBytes(files['in order']!, { supertrends: [stockstats(10, 1), stockstats(20, 2)] })
    const second = await enrichBytes(first.output, { supertrends: [stockstats(10, 1), stockstats(30, 3)] })
    const names = Object.keys((await readRows(second.output))[0]!).filter((name) => name.startsWith('supertrend_ub'))
    assert.deepEqual(names, ['supertrend_ub_20_2', 'supertrend_ub_10_1', 'supertrend_ub_30_3'])
  })

  it('need memory for the results of each where rows have to be sorted', async () => {
    const rows = 1000
    const memoryBudgetBytes = rows * (44 + 3 * 9)
    await enrichBytes(files.shuffled!, { supertrends: THREE, memoryBudgetBytes })
    const tooSmall = { supertrends: THREE, memoryBudgetBytes: memoryBudgetBytes - 1 }
    await assert.rejects(enrichBytes(files.shuffled!, tooSmall), { code: 'too-big' })
  })
})

describe('the names of new columns', () => {
  const suffixes = (...sets: SupertrendParameters[]) => newColumnNames(sets).map(({ segment }) => segment.slice(16))

  it('are plain for one set', () => {
    assert.deepEqual(Object.values(newColumnNames([stockstats(7, 2)])[0]!), NEW_COLUMNS)
  })

  it('have the definition in front when there are two', () => {
    assert.deepEqual(suffixes(stockstats(10, 1.5), { ...stockstats(10, 1.5), definition: 'tradingview' }), [
      '_stockstats_10_1_5',
      '_tradingview_10_1_5',
    ])
  })

  it('are never the same', () => {
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

  for (const [options, message] of [
    [['--supertrend', '14'], /allowed is PERIOD,MULTIPLIER/],
    [['--supertrend', '14,3,talib'], /--supertrend is "talib"; allowed are stockstats, tradingview/],
    [['--supertrend', '0,3'], /--supertrend is "0"; allowed is an integer/],
    [['--supertrend', '14,3', '--period', '7'], /allowed is either it or those options/],
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
