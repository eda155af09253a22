import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ENGINE_VERSION, OBJECT_METADATA } from '../../functions/shared/names.ts'
import type { S3Port } from '../../functions/storage/s3-client.ts'
import { FakeBucket, failure } from '../fakes/bucket.ts'
import { type LambdaOptions, lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { barsFile, someBars } from '../parquet-files.ts'

const KEY = 'incoming/a.parquet'
const good = barsFile(someBars(50))
const other = barsFile(someBars(60))
const notParquet = new TextEncoder().encode('time,open,high,low,close\n')

/** @returns what the function does with the key as it is */
async function look(bucket: S3Port & { readonly name: string }, options: LambdaOptions = {}, more: object = {}) {
  const lambda = lambdaOn(bucket, options)
  const answer = await lambda.handler(sqsEvent([{ bucket: bucket.name, key: KEY, ...more }]))
  assert.ok('batchItemFailures' in answer)
  return { outcome: lambda.files[0]?.outcome, failures: answer.batchItemFailures.length, ...lambda }
}

describe('an output made with other settings', () => {
  const settings = { keep: 'last' } as const

  it('is made again by a newer deployment, and left alone by an older one', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    assert.equal((await look(bucket, { deployment: 7 })).outcome, 'enriched')
    assert.equal((await look(bucket, { deployment: 8, settings })).outcome, 'enriched')
    const { deployment, ...metadata } = bucket.metadataOf('enriched/a.parquet')!
    assert.deepEqual([deployment, metadata['engine-version']], ['8 stack', `${ENGINE_VERSION}`])
    assert.equal((await look(bucket, { deployment: 7 })).outcome, 'superseded')
    assert.equal((await look(bucket, { deployment: 8, settings })).outcome, 'unchanged')
  })

  it('is left to the newer deployment also when the object was replaced: the message comes again', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    await look(bucket, { deployment: 8, settings })
    bucket.upload(KEY, other)
    const { outcome, failures } = await look(bucket, { deployment: 7 })
    assert.deepEqual([outcome, failures], ['failed', 1])
    assert.equal((await look(bucket, { deployment: 8, settings })).outcome, 'enriched')
  })

  it('is made again where the stack is another one, whatever its number', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    await look(bucket, { deployment: 8, settings })
    const head = bucket.metadataOf('enriched/a.parquet')!
    head.deployment = '8 deleted'
    assert.equal((await look(bucket, { deployment: 1 })).outcome, 'enriched')
  })

  it('is made again when the engine is newer, and when somebody asks for it', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    await look(bucket)
    bucket.metadataOf('enriched/a.parquet')!['engine-version'] = '0'
    assert.equal((await look(bucket)).outcome, 'enriched')
    assert.equal((await look(bucket)).outcome, 'unchanged')
    assert.equal((await look(bucket, {}, { again: true })).outcome, 'enriched')
  })
})

describe('a report', () => {
  it('says of no other upload than the slow one that it is too slow', async () => {
    const bucket = new FakeBucket()
    let now = Date.now()
    bucket.now = () => now
    bucket.upload(KEY, good)
    const slow = { continued: true, deadlines: 2, slowUpload: bucket.uploadOf(KEY) }
    now += 600_000
    bucket.upload(KEY, other)
    // the message that continues the slow work comes before the event of the new upload
    assert.equal((await look(bucket, {}, slow)).outcome, 'enriched')
    assert.ok(!bucket.keys.includes('failed/a.parquet.json'))
    now += 600_000
    bucket.upload(KEY, good)
    assert.equal((await look(bucket, {}, slow)).outcome, 'enriched')
    bucket.delete('enriched/a.parquet')
    assert.equal((await look(bucket, {}, { ...slow, slowUpload: bucket.uploadOf(KEY) })).outcome, 'refused')
  })

  it('says with which timeout a file was too slow, and none for other reasons', async () => {
    const bucket = new FakeBucket()
    const timeout = () => bucket.metadataOf('failed/a.parquet.json')![OBJECT_METADATA.timeout]
    bucket.upload(KEY, good)
    assert.equal((await look(bucket, {}, { deadlines: 2, slowUpload: bucket.uploadOf(KEY) })).outcome, 'refused')
    assert.ok(Number(timeout()) > 0)
    bucket.upload(KEY, notParquet)
    assert.equal((await look(bucket)).outcome, 'refused')
    assert.equal(timeout(), undefined)
  })
})

