/** What the commit protocol relies on, as tests that the fake and a real server must both pass. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import type { S3Port } from '../../functions/storage/s3-client.ts'

export interface BucketUnderTest {
  readonly s3: S3Port
  readonly Bucket: string
  /** A bucket that keeps versions. */
  readonly versioned: { readonly s3: S3Port; readonly Bucket: string }
  stop(): Promise<void>
}

const MIN_PART_BYTES = 5 * 1024 * 1024
const bytes = (length: number, first = 0) => Uint8Array.from({ length }, (_, i) => (first + i) % 251)

function fails(name: string | RegExp, httpStatusCode: number) {
  return (error: unknown) => {
    assert.ok(error instanceof Error)
    if (typeof name === 'string') assert.equal(error.name, name)
    else assert.match(error.name, name)
    assert.equal(
      (error as Error & { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode,
      httpStatusCode,
    )
    return true
  }
}

/** @param ignored semantics that a server lacks: the test says so instead of failing */
export function bucketContract(
  name: string,
  start: () => Promise<BucketUnderTest>,
  ignored: Readonly<Record<string, string>> = {},
): void {
  describe(`the bucket of ${name}`, () => {
    let bucket: BucketUnderTest
    let number = 0
    before(async () => {
      bucket = await start()
    })
    after(() => bucket.stop())

    const newKey = () => `folder/key ${number++}+%.parquet`
    const put = async (Key: string, Body: Uint8Array, more: object = {}) => {
      const { s3, Bucket } = bucket
      return (await s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))).ETag!
    }
    const get = async (Key: string, more: object = {}) => {
      const { s3, Bucket } = bucket
      const answer = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }))
      return { answer, body: await answer.Body!.transformToByteArray() }
    }
    const head = (Key: string, more: object = {}) =>
      bucket.s3.send(new HeadObjectCommand({ Bucket: bucket.Bucket, Key, ...more }))
    const start_ = async (Key: string) => {
      const { s3, Bucket } = bucket
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC32' }))
      return { Bucket, Key, UploadId: UploadId! }
    }
    const part = async (
      upload: { Bucket: string; Key: string; UploadId: string },
      PartNumber: number,
      Body: Uint8Array,
    ) => {
      const command = new UploadPartCommand({ ...upload, PartNumber, Body, ChecksumAlgorithm: 'CRC32' })
      const { ETag, ChecksumCRC32 } = await bucket.s3.send(command)
      return { PartNumber, ETag, ChecksumCRC32 }
    }
    const law = (what: string, test: () => Promise<void>) => {
      const reason = ignored[what]
      it(reason === undefined ? what : `${what} (not here: ${reason})`, async () => {
        if (reason === undefined) return test()
        // so that it is noticed when the server learns it
        await assert.rejects(test())
      })
    }

    law('gives back what was put there, with its metadata', async () => {
      const key = newKey()
      const eTag = await put(key, bytes(1000), { Metadata: { 'source-etag': 'abc' }, ContentType: 'text/x' })
      const { answer, body } = await get(key)
      assert.deepEqual([answer.$metadata.httpStatusCode, answer.ContentLength, answer.ETag], [200, 1000, eTag])
      assert.deepEqual([answer.Metadata, answer.ContentType], [{ 'source-etag': 'abc' }, 'text/x'])
      assert.ok(Buffer.compare(body, bytes(1000)) === 0)
      const { Metadata, ContentLength } = await head(key)
      assert.deepEqual([Metadata, ContentLength], [{ 'source-etag': 'abc' }, 1000])
    })

    law('answers a range with 206 and says which', async () => {
      const key = newKey()
      const eTag = await put(key, bytes(1000))
      const { answer, body } = await get(key, { Range: 'bytes=10-19', IfMatch: eTag })
      assert.deepEqual([answer.$metadata.httpStatusCode, answer.ContentRange], [206, 'bytes 10-19/1000'])
      assert.ok(Buffer.compare(body, bytes(10, 10)) === 0)
      await assert.rejects(get(key, { Range: 'bytes=1000-1001' }), fails('InvalidRange', 416))
    })

    law('tells a missing object by 404', async () => {
      await assert.rejects(get('missing'), fails('NoSuchKey', 404))
      await assert.rejects(head('missing'), fails('NotFound', 404))
    })

    law('refuses to read another content than the one asked for', async () => {
      const key = newKey()
      const eTag = await put(key, bytes(10))
      await put(key, bytes(11))
      await assert.rejects(get(key, { IfMatch: eTag }), fails('PreconditionFailed', 412))
    })

    law('creates an object only where there is none, if asked so', async () => {
      const key = newKey()
      await put(key, bytes(10), { IfNoneMatch: '*' })
      await assert.rejects(put(key, bytes(11), { IfNoneMatch: '*' }), fails('PreconditionFailed', 412))
      assert.equal((await get(key)).body.length, 10)
    })

    law('replaces an object only if it is the one that was seen, if asked so', async () => {
      const key = newKey()
      const eTag = await put(key, bytes(10))
      const second = await put(key, bytes(11), { IfMatch: eTag })
      await assert.rejects(put(key, bytes(12), { IfMatch: eTag }), fails('PreconditionFailed', 412))
      await put(key, bytes(13), { IfMatch: second })
      assert.equal((await get(key)).body.length, 13)
    })

    law('replaces nothing where the object is gone, if asked so', async () => {
      await assert.rejects(put(newKey(), bytes(10), { IfMatch: '"abc"' }), fails('NoSuchKey', 404))
    })

    law('deletes an object only if it is the one that was seen, if asked so', async () => {
      const key = newKey()
      const { s3, Bucket } = bucket
      const eTag = await put(key, bytes(10))
      await put(key, bytes(11))
      const remove = (IfMatch: string) => s3.send(new DeleteObjectCommand({ Bucket, Key: key, IfMatch }))
      await assert.rejects(remove(eTag), fails('PreconditionFailed', 412))
      await remove((await head(key)).ETag!)
      await assert.rejects(head(key), fails('NotFound', 404))
    })

    law('lets one of two writers at the same moment win', async () => {
      const key = newKey()
      const results = await Promise.allSettled([1, 2, 3, 4].map((n) => put(key, bytes(n), { IfNoneMatch: '*' })))
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    })

    law('refuses a body that its checksum does not fit', async () => {
      const wrong = Buffer.alloc(4)
      wrong.writeUInt32BE(crc32(bytes(10)) ^ 1)
      await assert.rejects(
        put(newKey(), bytes(10), { ChecksumCRC32: wrong.toString('base64') }),
        fails(/^(BadDigest|InvalidDigest)$/, 400),
      )
    })

    law('puts parts together, uploaded and copied ones', async () => {
      const [key, source] = [newKey(), newKey()]
      const { s3 } = bucket
      const eTag = await put(source, bytes(MIN_PART_BYTES + 10))
      const upload = await start_(key)
      const CopySource = `${upload.Bucket}/${source.split('/').map(encodeURIComponent).join('/')}`
      const copied = await s3.send(
        new UploadPartCopyCommand({ ...upload, PartNumber: 1, CopySource, CopySourceIfMatch: eTag }),
      )
      const { ETag, ChecksumCRC32 } = copied.CopyPartResult!
      const Parts = [{ PartNumber: 1, ETag, ChecksumCRC32 }, await part(upload, 2, bytes(5))]
      await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }))
      const expected = Buffer.concat([bytes(MIN_PART_BYTES + 10), bytes(5)])
      assert.ok(Buffer.compare((await get(key)).body, expected) === 0)
    })

    law('refuses to copy from another content than the one asked for', async () => {
      const source = newKey()
      const eTag = await put(source, bytes(10))
      await put(source, bytes(11))
      const upload = await start_(newKey())
      const CopySource = `${upload.Bucket}/${source.split('/').map(encodeURIComponent).join('/')}`
      const copy = new UploadPartCopyCommand({ ...upload, PartNumber: 1, CopySource, CopySourceIfMatch: eTag })
      await assert.rejects(bucket.s3.send(copy), fails('PreconditionFailed', 412))
    })

    law('refuses a part that is too small, unless it is the last', async () => {
      const upload = await start_(newKey())
      const Parts = [await part(upload, 1, bytes(10)), await part(upload, 2, bytes(10))]
      const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } })
      await assert.rejects(bucket.s3.send(complete), fails('EntityTooSmall', 400))
    })

    law('completes an upload only on its condition', async () => {
      const key = newKey()
      const upload = await start_(key)
      const Parts = [await part(upload, 1, bytes(10))]
      await put(key, bytes(3))
      const MultipartUpload = { Parts }
      const fresh = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload, IfNoneMatch: '*' })
      await assert.rejects(bucket.s3.send(fresh), fails('PreconditionFailed', 412))
      const IfMatch = (await head(key)).ETag
      await bucket.s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload, IfMatch }))
      assert.equal((await get(key)).body.length, 10)
    })

    law('knows nothing of an upload that was given up', async () => {
      const key = newKey()
      const { s3, Bucket } = bucket
      const upload = await start_(key)
      await part(upload, 1, bytes(10))
      await s3.send(new AbortMultipartUploadCommand(upload))
      await assert.rejects(part(upload, 2, bytes(10)), fails('NoSuchUpload', 404))
      const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }))
      assert.ok((Uploads ?? []).every(({ UploadId }) => UploadId !== upload.UploadId))
    })

    law('keeps versions where that is switched on', async () => {
      const { s3, Bucket } = bucket.versioned
      const Key = newKey()
      const first = await s3.send(new PutObjectCommand({ Bucket, Key, Body: bytes(10) }))
      const second = await s3.send(new PutObjectCommand({ Bucket, Key, Body: bytes(11) }))
      assert.ok(first.VersionId && second.VersionId && first.VersionId !== second.VersionId)
      const old = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId: first.VersionId, IfMatch: first.ETag }))
      assert.equal((await old.Body!.transformToByteArray()).length, 10)
      const now = await s3.send(new HeadObjectCommand({ Bucket, Key }))
      assert.deepEqual([now.VersionId, now.ContentLength], [second.VersionId, 11])
      const range = { Range: 'bytes=2-3', VersionId: first.VersionId }
      const ranged = await s3.send(new GetObjectCommand({ Bucket, Key, ...range }))
      assert.deepEqual([ranged.$metadata.httpStatusCode, ranged.ContentRange], [206, 'bytes 2-3/10'])
    })

    law('copies from an old version where it is named', async () => {
      const { s3, Bucket } = bucket.versioned
      const Key = newKey()
      const first = await s3.send(new PutObjectCommand({ Bucket, Key, Body: bytes(10) }))
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: bytes(11) }))
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
      const path = Key.split('/').map(encodeURIComponent).join('/')
      const CopySource = `${Bucket}/${path}?versionId=${first.VersionId}`
      const source = { CopySource, CopySourceIfMatch: first.ETag }
      const copied = await s3.send(new UploadPartCopyCommand({ Bucket, Key, UploadId, PartNumber: 1, ...source }))
      assert.equal(copied.CopyPartResult?.ETag, first.ETag)
      await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
    })
  })
}
