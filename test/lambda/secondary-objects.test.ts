import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ChartData } from '../../functions/chart/chart-data.ts'
import { FakeBucket, failure } from '../fakes/bucket.ts'
import { type LambdaOptions, lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { FakeTiming } from '../fakes/timing.ts'
import { barsFile, enrichAndKeep, enrichBytes, readRows, someBars } from '../parquet-files.ts'

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString()
const dataOf = (page: string): ChartData => JSON.parse(/id="data">(.*?)<\/script>/s.exec(page)![1]!).data
const barsOf = (page: string) => dataOf(page).series[0]!.levels[0]!

const [CHART, REMOVED, OUTPUT] = ['charts/bars.parquet.html', 'removed/bars.parquet', 'enriched/bars.parquet']

function setUp(settings: LambdaOptions['settings'] = { chartPrefix: 'charts/', droppedPrefix: 'removed/' }) {
  const bucket = new FakeBucket({ versioned: false })
  const lambda = lambdaOn(bucket, { settings, announce: true })
  const upload = (bytes: Uint8Array, key = 'incoming/bars.parquet') =>
    lambda.handler(sqsEvent([s3Event(bucket.name, bucket.upload(key, bytes))]))
  const look = () => lambda.handler({ bucket: bucket.name, key: 'incoming/bars.parquet' })
  const puts = () => bucket.requests.filter(({ name }) => name === 'PutObject').map(({ input }) => input.Key)
  return { bucket, upload, look, puts, ...lambda }
}

const bars = (rows: number, again = 0) => barsFile([...someBars(rows), ...someBars(rows).slice(rows - again)])

describe('the chart beside an enriched file', () => {
  it('comes after the file, and draws its rows', async () => {
    const { bucket, upload, puts } = setUp({ chartPrefix: 'charts/' })
    const input = bars(300, 10)
    await upload(input, 'incoming/a/bars.parquet')
    const page = text(bucket.bytesOf('charts/a/bars.parquet.html'))
    const rows = await readRows((await enrichBytes(input)).output)
    const { close, trends } = barsOf(page)
    assert.equal(dataOf(page).title, 'bars.parquet')
    assert.deepEqual(
      close,
      rows.map((row) => row.close),
    )
    assert.deepEqual(
      trends[0]!.segment,
      rows.map((row) => row.st_trend_segment),
    )
    assert.deepEqual(puts(), ['enriched/a/bars.parquet', 'charts/a/bars.parquet.html'])
  })

  it('is not made unless it is asked for', async () => {
    const { bucket, upload } = setUp({})
    await upload(bars(50))
    assert.deepEqual(bucket.keys, [OUTPUT, 'incoming/bars.parquet'])
  })

  it('is made of files up to 16 MiB', async () => {
    const file = Buffer.from(bars(50))
    const footer = 8 + file.readUInt32LE(file.length - 8)
    /** With bytes before the footer that belong to no page. */
    const padded = (length: number) =>
      new Uint8Array(
        Buffer.concat([file.subarray(0, -footer), Buffer.alloc(length - file.length), file.subarray(-footer)]),
      )
    for (const [length, isDrawn] of [
      [2 ** 24, true],
      [2 ** 24 + 1, false],
    ] as const) {
      const { bucket, upload } = setUp({ chartPrefix: 'charts/' })
      await upload(padded(length))
      assert.ok(bucket.bytesOf(OUTPUT))
      assert.equal(bucket.bytesOf(CHART) !== undefined, isDrawn)
    }
  })

  it('does not hold the file back when it cannot be written, and is written later', async () => {
    const { bucket, upload, handler, sent, files, puts } = setUp()
    bucket.failNext('PutObject', CHART, failure('AccessDenied', 403))
    assert.deepEqual(await upload(bars(50)), { batchItemFailures: [] })
    assert.ok(bucket.bytesOf(OUTPUT))
    // the file has not failed, and nobody is paged
    assert.deepEqual(
      files.map(({ outcome }) => outcome),
      ['enriched'],
    )
    assert.deepEqual(
      sent.map(({ queue, delaySeconds }) => [queue, delaySeconds <= 10]),
      [['arrivals', true]],
    )
    assert.deepEqual(await handler(sqsEvent([sent[0]!.body])), { batchItemFailures: [] })
    assert.equal(barsOf(text(bucket.bytesOf(CHART))).close.length, 50)
    assert.deepEqual(puts(), [OUTPUT, CHART, CHART])
  })

  it('does not hold the notice back when its write has no certain end; its message waits for that write', async () => {
    const { bucket, upload, handler, sent, retries, notices } = setUp({ chartPrefix: 'charts/' })
    bucket.failNext('PutObject', CHART, failure('SlowDown', 503))
    assert.deepEqual(await upload(bars(50)), { batchItemFailures: [] })
    assert.deepEqual([notices.length, sent.length, sent[0]!.delaySeconds], [1, 1, 390])
    bucket.failNext('PutObject', CHART, failure('SlowDown', 503))
    assert.deepEqual(await handler(sqsEvent([sent[0]!.body])), { batchItemFailures: [{ itemIdentifier: 'm0' }] })
    // it comes after the visibility timeout
    assert.deepEqual([notices.length, sent.length, retries.length], [1, 1, 0])
  })
})

describe('the file of removed rows', () => {
  it('is that of the command line, and there is none where no row was removed', async () => {
    const { bucket, upload } = setUp()
    const input = bars(60, 7)
    await upload(input)
    const { dropped } = await enrichAndKeep(input)
    assert.deepEqual(bucket.bytesOf(REMOVED), new Uint8Array(dropped))
    await upload(bars(61))
    assert.equal(bucket.bytesOf(REMOVED), undefined)
    assert.ok(bucket.bytesOf(CHART))
  })
})

describe('an object beside an output', () => {
  it('is written again when it is missing, and the output is not', async () => {
    const { bucket, upload, look, puts } = setUp()
    await upload(bars(60, 7))
    bucket.delete(REMOVED)
    await look()
    assert.ok(bucket.bytesOf(REMOVED))
    assert.deepEqual(puts().filter((key) => key === OUTPUT).length, 1)
    const before = puts().length
    await look()
    assert.equal(puts().length, before)
  })

  it('is never that of an object before it', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const { bucket, handler } = setUp()
      const events = [bars(60, 7), bars(80, 3)].map((bytes) =>
        s3Event(bucket.name, bucket.upload('incoming/bars.parquet', bytes)),
      )
      for (const i of order) await handler(sqsEvent([events[i]]))
      assert.equal(barsOf(text(bucket.bytesOf(CHART))).close.length, 80)
      assert.equal((await readRows(bucket.bytesOf(REMOVED)!)).length, 3)
    }
  })

  it("stays where it is somebody else's", async () => {
    const { bucket, upload, files } = setUp()
    bucket.upload(REMOVED, new Uint8Array(3))
    await upload(bars(60, 7))
    assert.deepEqual(bucket.bytesOf(REMOVED), new Uint8Array(3))
    assert.equal(files[0]?.outcome, 'enriched')
  })

  it('goes with the output when the object is deleted and the settings say so', async () => {
    const { bucket, upload, look } = setUp({ chartPrefix: 'charts/', droppedPrefix: 'removed/', onRemoved: 'remove' })
    await upload(bars(60, 7))
    assert.equal(bucket.keys.length, 4)
    bucket.delete('incoming/bars.parquet')
    await look()
    assert.deepEqual(bucket.keys, [])
  })

  it('stays with the output otherwise', async () => {
    const { bucket, upload, look } = setUp()
    await upload(bars(60, 7))
    bucket.delete('incoming/bars.parquet')
    await look()
    assert.deepEqual(bucket.keys, [CHART, OUTPUT, REMOVED].sort())
  })
})

