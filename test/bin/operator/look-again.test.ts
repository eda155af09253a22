import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { discardLetters, showLetters } from '../../../bin/operator/discard.ts'
import { MAX_LETTERS, namesKey, receiveLetters } from '../../../bin/operator/letters.ts'
import { printAudit } from '../../../bin/operator/print-audit.ts'
import { untilDrained } from '../../../bin/operator/queue-drained.ts'
import { redriveKey, redriveLetters, redriveRefused } from '../../../bin/operator/redrive.ts'
import { LETTER_ATTRIBUTES } from '../../../functions/shared/names.ts'
import { failure } from '../../fakes/bucket.ts'
import { broken, good, LETTERS, letterOf, operatedBucket, REPAIRS } from './operated-bucket.ts'

describe('a redrive', () => {
  it('has every key looked at again, whatever envelope its letter has, and states its outcome', async () => {
    const { bucket, queues, operated, lines, done, upload } = operatedBucket()
    for (const key of ['a b', 'gone', 'sns']) await upload(`incoming/${key}.parquet`, good, key === 'a b')
    await upload('incoming/refused.parquet', broken, false)
    bucket.delete('incoming/gone.parquet')
    queues.put(LETTERS, letterOf(bucket.name, 'incoming/a b.parquet', 'incoming/refused.parquet'))
    queues.put(LETTERS, JSON.stringify({ bucket: bucket.name, key: 'incoming/gone.parquet' }), {
      [LETTER_ATTRIBUTES.code]: 'foreign-output',
      [LETTER_ATTRIBUTES.reason]: 'in the way',
    })
    const Message = letterOf(bucket.name, 'incoming/sns.parquet')
    queues.put(LETTERS, JSON.stringify({ Type: 'Notification', MessageId: 'x', TopicArn: 't', Message }))

    assert.equal(await redriveLetters(operated, LETTERS, () => true), 0)
    assert.deepEqual(queues.bodies(LETTERS), [])
    assert.deepEqual(
      done.map(({ key, again }) => [key, again]),
      [
        ['incoming/a b.parquet', true],
        ['incoming/refused.parquet', true],
        ['incoming/gone.parquet', true],
        ['incoming/sns.parquet', true],
      ],
    )
    assert.deepEqual(lines, [
      '3 of 3 dead letters sent',
      '  enriched: incoming/a b.parquet',
      '  refused (not-parquet): incoming/refused.parquet',
      '  gone: incoming/gone.parquet',
      '  enriched: incoming/sns.parquet',
      '2 enriched, 1 refused, 1 gone, 0 failed',
    ])
  })

  it('keeps letters that it cannot send, and counts them and those that fail again', async () => {
    const { bucket, queues, operated, lines, upload } = operatedBucket()
    await upload('incoming/fails.parquet', good, false)
    queues.put(LETTERS, '{"not": "an event"}')
    queues.put(LETTERS, letterOf('another-bucket', 'incoming/x.parquet'))
    queues.put(LETTERS, letterOf(bucket.name, 'incoming/fails.parquet'))
    assert.equal(await redriveLetters(operated, LETTERS, () => true), 3)
    assert.equal(queues.bodies(LETTERS).length, 2)
    assert.match(lines.join('\n'), /left: .*message m1\n {4}not an event of S3/)
    assert.match(lines.join('\n'), /1 of 3 dead letters sent/)
    assert.match(lines.join('\n'), /1 messages are still tried again/)
    assert.match(lines.join('\n'), / {2}failed: incoming\/fails\.parquet\n0 enriched, 0 refused, 0 gone, 1 failed/)
  })

  it('takes letters of the source buckets too', async () => {
    const { queues, operated, lines, done, bucket } = operatedBucket()
    queues.put(LETTERS, letterOf('coins', 'incoming/x.parquet'))
    queues.put(LETTERS, letterOf(bucket.name, 'incoming/x.parquet'))
    const buckets = [bucket.name, 'coins']
    assert.equal(await redriveLetters({ ...operated, buckets }, LETTERS, () => true), 0)
    assert.deepEqual(
      done.map((message) => [(message as { bucket?: string }).bucket, message.key]),
      [
        ['coins', 'incoming/x.parquet'],
        [bucket.name, 'incoming/x.parquet'],
      ],
    )
    assert.match(lines.join('\n'), /s3:\/\/coins\/incoming\/x\.parquet/)
  })

  it('counts as failed an output that was right before and was not made again', async () => {
    const { bucket, queues, operated, lines, upload } = operatedBucket()
    await upload('incoming/fails.parquet', good)
    // an hour later: each look at the clock takes a second
    for (let i = 0; i < 3600; i++) bucket.now()
    queues.put(LETTERS, letterOf(bucket.name, 'incoming/fails.parquet'))
    assert.equal(await redriveLetters(operated, LETTERS, () => true), 1)
    assert.match(lines.join('\n'), / {2}failed \(not-made-again\): incoming\/fails\.parquet\n/)
  })

  it('of refused files goes past an object that somebody put there with a key of his own', async () => {
    const { bucket, operated, done, upload } = operatedBucket()
    bucket.upload('failed/a.parquet.json', good)
    bucket.encrypted.add('failed/a.parquet.json')
    await upload('incoming/b.parquet', broken)
    assert.equal(await redriveRefused(operated, undefined), 0)
    assert.deepEqual(
      done.map(({ key }) => key),
      ['incoming/b.parquet'],
    )
  })

  it('of refused files names a report that S3 denies, and goes on', async () => {
    const { bucket, operated, lines, done, upload } = operatedBucket()
    for (const name of ['a', 'b', 'c']) await upload(`incoming/${name}.parquet`, broken)
    bucket.failNext('HeadObject', 'failed/b.parquet.json', failure('Forbidden', 403))
    assert.equal(await redriveRefused(operated, undefined), 1)
    assert.deepEqual(
      done.map(({ key }) => key),
      ['incoming/a.parquet', 'incoming/c.parquet'],
    )
    assert.deepEqual(lines.slice(0, 2), [
      'left: failed/b.parquet.json cannot be read: S3 denies it',
      '2 refused files sent',
    ])
  })

  it('of refused files takes those with a code', async () => {
    const { operated, lines, done, upload } = operatedBucket()
    await upload('incoming/a.parquet', broken)
    await upload('incoming/b.parquet', good)
    assert.equal(await redriveRefused(operated, 'time'), 0)
    assert.deepEqual(done, [])
    assert.ok(lines.includes('0 refused files (time) sent; others have not-parquet'))
    assert.equal(await redriveRefused(operated, 'tmie'), 1)
    assert.equal(lines.at(-1), 'there is no code tmie; docs/file-format.md lists the codes')
    assert.equal(await redriveRefused(operated, 'not-parquet'), 0)
    assert.deepEqual(
      done.map(({ key }) => key),
      ['incoming/a.parquet'],
    )
    assert.deepEqual(lines.slice(-3), [
      '1 refused files (not-parquet) sent',
      '  refused (not-parquet): incoming/a.parquet',
      '0 enriched, 1 refused, 0 gone, 0 failed',
    ])
  })
})

