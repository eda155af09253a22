import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contentIn, SequenceObject } from '../../functions/lambda/sequence-object.ts'
import { FakeBucket } from '../fakes/bucket.ts'

const KEY = 'sequences/a.json'

/** The object of a worker that has just read it. */
async function read(bucket: FakeBucket): Promise<SequenceObject> {
  const object = new SequenceObject({ s3: bucket, bucket: bucket.name }, KEY, 'incoming/a/')
  await object.read()
  return object
}

const stated = (bucket: FakeBucket) => JSON.parse(Buffer.from(bucket.bytesOf(KEY)!).toString())
const writes = (bucket: FakeBucket) => bucket.requests.filter(({ name }) => name === 'PutObject').length

/** A bucket whose object says that all keys up to this one are complete. */
async function completeThrough(key: string): Promise<FakeBucket> {
  const bucket = new FakeBucket()
  await (await read(bucket)).workedTo(undefined, key, true)
  bucket.requests.length = 0
  return bucket
}

describe('the object of a sequence', () => {
  it('says how far the first work came', async () => {
    const bucket = new FakeBucket()
    const object = await read(bucket)
    await object.workFrom(undefined)
    assert.equal(bucket.bytesOf(KEY), undefined)
    await object.workedTo(undefined, 'c', true)
    assert.deepEqual(stated(bucket), { sequence: 'incoming/a/', completeThrough: 'c' })
  })

  it('names the file before the one that is written, if it named a later one', async () => {
    for (const [before, says, count] of [
      [undefined, null, 1],
      ['b', 'b', 1],
      ['c', 'c', 0],
      ['d', 'c', 0],
    ] as const) {
      const bucket = await completeThrough('c')
      await (await read(bucket)).workFrom(before)
      assert.deepEqual([stated(bucket).completeThrough, writes(bucket)], [says, count], `before is ${before}`)
    }
  })

  it('says that the keys after one continue it, up to the one that it names', async () => {
    const object = await read(await completeThrough('c'))
    assert.deepEqual(
      ['b', 'c', 'd'].map((key) => object.isKnownAfter(key)),
      [true, true, false],
    )
    assert.equal((await read(new FakeBucket())).isKnownAfter('a'), false)
  })

  it('names the last key again when a repair in the middle is whole', async () => {
    const bucket = await completeThrough('d')
    const object = await read(bucket)
    await object.workFrom('a')
    await object.workedTo('a', 'b', true)
    assert.equal(stated(bucket).completeThrough, 'd')
  })

  it('names the key that was reached when the work went further, or is not whole', async () => {
    for (const [reached, isWhole, says] of [
      ['e', true, 'e'],
      ['e', false, 'e'],
      ['d', true, 'd'],
      ['b', false, 'b'],
    ] as const) {
      const bucket = await completeThrough('d')
      await (await read(bucket)).workedTo('a', reached, isWhole)
      assert.equal(stated(bucket).completeThrough, says)
    }
  })

  it('still names the file before a repair that is owed, whatever was done after it', async () => {
    for (const [before, says] of [
      ['b', 'a'],
      ['a', 'e'],
    ] as const) {
      const bucket = await completeThrough('a')
      await (await read(bucket)).workedTo(before, 'e', true)
      assert.equal(stated(bucket).completeThrough, says)
    }
  })

  it('is not written when it says so already', async () => {
    const bucket = await completeThrough('c')
    await (await read(bucket)).workedTo('b', 'c', true)
    assert.equal(writes(bucket), 0)
  })

  it('is not written over that of another worker', async () => {
    const bucket = await completeThrough('c')
    const [one, other] = [await read(bucket), await read(bucket)]
    await one.workedTo('c', 'd', true)
    await one.workedTo('d', 'e', true)
    await assert.rejects(other.workedTo('c', 'd', true), { message: `${KEY} was written by another worker` })
    assert.equal(stated(bucket).completeThrough, 'e')
    // both have found none
    const empty = new FakeBucket()
    const [first, second] = [await read(empty), await read(empty)]
    await first.workedTo(undefined, 'a', true)
    await assert.rejects(second.workedTo(undefined, 'b', true), /was written by another worker/)
  })

  it('counts the attempts on an upload, until it is done', async () => {
    const bucket = await completeThrough('c')
    const attempts = async (key: string, upload: string) => (await read(bucket)).attempt(key, upload)
    assert.deepEqual([await attempts('d', 'one'), await attempts('d', 'one'), await attempts('d', 'one')], [0, 1, 2])
    const attempt = { key: 'd', upload: 'one', count: 3 }
    assert.deepEqual(stated(bucket), { sequence: 'incoming/a/', completeThrough: 'c', attempt })
    await (await read(bucket)).workedTo('b', 'c', true)
    assert.equal(await attempts('d', 'one'), 3, 'the file was not reached')
    assert.equal(await attempts('d', 'other'), 0)
    assert.equal(await attempts('e', 'other'), 0)
    await (await read(bucket)).workedTo('c', 'e', true)
    assert.deepEqual(stated(bucket), { sequence: 'incoming/a/', completeThrough: 'e' })
    assert.equal(await attempts('e', 'other'), 0)
    const empty = new FakeBucket()
    await (await read(empty)).attempt('a', 'one')
    assert.equal(stated(empty).completeThrough, null)
  })

  it('says nothing when another program wrote it', () => {
    const said = (text: string) => contentIn(Buffer.from(text))
    assert.deepEqual(said('no JSON'), { sequence: undefined, completeThrough: '', attempt: undefined })
    const attempt = undefined
    assert.deepEqual(said('{"sequence":"s","completeThrough":3}'), { sequence: 's', completeThrough: '', attempt })
    assert.deepEqual(said('{"sequence":"s","completeThrough":"k"}'), { sequence: 's', completeThrough: 'k', attempt })
  })
})
