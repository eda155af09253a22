import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { MARKET_OPTIONS } from '../../../bin/cli/market-options.ts'
import { barsFile, duckDbRun, NEW_COLUMNS, readRowsOf, runCli, someBars, temporaryFolder } from '../../parquet-files.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
const bars = someBars(300)
const overlapping = [...bars.slice(0, 200), ...bars.slice(190).map((bar, i) => (i === 3 ? { ...bar, close: 1 } : bar))]

writeFileSync(at('clean.parquet'), barsFile(bars))
writeFileSync(at('overlapping.parquet'), barsFile(overlapping))

describe('the command line', () => {
  it('prints one JSON report with all the counts', async () => {
    const { code, stdout } = await runCli(at('overlapping.parquet'), at('report.parquet'), '--json')
    assert.equal(code, 0)
    assert.equal(stdout.trim().split('\n').length, 1)
    const { elapsedMs, peakMemoryMiB, bytesRead, bytesWritten, ...report } = JSON.parse(stdout)
    for (const figure of [elapsedMs, peakMemoryMiB, bytesRead]) assert.ok(figure > 0)
    assert.equal(bytesWritten, readFileSync(at('report.parquet')).length)
    assert.deepEqual(report, {
      rowsRead: 310,
      rowsWritten: 300,
      duplicatesDropped: 10,
      duplicatesAgreeing: 9,
      duplicatesConflicting: 1,
      conflicts: [{ row: 203, keptRow: 193, columns: ['close'] }],
      rowsOutOfOrder: 1,
      rowsWithoutPrice: 0,
      rowsWithoutPriceBy: { missing: 0, zero: 0, undefined: 0 },
      rowsInconsistent: 0,
      series: 1,
      gaps: 0,
      stepSeconds: 60,
      warnings: [
        {
          code: 'conflicting-duplicates',
          message:
            '1 of 310 rows has other prices than the row that stays, the first of its series and time; --keep last (in the function: keep: "last") keeps the last',
        },
      ],
      firstTime: '2024-01-01T00:00:00',
      lastTime: '2024-01-01T04:59:00',
      layout: 'compacted',
      columns: { time: 'datetime', open: 'open', high: 'high', low: 'low', close: 'close', volume: 'volume' },
      supertrends: [{ definition: 'stockstats', period: 14, multiplier: 3, columns: NEW_COLUMNS }],
    })
  })

  it('leaves the input at the beginning of an appended file', async () => {
    const { code, stdout } = await runCli(at('clean.parquet'), at('appended.parquet'), '--json')
    assert.equal(code, 0)
    const [input, output] = [readFileSync(at('clean.parquet')), readFileSync(at('appended.parquet'))]
    assert.deepEqual(output.subarray(0, input.length), input)
    assert.equal(JSON.parse(stdout).layout, 'appended')
    assert.equal(JSON.parse(stdout).bytesWritten, output.length - input.length)
  })

  it('enriches a file in its own place', async () => {
    writeFileSync(at('in-place.parquet'), barsFile(bars))
    assert.equal((await runCli(at('in-place.parquet'), at('in-place.parquet'))).code, 0)
    const rows = await readRowsOf(at('in-place.parquet'))
    assert.equal(rows.length, 300)
    assert.equal(rows[299]!.st_trend_segment !== null, true)
  })

  it('summarises its work in one line', async () => {
    const { code, stdout, stderr } = await runCli(at('overlapping.parquet'), at('short.parquet'))
    assert.equal(code, 0)
    assert.match(stderr, /^warning: .*overlapping\.parquet: 1 of 310 rows .*--keep last[^\n]*\n$/)
    assert.match(stdout, /300 rows \(compacted\), 1 series/)
    assert.match(stdout, /removed 10 duplicates, 1 of them conflicting/)
    assert.match(stdout, / 1 row out of order/)
  })

  it('explains every option', async () => {
    const { code, stdout } = await runCli('--help')
    assert.equal(code, 0)
    assert.ok(MARKET_OPTIONS.length > 10)
    for (const [flags] of MARKET_OPTIONS) assert.ok(stdout.includes(flags), flags)
  })

  it('takes the columns that are named', async () => {
    await duckDbRun(
      `COPY (SELECT 1700000000 + i AS moment, i AS date, 1.0 AS a, 3.0 AS b, 1.0 AS c, 2.0 + (i % 2) * 0.1 AS d, i % 2 AS symbol
       FROM range(10) t(i)) TO '${at('named.parquet')}' (FORMAT parquet)`,
    )
    const columns = ['--open-column', 'a', '--high-column', 'b', '--low-column', 'c', '--close-column', 'd']
    const named = [at('named.parquet'), at('named-out.parquet'), ...columns, '--time-column', 'moment', '--json']
    const withSymbol = JSON.parse((await runCli(...named)).stdout)
    assert.equal(withSymbol.series, 2)
    assert.deepEqual(withSymbol.columns, {
      time: 'moment',
      open: 'a',
      high: 'b',
      low: 'c',
      close: 'd',
      symbol: 'symbol',
    })
    const without = JSON.parse((await runCli(...named, '--symbol-column', 'none')).stdout)
    assert.equal(without.series, 1)
  })
})

