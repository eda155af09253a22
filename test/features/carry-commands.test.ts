import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { barsFile, NEW_COLUMNS, readRowsOf, runCli, runProgram, someBars, temporaryFolder } from '../parquet-files.ts'
import { enrichSequence } from '../sequence-files.ts'

const scratch = temporaryFolder()
const at = (...names: string[]) => path.join(scratch, ...names)
const bars = someBars(200)
const days = [bars.slice(0, 80), bars.slice(80, 120), bars.slice(110)].map((day) => barsFile(day))

const valuesOf = async (...names: string[]) =>
  (await Promise.all(names.map(readRowsOf))).flat().map((row) => NEW_COLUMNS.map((name) => row[name] ?? null))

for (const folder of ['in/BTC', 'in/ETH', 'in/bad']) mkdirSync(at(folder), { recursive: true })
for (const [i, day] of days.entries()) {
  writeFileSync(at(`in/BTC/day-${i}.parquet`), day)
  writeFileSync(at(`in/ETH/day-${i}.parquet`), day)
  writeFileSync(at(`in/bad/day-${i}.parquet`), i === 1 ? days[1]!.subarray(0, 99) : day)
}
writeFileSync(at('long.parquet'), barsFile(bars))
await runCli(at('long.parquet'), at('long.out'))

