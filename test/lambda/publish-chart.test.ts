import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeBucket } from '../fakes/bucket.ts'
import { lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { barsFile, enrichBytes, readRows, someBars } from '../parquet-files.ts'

const settings = { chartPrefix: 'charts/' }
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString()
const dataOf = (page: string) => JSON.parse(/id="data">(.*?)<\/script>/s.exec(page)![1]!).data

describe('the chart beside an enriched file', () => {
  it('is there before the file, and draws its rows', async () => {
    const bucket = new FakeBucket({ versioned: false })
    const { handler } = lambdaOn(bucket, { settings })
    const input = barsFile([...someBars(300), ...someBars(300).slice(290)])
    await handler(sqsEvent([s3Event(bucket.name, bucket.drop('incoming/a/bars.parquet', input))]))
    const page = text(bucket.bytesOf('charts/a/bars.parquet.html'))
    const rows = await readRows((await enrichBytes(input)).output)
    const { title, close, segment } = dataOf(page)
    assert.equal(title, 'bars.parquet')
    assert.deepEqual(
      close,
      rows.map((row) => row.close),
    )
    assert.deepEqual(
      segment,
      rows.map((row) => row.st_trend_segment),
    )
    const puts = bucket.requests.filter(({ name }) => name === 'PutObject').map(({ input }) => input.Key)
    assert.deepEqual(puts, ['charts/a/bars.parquet.html', 'enriched/a/bars.parquet'])
  })

  it('is not made unless it is asked for', async () => {
    const bucket = new FakeBucket({ versioned: false })
    const { handler } = lambdaOn(bucket)
    await handler(sqsEvent([s3Event(bucket.name, bucket.drop('incoming/bars.parquet', barsFile(someBars(50))))]))
    assert.deepEqual(bucket.keys, ['enriched/bars.parquet', 'incoming/bars.parquet'])
  })

  it('is that of the newer file, whichever event comes first', async () => {
    const bucket = new FakeBucket({ versioned: true })
    const { handler } = lambdaOn(bucket, { settings })
    const older = s3Event(bucket.name, bucket.drop('incoming/bars.parquet', barsFile(someBars(50))))
    const newer = s3Event(bucket.name, bucket.drop('incoming/bars.parquet', barsFile(someBars(80))))
    for (const event of [newer, older, newer]) await handler(sqsEvent([event]))
    assert.equal(dataOf(text(bucket.bytesOf('charts/bars.parquet.html'))).close.length, 80)
  })
})