describe('a chart that can never be written', () => {
  async function failing() {
    const lambda = setUp({ chartPrefix: 'charts/' })
    const { bucket, upload, handler } = lambda
    await upload(bars(60))
    assert.ok(bucket.bytesOf(CHART))
    lambda.notices.length = 0
    const receive = (body: unknown, count: number) => {
      bucket.failNext('PutObject', CHART, failure('AccessDenied', 403))
      return handler(sqsEvent([body], { attributes: { ApproximateReceiveCount: String(count) } }))
    }
    const event = s3Event(bucket.name, bucket.upload('incoming/bars.parquet', bars(80)))
    return { ...lambda, receive, event }
  }

  it('comes again, and the chart of an older output does not stay meanwhile', async () => {
    const { bucket, receive, event, sent } = await failing()
    assert.deepEqual(await receive(event, 1), { batchItemFailures: [] })
    assert.equal(bucket.bytesOf(CHART), undefined)
    for (const count of [1, 5]) {
      assert.deepEqual(await receive(sent[0]!.body, count), { batchItemFailures: [{ itemIdentifier: 'm0' }] })
    }
    assert.ok(bucket.bytesOf(OUTPUT))
    assert.equal(sent.length, 1)
  })

  it('is announced once, and so is the next object of its key', async () => {
    const { bucket, receive, event, sent, notices } = await failing()
    await receive(event, 1)
    for (const count of [1, 2, 30]) await receive(sent[0]!.body, count)
    assert.equal(notices.length, 1)
    // the message writes the output of another object, is killed before it announces it, and is received again
    bucket.upload('incoming/bars.parquet', bars(90))
    await receive({ bucket: bucket.name, key: 'incoming/bars.parquet' }, 1)
    await receive(sent[0]!.body, 2)
    assert.equal(notices.length, 3)
    assert.deepEqual(sent.length, 3)
  })

  it('is announced after a receive that may have been killed before the notice', async () => {
    const { receive, event, notices } = await failing()
    await receive(event, 2)
    await receive(event, 3)
    assert.equal(notices.length, 2)
  })
})

