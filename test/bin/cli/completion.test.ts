import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runProgram, temporaryFolder } from '../../parquet-files.ts'

const words = async (...typed: string[]) => {
  const { code, stdout, stderr } = await runProgram('complete', '--', ...typed)
  assert.deepEqual([code, stderr], [0, ''])
  return stdout.split('\n').filter(Boolean)
}

describe('completion', () => {
  it('offers commands', async () => {
    assert.deepEqual(await words('ver'), ['verify'])
    assert.ok((await words('')).includes('enrich'))
    assert.deepEqual(await words('help', 'fl'), ['flips'])
  })

  it('offers the options of a command', async () => {
    assert.deepEqual(await words('enrich', 'a.parquet', '--cod'), ['--codec'])
    assert.deepEqual(await words('verify', '--cod'), [])
    assert.ok((await words('chart', '--')).includes('--serve'))
    assert.deepEqual(await words('enrich', '--pre'), ['--prefix'])
    for (const command of ['flips', 'chart']) {
      const offered = await words(command, '--')
      assert.deepEqual(
        ['--columns', '--prefix', '--double', '--codec', '--read-back'].filter((name) => offered.includes(name)),
        [],
      )
      assert.ok(offered.includes('--definition'))
      const { stdout } = await runProgram(command, '--help')
      assert.doesNotMatch(stdout, /--(?:columns|prefix|double|codec|read-back)\b/)
      assert.match(stdout, /--period <n>/)
    }
  })

  it('offers the values of options, also behind =', async () => {
    assert.deepEqual(await words('enrich', '--definition', 'tr'), ['tradingview'])
    assert.deepEqual(await words('enrich', '--keep', ''), ['first', 'last'])
    assert.deepEqual(await words('enrich', '--codec=Z'), ['--codec=ZSTD'])
    assert.deepEqual(await words('enrich', '--columns', 'ub,l'), ['ub,lb'])
    assert.deepEqual(await words('enrich', '--columns', 'ub,'), [
      'ub,lb',
      'ub,orientation',
      'ub,segment',
      'ub,atr',
      'ub,flip',
    ])
  })

  it('leaves names of files to the shell', async () => {
    assert.deepEqual(await words('enrich', 'docs/aa'), [])
    assert.deepEqual(await words('enrich', '--out-dir', ''), [])
    assert.deepEqual(await words('no-command', ''), [])
  })

  it('has a script for each shell, and refuses another', async () => {
    for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
      assert.match((await runProgram('complete', shell)).stdout, /parquet-supertrend complete -- /)
    }
    const { code, stderr } = await runProgram('complete', 'tcsh')
    assert.equal(code, 2)
    assert.match(stderr, /there is no completion for "tcsh"; allowed are bash, zsh, fish, powershell/)
  })
})

/** Completes a line in an interactive shell that has read the script twice. @returns the line after Tab, as it is printed */
async function tab(line: string): Promise<string> {
  const folder = temporaryFolder()
  mkdirSync(path.join(folder, 'bin'))
  const program = path.join(folder, 'bin/parquet-supertrend')
  const source = fileURLToPath(new URL('../../../bin/parquet-supertrend.ts', import.meta.url))
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${source}" "$@"\n`)
  chmodSync(program, 0o755)
  writeFileSync(path.join(folder, 'my-bars.parquet'), '')
  const script = `set -e
eval "$(parquet-supertrend complete bash)"
eval "$(parquet-supertrend complete bash)"
COMP_LINE=${JSON.stringify(line)} COMP_POINT=${line.length}
complete -p parquet-supertrend
_parquet_supertrend || true
printf '%s\n' "\${COMPREPLY[@]}"`
  const env = { ...process.env, PATH: `${path.dirname(program)}:${process.env.PATH}` }
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], { cwd: folder, env })
  assert.equal(stderr, '')
  const [rule, ...found] = stdout.trimEnd().split('\n')
  assert.equal(rule, 'complete -o default -F _parquet_supertrend parquet-supertrend')
  return found.join(' ')
}

describe('completion in bash', { skip: process.platform === 'win32' }, () => {
  it('can be read twice, and completes commands, options and values', async () => {
    assert.equal(await tab('parquet-supertrend ins'), 'inspect')
    assert.equal(await tab('parquet-supertrend enrich a.parquet --zero'), '--zero-prices')
    assert.equal(await tab('parquet-supertrend enrich --keep '), 'first last')
    // bash replaces only what follows the =
    assert.equal(await tab('parquet-supertrend enrich --codec=ZS'), 'ZSTD')
  })

  it('finds nothing where a file is named, so that bash offers files', async () => {
    assert.equal(await tab('parquet-supertrend enrich my-'), '')
  })
})
