/**
 * Moments that few storms meet, made by hand: something happens just before one request of a look. The table in
 * docs/decisions/commit-protocol.md names this file where storms do not find that a rule is gone.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OBJECT_METADATA } from '../../functions/shared/names.ts'
import type { S3Port } from '../../functions/storage/s3-client.ts'
import { FakeBucket, failure } from '../fakes/bucket.ts'
import { type LambdaOptions, lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { barsFile, someBars } from '../parquet-files.ts'

const [KEY, OUTPUT, REPORT] = ['incoming/a.parquet', 'enriched/a.parquet', 'failed/a.parquet.json']
const CHART = 'charts/a.parquet.html'
const good = barsFile(someBars(50), { codec: 'UNCOMPRESSED' })
/** Only its ETag tells it from the first one. */
const sameSize = barsFile(someBars(50, 7), { codec: 'UNCOMPRESSED' })
const other = barsFile(someBars(60))
const notParquet = new TextEncoder().encode('time,open,high,low,close\n')

/** What happens before a request: by its name, its key and its number among those, from 1. */
type Before = Readonly<Record<string, () => unknown>>

interface Options extends LambdaOptions {
  readonly before?: Before
  readonly message?: object
  readonly receiveCount?: number
  /** Instead of a message. */
  readonly event?: object
}

/** @returns what a delivery does with the key */
async function look(bucket: FakeBucket, { before = {}, message, receiveCount = 1, event, ...options }: Options = {}) {
  const counts = new Map<string, number>()
  const send = async (...[command, settings]: Parameters<FakeBucket['send']>) => {
    const { Key } = command.input as { readonly Key: string }
    const request = `${command.constructor.name.replace(/Command$/, '')} ${Key}`
    counts.set(request, (counts.get(request) ?? 0) + 1)
    await before[`${request} ${counts.get(request)!}`]?.()
    return bucket.send(command, settings)
  }
  const lambda = lambdaOn({ send } as S3Port, { announce: true, settings: { chartPrefix: 'charts/' }, ...options })
  const body = { bucket: bucket.name, key: KEY, ...message }
  const attributes = { ApproximateReceiveCount: String(receiveCount) }
  const answer = await lambda.handler(event ?? sqsEvent([body], { attributes }))
  const failures = 'batchItemFailures' in answer ? answer.batchItemFailures.length : 0
  const notices = lambda.notices.map(({ detailType }) => detailType)
  return { ...lambda, outcome: lambda.files[0]?.outcome, failures, notices }
}

/** A bucket in which these contents came one after the other, and each was looked at. */
async function bucketAfter(...contents: readonly Uint8Array[]): Promise<FakeBucket> {
  const bucket = new FakeBucket()
  for (const content of contents) {
    bucket.upload(KEY, content)
    await look(bucket)
  }
  return bucket
}

/** Puts an object of this key where it is in another bucket. */
function land(bucket: FakeBucket, key: string, from: FakeBucket, metadata: object = {}): void {
  bucket.put(key, from.bytesOf(key)!, { ...from.metadataOf(key)!, ...metadata })
}

const sourceOf = (bucket: FakeBucket, key: string) => bucket.metadataOf(key)?.[OBJECT_METADATA.sourceETag]

describe('an output', () => {
  it('is never of contents that came and went while S3 copied them', async () => {
    const large = barsFile(someBars(120_000), { codec: 'UNCOMPRESSED' })
    const another = Buffer.from(large).fill(1, 2_000_000, 2_000_008)
    const bucket = new FakeBucket()
    bucket.upload(KEY, large)
    const comeBack = () => bucket.upload(KEY, large)
    const before = {
      [`UploadPartCopy ${OUTPUT} 1`]: () => bucket.upload(KEY, another),
      [`HeadObject ${KEY} 2`]: comeBack,
      [`CompleteMultipartUpload ${OUTPUT} 1`]: comeBack,
    }
    await look(bucket, { before, settings: {} })
    assert.ok(Buffer.compare(bucket.bytesOf(OUTPUT)!.subarray(0, large.length), large) === 0)
  })

  it('is never of contents that came and went between the look at the source and its reading', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    assert.equal(good.length, sameSize.length)
    const comeBack = () => bucket.upload(KEY, good)
    const before = {
      [`GetObject ${KEY} 1`]: () => bucket.upload(KEY, sameSize),
      [`HeadObject ${KEY} 2`]: comeBack,
      [`PutObject ${OUTPUT} 1`]: comeBack,
    }
    await look(bucket, { before, settings: {} })
    assert.equal(bucket.eTagOf(OUTPUT), (await bucketAfter(good)).eTagOf(OUTPUT))
  })

  it("is not replaced once it gave way to somebody else's object", async () => {
    const bucket = await bucketAfter(other)
    bucket.upload(KEY, good)
    const before = { [`PutObject ${OUTPUT} 1`]: () => bucket.upload(OUTPUT, notParquet) }
    assert.equal((await look(bucket, { before })).outcome, 'refused')
    assert.deepEqual(bucket.bytesOf(OUTPUT), notParquet)
  })
})

