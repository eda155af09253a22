import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { enrichParquet } from '../../functions/library.ts'
import { FakeBucket, failure } from '../fakes/bucket.ts'
import { type LambdaOptions, lambdaOn, sqsEvent } from '../fakes/lambda.ts'
import { FakeTiming } from '../fakes/timing.ts'
import { barsFile, someBars } from '../parquet-files.ts'

const ARN = 'arn:aws:sqs:us-east-1:123456789012:bars-sequences.fifo'
const settings = { carry: { within: 'incoming/*/' } }
const keyOf = (sequence: string, day: number) => `incoming/${sequence}/${day}.parquet`
const fileOf = (day: number, seed = 1) =>
  barsFile(someBars(20, seed).map(({ time, ...bar }) => ({ ...bar, time: time + day * 86_400_000 })))

function bucketWith(sequences: string, days: number): FakeBucket {
  const bucket = new FakeBucket()
  for (const sequence of sequences) {
    for (let day = 0; day < days; day++) bucket.upload(keyOf(sequence, day), fileOf(day))
  }
  return bucket
}

interface Sent {
  readonly sequence: string
  readonly day: number
  readonly receiveCount?: number
  readonly more?: object
}

/** One invocation with a batch of messages about sequences. */
async function deliver(bucket: FakeBucket, messages: readonly Sent[], options: LambdaOptions = {}) {
  const lambda = lambdaOn(bucket, { settings, ...options })
  const bodies = messages.map(({ sequence, day, more }) => ({
    bucket: bucket.name,
    key: keyOf(sequence, day),
    sequence: `incoming/${sequence}/`,
    ...more,
  }))
  const event = sqsEvent(bodies, { eventSourceARN: ARN })
  for (const [i, { receiveCount = 1 }] of messages.entries()) {
    event.Records[i]!.attributes = { ApproximateReceiveCount: String(receiveCount) }
  }
  const answer = await lambda.handler(event)
  assert.ok('batchItemFailures' in answer)
  return { ...lambda, failed: answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) }
}

interface SentBody {
  readonly key: string
  readonly again?: boolean
  readonly advance?: { readonly isRetried?: boolean; readonly failures: number; readonly through?: string }
}

const bodiesOf = (messages: readonly { readonly body: object }[]) => messages.map(({ body }) => body as SentBody)
const outcomes = ({ files }: Pick<ReturnType<typeof lambdaOn>, 'files'>) =>
  files.map((file) => `${file.key?.slice('incoming/'.length, -'.parquet'.length)} ${file.outcome}`)

async function bytesOf(file: Awaited<ReturnType<typeof enrichParquet>>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of file.bytes()) pieces.push(piece.slice())
  return Buffer.concat(pieces)
}

/** Each write takes so long. */
function slow(bucket: FakeBucket, ms: number): FakeTiming {
  const timing = new FakeTiming({ isAtWork: true })
  const send = bucket.send as (command: object, options: object) => Promise<unknown>
  bucket.send = (async (command: object, options: object) => {
    if (command.constructor.name === 'PutObjectCommand') timing.pass(ms)
    return send(command, options)
  }) as FakeBucket['send']
  return timing
}

