import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions'
import { Duration } from 'aws-cdk-lib/core'
import { parseEnvironment } from '../../functions/lambda/function-environment.ts'
import { parseSettings } from '../../functions/lambda/function-settings.ts'
import { retrySeconds } from '../../functions/lambda/own-messages.ts'
import { ENVIRONMENT_NAMES, type Environment, environmentNamed } from '../../lib/environments.ts'
import { stackOf, templateOf } from './synthesised.ts'

/** The one resource of its type, among those of the function where others have some too. */
function only(
  template: Template,
  type: string,
  prefix = '',
): { readonly id: string; readonly properties: Record<string, unknown> } {
  const found = Object.entries(template.findResources(type)).filter(([id]) => id.startsWith(prefix))
  assert.equal(found.length, 1, `${found.length} resources of type ${type}`)
  return { id: found[0]![0], properties: found[0]![1].Properties }
}

function queueIds(template: Template): { arrivals: string; repairs: string; deadLetters: string } {
  const queues = Object.entries(template.findResources('AWS::SQS::Queue'))
  const named = (end: string) => queues.find(([, { Properties }]) => Properties.QueueName.endsWith(end))?.[0]
  const [arrivals, repairs, deadLetters] = ['-arrivals', '-repairs', '-dead-letters'].map(named)
  assert.ok(queues.length === 3 && arrivals && repairs && deadLetters)
  return { arrivals, repairs, deadLetters }
}

/** What S3 tells the function. */
const EVENTS = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:LifecycleExpiration:*', 's3:ObjectRestore:Completed']

