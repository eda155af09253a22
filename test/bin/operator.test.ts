import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { callScript } from '../programs.ts'

function run(command: string, ...args: string[]) {
  const { AWS_REGION: _, AWS_DEFAULT_REGION: __, ...variables } = process.env
  const env = { ...variables, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' }
  return callScript(command, env, args)
}

describe('the commands of an operator', () => {
  for (const command of ['alarm-test', 'audit', 'backfill', 'dead-letters', 'redrive', 'smoke', 'status']) {
    it(`${command} names the environments that there are`, async () => {
      const { code, stderr } = await run(command, '--environment', 'production')
      assert.equal(code, 2)
      assert.match(
        stderr,
        /^error: --environment: the environment is "production"; allowed are dev, staging, prod, local\n$/,
      )
    })

    it(`${command} explains itself, and names missing arguments`, async () => {
      const help = await run(command, '--help')
      assert.deepEqual([help.code, help.stderr], [0, ''])
      assert.match(help.stdout, new RegExp(`^npm run ${command} -- --environment NAME`))
      for (const [args, reason] of [
        [[], /^error: --environment is missing; allowed are dev, staging, prod, local\n$/],
        [['--environment', 'prod'], /^error: no region is set; set AWS_REGION\n$/],
        [['--stack', 'Market'], /^error: no region is set; set AWS_REGION\n$/],
        [['--stack', 'Market', '--environment', 'prod'], /^error: allowed is one of --environment and --stack\n$/],
        [['--environment', 'prod', '--pipeline', 'Bars'], /^error: --pipeline needs --stack\n$/],
        [['--enviroment', 'prod'], /^error: Unknown option '--enviroment'.*\n$/],
      ] as const) {
        const { code, stderr } = await run(command, ...args)
        assert.equal(code, 2, stderr)
        assert.match(stderr, reason)
      }
    })
  }
})
