import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { deliveriesOf, eventCode, type Hint } from '../../functions/lambda/hints.ts'
import { quickOrThorough } from '../thorough.ts'
import {
  eventBridgeEvent,
  invocationRecord,
  invocationResult,
  s3Event,
  snsLambdaEvent,
  snsMessage,
  sqsEvent,
} from './envelopes.ts'

const all = (event: unknown) => deliveriesOf(event).map(({ contents }) => contents())
const hintsOf = (event: unknown) => all(event).flatMap(({ hints }) => hints)
const ignoredOf = (event: unknown) => all(event).flatMap(({ ignored }) => ignored)
const problemOf = (event: unknown) => {
  try {
    all(event)
  } catch (error) {
    return (error as Error).message
  }
  return 'none'
}

const hint: Hint = {
  bucket: 'market-data',
  key: 'incoming/a.parquet',
  size: 1024,
  again: false,
  deadlines: 0,
  continued: false,
  deferrals: 0,
  announced: undefined,
  isDirect: false,
}
const batchInput = { bucket: 'market-data', again: false }

/** Each as its services send it, of one object. */
const ENVELOPES: readonly (readonly [name: string, event: (key: string) => unknown, expected?: Partial<Hint>])[] = [
  ['S3 to Lambda', (key) => s3Event(key), { isDirect: true }],
  ['S3 to SQS', (key) => sqsEvent(s3Event(key)), { isDirect: true }],
  ['S3 to SQS to EventBridge Pipes', (key) => sqsEvent(s3Event(key)).Records, { isDirect: true }],
  ['S3 to SNS to SQS', (key) => sqsEvent(snsMessage(s3Event(key)))],
  ['S3 to SNS to Lambda', (key) => snsLambdaEvent(s3Event(key))],
  ['EventBridge to Lambda', (key) => eventBridgeEvent(key)],
  ['EventBridge to SQS', (key) => sqsEvent(eventBridgeEvent(key))],
  ['EventBridge to SNS to SQS', (key) => sqsEvent(snsMessage(eventBridgeEvent(key)))],
  ['EventBridge to SNS to Lambda', (key) => snsLambdaEvent(eventBridgeEvent(key))],
  ['EventBridge to SNS to SQS with raw delivery', (key) => sqsEvent(eventBridgeEvent(key))],
  ['a failed invocation by S3, to Lambda', (key) => invocationRecord(s3Event(key))],
  ['a failed invocation by S3, to SQS', (key) => sqsEvent(invocationRecord(s3Event(key)))],
  ['a failed invocation by EventBridge, to SNS', (key) => snsLambdaEvent(invocationRecord(eventBridgeEvent(key)))],
  ['a failed invocation by SNS, to EventBridge', (key) => invocationResult(snsLambdaEvent(s3Event(key)))],
  ['all of them', (key) => sqsEvent(snsMessage(invocationResult(snsLambdaEvent(invocationRecord(s3Event(key))))))],
  ['our own message', (key) => sqsEvent({ bucket: 'market-data', key }), { size: undefined, isDirect: true }],
  ['a call with a name', (key) => ({ bucket: 'market-data', key, size: 1024, note: 'backfill' }), { isDirect: true }],
  ['a call with a list of names', (key) => [{ bucket: 'market-data', key }], { size: undefined, isDirect: true }],
  ['Step Functions with a name', (key) => ({ Bucket: 'market-data', Key: key }), { size: undefined, isDirect: true }],
  [
    'a batch of Step Functions',
    (Key) => ({
      Items: [{ Etag: '"9c8a"', Key, LastModified: 1709285400, Size: 1024, StorageClass: 'STANDARD' }],
      BatchInput: batchInput,
    }),
  ],
]

