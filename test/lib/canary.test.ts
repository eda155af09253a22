import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Context } from 'aws-lambda'
import { createCanary } from '../../functions/canary/handler.ts'
import type { FileRecord } from '../../functions/lambda/telemetry.ts'
import type { S3Port } from '../../functions/storage/s3-client.ts'
import { FakeBucket } from '../fakes/bucket.ts'
import { lambdaOn } from '../fakes/lambda.ts'
import { readRows, SETTINGS } from '../parquet-files.ts'

const bars = new Uint8Array(readFileSync(new URL('../../functions/canary/bars.parquet', import.meta.url)))

/** A canary over a bucket in which `onDrop` plays the function. */
function canaryOver(onDrop: (bucket: FakeBucket, key: string) => Promise<unknown>, remainingMs = 60_000) {
  const bucket = new FakeBucket()
  const send = async (command: { input: { Key: string } }, options: object) => {
    const answer = await (bucket.send as (command: object, options: object) => Promise<unknown>)(command, options)
    if (command.constructor.name === 'PutObjectCommand') await onDrop(bucket, command.input.Key)
    return answer
  }
  let successes = 0
  const endsAt = Date.now() + remainingMs
  const canary = createCanary({
    s3: { send } as unknown as S3Port,
    bucket: bucket.name,
    settings: SETTINGS,
    bars,
    succeeded: () => {
      successes++
    },
  })
  const context = { getRemainingTimeInMillis: () => endsAt - Date.now() } as Context
  return { bucket, run: () => canary({}, context), successes: () => successes }
}

describe('the canary', () => {
  it('passes when its file comes out as it should, and cleans up', async () => {
    const lambda: { files?: FileRecord[]; notices?: unknown[] } = {}
    // its columns are its own, whatever those of the market files are called
    const settings = { columns: { close: 'Last' } }
    const { bucket, run, successes } = canaryOver((bucket, key) => {
      const { handler, files, notices } = lambdaOn(bucket, { settings, announce: true })
      Object.assign(lambda, { files, notices })
      return handler({ bucket: bucket.name, key })
    })
    const { waitedMs } = await run()
    assert.ok(waitedMs >= 0)
    assert.deepEqual([successes(), lambda.files?.[0]?.outcome, lambda.notices], [1, 'enriched', []])
    assert.deepEqual(bucket.keys, [])
  })

  it('fails when another file comes out', async () => {
    const settings = { keep: 'last', supertrends: [{ period: 2 }] } as const
    const { bucket, run } = canaryOver((bucket, key) =>
      lambdaOn(bucket, { settings: { ...settings, supertrends: [...settings.supertrends] } }).handler({
        bucket: bucket.name,
        key,
      }),
    )
    await assert.rejects(run(), /canary\/enriched\/bars\.parquet is not what is expected/)
    assert.deepEqual(bucket.keys, [])
  })

  it('fails when nothing comes out, also when something was left from before', async () => {
    const { bucket, run } = canaryOver(async () => {}, 6_500)
    bucket.upload('canary/enriched/bars.parquet', bars)
    await assert.rejects(run(), /canary\/incoming\/bars\.parquet was not enriched within \d+ s/)
    assert.deepEqual(bucket.keys, [])
  })

  it('uploads bars that there are', async () => {
    assert.equal((await readRows(bars)).length, 40)
  })
})