describe('a report of a newer deployment', () => {
  it('is left alone by an older one', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, notParquet)
    assert.equal((await look(bucket, { deployment: 8 })).outcome, 'refused')
    assert.equal((await look(bucket, { deployment: 7, memoryMiB: 2048 })).outcome, 'superseded')
  })

  it('is not taken for one about the same bytes that are uploaded again: the message comes again', async () => {
    const bucket = new FakeBucket()
    let now = Date.now()
    bucket.now = () => now
    bucket.upload(KEY, notParquet)
    await look(bucket, { deployment: 8 })
    now += 60_000
    bucket.upload(KEY, notParquet)
    const { outcome, failures } = await look(bucket, { deployment: 7 })
    assert.deepEqual([outcome, failures], ['failed', 1])
    assert.equal((await look(bucket, { deployment: 8 })).outcome, 'refused')
  })
})

describe('a report of a newer deployment beside a right output', () => {
  it('is taken back by the newer deployment: the message of an older one comes again', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    await look(bucket, { deployment: 7 })
    const output = bucket.metadataOf('enriched/a.parquet')!
    output['engine-version'] = '0'
    assert.equal(
      (await look(bucket, { deployment: 8 }, { deadlines: 2, slowUpload: bucket.uploadOf(KEY) })).outcome,
      'refused',
    )
    // the older deployment finished the file meanwhile
    output['engine-version'] = `${ENGINE_VERSION}`
    const { outcome, failures } = await look(bucket, { deployment: 7 })
    assert.deepEqual([outcome, failures], ['failed', 1])
    assert.equal((await look(bucket, { deployment: 8 })).outcome, 'unchanged')
    assert.equal(bucket.bytesOf('failed/a.parquet.json'), undefined)
  })
})

describe('an output of a newer deployment', () => {
  it('stays when the object is deleted, until the newer deployment decides', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    await look(bucket, { deployment: 8 })
    bucket.delete(KEY)
    const { failures } = await look(bucket, { deployment: 7, settings: { onRemoved: 'remove' } })
    assert.deepEqual([failures, bucket.keys], [1, ['enriched/a.parquet']])
    assert.equal((await look(bucket, { deployment: 8 })).outcome, 'gone')
    assert.deepEqual(bucket.keys, ['enriched/a.parquet'])
  })

  it('gets no report of an older one beside it after a quick look', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    await look(bucket, { deployment: 8 })
    const event = s3Event(bucket.name, bucket.upload(KEY, other))
    const { handler, files } = lambdaOn(bucket, { deployment: 7, settings: { columns: { close: 'nope' } } })
    const answer = await handler(sqsEvent([event]))
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }] })
    assert.equal(files[0]?.outcome, 'failed')
    assert.equal(bucket.bytesOf('failed/a.parquet.json'), undefined)
  })
})

describe('a report beside the right output', () => {
  it('is deleted', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, notParquet)
    await look(bucket)
    const [report, metadata] = [bucket.bytesOf('failed/a.parquet.json')!, bucket.metadataOf('failed/a.parquet.json')!]
    bucket.upload(KEY, good)
    await look(bucket)
    // the write of the report lands only now
    bucket.put('failed/a.parquet.json', report, metadata)
    assert.equal((await look(bucket)).outcome, 'unchanged')
    assert.deepEqual(bucket.keys, ['enriched/a.parquet', KEY])
  })
})

describe('a report that S3 does not delete because of another request at the same moment', () => {
  it('is looked at again, and nothing has failed', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, notParquet)
    await look(bucket)
    bucket.upload(KEY, good)
    bucket.failNext('DeleteObject', undefined, failure('ConditionalRequestConflict', 409))
    assert.equal((await look(bucket)).outcome, 'enriched')
    assert.deepEqual(bucket.keys, ['enriched/a.parquet', KEY])
  })
})

describe('a new and small object', () => {
  const requestsOf = async (receiveCount: number, existing?: Uint8Array) => {
    const bucket = new FakeBucket()
    if (existing) {
      bucket.upload(KEY, existing)
      await look(bucket)
      bucket.requests.length = 0
    }
    const event = s3Event(bucket.name, bucket.upload(KEY, good))
    const attributes = { ApproximateReceiveCount: String(receiveCount) }
    await lambdaOn(bucket).handler(sqsEvent([event], { attributes }))
    return bucket.requests.map(({ name, input }) => `${name} ${input.Key}`)
  }
  const [READ, LOOK] = ['GetObject incoming/a.parquet', 'HeadObject incoming/a.parquet']

  it('is read without a look before, when its message comes for the first time', async () => {
    assert.deepEqual((await requestsOf(1)).slice(0, 2), [READ, 'HeadObject failed/a.parquet.json'])
    const again = await requestsOf(2)
    assert.ok(again.indexOf(LOOK) >= 0 && again.indexOf(LOOK) < again.indexOf(READ))
  })

  it('is looked at first when there turns out to be an output', async () => {
    const requests = await requestsOf(1, other)
    assert.equal(requests[0], READ)
    assert.ok(requests.indexOf(LOOK) > 0)
    assert.equal(requests.filter((request) => request.startsWith('PutObject enriched/')).length, 2)
  })
})