describe('an event', () => {
  for (const [name, event, expected] of ENVELOPES) {
    it(`names the object: ${name}`, () => {
      assert.deepEqual(all(event(hint.key)), [{ hints: [{ ...hint, ...expected }], ignored: [] }])
    })
  }

  it('names every key as it is in the bucket, whatever the envelope', () => {
    const odd = fc.constantFrom('+', '%', '%20', ' ', '/', '//', '=', '&', '"', '\\', '\0', '日', '📈', '.', '..', '?#')
    const law = fc.property(fc.array(fc.oneof(odd, fc.string({ unit: 'binary' })), { minLength: 1 }), (parts) => {
      const key = parts.join('')
      // S3 stores keys as UTF-8, which has no lone surrogates
      fc.pre(key !== '' && key.isWellFormed())
      for (const [name, event] of ENVELOPES) assert.equal(hintsOf(event(key))[0]?.key, key, name)
    })
    fc.assert(law, { numRuns: quickOrThorough(20, 300), seed: 7 })
  })

  it('never makes the parser fail in another way than by an Error that is one readable line', () => {
    const law = fc.property(fc.jsonValue(), (value) => {
      for (const event of [value, sqsEvent(value), { Records: value }, { detail: value }, { Items: value }]) {
        assert.match(problemOf(event), /^[^\n]{1,1000}$/)
      }
    })
    fc.assert(law, { numRuns: 300, seed: 7 })
    assert.match(problemOf({ Items: Array(10_000).fill(7) }), /^[^\n]{1,1000}$/)
  })
})

describe('an event of S3', () => {
  const keyOf = (key: string) => hintsOf(s3Event('', { object: { key } }))[0]?.key

  it('may have ten envelopes', () => {
    const within = (envelopes: number) =>
      Array.from({ length: envelopes }).reduce((inner) => [inner], s3Event('a.parquet'))
    // the list of records is one of them
    assert.deepEqual(
      hintsOf(within(9)).map(({ key }) => key),
      ['a.parquet'],
    )
    assert.equal(problemOf(within(10)), 'the event is more than 10 envelopes deep')
  })

  it('spells a space in a key as plus and the rest percent-encoded', () => {
    assert.equal(keyOf('incoming/my+bars.parquet'), 'incoming/my bars.parquet')
    assert.equal(keyOf('incoming/a%2Bb.parquet'), 'incoming/a+b.parquet')
    assert.equal(keyOf('incoming/day%3D2024-03-01/a.parquet'), 'incoming/day=2024-03-01/a.parquet')
    assert.equal(keyOf('incoming/%E6%97%A5%F0%9F%93%88.parquet'), 'incoming/日📈.parquet')
    assert.equal(keyOf('incoming/%2520.parquet'), 'incoming/%20.parquet')
  })

  for (const eventName of [
    'ObjectCreated:Put',
    'ObjectCreated:CompleteMultipartUpload',
    's3:ObjectCreated:Put',
    'ObjectRestore:Completed',
  ]) {
    it(`is a hint after ${eventName}`, () => {
      const again = eventName.startsWith('ObjectRestore')
      assert.deepEqual(hintsOf(s3Event(hint.key, { eventName })), [{ ...hint, again, isDirect: true }])
    })
  }

  for (const eventName of [
    'ObjectRemoved:Delete',
    's3:ObjectRemoved:DeleteMarkerCreated',
    'LifecycleExpiration:Delete',
    'LifecycleExpiration:DeleteMarkerCreated',
  ]) {
    it(`is a hint without a size after ${eventName}`, () => {
      assert.deepEqual(hintsOf(s3Event(hint.key, { eventName })), [{ ...hint, size: undefined, isDirect: true }])
    })
  }

  for (const eventName of [
    'ObjectTagging:Put',
    'ObjectAcl:Put',
    'ObjectRestore:Post',
    'ObjectRestore:Delete',
    'LifecycleTransition',
    'IntelligentTiering',
    'Replication:OperationFailedReplication',
  ]) {
    it(`is ignored after ${eventName}`, () => {
      assert.deepEqual(all(sqsEvent(s3Event(hint.key, { eventName }))), [{ hints: [], ignored: [eventName] }])
      assert.deepEqual(ignoredOf(s3Event(hint.key, { eventName: `s3:${eventName}` })), [eventName])
    })
  }

  it('may name several objects, also of some to be ignored', () => {
    const [created] = s3Event('incoming/1.parquet').Records
    const [tagged] = s3Event('incoming/2.parquet', { eventName: 'ObjectTagging:Put' }).Records
    const [removed] = s3Event('incoming/3.parquet', { eventName: 'ObjectRemoved:Delete' }).Records
    const [{ hints, ignored } = assert.fail()] = all(sqsEvent({ Records: [created, tagged, removed] }))
    assert.deepEqual(
      hints.map(({ key }) => key),
      ['incoming/1.parquet', 'incoming/3.parquet'],
    )
    assert.deepEqual(ignored, ['ObjectTagging:Put'])
  })

  it('is understood in every minor version, with fields that are new, null, quoted or missing', () => {
    for (const eventVersion of ['2.0', '2.1', '2.6', '2.10'])
      assert.equal(hintsOf(s3Event('a', { eventVersion })).length, 1)
    for (const object of [
      { versionId: null },
      { eTag: '"9c8a"' },
      { eTag: undefined, sequencer: undefined },
      { new: 1 },
    ]) {
      assert.equal(hintsOf(s3Event('a', { object })).length, 1)
    }
  })

  it('has no size rather than a wrong one', () => {
    for (const size of [undefined, null, -1, 1.5, '1024']) {
      assert.equal(hintsOf(s3Event('a', { object: { size } }))[0]?.size, undefined)
    }
  })

  it('is understood from a server that is compatible with S3', () => {
    const records = s3Event(hint.key, {
      eventSource: 'minio:s3',
      eventName: 's3:ObjectCreated:Put',
      eventVersion: '2.0',
    })
    const event = { EventName: 's3:ObjectCreated:Put', Key: 'market-data/incoming/a.parquet', ...records }
    assert.deepEqual(hintsOf(event), [{ ...hint, isDirect: true }])
  })
})

