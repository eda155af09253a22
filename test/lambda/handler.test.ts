import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import type { S3Port } from '../../functions/storage/s3-client.ts'
import { FakeBucket, failure } from '../fakes/bucket.ts'
import { type LambdaOptions, lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { FakeTiming } from '../fakes/timing.ts'
import { type Bar, barsFile, enrichBytes, readRows, runCli, someBars, temporaryFolder } from '../parquet-files.ts'

const scratch = temporaryFolder()

/** More than 5 MiB, from which on S3 copies the body, and less than the 8 MiB that are read at once. */
const middleFile = barsFile(someBars(120_000), { codec: 'UNCOMPRESSED' })
const notParquet = new TextEncoder().encode('time,open,high,low,close\n')

/** A bucket whose next requests of some name fail, beside the handler that uses it. */
function setUp(
  options: Parameters<typeof lambdaOn>[1] & { versioned?: boolean; attempts?: () => number | undefined } = {},
) {
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
    const sending = (bucket.send as (command: object, options: object) => Promise<unknown>)(command, sendOptions)
    // as the SDK says it
    return sending.catch((error) => {
      error.$metadata.attempts = options.attempts?.()
      throw error
    })
  }
  const lambda = lambdaOn({ send } as S3Port, options)
  const upload = (key: string, bytes: Uint8Array) => s3Event(bucket.name, bucket.upload(key, bytes))
  return { bucket, failing, before, upload, ...lambda }
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
  it('takes a GET, a HEAD, a PUT and a HEAD, and becomes the file that the command line writes', async () => {
    const input = barsFile(someBars(500))
    const { bucket, upload, handler, files, flushes } = setUp()
    assert.deepEqual(await handler(sqsEvent([upload('incoming/small.parquet', input)])), { batchItemFailures: [] })
    assert.deepEqual(names(bucket), ['GetObject', 'HeadObject', 'PutObject', 'HeadObject'])
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
    const put = bucket.requests.at(-2)?.input
    assert.deepEqual([put?.ContentType, put?.ChecksumAlgorithm], ['application/vnd.apache.parquet', 'CRC32'])
  })

  it('is written without its duplicates', async () => {
    const input = barsFile(overlapping(someBars(300), 40))
    const { bucket, upload, handler, files } = setUp()
    await handler(sqsEvent([upload('incoming/overlapping.parquet', input)]))
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
    const { bucket, upload, handler, files } = setUp()
    const event = upload('incoming/large file.parquet', input)
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
    const { bucket, upload, handler } = setUp()
    await handler(sqsEvent([upload('incoming/middle.parquet', middleFile)]))
    await assertLikeCli(bucket, 'enriched/middle.parquet', middleFile)
    assert.deepEqual(names(bucket).sort(), [
      'CompleteMultipartUpload',
      'CreateMultipartUpload',
      'GetObject',
      ...Array(4).fill('HeadObject'),
      'UploadPart',
      'UploadPartCopy',
    ])
  })

  it('that loses rows is uploaded in parts of 8 MiB', async () => {
    const input = barsFile(overlapping(someBars(200_000), 1_000), { codec: 'UNCOMPRESSED' })
    const { bucket, upload, handler } = setUp()
    await handler(sqsEvent([upload('incoming/large-overlapping.parquet', input)]))
    const output = await assertLikeCli(bucket, 'enriched/large-overlapping.parquet', input)
    const parts = bucket.requests.filter(({ name }) => name === 'UploadPart').map(({ bodyBytes }) => bodyBytes)
    assert.deepEqual(parts.slice(0, -1), Array(Math.ceil(output.length / 2 ** 23) - 1).fill(2 ** 23))
  })

  for (const name of ['UploadPartCopy', 'UploadPart', 'CompleteMultipartUpload']) {
    it(`is not published, and leaves no upload behind, when ${name} fails`, async () => {
      const { bucket, upload, failing, handler, files, retries } = setUp()
      failing.set(name, failure('InternalError', 500))
      const answer = await handler(sqsEvent([upload('incoming/failing.parquet', middleFile)]))
      assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }] })
      assert.deepEqual(bucket.uploadsUnderWay, [])
      assert.deepEqual(bucket.keys, ['incoming/failing.parquet'])
      assert.equal(files[0]?.outcome, 'failed')
      // an upload that may still be completed by S3 is waited for
      const isUncertain = name === 'CompleteMultipartUpload'
      assert.deepEqual(
        retries.map(({ receiptHandle }) => receiptHandle),
        isUncertain ? [] : ['r0'],
      )
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
    'UPPER.PARQUET',
    'short.pq',
  ]) {
    it(`such as ${JSON.stringify(name)} keeps its name`, async () => {
      const { bucket, upload, handler } = setUp()
      await handler(sqsEvent([upload(`incoming/${name}`, middleFile)]))
      assert.deepEqual(bucket.keys, [`enriched/${name}`, `incoming/${name}`])
      assert.deepEqual(bucket.bytesOf(`enriched/${name}`)?.subarray(0, middleFile.length), middleFile)
    })
  }

  for (const key of [
    'incoming/a.csv',
    'incoming/',
    'incoming/.parquet',
    'incoming/_temporary/0/a.parquet',
    'incoming/day=1/.a.parquet',
    'enriched/incoming/a.parquet',
    'failed/a',
  ]) {
    it(`such as ${JSON.stringify(key)} is ignored`, async () => {
      const { bucket, upload, handler, files, deadLetters } = setUp()
      assert.deepEqual(await handler(sqsEvent([upload(key, new Uint8Array(8))])), { batchItemFailures: [] })
      assert.deepEqual([bucket.requests, deadLetters], [[], []])
      assert.deepEqual(
        files.map(({ outcome }) => outcome),
        ['ignored'],
      )
    })
  }
})

