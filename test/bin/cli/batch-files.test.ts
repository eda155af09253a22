import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { batchFiles, batchOutputs, placed } from '../../../bin/cli/batch-files.ts'
import { barsFile, readRowsOf, runProgram, someBars, temporaryFolder } from '../../parquet-files.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
const bars = someBars(120)

function put(name: string, bytes: Uint8Array | string): void {
  mkdirSync(path.dirname(at(name)), { recursive: true })
  writeFileSync(at(name), bytes)
}

for (const [i, symbol] of ['AAPL', 'MSFT'].entries()) {
  put(`in/symbol=${symbol}/part-0.parquet`, barsFile(someBars(100 + i)))
  put(`in/symbol=${symbol}/year=2024/part-0.parquet`, barsFile(someBars(110 + i)))
}

describe('enrich --out-dir with a pattern', () => {
  it('keeps the folders below the fixed part of the pattern', async () => {
    const { code, stdout } = await runProgram('enrich', at('in/**/*.parquet'), '--out-dir', at('out'))
    assert.equal(code, 0)
    for (const [i, symbol] of ['AAPL', 'MSFT'].entries()) {
      assert.equal((await readRowsOf(at(`out/symbol=${symbol}/part-0.parquet`))).length, 100 + i)
      assert.equal((await readRowsOf(at(`out/symbol=${symbol}/year=2024/part-0.parquet`))).length, 110 + i)
    }
    assert.match(stdout, /symbol=MSFT\/year=2024\/part-0\.parquet +111 /)
  })

  it('takes a folder for all market files below it', async () => {
    put('tree/symbol=A/x.PARQUET', barsFile(bars))
    put('tree/y.csv', 'time,high,low,close\n2024-01-02,2,1,1.5\n')
    put('tree/notes.txt', 'no market file')
    put('tree/_temporary/z.parquet', 'being written')
    put('tree/.hidden/z.parquet', 'hidden')
    for (let time = 0; time < 2; time++) {
      const { code, stdout, stderr } = await runProgram('enrich', at('tree'), '--out-dir', at('tree/out'), '--json')
      assert.deepEqual([code, stderr], [0, ''])
      const outputs = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).output)
      assert.deepEqual(outputs, [at('tree/out/symbol=A/x.PARQUET'), at('tree/out/y.parquet')])
    }
    put('bare/notes.txt', 'no market file')
    const { code, stderr } = await runProgram('enrich', at('bare'), '--out-dir', at('out'))
    assert.deepEqual([code, /no file matches/.test(stderr)], [2, true])
  })

  it('keeps outputs that exist with --no-clobber', async () => {
    for (const name of ['a', 'b']) put(`kept/${name}.parquet`, barsFile(bars))
    put('kept-out/a.parquet', 'mine')
    const args = [at('kept/*.parquet'), '--out-dir', at('kept-out'), '--no-clobber']
    const { code, stdout } = await runProgram('enrich', ...args, '--json')
    assert.equal(code, 0)
    const reports = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      reports.map(({ skipped, rowsRead }) => [skipped, rowsRead]),
      [
        ['exists', undefined],
        [undefined, 120],
      ],
    )
    assert.equal(readFileSync(at('kept-out/a.parquet'), 'utf8'), 'mine')
    assert.match((await runProgram('enrich', ...args)).stdout, /a\.parquet .*skipped: exists/)
    const one = await runProgram('enrich', at('kept/a.parquet'), at('kept-out/a.parquet'), '--no-clobber')
    assert.deepEqual([one.code, /exists; name another output/.test(one.stderr)], [2, true])
    assert.equal(readFileSync(at('kept-out/a.parquet'), 'utf8'), 'mine')
  })

  it('continues after outputs that exist with --no-clobber and --carry', async () => {
    const days = [0, 1, 2].map((day) => bars.slice(40 * day, 40 * day + 40))
    for (const [i, day] of days.slice(0, 2).entries()) put(`daily/${i}.parquet`, barsFile(day))
    const args = ['enrich', at('daily'), '--out-dir', at('daily-out'), '--carry', '--no-clobber']
    assert.equal((await runProgram(...args)).code, 0)
    put('daily/2.parquet', barsFile(days[2]!))
    const { stdout } = await runProgram(...args)
    assert.equal(stdout.match(/skipped: exists/g)?.length, 2)
    put('whole.parquet', barsFile(bars))
    assert.equal((await runProgram('enrich', at('whole.parquet'), at('whole-out.parquet'))).code, 0)
    const rows = await Promise.all([0, 1, 2].map((i) => readRowsOf(at(`daily-out/${i}.parquet`))))
    assert.deepEqual(rows.flat(), await readRowsOf(at('whole-out.parquet')))
  })

  it('keeps no output with --carry that does not continue the one before', async () => {
    const days = [0, 1, 2, 3].map((day) => barsFile(bars.slice(30 * day, 30 * day + 30)))
    for (const day of [0, 2, 3]) put(`late/${day}.parquet`, days[day]!)
    const args = ['enrich', at('late'), '--out-dir', at('late-out'), '--carry', '--no-clobber']
    assert.equal((await runProgram(...args)).code, 0)
    put('late/1.parquet', days[1]!)
    for (const before of ['1 is new', '1 is there']) {
      const { code, stdout, stderr } = await runProgram(...args, '--json')
      const lines = stdout.trim().split('\n')
      const results = lines.map((line) => JSON.parse(line)).map(({ skipped, error }) => skipped ?? error?.code)
      assert.deepEqual(
        [code, results],
        [2, ['exists', before === '1 is new' ? undefined : 'exists', 'settings', 'sequence']],
      )
      assert.match(stderr, /^error: .*2\.parquet", which does not continue from .*1\.parquet"; delete it .*\n$/)
    }
    put('plain/0.parquet', days[0]!)
    assert.equal((await runProgram('enrich', at('plain'), '--out-dir', at('plain-out'))).code, 0)
    const plain = await runProgram('enrich', at('plain'), '--out-dir', at('plain-out'), '--carry', '--no-clobber')
    assert.equal(plain.code, 2)
    assert.match(plain.stderr, /keeps "[^"]*plain-out\/0\.parquet", which was enriched without carry.*; delete it and/)
  })

  it('gives one reason for a file that is refused although its bars are in earlier files', async () => {
    for (const seed of [1, 2]) put(`twice/${seed}.parquet`, barsFile(someBars(60, seed)))
    const { code, stderr } = await runProgram('enrich', at('twice'), '--out-dir', at('twice-out'), '--carry')
    assert.equal(code, 2)
    assert.match(stderr, /^error: .*2\.parquet: /m)
    assert.doesNotMatch(stderr, /so the enriched file has none/)
  })

  it('does not take its own outputs for inputs when it is called again', async () => {
    put('again/a/x.parquet', barsFile(bars))
    const args = ['enrich', at('again/**/*.parquet'), '--out-dir', at('again/out'), '--json']
    for (let time = 0; time < 2; time++) {
      const { code, stdout } = await runProgram(...args)
      assert.equal(code, 0)
      assert.deepEqual(
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).output),
        [at('again/out/a/x.parquet')],
      )
    }
  })

  it('refuses to enrich files in their own places', async () => {
    put('own/a/x.parquet', barsFile(bars))
    const { code, stderr } = await runProgram('enrich', at('own/*/*.parquet'), '--out-dir', at('own'))
    assert.equal(code, 2)
    assert.match(stderr, /^error: --out-dir would replace the input ".*x\.parquet"/)
    assert.ok(!('st_trend_segment' in (await readRowsOf(at('own/a/x.parquet')))[0]!))
  })

  it('takes links to files, and reports one that leads nowhere', async () => {
    put('linked/a.parquet', barsFile(bars))
    symlinkSync('a.parquet', at('linked/b.parquet'))
    symlinkSync('none', at('linked/c.parquet'))
    const found = await batchFiles([at('linked/*.parquet')], at('out'))
    assert.deepEqual(
      found.map(({ place }) => place),
      ['a.parquet', 'b.parquet', 'c.parquet'],
    )
  })

  it('passes over folders whose names look like those of files', async () => {
    put('table/bars.parquet/part-0.parquet', barsFile(bars))
    const { code } = await runProgram('enrich', at('table/**/*.parquet'), '--out-dir', at('tables'))
    assert.equal(code, 0)
    assert.equal((await readRowsOf(at('tables/bars.parquet/part-0.parquet'))).length, 120)
  })

  it('makes no folder where no file matches', async () => {
    const { code, stderr } = await runProgram('enrich', at('in/*/none*.parquet'), '--out-dir', at('nothing'))
    assert.equal(code, 2)
    assert.match(stderr, /^error: no file matches ".*none\*\.parquet"\n$/)
    assert.equal(existsSync(at('nothing')), false)
  })

  it('prints the outcome of each file with --json, on a line of its own', async () => {
    const conflicting = [...bars, ...bars.slice(-2).map((bar) => ({ ...bar, close: 1 }))]
    put('mixed/a/x.parquet', barsFile(conflicting))
    put('mixed/b/x.parquet', 'datetime,open,high,low,close\n2024-01-01,1,2,0,1\n')
    put('mixed/c/x.parquet', barsFile(bars))
    const { code, stdout, stderr } = await runProgram('enrich', at('mixed/*/*'), '--out-dir', at('mix'), '--json')
    assert.equal(code, 2)
    const [a, b, c, ...more] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(more, [])
    assert.deepEqual([a.input, a.output, a.duplicatesConflicting], [at('mixed/a/x.parquet'), at('mix/a/x.parquet'), 2])
    assert.deepEqual(
      a.warnings.map(({ code }: { code: string }) => code),
      ['conflicting-duplicates'],
    )
    assert.deepEqual([b.input, b.error.code], [at('mixed/b/x.parquet'), 'not-parquet'])
    assert.match(b.error.message, /it is a CSV file/)
    assert.ok(stderr.split('\n').some((line) => line.startsWith(`error: ${at('mixed/b/x.parquet')}: `)))
    assert.deepEqual([c.rowsWritten, c.warnings], [120, []])
    assert.ok(!existsSync(at('mix/b/x.parquet')))
  })

  it('refuses a file whose folder cannot be made, and goes on', async () => {
    put('blocked/a', 'a file')
    put('many/a/x.parquet', barsFile(bars))
    put('many/b/x.parquet', barsFile(bars))
    const { code, stderr } = await runProgram('enrich', at('many/*/*.parquet'), '--out-dir', at('blocked'))
    assert.equal(code, 2)
    assert.match(stderr, /^error: [^\n]*a\/x\.parquet: --out-dir: the folder [^\n]*blocked\/a" cannot be made[^\n]*\n$/)
    assert.equal(readFileSync(at('blocked/a'), 'utf8'), 'a file')
    assert.equal((await readRowsOf(at('blocked/b/x.parquet'))).length, 120)
  })
})

