import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { continueAt, continueLater } from '../../functions/lambda/continue-sequence.ts'
import type { Dependencies, Invocation } from '../../functions/lambda/dependencies.ts'
import type { Hint } from '../../functions/lambda/hints.ts'
import type { SequenceBatch } from '../../functions/lambda/sequence-batch.ts'
import { advancedBy, hintAbout } from '../fakes/hints.ts'

const KEY = 'incoming/a/1.parquet'

/** The end of a batch that came to KEY, and what is sent for it. */
function stop(more: Partial<Hint>) {
  const hint = hintAbout(KEY, more)
  const batch: SequenceBatch = {
    bucket: 'bars',
    sequence: 'incoming/a/',
    hints: [hint],
    receiveCount: 1,
    isRetried: false,
    since: undefined,
    firstReceived: 0,
  }
  const sent: string[] = []
  const queue = {
    send: async (queue: string, { deferrals }: { deferrals?: number }) => {
      sent.push(`${queue} ${deferrals}`)
    },
    sendInGroup: async (_: string, { advance }: { advance?: { hops: number } }) => {
      sent.push(`sequence ${advance?.hops}`)
    },
    giveUp: async (_: string, { code }: { code: string }) => {
      sent.push(code)
    },
  }
  const dependencies = { queue } as unknown as Dependencies
  const invocation = { requestId: 'r', deadline: AbortSignal.timeout(60_000) } as Partial<Invocation> as Invocation
  const place = { batch, key: KEY, due: [hint] }
  return {
    sent,
    now: () => continueAt(place, dependencies, invocation),
    later: () => continueLater(place, 'it keeps changing', dependencies, invocation),
  }
}

describe('the work on a sequence', () => {
  it('is continued by at most a thousand messages, and is a dead letter then', async () => {
    for (const [hops, expected] of [
      [0, 'sequence 1'],
      [999, 'sequence 1000'],
      [1000, 'too-many-hops'],
    ] as const) {
      const { now, sent } = stop({ advance: advancedBy({ hops }) })
      await now()
      assert.deepEqual(sent, [expected])
    }
  })

  it('waits ten times for an object that keeps changing, and fails then', async () => {
    const { later, sent } = stop({ deferrals: 9 })
    await later()
    assert.deepEqual(sent, ['arrivals 10'])
    await assert.rejects(stop({ deferrals: 10 }).later(), { key: KEY, message: `${KEY} failed` })
  })
})
