import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DEFAULT_LOOK_BACK, MAX_LOOK_BACK, maxOpenedFiles } from '../../../functions/enrich/carry/look-back.ts'

describe('a search for repeated bars', () => {
  it('opens 23 files without rows besides those with rows', () => {
    assert.equal(maxOpenedFiles({}), 30)
    assert.equal(maxOpenedFiles({ lookBack: DEFAULT_LOOK_BACK }), 30)
    assert.equal(maxOpenedFiles({ lookBack: MAX_LOOK_BACK }), 389)
  })
})