describe('an event of EventBridge', () => {
  it('is a hint after a restore, and one without a size after a removal', () => {
    // its report says that it is archived: that has to be judged again
    const restored = eventBridgeEvent(hint.key, { kind: 'Object Restore Completed' })
    assert.deepEqual(hintsOf(restored), [{ ...hint, again: true }])
    const removed = eventBridgeEvent(hint.key, { kind: 'Object Deleted', 'deletion-type': 'Delete Marker Created' })
    assert.deepEqual(hintsOf(removed), [{ ...hint, size: undefined }])
  })

  for (const kind of [
    'Object Tags Added',
    'Object ACL Updated',
    'Object Storage Class Changed',
    'Object Restore Initiated',
  ]) {
    it(`is ignored after ${kind}`, () => {
      assert.deepEqual(all(sqsEvent(eventBridgeEvent('a', { kind }))), [{ hints: [], ignored: [kind] }])
    })
  }

  it('may have no version of its fields, or a later minor one', () => {
    for (const version of [undefined, '1.0', '1.12']) {
      assert.equal(hintsOf(eventBridgeEvent('a', { 'event-version': version })).length, 1)
    }
  })
})

describe('a name', () => {
  const named = { bucket: 'market-data', key: 'incoming/a+b%20.parquet' }

  it('may ask for the work to be done again, and says how often it reached the deadline', () => {
    const [own] = hintsOf(sqsEvent({ ...named, again: true, deadlines: 2, slowUpload: 'etag' }))
    assert.deepEqual(own, {
      ...hint,
      ...named,
      size: undefined,
      again: true,
      deadlines: 2,
      slowUpload: 'etag',
      isDirect: true,
    })
  })

  it('has the fields of its batch, unless it has its own', () => {
    const Items = [{ Key: 'a' }, { Key: 'b', Size: 7 }, { Bucket: 'other', Key: 'c' }, { key: 'd', again: false }]
    const hints = hintsOf({ Items, BatchInput: { bucket: 'market-data', again: true } })
    assert.deepEqual(
      hints.map(({ bucket, key, size, again }) => [bucket, key, size, again]),
      [
        ['market-data', 'a', undefined, true],
        ['market-data', 'b', 7, true],
        ['other', 'c', undefined, true],
        ['market-data', 'd', undefined, false],
      ],
    )
  })

  it('may be in an envelope of its own in a list', () => {
    const hints = hintsOf(sqsEvent([named, [{ Bucket: 'market-data', Key: 'b' }], s3Event('c')]))
    assert.deepEqual(
      hints.map(({ key }) => key),
      [named.key, 'b', 'c'],
    )
  })
})

