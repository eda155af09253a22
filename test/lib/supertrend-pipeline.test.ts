import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { type App, Duration, Stack } from 'aws-cdk-lib/core'
import { SupertrendPipeline, type SupertrendPipelineProps } from '../../lib/supertrend-pipeline.ts'
import { newApp, pipelineIn, VALIDATION } from './synthesised.ts'

const RECOMMENDED_FLAGS: Readonly<Record<string, unknown>> = {
  ...JSON.parse(readFileSync(new URL(import.meta.resolve('aws-cdk-lib/recommended-feature-flags.json')), 'utf8')),
  [VALIDATION]: false,
}
const KEY_ARN = 'arn:aws:kms:us-east-1:123456789012:key/00000000-1111-2222-3333-444444444444'

const userBucket = (stack: Stack) => new Bucket(stack, 'Bucket') as IBucket
const key = (stack: Stack) => new Key(stack, 'Key')

const USES: Readonly<Record<string, (stack: Stack) => SupertrendPipelineProps>> = {
  'nothing said': () => ({}),
  'a bucket of the app': (stack) => ({ bucket: userBucket(stack) }),
  'an imported bucket': (stack) => ({ bucket: Bucket.fromBucketName(stack, 'Bucket', 'theirs') }),
  EventBridge: () => ({ via: 'eventbridge' }),
  'a key': (stack) => ({ encryptionKey: key(stack) }),
  'an imported key': (stack) => ({ encryptionKey: Key.fromKeyArn(stack, 'Key', KEY_ARN), via: 'eventbridge' }),
  topics: (stack) => ({ alarms: { page: new Topic(stack, 'Page'), ticket: new Topic(stack, 'Ticket') } }),
  'everything else': () => ({
    settings: { chartPrefix: 'charts/', droppedPrefix: 'removed/', eventBus: 'default', onRemoved: 'remove' },
    versioned: true,
    canaryEvery: Duration.hours(1),
    maxSilence: Duration.days(1),
    incomingExpiration: Duration.days(30),
    reservedConcurrency: 20,
    tracing: false,
    table: { columns: { datetime: 'timestamp' } },
  }),
}

describe('a pipeline', () => {
  for (const [what, propsIn] of Object.entries(USES)) {
    it(`has the same template with every feature flag of CDK and with none: ${what}`, () => {
      const [without, withAll] = [{}, RECOMMENDED_FLAGS].map((flags) => ownResources(pipelineIn(propsIn, flags).stack))
      assert.ok(Object.keys(without!).length > 30)
      assert.deepEqual(without, withAll)
    })
  }

  it('can be in a stack twice, and in several stacks: no two names are equal', () => {
    const app = newApp()
    const stacks = ['Market', 'Market-eu'].map((id) => {
      const stack = new Stack(app, id)
      for (const symbol of ['Stocks', 'Coins'])
        new SupertrendPipeline(stack, symbol, { canaryEvery: Duration.hours(1) })
      return stack
    })
    const names = stacks.flatMap((stack) => namesIn(Template.fromStack(stack)))
    assert.ok(names.length > 80)
    assert.equal(new Set(names).size, names.length)
  })

  it('has a dashboard of its own in each region: dashboards belong to the account', () => {
    Template.fromStack(pipelineIn(() => ({})).stack).hasResourceProperties('AWS::CloudWatch::Dashboard', {
      DashboardName: { 'Fn::Join': ['', [Match.stringLikeRegexp('^Market-Bars-.*-$'), { Ref: 'AWS::Region' }]] },
    })
  })

  it('has names that AWS accepts, however long that of the stack is', () => {
    const stack = new Stack(newApp(), 'M'.repeat(120))
    new SupertrendPipeline(stack, 'Bars')
    const template = Template.fromStack(stack)
    for (const [type, name, max] of [
      ['AWS::SQS::Queue', 'QueueName', 80],
      ['AWS::Lambda::Function', 'FunctionName', 64],
    ] as const) {
      const named = Object.values(template.findResources(type)).flatMap(({ Properties }) => Properties[name] ?? [])
      assert.ok(named.length > 0)
      for (const each of named) assert.ok(each.length <= max, each)
    }
  })

  it('exposes the resources that a user connects to', () => {
    const { stack, pipeline } = pipelineIn(() => ({ canaryEvery: Duration.hours(1) }))
    const { inputPrefix, outputPrefix, failurePrefix } = pipeline
    assert.deepEqual([inputPrefix, outputPrefix, failurePrefix], ['incoming/', 'enriched/', 'failed/'])
    const idOf = (ref: string) => (stack.resolve(ref) as { readonly Ref: string }).Ref
    const resources = Template.fromStack(stack).toJSON().Resources
    const types = {
      'AWS::Lambda::Function': [pipeline.function, pipeline.audit, pipeline.canary!].map((each) => each.functionName),
      'AWS::SQS::Queue': [pipeline.queue, pipeline.repairs, pipeline.deadLetters].map((each) => each.queueUrl),
      'AWS::S3::Bucket': [pipeline.bucket.bucketName],
      'AWS::SNS::Topic': [pipeline.pageTopic, pipeline.ticketTopic].map((each) => each.topicArn),
      'AWS::StepFunctions::StateMachine': [pipeline.backfill.stateMachineArn],
    }
    for (const [type, refs] of Object.entries(types)) {
      for (const ref of refs) assert.equal(resources[idOf(ref)].Type, type)
    }
    const period = Duration.minutes(5)
    assert.equal(pipeline.metrics.outcome('refused', period).metricName, 'FilesRefused')
  })
})

