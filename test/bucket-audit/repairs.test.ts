import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Finding } from '../../functions/bucket-audit/judge-key.ts'
import { Repairs } from '../../functions/bucket-audit/repairs.ts'
import { parseSettings } from '../../functions/lambda/function-settings.ts'

const settings = parseSettings({ carry: { within: 'incoming/*/' } }, 1024)

async function sentFor(findings: readonly (readonly [key: string, verdict: Finding['verdict']])[]) {
  const sent: string[] = []
  const repairs = new Repairs('bars', settings, async (bodies) => {
    sent.push(...bodies.map((body) => (body as { key: string }).key.slice('incoming/'.length)))
  })
  for (const [key, verdict] of findings) await repairs.add({ key: `incoming/${key}`, verdict })
  await repairs.flush()
  return sent
}

describe('the repairs of an audit', () => {
  it('are one key of each sequence, which has those after it looked at, and each key that is in none', async () => {
    const sent = await sentFor([
      ['a/0', 'fine'],
      ['a/1', 'stale'],
      ['a/2', 'missing'],
      ['b/0', 'missing'],
      ['c', 'missing'],
      ['d', 'stale'],
    ])
    assert.deepEqual(sent, ['a/1', 'b/0', 'c', 'd'])
  })

  it('are each report without a file, too: no listing of a sequence has it', async () => {
    const sent = await sentFor([
      ['a/1', 'orphaned-report'],
      ['a/2', 'stale'],
      ['a/3', 'stale'],
      ['a/5', 'orphaned-report'],
    ])
    assert.deepEqual(sent, ['a/1', 'a/2', 'a/5'])
  })
})
