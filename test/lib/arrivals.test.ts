import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Template } from 'aws-cdk-lib/assertions'
import { Bucket, EventType } from 'aws-cdk-lib/aws-s3'
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { type App, Aws, CfnParameter, Duration, Fn, Stack, Validations } from 'aws-cdk-lib/core'
import { AwsSolutionsChecks } from 'cdk-nag'
import { SupertrendPipeline, type SupertrendPipelineProps } from '../../lib/supertrend-pipeline.ts'
import { newApp, pipelineIn } from './synthesised.ts'

// biome-ignore lint/suspicious/noExplicitAny: a part of a template
type Part = any

const resourcesIn = (stack: Stack, type: string): Part[] => Object.values(Template.fromStack(stack).findResources(type))
const queuesIn = (configuration: Part): string[] =>
  (configuration?.QueueConfigurations ?? []).map((each: Part) => {
    const [{ Value = each.Filter?.Key?.FilterRules?.[0]?.Value } = {}] = each.Filter?.S3Key?.Rules ?? [{}]
    return `${Value} ${(each.Queue ?? each.QueueArn)['Fn::GetAtt'][0]}`
  })

/** Two pipelines, of which the second has other prefixes. */
function twoIn(
  stack: Stack,
  first: SupertrendPipelineProps,
  second: (of: SupertrendPipeline) => SupertrendPipelineProps,
) {
  const a = new SupertrendPipeline(stack, 'A', first)
  const settings = { inputPrefix: 'other/', outputPrefix: 'out/', failurePrefix: 'refused/' }
  return [a, new SupertrendPipeline(stack, 'B', { settings, ...second(a) })] as const
}

describe('the notifications of a new bucket', () => {
  it('are those of all pipelines that take files of it', () => {
    const stack = new Stack(newApp(), 'Market')
    twoIn(stack, { canaryEvery: Duration.hours(1) }, ({ bucket }) => ({ bucket }))
    const [{ Properties }] = resourcesIn(stack, 'AWS::S3::Bucket')
    const queues = new Set(
      queuesIn(Properties.NotificationConfiguration).map((each) => each.replace(/[A-F0-9]{8}$/, '')),
    )
    assert.deepEqual(
      [...queues],
      ['incoming/ AQueuesArrivals', 'canary/incoming/ AQueuesArrivals', 'other/ BQueuesArrivals'],
    )
  })

  it('are those of S3 and of EventBridge, if one pipeline uses the one and another the other', () => {
    for (const [first, second] of [
      ['s3', 'eventbridge'],
      ['eventbridge', 's3'],
    ] as const) {
      const stack = new Stack(newApp(), 'Market')
      twoIn(stack, { via: first }, ({ bucket }) => ({ bucket, via: second }))
      const [{ Properties }] = resourcesIn(stack, 'AWS::S3::Bucket')
      assert.equal(queuesIn(Properties.NotificationConfiguration).length, 4)
      assert.deepEqual(Properties.NotificationConfiguration.EventBridgeConfiguration, { EventBridgeEnabled: true })
    }
  })

  it('stay when the user adds others, which CDK sets all at once', () => {
    for (const via of ['s3', 'eventbridge'] as const) {
      const { stack, pipeline } = pipelineIn(() => ({ via }))
      const added = new SqsDestination(new Queue(stack, 'Theirs'))
      pipeline.bucket.addEventNotification(EventType.OBJECT_CREATED, added, { prefix: 'enriched/' })
      pipeline.addSourceBucket(Bucket.fromBucketName(stack, 'Source', 'their-bucket'))
      const [bucket] = resourcesIn(stack, 'AWS::S3::Bucket')
      assert.equal(bucket.Properties.NotificationConfiguration, undefined)
      const ofBucket = resourcesIn(stack, 'Custom::S3BucketNotifications').find(({ Properties }) => Properties.Managed)
      const { NotificationConfiguration: set } = ofBucket.Properties
      const prefixes = queuesIn(set).map((each) => each.split(' ')[0])
      assert.deepEqual([...new Set(prefixes)], via === 's3' ? ['incoming/', 'enriched/'] : ['enriched/'])
      assert.equal(prefixes.length, via === 's3' ? 5 : 1)
      assert.equal('EventBridgeConfiguration' in set, via === 'eventbridge')
    }
  })

  it('include EventBridge, if the user switches it on', () => {
    const { stack, pipeline } = pipelineIn(() => ({}))
    pipeline.bucket.enableEventBridgeNotification()
    const [{ Properties }] = resourcesIn(stack, 'AWS::S3::Bucket')
    assert.equal(queuesIn(Properties.NotificationConfiguration).length, 4)
    assert.deepEqual(Properties.NotificationConfiguration.EventBridgeConfiguration, { EventBridgeEnabled: true })
    assert.deepEqual(resourcesIn(stack, 'Custom::S3BucketNotifications'), [])
  })
})

