import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Template } from 'aws-cdk-lib/assertions'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { Duration, Stack } from 'aws-cdk-lib/core'
import { SupertrendPipeline } from '../../lib/supertrend-pipeline.ts'
import { type Template as Resolvable, resolved } from '../policies/resolve.ts'
import { newApp, pipelineIn } from './synthesised.ts'

/** IAM counts a policy without its white space. */
const MAX_POLICY_CHARACTERS = 6144

interface Statement {
  readonly Action: string | readonly string[]
  readonly Resource: unknown
}

function statementsIn(template: Template, type: string, of: RegExp): readonly Statement[] {
  const found = Object.entries(template.findResources(type)).filter(([id]) => of.test(id))
  assert.ok(found.length > 0)
  return found.flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
}

const pairs = (statements: readonly Statement[]) =>
  statements
    .flatMap(({ Action, Resource }) =>
      [Action].flat().flatMap((action) => [Resource].flat().map((on) => `${action} ${JSON.stringify(on)}`)),
    )
    .sort()

describe('the policy of the operator on call', () => {
  it('is there if it is asked for, and has room in a policy of IAM, however long the names are', () => {
    assert.deepEqual(pipelineIn(() => ({})).pipeline.onCallPolicies, [])
    const stack = new Stack(newApp(), `Market-${'x'.repeat(100)}`)
    const pipeline = new SupertrendPipeline(stack, 'Bars', {
      onCallPolicy: true,
      canaryEvery: Duration.hours(1),
      settings: {
        inputPrefix: 'incoming-market-files-of-the-desk/',
        chartPrefix: 'charts/',
        droppedPrefix: 'removed/',
        carry: { within: 'incoming-market-files-of-the-desk/*/' },
      },
      bucket: Bucket.fromBucketAttributes(stack, 'Theirs', {
        bucketName: 'b'.repeat(63),
        encryptionKey: Key.fromKeyArn(
          stack,
          'TheirKey',
          `arn:aws:kms:ap-southeast-1:123456789012:key/${'1'.repeat(36)}`,
        ),
      }),
      encryptionKey: new Key(stack, 'Key'),
    })
    for (const name of ['s', 't', 'u']) pipeline.addSourceBucket(Bucket.fromBucketName(stack, name, name.repeat(63)))
    const { Resources } = resolved(Template.fromStack(stack).toJSON() as Resolvable)
    const policies = Object.values(Resources).filter(({ Type }) => Type === 'AWS::IAM::ManagedPolicy')
    assert.equal(policies.length, 2)
    for (const { Properties } of policies) {
      const { length } = JSON.stringify(Properties.PolicyDocument)
      assert.ok(length > 2000 && length <= MAX_POLICY_CHARACTERS, `${length} characters`)
    }
  })

  it('is refused at synthesis if it is too long, because of many source buckets', () => {
    const { stack, pipeline } = pipelineIn(() => ({ onCallPolicy: true }))
    for (let i = 10; i < 40; i++)
      pipeline.addSourceBucket(Bucket.fromBucketName(stack, `S${i}`, `${i}${'s'.repeat(60)}`))
    assert.throws(
      () => Template.fromStack(stack),
      /ObjectsPolicy has \d+ characters; IAM allows 6144\. Leave out onCallPolicy/,
    )
  })

  it('equals the permissions that grantOperate gives a role, also of buckets that are added later', () => {
    const { stack, pipeline } = pipelineIn(() => ({ onCallPolicy: true, canaryEvery: Duration.hours(1) }))
    const role = new Role(stack, 'Operator', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') })
    pipeline.grantOperate(role).assertSuccess()
    pipeline.addSourceBucket(Bucket.fromBucketName(stack, 'Theirs', 'their-bucket'))
    const template = Template.fromStack(stack)
    const ofPolicy = pairs(statementsIn(template, 'AWS::IAM::ManagedPolicy', /OnCall/))
    assert.deepEqual(pairs(statementsIn(template, 'AWS::IAM::Policy', /^Operator/)), ofPolicy)
    assert.ok(ofPolicy.some((pair) => /^s3:GetObject .*their-bucket/.test(pair)))
  })

  it('may see composite alarms, which CloudWatch tells only to those who may see every alarm', () => {
    const template = Template.fromStack(pipelineIn(() => ({ onCallPolicy: true })).stack)
    const all = pairs(statementsIn(template, 'AWS::IAM::ManagedPolicy', /OnCall/))
    assert.ok(all.includes('cloudwatch:DescribeAlarms "*"'))
    const everywhere = all.filter((pair) => pair.endsWith(' "*"')).map((pair) => pair.split(' ')[0])
    assert.deepEqual(everywhere, [
      'cloudwatch:DescribeAlarms',
      'cloudwatch:GetMetricData',
      'cloudwatch:GetMetricStatistics',
      'lambda:GetAccountSettings',
      'lambda:ListEventSourceMappings',
      'logs:DescribeLogGroups',
      'logs:DescribeQueryDefinitions',
      'logs:StopQuery',
    ])
  })
})