describe('several sequences of one batch', () => {
  it('share the time of the function: those that are not begun are sent again, and no receive of theirs counts', async () => {
    const bucket = bucketWith('abc', 40)
    const timing = slow(bucket, 100)
    const messages = ['a', 'b', 'c'].map((sequence) => ({ sequence, day: 39, more: { size: 1000 } }))
    const { failed, files, sentInGroups, started } = await deliver(bucket, messages, { remainingMs: 4000, timing })
    assert.deepEqual(failed, [])
    assert.ok(files.every(({ key }) => key!.startsWith('incoming/a/')) && files.length > 0)
    assert.ok(!started.some(({ key }) => key.startsWith('incoming/c/')))
    const sent = bodiesOf(sentInGroups)
    assert.deepEqual(
      sent.slice(1).map(({ key, advance }) => [key, advance?.through]),
      [
        [keyOf('b', 39), keyOf('b', 39)],
        [keyOf('c', 39), keyOf('c', 39)],
      ],
    )
  })

  it('are worked on one by one, the first of them one at which the function may have ended', async () => {
    const bucket = bucketWith('abc', 2)
    const both = await deliver(bucket, [
      { sequence: 'a', day: 1 },
      { sequence: 'b', day: 1, receiveCount: 2 },
      { sequence: 'c', day: 1, more: { advance: { isRetried: true } } },
    ])
    assert.deepEqual(outcomes(both), ['b/0 enriched', 'a/0 enriched', 'a/1 enriched'])
    assert.deepEqual(
      bodiesOf(both.sentInGroups)
        .map(({ key, advance }) => [key, advance!.isRetried])
        .sort(),
      [
        [keyOf('b', 1), undefined],
        [keyOf('c', 1), true],
      ],
    )
    assert.deepEqual(both.failed, [])
  })

  it('come again from SQS when they cannot be sent again', async () => {
    const bucket = bucketWith('ab', 1)
    const messages = ['a', 'b'].map((sequence) => ({ sequence, day: 0, receiveCount: 2 }))
    const { failed, files } = await deliver(bucket, messages, { isSendingDenied: true })
    assert.deepEqual(failed.at(-1), 'm1')
    assert.ok(files.every(({ key }) => key !== keyOf('b', 0)))
  })
})

describe('the messages of a sequence that is not done', () => {
  it('ask again for the key at which the work stops, if it was asked for', async () => {
    const bucket = bucketWith('a', 2)
    await deliver(bucket, [{ sequence: 'a', day: 0 }])
    bucket.upload(keyOf('a', 0), fileOf(0, 2))
    const again = { sequence: 'a', day: 1, receiveCount: 2, more: { again: true } }
    const { sentInGroups } = await deliver(bucket, [{ sequence: 'a', day: 0, receiveCount: 2 }, again])
    assert.deepEqual(
      bodiesOf(sentInGroups).map(({ key, again }) => [key, again]),
      [[keyOf('a', 1), true]],
    )
  })

  it('still name a deleted file, whose report is in no listing', async () => {
    const bucket = bucketWith('a', 2)
    bucket.upload(keyOf('a', 2), Buffer.from('no parquet'))
    await deliver(bucket, [{ sequence: 'a', day: 0 }])
    assert.ok(bucket.bytesOf('failed/a/2.parquet.json'))
    bucket.upload(keyOf('a', 0), fileOf(0, 2))
    bucket.delete(keyOf('a', 2))
    const messages = [0, 2].map((day) => ({ sequence: 'a', day, receiveCount: 2 }))
    const { sentInGroups } = await deliver(bucket, messages)
    const bodies = bodiesOf(sentInGroups)
    assert.deepEqual(
      bodies.map(({ key }) => key),
      [keyOf('a', 1), keyOf('a', 2)],
    )
    const rest = await deliver(
      bucket,
      [1, 2].map((day, i) => ({ sequence: 'a', day, more: bodies[i]! })),
    )
    assert.deepEqual(rest.sentInGroups, [])
    assert.equal(bucket.bytesOf('failed/a/2.parquet.json'), undefined)
  })

  it('come back one by one, and each of them becomes a dead letter after its own failures', async () => {
    const bucket = bucketWith('a', 1)
    bucket.upload(keyOf('a', 3), fileOf(3))
    bucket.failNext('PutObject', 'enriched/a/0.parquet', failure('AccessDenied', 403))
    const often = { sequence: 'a', day: 0, more: { advance: { failures: 29 } } }
    const asked = { sequence: 'a', day: 3, more: { again: true } }
    const { deadLetters, sent, failedAgain } = await deliver(bucket, [often, asked])
    assert.deepEqual(failedAgain, [30, 1])
    assert.deepEqual(
      deadLetters.map(({ body }) => JSON.parse(body).key),
      [keyOf('a', 0)],
    )
    assert.deepEqual(
      bodiesOf(sent).map(({ key, again, advance }) => [key, again, advance!.failures]),
      [[keyOf('a', 3), true, 1]],
    )
  })
})