describe('the file that is written', () => {
  const modeOf = (name: string) => statSync(at(name)).mode & 0o777

  it('keeps the permissions of the one that it replaces, whatever those of the input', async () => {
    for (const name of ['clean.parquet', 'overlapping.parquet']) {
      copyFileSync(at(name), at('private.parquet'))
      chmodSync(at('private.parquet'), 0o600)
      assert.equal((await runCli(at('private.parquet'), at('private.parquet'))).code, 0)
      assert.equal(modeOf('private.parquet'), 0o600)
      copyFileSync(at(name), at('read-only.parquet'))
      chmodSync(at('read-only.parquet'), 0o444)
      const output = `of-read-only-${name}`
      assert.equal((await runCli(at('read-only.parquet'), at(output))).code, 0)
      assert.equal(modeOf(output), 0o666 & ~process.umask())
    }
  })

  it('is the one that a link points at', async () => {
    writeFileSync(at('real.parquet'), '')
    for (const [link, target] of [
      ['link.parquet', 'real.parquet'],
      ['link-to-nothing.parquet', 'made.parquet'],
    ] as const) {
      symlinkSync(target, at(link))
      assert.equal((await runCli(at('clean.parquet'), at(link))).code, 0)
      assert.ok(lstatSync(at(link)).isSymbolicLink())
      assert.equal((await readRowsOf(at(target))).length, 300)
    }
  })

  it('is not there at all when the program is ended before', async () => {
    writeFileSync(at('large.parquet'), barsFile(someBars(400_000)))
    const script = fileURLToPath(new URL('../../../bin/parquet-supertrend.ts', import.meta.url))
    let signal: NodeJS.Signals | null = null
    // it may be done before the signal comes
    const folder = temporaryFolder()
    const output = path.join(folder, 'stopped.parquet')
    for (let attempt = 0; attempt < 10 && signal === null; attempt++) {
      rmSync(output, { force: true })
      const program = spawn(process.execPath, [script, 'enrich', at('large.parquet'), output], {
        stdio: 'ignore',
      })
      const ended = new Promise<NodeJS.Signals | null>((resolve) =>
        program.once('exit', (_, signal) => resolve(signal)),
      )
      const watcher = watch(folder, (_, name) => {
        if (!name?.endsWith('.partial')) return
        for (let times = 0; times < 3; times++) program.kill('SIGTERM')
      })
      signal = await ended
      watcher.close()
    }
    assert.equal(signal, 'SIGTERM')
    assert.deepEqual(readdirSync(folder), [])
  })

  it('is there when nobody reads the report to its end', async () => {
    const script = fileURLToPath(new URL('../../../bin/parquet-supertrend.ts', import.meta.url))
    const command = `"${process.execPath}" "${script}" enrich clean.parquet unread.parquet --json | true; echo \${PIPESTATUS[0]}`
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', command], { cwd: scratch })
    assert.deepEqual([stdout.trim(), stderr], ['0', ''])
    assert.equal((await readRowsOf(at('unread.parquet'))).length, 300)
  })
})