describe('a message that only tests a connection', () => {
  const testEvent = {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: '2024-03-01T09:30:00.000Z',
    Bucket: 'market-data',
  }

  for (const [name, event, reason] of [
    ['S3 to Lambda', testEvent, 'test event'],
    ['S3 to SQS', sqsEvent(testEvent), 'test event'],
    ['S3 to SNS to SQS', sqsEvent(snsMessage(testEvent)), 'test event'],
    ['S3 to SNS to Lambda', snsLambdaEvent(testEvent), 'test event'],
    [
      'a subscription',
      sqsEvent({ ...snsMessage('', 'SubscriptionConfirmation'), Token: '0f' }),
      'SubscriptionConfirmation',
    ],
    ['the end of one', sqsEvent(snsMessage('', 'UnsubscribeConfirmation')), 'UnsubscribeConfirmation'],
    ['no records', { Records: [] }, 'empty list'],
    ['no messages', [], 'empty list'],
    ['an empty batch', { Items: [], BatchInput: batchInput }, 'empty list'],
  ] as const) {
    it(`is ignored: ${name}`, () => assert.deepEqual(all(event), [{ hints: [], ignored: [reason] }]))
  }
})

describe('a message', () => {
  it('is a delivery of its own, which may name several objects', () => {
    const two = { Records: [...s3Event('a').Records, ...s3Event('b').Records] }
    const messages = deliveriesOf(sqsEvent(two, s3Event('c')))
    assert.deepEqual(
      messages.map(({ contents }) => contents().hints.length),
      [2, 1],
    )
    assert.deepEqual(messages[1]?.message, {
      id: 'm1',
      receiptHandle: 'r1',
      receiveCount: 2,
      firstReceived: 1_709_285_400_001,
      queueArn: 'arn:aws:sqs:eu-central-1:123456789012:arrivals',
    })
  })

  it('is one also in the bare list of EventBridge Pipes', () => {
    const messages = deliveriesOf(sqsEvent(s3Event('a'), s3Event('b')).Records)
    assert.deepEqual(
      messages.map(({ message }) => message?.id),
      ['m0', 'm1'],
    )
  })

  it('asks for the work to be done again when it comes back with the reason why it was given up', () => {
    const [record] = sqsEvent([s3Event('a'), { bucket: 'market-data', key: 'b' }]).Records
    const messageAttributes = { code: { stringValue: 'corrupt', dataType: 'String' } }
    const hints = hintsOf({ Records: [{ ...record, messageAttributes }] })
    assert.deepEqual(
      hints.map(({ again }) => again),
      [true, true],
    )
    const other = { TraceId: { stringValue: '1', dataType: 'String' } }
    assert.equal(hintsOf({ Records: [{ ...record, messageAttributes: other }] })[0]?.again, false)
  })

  it('fails alone', () => {
    const [broken, other, fine] = deliveriesOf(sqsEvent('{', { hello: 'world' }, s3Event('a')))
    assert.throws(() => broken!.contents(), /^Error: the body of message m0 is not JSON: found "\{"$/)
    assert.throws(() => other!.contents(), /^Error: not an event of S3 .*: found \{"hello":"world"\}$/)
    assert.equal(fine!.contents().hints.length, 1)
  })
})

