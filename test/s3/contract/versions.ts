/** What a bucket does that keeps versions; the conditions on writes hold there too. */
import assert from 'node:assert/strict'
import { bytes, fails, type Law, type Requests } from './requests.ts'

export function versionLaws(law: Law, { newKey, put, get, head, remove, start, copy }: Requests): void {
  /** Writes two contents. @returns the version of the first, and its ETag */
  const replaced = async (key: string) => {
    const eTag = await put(key, bytes(10))
    const { VersionId } = await head(key)
    await put(key, bytes(11))
    return { VersionId, eTag }
  }

  law('keeps versions where that is switched on', async () => {
    const key = newKey()
    const { VersionId, eTag } = await replaced(key)
    const now = await head(key)
    assert.ok(VersionId && now.VersionId && now.VersionId !== VersionId)
    assert.equal(now.ContentLength, 11)
    assert.equal((await get(key, { VersionId, IfMatch: eTag })).body.length, 10)
    const { answer } = await get(key, { VersionId, Range: 'bytes=2-3' })
    assert.deepEqual([answer.$metadata.httpStatusCode, answer.ContentRange], [206, 'bytes 2-3/10'])
  })

  law('hides a deleted object and keeps its versions', async () => {
    const key = newKey()
    const { VersionId } = await replaced(key)
    await remove(key)
    await assert.rejects(head(key), fails('NotFound', 404))
    await assert.rejects(get(key), fails('NoSuchKey', 404))
    assert.equal((await get(key, { VersionId })).body.length, 10)
  })

  law('copies from an old version where it is named', async () => {
    const key = newKey()
    const { VersionId, eTag } = await replaced(key)
    const upload = await start(key)
    const { ETag } = await copy(upload, 1, `${key}?versionId=${VersionId}`, { CopySourceIfMatch: eTag })
    assert.equal(ETag, eTag)
  })
}