describe('a report', () => {
  it('goes that is right, and is beside an output that is right too', async () => {
    const bucket = await bucketAfter(good)
    const metadata = bucket.metadataOf(OUTPUT)!
    const publishedFrom = { [OBJECT_METADATA.publishedFrom]: metadata[OBJECT_METADATA.sourceETag]! }
    bucket.put(REPORT, new Uint8Array(2), { ...metadata, ...publishedFrom, [OBJECT_METADATA.code]: 'too-slow' })
    assert.equal((await look(bucket)).outcome, 'unchanged')
    assert.ok(!bucket.keys.includes(REPORT))
  })

  it('of a newer deployment is left to that deployment when it is beside an output that is right', async () => {
    const bucket = await bucketAfter(good)
    const metadata = bucket.metadataOf(OUTPUT)!
    bucket.put(REPORT, new Uint8Array(2), {
      ...metadata,
      [OBJECT_METADATA.publishedFrom]: metadata[OBJECT_METADATA.sourceETag]!,
      [OBJECT_METADATA.code]: 'too-slow',
      [OBJECT_METADATA.deployment]: '8 stack',
    })
    assert.equal((await look(bucket, { deployment: 7 })).failures, 1)
  })

  it('of a newer deployment that does not name the output is left to that deployment', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, notParquet)
    await look(bucket, { deployment: 8 })
    land(bucket, OUTPUT, await bucketAfter(good))
    assert.equal((await look(bucket, { deployment: 7 })).failures, 1)
  })

  it('is about the upload that came between the looks at the own objects and at the source', async () => {
    const bucket = new FakeBucket()
    bucket.now = () => 0
    bucket.upload(KEY, notParquet)
    let looks = 0
    const between = async () => {
      if (++looks !== 2) return
      bucket.now = () => 2000
      bucket.upload(KEY, notParquet)
      await look(bucket)
    }
    await look(bucket, { before: { [`HeadObject ${REPORT} 1`]: between, [`HeadObject ${KEY} 1`]: between } })
    assert.equal(bucket.metadataOf(REPORT)?.[OBJECT_METADATA.sourceModified], bucket.modifiedOf(KEY)!.toISOString())
  })

  it('that goes is written again when its object came back meanwhile', async () => {
    const bucket = await bucketAfter(good)
    land(bucket, REPORT, await bucketAfter(notParquet))
    const before = { [`DeleteObject ${REPORT} 1`]: () => bucket.upload(KEY, notParquet) }
    assert.equal((await look(bucket, { before })).outcome, 'refused')
    assert.equal(sourceOf(bucket, REPORT), bucket.eTagOf(KEY))
  })

  it('is waited for when the answer to its deletion is lost', async () => {
    const bucket = await bucketAfter(notParquet)
    bucket.upload(KEY, good)
    const lose = () => {
      throw new Error('socket hang up')
    }
    const { failures, retries } = await look(bucket, { before: { [`DeleteObject ${REPORT} 1`]: lose } })
    assert.deepEqual([failures, retries], [1, []])
  })

  it('names an output that landed while it was written', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, notParquet)
    const older = await bucketAfter(other)
    await look(bucket, { before: { [`PutObject ${REPORT} 1`]: () => land(bucket, OUTPUT, older) } })
    assert.equal(bucket.metadataOf(REPORT)?.[OBJECT_METADATA.publishedFrom], older.eTagOf(KEY))
  })

  it('gives way to a right output that landed while it was written, and that is announced', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    const right = await bucketAfter(good)
    const before = { [`PutObject ${REPORT} 1`]: () => land(bucket, OUTPUT, right) }
    const { notices } = await look(bucket, {
      before,
      message: { deadlines: 2, slowUpload: bucket.uploadOf(KEY) },
      settings: {},
    })
    assert.deepEqual([notices, bucket.keys], [['Market File Enriched'], [OUTPUT, KEY]])
  })
})

