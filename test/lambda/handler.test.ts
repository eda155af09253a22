import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import type { S3Port } from '../../functions/storage/s3-client.ts'
import { FakeBucket, failure } from '../fakes/bucket.ts'
import { lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { type Bar, barsFile, enrichBytes, readRows, runCli, someBars, temporaryFolder } from '../parquet-files.ts'

const scratch = temporaryFolder()

/** More than 5 MiB, from which on S3 copies the body, and less than the 8 MiB that are read at once. */
const middleFile = barsFile(someBars(120_000), { codec: 'UNCOMPRESSED' })
const notParquet = new TextEncoder().encode('time,open,high,low,close\n')

/** A bucket whose next requests of some name fail, beside the handler that uses it. */
function setUp(options: Parameters<typeof lambdaOn>[1] & { versioned?: boolean } = {}) {
  const bucket = new FakeBucket({ versioned: options.versioned ?? false })
  const failing = new Map<string, Error>()
  const before = new Map<string, () => unknown>()
  const send = async (command: object, sendOptions: object) => {
    const name = command.constructor.name.replace(/Command$/, '')
    const error = failing.get(name)
    if (error) throw error
    const action = before.get(name)
    before.delete(name)
    action?.()
    return (bucket.send as (command: object, options: object) => Promise<unknown>)(command, sendOptions)
  }
  const lambda = lambdaOn({ send } as S3Port, options)
  const drop = (key: string, bytes: Uint8Array) => s3Event(bucket.name, bucket.drop(key, bytes))
  return { bucket, failing, before, drop, ...lambda }
}

const names = (bucket: FakeBucket) => bucket.requests.map(({ name }) => name)

async function cliOutput(input: Uint8Array): Promise<Uint8Array> {
  const [from, to] = [path.join(scratch, 'input.parquet'), path.join(scratch, 'output.parquet')]
  await writeFile(from, input)
  const { code, stderr } = await runCli(from, to)
  assert.equal(code, 0, stderr)
  return readFile(to)
}

async function assertLikeCli(bucket: FakeBucket, key: string, input: Uint8Array): Promise<Uint8Array> {
  const output = bucket.bytesOf(key)
  assert.ok(output, `there is no object ${key}`)
  assert.ok(Buffer.compare(output, await cliOutput(input)) === 0, 'the object is not what the command line writes')
  return output
}

/** The last rows again, as an overlapping append leaves them. */
const overlapping = (bars: readonly Bar[], count: number) => [...bars, ...bars.slice(-count)]

describe('a small file', () => {
  it('takes a GET, a HEAD and a PUT, and gives what the command line gives', async () => {
    const input = barsFile(someBars(500))
    const { bucket, drop, handler, files, flushes } = setUp()
    assert.deepEqual(await handler(sqsEvent([drop('incoming/small.parquet', input)])), { batchItemFailures: [] })
    assert.deepEqual(names(bucket), ['GetObject', 'HeadObject', 'PutObject'])
    const output = await assertLikeCli(bucket, 'enriched/small.parquet', input)
    assert.deepEqual(output.subarray(0, input.length), input)
    const [file] = files
    assert.ok(file?.outcome === 'enriched' && files.length === 1)
    assert.deepEqual(
      [file.requestId, file.bucket, file.key, file.outputKey, file.layout, file.quality.rowsRead, file.bytesRead],
      ['request-1', 'market-data', 'incoming/small.parquet', 'enriched/small.parquet', 'appended', 500, input.length],
    )
    assert.equal(file.bytesWritten, output.length)
    assert.ok(file.elapsedMs >= 0 && file.peakMemoryMiB > 0)
    assert.equal(flushes(), 1)
    const put = bucket.requests.at(-1)?.input
    assert.deepEqual([put?.ContentType, put?.ChecksumAlgorithm], ['application/vnd.apache.parquet', 'CRC32'])
  })

  it('is written without its duplicates', async () => {
    const input = barsFile(overlapping(someBars(300), 40))
    const { bucket, drop, handler, files } = setUp()
    await handler(sqsEvent([drop('incoming/overlapping.parquet', input)]))
    const output = await assertLikeCli(bucket, 'enriched/overlapping.parquet', input)
    assert.equal((await readRows(output)).length, 300)
    assert.ok(files[0]?.outcome === 'enriched')
    assert.deepEqual([files[0].layout, files[0].quality.duplicatesDropped], ['compacted', 40])
  })
})

describe('a large file', () => {
  it('is copied by S3: only the new columns are uploaded', async () => {
    const input = barsFile(someBars(200_000), { codec: 'UNCOMPRESSED' })
    assert.ok(input.length > 8 * 2 ** 20)
    const { bucket, drop, handler, files } = setUp()
    const event = drop('incoming/large file.parquet', input)
    assert.deepEqual(await handler(sqsEvent([event])), { batchItemFailures: [] })
    const output = await assertLikeCli(bucket, 'enriched/large file.parquet', input)

    const eTag = event.Records[0]?.s3.object.eTag
    const copies = bucket.requests.filter(({ name }) => name === 'UploadPartCopy')
    assert.equal(copies.length, 1)
    assert.equal(copies[0]?.input.CopySource, 'market-data/incoming/large%20file.parquet')
    assert.equal(copies[0]?.input.CopySourceIfMatch, `"${eTag}"`)
    const uploaded = bucket.requests.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0)
    assert.equal(uploaded, output.length - input.length)
    assert.ok(files[0]?.outcome === 'enriched')
    assert.equal(files[0].bytesWritten, uploaded)

    const reads = bucket.requests.filter(({ name }) => name === 'GetObject').map(({ input }) => input)
    assert.ok(reads.every(({ IfMatch, Range }) => IfMatch === `"${eTag}"` && /^bytes=\d+-\d+$/.test(String(Range))))
    assert.ok(files[0].bytesRead < 0.8 * input.length, 'columns that are not needed are read')
    assert.equal(bucket.metadataOf('enriched/large file.parquet')?.['source-etag'], eTag)
  })

  it('of 5 to 8 MiB is read in one request and copied by S3', async () => {
    assert.ok(middleFile.length > 5 * 2 ** 20 && middleFile.length < 8 * 2 ** 20)
    const { bucket, drop, handler } = setUp()
    await handler(sqsEvent([drop('incoming/middle.parquet', middleFile)]))
    await assertLikeCli(bucket, 'enriched/middle.parquet', middleFile)
    assert.deepEqual(names(bucket).sort(), [
      'CompleteMultipartUpload',
      'CreateMultipartUpload',
      'GetObject',
      'HeadObject',
      'HeadObject',
      'UploadPart',
      'UploadPartCopy',
    ])
  })

  it('that loses rows is uploaded in parts of 8 MiB', async () => {
    const input = barsFile(overlapping(someBars(200_000), 1_000), { codec: 'UNCOMPRESSED' })
    const { bucket, drop, handler } = setUp()
    await handler(sqsEvent([drop('incoming/large-overlapping.parquet', input)]))
    const output = await assertLikeCli(bucket, 'enriched/large-overlapping.parquet', input)
    const parts = bucket.requests.filter(({ name }) => name === 'UploadPart').map(({ bodyBytes }) => bodyBytes)
    assert.deepEqual(parts.slice(0, -1), Array(Math.ceil(output.length / 2 ** 23) - 1).fill(2 ** 23))
  })

  for (const name of ['UploadPartCopy', 'UploadPart', 'CompleteMultipartUpload']) {
    it(`is not published, and leaves no upload behind, when ${name} fails`, async () => {
      const { bucket, drop, failing, handler, files, retries } = setUp()
      failing.set(name, failure('InternalError', 500))
      const answer = await handler(sqsEvent([drop('incoming/failing.parquet', middleFile)]))
      assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }] })
      assert.deepEqual(bucket.uploadsUnderWay, [])
      assert.deepEqual(bucket.keys, ['incoming/failing.parquet'])
      assert.equal(files[0]?.outcome, 'failed')
      assert.equal(retries[0]?.receiptHandle, 'r0')
    })
  }
})