describe('an event that needs no work', () => {
  it('is counted with its reason', async () => {
    const { handler, files } = setUp()
    await handler(sqsEvent([{ Event: 's3:TestEvent', Bucket: 'market-data' }]))
    assert.deepEqual(
      files.map((file) => file.outcome === 'ignored' && [file.code, file.reason]),
      [['test-event', 'test event']],
    )
  })
})

describe('a batch', () => {
  it('is answered with the messages that failed, and the others are done', async () => {
    const { bucket, upload, handler, files, retries } = setUp()
    const missing = s3Event('missing-bucket', bucket.upload('incoming/elsewhere.parquet', notParquet))
    const answer = await handler(sqsEvent([missing, '{', upload('incoming/fine.parquet', barsFile(someBars(50)))]))
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

  it('may hold messages that name several objects; one that is denied does not hold up those after it', async () => {
    const { bucket, handler, files } = setUp()
    const [a, b] = ['a', 'b'].map((name) => bucket.upload(`incoming/${name}.parquet`, barsFile(someBars(50))))
    const denied = s3Event('missing-bucket', a!).Records
    const answer = await handler(sqsEvent([{ Records: [...denied, ...s3Event(bucket.name, b!).Records] }]))
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }] })
    assert.ok(bucket.bytesOf('enriched/b.parquet'))
    assert.deepEqual(
      files.map(({ outcome }) => outcome),
      ['failed', 'enriched'],
    )
  })

  it('may hold messages that name several objects', async () => {
    const { bucket, handler } = setUp()
    const created = ['a', 'b'].map((name) => bucket.upload(`incoming/${name}.parquet`, barsFile(someBars(50))))
    await handler(sqsEvent([s3Event(bucket.name, ...created)]))
    assert.ok(bucket.bytesOf('enriched/a.parquet') && bucket.bytesOf('enriched/b.parquet'))
  })

  it('comes again sooner the first time than later ones, and never after more than 15 minutes', async () => {
    const secondsAfter = async (receiveCount: number) => {
      const { upload, failing, handler, retries } = setUp()
      failing.set('HeadObject', failure('SlowDown', 503))
      const attributes = { ApproximateReceiveCount: String(receiveCount) }
      await handler(sqsEvent([upload('incoming/a.parquet', notParquet)], { attributes }))
      return retries[0]!.seconds
    }
    const seconds = await Promise.all([1, 2, 3, 4, 5, 50].map(secondsAfter))
    assert.ok(seconds[0]! >= 6 && seconds[0]! <= 10)
    for (const [i, value] of seconds.entries()) assert.ok(i === 0 || value >= seconds[i - 1]!)
    assert.ok(seconds.at(-1)! <= 900)
  })

  it('without a queue returns the outcomes of its files, or fails as a whole', async () => {
    const { bucket, upload, failing, handler } = setUp()
    const answer = await handler(upload('incoming/bare.parquet', barsFile(someBars(50))))
    assert.ok('files' in answer)
    assert.deepEqual(
      answer.files.map(({ outcome, key }) => [outcome, key]),
      [['enriched', 'incoming/bare.parquet']],
    )
    failing.set('PutObject', failure('InternalError', 500))
    const answering = handler(upload('incoming/failing.parquet', barsFile(someBars(50))))
    await assert.rejects(answering, { name: 'UncertainWriteError' })
    assert.equal(bucket.bytesOf('enriched/failing.parquet'), undefined)
  })

  it('takes the name of an object as an event of its present contents', async () => {
    const { bucket, handler } = setUp()
    const input = barsFile(someBars(50))
    bucket.upload('incoming/named.parquet', input)
    await handler({ bucket: bucket.name, key: 'incoming/named.parquet' })
    await assertLikeCli(bucket, 'enriched/named.parquet', input)
    const answer = await handler({ bucket: bucket.name, key: 'incoming/missing.parquet' })
    assert.ok('files' in answer && answer.files[0]?.outcome === 'gone')
  })

  it('does not read an object that was named again, as a second backfill does', async () => {
    const { bucket, handler } = setUp()
    bucket.upload('incoming/named.parquet', barsFile(someBars(50)))
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
      const { bucket, upload, handler, files } = setUp()
      const event = sqsEvent([upload('incoming/a.parquet', barsFile(someBars(size), { codec: 'UNCOMPRESSED' }))])
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
    const { bucket, upload, handler } = setUp()
    const input = barsFile(someBars(50))
    const event = upload('incoming/a.parquet', input)
    await handler(event)
    const supertrend = { definition: 'tradingview', period: 7, multiplier: 2 } as const
    const settings = { supertrends: [supertrend], codec: 'ZSTD', keep: 'last' } as const
    await lambdaOn(bucket, { settings: { ...settings, supertrends: [supertrend] }, deployment: 2 }).handler(event)
    assert.deepEqual(bucket.bytesOf('enriched/a.parquet'), (await enrichBytes(input, settings)).output)
  })
})

