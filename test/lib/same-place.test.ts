import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Bucket, type BucketAttributes, type IBucket } from 'aws-cdk-lib/aws-s3'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Aws, Stack } from 'aws-cdk-lib/core'
import { SupertrendPipeline, type SupertrendPipelineProps } from '../../lib/supertrend-pipeline.ts'
import { newApp } from './synthesised.ts'

const [HERE, THERE] = ['eu-west-1', 'us-east-1']
const [OURS, THEIRS] = ['111111111111', '222222222222']

function pipelineWith(
  propsIn: (stack: Stack) => SupertrendPipelineProps,
  env: object = { account: OURS, region: HERE },
) {
  const stack = new Stack(newApp(), 'Market', { env })
  return { stack, pipeline: new SupertrendPipeline(stack, 'Bars', propsIn(stack)) }
}

const bucketIn = (stack: Stack, more: Partial<BucketAttributes>): IBucket =>
  Bucket.fromBucketAttributes(stack, 'Theirs', { bucketName: 'their-bucket', ...more })
const keyIn = (stack: Stack, region: string, account = OURS) =>
  Key.fromKeyArn(stack, 'TheirKey', `arn:aws:kms:${region}:${account}:key/1`)
const topicIn = (stack: Stack, region: string, account = OURS) =>
  Topic.fromTopicArn(stack, 'TheirTopic', `arn:aws:sns:${region}:${account}:page`)

describe('what is in another place than the stack', () => {
  const allowed = (place: string) => `; allowed is that of the stack, ${place}`
  const refused: readonly [message: string, propsIn: (stack: Stack) => SupertrendPipelineProps][] = [
    [`bucket is in the region ${THERE}${allowed(HERE)}`, (stack) => ({ bucket: bucketIn(stack, { region: THERE }) })],
    [
      `bucket is in the account ${THEIRS}${allowed(OURS)}`,
      (stack) => ({ bucket: bucketIn(stack, { account: THEIRS }) }),
    ],
    [
      `the encryptionKey of the bucket is in the region ${THERE}${allowed(HERE)}`,
      (stack) => ({ bucket: bucketIn(stack, { encryptionKey: keyIn(stack, THERE) }) }),
    ],
    [`encryptionKey is in the region ${THERE}${allowed(HERE)}`, (stack) => ({ encryptionKey: keyIn(stack, THERE) })],
    [`alarms.page is in the region ${THERE}${allowed(HERE)}`, (stack) => ({ alarms: { page: topicIn(stack, THERE) } })],
    [
      `alarms.ticket is in the region ${THERE}${allowed(HERE)}`,
      (stack) => ({ alarms: { ticket: topicIn(stack, THERE) } }),
    ],
  ]
  for (const [message, propsIn] of refused) {
    it(`is refused with the name of the construct: ${message}`, () => {
      assert.throws(() => pipelineWith(propsIn), { name: 'RefusedError', message: `Market/Bars: ${message}` })
    })
  }

  it('is refused for a source bucket, too', () => {
    const { stack, pipeline } = pipelineWith(() => ({}))
    const message = `Market/Bars: bucket is in the region ${THERE}${allowed(HERE)}`
    assert.throws(() => pipeline.addSourceBucket(bucketIn(stack, { region: THERE })), { message })
  })

  it('is allowed where AWS allows it: keys and topics of another account', () => {
    assert.doesNotThrow(() =>
      pipelineWith((stack) => ({
        encryptionKey: keyIn(stack, HERE, THEIRS),
        alarms: { page: topicIn(stack, HERE, THEIRS) },
      })),
    )
  })

  it('is not known, and allowed, where the deployment decides it', () => {
    assert.doesNotThrow(() => pipelineWith((stack) => ({ bucket: bucketIn(stack, { region: THERE }) }), {}))
    assert.doesNotThrow(() => pipelineWith((stack) => ({ bucket: bucketIn(stack, { region: Aws.REGION }) })))
  })
})