describe('an output without a file', () => {
  it('passes its state on although other settings, which change no value, made it', async () => {
    const bucket = bucketWith('a', 3)
    await deliver(bucket, [{ sequence: 'a', day: 0 }])
    for (const day of [0, 1]) bucket.delete(keyOf('a', day))
    bucket.upload(keyOf('a', 2), fileOf(2, 2))
    const strict = { settings: { ...settings, conflictLimit: 0.3 } }
    assert.deepEqual(outcomes(await deliver(bucket, [{ sequence: 'a', day: 2 }], strict)), ['a/2 enriched'])
    const { 'continues-from': from } = bucket.metadataOf('enriched/a/2.parquet')!
    assert.equal(from, bucket.metadataOf('enriched/a/1.parquet')!['passes-on'])
  })

  it('makes the next file a refused one when its values are those of other settings', async () => {
    const bucket = bucketWith('a', 2)
    await deliver(bucket, [{ sequence: 'a', day: 0 }])
    bucket.delete(keyOf('a', 0))
    const other = { settings: { ...settings, supertrends: [{ period: 5 }] } }
    const { files } = await deliver(bucket, [{ sequence: 'a', day: 1 }], other)
    assert.partialDeepStrictEqual(files, [{ key: keyOf('a', 1), outcome: 'refused', code: 'state-settings' }])
    // with its file it would be made again
    bucket.upload(keyOf('a', 0), fileOf(0))
    const repaired = await deliver(bucket, [{ sequence: 'a', day: 0 }], other)
    assert.deepEqual(outcomes(repaired), ['a/0 enriched', 'a/1 enriched'])
  })
})

describe('the end of the time', () => {
  const hanging = (bucket: FakeBucket, isAtWork: boolean) => {
    const timing = new FakeTiming({ isAtWork })
    const send = bucket.send as (command: object, options: object) => Promise<unknown>
    bucket.send = ((command: object, options: { readonly abortSignal: AbortSignal }) => {
      if (command.constructor.name !== 'PutObjectCommand') return send(command, options)
      timing.pass(300)
      return Promise.reject(options.abortSignal.reason)
    }) as unknown as FakeBucket['send']
    return timing
  }

  it('comes while the function is at work: SQS delivers the message again, and the file is tried alone', async () => {
    const bucket = bucketWith('a', 1)
    const options = { remainingMs: 400, timing: hanging(bucket, true) }
    const { failed, sent } = await deliver(bucket, [{ sequence: 'a', day: 0 }], options)
    assert.deepEqual([failed, sent], [['m0'], []])
  })

  it('comes while S3 does not answer: the key comes back later, and nothing is counted against its file', async () => {
    const bucket = bucketWith('a', 1)
    const options = { remainingMs: 400, timing: hanging(bucket, false) }
    const { failed, sent, files } = await deliver(bucket, [{ sequence: 'a', day: 0 }], options)
    assert.deepEqual(failed, [])
    assert.match(String((files[0] as { error?: unknown }).error), /S3 did not answer until the deadline/)
    // the write may still take effect: the message waits for the visibility timeout
    assert.deepEqual(
      sent.map(({ queue, delaySeconds }) => [queue, delaySeconds]),
      [['arrivals', 390]],
    )
  })
})

describe('a message that cannot be understood', () => {
  it('comes again, and those beside it are done', async () => {
    const bucket = bucketWith('a', 1)
    const { failed, files } = await deliver(bucket, [
      { sequence: 'a', day: 0 },
      { sequence: 'b', day: 0, more: { key: 3 } },
    ])
    assert.deepEqual(failed, ['m1'])
    assert.ok(files.some(({ key, outcome }) => key === keyOf('a', 0) && outcome === 'enriched'))
  })
})