for (const versioned of [false, true]) {
  describe(`two uploads of a key in a bucket ${versioned ? 'with' : 'without'} versions`, () => {
    const [old, young] = [barsFile(someBars(50)), barsFile(someBars(60))]

    it('end in the file of the current one, whichever event comes first, and it is computed once', async () => {
      for (const order of [
        [0, 1],
        [1, 0],
      ]) {
        const { bucket, upload, handler, files } = setUp({ versioned })
        const events = [upload('incoming/a.parquet', old), upload('incoming/a.parquet', young)]
        for (const i of order) await handler(sqsEvent([events[i]]))
        await assertLikeCli(bucket, 'enriched/a.parquet', young)
        assert.deepEqual(
          files.map(({ outcome }) => outcome),
          ['enriched', 'unchanged'],
        )
      }
    })

    it('end in the file of the current one when both are written side by side', async () => {
      const { bucket, upload, before, handler } = setUp({ versioned })
      const first = upload('incoming/a.parquet', old)
      let second: unknown
      // between the first one's look and its write
      before.set('PutObject', () => {
        second = lambdaOn(bucket).handler(upload('incoming/a.parquet', young))
      })
      await handler(sqsEvent([first]))
      await second
      await assertLikeCli(bucket, 'enriched/a.parquet', young)
    })

    it('end in the first contents when these return', async () => {
      const { bucket, upload, before, handler } = setUp({ versioned })
      const first = upload('incoming/a.parquet', old)
      let others: unknown
      // the first delivery holds the old contents and its look; meanwhile the young ones are published and replaced again
      before.set('PutObject', () => {
        const event = upload('incoming/a.parquet', young)
        others = lambdaOn(bucket)
          .handler(sqsEvent([event]))
          .then(() => lambdaOn(bucket).handler(sqsEvent([upload('incoming/a.parquet', old)])))
      })
      await handler(sqsEvent([first]))
      await others
      await assertLikeCli(bucket, 'enriched/a.parquet', old)
    })
  })
}

