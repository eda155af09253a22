import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isOlderThan, isWrittenBefore, wasWrittenBy } from '../../functions/lambda/publish-outcome.ts'
import { OBJECT_METADATA } from '../../functions/shared/names.ts'

const TIME = Date.UTC(2024, 0, 31)

describe('an output', () => {
  it('was written before a time when it is more than ten seconds older, by which two clocks may differ', () => {
    assert.equal(isWrittenBefore(TIME, new Date(TIME - 10_001)), true)
    assert.equal(isWrittenBefore(TIME, new Date(TIME - 10_000)), false)
    assert.equal(isWrittenBefore(TIME, new Date(TIME + 10_001)), false)
    assert.equal(isWrittenBefore(TIME, undefined), false)
  })

  it('is older than a message when it was written before SQS delivered it for the first time', () => {
    const output = { outcome: 'unchanged', modified: new Date(TIME - 10_001) } as const
    assert.equal(isOlderThan({ firstReceived: TIME }, output), true)
    assert.equal(isOlderThan({ firstReceived: TIME - 1 }, output), false)
    assert.equal(isOlderThan({ firstReceived: undefined }, output), false)
    assert.equal(isOlderThan({ firstReceived: TIME }, { outcome: 'gone' }), false)
  })

  it('was written by the invocation whose request id it has', () => {
    const by = (metadata: Record<string, string>) => wasWrittenBy('r1', { outcome: 'unchanged', metadata })
    assert.equal(by({ [OBJECT_METADATA.request]: 'r1' }), true)
    assert.equal(by({ [OBJECT_METADATA.request]: 'r2' }), false)
    assert.equal(by({}), false)
    assert.equal(wasWrittenBy('r1', { outcome: 'unchanged' }), false)
    assert.equal(wasWrittenBy('r1', { outcome: 'gone' }), false)
  })
})
