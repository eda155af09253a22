import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseSettings } from '../../functions/lambda/function-settings.ts'
import { Neighbours } from '../../functions/lambda/neighbours.ts'
import { sequencePlaceOf } from '../../functions/lambda/sequences.ts'
import { linksBefore, walkBack } from '../../functions/lambda/walk-back.ts'
import { FakeBucket } from '../fakes/bucket.ts'
import { s3Event } from '../fakes/lambda.ts'
import { deliverAll } from '../fakes/sequences.ts'
import { barsFile, someBars } from '../parquet-files.ts'

const CARRY = { carry: { within: 'incoming/*/' } } as const
const keyOf = (day: number) => `incoming/a/${day}.parquet`
const outputOf = (day: number) => `enriched/a/${day}.parquet`
const fileOf = (day: number, seed = 1) =>
  barsFile(someBars(20, seed).map((bar) => ({ ...bar, time: bar.time + day * 86_400_000 })))

/** A sequence whose first days are enriched. */
async function enriched(days: number) {
  const bucket = new FakeBucket()
  const events = Array.from({ length: days }, (_, day) => s3Event(bucket.name, bucket.upload(keyOf(day), fileOf(day))))
  await deliverAll(bucket, CARRY, events)
  return bucket
}

function parts(bucket: FakeBucket, more: object = {}) {
  const settings = parseSettings({ ...CARRY, ...more }, 1024)
  const place = { s3: bucket, bucket: bucket.name }
  return [place, settings, new Neighbours(sequencePlaceOf(place, settings, 'incoming/a/'))] as const
}

interface Limits {
  readonly since?: number
  readonly isOver?: () => boolean
  readonly settings?: object
}

/** @returns the key at which the work begins, the output that it continues, and the keys that were looked at */
async function begin(bucket: FakeBucket, day: number, { since, isOver = () => false, settings }: Limits = {}) {
  const found = await walkBack(...parts(bucket, settings), keyOf(day), { since, isOver })
  const { key, after, steps, isUnfinished } = found
  return [key, after?.output, steps, ...(isUnfinished ? ['unfinished'] : [])]
}

describe('the walk back from a key of a sequence', () => {
  it('ends at the nearest key that is published', async () => {
    const bucket = await enriched(3)
    assert.deepEqual(await begin(bucket, 3), [keyOf(3), outputOf(2), 1])
    assert.deepEqual(await begin(bucket, 1), [keyOf(1), outputOf(0), 1])
    assert.deepEqual(await begin(bucket, 0), [keyOf(0), undefined, 0])
  })

  it('goes over keys that are new, replaced or refused', async () => {
    const bucket = await enriched(2)
    for (const day of [2, 3]) bucket.upload(keyOf(day), fileOf(day))
    assert.deepEqual(await begin(bucket, 4), [keyOf(2), outputOf(1), 3])
    bucket.upload(keyOf(1), fileOf(1, 2))
    assert.deepEqual(await begin(bucket, 4), [keyOf(1), outputOf(0), 4])
    await deliverAll(bucket, CARRY, [s3Event(bucket.name, bucket.upload(keyOf(1), new Uint8Array(20)))])
    assert.ok(bucket.keys.includes('failed/a/1.parquet.json'))
    assert.deepEqual((await begin(bucket, 2)).slice(0, 2), [keyOf(1), outputOf(0)])
  })

  it('goes over a key that has a report beside its output', async () => {
    const bucket = await enriched(2)
    bucket.put('failed/a/1.parquet.json', Buffer.from('{}'), { ...bucket.metadataOf(outputOf(1)), code: 'too-slow' })
    assert.deepEqual((await begin(bucket, 2)).slice(0, 2), [keyOf(1), outputOf(0)])
  })

  it('goes over all keys when the settings have changed', async () => {
    const bucket = await enriched(3)
    const settings = { supertrends: [{ period: 7 }] }
    assert.deepEqual(await begin(bucket, 3, { settings }), [keyOf(0), undefined, 3])
  })

  it('ends at the output of a deleted file, also when other settings made it', async () => {
    const bucket = await enriched(3)
    bucket.delete(keyOf(2))
    assert.deepEqual(await begin(bucket, 3), [keyOf(3), outputOf(2), 1])
    // nothing makes the output of day 2 again: the file after it is refused, and does not start again
    const other = { settings: { supertrends: [{ period: 7 }] } }
    assert.deepEqual(await begin(bucket, 3, other), [keyOf(3), outputOf(2), 1])
    bucket.delete(outputOf(2))
    assert.deepEqual(await begin(bucket, 3), [keyOf(3), outputOf(1), 1])
  })

  it('goes over outputs that were written since the message came first', async () => {
    const bucket = await enriched(3)
    assert.deepEqual(await begin(bucket, 2, { since: 1 }), [keyOf(0), undefined, 2])
    assert.deepEqual(await begin(bucket, 2, { since: Date.now() + 3_600_000 }), [keyOf(2), outputOf(1), 1])
  })

  it('stops when its time is over, but not before it has come to another key', async () => {
    const bucket = await enriched(1)
    for (const day of [1, 2, 3]) bucket.upload(keyOf(day), fileOf(day))
    const isOver = () => true
    assert.deepEqual(await begin(bucket, 4, { isOver }), [keyOf(3), undefined, 1, 'unfinished'])
    assert.deepEqual(await begin(bucket, 1, { isOver }), [keyOf(1), outputOf(0), 1])
  })
})

describe('the enriched files before a key', () => {
  it('are those that the sequence continues from, the newest first', async () => {
    const bucket = await enriched(4)
    bucket.delete(keyOf(2))
    bucket.upload(keyOf(1), fileOf(1, 2))
    const outputs: string[] = []
    for await (const { output } of linksBefore(...parts(bucket), keyOf(4))) outputs.push(output)
    assert.deepEqual(outputs, [3, 2, 0].map(outputOf))
  })
})
