import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pythonOfTools } from '../deploy/tools.ts'
import { temporaryFolder } from '../parquet-files.ts'
import { type AwsCli, startAwsCli } from './aws-cli.ts'

const NO_SERVER = 'http://127.0.0.1:1'
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_MAX_ATTEMPTS: '1' }

let cli: AwsCli
before(async () => {
  cli = await startAwsCli(pythonOfTools())
})
after(() => cli?.stop())

function aws(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = temporaryFolder()) {
  const [program, ...first] = cli.command
  const { status, stdout, stderr } = spawnSync(program, [...first, ...args], { cwd, env, encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe('a command of the AWS CLI that was loaded before', () => {
  it('prints what it says to its own streams, and has its own exit code', () => {
    const version = aws(['--version'])
    assert.match(version.stdout, /^aws-cli\/\S+ Python\/.*\n$/)
    assert.deepEqual([version.status, version.stderr], [0, ''])
    const unknown = aws(['sqs', 'no-such-command'])
    assert.match(unknown.stderr, /Invalid choice/)
    assert.deepEqual([unknown.status, unknown.stdout], [2, ''])
  })

  it('has its own environment, of which the next one sees nothing', () => {
    const list = ['sqs', 'list-queues', '--endpoint-url', NO_SERVER]
    const inRegion = aws(list, { ...CREDENTIALS, AWS_DEFAULT_REGION: 'us-east-1' })
    assert.match(inRegion.stderr, /Could not connect to the endpoint URL: "http:\/\/127\.0\.0\.1:1\/"/)
    assert.match(aws(list, CREDENTIALS).stderr, /You must specify a region/)
    assert.match(aws(list, { AWS_DEFAULT_REGION: 'us-east-1' }).stderr, /Unable to locate credentials/)
  })

  it('has its own folder', () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'input.json'), '{"QueueName": "queue"}')
    const input = ['sqs', 'create-queue', '--cli-input-json', 'file://input.json', '--generate-cli-skeleton', 'output']
    const { status, stdout, stderr } = aws(input, { ...CREDENTIALS, AWS_DEFAULT_REGION: 'us-east-1' }, folder)
    assert.equal(status, 0, stderr)
    assert.match(stdout, /QueueUrl/)
    assert.notEqual(aws(input, { ...CREDENTIALS, AWS_DEFAULT_REGION: 'us-east-1' }).status, 0)
  })
})
