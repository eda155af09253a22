import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { LambdaClient } from '@aws-sdk/client-lambda'
import type { SfnPort } from '../../../bin/operator/backfill.ts'
import type { Deployment } from '../../../bin/operator/deployment.ts'
import { deployedFunction } from '../../../bin/operator/deployment.ts'
import { printStatus } from '../../../bin/operator/status.ts'
import type { LambdaPort } from '../../../functions/storage/invoke-function.ts'
import { logLink } from '../../../lib/console-links.ts'
import { failure } from '../../fakes/bucket.ts'
import { ARRIVALS, broken, LETTERS, letterOf, operatedBucket, REPAIRS } from './operated-bucket.ts'

const time = new Date('2026-01-01T00:00:00Z')

/** A client of the SDK whose requests are answered here: its paginators take no other. */
function answering<T extends { send: unknown }>(client: T, answers: Readonly<Record<string, object>>): T {
  client.send = async (command: object) => {
    const answer = answers[command.constructor.name]
    if (!answer) throw new Error(`not allowed to ${command.constructor.name}`)
    return answer
  }
  return client
}

const deployment: Deployment = {
  environment: 'prod',
  options: '--environment prod',
  stackName: 'Market',
  pipelineName: 'stack',
  repairsConcurrency: 2,
  bucket: 'market-data',
  arrivalsQueueUrl: ARRIVALS,
  repairsQueueUrl: REPAIRS,
  deadLetterQueueUrl: LETTERS,
  backfillArn: 'machine',
  functionName: 'enrich',
  outputs: new Map([
    ['LogGroupName', 'stack-log'],
    ['ArrivalsSourceId', 'uuid-1'],
    ['BucketName', "it's a bucket"],
  ]),
}

const clients = {
  cloudWatch: answering(new CloudWatchClient({ region: 'us-east-1' }), {
    DescribeAlarmsCommand: {
      MetricAlarms: [
        {
          AlarmName: 'stack-Errors',
          StateValue: 'ALARM',
          StateUpdatedTimestamp: time,
          AlarmDescription: 'It fails.\nAlarm: https://',
        },
        { AlarmName: 'stack-Canary', StateValue: 'OK', StateUpdatedTimestamp: time },
        { AlarmName: 'stack-other-Errors', StateValue: 'ALARM', StateUpdatedTimestamp: time },
      ],
      CompositeAlarms: [{ AlarmName: 'stack-NotEnriching', StateValue: 'ALARM', StateUpdatedTimestamp: time }],
    },
  }),
  lambda: answering(new LambdaClient({ region: 'us-east-1' }), {
    ListEventSourceMappingsCommand: {
      EventSourceMappings: [
        { EventSourceArn: 'arn:aws:sqs:r:1:stack-arrivals', State: 'Disabled', ScalingConfig: {}, UUID: 'u1' },
      ],
    },
  }),
  sfn: answering({ send: undefined as unknown } as unknown as { send: SfnPort['send'] }, {
    ListExecutionsCommand: { executions: [{ executionArn: 'run', startDate: time }] },
    ListMapRunsCommand: { mapRuns: [{ mapRunArn: 'map' }] },
    DescribeMapRunCommand: { itemCounts: { total: 10, succeeded: 4, failed: 1 } },
  }),
}

describe('the status', () => {
  it('states the waiting messages, whether everything runs, and the files that were given up or refused by reason', async () => {
    const { bucket, queues, operated, lines, upload } = operatedBucket()
    for (let i = 0; i < 1005; i++) bucket.upload(`failed/other ${i}.parquet.json`, broken)
    for (let i = 0; i < 25; i++) await upload(`incoming/${i}.parquet`, broken)
    queues.put(ARRIVALS, 'x')
    for (let i = 0; i < 30; i++) queues.put(LETTERS, letterOf(bucket.name, `incoming/${i}.parquet`))
    assert.equal(await printStatus(operated, deployment, clients), true)
    const text = lines.join('\n')
    for (const expected of [
      'arrivals: 1 wait, 0 are worked on or tried again, 0 are delayed',
      'dead letters: 30\n',
      'source stack-arrivals: Disabled, any number at a time (u1)',
      'ALARM stack-Errors since 2026-01-01T00:00:00.000Z: It fails.',
      'ALARM stack-NotEnriching',
      'canary: OK since',
      'backfill run since 2026-01-01T00:00:00.000Z: 4 of 10 keys sent, 1 not',
      'dead letters: 30 (30 failed for hours)',
      'refused files: 25 (25 not-parquet)',
    ]) {
      assert.ok(text.includes(expected), `${expected}\n${text}`)
    }
    assert.equal(lines.filter((line) => /incoming\/\d+\.parquet$/.test(line)).length, 10 + 20)
    assert.match(text, /incoming\/24\.parquet\n {4}not-parquet: /)
    const [, link] = /incoming\/0\.parquet\n {4}it failed for hours; see the log\n {4}(https:.*)/.exec(text) ?? []
    const logGroup = 'stack-log'
    const query = 'filter key="incoming/0.parquet"|sort @timestamp desc'
    assert.equal(link, logLink('us-east-1', { logGroup, text: query, days: 14 }))
  })

  it('names reports that S3 denies, and shows the others', async () => {
    const { bucket, operated, lines, upload } = operatedBucket()
    for (const name of ['a', 'b', 'c']) await upload(`incoming/${name}.parquet`, broken)
    bucket.failNext('HeadObject', 'failed/a.parquet.json', failure('Forbidden', 403))
    bucket.failNext('GetObject', 'failed/b.parquet.json', failure('AccessDenied', 403))
    assert.equal(await printStatus(operated, deployment, clients), true)
    const text = lines.join('\n')
    for (const name of ['a', 'b']) assert.ok(text.includes(`failed/${name}.parquet.json cannot be read: S3 denies it`))
    assert.match(text, /refused files: 2 \(2 not-parquet\)/)
    assert.match(text, /incoming\/c\.parquet\n {4}not-parquet: /)
  })

  it('shows the other sections when one cannot be read', async () => {
    const { operated, lines } = operatedBucket()
    const cloudWatch = answering(new CloudWatchClient({ region: 'us-east-1' }), {})
    assert.equal(await printStatus(operated, deployment, { ...clients, cloudWatch }), false)
    const text = lines.join('\n')
    assert.match(text, / {2}alarms: cannot be read: not allowed to DescribeAlarmsCommand/)
    assert.match(text, / {2}no refused files/)
  })
})

describe('the deployed function', () => {
  it('says its settings, which may differ from those in this folder', async () => {
    const SETTINGS = JSON.stringify({ inputPrefix: 'theirs/', supertrends: [{ period: 3 }] })
    const answer = {
      Environment: { Variables: { SETTINGS, SOURCE_BUCKETS: 'coins,bonds' } },
      MemorySize: 1024,
      Timeout: 300,
    }
    const lambda = { send: async () => answer } as unknown as LambdaPort
    const { settings, memoryMiB, timeoutMs, sourceBuckets } = await deployedFunction(deployment, lambda)
    assert.equal(settings.inputPrefix, 'theirs/')
    assert.deepEqual([memoryMiB, timeoutMs], [1024, 300_000])
    assert.deepEqual(sourceBuckets, ['coins', 'bonds'])
  })
})
