import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Bar, barsFile, runProgram, someBars, temporaryFolder } from '../parquet-files.ts'
import { callScript } from '../programs.ts'
import { quickOrThorough } from '../thorough.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
const script = (name: string) => fileURLToPath(new URL(`../../bin/${name}.ts`, import.meta.url))

const asZero = (bar: Bar) => ({ ...bar, open: 0, high: 0, low: 0, close: 0 })
const bars = someBars(60).map((bar, i) => (i === 20 ? asZero(bar) : bar))
const WARNING = '1 of 60 rows is 0 in all prices'

writeFileSync(at('bars.parquet'), barsFile(bars))
const again = bars.map((bar) => ({ ...bar, high: 200 }))
writeFileSync(at('refused.parquet'), barsFile([...bars, ...again]))
assert.equal((await runProgram('enrich', at('bars.parquet'), at('enriched.parquet'))).code, 0)

/** Warnings of standard error about a file; undefined where there is but one. */
const said = (stderr: string, about?: string) => {
  const start = `warning: ${about === undefined ? '' : `${at(about)}: `}`
  return stderr.split('\n').flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []))
}

const codesOf = (warnings: readonly { readonly code: string }[]) => warnings.map(({ code }) => code)

/** The file that is warned of, and a command. The quick run takes every other one, which has each command. */
const COMMANDS = [
  ['bars.parquet', 'enrich', 'bars.parquet', 'out.parquet'],
  ['bars.parquet', 'enrich', 'bars.parquet', 'out.parquet', '--json'],
  ['bars.parquet', 'enrich', 'bars.parquet', '--out-dir', 'out'],
  ['bars.parquet', 'enrich', 'bars.parquet', '--out-dir', 'out', '--json'],
  ['bars.parquet', 'enrich', 'bars.parquet', '-'],
  ['bars.parquet', 'inspect', 'bars.parquet'],
  ['bars.parquet', 'inspect', 'bars.parquet', '--json'],
  ['bars.parquet', 'verify', 'bars.parquet', 'enriched.parquet'],
  ['bars.parquet', 'verify', 'bars.parquet', 'enriched.parquet', '--json'],
  ['bars.parquet', 'chart', 'bars.parquet', '--out', 'chart.html'],
  ['enriched.parquet', 'chart', 'enriched.parquet', '--out', 'chart.html', '--json'],
  ['enriched.parquet', 'restore', 'enriched.parquet', 'restored.parquet'],
  ['enriched.parquet', 'restore', 'enriched.parquet', 'restored.parquet', '--json'],
] as const