describe('the filter of a notification', () => {
  const settings = { inputPrefix: 'asset=stocks/Börse & more/a+b/' }
  const encoded = 'asset%3Dstocks/B%C3%B6rse+%26+more/a%2Bb/'

  it('is encoded as S3 wants it, for a new bucket and for one of the user', () => {
    for (const propsIn of [
      () => ({ settings }),
      (stack: Stack) => ({ settings, bucket: Bucket.fromBucketName(stack, 'Theirs', 'their-bucket') }),
    ]) {
      const { stack } = pipelineIn(propsIn)
      const parts = [...resourcesIn(stack, 'AWS::S3::Bucket'), ...resourcesIn(stack, 'Custom::S3BucketNotifications')]
      const prefixes = parts.flatMap(({ Properties }) => queuesIn(Properties.NotificationConfiguration))
      assert.deepEqual([...new Set(prefixes.map((each) => each.split(' ')[0]))], [encoded])
    }
  })

  it('is the plain prefix in a rule of EventBridge', () => {
    const { stack } = pipelineIn(() => ({ settings, via: 'eventbridge' }))
    const rule = resourcesIn(stack, 'AWS::Events::Rule').find(({ Properties }) => Properties.EventPattern)
    assert.deepEqual(rule.Properties.EventPattern.detail.object.key, [{ prefix: settings.inputPrefix }])
  })
})

describe('many source buckets', () => {
  it('are allowed to send by one statement, since SQS takes 20', () => {
    const { stack, pipeline } = pipelineIn(() => ({}))
    for (let i = 0; i < 20; i++)
      pipeline.addSourceBucket(Bucket.fromBucketName(stack, `Source${i}`, `${'b'.repeat(60)}-${i}`))
    const policies = resourcesIn(stack, 'AWS::SQS::QueuePolicy').map(({ Properties }) => Properties.PolicyDocument)
    for (const { Statement } of policies) assert.ok(Statement.length <= 3, `${Statement.length} statements`)
    assert.ok(Math.max(...policies.map((policy) => JSON.stringify(policy).length)) < 8192)
    const sources = policies.flatMap(({ Statement }) =>
      Statement.flatMap(({ Condition }: Part) => Condition?.ArnLike?.['aws:SourceArn'] ?? []),
    )
    assert.equal(sources.length, 21)
  })
})

describe('a bucket whose name is known at deployment only', () => {
  const names: Readonly<Record<string, (stack: Stack) => string>> = {
    'an export of another stack': () => Fn.importValue('their-bucket'),
    'a parameter': (stack) => new CfnParameter(stack, 'Name').valueAsString,
    'a name with the account': () => `bars-${Aws.ACCOUNT_ID}`,
    'a substitution': () => Fn.sub(['bars-$', '{AWS::Region}'].join('')),
  }
  for (const [what, nameIn] of Object.entries(names)) {
    it(`can be used: ${what}`, () => {
      for (const via of ['s3', 'eventbridge'] as const) {
        const { stack, pipeline } = pipelineIn((stack) => {
          const bucket = Bucket.fromBucketName(stack, 'Theirs', nameIn(stack))
          return { bucket, via, onCallPolicy: true, canaryEvery: Duration.hours(1) }
        })
        pipeline.addSourceBucket(Bucket.fromBucketName(stack, 'Second', 'second-bucket'))
        // cdk-nag finds nothing that is not acknowledged
        const app = stack.node.root as App
        Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
        app.synth()
      }
    })
  }
})
