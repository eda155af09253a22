import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { untilDrained } from '../../../bin/operator/queue-drained.ts'
import { sequenceWatch } from '../../../bin/operator/sequence-watch.ts'
import { FakeQueues } from '../../fakes/queues.ts'
import { operatedBucket } from './operated-bucket.ts'

const QUEUE = 'https://sqs.example.com/1/stack-sequences.fifo'

describe('the wait for sequences', () => {
  it('sees that one comes further', async () => {
    const { bucket, operated } = operatedBucket({ settings: { carry: { within: 'incoming/*/' } } })
    const advance = (name: string) => bucket.upload(`sequences/${name}.json`, Buffer.from('{}'))
    advance('b')
    const hasMoved = await sequenceWatch(operated)
    assert.equal(await hasMoved(), false)
    advance('a')
    assert.deepEqual([await hasMoved(), await hasMoved()], [true, false])
  })

  it('goes on with as many messages as before, as long as something moves', async () => {
    const queues = new FakeQueues()
    queues.put(QUEUE, 'of a sequence')
    let asked = 0
    const hasMoved = async () => {
      asked++
      if (asked === 3) queues.take(QUEUE)
      return true
    }
    assert.equal(await untilDrained(queues, QUEUE, { pollMs: 1, stuckMs: 0, hasMoved }), 0)
    assert.equal(asked, 3)
    queues.put(QUEUE, 'of a sequence')
    assert.equal(await untilDrained(queues, QUEUE, { pollMs: 1, stuckMs: 0, hasMoved: async () => false }), 1)
  })
})