for (const name of ENVIRONMENT_NAMES) {
  describe(`the stack of ${name}`, () => {
    const template = templateOf(name)
    const { environment } = environmentNamed(name)
    const { arrivals, repairs, deadLetters } = queueIds(template)

    it('has a bucket that only this account reaches, encrypted, over TLS', () => {
      template.hasResourceProperties('AWS::S3::Bucket', {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
      })
      template.hasResourceProperties('AWS::S3::BucketPolicy', {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          ]),
        },
      })
    })

    it('deletes the parts of abandoned uploads after a day', () => {
      template.hasResourceProperties('AWS::S3::Bucket', {
        LifecycleConfiguration: {
          Rules: Match.arrayWith([
            Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' }),
          ]),
        },
      })
    })

    it('keeps the files in prod when the stack is deleted', () => {
      template.hasResource('AWS::S3::Bucket', {
        DeletionPolicy: name === 'prod' ? 'RetainExceptOnCreate' : 'Delete',
      })
    })

    it('tells the queue of every object under the input prefix that is new, deleted or restored', () => {
      template.hasResourceProperties('AWS::S3::Bucket', {
        NotificationConfiguration: {
          QueueConfigurations: ['incoming/', ...(environment.canaryEvery ? ['canary/incoming/'] : [])].flatMap(
            (Value) =>
              EVENTS.map((Event) => ({
                Event,
                Queue: { 'Fn::GetAtt': [arrivals, 'Arn'] },
                Filter: { S3Key: { Rules: [{ Name: 'prefix', Value }] } },
              })),
          ),
        },
      })
      const policies = template.findResources('AWS::SQS::QueuePolicy', {
        Properties: {
          PolicyDocument: {
            Statement: Match.arrayWith([
              Match.objectLike({
                Action: 'sqs:SendMessage',
                Effect: 'Allow',
                Principal: { Service: 's3.amazonaws.com' },
                Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
              }),
            ]),
          },
        },
      })
      // S3 refuses a notification to a queue that it may not send to yet
      template.hasResource('AWS::S3::Bucket', { DependsOn: Object.keys(policies) })
    })

    it('tries a file for hours, also when each attempt is killed, and keeps failed messages for 14 days', () => {
      for (const id of [arrivals, repairs]) {
        const { VisibilityTimeout, RedrivePolicy } = template.findResources('AWS::SQS::Queue')[id]!.Properties
        assert.deepEqual(RedrivePolicy.deadLetterTargetArn, { 'Fn::GetAtt': [deadLetters, 'Arn'] })
        // Lambda refuses a queue whose messages come again while the function may still have them
        assert.ok(VisibilityTimeout > environment.timeout!.toSeconds())
        assert.ok(VisibilityTimeout < 2 * environment.timeout!.toSeconds(), 'a crash delays a file for long')
        const { maxReceiveCount } = RedrivePolicy
        assert.ok(VisibilityTimeout * (maxReceiveCount - 1) >= 3 * 3600)
        let quickest = 0
        for (let receive = 1; receive < maxReceiveCount; receive++) quickest += retrySeconds(receive, 1)
        assert.ok(quickest >= 3 * 3600, `${quickest} s`)
      }
      template.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 14 * 24 * 3600 })
    })

    it('runs the function file by file', () => {
      template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
        EventSourceArn: { 'Fn::GetAtt': [arrivals, 'Arn'] },
        BatchSize: 1,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: environment.maxConcurrency },
      })
      template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
        EventSourceArn: { 'Fn::GetAtt': [repairs, 'Arn'] },
        ScalingConfig: { MaximumConcurrency: environment.repairsConcurrency },
      })
      template.hasResourceProperties('AWS::Lambda::Function', {
        Runtime: 'nodejs24.x',
        Architectures: [environment.architecture!.name],
        Handler: 'index.handler',
        MemorySize: environment.memory!.toMebibytes(),
        Timeout: 300,
        LoggingConfig: Match.objectLike({ LogFormat: 'JSON', SystemLogLevel: 'INFO' }),
      })
    })

    it('names the function by the alias whose version takes the messages', () => {
      const alias = only(template, 'AWS::Lambda::Alias').id
      const arn = { 'Fn::Split': [':', { Ref: alias }] }
      template.hasOutput('FunctionName', { Value: { 'Fn::Join': ['', [{ 'Fn::Select': [6, arn] }, ':live']] } })
    })

    it('gives the function settings that it accepts', () => {
      const { Environment } = only(template, 'AWS::Lambda::Function', 'Enrichment').properties as {
        Environment: { Variables: Record<string, string> & { SETTINGS: string } }
      }
      const { SETTINGS, ARRIVALS_QUEUE_URL, REPAIRS_QUEUE_URL, DEAD_LETTER_QUEUE_URL } = Environment.Variables
      const refs = [arrivals, repairs, deadLetters].map((Ref) => ({ Ref }))
      assert.deepEqual([ARRIVALS_QUEUE_URL, REPAIRS_QUEUE_URL, DEAD_LETTER_QUEUE_URL], refs)
      const { settings } = parseEnvironment({
        SETTINGS,
        ARRIVALS_QUEUE_URL: 'https://sqs.example.com/1/arrivals',
        REPAIRS_QUEUE_URL: 'https://sqs.example.com/1/repairs',
        DEAD_LETTER_QUEUE_URL: 'https://sqs.example.com/1/dead-letters',
      })
      assert.equal(settings.outputPrefix, 'enriched/')
      assert.deepEqual(settings.enrich, parseSettings(environment.settings!, 512).enrich)
    })

    it('allows the function its own requests and no more', () => {
      const bucket = only(template, 'AWS::S3::Bucket').id
      const log = only(template, 'AWS::Logs::LogGroup', 'Enrichment').id
      const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] })
      const under = (path: string) => ({ 'Fn::Join': ['', [arnOf(bucket), path]] })
      const { PolicyDocument } = only(template, 'AWS::IAM::Policy', 'Enrichment').properties as {
        PolicyDocument: { Statement: { Action: string | string[]; Resource: unknown }[] }
      }
      const [read, write, remove, abort] = [
        's3:GetObject',
        's3:PutObject',
        's3:DeleteObject',
        's3:AbortMultipartUpload',
      ]
      const receive = [
        'ReceiveMessage',
        'ChangeMessageVisibility',
        'GetQueueUrl',
        'DeleteMessage',
        'GetQueueAttributes',
      ]
      const expected: [actions: readonly (string | undefined)[], resource: unknown][] = [
        [['logs:CreateLogStream', 'logs:PutLogEvents'], arnOf(log)],
        [[read], under('/incoming/*')],
        [[read, write, abort], under('/enriched/*')],
        [[read, write, remove], under('/failed/*')],
        [environment.canaryEvery ? [read, write, remove, abort] : [], under('/canary/*')],
        [['s3:ListBucket'], arnOf(bucket)],
        [['sqs:SendMessage'], arnOf(deadLetters)],
        ...[arrivals, repairs].map((queue): [string[], unknown] => [
          ['sqs:SendMessage', ...receive.map((action) => `sqs:${action}`)],
          arnOf(queue),
        ]),
        [environment.tracing === false ? [] : ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*'],
      ]
      const pairs = (statements: readonly (readonly [actions: unknown, resources: unknown])[]) =>
        statements
          .flatMap(([actions, resources]) =>
            [actions].flat().flatMap((action) => [resources].flat().map((on) => `${action} ${JSON.stringify(on)}`)),
          )
          .sort()
      const granted = PolicyDocument.Statement.map(({ Action, Resource }) => [Action, Resource] as const)
      assert.deepEqual(pairs(granted), pairs(expected))
      assert.equal(only(template, 'AWS::IAM::Role', 'Enrichment').properties.ManagedPolicyArns, undefined)
    })
  })
}