describe('a key', () => {
  for (const name of [
    'two words.parquet',
    'a+b.parquet',
    'day=2024-03-01/part.parquet',
    'naïve 日本📈.parquet',
    "100% 'quoted' (1)!*.parquet",
    'a%20b%2Bc.parquet',
    'a?versionId=1&b.parquet',
    'deep/er/and//deeper.parquet',
    '.parquet',
  ]) {
    it(`such as ${JSON.stringify(name)} keeps its name`, async () => {
      const { bucket, drop, handler } = setUp()
      await handler(sqsEvent([drop(`incoming/${name}`, middleFile)]))
      assert.deepEqual(bucket.keys, [`enriched/${name}`, `incoming/${name}`])
      assert.deepEqual(bucket.bytesOf(`enriched/${name}`)?.subarray(0, middleFile.length), middleFile)
    })
  }

  for (const key of ['elsewhere/a.parquet', 'incoming/a.csv', 'incoming/', 'enriched/incoming/a.parquet', 'failed/a']) {
    it(`such as ${JSON.stringify(key)} is none of the function's business`, async () => {
      const { bucket, drop, handler, files } = setUp()
      assert.deepEqual(await handler(sqsEvent([drop(key, new Uint8Array(8))])), { batchItemFailures: [] })
      assert.deepEqual(bucket.requests, [])
      assert.deepEqual(
        files.map(({ outcome }) => outcome),
        ['ignored'],
      )
    })
  }
})

