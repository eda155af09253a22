import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import { SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs'
import { type AwsCli, startAwsCli } from '../aws-cli/aws-cli.ts'
import { temporaryFolder } from '../parquet-files.ts'
import { type Emulator, startEmulator } from './emulator.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { runScript } from './runbook.ts'
import { pythonOfTools } from './tools.ts'

let emulator: Emulator
let gateway: Gateway
let cli: AwsCli
before(async () => {
  emulator = await startEmulator({ folder: temporaryFolder(), proxies: {} })
  gateway = await startGateway(emulator.endpoint)
  cli = await startAwsCli(pythonOfTools())
})
after(async () => {
  await cli?.stop()
  await gateway?.stop()
  await emulator?.stop()
})

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:letters'
const client = () => ({
  endpoint: gateway.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})
const aws = (script: string) => {
  const environment = { ...emulator.environment, AWS_ENDPOINT_URL: gateway.endpoint }
  return runScript(script, { folder: temporaryFolder(), environment, cli })
}

describe('the gateway', () => {
  it('refuses to move letters that the function sent, unless it is said where to', async () => {
    const move = new StartMessageMoveTaskCommand({ SourceArn: QUEUE })
    await assert.rejects(new SQSClient(client()).send(move), /CouldNotDetermineMessageSource/)
  })

  it('fails a map that returns more than a state may, unless it writes its results elsewhere', async () => {
    const sfn = new SFNClient(client())
    const outcome = async (name: string, items: number, writer: object) => {
      const One = { Type: 'Pass', Result: 'x'.repeat(10_000), End: true }
      const map = { Type: 'Map', ItemProcessor: { StartAt: 'One', States: { One } }, End: true, ...writer }
      const definition = JSON.stringify({ StartAt: 'Map', States: { Map: map } })
      const roleArn = 'arn:aws:iam::000000000000:role/any'
      const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name, definition, roleArn }))
      const input = JSON.stringify(Array.from({ length: items }, (_, i) => i))
      const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input }))
      for (;;) {
        const { status, error } = await sfn.send(new DescribeExecutionCommand({ executionArn }))
        if (status !== 'RUNNING') return [status, error]
      }
    }
    const ResultWriter = { Resource: 'arn:aws:states:::s3:putObject', Parameters: { Bucket: 'b', Prefix: 'p' } }
    assert.deepEqual(await outcome('few', 20, {}), ['SUCCEEDED', undefined])
    assert.deepEqual(await outcome('many', 30, {}), ['FAILED', 'States.DataLimitExceeded'])
    assert.deepEqual(await outcome('written', 30, { ResultWriter }), ['SUCCEEDED', undefined])
  })

  it('uploads the message of an alarm if no policy of the topic lets CloudWatch publish', async () => {
    const topic = (await aws('aws sns create-topic --name page --query TopicArn --output text')).trim()
    const url = (await aws('aws sqs create-queue --queue-name pages --query QueueUrl --output text')).trim()
    const queue = 'arn:aws:sqs:us-east-1:000000000000:pages'
    await aws(`aws sns subscribe --topic-arn ${topic} --protocol sqs --notification-endpoint ${queue}
aws cloudwatch put-metric-alarm --alarm-name a --alarm-actions ${topic} --namespace n --metric-name m --statistic Sum \\
  --period 60 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanThreshold`)
    const received = async (Statement: readonly object[]) => {
      const policy = JSON.stringify({ Version: '2012-10-17', Statement })
      const texts = await aws(`aws sns set-topic-attributes --topic-arn ${topic} --attribute-name Policy \\
  --attribute-value '${policy}'
for state in OK ALARM; do aws cloudwatch set-alarm-state --alarm-name a --state-value $state --state-reason test; done
aws sqs receive-message --queue-url ${url} --max-number-of-messages 10 --query 'length(Messages || \`[]\`)'
aws sqs purge-queue --queue-url ${url}`)
      return Number(texts)
    }
    const statement = { Action: 'sns:Publish', Resource: topic }
    const Condition = { StringEquals: { 'aws:SourceAccount': '000000000000' } }
    const cloudWatch = { ...statement, Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' }, Condition }
    const overTls = { Bool: { 'aws:SecureTransport': 'false' } }
    const tlsOnly = { ...statement, Effect: 'Deny', Principal: '*', Condition: overTls }
    assert.equal(await received([tlsOnly, cloudWatch]), 1)
    assert.equal(await received([tlsOnly]), 0)
  })
})
