import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SettingsInput } from '../../functions/lambda/function-settings.ts'
import { FakeBucket, failure } from '../fakes/bucket.ts'
import { lambdaOn, sqsEvent } from '../fakes/lambda.ts'
import { barsFile, someBars } from '../parquet-files.ts'

const ARN = 'arn:aws:sqs:us-east-1:123456789012:bars-sequences.fifo'
const KEY = 'incoming/a/1.parquet'
const CHART = 'charts/a/1.parquet.html'
const SETTINGS: SettingsInput = { carry: { within: 'incoming/*/' }, chartPrefix: 'charts/' }

/** Delivers a message about the key. */
async function settle(bucket: FakeBucket, more: object = {}, settings = SETTINGS) {
  const lambda = lambdaOn(bucket, { settings })
  const body = { bucket: bucket.name, key: KEY, sequence: 'incoming/a/', ...more }
  await lambda.handler(sqsEvent([body], { eventSourceARN: ARN }))
  return lambda
}

/** A file of a sequence whose chart S3 did not take, and what the message about that chart says. */
async function withoutChart(file = barsFile(someBars(20))) {
  const bucket = new FakeBucket()
  bucket.upload(KEY, file)
  bucket.failNext('PutObject', CHART, failure('SlowDown', 503))
  const { sent } = await settle(bucket)
  assert.partialDeepStrictEqual(sent, [{ queue: 'arrivals', body: { key: KEY, deferrals: 0 } }])
  const { announced } = sent[0]!.body as { announced: string }
  return { bucket, announced }
}

describe('the chart of a file in a sequence that could not be written', () => {
  it('is tried again by a message of its own', async () => {
    const { bucket, announced } = await withoutChart()
    const { sent, files } = await settle(bucket, { announced })
    assert.deepEqual([files[0]?.outcome, sent.length], ['unchanged', 0])
    assert.ok(bucket.keys.includes(CHART))
  })

  it('is tried again by one message after the other, at last ten times', async () => {
    const { bucket, announced } = await withoutChart()
    const failAgain = (deferrals: number) => {
      bucket.failNext('PutObject', CHART, failure('SlowDown', 503))
      return settle(bucket, { announced, deferrals })
    }
    const { sent } = await failAgain(9)
    assert.deepEqual(
      sent.map(({ body }) => body),
      [{ bucket: bucket.name, key: KEY, announced, deferrals: 10 }],
    )
    const last = await failAgain(10)
    assert.deepEqual([last.files.at(-1)?.outcome, last.sent.length], ['failed', 1])
    // the work on the sequence goes on
    assert.partialDeepStrictEqual(last.sent[0]!.body, { key: KEY, advance: { failures: 1 } })
  })

  it('is tried as the first time when its file was uploaded again', async () => {
    const { bucket, announced } = await withoutChart()
    bucket.upload(KEY, barsFile(someBars(30)))
    bucket.failNext('PutObject', CHART, failure('SlowDown', 503))
    const { sent } = await settle(bucket, { announced, deferrals: 10 })
    const body = sent[0]!.body as { announced: string; deferrals: number }
    assert.equal(body.deferrals, 0)
    assert.notEqual(body.announced, announced)
  })

  it('is a dead letter when the function cannot make it', async () => {
    // too many rows to sort in little memory
    const { bucket, announced } = await withoutChart(barsFile(someBars(20_000).reverse()))
    const little: SettingsInput = { ...SETTINGS, memoryBudgetMiB: 1 }
    const { sent, deadLetters } = await settle(bucket, {}, little)
    assert.deepEqual([sent.length, deadLetters.length], [1, 0])
    const own = await settle(bucket, { announced }, little)
    assert.deepEqual([own.sent.length, own.deadLetters[0]?.attributes.code], [0, 'too-big'])
  })
})