describe('grantUpload', () => {
  it('lets somebody put objects below the input prefix, with the key of the bucket, and nothing else', () => {
    const { stack, pipeline } = pipelineIn((stack) => ({ encryptionKey: key(stack) }))
    const role = new Role(stack, 'Uploader', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') })
    pipeline.grantUpload(role).assertSuccess()
    const template = Template.fromStack(stack)
    const [policy] = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) => /^Uploader/.test(id))
    const bucket = { 'Fn::GetAtt': [stack.getLogicalId(pipeline.bucket.node.defaultChild as never), 'Arn'] }
    assert.deepEqual(policy![1].Properties.PolicyDocument.Statement, [
      {
        Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
        Effect: 'Allow',
        Resource: { 'Fn::GetAtt': [onlyId(template, 'AWS::KMS::Key'), 'Arn'] },
      },
      {
        Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
        Effect: 'Allow',
        Resource: { 'Fn::Join': ['', [bucket, '/incoming/*']] },
      },
    ])
  })
})

describe('addSourceBucket', () => {
  const { stack, pipeline } = pipelineIn(() => ({}))
  const name = 'their-bucket'
  pipeline.addSourceBucket(
    Bucket.fromBucketAttributes(stack, 'Theirs', {
      bucketName: name,
      encryptionKey: Key.fromKeyArn(stack, 'Key', KEY_ARN),
    }),
  )
  const template = Template.fromStack(stack)

  it('has the bucket notify the queue and the function accept its files', () => {
    template.hasResourceProperties('Custom::S3BucketNotifications', { BucketName: name })
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { BUCKET_NAME: Match.not(name), SOURCE_BUCKETS: name } },
    })
  })

  it('lets function and audit do the same there as in the first bucket', () => {
    for (const part of ['Enrichment', 'Audit']) {
      const allowed = statementsOf(template, `Bars${part}Role`).flatMap(({ Action, Resource }) =>
        [Action].flat().flatMap((action) => [Resource].flat().map((on) => ({ action, on: JSON.stringify(on) }))),
      )
      const inBucket = (name: string) =>
        allowed
          .filter(({ on }) => on.includes(name))
          .map(({ action, on }) => `${action} ${/\/[a-z]+\/\*/.exec(on)?.[0]}`)
          .sort()
      const inFirst = inBucket(onlyId(template, 'AWS::S3::Bucket'))
      assert.ok(inFirst.length >= 4)
      assert.deepEqual(inBucket(`:s3:::${name}`), inFirst)
      assert.deepEqual(inBucket(KEY_ARN), ['kms:Decrypt undefined', 'kms:GenerateDataKey undefined'])
    }
  })

  it('lets a backfill list it and the first one, and no other', () => {
    const lists = statementsOf(template, 'BarsBackfillStateMachineRole').filter(({ Action }) =>
      [Action].flat().includes('s3:ListBucket'),
    )
    const first = { 'Fn::GetAtt': [onlyId(template, 'AWS::S3::Bucket'), 'Arn'] }
    const resources = lists.flatMap(({ Resource }) => (Array.isArray(Resource) ? Resource : [Resource]))
    assert.deepEqual(resources.length, 2)
    assert.ok(resources.some((resource) => JSON.stringify(resource) === JSON.stringify(first)))
    assert.ok(resources.some((resource) => JSON.stringify(resource).includes(`:s3:::${name}`)))
  })

  it('has it audited as often', () => {
    const rules = Object.values(template.findResources('AWS::Events::Rule'))
    const inputs = rules.map(({ Properties }) => JSON.parse(Properties.Targets[0].Input))
    for (const mode of ['changed', 'all']) {
      assert.deepEqual(
        inputs.filter((input) => input.mode === mode).map(({ bucket }) => bucket),
        [undefined, name],
      )
    }
  })
})

