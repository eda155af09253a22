/** What is written is what is read. */
import assert from 'node:assert/strict'
import { bytes, crc, fails, type Law, md5, type Requests } from './requests.ts'

export function objectLaws(law: Law, { newKey, put, get, head }: Requests): void {
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

  law('gives equal bytes equal ETags, whatever is written beside them', async () => {
    const eTag = await put(newKey(), bytes(10))
    assert.equal(await put(newKey(), bytes(10), { Metadata: { a: 'b' }, ContentType: 'text/x' }), eTag)
    assert.notEqual(await put(newKey(), bytes(10, 1)), eTag)
  })

  law('answers a range with 206 and says which', async () => {
    const key = newKey()
    const eTag = await put(key, bytes(1000))
    const { answer, body } = await get(key, { Range: 'bytes=10-19', IfMatch: eTag })
    assert.deepEqual([answer.$metadata.httpStatusCode, answer.ContentRange], [206, 'bytes 10-19/1000'])
    assert.ok(Buffer.compare(body, bytes(10, 10)) === 0)
    await assert.rejects(get(key, { Range: 'bytes=1000-1001' }), fails('InvalidRange', 416))
  })

  law('answers 404 where there is no object', async () => {
    await assert.rejects(get('missing'), fails('NoSuchKey', 404))
    await assert.rejects(head('missing'), fails('NotFound', 404))
  })

  law('refuses a body that its CRC32 does not fit', async () => {
    const key = newKey()
    await put(key, bytes(10), { ChecksumCRC32: crc(bytes(10)) })
    const wrong = put(key, bytes(11), { ChecksumCRC32: crc(bytes(11), 1) })
    await assert.rejects(wrong, fails(/^(BadDigest|InvalidDigest|XAmzContentChecksumMismatch)$/, 400))
    assert.equal((await get(key)).body.length, 10)
  })

  law('refuses a body that its MD5 does not fit', async () => {
    const key = newKey()
    await put(key, bytes(10), { ContentMD5: md5(bytes(10)) })
    await assert.rejects(put(key, bytes(11), { ContentMD5: md5(bytes(10)) }), fails('BadDigest', 400))
    assert.equal((await get(key)).body.length, 10)
  })
}
