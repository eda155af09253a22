import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
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

  it('says that patterns need quotes', async () => {
    const { code, stderr } = await runProgram('verify', '--carry', 'a/0', 'a/1', 'b/0', 'b/1')
    assert.equal(code, 2)
    assert.match(stderr, /^error: expected ORIGINAL and ENRICHED, got 4 paths; .* two patterns in quotes/)
  })
})
