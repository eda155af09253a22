import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { carryAfter } from '../../../functions/enrich/carry/carry-after.ts'
import { barsFile, memorySource, someBars } from '../../parquet-files.ts'
import { enrichFile } from '../../sequence-files.ts'

const unread = {
  byteLength: 1000,
  slice: () => assert.fail('an earlier file is read'),
}

describe('the files before, given one by one', () => {
  it('are read only for the state when there are no two of them whose order could be wrong', async () => {
    const { state } = await enrichFile(barsFile(someBars(20)), { carry: true })
    const carry = await carryAfter([memorySource(state!), unread], 2 ** 30)
    assert.deepEqual(carry.state, state)
    assert.deepEqual([...(carry.earlier() as Iterable<unknown>)], [unread])
    await assert.rejects(carryAfter([memorySource(state!), unread, unread], 2 ** 30), /an earlier file is read/)
  })
})
