import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
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
        ['--columns', '--double', '--codec', '--read-back'].filter((name) => offered.includes(name)),
        [],
      )
      assert.ok(offered.includes('--definition'))
      const { stdout } = await runProgram(command, '--help')
      assert.doesNotMatch(stdout, /--(?:columns|double|codec|read-back)\b/)
      assert.match(stdout, /--prefix <name> +which columns are shown/)
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

const folder = temporaryFolder()
mkdirSync(path.join(folder, 'bin'))
const program = path.join(folder, 'bin/parquet-supertrend')
const cache = new URL('../../../bin/start.js', import.meta.url).href
const source = fileURLToPath(new URL('../../../bin/parquet-supertrend.ts', import.meta.url))
writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" --import "${cache}" "${source}" "$@"\n`)
chmodSync(program, 0o755)
writeFileSync(path.join(folder, 'my-bars.parquet'), '')

/** Runs a script in a shell that finds the program, in a folder with a parquet file. */
async function inShell(shell: string, script: string, ...options: string[]): Promise<string> {
  const env = { ...process.env, HOME: folder, PATH: `${path.dirname(program)}:${process.env.PATH}` }
  const { stdout, stderr } = await promisify(execFile)(shell, [...options, '-c', script], { cwd: folder, env })
  assert.equal(stderr, '')
  return stdout.replace(/\n$/, '')
}

const EXPECTED: readonly (readonly [typed: string, offered: readonly string[]])[] = [
  ['parquet-supertrend ins', ['inspect']],
  ['parquet-supertrend enrich a.parquet --zero', ['--zero-prices']],
  ['parquet-supertrend enrich --keep ', ['first', 'last']],
  ['parquet-supertrend enrich --codec=ZS', ['--codec=ZSTD']],
  ['parquet-supertrend enrich my-', ['my-bars.parquet']],
]

/** Completes lines in a shell that has read the script twice. @returns each line's completions, as they are printed */
async function tab(...lines: string[]): Promise<string[]> {
  const completed = lines.map(
    (line) => `COMPREPLY=()
COMP_LINE=${JSON.stringify(line)} COMP_POINT=${line.length}
_parquet_supertrend || true
printf '%s\n' "\${COMPREPLY[*]}"`,
  )
  const script = `set -e
eval "$(parquet-supertrend complete bash)"
eval "$(parquet-supertrend complete bash)"
complete -p parquet-supertrend
${completed.join('\n')}`
  const [rule, ...found] = (await inShell('bash', script)).split('\n')
  assert.equal(rule, 'complete -o default -F _parquet_supertrend parquet-supertrend')
  return found
}

describe('completion in bash', { skip: process.platform === 'win32' }, () => {
  it('can be read twice, and completes commands, options and values; names of files are left to bash', async () => {
    const found = await tab(
      'parquet-supertrend ins',
      'parquet-supertrend enrich a.parquet --zero',
      'parquet-supertrend enrich --keep ',
      // bash replaces only what follows the =
      'parquet-supertrend enrich --codec=ZS',
      'parquet-supertrend enrich my-',
    )
    assert.deepEqual(found, ['inspect', '--zero-prices', 'first last', 'ZSTD', ''])
  })
})

const lacks = (shell: string) => spawnSync(shell, ['-c', 'true']).error && `no ${shell}`

describe('completion in zsh', { skip: lacks('zsh') }, () => {
  it('can be read twice, and completes commands, options, values and names of files', async () => {
    const lines = EXPECTED.map(([typed]) => {
      const words = typed.split(' ').map((word) => `'${word}'`)
      return `words=(${words.join(' ')}) CURRENT=$#words; _parquet_supertrend`
    })
    const found = await inShell(
      'zsh',
      `autoload -Uz compinit && compinit -u
eval "$(parquet-supertrend complete zsh)"
eval "$(parquet-supertrend complete zsh)"
print -r -- "$_comps[parquet-supertrend]"
# what zsh would offer
compadd() { shift; print -r -- "$*" }
_files() { print -r -- my-* }
${lines.join('\n')}`,
      '-f',
    )
    assert.deepEqual(found.split('\n'), ['_parquet_supertrend', ...EXPECTED.map(([, offered]) => offered.join(' '))])
  })
})

describe('completion in fish', { skip: lacks('fish') }, () => {
  it('can be read twice, and completes commands, options, values and names of files, each alone', async () => {
    const twice = 'parquet-supertrend complete fish | source\n'.repeat(2)
    const lines = EXPECTED.map(([typed]) => `complete -C '${typed}'`)
    const found = await inShell('fish', `${twice}${lines.join('\n')}`, '--no-config')
    assert.deepEqual(
      found.split('\n').map((offered) => offered.split('\t')[0]),
      EXPECTED.flatMap(([, offered]) => offered),
    )
  })
})