describe('an object that changes while it is read', () => {
  it('is looked at later when it never stops, and nothing has failed', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    let uploads = 0
    const send = async (command: object, options: object) => {
      const answer = await (bucket.send as (command: object, options: object) => Promise<object>)(command, options)
      const isLook =
        command.constructor.name === 'HeadObjectCommand' && (command as { input: { Key: string } }).input.Key === KEY
      if (isLook) bucket.upload(KEY, barsFile(someBars(10 + (uploads++ % 40))))
      return answer
    }
    const { outcome, failures, sent, retries } = await look({ send, name: bucket.name } as S3Port & { name: string })
    assert.deepEqual([outcome, failures, retries], ['deferred', 0, []])
    // one for each look
    assert.equal(uploads, 8)
    const body = { bucket: bucket.name, key: KEY, again: false, deadlines: 0, deferrals: 1, continued: true }
    assert.deepEqual(sent, [{ queue: 'arrivals', body, delaySeconds: 60 }])
  })
})

describe('an object that is uploaded again while its deletion is dealt with', () => {
  /** Drops the object again as soon as another one is deleted. */
  function again(bucket: FakeBucket, deleted: string) {
    const send = async (command: object, options: object) => {
      const answer = await (bucket.send as (command: object, options: object) => Promise<object>)(command, options)
      const isIt =
        command.constructor.name === 'DeleteObjectCommand' &&
        (command as { input: { Key: string } }).input.Key === deleted
      if (isIt) bucket.upload(KEY, good)
      return answer
    }
    return { send, name: bucket.name } as S3Port & { name: string }
  }

  it('gets an output where a report was deleted', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, notParquet)
    await look(bucket)
    bucket.delete(KEY)
    assert.equal((await look(again(bucket, 'failed/a.parquet.json'))).outcome, 'enriched')
    assert.deepEqual(bucket.keys, ['enriched/a.parquet', KEY])
  })

  it('gets an output where its output, or an object beside it, was deleted', async () => {
    for (const [settings, deleted] of [
      [{ onRemoved: 'remove' }, 'enriched/a.parquet'],
      [{ onRemoved: 'remove', chartPrefix: 'charts/' }, 'charts/a.parquet.html'],
    ] as const) {
      const bucket = new FakeBucket()
      bucket.upload(KEY, good)
      await look(bucket, { settings })
      bucket.delete(KEY)
      // another delivery was killed after it had deleted the output
      if (deleted !== 'enriched/a.parquet') bucket.delete('enriched/a.parquet')
      assert.equal((await look(again(bucket, deleted), { settings })).outcome, 'enriched')
      assert.ok(bucket.bytesOf('enriched/a.parquet'))
    }
  })

  it('is not looked for where nothing was deleted', async () => {
    const bucket = new FakeBucket()
    for (const settings of [{}, { onRemoved: 'remove' }] as const) {
      bucket.requests.length = 0
      assert.equal((await look(bucket, { settings })).outcome, 'gone')
      const looks = bucket.requests.filter(({ name, input }) => name === 'HeadObject' && input.Key === KEY)
      assert.equal(looks.length, 1)
    }
  })
})

describe('a write whose answer is lost', () => {
  it('is waited for: its message is not brought forward', async () => {
    const bucket = new FakeBucket()
    const event = s3Event(bucket.name, bucket.upload(KEY, good))
    const send = async (command: object, options: object) => {
      const answer = await (bucket.send as (command: object, options: object) => Promise<object>)(command, options)
      if (command.constructor.name === 'PutObjectCommand') throw new Error('socket hang up')
      return answer
    }
    const lambda = lambdaOn({ send } as S3Port, { announce: true })
    assert.deepEqual(await lambda.handler(sqsEvent([event])), { batchItemFailures: [{ itemIdentifier: 'm0' }] })
    assert.deepEqual([lambda.retries, lambda.notices], [[], []])
    const again = lambdaOn(bucket, { announce: true })
    await again.handler(sqsEvent([event], { attributes: { ApproximateReceiveCount: '2' } }))
    assert.deepEqual([again.files[0]?.outcome, again.notices.length], ['unchanged', 1])
  })

  it('is not confused with one that S3 refused', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    const send = async (command: object, options: object) => {
      if (command.constructor.name === 'PutObjectCommand') throw failure('AccessDenied', 403)
      return (bucket.send as (command: object, options: object) => Promise<object>)(command, options)
    }
    const { outcome, retries } = await look({ send, name: bucket.name } as S3Port & { name: string })
    assert.deepEqual([outcome, retries.length], ['failed', 1])
  })
})