describe('files that continue each other on the command line', () => {
  it('give the bytes that the library gives, one by one and with --carry', async () => {
    const expected = await enrichSequence(days, {})
    const { code, stderr } = await runCli(at('in/BTC/*.parquet'), '--out-dir', at('carry'), '--carry')
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    const single = days.map((_, i) => at(`single-${i}.parquet`))
    await runCli(at('in/BTC/day-0.parquet'), single[0]!, '--carry')
    await runCli(at('in/BTC/day-1.parquet'), single[1]!, '--after', single[0]!)
    const last = await runCli(at('in/BTC/day-2.parquet'), single[2]!, '--after', single[1]!, '--after', single[0]!)
    const swapped = await runCli(at('in/BTC/day-2.parquet'), at('x'), '--after', single[0]!, '--after', single[1]!)
    assert.equal(swapped.code, 2)
    assert.match(swapped.stderr, /single-0.parquet does not continue from .*single-1.parquet.* the newest first/)
    assert.match(last.stdout, /removed 10 duplicates, 0 of them conflicting\n {4}10 of them are in earlier files\n/)
    for (const [i, { output }] of expected.entries()) {
      assert.deepEqual(readFileSync(at(`carry/day-${i}.parquet`)), Buffer.from(output))
      assert.deepEqual(readFileSync(single[i]!), Buffer.from(output))
    }
    assert.deepEqual(await valuesOf(...single), await valuesOf(at('long.out')))
  })

  it('report the states at both ends', async () => {
    const run = (...args: string[]) => runCli(...args, '--json').then(({ stdout }) => JSON.parse(stdout))
    const first = await run(at('in/BTC/day-0.parquet'), at('first.parquet'), '--carry')
    const second = await run(at('in/BTC/day-1.parquet'), at('second.parquet'), '--after', at('first.parquet'))
    assert.equal(first.carry.after, null)
    assert.equal(second.carry.after, first.carry.state)
    assert.equal(second.duplicatesOfPrevious, 0)
    assert.ok(second.carry.stateBytes > 100)
    const alone = await run(at('in/BTC/day-0.parquet'), at('alone.parquet'))
    assert.ok(!('carry' in alone) && !('duplicatesOfPrevious' in alone))
  })

  it('are warned of where the option was forgotten', async () => {
    const days = at('in/BTC/*.parquet')
    await runCli(days, '--out-dir', at('forgotten/a'), '--carry')
    const alone = await runCli(at('in/BTC/day-2.parquet'), at('forgotten/a/day-3.parquet'))
    assert.equal(alone.code, 0)
    assert.match(
      alone.stderr,
      /^warning: .*day-2\.parquet was enriched with carry, .*; continue from it with --after .*\n$/,
    )
    const replaced = await runCli(at('in/BTC/day-0.parquet'), at('forgotten/a/day-0.parquet'))
    assert.match(replaced.stderr, /^warning: .*day-0\.parquet was enriched with carry before, .*\n$/)
    await runCli(days, '--out-dir', at('forgotten/a'), '--carry')
    const batch = await runCli(at('in/B*/*.parquet'), '--out-dir', at('forgotten/b'))
    assert.equal(batch.stderr, '')
    for (const other of ['forgotten/b/day-0.parquet', 'forgotten/a/day-2x.parquet']) {
      assert.equal((await runCli(at('in/BTC/day-0.parquet'), at(other))).stderr, '', other)
    }
    const again = await runCli(days, '--out-dir', at('forgotten/a'))
    assert.match(again.stderr, /^warning: .*; add --carry, or --carry-within\n$/)
  })

  it('are many sequences with --carry-within', async () => {
    const { code } = await runCli(at('in/[BE]*/*.parquet'), '--out-dir', at('within'), '--carry-within', at('in/*'))
    assert.equal(code, 0)
    for (const folder of ['BTC', 'ETH']) {
      for (const i of days.keys()) {
        assert.deepEqual(
          readFileSync(at(`within/${folder}/day-${i}.parquet`)),
          readFileSync(at(`carry/day-${i}.parquet`)),
        )
      }
    }
  })

  it('are one sequence for each value of a hive tree with --hive', async () => {
    for (const i of days.keys()) {
      for (const symbol of ['A', 'B']) {
        mkdirSync(at(`hive/day=${i}/symbol=${symbol}`), { recursive: true })
        copyFileSync(at(`in/BTC/day-${i}.parquet`), at(`hive/day=${i}/symbol=${symbol}/x.parquet`))
      }
    }
    const options = ['--carry', '--hive', 'symbol']
    const { code, stderr } = await runCli(at('hive'), '--out-dir', at('hived'), ...options)
    assert.equal(code, 0, stderr)
    for (const i of days.keys()) {
      for (const symbol of ['A', 'B']) {
        const found = readFileSync(at(`hived/day=${i}/symbol=${symbol}/x.parquet`))
        assert.deepEqual(found, readFileSync(at(`carry/day-${i}.parquet`)))
      }
    }
    const verified = await runProgram('verify', at('hive'), at('hived'), ...options)
    assert.equal(verified.code, 0, verified.stderr)
  })

  it('name --carry-within when the bars of another folder begin again', async () => {
    const other = someBars(80, 2)
    const earlier = other.map((bar) => ({ ...bar, time: bar.time - 30_000 }))
    for (const [name, file] of [
      ['prices', other],
      ['times', earlier],
    ] as const) {
      for (const folder of ['A', 'B']) mkdirSync(at(`${name}/${folder}`), { recursive: true })
      writeFileSync(at(`${name}/A/1.parquet`), days[0]!)
      writeFileSync(at(`${name}/B/1.parquet`), barsFile(file))
      const { code, stderr } = await runCli(at(name), '--out-dir', at(`${name}-out`), '--carry')
      assert.equal(code, 2)
      assert.match(
        stderr,
        /\nwarning: --carry makes one sequence of .* --carry-within 'data\/\*', or their names, such as --hive symbol\n$/,
      )
    }
    writeFileSync(at('times/A/2.parquet'), barsFile(earlier))
    const oneFolder = await runCli(at('times/A'), '--out-dir', at('times-out'), '--carry')
    assert.deepEqual([oneFolder.code, oneFolder.stderr.includes('--carry-within')], [2, false])
  })

  it('are warned of where the folders look like different series, and the files have no symbol', async () => {
    const carried = async (name: string, folders: readonly string[], symbol?: string) => {
      for (const [i, folder] of folders.entries()) {
        mkdirSync(at(name, folder), { recursive: true })
        const part = bars.slice(40 * i, 40 * i + 40)
        const file = barsFile(symbol === undefined ? part : part.map((bar) => ({ ...bar, symbol })))
        writeFileSync(at(name, folder, 'x.parquet'), file)
      }
      const { code, stderr } = await runCli(at(name), '--out-dir', at(`${name}-out`), '--carry')
      assert.equal(code, 0, stderr)
      return stderr
    }
    const warning = (before: string, after: string) =>
      `warning: --carry makes one sequence of the files of all folders, so ${after} continues ${before}; where each folder is a sequence of its own, name them with --carry-within, such as --carry-within 'data/*', or their names, such as --hive symbol\n`
    const hive = ['symbol=BTC/year=2023', 'symbol=BTC/year=2024', 'symbol=ETH/year=2024']
    assert.equal(await carried('f1', hive), warning('symbol=BTC', 'symbol=ETH'))
    assert.equal(await carried('f2', ['2024/BTC', '2024/ETH']), warning('BTC', 'ETH'))
    assert.equal(await carried('f3', ['year=2023/month=12', 'year=2024/month=01']), '')
    assert.equal(await carried('f4', ['2023/Q4', '2024/Q1', '2024/Q2']), '')
    assert.equal(await carried('f5', hive, 'X'), '')
  })

  it('are warned of other columns than the file before has', async () => {
    const folder = at('columns-out')
    const first = [at('in/BTC/day-0.parquet'), at('in/BTC/day-1.parquet')]
    const all = [...first, at('in/BTC/day-2.parquet')]
    await runCli(...first, '--out-dir', folder, '--carry', '--columns', 'ub,lb,orientation,segment,atr')
    const keeping = ['--out-dir', folder, '--carry', '--no-clobber'] as const
    const options = ['--columns', 'ub,lb', '--prefix', 'st_', '--double'] as const
    const { code, stderr } = await runCli(...all, ...keeping, ...options)
    const says = (file: string, before: string, made: string, wanted: string) =>
      `warning: ${file}: ${before}, in the same sequence, was written with ${made}, and this call has ${wanted}: readers of both files see different columns\n`
    const [wide, narrow] = ['--columns ub,lb,orientation,segment,atr', '--columns ub,lb --prefix st_ --double']
    assert.equal(code, 0)
    assert.equal(stderr, says(all[2]!, path.join(folder, 'day-1.parquet'), wide, narrow))
    const one = [
      at('in/BTC/day-1.parquet'),
      at('columns.parquet'),
      '--after',
      path.join(folder, 'day-0.parquet'),
    ] as const
    assert.equal((await runCli(...one)).stderr, says(one[0], one[3], wide, '--columns ub,lb,orientation,segment'))
    assert.equal((await runCli(...one, '--columns', 'atr,segment,orientation,lb,ub')).stderr, '')
    // a state alone does not say which columns its file has
    writeFileSync(at('state'), (await enrichSequence(days.slice(0, 1)))[0]!.state!)
    assert.equal((await runCli(one[0], one[1], '--after', at('state'))).stderr, '')
  })

  it('are warned of a file that is missing between others with other columns', async () => {
    const folder = at('between')
    const keeping = ['--out-dir', folder, '--carry', '--no-clobber'] as const
    await runCli(at('in/BTC/*.parquet'), ...keeping)
    rmSync(path.join(folder, 'day-0.parquet'))
    const { code, stderr } = await runCli(at('in/BTC/*.parquet'), ...keeping, '--prefix', 'st_')
    assert.equal(code, 0)
    assert.match(stderr, /^warning: .*day-1.parquet: .*between.day-1.parquet, in the same sequence, was written with /)
    assert.equal(stderr.trim().split('\n').length, 1)
  })

  it('leave an output of an earlier call beside a file that is refused, and name it', async () => {
    for (const [i, day] of days.entries()) {
      mkdirSync(at('left'), { recursive: true })
      writeFileSync(at(`left/${i}.parquet`), day)
    }
    const call = [at('left'), '--out-dir', at('left-out'), '--carry'] as const
    await runCli(...call)
    writeFileSync(at('left/1.parquet'), days[1]!.subarray(0, 99))
    const { code, stderr } = await runCli(...call)
    const output = at('left-out/1.parquet')
    assert.equal(code, 2)
    assert.match(stderr, /^error: .*\nwarning: .*\n$/)
    const message = `${output} stays as an earlier call wrote it; delete it if it is not of this input`
    assert.equal(stderr.split('\n')[1], `warning: ${at('left/1.parquet')}: ${message}`)
    const inPlace = await runCli(at('left/1.parquet'), '--out-dir', at('left'))
    assert.deepEqual([inPlace.code, inPlace.stderr.includes('warning')], [2, false])
  })

  it('name the first rows with other prices than in an earlier file', async () => {
    const rows = bars
      .slice(70, 130)
      .map((bar, i) => (i === 3 || i === 12 ? { ...bar, close: bar.low, volume: -1 } : bar))
    writeFileSync(at('adjusted.parquet'), barsFile(rows))
    const after = ['--after', at('single-1.parquet'), '--after', at('single-0.parquet')]
    const run = (...more: string[]) => runCli(at('adjusted.parquet'), at('adjusted.out'), ...after, ...more)
    const { stdout, stderr } = await run()
    assert.match(
      stdout,
      /row 3 has a different .* from row 73 of the file 2 files before\n {4}row 12 has a different .* from row 2 of the file before\n/,
    )
    const first =
      'the first is row 3, 2024-01-01T01:13:00, which differs in close, volume from row 73 of the file 2 files before'
    assert.ok(
      stderr.includes(`2 of 60 rows have other prices than the same bars of an earlier file (${first}), which stay`),
    )
    const { conflicts } = JSON.parse((await run('--json')).stdout)
    assert.deepEqual(conflicts, [
      { row: 3, keptRow: 73, columns: ['close', 'volume'], filesBefore: 2, time: '2024-01-01T01:13:00' },
      { row: 12, keptRow: 2, columns: ['close', 'volume'], filesBefore: 1, time: '2024-01-01T01:22:00' },
    ])
    const many = bars.slice(70, 130).map((bar) => ({ ...bar, open: bar.low, close: bar.low }))
    writeFileSync(at('adjusted.parquet'), barsFile(many))
    const five = JSON.parse((await run('--json', '--conflicts', 'drop')).stdout).conflicts
    assert.deepEqual(
      five.map(({ row, keptRow, columns }: { row: number; keptRow: number; columns: string[] }) => [
        row,
        keptRow,
        columns.at(-1),
      ]),
      [0, 1, 2, 3, 4].map((row) => [row, 70 + row, 'close']),
    )
    writeFileSync(at('adjusted.parquet'), barsFile(rows))
    const refused = await run('--conflict-limit', '0')
    assert.ok(
      refused.stderr.includes(
        `error: 2 of 60 rows have other prices than the same bars of an earlier file (${first}); allowed`,
      ),
    )
  })

  it('get no advice that cannot be followed for rows with other prices', async () => {
    const rows = [...bars.slice(0, 40), { ...bars[39]!, close: bars[39]!.low }]
    writeFileSync(at('conflict.parquet'), barsFile(rows))
    const warned = await runCli(at('conflict.parquet'), at('conflict.out'), '--carry')
    assert.match(
      warned.stderr,
      /1 of 41 rows has other prices than the row that stays, the first of its series and time\n$/,
    )
    const strict = [at('conflict.parquet'), at('conflict.out'), '--conflict-limit', '0'] as const
    assert.match(
      (await runCli(...strict)).stderr,
      /, which keeps the first row of each, or with --keep last the last one/,
    )
    const refused = await runCli(...strict, '--carry')
    assert.match(refused.stderr, /, which keeps the first row of each\n$/)
  })

  it('pass by a file that is refused', async () => {
    const { code, stderr } = await runCli(at('in/bad/*.parquet'), '--out-dir', at('bad'), '--carry')
    assert.equal(code, 2)
    assert.match(stderr, /^error: .*day-1\.parquet: .*\n$/)
    assert.ok(!existsSync(at('bad/day-1.parquet')))
    await runCli(at('in/BTC/day-2.parquet'), at('passed.parquet'), '--after', at('single-0.parquet'))
    assert.deepEqual(readFileSync(at('bad/day-2.parquet')), readFileSync(at('passed.parquet')))
  })

  it('continue a file that is there already', async () => {
    const from = [at('in/BTC/day-1.parquet'), at('in/BTC/day-2.parquet')]
    await runCli(...from, '--out-dir', at('later'), '--carry', '--after', at('single-0.parquet'))
    for (const i of [1, 2]) {
      assert.deepEqual(readFileSync(at(`later/day-${i}.parquet`)), readFileSync(at(`single-${i}.parquet`)))
    }
  })

  it('are searched for repeated bars in so many earlier files as --look-back says', async () => {
    const options = ['--carry', '--out-dir', at('rolling-out')]
    for (let i = 0; i < 9; i++) {
      mkdirSync(at('rolling'), { recursive: true })
      writeFileSync(at(`rolling/${i}.parquet`), barsFile(bars.slice(i === 8 ? 0 : 10 * i, 10 * i + 10)))
    }
    const refused = await runCli(at('rolling'), ...options)
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /^error: .*8\.parquet: row 0 .*: --look-back FILES searches more than 7, /)
    assert.doesNotMatch(refused.stderr, /--after/)
    const { code, stderr } = await runCli(at('rolling'), ...options, '--look-back', '8')
    assert.deepEqual([code, stderr], [0, ''])
    const verifying = ['--carry', at('rolling/*'), at('rolling-out/*')] as const
    const short = await runProgram('verify', ...verifying)
    assert.equal(short.code, 3)
    assert.match(short.stdout, /8\.parquet is refused: row 0 .*: --look-back FILES searches more than 7, /)
    const verified = await runProgram('verify', ...verifying, '--look-back', '8')
    assert.equal(verified.code, 0, verified.stderr)
  })

  it('are warned of where their order is not that of the numbers in their names', async () => {
    for (const [i, name] of ['1', '10', '2'].entries()) writeFileSync(at(`2024-1-${name}.parquet`), days[i]!)
    const { stderr } = await runCli(at('2024-1-*.parquet'), '--out-dir', at('unpadded'), '--carry')
    assert.match(stderr, /^warning: .*2024-1-10\.parquet: it comes before .*2024-1-2\.parquet in key order/)
  })

  for (const [options, message] of [
    [['--after', at('long.parquet')], /has no state to continue from/],
    [['--carry', '--keep', 'last'], /with carry, keep is "last"/],
    [['--forget-after', '2'], /--forget-after goes with/],
    [['--carry', '--forget-after', '0'], /--forget-after is "0"/],
    [['--look-back', '8'], /--look-back goes with/],
    [['--carry', '--look-back', '367'], /--look-back is "367"; allowed is an integer from 1 to 366/],
    [['--carry', '--look-back', '0'], /--look-back is "0"/],
    [['--carry-within', 'in/*'], /--carry-within goes with --out-dir/],
    [['--carry', '--hive', 'symbol'], /--hive goes with --out-dir and --carry/],
    [['--out-dir', at('x'), '--hive', 'symbol'], /--hive goes with --out-dir and --carry/],
    [['--out-dir', at('x'), '--carry', '--hive', 'symbol'], /is in no folder "symbol=\.\.\."/],
    [['--after', '-'], /--after is "-"/],
    [['--out-dir', at('x'), '--after', at('first.parquet')], /--after goes with --carry/],
    [['--out-dir', at('x'), '--carry', '--carry-within', 'in'], /allowed is one of them/],
    [['--out-dir', at('x'), '--after', at('first.parquet'), '--carry-within', 'in'], /begins with its first file/],
    [['--after', at('refused.parquet')], /--after: .* is an INPUT or OUTPUT too/],
  ] as const) {
    it(`are refused with ${options.map((each) => path.basename(each)).join(' ')}`, async () => {
      const { code, stderr } = await runCli(at('in/BTC/day-1.parquet'), at('refused.parquet'), ...options)
      assert.equal(code, 2)
      assert.match(stderr, message)
    })
  }
})
