/** Who may read, write and delete when several do so at once. */
import assert from 'node:assert/strict'
import { bytes, fails, type Law, type Requests } from './requests.ts'

/** @param where added to the name of each law */
export function conditionLaws(law: Law, requests: Requests, where: string): void {
  const { newKey, put, get, head, remove, ready, complete } = requests

  law(`refuses to read another content than the one asked for${where}`, async () => {
    const key = newKey()
    const eTag = await put(key, bytes(10))
    await put(key, bytes(11))
    await assert.rejects(get(key, { IfMatch: eTag }), fails('PreconditionFailed', 412))
    await assert.rejects(get(key, { IfMatch: eTag, Range: 'bytes=0-1' }), fails('PreconditionFailed', 412))
  })

  law(`creates an object only where there is none, if asked so${where}`, async () => {
    const key = newKey()
    await put(key, bytes(10), { IfNoneMatch: '*' })
    await assert.rejects(put(key, bytes(11), { IfNoneMatch: '*' }), fails('PreconditionFailed', 412))
    assert.equal((await get(key)).body.length, 10)
  })

  law(`creates an object where one was deleted, if asked so${where}`, async () => {
    const key = newKey()
    await put(key, bytes(10))
    await remove(key)
    await assert.rejects(head(key), fails('NotFound', 404))
    await put(key, bytes(11), { IfNoneMatch: '*' })
    assert.equal((await get(key)).body.length, 11)
  })

  law(`replaces an object only if it is the one that was seen, if asked so${where}`, async () => {
    const key = newKey()
    const eTag = await put(key, bytes(10))
    const second = await put(key, bytes(11), { IfMatch: eTag })
    await assert.rejects(put(key, bytes(12), { IfMatch: eTag }), fails('PreconditionFailed', 412))
    await put(key, bytes(13), { IfMatch: second })
    assert.equal((await get(key)).body.length, 13)
  })

  law(`replaces nothing where there never was an object, if asked so${where}`, async () => {
    const key = newKey()
    await assert.rejects(put(key, bytes(10), { IfMatch: '"abc"' }), fails('NoSuchKey', 404))
    await assert.rejects(head(key), fails('NotFound', 404))
  })

  law(`replaces nothing where the object was deleted, if asked so${where}`, async () => {
    const key = newKey()
    const eTag = await put(key, bytes(10))
    await remove(key)
    await assert.rejects(put(key, bytes(11), { IfMatch: eTag }), fails('NoSuchKey', 404))
    await assert.rejects(head(key), fails('NotFound', 404))
  })

  law(`deletes an object only if it is the one that was seen, if asked so${where}`, async () => {
    const key = newKey()
    const eTag = await put(key, bytes(10))
    const second = await put(key, bytes(11))
    await assert.rejects(remove(key, { IfMatch: eTag }), fails('PreconditionFailed', 412))
    assert.equal((await get(key)).body.length, 11)
    await remove(key, { IfMatch: second })
    await assert.rejects(head(key), fails('NotFound', 404))
  })

  law(`answers 404 where the object to be deleted is gone, if it is named${where}`, async () => {
    const key = newKey()
    await assert.rejects(remove(key, { IfMatch: '"abc"' }), fails('NoSuchKey', 404))
    const eTag = await put(key, bytes(10))
    await remove(key)
    await assert.rejects(remove(key, { IfMatch: eTag }), fails('NoSuchKey', 404))
  })

  const isRefused = fails(/^(PreconditionFailed|ConditionalRequestConflict)$/, 412)
  const isConflict = fails('ConditionalRequestConflict', 409)
  const oneOf = async (writes: Promise<unknown>[]) => {
    const results = await Promise.allSettled(writes)
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const result of results) {
      if (result.status === 'fulfilled') continue
      const { $metadata } = result.reason as { $metadata?: { httpStatusCode?: number } }
      ;($metadata?.httpStatusCode === 409 ? isConflict : isRefused)(result.reason)
    }
  }

  law(`lets one of several writers at the same moment create an object${where}`, async () => {
    const key = newKey()
    await oneOf([1, 2, 3, 4].map((size) => put(key, bytes(size), { IfNoneMatch: '*' })))
  })

  law(`lets one of several writers at the same moment replace an object${where}`, async () => {
    const key = newKey()
    const IfMatch = await put(key, bytes(10))
    await oneOf([1, 2, 3, 4].map((size) => put(key, bytes(size), { IfMatch })))
  })

  law(`completes an upload only where there is no object, if asked so${where}`, async () => {
    const key = newKey()
    const { upload, parts } = await ready(key, bytes(10))
    await put(key, bytes(3))
    await assert.rejects(complete(upload, parts, { IfNoneMatch: '*' }), fails('PreconditionFailed', 412))
    assert.equal((await get(key)).body.length, 3)
    const other = await ready(newKey(), bytes(10))
    await complete(other.upload, other.parts, { IfNoneMatch: '*' })
    assert.equal((await get(other.upload.Key)).body.length, 10)
  })

  law(`completes an upload only over the object that was seen, if asked so${where}`, async () => {
    const key = newKey()
    const eTag = await put(key, bytes(3))
    const { upload, parts } = await ready(key, bytes(10))
    const late = await ready(key, bytes(11))
    await complete(upload, parts, { IfMatch: eTag })
    await assert.rejects(complete(late.upload, late.parts, { IfMatch: eTag }), fails('PreconditionFailed', 412))
    assert.equal((await get(key)).body.length, 10)
  })

  law(`completes no upload where the object was deleted, if it is named${where}`, async () => {
    const key = newKey()
    const eTag = await put(key, bytes(3))
    const { upload, parts } = await ready(key, bytes(10))
    await remove(key)
    await assert.rejects(complete(upload, parts, { IfMatch: eTag }), fails('NoSuchKey', 404))
    await assert.rejects(head(key), fails('NotFound', 404))
  })

  law(`completes an upload where an object was deleted, if asked so${where}`, async () => {
    const key = newKey()
    await put(key, bytes(3))
    await remove(key)
    const { upload, parts } = await ready(key, bytes(10))
    await complete(upload, parts, { IfNoneMatch: '*' })
    assert.equal((await get(key)).body.length, 10)
  })

  law(`lets one of several uploads at the same moment create an object${where}`, async () => {
    const key = newKey()
    const uploads = await Promise.all([1, 2, 3].map((size) => ready(key, bytes(size))))
    await oneOf(uploads.map(({ upload, parts }) => complete(upload, parts, { IfNoneMatch: '*' })))
  })
}
