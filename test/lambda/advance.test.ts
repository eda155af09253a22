import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { FakeBucket, failure } from '../fakes/bucket.ts'
import { type LambdaOptions, lambdaOn, type Sent, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { deliverAll } from '../fakes/sequences.ts'
import { FakeTiming } from '../fakes/timing.ts'
import { barsFile, someBars } from '../parquet-files.ts'

const ARN = 'arn:aws:sqs:us-east-1:123456789012:bars-sequences.fifo'
const settings = { carry: { within: 'incoming/*/' } }
const keyOf = (day: number) => `incoming/a/${day}.parquet`
const outputOf = (day: number) => `enriched/a/${day}.parquet`
const fileOf = (day: number, seed = 1) =>
  barsFile(someBars(20, seed).map(({ time, ...bar }) => ({ ...bar, time: time + day * 86_400_000 })))

function bucketWith(days: number): FakeBucket {
  const bucket = new FakeBucket()
  for (let day = 0; day < days; day++) bucket.upload(keyOf(day), fileOf(day))
  return bucket
}

/** One delivery of a message about a key. */
async function advance(bucket: FakeBucket, day: number, more: object = {}, options: DeliveryOptions = {}) {
  const { receiveCount = 1, firstReceived, ...others } = options
  const lambda = lambdaOn(bucket, { settings, announce: true, ...others })
  const attributes = {
    ApproximateReceiveCount: String(receiveCount),
    ...(firstReceived !== undefined && { ApproximateFirstReceiveTimestamp: String(firstReceived) }),
  }
  const body = { bucket: bucket.name, key: keyOf(day), sequence: 'incoming/a/', ...more }
  const answer = await lambda.handler(sqsEvent([body], { eventSourceARN: ARN, attributes }))
  assert.ok('batchItemFailures' in answer)
  return { ...lambda, isDone: answer.batchItemFailures.length === 0 }
}

/** Deliveries that come again and again, each of which ends when the function reads the file of a day. */
async function killedAt(bucket: FakeBucket, day: number, times: number): Promise<void> {
  const send = bucket.send as (command: object, options: object) => Promise<unknown>
  bucket.send = ((command: { readonly input: { readonly Key?: string } }, options: object) => {
    const isFile = command.constructor.name === 'GetObjectCommand' && command.input.Key === keyOf(day)
    return isFile ? new Promise(() => {}) : send(command, options)
  }) as FakeBucket['send']
  for (let time = 0; time < times; time++) {
    const opened = bucket.requests.length
    void advance(bucket, day, {}, { receiveCount: 2 + time })
    while (!bucket.requests.slice(opened).some(({ name }) => name === 'PutObject')) await setTimeout(1)
    await setTimeout(5)
  }
  bucket.send = send as FakeBucket['send']
}

interface DeliveryOptions extends LambdaOptions {
  readonly receiveCount?: number
  readonly firstReceived?: number
}

const bodyOf = (messages: readonly { readonly body: object }[]) => messages[0]!.body as Record<string, unknown>
/** Not padded with zeros: 10 comes before 2. */
const orderedKeys = (days: number) => Array.from({ length: days }, (_, day) => keyOf(day)).sort()

const outcomes = ({ files }: Pick<ReturnType<typeof lambdaOn>, 'files'>) =>
  files.map((file) => `${file.key?.slice('incoming/a/'.length, -'.parquet'.length)} ${file.outcome}`)

describe('a key of a sequence', () => {
  it('is sent to the one worker of its sequence, with the fields of the message', async () => {
    const bucket = new FakeBucket()
    const lambda = lambdaOn(bucket, { settings })
    const upload = (key: string) => s3Event(bucket.name, bucket.upload(key, fileOf(0)))
    await lambda.handler(sqsEvent([upload(keyOf(0)), upload('incoming/b/0.parquet'), upload('incoming/0.parquet')]))
    const [first, second] = lambda.sentInGroups as {
      group: string
      id: string
      body: { key: string; sequence: string }
    }[]
    assert.deepEqual([first!.body.sequence, second!.body.sequence], ['incoming/a/', 'incoming/b/'])
    assert.notEqual(first!.group, second!.group)
    assert.deepEqual(
      lambda.files.map(({ outcome }) => outcome),
      ['routed', 'routed', 'enriched'],
    )
    await lambda.handler(sqsEvent([{ bucket: bucket.name, key: keyOf(0), again: true }], { messageId: 'other' }))
    const third = lambda.sentInGroups[2]!
    assert.equal(third.group, first!.group)
    assert.notEqual(third.id, first!.id)
    assert.equal((third.body as { again: boolean }).again, true)
    // one message about several keys of a sequence
    const event = s3Event(bucket.name, ...[1, 2].map((day) => bucket.upload(keyOf(day), fileOf(day))))
    const several = lambdaOn(bucket, { settings })
    await several.handler(sqsEvent([event]))
    assert.deepEqual(
      several.sentInGroups.map(({ body }) => (body as { key: string }).key),
      [keyOf(1), keyOf(2)],
    )
  })

  it('goes to the worker of the sequence that it is in now, if the settings have changed', async () => {
    const bucket = bucketWith(1)
    const { sentInGroups, files } = await advance(bucket, 0, { sequence: 'incoming/' })
    assert.deepEqual([sentInGroups.length, files.length], [1, 0])
    const { sent } = await advance(bucket, 0, {}, { settings: {} })
    assert.deepEqual(
      sent.map(({ queue }) => queue),
      ['arrivals'],
    )
  })
})

describe('a sequence', () => {
  it('is advanced from the first key that is not done, and no further than a key that already continues', async () => {
    const bucket = bucketWith(4)
    const first = await advance(bucket, 2)
    assert.deepEqual(outcomes(first), ['0 enriched', '1 enriched', '2 enriched', '3 enriched'])
    const progress = { requestId: 'request-1', bucket: bucket.name, sequence: 'incoming/a/', made: 4, walkedBack: 2 }
    assert.deepEqual(first.advanced, [progress])
    assert.deepEqual(outcomes(await advance(bucket, 1)), ['1 unchanged', '2 unchanged'])
    bucket.upload(keyOf(1), fileOf(1, 2))
    assert.deepEqual(outcomes(await advance(bucket, 1)), ['1 enriched', '2 enriched', '3 enriched'])
    bucket.upload(keyOf(1), Buffer.from('no parquet'))
    assert.deepEqual(outcomes(await advance(bucket, 1)), ['1 refused', '2 enriched', '3 enriched'])
    const { 'continues-from': from } = bucket.metadataOf(outputOf(2))!
    assert.equal(from, bucket.metadataOf(outputOf(0))!['passes-on'])
  })

  it('goes on after an output that it wrote itself, when the answer was lost and the SDK wrote twice', async () => {
    const bucket = bucketWith(4)
    await advance(bucket, 0)
    bucket.upload(keyOf(1), fileOf(1, 2))
    const send = bucket.send as (command: object, options: object) => Promise<unknown>
    const twice = async (command: { readonly input?: { readonly Key?: string } }, options: object) => {
      const isWrite = command.constructor.name === 'PutObjectCommand' && command.input?.Key === outputOf(2)
      if (isWrite) await send(command, options)
      return send(command, options)
    }
    bucket.send = twice as FakeBucket['send']
    assert.deepEqual(outcomes(await advance(bucket, 1)), ['1 enriched', '2 unchanged', '3 enriched'])
  })

  it('continues from the output of a deleted file', async () => {
    const bucket = bucketWith(3)
    await advance(bucket, 0)
    bucket.delete(keyOf(1))
    assert.deepEqual(outcomes(await advance(bucket, 1)), ['1 gone', '2 unchanged'])
    const removing = { ...settings, onRemoved: 'remove' } as const
    assert.deepEqual(outcomes(await advance(bucket, 1, {}, { settings: removing })), ['1 gone', '2 enriched'])
  })

  it('is looked at once for two keys that come together and are done', async () => {
    const bucket = bucketWith(4)
    await advance(bucket, 0)
    const lambda = lambdaOn(bucket, { settings })
    const bodies = [0, 1].map((day) => ({ bucket: bucket.name, key: keyOf(day), sequence: 'incoming/a/' }))
    await lambda.handler(sqsEvent(bodies, { eventSourceARN: ARN }))
    assert.deepEqual(outcomes(lambda), ['0 unchanged', '1 unchanged'])
  })

  it('is made again from its first key when the settings change', async () => {
    const bucket = bucketWith(3)
    await advance(bucket, 0)
    const changed = { ...settings, supertrends: [{ period: 7 }] }
    const lambda = await advance(bucket, 2, {}, { settings: changed, deployment: 2 })
    assert.deepEqual(outcomes(lambda), ['0 enriched', '1 enriched', '2 enriched'])
  })

  it('is searched further back for repeated bars with another setting, for which only refused files are judged again', async () => {
    const report = 'failed/a/8.parquet.json'
    const bucket = bucketWith(8)
    // bars of the eighth file before
    bucket.upload(keyOf(8), fileOf(0))
    const first = await advance(bucket, 8)
    assert.deepEqual(outcomes(first).slice(7), ['7 enriched', '8 refused'])
    assert.partialDeepStrictEqual(first.files[8], { code: 'before-previous' })
    assert.ok(bucket.keys.includes(report))
    const further = { carry: { ...settings.carry, lookBack: 8 } }
    assert.deepEqual(outcomes(await advance(bucket, 8, {}, { settings: further, deployment: 2 })), ['8 enriched'])
    assert.ok(!bucket.keys.includes(report))
    const shorter = { carry: { ...settings.carry, lookBack: 3 } }
    bucket.upload(keyOf(8), fileOf(1))
    await advance(bucket, 8, {}, { settings: shorter, deployment: 3 })
    assert.equal(bucket.metadataOf(report)!['look-back'], '3')
  })

  it('is left to a newer deployment: the message comes again', async () => {
    const bucket = bucketWith(2)
    await advance(bucket, 0, {}, { deployment: 2 })
    bucket.upload(keyOf(1), fileOf(1, 2))
    const { isDone, sent, files } = await advance(bucket, 1, {}, { deployment: 1 })
    assert.deepEqual([isDone, sent.length, files[0]?.outcome], [true, 1, 'failed'])
    assert.equal(sent[0]?.queue, 'arrivals')
  })

  it('comes again later when a request fails, without holding up its queue', async () => {
    const bucket = bucketWith(3)
    bucket.failNext('PutObject', outputOf(1), failure('AccessDenied', 403))
    const first = await advance(bucket, 1, {}, { firstReceived: 1000 })
    assert.deepEqual(outcomes(first), ['0 enriched', '1 failed'])
    const { delaySeconds } = first.sent[0] as Sent
    const body = bodyOf(first.sent)
    assert.ok(first.isDone && delaySeconds >= 5 && delaySeconds <= 15)
    assert.deepEqual(body.advance, { through: keyOf(1), isVerifying: true, since: 1000, hops: 0, failures: 1 })
    const again = await advance(bucket, 1, { advance: body.advance })
    assert.deepEqual(outcomes(again), ['0 unchanged', '1 enriched', '2 enriched'])
    // the first delivery may have ended before it announced what it had written
    assert.deepEqual(
      again.notices.map(({ key }) => key),
      [keyOf(0), keyOf(1), keyOf(2)],
    )
  })

  it('has a file enriched again whose output passes no state on, because another program rewrote it', async () => {
    const bucket = bucketWith(4)
    await advance(bucket, 0)
    const right = bucket.bytesOf(outputOf(1))!
    const damage = () => bucket.put(outputOf(1), fileOf(1), { ...bucket.metadataOf(outputOf(1)) })
    damage()
    bucket.upload(keyOf(2), fileOf(2, 2))
    assert.deepEqual(outcomes(await advance(bucket, 2)), ['1 enriched', '2 enriched', '3 enriched'])
    assert.equal(Buffer.compare(bucket.bytesOf(outputOf(1))!, right), 0)
    assert.equal(bucket.metadataOf(outputOf(2))!['continues-from'], bucket.metadataOf(outputOf(1))!['passes-on'])
  })

  it('fails, and names the output, if the file of a damaged output is gone', async () => {
    const bucket = bucketWith(3)
    await advance(bucket, 0)
    bucket.delete(keyOf(1))
    bucket.put(outputOf(1), fileOf(1), { ...bucket.metadataOf(outputOf(1)) })
    bucket.upload(keyOf(2), fileOf(2, 2))
    const { files, sent, isDone } = await advance(bucket, 2)
    const failed = files.at(-1) as { readonly outcome: string; readonly error: Error }
    assert.deepEqual([failed.outcome, sent.length, isDone], ['failed', 1, true])
    assert.match(failed.error.message, /^enriched\/a\/1\.parquet passes no state on \(no-state\).*or delete enriched/)
    assert.equal(bucket.metadataOf(`failed/a/2.parquet.json`), undefined)
    bucket.delete(outputOf(1))
    assert.deepEqual(outcomes(await advance(bucket, 2)), ['2 enriched'])
  })

  it('becomes a dead letter after thirty failures', async () => {
    const bucket = bucketWith(1)
    bucket.failNext('PutObject', outputOf(0), failure('AccessDenied', 403))
    const { deadLetters, sent } = await advance(bucket, 0, { advance: { isVerifying: true, failures: 29 } })
    assert.deepEqual([deadLetters.length, sent.length], [1, 0])
  })

  it('is verified to its end on a redelivered message, and announces nothing that was there before', async () => {
    const bucket = bucketWith(4)
    bucket.now = () => Date.UTC(2026, 0, 1)
    await advance(bucket, 0)
    const again = await advance(bucket, 1, {}, { receiveCount: 2, firstReceived: Date.UTC(2026, 0, 2) })
    assert.deepEqual(outcomes(again), ['1 unchanged', '2 unchanged', '3 unchanged'])
    assert.deepEqual(again.notices, [])
  })

  it('takes one stale key on a redelivered message, and goes on with a new one', async () => {
    const bucket = bucketWith(3)
    const again = await advance(bucket, 2, {}, { receiveCount: 2, firstReceived: 1000 })
    assert.deepEqual(outcomes(again), ['0 enriched'])
    const body = bodyOf(again.sentInGroups)
    assert.equal(body.key, keyOf(1))
    assert.deepEqual(body.advance, { through: keyOf(2), isVerifying: true, since: 1000, hops: 1, failures: 0 })
  })

  it('skips a key that was opened three times and not done, and pages', async () => {
    const bucket = bucketWith(2)
    await killedAt(bucket, 0, 3)
    const last = await advance(bucket, 0, {}, { receiveCount: 5 })
    assert.deepEqual(outcomes(last), ['0 refused'])
    assert.equal(bucket.metadataOf('failed/a/0.parquet.json')?.code, 'failed-repeatedly')
    assert.equal(last.deadLetters[0]?.attributes.code, 'failed-repeatedly')
    assert.deepEqual(outcomes(await advance(bucket, 1)), ['0 unchanged', '1 enriched'])
    // an operator's redrive
    const redriven = await advance(bucket, 0, { again: true })
    assert.deepEqual(outcomes(redriven), ['0 enriched', '1 enriched'])
  })

  it('is not skipped at a key that the function never opened, however often SQS delivered its message', async () => {
    const bucket = bucketWith(1)
    assert.deepEqual(outcomes(await advance(bucket, 0, {}, { receiveCount: 9 })), ['0 enriched'])
  })

  it('is not skipped at a key that was uploaded again: it has attempts of its own', async () => {
    const bucket = bucketWith(2)
    await killedAt(bucket, 0, 2)
    bucket.upload(keyOf(0), fileOf(0, 2))
    await killedAt(bucket, 0, 2)
    assert.deepEqual(outcomes(await advance(bucket, 0, {}, { receiveCount: 6 })), ['0 enriched'])
    // nor are attempts of one file those of the next one
    await killedAt(bucket, 1, 2)
    assert.deepEqual(outcomes(await advance(bucket, 1, {}, { receiveCount: 9 })), ['0 unchanged', '1 enriched'])
  })

  it('ends when messages continue each other without end', async () => {
    const bucket = bucketWith(2)
    const more = { advance: { isVerifying: true, hops: 1000 } }
    const { deadLetters, sentInGroups } = await advance(bucket, 0, more, { receiveCount: 2 })
    assert.deepEqual([deadLetters[0]?.attributes.code, sentInGroups.length], ['too-many-hops', 0])
  })

  it('goes on behind keys that already continue, when work that came further failed there', async () => {
    const bucket = bucketWith(5)
    await advance(bucket, 0)
    bucket.upload(keyOf(2), fileOf(2, 2))
    bucket.failNext('PutObject', outputOf(4), failure('AccessDenied', 403))
    assert.deepEqual(outcomes(await advance(bucket, 2)), ['2 enriched', '3 enriched', '4 failed'])
    assert.deepEqual(outcomes(await advance(bucket, 2)), ['2 unchanged', '3 unchanged', '4 enriched'])
  })

  it('is advanced through the key that the message names, over keys that already continue', async () => {
    const bucket = bucketWith(5)
    await advance(bucket, 0)
    bucket.upload(keyOf(4), fileOf(4, 2))
    const through = await advance(bucket, 1, { advance: { through: keyOf(4) } })
    assert.deepEqual(outcomes(through), ['1 unchanged', '2 unchanged', '3 unchanged', '4 enriched'])
  })

  it('waits for a key whose object keeps changing, and does not pass it over', async () => {
    const bucket = bucketWith(3)
    await advance(bucket, 0)
    bucket.upload(keyOf(0), fileOf(0, 2))
    const send = bucket.send as (command: object, options: object) => Promise<unknown>
    let seed = 2
    bucket.send = (async (command: { readonly input: { readonly Key?: string } }, options: object) => {
      const isLook = command.constructor.name === 'HeadObjectCommand' && command.input.Key === keyOf(1)
      const answer = await send(command, options)
      if (isLook) bucket.upload(keyOf(1), fileOf(1, seed++))
      return answer
    }) as FakeBucket['send']
    const deferred = await advance(bucket, 0)
    assert.deepEqual([deferred.isDone, outcomes(deferred)], [true, ['0 enriched']])
    assert.partialDeepStrictEqual(deferred.sent, [{ queue: 'arrivals', body: { key: keyOf(1), deferrals: 1 } }])
    const object = JSON.parse(Buffer.from(bucket.bytesOf('sequences/a.json')!).toString())
    assert.equal(object.completeThrough, keyOf(0))
  })

  it('goes on in a new message when most of the time is over', async () => {
    const bucket = bucketWith(100)
    const send = bucket.send as (command: object, options: object) => Promise<unknown>
    const timing = new FakeTiming({ isAtWork: true })
    const slow = async (command: object, options: object) => {
      if (command.constructor.name === 'PutObjectCommand') timing.pass(40)
      return send(command, options)
    }
    bucket.send = slow as FakeBucket['send']
    const first = await advance(bucket, 99, { size: 1000 }, { remainingMs: 4000, timing })
    const count = first.files.length
    assert.ok(first.isDone && count > 0 && count < 100, `${count} files`)
    const { key, advance: advanced } = bodyOf(first.sentInGroups)
    assert.deepEqual([key, first.sentInGroups.length], [orderedKeys(100)[count], 1])
    assert.deepEqual(advanced, { through: keyOf(99), isVerifying: false, hops: 1, failures: 0, since: undefined })
    // the files behind it may be right already, but do not continue it yet
    const object = JSON.parse(Buffer.from(bucket.bytesOf('sequences/a.json')!).toString())
    assert.equal(object.completeThrough, orderedKeys(100)[count - 1])
  })

  it('is complete through the key at which the time was over, although it was complete before', async () => {
    const bucket = bucketWith(100)
    await advance(bucket, 0)
    bucket.upload(keyOf(0), fileOf(0, 2))
    const send = bucket.send as (command: object, options: object) => Promise<unknown>
    const timing = new FakeTiming({ isAtWork: true })
    bucket.send = (async (command: object, options: object) => {
      if (command.constructor.name === 'PutObjectCommand') timing.pass(40)
      return send(command, options)
    }) as FakeBucket['send']
    const { files } = await advance(bucket, 0, { size: 1000 }, { remainingMs: 4000, timing })
    const object = JSON.parse(Buffer.from(bucket.bytesOf('sequences/a.json')!).toString())
    assert.ok(files.length < 100)
    assert.equal(object.completeThrough, orderedKeys(100)[files.length - 1])
  })

  it('goes on with the walk back in a new message, too', async () => {
    const bucket = bucketWith(60)
    const send = bucket.send as (command: object, options: object) => Promise<unknown>
    const timing = new FakeTiming({ isAtWork: true })
    const slow = async (command: object, options: object) => {
      if (command.constructor.name === 'HeadObjectCommand') timing.pass(30)
      return send(command, options)
    }
    bucket.send = slow as FakeBucket['send']
    const { files, isDone, sentInGroups } = await advance(bucket, 59, { again: true }, { remainingMs: 4000, timing })
    assert.deepEqual([files.length, isDone, sentInGroups.length], [0, true, 2])
    const { key, advance: advanced } = bodyOf(sentInGroups)
    const place = orderedKeys(60).indexOf(key as string)
    assert.ok(place > 0 && place < orderedKeys(60).indexOf(keyOf(59)), `it came to ${key}`)
    assert.equal((advanced as { through: string }).through, keyOf(59))
    const asked = { bucket: bucket.name, key: keyOf(59), again: true, sequence: 'incoming/a/' }
    assert.partialDeepStrictEqual(bodyOf(sentInGroups.slice(1)), asked)
  })

  it('has an object that names the last key up to which it is complete', async () => {
    const bucket = bucketWith(5)
    const completeThrough = () =>
      JSON.parse(Buffer.from(bucket.bytesOf('sequences/a.json')!).toString()).completeThrough
    await advance(bucket, 1)
    assert.equal(completeThrough(), keyOf(4))
    bucket.upload(keyOf(2), fileOf(2, 2))
    bucket.failNext('PutObject', outputOf(3), failure('AccessDenied', 403))
    const { sent } = await advance(bucket, 2)
    assert.equal(completeThrough(), keyOf(1))
    // another message does not hide that the repair is owed
    bucket.upload(keyOf(5), fileOf(5))
    await advance(bucket, 5)
    assert.equal(completeThrough(), keyOf(1))
    await advance(bucket, 2, { advance: (sent[0]!.body as { advance: object }).advance })
    assert.equal(completeThrough(), keyOf(5))
    const requests = bucket.requests.filter(({ input }) => input.Key === 'sequences/a.json').length
    await advance(bucket, 3)
    const [read, ...more] = bucket.requests.filter(({ input }) => input.Key === 'sequences/a.json').slice(requests)
    assert.deepEqual([read?.name, more.length], ['GetObject', 0])
  })

  it('is verified from where it was complete, when work that began there was given up', async () => {
    const bucket = bucketWith(5)
    await advance(bucket, 0)
    bucket.upload(keyOf(2), fileOf(2, 2))
    bucket.failNext('PutObject', outputOf(3), failure('AccessDenied', 403))
    await advance(bucket, 2, { advance: { failures: 29 } })
    const { deadLetters } = await advance(bucket, 4)
    assert.deepEqual(deadLetters, [])
    const redriven = await advance(bucket, 4, { again: true, advance: { isVerifying: true } })
    assert.deepEqual(outcomes(redriven), ['1 unchanged', '2 unchanged', '3 enriched', '4 enriched'])
    const text = Buffer.from(bucket.bytesOf('sequences/a.json')!).toString()
    assert.equal(JSON.parse(text).completeThrough, keyOf(4))
  })

  it('goes on after a file whose chart S3 does not take', async () => {
    const bucket = bucketWith(3)
    bucket.failNext('PutObject', 'charts/a/0.parquet.html', failure('SlowDown', 503))
    const options = { settings: { ...settings, chartPrefix: 'charts/' } } as const
    const { sent, notices, files } = await advance(bucket, 0, {}, options)
    assert.deepEqual(outcomes({ files }), ['0 enriched', '1 enriched', '2 enriched'])
    assert.deepEqual([notices.length, sent.length, sent[0]!.delaySeconds], [3, 1, 390])
  })

  it('has charts and removed rows that belong to its outputs', async () => {
    const bucket = new FakeBucket()
    const secondaries = { ...settings, chartPrefix: 'charts/', droppedPrefix: 'removed/' }
    const bars = someBars(40)
    const upload = (key: string, from: number, to: number) =>
      s3Event(bucket.name, bucket.upload(key, barsFile(bars.slice(from, to))))
    await deliverAll(bucket, secondaries, [upload(keyOf(0), 0, 20), upload(keyOf(1), 15, 40)])
    const after = bucket.metadataOf(outputOf(0))!['passes-on']
    for (const key of [outputOf(1), 'charts/a/1.parquet.html', 'removed/a/1.parquet']) {
      assert.equal(bucket.metadataOf(key)?.['continues-from'], after, key)
    }
    assert.equal(bucket.metadataOf(outputOf(1))?.['duplicates-dropped'], '5')
  })
})
