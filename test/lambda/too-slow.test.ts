import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { oneDeadlineMore, tooSlow } from '../../functions/lambda/too-slow.ts'
import type { S3Object } from '../../functions/storage/s3-client.ts'

const upload = { bucket: 'market-data', key: 'incoming/a.parquet', eTag: 'abc', size: 100 }
const time = new Date('2026-01-01T00:00:00Z')
const isTooSlow = (before: Parameters<typeof tooSlow>[0], source: S3Object) => tooSlow(before, source)?.code

describe('an upload that reaches the deadline', () => {
  it('is too slow the second time, and the reason says how often it was', () => {
    const once = oneDeadlineMore({ deadlines: 0 }, upload)
    assert.equal(once.deadlines, 1)
    assert.equal(tooSlow(once, upload), undefined)
    const refusal = tooSlow(oneDeadlineMore(once, upload), upload)
    assert.equal(refusal?.code, 'too-slow')
    assert.match(refusal.message, /, 2 times; raise the timeout/)
  })

  it('is not too slow because another upload was: of other bytes, another version or another time', () => {
    for (const [before, after] of [
      [upload, { ...upload, eTag: 'def' }],
      [
        { ...upload, versionId: 'v1' },
        { ...upload, versionId: 'v2' },
      ],
      [
        { ...upload, lastModified: time },
        { ...upload, lastModified: new Date(time.getTime() + 1000) },
      ],
    ] as const) {
      const twice = oneDeadlineMore(oneDeadlineMore({ deadlines: 0 }, before), before)
      assert.equal(isTooSlow(twice, before), 'too-slow')
      assert.equal(isTooSlow(twice, after), undefined)
      assert.equal(oneDeadlineMore(twice, after).deadlines, 1)
    }
  })
})