describe('a batch', () => {
  it('is answered with the messages that failed, and the others are done', async () => {
    const { bucket, drop, handler, files, retries } = setUp()
    const missing = s3Event('another-bucket', bucket.drop('incoming/elsewhere.parquet', notParquet))
    const answer = await handler(sqsEvent([missing, '{', drop('incoming/fine.parquet', barsFile(someBars(50)))]))
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }, { itemIdentifier: 'm1' }] })
    assert.ok(bucket.bytesOf('enriched/fine.parquet'))
    const [failed, unreadable] = files
    assert.ok(failed?.outcome === 'failed' && unreadable?.outcome === 'failed')
    assert.equal(failed.key, 'incoming/elsewhere.parquet')
    assert.equal(unreadable.key, undefined)
    assert.match(String(unreadable.error), /m1 is not JSON/)
    assert.deepEqual(
      retries.map(({ receiptHandle }) => receiptHandle),
      ['r0', 'r1'],
    )
  })

  it('may hold messages that tell of several objects', async () => {
    const { bucket, handler } = setUp()
    const created = ['a', 'b'].map((name) => bucket.drop(`incoming/${name}.parquet`, barsFile(someBars(50))))
    await handler(sqsEvent([s3Event(bucket.name, ...created)]))
    assert.ok(bucket.bytesOf('enriched/a.parquet') && bucket.bytesOf('enriched/b.parquet'))
  })

  it('comes again sooner the first time than later ones, and never after more than 15 minutes', async () => {
    const secondsAfter = async (receiveCount: number) => {
      const { drop, failing, handler, retries } = setUp()
      failing.set('GetObject', failure('SlowDown', 403))
      const attributes = { ApproximateReceiveCount: String(receiveCount) }
      await handler(sqsEvent([drop('incoming/a.parquet', notParquet)], { attributes }))
      return retries[0]!.seconds
    }
    const seconds = await Promise.all([1, 2, 3, 4, 5, 50].map(secondsAfter))
    assert.ok(seconds[0]! >= 5 && seconds[0]! <= 10)
    for (const [i, value] of seconds.entries()) assert.ok(i === 0 || value >= seconds[i - 1]!)
    assert.ok(seconds.at(-1)! <= 900)
  })

  it('without a queue says what became of its files, or fails as a whole', async () => {
    const { bucket, drop, failing, handler } = setUp()
    const answer = await handler(drop('incoming/bare.parquet', barsFile(someBars(50))))
    assert.ok('files' in answer)
    assert.deepEqual(
      answer.files.map(({ outcome, key }) => [outcome, key]),
      [['enriched', 'incoming/bare.parquet']],
    )
    failing.set('PutObject', failure('InternalError', 500))
    await assert.rejects(handler(drop('incoming/failing.parquet', barsFile(someBars(50)))), { name: 'InternalError' })
    assert.equal(bucket.bytesOf('enriched/failing.parquet'), undefined)
  })

  it('takes the name of an object as the event of what it holds now', async () => {
    const { bucket, handler } = setUp()
    const input = barsFile(someBars(50))
    bucket.drop('incoming/named.parquet', input)
    await handler({ bucket: bucket.name, key: 'incoming/named.parquet' })
    await assertLikeCli(bucket, 'enriched/named.parquet', input)
    const answer = await handler({ bucket: bucket.name, key: 'incoming/missing.parquet' })
    assert.ok('files' in answer && answer.files[0]?.outcome === 'gone')
  })

  it('does not read an object that was named again, as a second backfill does', async () => {
    const { bucket, handler } = setUp()
    bucket.drop('incoming/named.parquet', barsFile(someBars(50)))
    await handler({ bucket: bucket.name, key: 'incoming/named.parquet' })
    const before = bucket.requests.length
    const answer = await handler({ bucket: bucket.name, key: 'incoming/named.parquet' })
    assert.ok('files' in answer && answer.files[0]?.outcome === 'unchanged')
    assert.deepEqual(names(bucket).slice(before), ['HeadObject', 'HeadObject', 'HeadObject'])
  })
})

