import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import type { Context } from 'aws-lambda'
import { type EmbeddedS3, startEmbeddedS3 } from '../../bin/local/embedded-s3.ts'
import { parseFunctionSettings } from '../../functions/enrich/function-settings.ts'
import { createHandler, type LogLine } from '../../functions/enrich/handler.ts'
import type { S3Port } from '../../functions/storage/s3-client.ts'
import { type Bar, barsFile, readRows, runCli, someBars, temporaryFolder } from '../parquet-files.ts'

const BUCKET = 'market-data'
const context = { awsRequestId: 'request-1' } as Context
const scratch = temporaryFolder()

let embedded: EmbeddedS3
before(async () => {
  embedded = await startEmbeddedS3(BUCKET)
})
after(() => embedded.stop())

interface Sent {
  readonly name: string
  readonly input: Record<string, unknown>
}

/** The handler beside everything that it says and asks for. */
function handlerUnderTest(fail?: (sent: Sent) => boolean) {
  const sent: Sent[] = []
  const lines: LogLine[] = []
  const send = (command: { readonly input: object }, options: unknown) => {
    const request = { name: command.constructor.name.replace(/Command$/, ''), input: { ...command.input } }
    sent.push(request)
    if (fail?.(request)) return Promise.reject(new Error('the connection was reset'))
    return (embedded.s3.send as (command: unknown, options: unknown) => Promise<unknown>)(command, options)
  }
  const s3 = { send } as S3Port
  const handler = createHandler({ s3, settings: parseFunctionSettings({}), log: (line) => lines.push(line) })
  return { sent, lines, handler: (event: unknown) => handler(event, context) }
}

/** More than 5 MiB, from which on S3 copies the body, and less than the 8 MiB that are read at once. */
const middleFile = barsFile(someBars(120_000), { codec: 'UNCOMPRESSED' })

const drop = (key: string, bytes: Uint8Array) => embedded.drop(key, [bytes])

function queued(...notifications: unknown[]) {
  return {
    Records: notifications.map((body, i) => ({
      messageId: `m${i}`,
      eventSource: 'aws:sqs',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })),
  }
}

/** @returns undefined when there is no such object */
async function objectAt(key: string): Promise<{ bytes: Uint8Array; contentType: string | undefined } | undefined> {
  try {
    const { Body, ContentType } = await embedded.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }))
    return { bytes: await Body!.transformToByteArray(), contentType: ContentType }
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined
    throw error
  }
}

async function cliOutput(input: Uint8Array): Promise<Uint8Array> {
  const [from, to] = [path.join(scratch, 'input.parquet'), path.join(scratch, 'output.parquet')]
  await writeFile(from, input)
  const { code, stderr } = await runCli(from, to)
  assert.equal(code, 0, stderr)
  return readFile(to)
}

async function assertLikeCli(key: string, input: Uint8Array): Promise<Uint8Array> {
  const output = await objectAt(key)
  assert.ok(output, `there is no object ${key}`)
  const expected = await cliOutput(input)
  assert.ok(Buffer.compare(output.bytes, expected) === 0, 'the object is not what the command line writes')
  assert.equal(output.contentType, 'application/vnd.apache.parquet')
  return output.bytes
}

const bytesOf = (sent: readonly Sent[], name: string) =>
  sent.filter((request) => request.name === name).map(({ input }) => (input.Body as Uint8Array).length)

/** The last rows again, as an overlapping append leaves them. */
const overlapping = (bars: readonly Bar[], count: number) => [...bars, ...bars.slice(-count)]

