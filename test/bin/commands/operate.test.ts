import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { callScript } from '../../programs.ts'

const operate = (env: Readonly<Record<string, string>>, ...args: string[]) => {
  const { AWS_REGION: _, AWS_DEFAULT_REGION: __, ...variables } = process.env
  const none = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' }
  return callScript('parquet-supertrend', { ...variables, ...none, ...env }, ['operate', ...args])
}

const COMMON = ['PipelineName', 'BucketName', 'ArrivalsQueueUrl', 'RepairsQueueUrl', 'DeadLetterQueueUrl']
const OUTPUTS = [...COMMON, 'RepairsConcurrency', 'BackfillArn', 'FunctionName']

/** The answer of CloudFormation about a stack with two pipelines. */
function answer(): string {
  const outputs = ['Stocks', 'Coins'].flatMap((id) =>
    OUTPUTS.map(
      (name) =>
        `<member><OutputKey>${id}${name}</OutputKey><OutputValue>${name.toLowerCase()}-of-${id}</OutputValue></member>`,
    ),
  )
  const stack = `<StackName>Market</StackName><Outputs>${outputs.join('')}</Outputs>`
  const result = `<DescribeStacksResult><Stacks><member>${stack}</member></Stacks></DescribeStacksResult>`
  return `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">${result}</DescribeStacksResponse>`
}

describe('operate', () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    request.on('data', (data) => asked.push(String(data)))
    request.on('end', () => response.end(answer()))
  })
  let environment: Record<string, string>
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    environment = {
      AWS_ENDPOINT_URL_CLOUDFORMATION: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    }
  })
  after(() => server.close())

  it('runs a command of an operator about one pipeline of a stack', async () => {
    const { code, stdout, stderr } = await operate(
      environment,
      ...['status', '--stack', 'Market', '--pipeline', 'Coins', '--names'],
    )
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(asked.join(), /StackName=Market/)
    for (const line of ['STACK=Market', 'PIPELINE=pipelinename-of-Coins', 'DEAD_LETTERS=deadletterqueueurl-of-Coins']) {
      assert.match(stdout, new RegExp(`^${line}$`, 'm'))
    }
    assert.doesNotMatch(stdout, /ENVIRONMENT|Stocks/)
  })

  it('asks for the pipeline where a stack has several', async () => {
    const { code, stderr } = await operate(environment, 'redrive', '--stack', 'Market')
    assert.equal(stderr, 'error: Market has several pipelines; allowed are --pipeline Stocks, Coins\n')
    assert.equal(code, 2)
  })

  it('explains itself as it was called, and says what is missing', async () => {
    const help = await operate({}, 'audit', '--help')
    assert.match(help.stdout, /^parquet-supertrend operate audit --stack NAME \[--pipeline ID\] \[--bucket BUCKET\]/)
    for (const [args, reason] of [
      [['smoke'], /^error: --stack is missing; allowed is the name of a deployed stack\n$/],
      [['backfill', '--stack', 'Market'], /^error: no region is set; set AWS_REGION\n$/],
      [['dead-letters', '--stak', 'Market'], /^error: Unknown option '--stak'.*\n$/],
      [['deploy'], /^error: there is no command operate "deploy"; allowed are status, /],
    ] as const) {
      const { code, stderr } = await operate({}, ...args)
      assert.match(stderr, reason)
      assert.equal(code, 2)
    }
  })
})
