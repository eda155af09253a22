import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { barsFile, runCli, runProgram, someBars, temporaryFolder } from '../../parquet-files.ts'

const scratch = temporaryFolder()
const at = (...names: string[]) => path.join(scratch, ...names)
const names = ['symbol=A/1.parquet', 'symbol=A/2.parquet', 'symbol=B/1.parquet']
for (const [i, name] of names.entries()) {
  mkdirSync(path.dirname(at('in', name)), { recursive: true })
  writeFileSync(at('in', name), barsFile(someBars(40, i + 1)))
}
const { stderr, code } = await runCli(at('in'), '--out-dir', at('in', 'out'))
assert.deepEqual([stderr, code], ['', 0])

describe('verify of two folders', () => {
  it('proves each file on its own, in a line for each', async () => {
    for (const [originals, enriched] of [
      [at('in'), at('in/out')],
      [`${at('in')}/`, `${at('in/out')}/`],
      [at('in/symbol=*/*'), at('in/out/symbol=*/*')],
    ] as const) {
      const { code, stdout, stderr } = await runProgram('verify', originals, enriched)
      assert.deepEqual([code, stderr], [0, ''])
      const lines = names.map((name) => `${at('in/out', name)}: holds, 40 rows, 0 duplicates removed`)
      assert.deepEqual(stdout.trim().split('\n'), [...lines, '3 of 3 files verified'])
    }
  })

  it('names what does not hold, what is missing and what has no original, and goes on', async () => {
    mkdirSync(at('bad/symbol=A'), { recursive: true })
    mkdirSync(at('bad/symbol=B'), { recursive: true })
    copyFileSync(at('in/out', names[0]!), at('bad', names[1]!))
    copyFileSync(at('in/out', names[2]!), at('bad', names[2]!))
    copyFileSync(at('in/out', names[2]!), at('bad/symbol=B/9.parquet'))
    const { code, stdout } = await runProgram('verify', at('in/symbol=*/*'), at('bad/symbol=*/*'))
    assert.equal(code, 3)
    assert.match(
      stdout,
      /in\/symbol=A\/1\.parquet: verification failed\n {2}it has no enriched file\n.*bad\/symbol=A\/2\.parquet: verification failed\n[\s\S]*B\/1\.parquet: holds, [\s\S]*B\/9\.parquet: verification failed\n {2}it has no original\n1 of 4 files verified\n$/,
    )
    const json = await runProgram('verify', at('in/symbol=*/*'), at('bad/symbol=*/*'), '--json')
    const lines = json.stdout.trim().split('\n')
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).holds),
      [false, false, true, false],
    )
  })

  it('goes on after an original that is refused', async () => {
    mkdirSync(at('cut'))
    mkdirSync(at('cut-out'))
    writeFileSync(at('cut/1.parquet'), readFileSync(at('in', names[0]!)).subarray(0, 400))
    copyFileSync(at('in', names[1]!), at('cut/2.parquet'))
    for (const i of [0, 1]) copyFileSync(at('in/out', names[i]!), at(`cut-out/${i + 1}.parquet`))
    const { code, stdout } = await runProgram('verify', at('cut'), at('cut-out'))
    assert.equal(code, 3)
    assert.match(stdout, /1\.parquet: verification failed\n {2}its original .* is refused: .*\n.*2\.parquet: holds/)
  })

  it('proves with --dropped-dir that the removed rows of each file are in another one', async () => {
    for (const [i, name] of ['1.parquet', '2.parquet', '3.parquet'].entries()) {
      const bars = someBars(40, i + 1)
      mkdirSync(at('twice'), { recursive: true })
      writeFileSync(at('twice', name), barsFile([...bars, ...bars.slice(0, i)]))
    }
    // the removed rows are below the enriched files, which are below the originals
    const [originals, enriched, removed] = [at('twice'), at('twice/out'), at('twice/out/removed')]
    assert.equal((await runCli(originals, '--out-dir', enriched, '--dropped-dir', removed)).code, 0)
    const verifying = () => runProgram('verify', originals, enriched, '--dropped-dir', removed)
    const whole = await verifying()
    assert.equal(whole.code, 0, whole.stderr)
    assert.match(whole.stdout, /3\.parquet: holds, 42 rows, 2 duplicates removed and in their file\n3 of 3 files/)
    copyFileSync(at('twice/out/removed/2.parquet'), at('twice/out/removed/3.parquet'))
    rmSync(at('twice/out/removed/1.parquet'))
    const { code, stdout } = await verifying()
    assert.equal(code, 3)
    assert.match(
      stdout,
      /1\.parquet: verification failed\n {2}it has no file of removed rows\n.*2\.parquet: holds.*\n.*3\.parquet: verification failed\n {2}removed rows: [^\n]*\n1 of 3 files verified\n$/,
    )
    renameSync(at('twice/out/removed/3.parquet'), at('twice/out/removed/9.parquet'))
    assert.match(
      (await verifying()).stdout,
      /removed\/9\.parquet: verification failed\n {2}it has no original\n1 of 4 files/,
    )
    for (const [folder, message] of [
      [at('twice/nowhere'), /--dropped-dir: there is no folder ".*nowhere"/],
      [at('twice/out'), /--dropped-dir names the folder ".*out" of other files/],
    ] as const) {
      const { code, stderr } = await runProgram('verify', originals, enriched, '--dropped-dir', folder)
      assert.equal(code, 2)
      assert.match(stderr, message)
    }
  })

  it('says that files of a sequence take --carry', async () => {
    mkdirSync(at('days'))
    const bars = someBars(60)
    for (const day of [0, 1])
      writeFileSync(at(`days/${day + 1}.parquet`), barsFile(bars.slice(30 * day, 30 * day + 30)))
    await runCli(at('days'), '--out-dir', at('carried'), '--carry')
    const { code, stdout } = await runProgram('verify', at('days'), at('carried'))
    assert.equal(code, 3)
    assert.match(stdout, /1\.parquet: holds.*\n.*2\.parquet: verification failed\n.* or all files with --carry\n/)
  })

  it('takes two folders, not one', async () => {
    for (const [args, message] of [
      [[at('in'), at('in/out', names[0]!)], /is a folder, ".*1\.parquet" is none; name two files or two folders/],
      [[at('in', names[0]!), at('in/out')], /out" is a folder, /],
      [[at('in'), at('nowhere')], /nowhere" is none/],
      [[at('in'), at('in/out'), '--dropped', at('x')], /--dropped names one file; for many it is --dropped-dir/],
      [[at('in', names[0]!), at('in/out', names[0]!), '--dropped-dir', at('x')], /--dropped-dir goes with two folders/],
      [[at('in'), at('in/out'), '--after', at('x')], /--after goes with --carry/],
    ] as const) {
      const { code, stderr } = await runProgram('verify', ...args)
      assert.equal(code, 2)
      assert.match(stderr, message)
    }
  })
})