describe('a small file', () => {
  it('takes one request to read and one to write, and gives what the command line gives', async () => {
    const input = barsFile(someBars(500))
    const { handler, sent, lines } = handlerUnderTest()
    const answer = await handler(queued(await drop('incoming/small.parquet', input)))
    assert.deepEqual(answer, { batchItemFailures: [] })
    assert.deepEqual(
      sent.map(({ name }) => name),
      ['GetObject', 'PutObject'],
    )
    const output = await assertLikeCli('enriched/small.parquet', input)
    assert.deepEqual(output.subarray(0, input.length), input)
    const [line] = lines
    assert.ok(line?.outcome === 'enriched' && lines.length === 1)
    assert.deepEqual(
      [line.requestId, line.bucket, line.key, line.outputKey, line.layout, line.quality.rowsRead, line.bytesRead],
      ['request-1', BUCKET, 'incoming/small.parquet', 'enriched/small.parquet', 'appended', 500, input.length],
    )
    assert.equal(line.bytesWritten, output.length)
    assert.ok(line.elapsedMs >= 0 && line.peakMemoryMiB > 0)
  })

  it('is written without its duplicates', async () => {
    const input = barsFile(overlapping(someBars(300), 40))
    const { handler, lines } = handlerUnderTest()
    await handler(queued(await drop('incoming/overlapping.parquet', input)))
    const output = await assertLikeCli('enriched/overlapping.parquet', input)
    assert.equal((await readRows(output)).length, 300)
    const [line] = lines
    assert.ok(line?.outcome === 'enriched')
    assert.deepEqual([line.layout, line.quality.duplicatesDropped], ['compacted', 40])
  })
})

describe('a large file', () => {
  it('is copied by S3: only the new columns are uploaded', async () => {
    const input = barsFile(someBars(200_000), { codec: 'UNCOMPRESSED' })
    assert.ok(input.length > 8 * 2 ** 20)
    const { handler, sent, lines } = handlerUnderTest()
    const notification = await drop('incoming/large file.parquet', input)
    assert.deepEqual(await handler(queued(notification)), { batchItemFailures: [] })
    const output = await assertLikeCli('enriched/large file.parquet', input)

    const copies = sent.filter(({ name }) => name === 'UploadPartCopy').map(({ input }) => input)
    assert.equal(copies.length, 1)
    const eTag = /"eTag":"([^"]+)"/.exec(JSON.stringify(notification))?.[1]
    assert.equal(copies[0]?.CopySource, `${BUCKET}/incoming/large%20file.parquet`)
    assert.equal(copies[0]?.CopySourceIfMatch, `"${eTag}"`)
    assert.deepEqual(bytesOf(sent, 'PutObject'), [])
    assert.deepEqual(bytesOf(sent, 'UploadPart'), [output.length - input.length])
    const [line] = lines
    assert.ok(line?.outcome === 'enriched')
    assert.equal(line.bytesWritten, output.length - input.length)

    const reads = sent.filter(({ name }) => name === 'GetObject').map(({ input }) => input)
    assert.ok(reads.every(({ IfMatch, Range }) => IfMatch === `"${eTag}"` && /^bytes=\d+-\d+$/.test(String(Range))))
    assert.ok(line.bytesRead < 0.8 * input.length, 'columns that are not needed are read')
  })

  it('of 5 to 8 MiB is read in one request and copied by S3', async () => {
    const input = middleFile
    assert.ok(input.length > 5 * 2 ** 20 && input.length < 8 * 2 ** 20)
    const { handler, sent } = handlerUnderTest()
    await handler(queued(await drop('incoming/middle.parquet', input)))
    await assertLikeCli('enriched/middle.parquet', input)
    assert.deepEqual(
      new Set(sent.map(({ name }) => name)),
      new Set(['GetObject', 'CreateMultipartUpload', 'UploadPartCopy', 'UploadPart', 'CompleteMultipartUpload']),
    )
    assert.equal(sent.filter(({ name }) => name === 'GetObject').length, 1)
  })

  it('that loses rows is uploaded in parts of 8 MiB', async () => {
    const input = barsFile(overlapping(someBars(200_000), 1_000), { codec: 'UNCOMPRESSED' })
    const { handler, sent } = handlerUnderTest()
    await handler(queued(await drop('incoming/large-overlapping.parquet', input)))
    const output = await assertLikeCli('enriched/large-overlapping.parquet', input)
    const parts = bytesOf(sent, 'UploadPart')
    assert.deepEqual(parts.slice(0, -1), Array(Math.ceil(output.length / 2 ** 23) - 1).fill(2 ** 23))
    assert.equal(
      parts.reduce((a, b) => a + b),
      output.length,
    )
  })

  for (const failing of ['UploadPartCopy', 'UploadPart', 'CompleteMultipartUpload']) {
    it(`is not published, and leaves no upload behind, when ${failing} fails`, async () => {
      const { handler, sent, lines } = handlerUnderTest(({ name }) => name === failing)
      const key = `incoming/failing-${failing}.parquet`
      const answer = await handler(queued(await drop(key, middleFile)))
      assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }] })
      assert.equal(sent.at(-1)?.name, 'AbortMultipartUpload')
      assert.equal(await objectAt(key.replace('incoming', 'enriched')), undefined)
      assert.ok(lines[0]?.outcome === 'failed')
      assert.match(lines[0].error.message, /connection was reset/)
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
    'deep/er/and//deeper.parquet',
    '.parquet',
  ]) {
    it(`such as ${JSON.stringify(name)} keeps its name`, async () => {
      const { handler, sent } = handlerUnderTest()
      const answer = await handler(queued(await drop(`incoming/${name}`, middleFile)))
      assert.deepEqual(answer, { batchItemFailures: [] })
      assert.ok(sent.some((request) => request.name === 'UploadPartCopy'))
      const output = await objectAt(`enriched/${name}`)
      assert.deepEqual(output?.bytes.subarray(0, middleFile.length), middleFile)
    })
  }

  for (const key of ['elsewhere/a.parquet', 'incoming/a.csv', 'incoming/', 'enriched/incoming/a.parquet']) {
    it(`such as ${JSON.stringify(key)} is none of the function's business`, async () => {
      const { handler, sent, lines } = handlerUnderTest()
      assert.deepEqual(await handler(queued(await drop(key, new Uint8Array(8)))), { batchItemFailures: [] })
      assert.deepEqual(sent, [])
      assert.deepEqual(
        lines.map(({ outcome }) => outcome),
        ['ignored'],
      )
    })
  }
})

