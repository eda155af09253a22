import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Hint } from '../../functions/lambda/hints.ts'
import { batchOf, hintOf, isVerified, withAgain } from '../../functions/lambda/sequence-batch.ts'
import { advancedBy, hintAbout } from '../fakes/hints.ts'

interface Sent {
  readonly key: string
  readonly receiveCount?: number
  readonly firstReceived?: number | undefined
  readonly hint?: Partial<Hint>
}

/** Messages about one sequence that come together. */
function batch(...messages: readonly Sent[]) {
  return batchOf(
    messages.map(({ key, receiveCount = 1, firstReceived, hint }) => ({
      message: { id: key, receiptHandle: key, receiveCount, firstReceived, queueArn: 'arn' },
      hint: hintAbout(key, hint),
      sequence: 'incoming/a/',
    })),
  )
}

describe('messages about one sequence that come together', () => {
  it('are one hint for each key, in the order of S3', () => {
    const { hints, bucket, sequence } = batch({ key: 'c' }, { key: 'a' }, { key: 'b' }, { key: 'a' })
    assert.deepEqual(
      hints.map(({ key }) => key),
      ['a', 'b', 'c'],
    )
    assert.deepEqual([bucket, sequence], ['bars', 'incoming/a/'])
  })

  it('are tried one key at a time when one of them came before, or says that the function may have ended', () => {
    const isRetried = advancedBy({ isRetried: true })
    assert.equal(batch({ key: 'a', receiveCount: 2 }, { key: 'b', receiveCount: 5 }).receiveCount, 5)
    const cases = [
      [batch({ key: 'a' }, { key: 'b' }), false, false],
      [batch({ key: 'a' }, { key: 'b', receiveCount: 2 }), true, true],
      [batch({ key: 'a' }, { key: 'b', hint: { advance: isRetried } }), true, true],
      [batch({ key: 'a', hint: { advance: isRetried } }, { key: 'a' }), true, true],
      [batch({ key: 'a', hint: { advance: advancedBy({ isVerifying: true }) } }), false, true],
    ] as const
    for (const [of, retried, verified] of cases) assert.deepEqual([of.isRetried, isVerified(of)], [retried, verified])
  })

  it('may have written what is not announced since the first of them came, if one comes again', () => {
    const since = (...messages: readonly Sent[]) => batch(...messages).since
    assert.equal(since({ key: 'a', firstReceived: 500 }), undefined)
    assert.equal(since({ key: 'a', firstReceived: 500, receiveCount: 2 }), 500)
    assert.equal(since({ key: 'a', firstReceived: 500, receiveCount: 2 }, { key: 'b', firstReceived: 400 }), 400)
    assert.equal(since({ key: 'a', receiveCount: 2 }), 0)
    assert.equal(since({ key: 'a', firstReceived: 500, hint: { advance: advancedBy({ since: 300 }) } }), 300)
    assert.equal(batch({ key: 'a', firstReceived: 500 }, { key: 'b' }).firstReceived, 500)
  })

  it('about one key say what both of them say', () => {
    const joined = (a: Partial<Hint>, b: Partial<Hint>) => batch({ key: 'a', hint: a }, { key: 'a', hint: b }).hints[0]!
    assert.deepEqual([joined({ size: 3 }, { size: 3 }).size, joined({ size: 3 }, { size: 4 }).size], [3, undefined])
    assert.deepEqual(
      [joined({}, {}).again, joined({ again: true }, {}).again, joined({}, { again: true }).again],
      [false, true, true],
    )
    assert.equal(joined({ announced: 'x' }, { announced: 'x' }).announced, 'x')
    assert.equal(joined({ announced: 'x' }, { announced: 'y' }).announced, undefined)
    assert.equal(joined({ deferrals: 3 }, { deferrals: 2 }).deferrals, 2)
    const advanced = joined(
      { advance: advancedBy({ isVerifying: true, hops: 2, since: 30, through: 'd' }) },
      { advance: advancedBy({ failures: 4, since: 20, through: 'c' }) },
    ).advance
    assert.deepEqual(advanced, { through: 'd', hops: 2, failures: 4, isVerifying: true, since: 20 })
  })

  it('are joined with a key that is to be enriched again', () => {
    const of = batch({ key: 'a' }, { key: 'c' })
    const asked = (key: string) => withAgain(of, key).hints.map(({ key, again }) => `${key} ${again}`)
    assert.deepEqual(asked('b'), ['a false', 'b true', 'c false'])
    assert.deepEqual(asked('c'), ['a false', 'c true'])
  })

  it('say nothing of other keys, which are taken as uploaded just now', () => {
    const of = batch({ key: 'a', hint: { again: true } })
    assert.equal(hintOf(of, 'a').again, true)
    assert.partialDeepStrictEqual(hintOf(of, 'b'), { bucket: 'bars', key: 'b', again: false, deferrals: 0 })
  })
})
