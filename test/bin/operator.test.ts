import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { estimateBackfill } from '../../bin/operator/estimate.ts'

describe('the estimate of a backfill', () => {
  it('is of time and money, from the sizes of the files', () => {
    const { files, bytes, seconds, dollars } = estimateBackfill(Array(1000).fill(6e6), 512, 10)
    assert.deepEqual([files, bytes], [1000, 6e9])
    // 1000 times 0.1 s and 0.1 s for 6 MB, ten side by side
    assert.ok(Math.abs(seconds - 20) < 1e-9)
    // 200 s of half a GB, and what each file costs beside it
    assert.ok(Math.abs(dollars - (100 * 0.0000133334 + 1000 * 0.0000672)) < 1e-9)
  })

  it('is no shorter than its longest file takes, and nothing for no file', () => {
    assert.ok(estimateBackfill([600e6, 1], 512, 10).seconds > 10)
    assert.deepEqual(estimateBackfill([], 512, 10), { files: 0, bytes: 0, seconds: 0, dollars: 0 })
  })
})

function run(command: string, ...args: string[]) {
  const script = fileURLToPath(new URL(`../../bin/${command}.ts`, import.meta.url))
  const { AWS_REGION: _, AWS_DEFAULT_REGION: __, ...variables } = process.env
  const env = { ...variables, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' }
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code, stdout, stderr }),
    )
  })
}

describe('the commands of an operator', () => {
  for (const command of ['backfill', 'redrive', 'status']) {
    it(`${command} names the environments that there are`, async () => {
      const { code, stderr } = await run(command, '--environment', 'production')
      assert.equal(code, 2)
      assert.match(
        stderr,
        /^error: --environment: the environment is "production"; allowed are dev, staging, prod, local\n$/,
      )
    })

    it(`${command} explains itself, and says what is missing`, async () => {
      const help = await run(command, '--help')
      assert.deepEqual([help.code, help.stderr], [undefined, ''])
      assert.match(help.stdout, new RegExp(`^npm run ${command} -- --environment NAME`))
      for (const [args, reason] of [
        [[], /^error: --environment is missing; allowed are dev, staging, prod, local\n$/],
        [['--environment', 'prod'], /^error: no region is set; set AWS_REGION\n$/],
        [['--enviroment', 'prod'], /^error: Unknown option '--enviroment'.*\n$/],
      ] as const) {
        const { code, stderr } = await run(command, ...args)
        assert.equal(code, 2, stderr)
        assert.match(stderr, reason)
      }
    })
  }
})