describe('a message that cannot be understood', () => {
  let nested: unknown = s3Event('a')
  for (let i = 0; i < 20; i++) nested = { requestPayload: nested }
  const { eventSourceARN: _, ...fromNowhere } = sqsEvent(s3Event('a')).Records[0]!

  for (const [event, problem] of [
    [s3Event('a', { eventVersion: '3.0' }), 'not a record of S3: eventVersion: expected a version 2.x, found "3.0"'],
    [s3Event('a', { eventVersion: undefined }), 'eventVersion: expected a version 2.x, found undefined'],
    [s3Event('a', { eventSource: 'aws:ses' }), 'eventSource: expected "aws:s3", found "aws:ses"'],
    [s3Event('', { object: { key: '' } }), 's3.object.key: expected a name, found ""'],
    [s3Event('', { object: { key: '%zz.parquet' } }), 'the key "%zz.parquet" is not percent-encoded UTF-8'],
    [s3Event('', { object: { key: '%ff' } }), 'the key "%ff" is not percent-encoded UTF-8'],
    [eventBridgeEvent('a', { version: '1' }), 'detail.version: expected version "0", found "1"'],
    [eventBridgeEvent('a', { 'event-version': '2.0' }), 'detail.event-version: expected a version 1.x, found "2.0"'],
    [{ ...eventBridgeEvent('a'), source: 'aws.events' }, 'source: expected "aws.s3", found "aws.events"'],
    [{ ...eventBridgeEvent('a'), detail: { eventName: 'PutObject' } }, 'detail.bucket: Invalid input: expected object'],
    [sqsEvent(snsMessage('hello')), 'the message of SNS is not JSON: found "hello"'],
    [sqsEvent(snsMessage('', 'Other')), 'not a message of SNS: Type: Invalid option'],
    [{ Records: [fromNowhere] }, 'not a message of SQS: eventSourceARN: expected a name, found undefined'],
    [{ Records: 7 }, 'not the records of an event: expected a list, found 7'],
    [{ bucket: 'b', key: 7 }, 'not the name of an object: key: expected a name, found 7'],
    [{ bucket: 'b', key: 'a', again: 'yes' }, 'again: expected true or false, found "yes"'],
    [{ bucket: 'b', key: 'a', deadlines: -1 }, 'deadlines: expected 0 or more, found -1'],
    [{ Items: [{ Key: 'a' }] }, 'not the name of an object: bucket: expected a name, found undefined'],
    [{ Items: 'a' }, 'not a batch of Step Functions: Items: expected a list, found "a"'],
    [s3Event('', { object: { key: '\u001b[31m%' } }), 'the key "\\u001b[31m%" is not percent-encoded UTF-8'],
    [{ bucket: 'b', key: ['\u202e'] }, 'found ["\\u{202e}"]'],
    [Array.from({ length: 20 }).reduce((inner) => [inner], []), 'the event is more than 10 envelopes deep'],
    [nested, 'the event is more than 10 envelopes deep'],
    [{ Records: [{ eventSource: 'aws:kinesis' }] }, 'found {"eventSource":"aws:kinesis"}'],
    [{ Event: 'other' }, 'not an event of S3'],
    [undefined, 'found undefined'],
    [null, 'found null'],
    ['text', 'found "text"'],
    [7, 'found 7'],
    [{}, 'found {}'],
  ] as const) {
    it(`is said: ${problem}`, () => {
      const said = problemOf(event)
      assert.ok(said.includes(problem), said)
    })
  }
})

describe('the code of an event that needs no work', () => {
  const codes = {
    'test event': 'test-event',
    'empty list': 'empty-list',
    SubscriptionConfirmation: 'subscription',
    'ObjectTagging:Put': 'tags',
    'Object Tags Deleted': 'tags',
    'ObjectAcl:Put': 'acl',
    'Object ACL Updated': 'acl',
    'ObjectRestore:Post': 'storage-class',
    'Object Restore Initiated': 'storage-class',
    'Object Storage Class Changed': 'storage-class',
    LifecycleTransition: 'storage-class',
    IntelligentTiering: 'storage-class',
    'Replication:OperationFailedReplication': 'replication',
    'any other name': 'other-event',
  }

  it('tells the reason', () => {
    const reasons = Object.keys(codes)
    assert.deepEqual(Object.fromEntries(reasons.map((reason) => [reason, eventCode(reason)])), codes)
  })
})
