import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { barsFile, someBars, temporaryFolder } from '../../parquet-files.ts'

const scratch = temporaryFolder()
const program = fileURLToPath(new URL('../../../bin/parquet-supertrend.ts', import.meta.url))
const bars = someBars(5000)
const lines = bars.map(({ time, high, low, close }) => `${time},${high},${low},${close}\n`)
writeFileSync(path.join(scratch, 'bars.parquet'), barsFile(bars))
writeFileSync(path.join(scratch, 'bars.csv'), `time,high,low,close\n${lines.join('')}`)

/** Runs commands with the folder for temporary files `TMPDIR`. */
function run(script: string, TMPDIR: string): Promise<{ code: unknown; stderr: string }> {
  const command = script.replaceAll('PROGRAM', `"${process.execPath}" "${program}"`)
  return new Promise((resolve) => {
    execFile('bash', ['-c', command], { cwd: scratch, env: { ...process.env, TMPDIR } }, (error, _, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    )
  })
}

describe('a copy of the input', () => {
  for (const command of [
    'ulimit -f 8; cat bars.parquet | PROGRAM enrich - out.parquet',
    'ulimit -f 8; PROGRAM enrich bars.csv out.parquet',
  ]) {
    it(`is refused where there is no room for it: ${command}`, async () => {
      const folder = path.join(scratch, 'full')
      mkdirSync(folder, { recursive: true })
      const { code, stderr } = await run(command, folder)
      assert.match(
        stderr,
        /^error: the copy of the input .* it would be larger than is allowed; make room .* TMPDIR.*\n$/,
      )
      assert.equal(code, 2)
      assert.deepEqual(readdirSync(folder), [])
    })
  }

  it('is refused where there is no folder for it', async () => {
    const { code, stderr } = await run('PROGRAM enrich bars.csv out.parquet', path.join(scratch, 'missing'))
    assert.match(stderr, /^error: a temporary folder cannot be made in .*; set TMPDIR to another folder\n$/)
    assert.equal(code, 2)
  })
})