describe('a message of another bucket', () => {
  it('is ignored', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    const { outcome, files } = await look(bucket, { bucket: 'bars' })
    assert.equal(outcome, 'ignored')
    assert.match(String((files[0] as { reason?: string }).reason), /the bucket is not bars/)
    assert.deepEqual(bucket.requests, [])
  })

  it('is taken where that is one of the further buckets', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    const { outcome } = await look(bucket, { bucket: 'bars', sourceBuckets: ['coins', bucket.name] })
    assert.equal(outcome, 'enriched')
  })
})

describe('a message that waited while the input prefix was changed', () => {
  it('is not lost: an operator finds it among the dead letters', async () => {
    const bucket = new FakeBucket()
    const lambda = lambdaOn(bucket, { settings: { inputPrefix: 'bars/' } })
    await lambda.handler(sqsEvent([s3Event(bucket.name, bucket.upload(KEY, good))]))
    assert.equal(lambda.files[0]?.outcome, 'ignored')
    assert.deepEqual(
      lambda.deadLetters.map(({ body, attributes }) => [JSON.parse(body).key, attributes.code]),
      [[KEY, 'outside-prefix']],
    )
  })
})

describe('the former input prefixes in the settings', () => {
  const eventBridge = (bucket: string, key: string) => ({
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: { version: '0', bucket: { name: bucket }, object: { key, size: 1 } },
  })

  async function lettersOf(formerPrefixes?: readonly string[]) {
    const bucket = new FakeBucket()
    const keys = [KEY, 'other/a.parquet']
    const settings = { inputPrefix: 'bars/', ...(formerPrefixes && { formerPrefixes }) }
    const lambda = lambdaOn(bucket, { settings })
    const events = keys.map((key) => s3Event(bucket.name, bucket.upload(key, good)))
    const sns = keys.map((key) => ({ Type: 'Notification', Message: JSON.stringify(eventBridge(bucket.name, key)) }))
    const routes = [events, keys.map((key) => eventBridge(bucket.name, key)), sns]
    const letters: string[][] = []
    for (const bodies of routes) {
      lambda.deadLetters.length = 0
      await lambda.handler(sqsEvent(bodies))
      letters.push(lambda.deadLetters.map(({ body }) => JSON.parse(body).key))
    }
    return letters
  }

  it('keep the messages of their keys, however they come, and no others', async () => {
    assert.deepEqual(await lettersOf(['incoming/']), [[KEY], [KEY], [KEY]])
    assert.deepEqual(await lettersOf([]), [[], [], []])
  })

  it('are not known by default: all messages that S3 itself sent are kept', async () => {
    assert.deepEqual(await lettersOf(), [[KEY, 'other/a.parquet'], [], []])
  })
})

describe('a key that is left for later again and again', () => {
  it('fails in the end, and somebody looks after it', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, good)
    // a server that says of an object now that it is there and now that it is not
    const send = async (command: object, options: object) => {
      if (command.constructor.name === 'PutObjectCommand') throw failure('PreconditionFailed', 412)
      return (bucket.send as (command: object, options: object) => Promise<object>)(command, options)
    }
    const contradictory = { send, name: bucket.name } as S3Port & { name: string }
    assert.equal((await look(contradictory, {}, { deferrals: 9 })).outcome, 'deferred')
    const { outcome, failures } = await look(contradictory, {}, { deferrals: 10 })
    assert.deepEqual([outcome, failures], ['failed', 1])
  })
})

describe('a message of the function itself that waited while the input prefix was changed', () => {
  it('is not lost either', async () => {
    const bucket = new FakeBucket()
    const { deadLetters } = await look(bucket, { settings: { inputPrefix: 'bars/' } })
    assert.deepEqual(
      deadLetters.map(({ attributes }) => attributes.code),
      ['outside-prefix'],
    )
  })
})