describe('an environment may', () => {
  const templateWith = (more: Environment) => templateOf('dev', more)

  it('name a bucket that exists: it is used, not created', () => {
    const template = templateWith({ existingBucketName: 'their-bucket' })
    template.resourceCountIs('AWS::S3::Bucket', 0)
    template.hasResourceProperties('Custom::S3BucketNotifications', {
      BucketName: 'their-bucket',
      NotificationConfiguration: {
        QueueConfigurations: EVENTS.map((event) => Match.objectLike({ Events: [event] })),
      },
    })
  })

  it('let uploaded files expire, and have its alarms sent by mail', () => {
    const template = templateWith({ incomingExpiration: Duration.days(30), alarmEmail: 'ops@example.com' })
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: Match.arrayWith([Match.objectLike({ Prefix: 'incoming/', ExpirationInDays: 30 })]),
      },
    })
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'ops@example.com' })
  })

  it('delete in a bucket with versions what an expiration only hides: old versions, and markers that hide nothing', () => {
    interface WithRules {
      readonly LifecycleConfiguration: { readonly Rules: { readonly Id: string }[] }
    }
    const rulesOf = (more: Environment) =>
      (only(templateWith(more), 'AWS::S3::Bucket').properties as unknown as WithRules).LifecycleConfiguration.Rules
    const named = (rules: { Id: string }[]) => rules.filter(({ Id }) => ['old-versions', 'delete-markers'].includes(Id))
    assert.deepEqual(named(rulesOf({ versioned: true, noncurrentExpiration: Duration.days(7) })), [
      { Id: 'old-versions', NoncurrentVersionExpiration: { NoncurrentDays: 7 }, Status: 'Enabled' },
      { Id: 'delete-markers', ExpiredObjectDeleteMarker: true, Status: 'Enabled' },
    ])
    assert.deepEqual(named(rulesOf({ versioned: false })), [])
  })

  it('say so when expired files would take their enriched files with them', () => {
    const warnings = (more: Environment) => {
      const { stack } = stackOf('dev', more)
      return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('enriched file too')).length
    }
    const expires = { incomingExpiration: Duration.days(30) }
    assert.equal(warnings({ ...expires, settings: { onRemoved: 'remove' } }), 1)
    assert.equal(warnings({ ...expires, settings: { onRemoved: 'keep' } }), 0)
    assert.equal(warnings({ settings: { onRemoved: 'remove' } }), 0)
  })

  it('take as many repairs at a time as they say', () => {
    const template = templateWith({ repairsConcurrency: 7 })
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [queueIds(template).repairs, 'Arn'] },
      ScalingConfig: { MaximumConcurrency: 7 },
    })
  })

  it('let charts expire, and name a runbook that everybody finds', () => {
    const template = templateWith({
      settings: { chartPrefix: 'charts/' },
      chartExpiration: Duration.days(90),
      runbookUrl: 'https://example.com/runbook',
    })
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: {
        Rules: Match.arrayWith([Match.objectLike({ Prefix: 'charts/', ExpirationInDays: 90 })]),
      },
    })
    const text = JSON.stringify(template.toJSON())
    assert.ok(text.includes('What to do: https://example.com/runbook#dead-letters'))
    assert.ok(!text.includes('docs/runbook.md'))
  })

  it('have a table of its enriched files, with the columns that its settings give', () => {
    const settings = {
      supertrends: [
        { period: 10, multiplier: 1 },
        { period: 11, multiplier: 2 },
      ],
    }
    const columns = { datetime: 'timestamp', close: 'double' }
    const template = templateWith({ settings, table: { columns, dayPartition: { name: 'day', from: '2020-01-01' } } })
    const { TableInput } = only(template, 'AWS::Glue::Table').properties as {
      TableInput: { StorageDescriptor: { Columns: { Name: string; Type: string }[] }; Parameters: object }
    }
    assert.deepEqual(
      TableInput.StorageDescriptor.Columns.map(({ Name, Type }) => `${Name} ${Type}`),
      [
        'datetime timestamp',
        'close double',
        'supertrend_ub_10_1 float',
        'supertrend_lb_10_1 float',
        'trend_orientation_10_1 tinyint',
        'st_trend_segment_10_1 int',
        'supertrend_ub_11_2 float',
        'supertrend_lb_11_2 float',
        'trend_orientation_11_2 tinyint',
        'st_trend_segment_11_2 int',
      ],
    )
    template.hasResourceProperties('AWS::Glue::Table', {
      TableInput: { Parameters: Match.objectLike({ 'projection.day.range': '2020-01-01,NOW' }) },
    })
  })

  it('tell a bus of each enriched file, with the right to do so', () => {
    const template = templateWith({ settings: { eventBus: 'market' } })
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'events:PutEvents' })]) },
    })
  })

  it('not have a setting that is misspelt', () => {
    assert.throws(() => templateWith({ settings: { kep: 'last' } as object }), /unknown: kep; allowed are inputPrefix/)
  })
})