describe('a day and a time of day in two columns', () => {
  const twoColumns = (time: string) => `COPY (SELECT '2024-01-01' AS date, ${time} AS time, 10.0 AS open, 12.0 AS high,
    9.0 AS low, 11.0 + i AS close FROM range(100) t(i)) TO '${at('two.parquet')}' (FORMAT parquet)`

  for (const time of ["strftime(TIMESTAMP '2024-01-01 09:30:00' + INTERVAL (i) MINUTE, '%H:%M:%S')", '930 + i']) {
    it(`are refused rather than taken for duplicates: ${time}`, async () => {
      await duckDbRun(twoColumns(time))
      rmSync(at('two-out.parquet'), { force: true })
      const { code, stderr } = await runCli(at('two.parquet'), at('two-out.parquet'))
      assert.equal(code, 2)
      assert.match(
        stderr,
        /99 of 100 rows .* different prices in "date" .*the time of day is in "time" .*--conflicts drop/,
      )
      assert.ok(!existsSync(at('two-out.parquet')))
      const named = await runCli(
        at('two.parquet'),
        at('two-out.parquet'),
        '--time-column',
        'date',
        '--conflicts',
        'drop',
        '--json',
      )
      assert.equal(JSON.parse(named.stdout).rowsWritten, 1)
    })
  }

  it('are nothing to refuse where each day has one row', async () => {
    await duckDbRun(`COPY (SELECT DATE '2024-01-01' + i::INT AS date, 'x' AS time, 10.0 AS open, 12.0 AS high, 9.0 AS low,
      11.0 AS close FROM range(100) t(i)) TO '${at('days.parquet')}' (FORMAT parquet)`)
    assert.equal((await runCli(at('days.parquet'), at('days-out.parquet'))).code, 0)
  })
})

describe('the comparison of duplicates', () => {
  it('is exact where two values are the same double', async () => {
    await duckDbRun(`COPY (SELECT TIMESTAMP '2024-01-01' AS datetime, 12.0 AS high, 9.0 AS low, 11.0 AS close,
      (123456 + i * 0.000000000000000001::DECIMAL(38,18))::DECIMAL(38,18) AS open,
      9007199254740992 + i AS volume FROM range(2) t(i)) TO '${at('exact.parquet')}' (FORMAT parquet)`)
    const { stdout } = await runCli(at('exact.parquet'), at('exact-out.parquet'), '--json')
    const { duplicatesConflicting, conflicts } = JSON.parse(stdout)
    assert.equal(duplicatesConflicting, 1)
    assert.deepEqual(conflicts[0].columns, ['open', 'volume'])
  })
})

