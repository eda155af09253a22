import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type EmbeddedAws, startEmbeddedAws } from '../../bin/local/embedded-aws.ts'
import { barsFile, runCli, someBars, temporaryFolder } from '../parquet-files.ts'

import { callScript } from '../programs.ts'
import { quickOrThorough } from '../thorough.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
const bars = someBars(300)

/** Runs `enrich` with a value of supertrend_lb changed between computing and writing. */
function runFaulty(args: readonly string[], environment: Record<string, string> = {}) {
  if (!args.includes('-')) return quickOrThorough(callFaulty, startFaulty)(args, environment)
  return startFaulty(args, environment)
}

const callFaulty = (args: readonly string[], environment: Record<string, string>) =>
  callScript('../test/fakes/faulty-command', { ...process.env, ...environment }, args)

function startFaulty(args: readonly string[], environment: Record<string, string>) {
  const script = fileURLToPath(new URL('../fakes/faulty-command.ts', import.meta.url))
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const env = { ...process.env, ...environment }
    execFile(process.execPath, [script, ...args], { env, encoding: 'latin1' }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    )
  })
}

const FOUND =
  /^error: unexpected: ReadBackError: the new column "supertrend_lb" does not read back as computed: parquet-wasm decodes another value in at least one of the rows 0 to \d+ \(the first is row 0\); nothing is published; .*report it.*; --read-back off/

describe('--read-back on the command line', () => {
  let aws: EmbeddedAws
  before(async () => {
    writeFileSync(at('clean.parquet'), barsFile(bars))
    writeFileSync(at('overlapping.parquet'), barsFile([...bars, ...bars.slice(290)]))
    aws = await startEmbeddedAws('bars')
  })
  after(() => aws.stop())

  it('is off, on, or a share of the files', async () => {
    await runCli(at('clean.parquet'), at('expected.parquet'))
    for (const share of ['off', 'on', '0', '1', '0.5']) {
      const { code, stderr } = await runCli(at('clean.parquet'), at('same.parquet'), '--read-back', share)
      assert.deepEqual([code, stderr], [0, ''])
      assert.deepEqual(readFileSync(at('same.parquet')), readFileSync(at('expected.parquet')))
    }
    for (const share of ['1.5', '-0.1', 'yes', '']) {
      const { code, stderr } = await runCli(at('clean.parquet'), at('none.parquet'), '--read-back', share)
      assert.equal(code, 2)
      assert.equal(stderr, `error: --read-back is "${share}"; allowed are off, on, or a number from 0 to 1\n`)
    }
  })

  for (const file of ['clean', 'overlapping']) {
    it(`ends with 1 when the output differs from the computed values, and leaves nothing behind: ${file}`, async () => {
      writeFileSync(at('before.parquet'), 'what was there before')
      const files = readdirSync(scratch)
      for (const output of [at('new.parquet'), at('before.parquet')]) {
        const { code, stdout, stderr } = await runFaulty([at(`${file}.parquet`), output, '--read-back', 'on'])
        assert.deepEqual([code, stdout], [1, ''])
        assert.match(stderr, FOUND)
      }
      assert.deepEqual(readdirSync(scratch), files)
      assert.equal(readFileSync(at('before.parquet'), 'utf8'), 'what was there before')
      const off = await runFaulty([at(`${file}.parquet`), at('off.parquet'), '--read-back', 'off'])
      assert.deepEqual([off.code, off.stderr.replaceAll(/^warning: .*\n/gm, '')], [0, ''])
    })
  }

  it('keeps the file of removed rows back too', async () => {
    for (const output of [at('rest.parquet'), 's3://bars/out/rest.parquet']) {
      for (const dropped of [at('rows.parquet'), 's3://bars/out/rows.parquet']) {
        const args = [at('overlapping.parquet'), output, '--dropped', dropped, '--read-back', 'on']
        const { code, stderr } = await runFaulty(args, {
          AWS_ENDPOINT_URL: aws.endpoint,
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: 'local',
          AWS_SECRET_ACCESS_KEY: 'local',
        })
        assert.equal(code, 1)
        assert.match(stderr, FOUND)
      }
    }
    assert.ok(!existsSync(at('rest.parquet')) && !existsSync(at('rows.parquet')))
    for (const key of ['rest', 'rows']) {
      const { status } = await fetch(`${aws.endpoint}/bars/out/${key}.parquet`, { method: 'HEAD' })
      assert.equal(status, 404, key)
    }
  })

  it('ends standard output before the step that makes a file of it', async () => {
    const { code, stdout, stderr } = await runFaulty([at('clean.parquet'), '-', '--read-back', 'on'])
    assert.equal(code, 1)
    assert.match(stderr, FOUND)
    assert.ok(!stdout.slice(statLength()).endsWith('PAR1'))
  })

  it('lets a batch go on with the other files', async () => {
    const args = [at('clean.parquet'), at('overlapping.parquet'), '--out-dir', at('many'), '--read-back', 'on']
    const { code, stderr } = await runFaulty(args)
    assert.equal(code, 1)
    assert.equal(stderr.match(/ReadBackError: /g)?.length, 2)
    assert.deepEqual(readdirSync(at('many')), [])
  })
})

/** Bytes of the input, which an appended output begins with. */
function statLength(): number {
  return readFileSync(at('clean.parquet')).length
}
