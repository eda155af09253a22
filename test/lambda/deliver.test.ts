import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { S3Port } from '../../functions/storage/s3-client.ts'
import { FakeBucket, failure } from '../fakes/bucket.ts'
import { lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { barsFile, someBars } from '../parquet-files.ts'

const KEY = 'incoming/a.parquet'

describe('the fields of a message about its key: a deadline that was reached, and the announced output', () => {
  const known = { key: KEY, deadlines: 1, announced: 'abc' }

  it('is passed on when the end of the time comes before the key', async () => {
    const bucket = new FakeBucket()
    const { handler, sent } = lambdaOn(bucket, { remainingMs: 0 })
    const first = { bucket: bucket.name, key: 'incoming/first.parquet' }
    await handler(sqsEvent([[first, { bucket: bucket.name, ...known }]]))
    assert.partialDeepStrictEqual(sent.at(-1)?.body, { ...known, continued: false })
  })

  it('is passed on when the object keeps changing', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, barsFile(someBars(10)))
    let uploads = 0
    const send = async (...[command, options]: Parameters<FakeBucket['send']>) => {
      const answer = await bucket.send(command, options)
      const { Key } = command.input as { readonly Key: string }
      if (command.constructor.name === 'HeadObjectCommand' && Key === KEY) {
        bucket.upload(KEY, barsFile(someBars(11 + uploads++)))
      }
      return answer
    }
    const { handler, sent } = lambdaOn({ send } as S3Port)
    await handler(sqsEvent([{ bucket: bucket.name, ...known }]))
    assert.partialDeepStrictEqual(sent[0]?.body, { ...known, deferrals: 1, continued: true })
  })
})

describe('messages about one key each', () => {
  it('come again as they are when the end of the time comes before their keys', async () => {
    const bucket = new FakeBucket()
    const { handler, sent } = lambdaOn(bucket, { remainingMs: 0 })
    const bodies = [KEY, 'incoming/b.parquet'].map((key) => ({ bucket: bucket.name, key }))
    const answer = await handler(sqsEvent(bodies))
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }, { itemIdentifier: 'm1' }] })
    assert.deepEqual(sent, [])
  })
})

describe('a message that came often', () => {
  it('says nothing about its file: an outage counts like a file that kills the function', async () => {
    const bucket = new FakeBucket()
    const { handler, files } = lambdaOn(bucket)
    const created = s3Event(bucket.name, bucket.upload(KEY, barsFile(someBars(10))))
    await handler(sqsEvent([created], { attributes: { ApproximateReceiveCount: '29' } }))
    assert.equal(files[0]?.outcome, 'enriched')
  })
})

describe('an event that comes without a queue', () => {
  it('has not failed when only the chart of its file could not be written', async () => {
    const bucket = new FakeBucket()
    bucket.failNext('PutObject', 'charts/a.parquet.html', failure('AccessDenied', 403))
    const { handler, files } = lambdaOn(bucket, { settings: { chartPrefix: 'charts/' } })
    await handler(s3Event(bucket.name, bucket.upload(KEY, barsFile(someBars(10)))))
    assert.equal(files[0]?.outcome, 'enriched')
    assert.ok(!bucket.keys.includes('charts/a.parquet.html'))
  })

  it('fails with the error of its first key that failed', async () => {
    const bucket = new FakeBucket()
    const send = async (...[command, options]: Parameters<FakeBucket['send']>) => {
      const { Key } = command.input as { readonly Key: string }
      if (command.constructor.name === 'PutObjectCommand') throw failure(`Denied ${Key}`, 403)
      return bucket.send(command, options)
    }
    const { handler, files } = lambdaOn({ send } as S3Port)
    const keys = [KEY, 'incoming/b.parquet']
    const event = s3Event(bucket.name, ...keys.map((key) => bucket.upload(key, barsFile(someBars(10)))))
    await assert.rejects(handler(event), { name: 'Denied enriched/a.parquet' })
    assert.deepEqual(
      files.map(({ outcome }) => outcome),
      ['failed', 'failed'],
    )
  })
})
