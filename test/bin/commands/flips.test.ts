import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { supertrendFlips } from '../../../functions/library.ts'
import { type Bar, barsFile, duckDbRows, runCli, runProgram, someBars, temporaryFolder } from '../../parquet-files.ts'
import { enrichFile, enrichSequence } from '../../sequence-files.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
const QUICK = ['--period', '5', '--multiplier', '0.5']

const series = (symbol: string, seed: number): Bar[] => someBars(200, seed).map((bar) => ({ ...bar, symbol }))
writeFileSync(at('bars.parquet'), barsFile([...series('=1+1', 1), ...series('B', 2)]))
assert.equal((await runCli(at('bars.parquet'), at('enriched.parquet'), ...QUICK)).code, 0)

/** The flips of the enriched file, found by DuckDB. */
async function duckDbFlips() {
  const rows = await duckDbRows(`
    SELECT symbol, trend_orientation AS side, close FROM (
      SELECT *, lag(trend_orientation) OVER (PARTITION BY symbol ORDER BY datetime) AS before
      FROM '${at('enriched.parquet')}')
    WHERE before <> trend_orientation ORDER BY datetime, symbol`)
  return rows.map(({ symbol, side, close }) => [symbol, side === 1 ? 'up' : 'down', close])
}

describe('flips', () => {
  it('lists those at the first bar of a file that continues another, if that one is named', async () => {
    const options = { supertrends: [{ period: 5, multiplier: 0.5 }] }
    const bars = someBars(60)
    const [flip, ...later] = await supertrendFlips((await enrichFile(barsFile(bars), options)).output)
    const parts = await enrichSequence(
      [bars.slice(0, flip!.row), bars.slice(flip!.row)].map((part) => barsFile(part)),
      options,
    )
    for (const [i, { output }] of parts.entries()) writeFileSync(at(`${i}.parquet`), output)
    const run = (...more: string[]) => runProgram('flips', at('1.parquet'), '--json', ...more)
    const timesIn = (stdout: string) => (stdout.match(/(?<="time":")[^"]*/g) ?? []).map(String)
    const alone = await run()
    assert.match(alone.stderr, /^warning: the file continues another one.*--after\n$/)
    assert.deepEqual(
      timesIn(alone.stdout),
      later.map(({ time }) => time),
    )
    const { stdout, stderr } = await run('--after', at('0.parquet'))
    assert.deepEqual(
      timesIn(stdout),
      [flip!, ...later].map(({ time }) => time),
    )
    assert.equal(stderr, '')
  })

  it('takes the symbol from the path where the file has none', async () => {
    const folder = at('tree/venue=XNAS/symbol=BRK%2FB')
    mkdirSync(folder, { recursive: true })
    const [name, other] = [path.join(folder, '1.parquet'), at('enriched.parquet')]
    writeFileSync(name, barsFile(someBars(60)))
    const { stdout } = await runProgram(
      'flips',
      name,
      ...QUICK,
      '--json',
      '--hive',
      'symbol,venue',
      '--symbol',
      'BRK/B XNAS',
    )
    assert.deepEqual(new Set(stdout.match(/"symbol":[^,]*/g)), new Set(['"symbol":"BRK/B XNAS"']))
    const chart = ['chart', name, '--hive', 'symbol', '--out', at('hive.html')]
    assert.equal((await runProgram(...chart)).code, 0)
    assert.match(readFileSync(at('hive.html'), 'utf8'), /<title>BRK\/B 1\.parquet<\/title>/)
    for (const [file, names, message] of [
      [name, 'country', /is in no folder "country=\.\.\."/],
      [name, 'a=b', /--hive is "a=b"; allowed are/],
      [other, 'symbol', /is in no folder/],
    ] as const) {
      const { code, stderr } = await runProgram('flips', file, '--hive', names)
      assert.equal(code, 2)
      assert.match(stderr, message)
    }
    copyFileSync(other, path.join(folder, '2.parquet'))
    const { stderr } = await runProgram('flips', path.join(folder, '2.parquet'), '--hive', 'symbol')
    assert.match(stderr, /^error: --hive: the symbols of the file are in a column; leave the option out/)
  })

  it('tells rows without a symbol from the symbol "null"', async () => {
    const series = (symbol: string | null, seed: number) => someBars(60, seed).map((bar) => ({ ...bar, symbol }))
    writeFileSync(at('some.parquet'), barsFile([...series(null, 1), ...series('null', 2)] as Bar[]))
    const { stdout } = await runProgram('flips', at('some.parquet'), ...QUICK, '--json')
    const symbols = new Set(stdout.match(/"symbol":[^,]*/g))
    assert.deepEqual(symbols, new Set(['"symbol":null', '"symbol":"null"']))
    const other = await runProgram('flips', at('some.parquet'), ...QUICK, '--symbol', 'C')
    assert.match(other.stderr, /no row has "C"; the file has "null"\n/)
  })

  it('prints one JSON object for each flip that DuckDB finds', async () => {
    const { code, stdout, stderr } = await runProgram('flips', at('enriched.parquet'), '--json')
    assert.deepEqual([code, stderr], [0, ''])
    const flips = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.ok(flips.length > 20)
    assert.deepEqual(
      flips.map(({ symbol, side, price }) => [symbol, side, price]),
      await duckDbFlips(),
    )
  })

  it('prints CSV that a spreadsheet does not run, and DuckDB reads', async () => {
    const { code, stdout } = await runProgram('flips', at('enriched.parquet'), '--csv')
    assert.equal(code, 0)
    writeFileSync(at('flips.csv'), stdout)
    const rows = await duckDbRows(`SELECT symbol, side, price FROM '${at('flips.csv')}'`)
    const expected = (await duckDbFlips()).map(([symbol, ...rest]) => [symbol === 'B' ? 'B' : "'=1+1", ...rest])
    assert.deepEqual(
      rows.map(({ symbol, side, price }) => [symbol, side, price]),
      expected,
    )
  })

  it('prints a table of one symbol, also of a file that is not enriched yet', async () => {
    const enriched = await runProgram('flips', at('enriched.parquet'), '--symbol', 'B')
    const other = await runProgram('flips', at('bars.parquet'), '--symbol', 'B', ...QUICK)
    assert.equal(other.stdout, enriched.stdout)
    const [header, ...lines] = enriched.stdout.trimEnd().split('\n')
    assert.deepEqual(header!.split(/ {2,}/), ['time', 'symbol', 'side', 'price', 'bars', 'return'])
    assert.equal(lines.length, (await duckDbFlips()).filter(([symbol]) => symbol === 'B').length)
  })

  it('lists nothing for a symbol of the file without a flip', async () => {
    writeFileSync(at('quiet.parquet'), barsFile([...series('LOUD', 1), ...series('QUIET', 2).slice(0, 1)]))
    const run = (...more: string[]) => runProgram('flips', at('quiet.parquet'), ...QUICK, ...more)
    for (const [format, expected] of [
      [['--json'], /^$/],
      [['--csv'], /^time,symbol,.*\n$/],
      [[], /^time +symbol +side +price +bars +return\n$/],
    ] as const) {
      const { code, stdout, stderr } = await run('--symbol', 'QUIET', ...format)
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, expected)
    }
    assert.equal((await run('--symbol', 'quiet')).code, 2)
  })

  it('names a set of parameters alike in each format', async () => {
    const sets = ['--supertrend', '5,0.5', '--supertrend', '7,0.5']
    const run = (...format: string[]) => runProgram('flips', at('bars.parquet'), ...sets, ...format)
    const names = ['_5_0_5', '_7_0_5']
    const found = (text: string) => [...new Set(text.match(/_\d+_0_5/g))].toSorted()
    for (const format of [[], ['--csv'], ['--json']]) assert.deepEqual(found((await run(...format)).stdout), names)
  })

  it('refuses an unknown symbol, two formats, and options for computing existing columns', async () => {
    const refused = async (...args: string[]) => {
      const { code, stdout, stderr } = await runProgram('flips', at('enriched.parquet'), ...args)
      assert.equal(code, 2)
      // the error alone, not one flip
      if (args.includes('--json')) assert.deepEqual(Object.keys(JSON.parse(stdout)), ['error'])
      else assert.equal(stdout, '')
      return stderr
    }
    assert.match(await refused('--symbol', 'C'), /no row has "C"; the file has "=1\+1", "B"/)
    assert.match(await refused('--json', '--csv'), /--json and --csv/)
    assert.match(await refused('--period', '5'), /--period: .* is already enriched/)
  })
})
