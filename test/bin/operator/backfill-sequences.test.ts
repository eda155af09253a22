import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runBackfill, type SfnPort } from '../../../bin/operator/backfill.ts'
import { sendSequences } from '../../../bin/operator/backfill-sequences.ts'
import { deliverAll } from '../../fakes/sequences.ts'
import { barsFile, someBars } from '../../parquet-files.ts'
import { good, operatedBucket, REPAIRS } from './operated-bucket.ts'

const settings = { carry: { within: 'incoming/*/' } }
const bars = someBars(400)
const keyOf = (sequence: string, day: number) => `incoming/${sequence}/${String(day).padStart(4, '0')}.parquet`
const fileOf = (day: number) => barsFile(bars.slice(20 * (day % 20), 20 * (day % 20) + 20))

/** A bucket with some days of each sequence, and a function that takes what is sent to the queue of repairs. */
function sequencesOf(days: Readonly<Record<string, number>>) {
  const world = operatedBucket({ settings })
  const { bucket, queues } = world
  for (const [sequence, count] of Object.entries(days)) {
    for (let day = 0; day < count; day++) bucket.upload(keyOf(sequence, day), fileOf(day))
  }
  const sent: { readonly key: string }[] = []
  const work = async () => {
    const messages = queues.take(REPAIRS).map((body) => JSON.parse(body))
    sent.push(...messages)
    await deliverAll(bucket, settings, messages)
  }
  queues.onCount = (url) => (url === REPAIRS ? work() : Promise.resolve())
  return { ...world, sent, work }
}

const NO_MACHINE: SfnPort = {
  send: () => {
    throw new Error('no execution is needed')
  },
}
const RUN = { prefix: 'incoming/', again: false, stateMachineArn: 'arn', resultsBucket: 'first-bucket', pollMs: 1 }

describe('a backfill of sequences', () => {
  it('sends the first key of each that is not done, and keys that are in none', async () => {
    const { bucket, operated, sent, lines } = sequencesOf({ a: 5, b: 3 })
    bucket.upload('incoming/alone.parquet', good)
    assert.equal(await runBackfill(operated, NO_MACHINE, { ...RUN, isNew: true }), 0)
    assert.deepEqual(sent, [
      { bucket: bucket.name, key: keyOf('a', 0), advance: { isVerifying: true } },
      { bucket: bucket.name, key: 'incoming/alone.parquet', size: good.length },
      { bucket: bucket.name, key: keyOf('b', 0), advance: { isVerifying: true } },
    ])
    assert.deepEqual(lines.slice(0, 2), [
      '2 of 2 sequences are sent from their first key that is not done on',
      '1 keys that are in no sequence are sent',
    ])
    assert.equal(lines.at(-1), '9 enriched or unchanged, 0 refused, 0 failed')
  })

  it('begins where something is missing or does not continue the file before', async () => {
    const { bucket, operated, sent, work } = sequencesOf({ a: 4, b: 4, c: 4 })
    await sendSequences(operated, { prefix: 'incoming/', isNew: true })
    await work()
    sent.splice(0)
    bucket.delete(keyOf('a', 2).replace('incoming', 'enriched'))
    // the first one is there, but its output is not that of the first file of a sequence
    const other = 'enriched/b/0000.parquet'
    bucket.metadataOf(other)!['continues-from'] = 'something else'
    assert.deepEqual(await sendSequences(operated, { prefix: 'incoming/', isNew: false }), {
      sequences: 3,
      behind: 2,
      others: 0,
    })
    await work()
    assert.deepEqual(
      sent.map(({ key }) => key),
      [keyOf('a', 2), keyOf('b', 0)],
    )
    assert.equal(bucket.metadataOf(other)!['continues-from'], 'nothing')
  })

  it('of a part of a sequence begins there', async () => {
    const { operated, sent, work } = sequencesOf({ a: 12 })
    const counts = await sendSequences(operated, { prefix: 'incoming/a/001', isNew: false })
    await work()
    assert.deepEqual(counts, { sequences: 1, behind: 1, others: 0 })
    assert.deepEqual([sent.length, sent[0]!.key], [1, keyOf('a', 10)])
  })

  it('lists a sequence no further than it has to', async () => {
    const { bucket, operated } = sequencesOf({})
    for (let i = 0; i < 2_500; i++) bucket.upload(keyOf('a', i), good)
    bucket.upload(keyOf('b', 0), good)
    assert.equal((await sendSequences(operated, { prefix: 'incoming/', isNew: true })).sequences, 2)
    assert.deepEqual(
      bucket.requests.map(({ name }) => name),
      ['ListObjectsV2', 'ListObjectsV2'],
    )
  })
})
