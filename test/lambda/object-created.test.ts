import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deliveriesOf } from '../../functions/lambda/object-created.ts'

/** As S3 sends it. */
function s3Event(object: Record<string, unknown> = {}, record: Record<string, unknown> = {}) {
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: 'eu-central-1',
        eventTime: '2024-03-01T09:30:00.000Z',
        eventName: 'ObjectCreated:Put',
        userIdentity: { principalId: 'AWS:AIDAEXAMPLE' },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'drops',
          bucket: { name: 'market-data', arn: 'arn:aws:s3:::market-data' },
          object: {
            key: 'incoming/a.parquet',
            size: 1024,
            eTag: 'd41d8cd9',
            sequencer: '0055AED6DCD90281E5',
            ...object,
          },
        },
        ...record,
      },
    ],
  }
}

function sqsEvent(...bodies: unknown[]) {
  const text = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body))
  return {
    Records: bodies.map((body, i) => ({
      messageId: `m${i}`,
      receiptHandle: `r${i}`,
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:arrivals',
      attributes: { ApproximateReceiveCount: String(i + 1) },
      body: text(body),
    })),
  }
}

const objectsOf = (event: unknown) => deliveriesOf(event).flatMap(({ objects }) => objects())
const keyOf = (key: string) => objectsOf(s3Event({ key }))[0]?.key

describe('an event of S3', () => {
  it('tells which content of which object was created', () => {
    const event = s3Event({ versionId: 'v1' })
    assert.deepEqual(objectsOf(event), [
      {
        event,
        bucket: 'market-data',
        key: 'incoming/a.parquet',
        eTag: 'd41d8cd9',
        size: 1024,
        sequencer: '0055AED6DCD90281E5',
        versionId: 'v1',
      },
    ])
  })

  it('spells a space in a key as plus and the rest percent-encoded', () => {
    assert.equal(keyOf('incoming/my+bars.parquet'), 'incoming/my bars.parquet')
    assert.equal(keyOf('incoming/a%2Bb.parquet'), 'incoming/a+b.parquet')
    assert.equal(keyOf('incoming/day%3D2024-03-01/a.parquet'), 'incoming/day=2024-03-01/a.parquet')
    assert.equal(keyOf('incoming/%E6%97%A5%F0%9F%93%88.parquet'), 'incoming/日📈.parquet')
    assert.equal(keyOf('incoming/100%25.parquet'), 'incoming/100%.parquet')
    assert.equal(keyOf('incoming/%2520.parquet'), 'incoming/%20.parquet')
  })

  it('names the key that cannot be decoded', () => {
    assert.throws(() => keyOf('incoming/%zz.parquet'), /"incoming\/%zz\.parquet" is not percent-encoded/)
  })

  it('counts a completed multipart upload as created', () => {
    assert.equal(objectsOf(s3Event({}, { eventName: 'ObjectCreated:CompleteMultipartUpload' })).length, 1)
  })

  it('is left alone when it tells of something else than a new object', () => {
    const removed = s3Event({ size: undefined, eTag: undefined }, { eventName: 'ObjectRemoved:Delete' })
    assert.deepEqual(objectsOf(removed), [])
  })

  it('is refused in another major version', () => {
    assert.throws(() => objectsOf(s3Event({}, { eventVersion: '3.0' })), /eventVersion: expected version 2\.x/)
  })

  it('may hold fields that nobody knows', () => {
    assert.equal(objectsOf(s3Event({ new: 1 }, { glacierEventData: {} })).length, 1)
  })

  it('can be sent again for one object of several', () => {
    const two = { Records: [...s3Event({ key: 'incoming/1.parquet' }).Records, ...s3Event().Records] }
    const [first, second] = objectsOf(two)
    assert.deepEqual(objectsOf(first!.event), [first])
    assert.deepEqual(objectsOf(second!.event), [second])
  })
})