describe('a bucket of another stack', () => {
  for (const via of ['s3', 'eventbridge'] as const) {
    it(`does not make the stacks wait for each other: via ${via}`, () => {
      const app = newApp()
      const bucket = new Bucket(new Stack(app, 'Data'), 'Bucket', { encryption: BucketEncryption.KMS }) as IBucket
      new SupertrendPipeline(new Stack(app, 'Market'), 'Bars', { bucket, via })
      assert.equal(app.synth().stacks.length, 2)
    })
  }
})

describe('a key', () => {
  it('encrypts bucket, queues, topics and logs', () => {
    const template = Template.fromStack(
      pipelineIn((stack) => ({ encryptionKey: key(stack), canaryEvery: Duration.hours(1) })).stack,
    )
    const arn = { 'Fn::GetAtt': [onlyId(template, 'AWS::KMS::Key'), 'Arn'] }
    template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: arn })
    template.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: arn })
    template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: arn })
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arn } },
        ],
      },
    })
  })

  for (const [via, sender] of [
    ['s3', 's3.amazonaws.com'],
    ['eventbridge', 'events.amazonaws.com'],
  ] as const) {
    it(`may be used by ${sender}, CloudWatch and the logs, and by each role that reads or writes`, () => {
      const template = Template.fromStack(
        pipelineIn((stack) => ({ encryptionKey: key(stack), via, canaryEvery: Duration.hours(1) })).stack,
      )
      const [{ Properties }] = Object.values(template.findResources('AWS::KMS::Key')) as [{ Properties: KeyProperties }]
      const services = Properties.KeyPolicy.Statement.flatMap(({ Principal }) => Principal.Service ?? [])
      const logs = { 'Fn::Join': ['', ['logs.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]] }
      assert.deepEqual(services, ['cloudwatch.amazonaws.com', sender, logs])
      assert.deepEqual(rolesWithKey(template, onlyId(template, 'AWS::KMS::Key')), [
        'Audit',
        'Backfill',
        'Canary',
        'Enrichment',
      ])
    })
  }

  it('of an existing bucket may be used by each role that reads or writes in it', () => {
    const template = Template.fromStack(
      pipelineIn((stack) => ({
        bucket: new Bucket(stack, 'Bucket', { encryption: BucketEncryption.KMS }) as IBucket,
        canaryEvery: Duration.hours(1),
      })).stack,
    )
    const roles = rolesWithKey(template, onlyId(template, 'AWS::KMS::Key'))
    assert.deepEqual(roles, ['Audit', 'Backfill', 'Canary', 'Enrichment'])
  })

  it('that is imported has a policy that cannot be changed: the synthesis lists the services that it has to allow', () => {
    const { stack } = pipelineIn(USES['an imported key']!)
    const { messages } = (stack.node.root as App).synth().stacks[0]!
    const texts = messages.map(({ entry }) => JSON.stringify(entry.data))
    assert.match(texts.join(), /4444 has to allow cloudwatch.amazonaws.com, events.amazonaws.com, logs\./)
  })
})

describe('arrivals through EventBridge', () => {
  const { stack } = pipelineIn(() => ({ via: 'eventbridge', canaryEvery: Duration.hours(1) }))
  const template = Template.fromStack(stack)

  it('are new, deleted and restored objects below the input prefix and that of the canary', () => {
    const bucket = { Ref: onlyId(template, 'AWS::S3::Bucket') }
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created', 'Object Deleted', 'Object Restore Completed'],
        detail: {
          bucket: { name: [bucket] },
          object: { key: [{ prefix: 'incoming/' }, { prefix: 'canary/incoming/' }] },
        },
      },
    })
    template.hasResourceProperties('AWS::S3::Bucket', {
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    })
  })

  it('leave the notifications of an imported bucket alone', () => {
    const imported = Template.fromStack(
      pipelineIn((stack) => ({ via: 'eventbridge', bucket: Bucket.fromBucketName(stack, 'Bucket', 'theirs') })).stack,
    )
    imported.resourceCountIs('Custom::S3BucketNotifications', 0)
  })
})

