import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { barsFile, runCli, runProgram, someBars, temporaryFolder } from '../parquet-files.ts'

const scratch = temporaryFolder()
const at = (...names: string[]) => path.join(scratch, ...names)
const bars = someBars(120)

for (const [folder, seed] of [
  ['A', 0],
  ['B', 30],
] as const) {
  mkdirSync(at('in', folder), { recursive: true })
  for (const day of [0, 1, 2]) {
    writeFileSync(at('in', folder, `${day}.parquet`), barsFile(bars.slice(30 * day, 30 * day + 30 + seed)))
  }
}
const { stderr } = await runCli(at('in/*/*.parquet'), '--out-dir', at('out'), '--carry-within', at('in/*'))
assert.equal(stderr, '')

describe('verify of files that continue each other', () => {
  it('proves one file with the files before it', async () => {
    const [original, enriched] = [at('in/B/1.parquet'), at('out/B/1.parquet')]
    const { code, stdout } = await runProgram('verify', original, enriched, '--after', at('out/B/0.parquet'))
    assert.equal(code, 0)
    assert.match(stdout, /1\.parquet: holds\n/)
    assert.equal((await runProgram('verify', original, enriched)).code, 3)
  })

  it('proves one sequence and many', async () => {
    const one = await runProgram('verify', '--carry', at('in/A/*'), at('out/A/*'))
    assert.deepEqual([one.code, one.stdout.match(/: holds\n/g)!.length], [0, 3])
    const many = await runProgram('verify', at('in/*/*'), at('out/*/*'), '--carry-within', at('in/*'), '--json')
    assert.equal(many.code, 0)
    const lines = many.stdout.trim().split('\n')
    const files = ['A', 'B'].flatMap((folder) => [0, 1, 2].map((day) => `${folder}/${day}.parquet`))
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)).map(({ original, enriched, holds }) => ({ original, enriched, holds })),
      files.map((name) => ({ original: at('in', name), enriched: at('out', name), holds: true })),
    )
  })

  it('finds a file that was enriched alone, and one that is missing', async () => {
    mkdirSync(at('broken'))
    for (const day of [0, 1, 2]) copyFileSync(at(`out/A/${day}.parquet`), at(`broken/${day}.parquet`))
    await runCli(at('in/A/1.parquet'), at('broken/1.parquet'))
    const alone = await runProgram('verify', '--carry', at('in/A/*'), at('broken/*'))
    assert.equal(alone.code, 3)
    assert.match(alone.stdout, /1\.parquet: verification failed\n {2}it was enriched without carry/)
    assert.match(
      alone.stdout,
      /2\.parquet: verification failed\n {2}what it continues from cannot be used: .* has no state/,
    )
    rmSync(at('broken/1.parquet'))
    const missing = await runProgram('verify', '--carry', at('in/A/*'), at('broken/*'))
    assert.equal(missing.code, 3)
    assert.match(missing.stdout, /in\/A\/1\.parquet: verification failed\n {2}it has no enriched file\n/)
    assert.match(missing.stdout, /2\.parquet: verification failed\n {2}it continues from the state/)
  })

  it('proves with --dropped-dir that the removed rows are in their files; one that lacks its own is a link', async () => {
    const [originals, enriched, removed] = [at('in/B'), at('kept'), at('removed')]
    await runCli(originals, '--out-dir', enriched, '--dropped-dir', removed, '--carry')
    const verifying = ['--carry', originals, enriched, '--dropped-dir', removed] as const
    const whole = await runProgram('verify', ...verifying)
    assert.equal(whole.code, 0, whole.stdout + whole.stderr)
    const proofs = whole.stdout.match(/all removed rows are in their file/g)
    assert.equal(proofs?.length, whole.stdout.match(/: holds/g)?.length)
    rmSync(at('removed/1.parquet'))
    const { code, stdout } = await runProgram('verify', ...verifying)
    assert.equal(code, 3)
    assert.match(
      stdout,
      /0\.parquet: holds\n[\s\S]*1\.parquet: verification failed\n {2}it has no file of removed rows\n.*2\.parquet: holds/,
    )
  })

  it('finds an enriched file that has no original', async () => {
    mkdirSync(at('fewer'))
    copyFileSync(at('in/A/0.parquet'), at('fewer/0.parquet'))
    const extra = ['--carry', at('fewer/*'), at('out/A/*')]
    const { code, stdout } = await runProgram('verify', ...extra)
    assert.equal(code, 3)
    assert.match(stdout, /A\/1\.parquet: verification failed\n {2}it has no original\n.*A\/2\.parquet/)
    const lines = (await runProgram('verify', ...extra, '--json')).stdout.trim().split('\n')
    const enriched = at('out/A/2.parquet')
    const problems = [`${enriched}: it has no original`]
    assert.deepEqual(JSON.parse(lines[2]!), { enriched, holds: false, problems })
  })

  it('goes on after an original that is refused, and names it', async () => {
    for (const folder of ['cut/in', 'cut/out']) mkdirSync(at(folder), { recursive: true })
    for (const day of [0, 1, 2]) copyFileSync(at(`in/A/${day}.parquet`), at(`cut/in/${day}.parquet`))
    const verifying = ['--carry', at('cut/in/*'), at('cut/out/*')] as const
    await runCli(at('cut/in'), '--out-dir', at('cut/out'), '--carry')
    writeFileSync(at('cut/in/1.parquet'), readFileSync(at('in/A/1.parquet')).subarray(0, 400))
    const damaged = await runProgram('verify', ...verifying)
    assert.equal(damaged.code, 3, damaged.stderr)
    // the last one continues from the file that cannot be proved
    assert.match(
      damaged.stdout,
      /0\.parquet: holds\n[\s\S]*1\.parquet: verification failed\n {2}its original .*cut\/in\/1\.parquet is refused: not a parquet file[\s\S]*2\.parquet: holds\n/,
    )
    await runCli(at('cut/in'), '--out-dir', at('cut/out'), '--carry')
    const passedBy = await runProgram('verify', ...verifying, '--json')
    assert.equal(passedBy.code, 3)
    const lines = passedBy.stdout.trim().split('\n')
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).holds),
      [true, false, true],
    )
  })

  it('takes an enriched file without an original for a link, whose values it cannot prove', async () => {
    mkdirSync(at('gone'))
    for (const day of [0, 2]) copyFileSync(at(`in/A/${day}.parquet`), at(`gone/${day}.parquet`))
    const { code, stdout } = await runProgram('verify', '--carry', at('gone/*'), at('out/A/*'))
    assert.equal(code, 3)
    assert.match(
      stdout,
      /0\.parquet: holds\n[\s\S]*1\.parquet: verification failed\n {2}it has no original\n[^ ]*2\.parquet: holds\n/,
    )
  })

  it('says what is wrong with a link', async () => {
    mkdirSync(at('links'))
    for (const day of [0, 2]) copyFileSync(at(`out/A/${day}.parquet`), at(`links/${day}.parquet`))
    const link = async (file: string, ...options: string[]) => {
      await runCli(at(file), at('links/1.parquet'), ...options)
      return (await runProgram('verify', '--carry', at('gone/*'), at('links/*'))).stdout
    }
    const failed = (problem: string) =>
      new RegExp(`0.parquet: holds\n[\\s\\S]*1.parquet: verification failed\n {2}it has no original\n {2}${problem}`)
    assert.match(await link('in/A/1.parquet'), failed('it was enriched without carry, so no file continues from it\n'))
    const other = await link('in/A/1.parquet', '--carry')
    assert.match(other, failed('it is the first of its sequence, but .*0.parquet passes on [0-9a-f]{12}\n'))
    assert.match(other, /2\.parquet: verification failed\n {2}it continues from the state/)
  })

  it('takes parquet files for those that were made of CSV files', async () => {
    mkdirSync(at('csv'))
    const lines = bars.map(({ time, high, low, close }) => `${new Date(time).toISOString()},${high},${low},${close}`)
    for (const day of [0, 1]) {
      const rows = lines.slice(30 * day, 30 * day + 30)
      writeFileSync(at(`csv/${day}.csv`), ['time,high,low,close', ...rows, ''].join('\n'))
    }
    await runCli(at('csv/*'), '--out-dir', at('csv-out'), '--carry')
    const { code, stdout, stderr } = await runProgram('verify', '--carry', at('csv/*'), at('csv-out/*'))
    assert.equal(code, 0, stdout + stderr)
  })

  for (const [options, message] of [
    [['--carry-within', 'in/*', '--after', 'x'], /begins with its first file/],
    [['--carry', '--hive', 'symbol', '--after', 'x'], /begins with its first file/],
    [['--carry', '--carry-within', 'in/*'], /allowed is one of them/],
    [['--hive', 'symbol'], /--hive goes with --carry/],
    [['--look-back', '9'], /--look-back goes with/],
  ] as const) {
    it(`is refused with ${options.join(' ')}`, async () => {
      const { code, stderr } = await runProgram('verify', 'in/*', 'out/*', ...options)
      assert.equal(code, 2)
      assert.match(stderr, message)
    })
  }

  it('says that patterns need quotes', async () => {
    const { code, stderr } = await runProgram('verify', '--carry', 'a/0', 'a/1', 'b/0', 'b/1')
    assert.equal(code, 2)
    assert.match(
      stderr,
      /^error: expected ORIGINAL and ENRICHED, got 4 paths; for many files, name two folders, or two patterns in quotes/,
    )
  })
})
