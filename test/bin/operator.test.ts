import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { callScript } from '../programs.ts'

function runWith(given: Readonly<Record<string, string>>, command: string, ...args: string[]) {
  const variables = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')))
  const none = {
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  }
  return callScript(command, { ...variables, ...none, ...given }, args)
}

const run = (command: string, ...args: string[]) => runWith({}, command, ...args)

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

  const region = { AWS_REGION: 'us-east-1' }
  const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
  for (const [what, given, reason] of [
    ['without credentials', region, /^error: no credentials of AWS were found; sign in, or set AWS_PROFILE .*\n$/],
    [
      'with a profile that does not exist',
      { ...region, AWS_PROFILE: 'nope' },
      /^error: no credentials .*; it is "nope"\n$/,
    ],
    [
      'in a region that cannot be one',
      { ...keys, AWS_REGION: 'us east' },
      /^error: there is no region of AWS "us east"; set AWS_REGION\n$/,
    ],
  ] as const) {
    it(`say in one line that they run ${what}`, async () => {
      const { code, stderr } = await runWith(given, 'status', '--environment', 'prod')
      assert.deepEqual([code, stderr.match(reason)?.length], [2, 1], stderr)
    })
  }
})
