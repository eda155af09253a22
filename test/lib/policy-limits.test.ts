import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Template } from 'aws-cdk-lib/assertions'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { Aws } from 'aws-cdk-lib/core'
import type { SettingsInput } from '../../lib/supertrend-pipeline.ts'
import { pipelineIn } from './synthesised.ts'

interface ManyBuckets {
  readonly count: number
  readonly nameLength: number
  readonly via: 's3' | 'eventbridge'
  readonly settings?: SettingsInput
}

function withSourceBuckets({ count, nameLength, via, settings = {} }: ManyBuckets) {
  const { stack, pipeline } = pipelineIn(() => ({ via, settings }))
  for (let i = 0; i < count; i++) {
    const name = `${i}`.padStart(3, '0').padStart(nameLength, 'b')
    pipeline.addSourceBucket(Bucket.fromBucketName(stack, `Source${i}`, name))
  }
  return stack
}

describe('the policies of the roles', () => {
  it('are refused when they are too long for IAM: that of the notifications first', () => {
    const many = { count: 30, nameLength: 63 }
    assert.throws(
      () => Template.fromStack(withSourceBuckets({ ...many, via: 's3' })),
      /the role <BucketNotificationsHandler\w+> has \d+ characters in its policies; IAM allows 10240; enrich fewer source buckets/,
    )
    assert.doesNotThrow(() => Template.fromStack(withSourceBuckets({ ...many, via: 'eventbridge' })))
  })

  it('are refused when they are too many for IAM', () => {
    const settings = { chartPrefix: 'charts/', droppedPrefix: 'removed-bars/', outputPrefix: `${'o'.repeat(150)}/` }
    const many = { count: 70, nameLength: 36, via: 'eventbridge', settings } as const
    assert.throws(
      () => Template.fromStack(withSourceBuckets(many)),
      /the role <BarsEnrichmentRole\w+> has \d+ managed policies; IAM allows 10; enrich fewer source buckets/,
    )
  })
})

describe('the names of source buckets', () => {
  it('are refused when they do not fit into the variables of the function', () => {
    const message =
      'Market/Bars: the settings and the names of 48 source buckets have 3074 bytes; Lambda allows 3072 here; ' +
      'give some of the buckets to another pipeline'
    assert.throws(() => withSourceBuckets({ count: 60, nameLength: 63, via: 'eventbridge' }), { message })
  })

  it('count as the longest if they are known only at deployment', () => {
    const { stack, pipeline } = pipelineIn(() => ({ via: 'eventbridge' }))
    assert.throws(() => {
      for (let i = 0; i < 60; i++) {
        pipeline.addSourceBucket(Bucket.fromBucketName(stack, `Source${i}`, `${i}-${Aws.ACCOUNT_ID}`))
      }
    }, /names of 48 source buckets/)
  })
})