describe('a chart', () => {
  const isOfAnother = { [OBJECT_METADATA.settings]: 'another' }

  for (const isReported of [true, false]) {
    const which = isReported ? 'that is there' : 'that is written'
    it(`is drawn again when it came with its output and went as that of an older one, beside a report ${which}`, async () => {
      const right = await bucketAfter(good)
      const bucket = new FakeBucket()
      bucket.upload(KEY, good)
      const tooSlow = { deadlines: 2, slowUpload: bucket.uploadOf(KEY) }
      if (isReported) await look(bucket, { message: tooSlow })
      land(bucket, CHART, right, isOfAnother)
      const finish = () => {
        land(bucket, OUTPUT, right)
        land(bucket, CHART, right)
        bucket.delete(REPORT)
      }
      const before = { [`DeleteObject ${CHART} 1`]: finish }
      const { sent } = await look(bucket, { before, message: isReported ? {} : tooSlow })
      for (const { body } of sent) await look(bucket, { message: body })
      assert.deepEqual(bucket.keys, [CHART, OUTPUT, KEY])
    })
  }

  it('of an older output goes, beside a report that is there and beside one that is written', async () => {
    const bucket = await bucketAfter(good)
    land(bucket, CHART, bucket, isOfAnother)
    bucket.upload(KEY, notParquet)
    assert.equal((await look(bucket)).outcome, 'refused')
    assert.ok(!bucket.keys.includes(CHART))
    land(bucket, CHART, await bucketAfter(good), isOfAnother)
    assert.equal((await look(bucket)).outcome, 'unchanged')
    assert.ok(!bucket.keys.includes(CHART))
  })

  it('of an older output is left to the newer deployment, whose message comes again for it', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    await look(bucket, { deployment: 8 })
    land(bucket, CHART, bucket, isOfAnother)
    assert.equal((await look(bucket, { deployment: 7 })).failures, 1)
  })

  it("is not written over somebody else's object that came meanwhile", async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    await look(bucket, { before: { [`PutObject ${CHART} 1`]: () => bucket.upload(CHART, notParquet) } })
    assert.equal(sourceOf(bucket, CHART), undefined)
  })

  it('is written after a conflict, and comes again after a failure', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    bucket.failNext('PutObject', CHART, failure('ConditionalRequestConflict', 409))
    await look(bucket)
    assert.equal(sourceOf(bucket, CHART), bucket.eTagOf(KEY))
    bucket.upload(KEY, other)
    bucket.failNext('HeadObject', CHART)
    assert.equal((await look(bucket)).sent.length, 1)
  })

  it('is that of the output which replaced this one before the chart was written', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    const replace = () => {
      bucket.upload(KEY, other)
      return look(bucket)
    }
    await look(bucket, { before: { [`HeadObject ${CHART} 1`]: replace } })
    assert.deepEqual([sourceOf(bucket, OUTPUT), sourceOf(bucket, CHART)], [bucket.eTagOf(KEY), bucket.eTagOf(KEY)])
  })
})

describe('an output is announced', () => {
  it('by an older deployment, where a newer one may have died before it announced it', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    await look(bucket, { deployment: 8 })
    const { outcome, notices } = await look(bucket, { deployment: 7, receiveCount: 2 })
    assert.deepEqual([outcome, notices], ['superseded', ['Market File Enriched']])
  })

  it('when the contents were gone after the write, and are back at the next look', async () => {
    const bucket = await bucketAfter(other)
    bucket.upload(KEY, good)
    const before = {
      [`HeadObject ${KEY} 2`]: () => bucket.upload(KEY, other),
      [`HeadObject ${KEY} 3`]: () => bucket.upload(KEY, good),
    }
    const { outcome, notices } = await look(bucket, { before, settings: {} })
    assert.deepEqual([outcome, notices], ['unchanged', ['Market File Enriched']])
  })
})

describe('an invocation without a queue that is killed between its write and its notice', () => {
  for (const [what, content, nextRequest, notice] of [
    ['output', good, `HeadObject ${REPORT} 2`, 'Market File Enriched'],
    ['report', notParquet, `HeadObject ${OUTPUT} 3`, 'Market File Refused'],
  ] as const) {
    it(`leaves the notice of the ${what} to the retry, which has its request id, and to no other`, async () => {
      const bucket = new FakeBucket()
      // a small new file would be written again, and the conflict announced
      const event = s3Event(bucket.name, { ...bucket.upload(KEY, content), size: 6 * 2 ** 20 })
      const { promise: end, resolve: die } = Promise.withResolvers<void>()
      const before = {
        [nextRequest]: () => {
          die()
          return new Promise(() => {})
        },
      }
      void look(bucket, { event, before, settings: {}, requestId: 'first' })
      await end
      const another = await look(bucket, { event, settings: {}, requestId: 'another' })
      assert.deepEqual([another.outcome, another.notices], ['unchanged', []])
      const retry = await look(bucket, { event, settings: {}, requestId: 'first' })
      assert.deepEqual([retry.outcome, retry.notices], ['unchanged', [notice]])
    })
  }

  it('leaves no notice to the retry that only draws the chart of an older output', async () => {
    const bucket = await bucketAfter(good)
    bucket.delete(CHART)
    const event = { bucket: bucket.name, key: KEY }
    const { outcome, notices } = await look(bucket, { event, requestId: 'another' })
    assert.deepEqual([outcome, notices, bucket.keys.includes(CHART)], ['unchanged', [], true])
  })
})