describe('an event that comes again', () => {
  for (const size of [50, 120_000]) {
    it(`changes nothing for a file of ${size} rows`, async () => {
      const { bucket, drop, handler, files } = setUp()
      const event = sqsEvent([drop('incoming/a.parquet', barsFile(someBars(size), { codec: 'UNCOMPRESSED' }))])
      await handler(event)
      const before = bucket.bytesOf('enriched/a.parquet')
      await handler(event)
      assert.equal(bucket.bytesOf('enriched/a.parquet'), before)
      assert.deepEqual(
        files.map(({ outcome }) => outcome),
        ['enriched', 'unchanged'],
      )
      assert.deepEqual(bucket.uploadsUnderWay, [])
    })
  }

  it('is enriched again when the settings are others', async () => {
    const { bucket, drop, handler } = setUp()
    const input = barsFile(someBars(50))
    const event = drop('incoming/a.parquet', input)
    await handler(event)
    const supertrend = { definition: 'tradingview', period: 7, multiplier: 2 } as const
    const settings = { supertrends: [supertrend], codec: 'ZSTD', keep: 'last' } as const
    await lambdaOn(bucket, { settings: { ...settings, supertrends: [supertrend] } }).handler(event)
    assert.deepEqual(bucket.bytesOf('enriched/a.parquet'), (await enrichBytes(input, settings)).output)
  })
})

for (const versioned of [false, true]) {
  describe(`two versions of a file in a bucket ${versioned ? 'with' : 'without'} versions`, () => {
    const [old, young] = [barsFile(someBars(50)), barsFile(someBars(60))]

    it('end in the newer one, whichever event comes first', async () => {
      for (const order of [
        [0, 1],
        [1, 0],
      ]) {
        const { bucket, drop, handler, files } = setUp({ versioned })
        const events = [drop('incoming/a.parquet', old), drop('incoming/a.parquet', young)]
        for (const i of order) await handler(sqsEvent([events[i]]))
        await assertLikeCli(bucket, 'enriched/a.parquet', young)
        const outcomes = files.map(({ outcome }) => outcome)
        const early = versioned && order[0] === 0 ? 'enriched' : 'superseded'
        assert.deepEqual(outcomes, order[0] === 0 ? [early, 'enriched'] : ['enriched', 'superseded'])
      }
    })

    it('end in the newer one when they are written side by side', async () => {
      const { bucket, drop, before, handler } = setUp({ versioned })
      const first = drop('incoming/a.parquet', old)
      let second: unknown
      // between the first one's look and its write
      before.set('PutObject', () => {
        second = lambdaOn(bucket).handler(drop('incoming/a.parquet', young))
      })
      await handler(sqsEvent([first]))
      await second
      await assertLikeCli(bucket, 'enriched/a.parquet', young)
    })
  })
}

