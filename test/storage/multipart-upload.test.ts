import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { describe, it, type TestContext } from 'node:test'
import { MultipartUpload } from '../../functions/storage/multipart-upload.ts'
import { newS3Client } from '../../functions/storage/s3-client.ts'
import { FakeBucket } from '../fakes/bucket.ts'

const TARGET = { bucket: 'market-data', key: 'enriched/a.parquet', contentType: 'application/vnd.apache.parquet' }
const SOURCE = { bucket: 'market-data', key: 'incoming/a.parquet', eTag: 'abc', size: 6 * 2 ** 20 }

interface Arrived {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A server that says yes to each request of an upload and keeps what it was sent. */
async function listening(t: TestContext) {
  const arrived: Arrived[] = []
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request
    arrived.push({ headers, body: await buffer(request) })
    if (url?.includes('uploads')) response.end('<R><UploadId>u1</UploadId></R>')
    else if (headers['x-amz-copy-source']) response.end('<CopyPartResult><ETag>"c"</ETag></CopyPartResult>')
    else response.setHeader('etag', '"p"').end(method === 'POST' ? '<R><ETag>"o"</ETag></R>' : '')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const s3 = newS3Client({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    forcePathStyle: true,
  })
  t.after(() => {
    s3.destroy()
    server.closeAllConnections()
    server.close()
  })
  return { s3, arrived }
}

const digestOf = (algorithm: string, body: Buffer) => createHash(algorithm).update(body)

describe('a multipart upload', () => {
  it('sends each part with its MD5 and SHA-256, and no checksum that a server might refuse', async (t) => {
    const { s3, arrived } = await listening(t)
    const upload = await MultipartUpload.start(s3, TARGET, undefined)
    await upload.copy(SOURCE, 0, SOURCE.size)
    await upload.add(Buffer.from('new columns'))
    await upload.complete()
    assert.equal(arrived.length, 4)
    const names = arrived.flatMap(({ headers }) => Object.keys(headers))
    assert.deepEqual(
      names.filter((name) => /checksum|x-amz-trailer/.test(name)),
      [],
    )
    const { headers, body } = arrived[2]!
    assert.equal(body.toString(), 'new columns')
    assert.equal(headers['content-md5'], digestOf('md5', body).digest('base64'))
    assert.equal(headers['x-amz-content-sha256'], digestOf('sha256', body).digest('hex'))
    const completed = arrived[3]!.body.toString()
    assert.deepEqual(completed.match(/<ETag>.*?<\/ETag>|<Checksum/g), [
      '<ETag>&quot;c&quot;</ETag>',
      '<ETag>&quot;p&quot;</ETag>',
    ])
  })

  it('is given up after its deadline too', async () => {
    const bucket = new FakeBucket()
    const deadline = new AbortController()
    const upload = await MultipartUpload.start(bucket, TARGET, deadline.signal)
    deadline.abort(new Error('the time is up'))
    await assert.rejects(upload.add(Buffer.from('new columns')), /the time is up/)
    await upload.abort()
    assert.deepEqual([bucket.requests.at(-1)?.name, bucket.uploadsUnderWay], ['AbortMultipartUpload', []])
  })
})
