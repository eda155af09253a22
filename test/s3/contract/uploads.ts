/** Objects that are put together from parts, uploaded and copied ones. */
import assert from 'node:assert/strict'
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { bytes, crc, fails, type Law, MIN_PART_BYTES, md5, type Requests } from './requests.ts'

export function uploadLaws(law: Law, { bucket, newKey, put, get, head, start, part, copy, complete }: Requests): void {
  const CRC32 = { ChecksumAlgorithm: 'CRC32' }

  law('puts parts together, uploaded and copied ones, with metadata', async () => {
    const [key, source] = [newKey(), newKey()]
    const CopySourceIfMatch = await put(source, bytes(MIN_PART_BYTES + 10))
    const upload = await start(key, { Metadata: { 'source-etag': 'abc' }, ContentType: 'text/x' })
    const { ETag } = await copy(upload, 1, source, { CopySourceIfMatch })
    const added = await part(upload, 2, bytes(5), { ContentMD5: md5(bytes(5)) })
    await complete(upload, [
      { PartNumber: 1, ETag },
      { PartNumber: 2, ETag: added.ETag },
    ])
    const { answer, body } = await get(key)
    assert.ok(Buffer.compare(body, Buffer.concat([bytes(MIN_PART_BYTES + 10), bytes(5)])) === 0)
    assert.deepEqual([answer.Metadata, answer.ContentType], [{ 'source-etag': 'abc' }, 'text/x'])
  })

  law('copies ranges of an object', async () => {
    const [key, source] = [newKey(), newKey()]
    const body = bytes(2 * MIN_PART_BYTES + 10)
    const CopySourceIfMatch = await put(source, body)
    const upload = await start(key)
    const border = MIN_PART_BYTES + 3
    const range = (from: number, to: number) => ({ CopySourceIfMatch, CopySourceRange: `bytes=${from}-${to - 1}` })
    const parts = [
      await copy(upload, 1, source, range(0, border)),
      await copy(upload, 2, source, range(border, body.length)),
    ]
    await complete(
      upload,
      parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })),
    )
    assert.ok(Buffer.compare((await get(key)).body, body) === 0)
  })

  law('refuses to copy from another content than the one asked for', async () => {
    const source = newKey()
    const CopySourceIfMatch = await put(source, bytes(10))
    await put(source, bytes(11))
    const upload = await start(newKey())
    await assert.rejects(copy(upload, 1, source, { CopySourceIfMatch }), fails('PreconditionFailed', 412))
  })

  law('answers 404 where there is nothing to copy from', async () => {
    const upload = await start(newKey())
    await assert.rejects(copy(upload, 1, newKey(), { CopySourceIfMatch: '"abc"' }), fails('NoSuchKey', 404))
  })

  law('refuses a part that its MD5 does not fit', async () => {
    const upload = await start(newKey())
    await assert.rejects(part(upload, 1, bytes(10), { ContentMD5: md5(bytes(11)) }), fails('BadDigest', 400))
  })

  law('refuses a part with a checksum in an upload without an algorithm', async () => {
    const upload = await start(newKey())
    await assert.rejects(part(upload, 1, bytes(10), CRC32), fails('InvalidRequest', 400))
  })

  law('refuses a part without a checksum in an upload with an algorithm', async () => {
    const upload = await start(newKey(), CRC32)
    await assert.rejects(part(upload, 1, bytes(10)), fails('InvalidRequest', 400))
  })

  law('refuses a part that its checksum does not fit', async () => {
    const upload = await start(newKey(), CRC32)
    const wrong = part(upload, 1, bytes(10), { ChecksumCRC32: crc(bytes(10), 1) })
    await assert.rejects(wrong, fails(/^(BadDigest|InvalidDigest|XAmzContentChecksumMismatch)$/, 400))
  })

  law('computes the checksums of copied parts in an upload with an algorithm', async () => {
    const [key, source] = [newKey(), newKey()]
    await put(source, bytes(MIN_PART_BYTES))
    const upload = await start(key, CRC32)
    const parts = [await copy(upload, 1, source), await part(upload, 2, bytes(5), CRC32)]
    assert.deepEqual(
      parts.map(({ ChecksumCRC32 }) => ChecksumCRC32),
      [crc(bytes(MIN_PART_BYTES)), crc(bytes(5))],
    )
    await complete(upload, parts)
    assert.equal((await head(key)).ContentLength, MIN_PART_BYTES + 5)
  })

  law('wants the checksums again at the end of an upload with an algorithm', async () => {
    const upload = await start(newKey(), CRC32)
    const { PartNumber, ETag } = await part(upload, 1, bytes(10), CRC32)
    await assert.rejects(complete(upload, [{ PartNumber, ETag }]), fails('InvalidRequest', 400))
    const wrong = { PartNumber, ETag, ChecksumCRC32: crc(bytes(10), 1) }
    await assert.rejects(complete(upload, [wrong]), fails('InvalidPart', 400))
  })

  law('refuses a part that is too small, unless it is the last', async () => {
    const upload = await start(newKey())
    const parts = [await part(upload, 1, bytes(10)), await part(upload, 2, bytes(10))]
    await assert.rejects(complete(upload, parts), fails('EntityTooSmall', 400))
  })

  law('knows nothing of an upload that was given up', async () => {
    const { s3, Bucket } = bucket()
    const upload = await start(newKey())
    const first = await part(upload, 1, bytes(10))
    await s3.send(new AbortMultipartUploadCommand(upload))
    await assert.rejects(part(upload, 2, bytes(10)), fails('NoSuchUpload', 404))
    await assert.rejects(complete(upload, [first]), fails('NoSuchUpload', 404))
    const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }))
    assert.ok((Uploads ?? []).every(({ UploadId }) => UploadId !== upload.UploadId))
  })
}