describe('an object that is gone', () => {
  it('gets no output', async () => {
    const { bucket, upload, handler, files } = setUp()
    const event = upload('incoming/a.parquet', barsFile(someBars(50)))
    bucket.delete('incoming/a.parquet')
    assert.deepEqual(await handler(sqsEvent([event])), { batchItemFailures: [] })
    assert.equal(files[0]?.outcome, 'gone')
    assert.deepEqual(bucket.keys, [])
  })
})

describe('a file that cannot be enriched', () => {
  const report = (bucket: FakeBucket, key: string) => JSON.parse(Buffer.from(bucket.bytesOf(key)!).toString())

  it('gets a report and a notice, and the queue is done with it', async () => {
    const { bucket, upload, handler, files, deadLetters, notices } = setUp({ announce: true })
    const event = upload('incoming/day 1/a.parquet', notParquet)
    assert.deepEqual(await handler(sqsEvent([event])), { batchItemFailures: [] })
    const reportKey = 'failed/day 1/a.parquet.json'
    const { code, reason, source, rowsRead, settings, requestId } = report(bucket, reportKey)
    assert.equal(code, 'not-parquet')
    assert.match(reason, /not a parquet file: it ends with/)
    const { lastModified, ...object } = source
    assert.equal(new Date(lastModified).toISOString(), lastModified)
    assert.deepEqual(object, {
      bucket: 'market-data',
      key: 'incoming/day 1/a.parquet',
      eTag: event.Records[0]?.s3.object.eTag,
      size: notParquet.length,
    })
    assert.deepEqual([rowsRead, settings.keep, requestId], [0, 'first', 'request-1'])
    // the uploader has to act, not the operator
    assert.deepEqual(deadLetters, [])
    const { source: sender, detailType, ...detail } = notices[0]!
    assert.deepEqual([sender, detailType], ['parquet-supertrend', 'Market File Refused'])
    assert.deepEqual(detail, { bucket: 'market-data', key: 'incoming/day 1/a.parquet', code, reason, reportKey })
    assert.equal(files[0]?.outcome, 'refused')
    assert.equal(bucket.requests.filter(({ name }) => name === 'PutObject')[0]?.input.ContentType, 'application/json')
  })

  it('is reported with the rows that were read', async () => {
    const { bucket, upload, handler } = setUp()
    const bars = someBars(50)
    const others = bars.map(({ close, ...bar }) => ({ ...bar, close: close! + 1 }))
    await handler(sqsEvent([upload('incoming/a.parquet', barsFile([...bars, ...others]))]))
    const { code, rowsRead, rows } = report(bucket, 'failed/a.parquet.json')
    assert.deepEqual([code, rowsRead, rows], ['conflicting-duplicates', 100, 100])
  })

  it('is reported once, however often its event comes', async () => {
    const { bucket, upload, handler, files } = setUp()
    const event = sqsEvent([upload('incoming/a.parquet', notParquet)])
    for (let i = 0; i < 3; i++) await handler(event)
    assert.equal(names(bucket).filter((name) => name === 'PutObject').length, 1)
    assert.deepEqual(
      files.map(({ outcome }) => outcome),
      ['refused', 'unchanged', 'unchanged'],
    )
  })

  it('is judged again when somebody asks for it, when its bytes are uploaded again, and with more memory', async () => {
    const { bucket, upload, handler } = setUp()
    await handler(sqsEvent([upload('incoming/a.parquet', notParquet)]))
    const outcomeOf = async (event: unknown, memoryMiB = 1024) => {
      const lambda = lambdaOn(bucket, { memoryMiB })
      await lambda.handler(event)
      return lambda.files[0]?.outcome
    }
    const named = { bucket: bucket.name, key: 'incoming/a.parquet' }
    assert.equal(await outcomeOf(named), 'unchanged')
    assert.equal(await outcomeOf({ ...named, again: true }), 'refused')
    assert.equal(await outcomeOf(named), 'unchanged')
    assert.equal(await outcomeOf(named, 2048), 'refused')
    bucket.now = () => Date.now() + 5_000
    const uploaded = upload('incoming/a.parquet', notParquet)
    assert.equal(await outcomeOf(uploaded, 2048), 'refused')
    assert.equal(await outcomeOf(uploaded, 2048), 'unchanged')
  })

  it('loses its report when a good file is enriched', async () => {
    const { bucket, upload, handler } = setUp()
    await handler(sqsEvent([upload('incoming/a.parquet', notParquet)]))
    assert.ok(bucket.bytesOf('failed/a.parquet.json'))
    await handler(sqsEvent([upload('incoming/a.parquet', barsFile(someBars(50)))]))
    assert.deepEqual(bucket.keys, ['enriched/a.parquet', 'incoming/a.parquet'])
  })

  it('leaves no report when a good file was uploaded meanwhile', async () => {
    const { bucket, upload, before, handler, files } = setUp()
    const event = upload('incoming/a.parquet', notParquet)
    before.set('PutObject', () => upload('incoming/a.parquet', barsFile(someBars(50))))
    await handler(sqsEvent([event]))
    assert.deepEqual(bucket.keys, ['enriched/a.parquet', 'incoming/a.parquet'])
    assert.equal(files[0]?.outcome, 'enriched')
  })

  it('keeps the enriched file of the object before it, and the report names it', async () => {
    const { bucket, upload, handler } = setUp()
    const good = upload('incoming/a.parquet', barsFile(someBars(50)))
    await handler(sqsEvent([good]))
    await handler(sqsEvent([upload('incoming/a.parquet', notParquet)]))
    assert.deepEqual(bucket.keys, ['enriched/a.parquet', 'failed/a.parquet.json', 'incoming/a.parquet'])
    const { publishedFrom } = report(bucket, 'failed/a.parquet.json')
    assert.deepEqual(
      [publishedFrom.outputKey, publishedFrom.eTag],
      ['enriched/a.parquet', good.Records[0]?.s3.object.eTag],
    )
  })

  it('loses its report when its object is deleted', async () => {
    const { bucket, upload, handler } = setUp()
    const event = sqsEvent([upload('incoming/a.parquet', notParquet)])
    await handler(event)
    bucket.delete('incoming/a.parquet')
    await handler(event)
    assert.deepEqual(bucket.keys, [])
  })

  it('is not reported where a good file is current', async () => {
    const { bucket, upload, handler, deadLetters } = setUp({ versioned: true })
    const event = upload('incoming/a.parquet', notParquet)
    await handler(sqsEvent([upload('incoming/a.parquet', barsFile(someBars(50)))]))
    await handler(sqsEvent([event]))
    assert.deepEqual([bucket.keys, deadLetters], [['enriched/a.parquet', 'incoming/a.parquet'], []])
  })

  it('keeps the others of its batch going', async () => {
    const { bucket, upload, handler } = setUp()
    const bodies = [upload('incoming/a.parquet', notParquet), upload('incoming/b.parquet', barsFile(someBars(50)))]
    assert.deepEqual(await handler(sqsEvent(bodies)), { batchItemFailures: [] })
    assert.ok(bucket.bytesOf('enriched/b.parquet'))
  })

  it('comes again when its report cannot be written', async () => {
    const { upload, failing, handler, files } = setUp()
    failing.set('PutObject', failure('InternalError', 500))
    const answer = await handler(sqsEvent([upload('incoming/a.parquet', notParquet)]))
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }] })
    assert.equal(files[0]?.outcome, 'failed')
  })
})