describe('an object that is gone', () => {
  it('is left alone', async () => {
    const { bucket, drop, handler, files } = setUp()
    const event = drop('incoming/a.parquet', barsFile(someBars(50)))
    bucket.delete('incoming/a.parquet')
    assert.deepEqual(await handler(sqsEvent([event])), { batchItemFailures: [] })
    assert.equal(files[0]?.outcome, 'gone')
    assert.deepEqual(bucket.keys, [])
  })
})

describe('a file that cannot be enriched', () => {
  const report = (bucket: FakeBucket, key: string) => JSON.parse(Buffer.from(bucket.bytesOf(key)!).toString())

  it('gets a report, its message goes to the dead letters with the reason, and the queue is done with it', async () => {
    const { bucket, drop, handler, files, deadLetters } = setUp()
    const event = drop('incoming/day 1/a.parquet', notParquet)
    assert.deepEqual(await handler(sqsEvent([event])), { batchItemFailures: [] })
    const { code, reason, source, rowsRead, settings, requestId } = report(bucket, 'failed/day 1/a.parquet.json')
    assert.equal(code, 'not-parquet')
    assert.match(reason, /not a parquet file: it ends with/)
    assert.deepEqual(source, {
      bucket: 'market-data',
      key: 'incoming/day 1/a.parquet',
      eTag: event.Records[0]?.s3.object.eTag,
      size: notParquet.length,
      sequencer: event.Records[0]?.s3.object.sequencer,
    })
    assert.deepEqual([rowsRead, settings.keep, requestId], [0, 'first', 'request-1'])
    assert.deepEqual(
      deadLetters.map(({ body, attributes }) => [JSON.parse(body), attributes]),
      [[event, { code: 'not-parquet', reason }]],
    )
    assert.equal(files[0]?.outcome, 'rejected')
    assert.equal(bucket.requests.filter(({ name }) => name === 'PutObject')[0]?.input.ContentType, 'application/json')
  })

  it('is reported once, however often its event comes', async () => {
    const { drop, handler, deadLetters, files } = setUp()
    const event = sqsEvent([drop('incoming/a.parquet', notParquet)])
    for (let i = 0; i < 3; i++) await handler(event)
    assert.equal(deadLetters.length, 1)
    assert.deepEqual(
      files.map(({ outcome }) => outcome),
      ['rejected', 'rejected', 'rejected'],
    )
  })

  it('goes to the dead letters again when it comes from there', async () => {
    const { drop, handler, deadLetters } = setUp()
    const event = drop('incoming/a.parquet', notParquet)
    await handler(sqsEvent([event]))
    const { body, attributes } = deadLetters[0]!
    const messageAttributes = { code: { dataType: 'String', stringValue: attributes.code } }
    await handler(sqsEvent([body], { messageAttributes }))
    assert.equal(deadLetters.length, 2)
    assert.deepEqual(deadLetters[1], deadLetters[0])
  })

  it('loses its report when a newer version is enriched', async () => {
    const { bucket, drop, handler } = setUp()
    await handler(sqsEvent([drop('incoming/a.parquet', notParquet)]))
    assert.ok(bucket.bytesOf('failed/a.parquet.json'))
    await handler(sqsEvent([drop('incoming/a.parquet', barsFile(someBars(50)))]))
    assert.deepEqual(bucket.keys, ['enriched/a.parquet', 'incoming/a.parquet'])
  })

  it('leaves no report when a newer version was dropped meanwhile', async () => {
    const { bucket, drop, before, handler, files } = setUp()
    const event = drop('incoming/a.parquet', notParquet)
    before.set('PutObject', () => drop('incoming/a.parquet', barsFile(someBars(50))))
    await handler(sqsEvent([event]))
    assert.deepEqual(bucket.keys, ['incoming/a.parquet'])
    assert.equal(files[0]?.outcome, 'superseded')
  })

  it('is not reported over a newer version that was enriched', async () => {
    const { bucket, drop, handler, deadLetters } = setUp({ versioned: true })
    const event = drop('incoming/a.parquet', notParquet)
    await handler(sqsEvent([drop('incoming/a.parquet', barsFile(someBars(50)))]))
    await handler(sqsEvent([event]))
    assert.deepEqual([bucket.keys, deadLetters], [['enriched/a.parquet', 'incoming/a.parquet'], []])
  })

  it('keeps the others of its batch going', async () => {
    const { bucket, drop, handler } = setUp()
    const bodies = [drop('incoming/a.parquet', notParquet), drop('incoming/b.parquet', barsFile(someBars(50)))]
    assert.deepEqual(await handler(sqsEvent(bodies)), { batchItemFailures: [] })
    assert.ok(bucket.bytesOf('enriched/b.parquet'))
  })

  it('comes again when its report cannot be written', async () => {
    const { drop, failing, handler, files } = setUp()
    failing.set('PutObject', failure('InternalError', 500))
    const answer = await handler(sqsEvent([drop('incoming/a.parquet', notParquet)]))
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }] })
    assert.equal(files[0]?.outcome, 'failed')
  })
})

