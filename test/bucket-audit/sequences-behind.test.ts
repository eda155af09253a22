import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Tally } from '../../functions/bucket-audit/audit-event.ts'
import { auditMeasures } from '../../functions/bucket-audit/handler.ts'
import type { Verdict } from '../../functions/bucket-audit/judge-key.ts'

const finding = (sequence: string | undefined, key: string, verdict: Verdict) => ({ sequence, key, verdict })

describe('sequences behind', () => {
  it('are counted once each, with the first key that is not done, also over several invocations', () => {
    const first = new Tally()
    first.add(finding('in/a/', 'in/a/1', 'fine'))
    first.add(finding('in/a/', 'in/a/2', 'stale'))
    first.add(finding('in/a/', 'in/a/3', 'missing'))
    first.add(finding('in/b/', 'in/b/1', 'refused'))
    first.add(finding(undefined, 'in/c', 'missing'))
    const next = new Tally(JSON.parse(JSON.stringify(first)))
    next.add(finding('in/a/', 'in/a/4', 'missing'))
    next.add(finding('in/d/', 'in/d/1', 'unreadable'))
    assert.deepEqual(next.behind, {
      count: 2,
      named: [
        { sequence: 'in/a/', key: 'in/a/2' },
        { sequence: 'in/d/', key: 'in/d/1' },
      ],
      last: 'in/d/',
    })
  })

  it('are named as far as an event has room', () => {
    const tally = new Tally()
    for (let i = 0; i < 1000; i++) tally.add(finding(`in/${i}/`, `in/${i}/1`, 'missing'))
    assert.deepEqual([tally.behind.count, tally.behind.named.length], [1000, 20])
  })

  it('have a metric only where files continue each other', () => {
    const result = { mode: 'all', counts: {}, refusedByCode: {}, repairs: 0, isComplete: true } as const
    const measured = (behind?: Tally['behind']) => new Map(auditMeasures({ ...result, behind })).get('SequencesBehind')
    assert.deepEqual([measured(), measured({ count: 3, named: [] })], [undefined, 3])
  })
})
