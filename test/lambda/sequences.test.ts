import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseSettings } from '../../functions/lambda/function-settings.ts'
import { isFromSequences, sequenceObjectKey, sequenceOf, sequencePlaceOf } from '../../functions/lambda/sequences.ts'
import { FakeBucket } from '../fakes/bucket.ts'

const settingsWith = (within: string) => parseSettings({ carry: { within } }, 1024)

describe('the sequence of a key', () => {
  it('is the folder that the pattern finds', () => {
    const settings = settingsWith('incoming/*/')
    assert.equal(sequenceOf(settings, 'incoming/a/b/1.parquet'), 'incoming/a/')
    assert.equal(sequenceOf(settings, 'incoming/1.parquet'), undefined)
    assert.equal(sequenceOf(parseSettings({}, 1024), 'incoming/a/1.parquet'), undefined)
  })

  it('has an object with its name, also where all files are one sequence', () => {
    assert.equal(sequenceObjectKey(settingsWith('incoming/*/'), 'incoming/a/'), 'sequences/a.json')
    assert.equal(sequenceObjectKey(settingsWith('incoming/'), 'incoming/'), 'sequences/all.json')
  })

  it('has the keys that are in it and not ignored', () => {
    const bucket = new FakeBucket()
    const place = { s3: bucket, bucket: bucket.name }
    const { inputs, outputs, isWanted } = sequencePlaceOf(place, settingsWith('incoming/*/'), 'incoming/a/')
    assert.deepEqual([inputs, outputs], ['incoming/a/', 'enriched/a/'])
    const wanted = ['a/1.parquet', 'a/b/1.parquet', 'a/1.txt', 'a/_1.parquet', 'b/1.parquet', '1.parquet']
    assert.deepEqual(
      wanted.filter((name) => isWanted(`incoming/${name}`)),
      ['a/1.parquet', 'a/b/1.parquet'],
    )
  })

  it('is advanced for messages of the queue of sequences', () => {
    const message = { id: 'm', receiptHandle: 'r', receiveCount: 1, firstReceived: undefined }
    const isFrom = (name: string) => isFromSequences({ ...message, queueArn: `arn:aws:sqs:us-east-1:1:${name}` })
    assert.deepEqual([isFrom('bars-sequences.fifo'), isFrom('bars-arrivals')], [true, false])
  })
})
