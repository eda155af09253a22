import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { auditBucket } from '../../functions/bucket-audit/audit-bucket.ts'
import type { Finding } from '../../functions/bucket-audit/judge-key.ts'
import { Repairs } from '../../functions/bucket-audit/repairs.ts'
import { parseSettings } from '../../functions/lambda/function-settings.ts'
import { FakeBucket } from '../fakes/bucket.ts'
import { s3Event } from '../fakes/lambda.ts'
import { deliverAll } from '../fakes/sequences.ts'
import { barsFile, someBars } from '../parquet-files.ts'

const settings = { carry: { within: 'incoming/*/' } }
const parsed = parseSettings(settings, 1024)
const nameOf = (day: number) => `a/day ${day}.parquet`
const bars = someBars(200)

async function enrichedDays(days: number) {
  const bucket = new FakeBucket()
  let now = Date.UTC(2026, 0, 1)
  bucket.now = () => (now += 1000)
  const upload = (day: number) => {
    const file = barsFile(bars.slice(20 * day, 20 * day + 20))
    return s3Event(bucket.name, bucket.upload(`incoming/${nameOf(day)}`, file))
  }
  await deliverAll(
    bucket,
    settings,
    Array.from({ length: days }, (_, day) => upload(day)),
  )
  return { bucket, upload }
}

async function audit(bucket: FakeBucket): Promise<Finding[]> {
  const found: Finding[] = []
  for await (const finding of auditBucket({ s3: bucket, bucket: bucket.name, settings: parsed })) found.push(finding)
  return found
}

const unsettled = async (bucket: FakeBucket) =>
  (await audit(bucket)).flatMap(({ key, verdict, code }) => (verdict === 'fine' ? [] : [[key.at(-9), verdict, code]]))

describe('the audit of a sequence', () => {
  it('finds nothing where each file continues the one before, also over refused and deleted ones', async () => {
    const { bucket } = await enrichedDays(6)
    bucket.delete(`incoming/${nameOf(1)}`)
    bucket.upload(`incoming/${nameOf(3)}`, Buffer.from('no parquet'))
    await deliverAll(bucket, settings, [{ bucket: bucket.name, key: `incoming/${nameOf(3)}` }])
    assert.deepEqual(await unsettled(bucket), [['3', 'refused', 'not-parquet']])
  })

  it('finds a file that continues another one than the one before, and has the sequence looked at once', async () => {
    const { bucket } = await enrichedDays(6)
    for (const day of [1, 4]) {
      bucket.delete(`incoming/${nameOf(day)}`)
      bucket.delete(`enriched/${nameOf(day)}`)
    }
    assert.deepEqual(await unsettled(bucket), [
      ['2', 'stale', 'broken-chain'],
      ['5', 'stale', 'broken-chain'],
    ])
    const sent: object[] = []
    const repairs = new Repairs(bucket.name, parsed, async (bodies) => void sent.push(...bodies))
    for (const finding of await audit(bucket)) await repairs.add(finding)
    await repairs.flush()
    assert.deepEqual([sent.length, repairs.sent], [1, 1])
    await deliverAll(bucket, settings, sent)
    assert.deepEqual(await unsettled(bucket), [])
  })

  it('is not deceived by names of which one begins with another', async () => {
    const bucket = new FakeBucket()
    const names = ['a/x.parquet', 'a/x.parquet-2.parquet', 'a/y.parquet']
    const uploads = names.map((name, day) => {
      return s3Event(bucket.name, bucket.upload(`incoming/${name}`, barsFile(bars.slice(20 * day, 20 * day + 20))))
    })
    await deliverAll(bucket, settings, uploads)
    assert.deepEqual(await unsettled(bucket), [])
  })
})