describe('a batch', () => {
  it('is answered with the messages that failed, and the others are done', async () => {
    const { handler, lines } = handlerUnderTest()
    const notParquet = await drop('incoming/text.parquet', new TextEncoder().encode('time,open,high,low,close\n'))
    const fine = await drop('incoming/fine.parquet', barsFile(someBars(50)))
    const answer = await handler(queued(notParquet, '{', fine))
    assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }, { itemIdentifier: 'm1' }] })
    assert.ok(await objectAt('enriched/fine.parquet'))
    assert.equal(await objectAt('enriched/text.parquet'), undefined)
    const [refused, unreadable] = lines
    assert.ok(refused?.outcome === 'failed' && unreadable?.outcome === 'failed')
    assert.deepEqual([refused.key, refused.error.code], ['incoming/text.parquet', 'not-parquet'])
    assert.equal(unreadable.key, undefined)
    assert.match(unreadable.error.message, /m1 is not JSON/)
  })

  it('without a queue fails as a whole', async () => {
    const { handler } = handlerUnderTest()
    assert.deepEqual(await handler(await drop('incoming/bare.parquet', barsFile(someBars(50)))), {
      batchItemFailures: [],
    })
    assert.ok(await objectAt('enriched/bare.parquet'))
    const empty = await drop('incoming/empty.parquet', barsFile(someBars(50)).subarray(0, 100))
    await assert.rejects(handler(empty), { name: 'RefusedError' })
  })
})

describe('an object that changed after its event', () => {
  it('is not enriched in the name of the event', async () => {
    const old = await drop('incoming/replaced.parquet', barsFile(someBars(50)))
    await drop('incoming/replaced.parquet', barsFile(someBars(60)))
    const { handler, lines } = handlerUnderTest()
    await handler(queued(old))
    assert.ok(lines[0]?.outcome === 'failed')
    assert.deepEqual(lines[0].error.name, 'SourceChangedError')
    assert.match(lines[0].error.message, /s3:\/\/market-data\/incoming\/replaced\.parquet was replaced/)
    assert.equal(await objectAt('enriched/replaced.parquet'), undefined)
  })
})