describe('an object at the output key that somebody else wrote', () => {
  const input = barsFile(someBars(50))

  it('stays, and the file is refused until it is gone', async () => {
    const { bucket, upload, handler, files } = setUp()
    bucket.upload('enriched/a.parquet', notParquet)
    const event = sqsEvent([upload('incoming/a.parquet', input)])
    await handler(event)
    await handler(event)
    assert.deepEqual(bucket.bytesOf('enriched/a.parquet'), notParquet)
    assert.ok(files[0]?.outcome === 'refused' && files[0].code === 'foreign-output')
    assert.equal(files[1]?.outcome, 'unchanged')
    bucket.delete('enriched/a.parquet')
    await handler(event)
    assert.equal(bucket.bytesOf('failed/a.parquet.json'), undefined)
    await assertLikeCli(bucket, 'enriched/a.parquet', input)
  })

  it('is replaced where the settings allow it', async () => {
    const { bucket, upload, handler } = setUp({ settings: { overwriteForeign: true } })
    bucket.upload('enriched/a.parquet', notParquet)
    await handler(sqsEvent([upload('incoming/a.parquet', input)]))
    await assertLikeCli(bucket, 'enriched/a.parquet', input)
  })

  it('is never deleted at the key of the report; the refusal becomes a dead letter', async () => {
    const { bucket, upload, handler, files, deadLetters } = setUp()
    bucket.upload('failed/a.parquet.json', input)
    await handler(sqsEvent([upload('incoming/a.parquet', notParquet)]))
    assert.deepEqual(bucket.bytesOf('failed/a.parquet.json'), input)
    assert.ok(files[0]?.outcome === 'refused' && files[0].reportKey === undefined)
    assert.deepEqual(
      deadLetters.map(({ body, attributes }) => [JSON.parse(body), attributes.code]),
      [[{ bucket: 'market-data', key: 'incoming/a.parquet' }, 'not-parquet']],
    )
    await handler(sqsEvent([upload('incoming/a.parquet', input)]))
    await assertLikeCli(bucket, 'enriched/a.parquet', input)
    assert.deepEqual(bucket.bytesOf('failed/a.parquet.json'), input)
  })
})