describe('the dead letters', () => {
  it('are shown and discarded by key, and those of others stay', async () => {
    const { bucket, queues, operated, lines } = operatedBucket()
    for (const keys of [['incoming/a.parquet'], ['incoming/a.parquet', 'incoming/b.parquet'], ['incoming/c.parquet']])
      queues.put(LETTERS, letterOf(bucket.name, ...keys))
    queues.put(LETTERS, 'no JSON')
    await showLetters(operated, [LETTERS])
    assert.equal(lines.at(-1), '4 dead letters')
    assert.match(lines.join('\n'), /incoming\/a\.parquet, incoming\/b\.parquet\n {4}it failed for hours/)

    // half a minute later they can be seen again
    queues.now = () => Date.now() + 31_000
    await discardLetters(operated, [LETTERS], 'incoming/a.parquet')
    assert.equal(queues.bodies(LETTERS).length, 3)
    queues.now = () => Date.now() + 62_000
    await discardLetters(operated, [LETTERS], 'm4')
    assert.equal(queues.bodies(LETTERS).length, 2)
    queues.now = () => Date.now() + 93_000
    await assert.rejects(discardLetters(operated, [LETTERS], 'incoming/x.parquet'), /no dead letter names/)
  })

  it('are redriven by key; a key that none names is a failure', async () => {
    const { bucket, queues, operated, lines, done, upload } = operatedBucket()
    for (const name of ['a', 'b']) {
      await upload(`incoming/${name}.parquet`, good, false)
      queues.put(LETTERS, letterOf(bucket.name, `incoming/${name}.parquet`))
    }
    assert.equal(await redriveKey(operated, [LETTERS], 'incoming/b.parquet'), 0)
    assert.deepEqual(
      done.map(({ key }) => key),
      ['incoming/b.parquet'],
    )
    queues.now = () => Date.now() + 31_000
    assert.equal(await redriveKey(operated, [LETTERS], 'incoming/x.parquet'), 1)
    assert.equal(lines.at(-1), 'no dead letter names incoming/x.parquet')
    assert.equal(queues.bodies(LETTERS).length, 1)
  })

  it('are received up to a thousand, each once', async () => {
    const { bucket, queues, operated } = operatedBucket()
    for (let i = 0; i < MAX_LETTERS + 5; i++) queues.put(LETTERS, letterOf(bucket.name, `incoming/${i}.parquet`))
    const letters = await receiveLetters(operated.sqs, LETTERS)
    assert.equal(new Set(letters.map(({ id }) => id)).size, MAX_LETTERS)
    assert.ok(namesKey(letters[7]!, 'incoming/7.parquet'))
  })
})