describe('a chart beside the output of a newer deployment', () => {
  const settings = { chartPrefix: 'charts/' } as const
  const key = 'incoming/bars.parquet'

  it('that is missing is left to the newer deployment: the message comes again', async () => {
    const bucket = new FakeBucket()
    const event = s3Event(bucket.name, bucket.upload(key, bars(60)))
    await lambdaOn(bucket, { settings, deployment: 2 }).handler(sqsEvent([event]))
    // the newer worker was killed between the output and the chart
    bucket.delete(CHART)
    const older = await lambdaOn(bucket, { settings, deployment: 1 }).handler(sqsEvent([{ bucket: bucket.name, key }]))
    assert.deepEqual(older, { batchItemFailures: [{ itemIdentifier: 'm0' }] })
    await lambdaOn(bucket, { settings, deployment: 2 }).handler(sqsEvent([{ bucket: bucket.name, key }]))
    assert.ok(bucket.bytesOf(CHART))
  })

  it('is written again after an older worker took it for one of an older output', async () => {
    const bucket = new FakeBucket()
    const [first, sameBars] = (['SNAPPY', 'UNCOMPRESSED'] as const).map((codec) => barsFile(someBars(60), { codec }))
    const refusing = { ...settings, columns: { close: 'nope' } }
    const message = sqsEvent([{ bucket: bucket.name, key }])
    const newer = lambdaOn(bucket, { settings, deployment: 3 })
    bucket.upload(key, first!)
    await lambdaOn(bucket, { settings, deployment: 1 }).handler(message)
    bucket.upload(key, sameBars!)
    await lambdaOn(bucket, { settings: refusing, deployment: 2 }).handler(message)
    const chart = bucket.bytesOf(CHART)
    // between the look at the chart and its deletion the newer deployment writes the output, and a chart with equal bytes
    let looks = 0
    const send = (async (command: {
      readonly constructor: { readonly name: string }
      readonly input: { Key?: string }
    }) => {
      const { name } = command.constructor
      if (name === 'HeadObjectCommand' && command.input.Key === OUTPUT && ++looks === 2) {
        await newer.handler(message)
        assert.deepEqual(bucket.bytesOf(CHART), chart)
      }
      return bucket.send(command as never)
    }) as unknown as FakeBucket['send']
    const older = lambdaOn({ send }, { settings: refusing, deployment: 2 })
    assert.deepEqual(await older.handler(message), { batchItemFailures: [{ itemIdentifier: 'm0' }] })
    await newer.handler(message)
    assert.ok(bucket.bytesOf(CHART))
  })
})

describe('a chart of an output that another delivery wrote while this one refused the file', () => {
  const settings = { chartPrefix: 'charts/' } as const
  const key = 'incoming/bars.parquet'

  it('that is missing comes with a message of its own', async () => {
    const { bucket, upload, handler, sent, files, notices } = setUp(settings)
    await upload(bars(60))
    bucket.delete(CHART)
    notices.length = 0
    // the file was too slow before, and the output is right
    const message = { bucket: bucket.name, key, again: true, deadlines: 2, slowUpload: bucket.uploadOf(key) }
    assert.deepEqual(await handler(sqsEvent([message])), { batchItemFailures: [] })
    assert.deepEqual([files.at(-1)?.outcome, notices.length, sent.length], ['unchanged', 1, 1])
    await handler(sqsEvent([sent[0]!.body]))
    assert.ok(bucket.bytesOf(CHART))
    assert.deepEqual([notices.length, sent.length], [1, 1])
  })

  it('that is missing is left to the newer deployment that wrote the output', async () => {
    const bucket = new FakeBucket()
    bucket.upload(key, bars(60))
    const message = sqsEvent([{ bucket: bucket.name, key }])
    const newer = lambdaOn(bucket, { settings, deployment: 2 })
    const send = (async (command: { constructor: { name: string }; input: { Key?: string } }) => {
      if (command.constructor.name === 'PutObjectCommand') {
        await newer.handler(message)
        // the newer worker was killed between the output and the chart
        bucket.delete(CHART)
      }
      return bucket.send(command as never)
    }) as unknown as FakeBucket['send']
    const older = lambdaOn({ send }, { settings: { ...settings, columns: { close: 'nope' } }, deployment: 1 })
    assert.deepEqual(await older.handler(message), { batchItemFailures: [{ itemIdentifier: 'm0' }] })
    assert.deepEqual(bucket.keys, [OUTPUT, key])
    await newer.handler(message)
    assert.ok(bucket.bytesOf(CHART))
  })
})