describe('the command line refuses, with exit code 2, one line and nothing left behind,', () => {
  const refused = async (args: string[], pattern: RegExp) => {
    const before = readdirSync(scratch).sort()
    const { code, stdout, stderr } = await runCli(...args)
    assert.match(stderr, pattern)
    assert.match(stderr, /^error: [^\n]+\n$/)
    assert.equal(stdout, '')
    assert.equal(code, 2)
    assert.deepEqual(readdirSync(scratch).sort(), before)
  }

  it('an input that is not there', () => refused([at('none.parquet'), at('x.parquet')], /there is no such file/))
  it('an input that is a folder', () =>
    refused([scratch, at('x.parquet')], /is a folder; .*enrich ".*" --out-dir FOLDER/))
  it('an input that is a pattern', () =>
    refused([at('*.parquet'), at('x.parquet')], /is a pattern; .*enrich ".*" --out-dir FOLDER/))
  it('an output in a folder that is not there', () =>
    refused([at('clean.parquet'), at('no/x.parquet')], /folder .* does not exist/))
  it('an output that is a folder', () => {
    mkdirSync(at('folder'), { recursive: true })
    return refused([at('clean.parquet'), at('folder')], /is not a file/)
  })
  it('an output that names no file', async () => {
    for (const output of ['', `${at('no-folder')}/`]) await refused([at('clean.parquet'), output], /is not a file name/)
  })
  it('an output whose name is too long', () =>
    refused([at('clean.parquet'), at(`${'x'.repeat(300)}.parquet`)], /cannot be written: its name is too long/))
  it('an input that is no file', () => refused(['/dev/null', at('x.parquet')], /is not a file/))
  it('a folder where none can be made', () =>
    refused(
      [at('clean.parquet'), '--out-dir', '/proc/none/below'],
      /--out-dir: the folder "\/proc\/none\/below" cannot be made: /,
    ))
  it('an unknown option', () => refused([at('clean.parquet'), at('x.parquet'), '--perod', '3'], /--perod/))
  it('a missing output', () => refused([at('clean.parquet')], /INPUT and OUTPUT, got 1 path \(/))
  it('an unknown definition', () =>
    refused(
      [at('clean.parquet'), at('x.parquet'), '--definition', 'wilder'],
      /"wilder"; allowed are stockstats, tradingview/,
    ))
  for (const period of ['0', '-1', '1.5', 'x', '', '1e3']) {
    it(`the period ${JSON.stringify(period)}`, () =>
      refused(
        [at('clean.parquet'), at('x.parquet'), `--period=${period}`],
        /--period is .* allowed is an integer from 1/,
      ))
  }
  for (const multiplier of ['0', '-1', 'NaN', 'Infinity', '']) {
    it(`the multiplier ${JSON.stringify(multiplier)}`, () =>
      refused(
        [at('clean.parquet'), at('x.parquet'), `--multiplier=${multiplier}`],
        /--multiplier is .* greater than 0/,
      ))
  }
  it('a column that is not there', () =>
    refused(
      [at('clean.parquet'), at('x.parquet'), '--close-column', 'Last'],
      /no column "Last"; the file has "datetime"/,
    ))
  it('a file that is not parquet', () => {
    writeFileSync(at('text.parquet'), 'datetime,open,high,low,close\n')
    return refused([at('text.parquet'), at('x.parquet')], /not a parquet file/)
  })
  it('an empty file', () => {
    writeFileSync(at('empty.parquet'), '')
    return refused([at('empty.parquet'), at('x.parquet')], /not a parquet file: it has 0 bytes/)
  })
  it('rows to sort that do not fit into the memory allowed', () => {
    writeFileSync(at('descending.parquet'), barsFile(someBars(30_000).reverse()))
    return refused(
      [at('descending.parquet'), at('x.parquet'), '--memory', '1'],
      /sorting 30000 of them needs 2 MiB of memory; allowed are 1 MiB/,
    )
  })
  it('a truncated file, and leaves an output from before as it was', async () => {
    writeFileSync(at('cut.parquet'), barsFile(bars).slice(0, -100))
    writeFileSync(at('precious.parquet'), 'precious')
    await refused([at('cut.parquet'), at('precious.parquet')], /not a parquet file: it ends with/)
    assert.equal(readFileSync(at('precious.parquet'), 'utf8'), 'precious')
  })
  it('a file with a damaged page', async () => {
    const bytes = barsFile(bars, { codec: 'SNAPPY' })
    bytes.fill(0xff, 40, 400)
    writeFileSync(at('damaged.parquet'), bytes)
    await refused([at('damaged.parquet'), at('x.parquet')], /damaged/)
    assert.equal(existsSync(at('x.parquet')), false)
  })
})