describe('an output that somebody else wrote', () => {
  it('is replaced by what the bucket holds now', async () => {
    const { bucket, drop, handler } = setUp()
    bucket.drop('enriched/a.parquet', notParquet)
    const input = barsFile(someBars(50))
    await handler(sqsEvent([drop('incoming/a.parquet', input)]))
    await assertLikeCli(bucket, 'enriched/a.parquet', input)
  })
})

describe('the end of the time', () => {
  it('gives up an upload, and lets the message come again', async () => {
    const { bucket, drop, before, handler, files } = setUp({ remainingMs: 400 })
    before.set('CreateMultipartUpload', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400))
    const answer = await handler(sqsEvent([drop('incoming/a.parquet', middleFile)]))
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }] })
    assert.deepEqual([bucket.uploadsUnderWay, bucket.keys], [[], ['incoming/a.parquet']])
    assert.ok(files[0]?.outcome === 'failed')
    assert.equal((files[0].error as Error).name, 'TimeoutError')
  })
})

describe('the notice of an enriched file', () => {
  it('is sent where it is asked for, and names the file and its counts', async () => {
    const { drop, handler, notices } = setUp({ announce: true })
    await handler(sqsEvent([drop('incoming/a.parquet', barsFile(overlapping(someBars(50), 3)))]))
    const { elapsedMs, ...notice } = notices[0]!
    assert.ok(Number(elapsedMs) >= 0)
    assert.deepEqual(notice, {
      source: 'parquet-supertrend',
      detailType: 'Market File Enriched',
      bucket: 'market-data',
      key: 'incoming/a.parquet',
      outputKey: 'enriched/a.parquet',
      layout: 'compacted',
      rowsRead: 53,
      rowsWritten: 50,
      duplicatesDropped: 3,
      duplicatesConflicting: 0,
      warnings: [],
    })
  })

  it('is sent again with a message that came again, not with another event of the same file', async () => {
    const { drop, handler, notices } = setUp({ announce: true })
    const event = drop('incoming/a.parquet', barsFile(someBars(50)))
    await handler(sqsEvent([event]))
    await handler(sqsEvent([event]))
    assert.equal(notices.length, 1)
    await handler(sqsEvent([event], { attributes: { ApproximateReceiveCount: '2' } }))
    assert.equal(notices.length, 2)
  })
})