describe('a warning is printed once, on standard error', () => {
  for (const [about, ...args] of COMMANDS.filter((_, i) => i % quickOrThorough(2, 1) === 0)) {
    it(`by ${args.join(' ')}`, async () => {
      const named = args.map((arg) => (/\.|^out$/.test(arg) ? at(arg) : arg))
      const { code, stdout, stderr } = await runProgram(...named)
      assert.equal(code, 0, stderr)
      const warnings = said(stderr, about)
      if (args[0] === 'inspect' && !named.includes('--json')) {
        // its text is the report
        assert.match(stdout, /^ {2}warning \(zero-prices\): 1 of 60/m)
        assert.deepEqual(warnings, [])
        return
      }
      assert.equal(warnings.length, 1, stderr)
      assert.ok(warnings[0]!.startsWith(WARNING))
      if (!named.includes('--json') || args[0] === 'restore' || args[0] === 'chart') return
      const { quality, warnings: found = quality?.warnings } = JSON.parse(stdout)
      assert.deepEqual(codesOf(found), ['zero-prices'])
    })
  }

  it('by chart with a word on when it was found, if the file was enriched earlier', async () => {
    const areFoundEarlier: boolean[] = []
    for (const name of ['bars.parquet', 'enriched.parquet']) {
      const { stderr } = await runProgram('chart', at(name), '--out', at('chart.html'))
      areFoundEarlier.push(said(stderr, name)[0]!.endsWith(' (found when the file was enriched)'))
    }
    assert.deepEqual(areFoundEarlier, [false, true])
  })

  it('by chart --serve', async () => {
    const server = spawn(process.execPath, [script('parquet-supertrend'), 'chart', at('enriched.parquet'), '--serve'])
    let stderr = ''
    server.stderr.on('data', (text) => {
      stderr += text
    })
    const exited = new Promise((resolve) => server.once('exit', resolve))
    await Promise.race([new Promise((resolve) => server.stdout.once('data', resolve)), exited])
    server.kill('SIGINT')
    assert.equal(await exited, 0)
    assert.equal(said(stderr, 'enriched.parquet').length, 1, stderr)
  })

  it('beside the reason for which a file is refused, without those that it states itself', async () => {
    for (const [options, about] of [
      [[at('none.parquet')], undefined],
      [['--out-dir', at('none')], 'refused.parquet'],
    ] as const) {
      const { code, stderr } = await runProgram('enrich', at('refused.parquet'), ...options)
      assert.equal(code, 2)
      const warnings = said(stderr, about)
      assert.equal(warnings.length, 1, stderr)
      assert.match(warnings[0]!, /^1 of 60 rows is 0/)
      assert.match(stderr, /^error: .*different prices/m)
    }
    const strict = await runProgram('enrich', at('bars.parquet'), at('none.parquet'), '--strict')
    assert.deepEqual([strict.code, said(strict.stderr)], [2, []])
    assert.match(strict.stderr, new RegExp(`^error: ${WARNING}`))
    const inspected = await runProgram('inspect', at('refused.parquet'))
    assert.equal(inspected.code, 2)
    assert.equal(inspected.stdout.match(/^ {2}warning \(/gm)?.length, 2, inspected.stdout)
    assert.doesNotMatch(inspected.stderr, /warning/)
  })
})

describe('an adjusted close beside prices that are not adjusted', () => {
  const adjusted = at('adjusted.parquet')
  writeFileSync(adjusted, barsFile(someBars(60).map((bar) => ({ ...bar, close: bar.close! / 2 }))))

  it('is warned of with the options that name other columns, and refused with --strict', async () => {
    const { code, stderr } = await runProgram('enrich', adjusted, at('out.parquet'))
    const [warning, ...others] = said(stderr, 'adjusted.parquet')
    assert.deepEqual([code, others], [0, []])
    assert.match(warning!, /^the close is above the high or below the low in 60 of 60 rows; .* --close-column, /)
    const strict = await runProgram('enrich', adjusted, at('none.parquet'), '--strict')
    assert.deepEqual([strict.code, existsSync(at('none.parquet'))], [2, false])
  })
})

describe('a warning about the call', () => {
  it('is no reason for --strict, as the documentation says', async () => {
    const good = at('good.parquet')
    writeFileSync(good, barsFile(someBars(60)))
    assert.equal((await runProgram('enrich', good, good)).code, 0)
    const { code, stderr } = await runProgram('enrich', good, good, '--strict')
    assert.equal(code, 0, stderr)
    const [warning, ...others] = said(stderr, 'good.parquet')
    assert.match(warning!, /^the new columns replace /)
    assert.deepEqual(others, [])
  })
})

describe('a warning is printed on standard output', () => {
  it('by npm start', async () => {
    const { stdout } = await callScript('local', process.env, [at('bars.parquet')], scratch)
    assert.match(stdout, new RegExp(`^ {2}warning {4}${WARNING}`, 'm'))
  })

  it('by npm start -- --watch', async () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'bars.parquet'), barsFile(bars))
    const program = spawn(process.execPath, [script('local'), '--watch', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let stdout = ''
    const exited = new Promise((resolve) => program.once('exit', resolve))
    const enriched = new Promise<void>((resolve) => {
      program.stdout.on('data', (text) => {
        stdout += text
        if (/^enriched .*\n/m.test(stdout)) resolve()
      })
    })
    await Promise.race([enriched, exited])
    program.kill('SIGINT')
    assert.equal(await exited, 0)
    assert.ok(existsSync(path.join(folder, 'enriched', 'bars.parquet')))
    assert.match(stdout, new RegExp(`^warning {4}bars\\.parquet: ${WARNING}`, 'm'))
  })
})