describe('a chart that the function cannot make beside a right output', () => {
  const settings = { chartPrefix: 'charts/' } as const
  const key = 'incoming/bars.parquet'

  it('because the time is too short, ends as a dead letter; the output is announced', async () => {
    const bucket = new FakeBucket()
    const body: object = s3Event(bucket.name, bucket.upload(key, bars(50)))
    const timing = new FakeTiming({ isAtWork: true })
    const send = (async (command: { constructor: { name: string }; input: { Key?: string } }, options: never) => {
      const isChart = command.constructor.name === 'PutObjectCommand' && command.input.Key === CHART
      if (isChart) timing.pass(300)
      return bucket.send(command as never, options)
    }) as unknown as FakeBucket['send']
    const { handler, sent, notices, deadLetters } = lambdaOn(
      { send },
      { settings, announce: true, remainingMs: 400, timing },
    )
    const bodies = [body]
    for (let next = bodies.shift(); next && sent.length < 9; next = bodies.shift()) {
      const before = sent.length
      await handler(sqsEvent([next]))
      bodies.push(...sent.slice(before).map((message) => message.body))
    }
    assert.deepEqual([notices.length, deadLetters.map(({ attributes }) => attributes.code)], [1, ['too-slow']])
    assert.equal(sent.length, 5)
    assert.deepEqual(bucket.keys, [OUTPUT, key])
  })

  it('because the file is refused now, is tried by one message and ends as a dead letter', async () => {
    const bucket = new FakeBucket()
    // too many rows to sort in little memory
    const created = s3Event(bucket.name, bucket.upload(key, barsFile(someBars(20_000).reverse())))
    await lambdaOn(bucket, { settings }).handler(sqsEvent([created]))
    bucket.delete(CHART)
    const { handler, sent, files, deadLetters } = lambdaOn(bucket, { settings: { ...settings, memoryBudgetMiB: 1 } })
    const before = bucket.requests.length
    // the event came twice
    assert.deepEqual(await handler(sqsEvent([created])), { batchItemFailures: [] })
    assert.deepEqual([files[0]?.outcome, sent.length, deadLetters.length], ['unchanged', 1, 0])
    assert.deepEqual(await handler(sqsEvent([sent[0]!.body])), { batchItemFailures: [] })
    assert.deepEqual([sent.length, deadLetters[0]?.attributes.code], [1, 'too-big'])
    // no report comes and goes
    assert.ok(bucket.requests.slice(before).every(({ name }) => name !== 'PutObject'))
  })
})

describe('a chart of an older output that cannot be deleted', () => {
  it('does not hide that the file is refused: a message of its own comes for it', async () => {
    const { bucket, upload, handler, sent, files, notices } = setUp({ chartPrefix: 'charts/' })
    await upload(bars(60))
    // the chart belongs to no output that is there
    bucket.metadataOf(CHART)!['source-etag'] = 'another'
    notices.length = 0
    bucket.failNext('DeleteObject', CHART, failure('AccessDenied', 403))
    assert.deepEqual(await upload(new TextEncoder().encode('time')), { batchItemFailures: [] })
    assert.equal(files.at(-1)?.outcome, 'refused')
    assert.deepEqual([notices.length, sent.length], [1, 1])
    for (const count of [1, 2, 30]) {
      bucket.failNext('DeleteObject', CHART, failure('AccessDenied', 403))
      const again = sqsEvent([sent[0]!.body], { attributes: { ApproximateReceiveCount: String(count) } })
      assert.deepEqual(await handler(again), { batchItemFailures: [{ itemIdentifier: 'm0' }] })
    }
    assert.equal(notices.length, 1)
    await handler(sqsEvent([sent[0]!.body]))
    assert.equal(bucket.bytesOf(CHART), undefined)
  })
})
