import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { S3Port } from '../../functions/storage/s3-client.ts'
import { FakeBucket } from '../fakes/bucket.ts'
import { lambdaOn, sqsEvent } from '../fakes/lambda.ts'
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