describe('a stack with files that continue each other', () => {
  const { stack } = stackOf('dev', { settings: { carry: { within: 'incoming/*/' } }, maxConcurrency: 7 })
  const template = Template.fromStack(stack)

  it('hands out one sequence at a time, for longer than the function works', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: Match.stringLikeRegexp('-sequences\\.fifo$'),
      FifoQueue: true,
      // each sequence has requests of its own
      FifoThroughputLimit: 'perMessageGroupId',
      DeduplicationScope: 'messageGroup',
      VisibilityTimeout: 390,
      RedrivePolicy: { maxReceiveCount: 10 },
    })
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 7 },
    })
  })

  it('lets the function send itself more messages than Lambda allows by default', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      RecursiveLoop: 'Allow',
      Environment: { Variables: { SEQUENCES_QUEUE_URL: Match.anyValue() } },
    })
  })

  it('pages when a sequence does not advance', () => {
    for (const name of ['SequenceStuck', 'SequenceFailed']) {
      template.hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmName: Match.stringLikeRegexp(`-${name}$`) })
    }
  })

  it('has none of it without that setting', () => {
    const without = Template.fromStack(stackOf('dev').stack)
    without.resourceCountIs('AWS::SQS::Queue', 3)
    const functions = Object.values(without.findResources('AWS::Lambda::Function'))
    assert.ok(functions.every(({ Properties }) => Properties.RecursiveLoop === undefined))
  })
})