describe('a queue', () => {
  it('is drained when it was empty several times in a row', async () => {
    const { queues, operated } = operatedBucket()
    const counts = [2, 0, 1, 0, 0, 0, 0]
    let polls = 0
    queues.onCount = async () => {
      queues.take(REPAIRS)
      for (let i = 0; i < counts[polls]!; i++) queues.put(REPAIRS, 'x')
      polls++
    }
    const seen: number[] = []
    const drain = { ...operated.drain, onCount: (messages: number) => seen.push(messages) }
    assert.equal(await untilDrained(queues, REPAIRS, drain), 0)
    assert.deepEqual([polls, seen], [counts.length, [2, 1]])
  })
})

describe('an audit on the command line', () => {
  it('lists wrong and refused keys, sends them and counts them', async () => {
    const { bucket, operated, queues, lines, upload } = operatedBucket()
    for (const name of ['fine', 'deleted', 'stale']) await upload(`incoming/${name}.parquet`, good)
    await upload('incoming/refused.parquet', broken)
    await upload('incoming/stale.parquet', broken, false)
    bucket.delete('enriched/deleted.parquet')
    const tally = await printAudit(operated, { repair: true })
    assert.equal(tally.unsettled, 2)
    assert.deepEqual(lines, [
      'missing: incoming/deleted.parquet',
      'refused (not-parquet): incoming/refused.parquet',
      'stale: incoming/stale.parquet',
      'AuditMissing 1, AuditStale 1, AuditOrphanedReport 0, AuditForeign 0, AuditUnreadable 0, AuditRefused 1; 1 fine',
      '  refused (not-parquet): 1',
      '2 keys sent to be looked at again',
    ])
    const sent = queues.bodies(REPAIRS).map((body) => JSON.parse(body).key)
    assert.deepEqual(sent, ['incoming/deleted.parquet', 'incoming/stale.parquet'])

    lines.length = 0
    await printAudit(operated, { json: true })
    assert.deepEqual(JSON.parse(lines[0]!), { key: 'incoming/deleted.parquet', verdict: 'missing' })
    assert.deepEqual(JSON.parse(lines.at(-1)!), {
      counts: { missing: 1, fine: 1, refused: 1, stale: 1 },
      refusedByCode: { 'not-parquet': 1 },
      repairs: 0,
    })
  })
})