describe('the end of the time', () => {
  const setUpSlow = (options: LambdaOptions = {}) => {
    const timing = new FakeTiming({ isAtWork: true })
    return { ...setUp({ ...options, remainingMs: 400, timing }), wait: () => timing.pass(300) }
  }

  it('gives up an upload and looks at the key later; the second time, the file is reported', async () => {
    const { bucket, upload, before, handler, files, sent, wait } = setUpSlow()
    before.set('CreateMultipartUpload', wait)
    assert.deepEqual(await handler(sqsEvent([upload('incoming/a.parquet', middleFile)])), { batchItemFailures: [] })
    assert.deepEqual([bucket.uploadsUnderWay, bucket.keys], [[], ['incoming/a.parquet']])
    assert.ok(files[0]?.outcome === 'failed')
    assert.equal((files[0].error as Error).name, 'TimeoutError')
    const named = {
      bucket: 'market-data',
      key: 'incoming/a.parquet',
      again: false,
      continued: true,
      slowUpload: bucket.uploadOf('incoming/a.parquet'),
    }
    assert.deepEqual(sent[0], { queue: 'arrivals', body: { ...named, deadlines: 1 }, delaySeconds: 390 })
    before.set('CreateMultipartUpload', wait)
    await handler(sqsEvent([sent[0]?.body]))
    assert.deepEqual(sent[1]?.body, { ...named, deadlines: 2 })
    await handler(sqsEvent([sent[1]?.body]))
    assert.ok(files[2]?.outcome === 'refused' && files[2].code === 'too-slow')
    assert.ok(bucket.bytesOf('failed/a.parquet.json'))
    // a function with more time tries the file again
    const { handler: patient, files: later } = lambdaOn(bucket)
    await patient(sqsEvent([{ bucket: bucket.name, key: 'incoming/a.parquet' }]))
    assert.equal(later[0]?.outcome, 'enriched')
  })

  it('gives the keys that it did not reach messages of their own', async () => {
    const { bucket, before, handler, sent, wait } = setUpSlow()
    before.set('CreateMultipartUpload', wait)
    const keys = ['incoming/slow.parquet', 'incoming/b.parquet']
    const created = keys.map((key) => bucket.upload(key, middleFile))
    assert.deepEqual(await handler(sqsEvent([s3Event(bucket.name, ...created)])), { batchItemFailures: [] })
    const named = { bucket: bucket.name, again: false }
    assert.deepEqual(
      sent.map(({ body }) => body),
      [
        { ...named, key: keys[0], continued: true, deadlines: 1, slowUpload: bucket.uploadOf(keys[0]!) },
        { ...named, key: keys[1], continued: false, deadlines: 0 },
      ],
    )
  })

  it('leaves the message to the visibility timeout when SQS does not take the one that continues it', async () => {
    const { upload, before, handler, files, retries, wait } = setUpSlow({ isSendingDenied: true })
    before.set('CreateMultipartUpload', wait)
    const answer = await handler(sqsEvent([upload('incoming/a.parquet', middleFile)]))
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }] })
    assert.ok(files[0]?.outcome === 'failed')
    assert.match(String(files[0].error), /SQS is out/)
    // the upload may still take effect
    assert.deepEqual(retries, [])
  })

  it('is not the fault of a file whose requests S3 left without an answer', async () => {
    const bucket = new FakeBucket()
    const event = s3Event(bucket.name, bucket.upload('incoming/a.parquet', barsFile(someBars(50))))
    const timing = new FakeTiming({ isAtWork: false })
    const send = async (_: object, { abortSignal }: { abortSignal: AbortSignal }) => {
      timing.pass(300)
      throw abortSignal.reason
    }
    const stalled = lambdaOn({ send } as unknown as S3Port, { remainingMs: 400, timing })
    const [message] = sqsEvent([event]).Records
    const answer = await stalled.handler({ Records: [message] })
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }] })
    // a write may still land: the message waits for the visibility timeout
    assert.deepEqual([stalled.sent, stalled.retries], [[], []])
    assert.ok(stalled.files[0]?.outcome === 'failed')
    assert.match(String(stalled.files[0].error), /S3 did not answer until the deadline/)
  })
})

