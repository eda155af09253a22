import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { Duration, Stack } from 'aws-cdk-lib/core'
import { SupertrendPipeline, type SupertrendPipelineProps } from '../../lib/supertrend-pipeline.ts'
import { newApp, pipelineIn } from './synthesised.ts'

const other = { inputPrefix: 'other/', outputPrefix: 'out/', failurePrefix: 'refused/' }

/** Two pipelines of which the second takes files of the bucket of the first. */
function twoIn(first: SupertrendPipelineProps, second: SupertrendPipelineProps): void {
  const stack = new Stack(newApp(), 'Market')
  const { bucket } = new SupertrendPipeline(stack, 'A', first)
  new SupertrendPipeline(stack, 'B', { bucket, ...second })
}

describe('two pipelines of one bucket', () => {
  const every = { canaryEvery: Duration.hours(1) }

  it('may have different prefixes, and one canary', () => {
    assert.doesNotThrow(() => twoIn(every, { settings: other }))
    assert.doesNotThrow(() => twoIn({}, { settings: other, ...every }))
  })

  const refused: readonly [what: string, props: SupertrendPipelineProps, message: RegExp][] = [
    [
      'take the same files',
      { settings: {} },
      /Market\/A uses "incoming\/" of this bucket and Market\/B "incoming\/"; /,
    ],
    ['take files below those', { settings: { ...other, inputPrefix: 'incoming/b/' } }, /none begins with another$/],
    ['write where the other takes files', { settings: { ...other, outputPrefix: 'incoming/b/' } }, /"incoming\/b\/"; /],
    ['take what the other writes', { settings: { ...other, inputPrefix: 'enriched/' } }, /uses "enriched\/"/],
    ['write to one place', { settings: { ...other, outputPrefix: 'enriched/' } }, /uses "enriched\/"/],
    ['have a canary each', { settings: other, ...every }, /only one pipeline of a bucket can have a canary$/],
  ]
  for (const [what, props, message] of refused) {
    it(`are refused if they ${what}`, () => {
      assert.throws(() => twoIn(every, props), { name: 'RefusedError', message })
    })
  }

  it('are refused as well if the bucket is added to one of them', () => {
    const { stack, pipeline } = pipelineIn(() => ({}))
    const [one, two] = ['One', 'Two'].map((id) => Bucket.fromBucketName(stack, id, 'their-bucket'))
    pipeline.addSourceBucket(one!)
    assert.throws(() => pipeline.addSourceBucket(two!), /uses "incoming\/" of this bucket/)
    assert.throws(() => pipeline.addSourceBucket(pipeline.bucket), /uses "incoming\/" of this bucket/)
    assert.throws(
      () => pipeline.addSourceBucket('name' as never),
      /^RefusedError: Market\/Bars: bucket is "name"; allowed is an IBucket/,
    )
  })
})