describe('the policy of the queue', () => {
  const cases: readonly [what: string, propsIn: (stack: Stack) => SupertrendPipelineProps, source: RegExp][] = [
    ['a new bucket', () => ({}), /arn:.*:s3:::\*/],
    ['a bucket of the app', (stack) => ({ bucket: userBucket(stack) }), /"Fn::GetAtt":\["Bucket/],
    ['EventBridge', () => ({ via: 'eventbridge' }), /"Fn::GetAtt":\["BarsArrivalsUploads\w+","Arn"\]/],
  ]
  for (const [what, propsIn, source] of cases) {
    it(`names account and source of whoever sends: ${what}`, () => {
      const template = Template.fromStack(pipelineIn(propsIn).stack)
      const statements = Object.values(template.findResources('AWS::SQS::QueuePolicy')).flatMap(
        ({ Properties }) => Properties.PolicyDocument.Statement,
      )
      const senders = statements.filter(({ Effect }) => Effect === 'Allow')
      assert.ok(senders.length > 0)
      for (const { Condition } of senders) {
        assert.deepEqual(Condition.StringEquals, { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } })
        assert.match(JSON.stringify(Condition.ArnLike['aws:SourceArn']), source)
      }
    })
  }
})

interface KeyProperties {
  readonly KeyPolicy: { readonly Statement: readonly { readonly Principal: { readonly Service?: unknown } }[] }
}

/** What the pipeline deploys: other resources are the app's, and follow the app's flags. */
function ownResources(stack: Stack): Record<string, unknown> {
  const resources: Record<string, unknown> = Template.fromStack(stack).toJSON().Resources
  return Object.fromEntries(Object.entries(resources).filter(([id]) => id.startsWith('Bars')))
}

/** All that are names across an account. */
function namesIn(template: Template): string[] {
  const resources: Record<string, { Type: string; Properties?: Record<string, unknown> }> = template.toJSON().Resources
  return Object.values(resources).flatMap(({ Type, Properties = {} }) =>
    Object.entries(Properties)
      .filter(([property]) => /^(Queue|Alarm|CompositeAlarm|Dashboard)Name$/.test(property))
      .map(([property, name]) => `${Type} ${property} ${JSON.stringify(name)}`),
  )
}

function onlyId(template: Template, type: string): string {
  const ids = Object.keys(template.findResources(type))
  assert.equal(ids.length, 1, `${ids.length} resources of type ${type}`)
  return ids[0]!
}

interface Statement {
  readonly Action: string | string[]
  readonly Resource: unknown
}

function statementsOf(template: Template, role: string): Statement[] {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) => id.startsWith(role))
  return policies.flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
}

/** The parts of the pipeline whose roles may encrypt and decrypt with a key. */
function rolesWithKey(template: Template, keyId: string): string[] {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'))
  const users = policies.filter(([, { Properties }]) =>
    Properties.PolicyDocument.Statement.some(
      ({ Action, Resource }: { Action: unknown; Resource: unknown }) =>
        JSON.stringify(Resource).includes(keyId) &&
        ['kms:Decrypt', 'kms:GenerateDataKey'].every((action) => [Action].flat().includes(action)),
    ),
  )
  return users.map(([id]) => /^Bars(Audit|Backfill|Canary|Enrichment)/.exec(id)?.[1] ?? id).sort()
}