describe('the notice of an enriched file', () => {
  it('is not sent by a repair that failed first, unless an earlier receive may have written the file', async () => {
    const { bucket, upload, handler, notices } = setUp({ announce: true })
    await handler(sqsEvent([upload('incoming/a.parquet', barsFile(someBars(50)))]))
    const receive = (afterMs: number, more: object = {}, queue = 'stack-repairs') => {
      const firstReceived = bucket.now() + afterMs
      const attributes = {
        ApproximateReceiveCount: '2',
        ApproximateFirstReceiveTimestamp: String(Math.round(firstReceived)),
      }
      const eventSourceARN = `arn:aws:sqs:us-east-1:123456789012:${queue}`
      return handler(
        sqsEvent([{ bucket: bucket.name, key: 'incoming/a.parquet', ...more }], { attributes, eventSourceARN }),
      )
    }
    await receive(60_000)
    assert.equal(notices.length, 1)
    await receive(-60_000)
    assert.equal(notices.length, 2)
    // the message before it may have written the file
    await receive(60_000, { continued: true })
    assert.equal(notices.length, 3)
    await receive(60_000, {}, 'stack-arrivals')
    assert.equal(notices.length, 4)
  })

  it('is sent where it is asked for, and names the file and its counts', async () => {
    const { upload, handler, notices } = setUp({ announce: true })
    await handler(sqsEvent([upload('incoming/a.parquet', barsFile(overlapping(someBars(50), 3)))]))
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

  it('is sent again where this delivery may have written the file, and not where it found it unchanged', async () => {
    const { bucket, upload, handler, notices } = setUp({ announce: true, attempts: () => attempts })
    let attempts: number | undefined
    const event = upload('incoming/a.parquet', barsFile(someBars(50)))
    const named = { bucket: bucket.name, key: 'incoming/a.parquet' }
    await handler(sqsEvent([event]))
    assert.equal(notices.length, 1)
    // as backfill and audit do
    await handler(sqsEvent([named]))
    assert.equal(notices.length, 1)
    // an earlier receive may have been killed between the write and the notice
    await handler(sqsEvent([named], { attributes: { ApproximateReceiveCount: '2' } }))
    assert.equal(notices.length, 2)
    // the write met an output: its own, if S3 lost the answer and the SDK wrote again
    await handler(sqsEvent([event]))
    assert.equal(notices.length, 3)
    const repairs = { eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:stack-repairs' }
    const backfilled = { ...named, size: 1 }
    // S3 answered the only attempt of a backfill: another delivery wrote the output, and announced it
    attempts = 1
    await handler(sqsEvent([backfilled], repairs))
    assert.equal(notices.length, 3)
    // it was the second attempt: the first one may have written the output
    attempts = 2
    await handler(sqsEvent([backfilled], repairs))
    assert.equal(notices.length, 4)
    const { layout: _, elapsedMs: __, duplicatesConflicting: ___, warnings: ____, ...counts } = notices[0]!
    for (const notice of notices.slice(1)) assert.deepEqual(notice, counts)
  })
})