describe('a file that repeats bars of the files before', () => {
  const right = someBars(60)
  const wrong = right.map((bar) => ({ ...bar, volume: bar.volume! + 1 }))
  const upload = (bucket: FakeBucket, day: number, bars: Parameters<typeof barsFile>[0]) =>
    bucket.upload(keyOf('a', day), barsFile(bars))
  const message = { sequence: 'a', day: 0 }

  it('is judged again when another volume of them was corrected, which leaves the state as it is', async () => {
    const bucket = new FakeBucket()
    upload(bucket, 0, wrong.slice(0, 30))
    upload(bucket, 1, right.slice(10, 40))
    assert.deepEqual(outcomes(await deliver(bucket, [message])), ['a/0 enriched', 'a/1 refused'])
    upload(bucket, 0, right.slice(0, 30))
    assert.deepEqual(outcomes(await deliver(bucket, [message])), ['a/0 enriched', 'a/1 enriched'])
    assert.equal(bucket.bytesOf('failed/a/1.parquet.json'), undefined)
  })

  it('is enriched again, with the bytes that the library makes of both files now', async () => {
    const bucket = new FakeBucket()
    upload(bucket, 0, right.slice(0, 30))
    upload(bucket, 1, right.slice(28, 40))
    upload(bucket, 2, right.slice(40, 60))
    await deliver(bucket, [message])
    upload(bucket, 0, wrong.slice(0, 30))
    const again = await deliver(bucket, [message])
    assert.deepEqual(outcomes(again), ['a/0 enriched', 'a/1 enriched', 'a/2 unchanged'])
    const first = await enrichParquet(barsFile(wrong.slice(0, 30)), { carry: true })
    const second = await enrichParquet(barsFile(right.slice(28, 40)), { after: await bytesOf(first) })
    assert.equal(Buffer.compare(bucket.bytesOf('enriched/a/1.parquet')!, await bytesOf(second)), 0)
    assert.equal(second.quality.duplicatesConflicting, 2)
  })

  it('is enriched again when its message comes after the correction of the oldest of several files', async () => {
    const bucket = new FakeBucket()
    upload(bucket, 0, right.slice(0, 20))
    upload(bucket, 1, right.slice(20, 40))
    upload(bucket, 2, right.slice(15, 60))
    await deliver(bucket, [message])
    assert.match(bucket.metadataOf('enriched/a/2.parquet')!['compared-with']!, /^2 [0-9a-f]{16}$/)
    assert.equal(bucket.metadataOf('enriched/a/1.parquet')!['compared-with'], undefined)
    upload(bucket, 0, wrong.slice(0, 20))
    assert.deepEqual(outcomes(await deliver(bucket, [message])), ['a/0 enriched', 'a/1 unchanged'])
    assert.deepEqual(outcomes(await deliver(bucket, [{ ...message, day: 2 }])), ['a/2 enriched'])
  })

  it('says how many files were searched for a bar that none of them has, and only then', async () => {
    const searched = async (bars: Parameters<typeof barsFile>[0]) => {
      const bucket = new FakeBucket()
      upload(bucket, 0, wrong.slice(5, 30))
      upload(bucket, 1, bars)
      await deliver(bucket, [message], { settings: { carry: { ...settings.carry, lookBack: 3 } } })
      const { code, 'look-back': lookBack } = bucket.metadataOf('failed/a/1.parquet.json')!
      return [code, lookBack]
    }
    assert.deepEqual(await searched(right.slice(0, 40)), ['before-previous', '3'])
    assert.deepEqual(await searched(right.slice(10, 40)), ['conflicting-duplicates', undefined])
  })

  it('is not enriched again when the file before is, with the same contents', async () => {
    const bucket = new FakeBucket()
    upload(bucket, 0, right.slice(0, 30))
    upload(bucket, 1, right.slice(28, 40))
    await deliver(bucket, [message])
    const again = await deliver(bucket, [{ ...message, more: { again: true } }])
    assert.deepEqual(outcomes(again), ['a/0 enriched', 'a/1 unchanged'])
  })
})