describe('an event of EventBridge', () => {
  const event = (object: object = {}, detail: object = {}) => ({
    version: '0',
    source: 'aws.s3',
    'detail-type': 'Object Created',
    region: 'eu-central-1',
    detail: {
      version: '0',
      bucket: { name: 'market-data' },
      object: { key: 'incoming/a b+c%20.parquet', size: 7, etag: 'e1', sequencer: '00', 'version-id': 'v1', ...object },
      reason: 'CompleteMultipartUpload',
      ...detail,
    },
  })

  it('has its key in plain text', () => {
    const sent = event()
    const expected = { bucket: 'market-data', key: 'incoming/a b+c%20.parquet', eTag: 'e1', size: 7 }
    assert.deepEqual(objectsOf(sent), [{ ...expected, sequencer: '00', versionId: 'v1', event: sent }])
    assert.deepEqual(objectsOf(sqsEvent(sent)), objectsOf(sent))
  })

  it('is refused in another version, and left alone when it tells of something else', () => {
    assert.throws(() => objectsOf(event({}, { version: '1' })), /detail\.version: expected version 0/)
    assert.deepEqual(objectsOf({ ...event(), 'detail-type': 'Object Deleted' }), [])
  })
})

describe('the name of an object', () => {
  it('stands for what the object holds now', () => {
    const sent = { bucket: 'market-data', key: 'incoming/a+b.parquet', note: 'backfill' }
    const unknown = { eTag: undefined, size: undefined, sequencer: undefined, versionId: undefined }
    const expected = [{ bucket: 'market-data', key: 'incoming/a+b.parquet', ...unknown, event: sent }]
    assert.deepEqual(objectsOf(sent), expected)
    assert.deepEqual(objectsOf(sqsEvent(sent)), expected)
  })
})

describe('an event of SQS', () => {
  it('is one delivery for each message, and each may tell of several objects', () => {
    const two = { Records: [...s3Event({ key: 'incoming/1.parquet' }).Records, ...s3Event().Records] }
    const deliveries = deliveriesOf(sqsEvent(two, s3Event()))
    assert.deepEqual(
      deliveries.map(({ message, objects }) => [message?.id, message?.receiveCount, objects().length]),
      [
        ['m0', 1, 2],
        ['m1', 2, 1],
      ],
    )
  })

  it('tells that it comes back from the dead-letter queue by the attributes it was given there', () => {
    const [plain] = deliveriesOf(sqsEvent(s3Event()))
    const event = sqsEvent(s3Event())
    const code = { stringValue: 'corrupt', dataType: 'String' }
    const [again] = deliveriesOf({ Records: [{ ...event.Records[0], messageAttributes: { code } }] })
    assert.deepEqual([plain?.message?.wasRejected, again?.message?.wasRejected], [false, true])
  })

  it('tells of nothing when S3 only tries the queue', () => {
    const test = {
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: '2024-03-01T09:30:00.000Z',
      Bucket: 'market-data',
    }
    assert.deepEqual(objectsOf(sqsEvent(test)), [])
  })

  it('fails message by message', () => {
    const [broken, other, fine] = deliveriesOf(sqsEvent('{', { hello: 'world' }, s3Event()))
    assert.throws(() => broken!.objects(), /message m0 is not JSON/)
    assert.throws(() => other!.objects(), /not an event of S3/)
    assert.equal(fine!.objects().length, 1)
  })
})

describe('anything else', () => {
  for (const event of [undefined, null, 'text', 7, {}, { Records: [] }, { Records: [{ eventSource: 'aws:sns' }] }]) {
    const said = JSON.stringify(event)
    it(`such as ${said} never tells of an object`, () => {
      const deliveries = deliveriesOf(event)
      if (said === '{"Records":[]}') assert.deepEqual(deliveries[0]!.objects(), [])
      else assert.throws(() => deliveries[0]!.objects(), /not an event of S3/)
    })
  }
})
