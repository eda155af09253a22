import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseSettings } from '../../functions/lambda/function-settings.ts'
import { settingsDigest } from '../../functions/lambda/identity.ts'
import { FakeBucket } from '../fakes/bucket.ts'
import { faultyPages, flipped, miscoded } from '../fakes/faulty-pages.ts'
import { lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { barsFile, SETTINGS, someBars } from '../parquet-files.ts'
import { quickOrThorough } from '../thorough.ts'

const bars = someBars(500)
const FILES = {
  'a small file': barsFile(bars),
  duplicates: barsFile([...bars, ...bars.slice(-40)]),
  'a file that S3 copies': barsFile(someBars(120_000), { codec: 'UNCOMPRESSED' }),
}

describe('readBack in the function', () => {
  for (const [what, input] of Object.entries(FILES)) {
    // each fault with one file more than there are faults
    const faults = Object.entries({ flipped, miscoded })
    const few = faults.slice(0, what === 'duplicates' ? 2 : 1)
    for (const [how, change] of quickOrThorough(few, faults)) {
      it(`publishes nothing when the output differs from the computed values, and comes again: ${what}, ${how}`, async () => {
        const bucket = new FakeBucket()
        const settings = { readBack: 'on', codec: 'UNCOMPRESSED', chartPrefix: 'charts/' } as const
        const lambda = lambdaOn(bucket, { settings, newPages: faultyPages(3, change), announce: true })
        const event = s3Event(bucket.name, bucket.upload('incoming/bars.parquet', input))
        const answer = await lambda.handler(sqsEvent([event]))
        assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: 'm0' }] })
        assert.deepEqual(bucket.keys, ['incoming/bars.parquet'])
        assert.deepEqual([lambda.deadLetters, lambda.notices], [[], []])
        assert.equal(lambda.retries.length, 1)
        const [file] = lambda.files
        assert.ok(file?.outcome === 'failed' && file.error instanceof Error)
        assert.match(file.error.message, /^the new column "st_trend_segment" does not read back as computed: /)
        assert.deepEqual(bucket.uploadsUnderWay, [])

        const healthy = lambdaOn(bucket, { settings })
        assert.deepEqual(await healthy.handler(sqsEvent([event])), { batchItemFailures: [] })
        assert.ok(bucket.bytesOf('enriched/bars.parquet'))
      })
    }
  }

  it('fails the invocation when there is no message to come again', async () => {
    const bucket = new FakeBucket()
    const lambda = lambdaOn(bucket, {
      settings: { readBack: 1, codec: 'UNCOMPRESSED' },
      newPages: faultyPages(0, flipped),
    })
    const event = s3Event(bucket.name, bucket.upload('incoming/bars.parquet', FILES['a small file']))
    await assert.rejects(lambda.handler(event), { name: 'ReadBackError' })
  })

  it('is off, on, or a share', () => {
    const parsed = [undefined, 'off', 'on', 0, 0.25, 1].map(
      (readBack) => parseSettings(readBack === undefined ? {} : { readBack }, 1024).enrich.readBack,
    )
    assert.deepEqual(parsed.slice(1), [0, 1, 0, 0.25, 1])
    assert.ok(parsed[0]! > 0 && parsed[0]! < 1)
    for (const readBack of ['yes', 1.5, -1, true]) {
      assert.throws(
        () => parseSettings({ readBack }, 1024),
        /readBack: allowed are "off", "on", or a number from 0 to 1/,
      )
    }
  })

  it('makes no other file, so that a file need not be enriched again when it changes', () => {
    assert.equal(settingsDigest({ ...SETTINGS, readBack: 0 }), settingsDigest({ ...SETTINGS, readBack: 1 }))
  })
})
