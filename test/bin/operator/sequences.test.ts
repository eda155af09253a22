import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { discardLetters, showLetters } from '../../../bin/operator/discard.ts'
import { redriveAll } from '../../../bin/operator/redrive.ts'
import { sequenceLines } from '../../../bin/operator/sequences.ts'
import { s3Event } from '../../fakes/lambda.ts'
import { deliverAll } from '../../fakes/sequences.ts'
import { barsFile, someBars } from '../../parquet-files.ts'
import { LETTERS, operatedBucket, REPAIRS } from './operated-bucket.ts'

const settings = { carry: { within: 'incoming/*/' } }
const bars = someBars(100)
const keyOf = (day: number) => `incoming/a/${day}.parquet`
const fileOf = (day: number) => barsFile(bars.slice(20 * day, 20 * day + 20))
const FAILED = 'https://sqs.example.com/1/stack-sequences-failed.fifo'

async function sequenceOf(days: number) {
  const world = operatedBucket({ settings })
  const { bucket } = world
  const upload = (day: number) => s3Event(bucket.name, bucket.upload(keyOf(day), fileOf(day)))
  await deliverAll(
    bucket,
    settings,
    Array.from({ length: days }, (_, day) => upload(day)),
  )
  return { ...world, upload }
}

describe('the status of sequences', () => {
  it('is nothing where files do not continue each other', async () => {
    assert.deepEqual(await sequenceLines(operatedBucket().operated), [])
  })

  it('counts those that are complete', async () => {
    const { operated } = await sequenceOf(3)
    assert.deepEqual(await sequenceLines(operated), ['sequences: 1, 0 behind'])
  })

  it('names the key that a sequence waits for, and why; a refused one blocks nothing', async () => {
    const { bucket, operated, upload } = await sequenceOf(2)
    bucket.upload(keyOf(2), Buffer.from('no parquet'))
    await deliverAll(bucket, settings, [{ bucket: bucket.name, key: keyOf(2) }])
    assert.deepEqual(await sequenceLines(operated), ['sequences: 1, 0 behind'])
    upload(3)
    assert.deepEqual((await sequenceLines(operated)).slice(1), [`incoming/a/ waits for ${keyOf(3)}: missing`])
    await deliverAll(bucket, settings, [{ bucket: bucket.name, key: keyOf(3) }])
    bucket.upload(keyOf(1), barsFile(someBars(30, 2)))
    assert.match((await sequenceLines(operated)).join(), /0 behind/, 'nobody has looked at it yet')
  })
})

describe('a sequence after a damaged output', () => {
  it('says how it goes on, if the file of the output is gone', async () => {
    const { bucket, operated, upload } = await sequenceOf(3)
    const damaged = keyOf(2).replace('incoming', 'enriched')
    bucket.put(damaged, fileOf(2), { ...bucket.metadataOf(damaged) })
    upload(3)
    const lines = async () => (await sequenceLines(operated)).slice(1)
    const waits = `incoming/a/ waits for ${keyOf(3)}: missing; ${damaged} passes no state on (no-state)`
    assert.deepEqual(await lines(), [waits])
    bucket.delete(keyOf(2))
    assert.deepEqual(await lines(), [`${waits}, and its file is gone: aws s3 rm "s3://${bucket.name}/${damaged}"`])
  })
})

describe('the dead letters of sequences', () => {
  it('are redriven with the others, and have the files after them verified', async () => {
    const { bucket, queues, operated, done } = await sequenceOf(2)
    const body = {
      bucket: bucket.name,
      key: keyOf(1),
      sequence: 'incoming/a/',
      advance: { isVerifying: true, hops: 3 },
    }
    queues.put(FAILED, JSON.stringify(body))
    await redriveAll(operated, { deadLetterQueueUrl: LETTERS, sequencesFailedQueueUrl: FAILED })
    assert.deepEqual(queues.bodies(FAILED), [])
    assert.deepEqual(done, [{ bucket: bucket.name, key: keyOf(1), again: true, advance: { isVerifying: true } }])
    assert.deepEqual(queues.bodies(REPAIRS), [])
  })

  it('are redriven to the last one, also if a sequence has more than SQS hands out at once', async () => {
    const { bucket, queues, operated } = await sequenceOf(2)
    const body = { bucket: bucket.name, key: keyOf(1), sequence: 'incoming/a/', advance: { hops: 3 } }
    for (let i = 0; i < 25; i++) queues.put(FAILED, JSON.stringify(body))
    await redriveAll(operated, { deadLetterQueueUrl: LETTERS, sequencesFailedQueueUrl: FAILED })
    assert.deepEqual(queues.bodies(FAILED), [])
  })

  it('are shown and discarded with the others', async () => {
    const { bucket, queues, operated, lines } = await sequenceOf(2)
    queues.put(FAILED, JSON.stringify({ bucket: bucket.name, key: keyOf(1), sequence: 'incoming/a/' }))
    await showLetters(operated, [LETTERS, FAILED])
    assert.deepEqual(lines.slice(0, 2), ['0 dead letters', 'of the sequences:'])
    assert.equal(lines.at(-1), '1 dead letters')
    queues.now = () => Date.now() + 31_000
    await discardLetters(operated, [LETTERS, FAILED], keyOf(1))
    assert.deepEqual(queues.bodies(FAILED), [])
  })
})
