import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { find, findSource, isAsFound, isCurrent, remove } from '../../functions/lambda/objects.ts'
import type { Work } from '../../functions/lambda/work.ts'
import type { S3Port } from '../../functions/storage/s3-client.ts'
import { FakeBucket } from '../fakes/bucket.ts'
import { lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { barsFile, someBars } from '../parquet-files.ts'

const [KEY, OUTPUT] = ['incoming/a.parquet', 'enriched/a.parquet']
const bytes = barsFile(someBars(20))

function workOn(bucket: FakeBucket): Work {
  const keys = { input: KEY, output: OUTPUT, report: 'failed/a.parquet.json', chart: undefined, dropped: undefined }
  return { s3: bucket, bucket: bucket.name, keys } as unknown as Work
}

/** A bucket in which an output was published at this time. */
async function bucketWithOutput() {
  const bucket = new FakeBucket()
  bucket.now = () => 0
  await lambdaOn(bucket).handler(sqsEvent([s3Event(bucket.name, bucket.upload(KEY, bytes))]))
  return { bucket, work: workOn(bucket) }
}

describe('a source', () => {
  it('is the current one until its key has other contents or none', async () => {
    const bucket = new FakeBucket()
    bucket.upload(KEY, bytes)
    const work = workOn(bucket)
    const source = await findSource(work)
    assert.ok(source)
    assert.equal(await isCurrent(work, source), true)
    bucket.upload(KEY, barsFile(someBars(21)))
    assert.equal(await isCurrent(work, source), false)
    bucket.delete(KEY)
    assert.equal(await isCurrent(work, source), false)
  })

  it('is not the current one when a version with equal bytes came after it', async () => {
    const bucket = new FakeBucket({ versioned: true })
    bucket.upload(KEY, bytes)
    const work = workOn(bucket)
    const source = await findSource(work)
    assert.ok(source)
    assert.equal(await isCurrent(work, source), true)
    bucket.upload(KEY, bytes)
    assert.equal(await isCurrent(work, source), false)
  })
})

describe('an object of the function', () => {
  it('is as it was found until it is deleted', async () => {
    const { bucket, work } = await bucketWithOutput()
    const found = await find(work, 'output')
    assert.equal(await isAsFound(work, 'output', found), true)
    bucket.delete(OUTPUT)
    assert.equal(await isAsFound(work, 'output', found), false)
    assert.equal(await isAsFound(work, 'output', undefined), true)
  })

  it('is another one when equal bytes are written later', async () => {
    const { bucket, work } = await bucketWithOutput()
    const found = await find(work, 'output')
    bucket.now = () => 2000
    bucket.put(OUTPUT, bucket.bytesOf(OUTPUT)!, bucket.metadataOf(OUTPUT)!)
    assert.equal(await isAsFound(work, 'output', found), false)
  })

  it('is another one when equal bytes are written with other metadata in the same second', async () => {
    const { bucket, work } = await bucketWithOutput()
    const found = await find(work, 'output')
    bucket.put(OUTPUT, bucket.bytesOf(OUTPUT)!, { ...bucket.metadataOf(OUTPUT)!, 'settings-digest': 'another' })
    assert.equal(await isAsFound(work, 'output', found), false)
  })

  it('is another one when other bytes are written with the same metadata in the same second', async () => {
    const { bucket, work } = await bucketWithOutput()
    const found = await find(work, 'output')
    bucket.put(OUTPUT, bytes, bucket.metadataOf(OUTPUT)!)
    assert.equal(await isAsFound(work, 'output', found), false)
  })

  it('is deleted, and one of another program is not', async () => {
    const { bucket, work } = await bucketWithOutput()
    const found = await find(work, 'output')
    bucket.upload(OUTPUT, bytes)
    const foreign = await find(work, 'output')
    assert.ok(found && foreign)
    await remove(work, 'output', foreign)
    // it is not the one that was found any more
    await remove(work, 'output', found)
    assert.ok(bucket.keys.includes(OUTPUT))
    bucket.put(OUTPUT, bytes, { 'source-etag': 'abc' })
    await remove(work, 'output', { ...found, eTag: bucket.eTagOf(OUTPUT)! })
    assert.ok(!bucket.keys.includes(OUTPUT))
  })
})

describe('an object of an uploader who encrypts it with a key of their own', () => {
  it('is of another program, and none when it goes before it is listed', async () => {
    const bucket = new FakeBucket()
    bucket.upload(OUTPUT, bytes)
    bucket.encrypted.add(OUTPUT)
    const work = workOn(bucket)
    assert.deepEqual(await find(work, 'output'), {
      eTag: bucket.eTagOf(OUTPUT),
      lastModified: bucket.modifiedOf(OUTPUT),
      own: undefined,
    })
    const send = (...[command, options]: Parameters<FakeBucket['send']>) => {
      if (command.constructor.name === 'ListObjectsV2Command') bucket.delete(OUTPUT)
      return bucket.send(command, options)
    }
    assert.equal(await find({ ...work, s3: { send } as S3Port }, 'output'), undefined)
  })
})