describe('the place of a file', () => {
  const placesOf = async (names: readonly string[]) => (await batchFiles(names, at('out'))).map(({ place }) => place)

  it('is the name of one that is named', async () => {
    const names = [at('in/symbol=AAPL/part-0.parquet'), 's3://bars/a/b.parquet', 'in/none.parquet', '[1].parquet']
    assert.deepEqual(await placesOf(names), ['part-0.parquet', 'b.parquet', 'none.parquet', '[1].parquet'])
  })

  it('is below the last folder without a wildcard', async () => {
    assert.deepEqual(await placesOf([at('in/symbol=AAPL/*.parquet')]), ['part-0.parquet'])
    assert.deepEqual(await placesOf([at('in/symbol={AAPL,MSFT}/*.parquet')]), [
      'symbol=AAPL/part-0.parquet',
      'symbol=MSFT/part-0.parquet',
    ])
    assert.deepEqual(await placesOf([at('in/*/year=2024/part-?.parquet')]), [
      'symbol=AAPL/year=2024/part-0.parquet',
      'symbol=MSFT/year=2024/part-0.parquet',
    ])
  })

  it('is never outside of the folder of the outputs', () => {
    const of = (pattern: string, match: string) => placed(pattern, [match], 'out')[0]!.place
    assert.equal(of('a/*/../../b.parquet', 'b.parquet'), 'b.parquet')
    assert.equal(of('../x/**', '../x/y/z.parquet'), 'y/z.parquet')
    assert.equal(of('./x/*', 'x/z.parquet'), 'z.parquet')
    assert.equal(of('/**/z.parquet', '/x/y/z.parquet'), 'x/y/z.parquet')
    assert.equal(of('*/..x/*.parquet', 'a/..x/z.parquet'), 'a/..x/z.parquet')
  })

  it('is found with the separators of Windows too', () => {
    const files = [
      ...placed('in\\**\\*.parquet', ['in\\symbol=AAPL\\part-0.parquet'], 'out', path.win32),
      ...placed('in/**/*.parquet', ['in\\symbol=MSFT\\part-0.parquet'], 'out', path.win32),
      ...placed('C:\\*\\x.parquet', ['C:\\data\\x.parquet'], 'D:\\out', path.win32),
    ]
    assert.deepEqual(batchOutputs(files, 'D:\\out', path.win32), [
      'D:\\out\\symbol=AAPL\\part-0.parquet',
      'D:\\out\\symbol=MSFT\\part-0.parquet',
      'D:\\out\\data\\x.parquet',
    ])
    assert.equal(batchOutputs(files, 's3://bars/out/', path.win32)[0], 's3://bars/out/symbol=AAPL/part-0.parquet')
    assert.deepEqual(placed('in/**/*.parquet', ['in\\out\\x.parquet'], 'in\\out', path.win32), [])
  })

  it('may not be that of another one', () => {
    const files = ['a/x.parquet', 'b/x.parquet'].map((name) => ({ name, place: 'x.parquet' }))
    assert.throws(() => batchOutputs(files, 'out'), {
      code: 'path',
      message: /two inputs would both become "out\/x\.parquet"; give a pattern in quotes/,
    })
  })
})
