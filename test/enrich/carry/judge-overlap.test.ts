import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { earlierFile, judgeOverlap } from '../../../functions/enrich/carry/judge-overlap.ts'
import { SETTINGS } from '../../parquet-files.ts'

function judged(conflicting: number, rows: number, { limit = 0.01, conflicts = 'refuse' as 'refuse' | 'drop' } = {}) {
  const settings = { ...SETTINGS, conflicts, conflictLimit: limit }
  const { warnings, refusal } = judgeOverlap({ conflicting, conflicts: [] }, settings, rows, rows)
  return [warnings.map(({ code }) => code), refusal?.code]
}

describe('bars with other prices than in an earlier file', () => {
  const warned = ['conflicting-duplicates']

  it('are warned of up to the limit, and refused above it', () => {
    assert.deepEqual(judged(10, 1000), [warned, undefined])
    assert.deepEqual(judged(11, 1000), [warned, 'conflicting-duplicates'])
  })

  it('are no more than warned of when they are few', () => {
    assert.deepEqual(judged(5, 10), [warned, undefined])
    assert.deepEqual(judged(6, 10), [warned, 'conflicting-duplicates'])
  })

  it('are refused however few they are when none is allowed', () => {
    assert.deepEqual(judged(1, 1000, { limit: 0 }), [warned, 'conflicting-duplicates'])
    assert.deepEqual(judged(0, 1000, { limit: 0 }), [[], undefined])
  })

  it('are accepted where they are to be dropped', () => {
    assert.deepEqual(judged(900, 1000, { conflicts: 'drop' }), [[], undefined])
  })
})

describe('a file of which all rows are in earlier files', () => {
  const codes = (conflicting: number, rows: number, written: number) =>
    judgeOverlap({ conflicting, conflicts: [] }, SETTINGS, rows, written).warnings.map(({ code }) => code)

  it('is warned of, unless it has no rows', () => {
    assert.deepEqual(codes(0, 3, 0), ['no-new-rows'])
    assert.deepEqual(codes(1, 3, 0), ['no-new-rows', 'conflicting-duplicates'])
    assert.deepEqual(codes(0, 3, 1), [])
    assert.deepEqual(codes(0, 0, 0), [])
    const said = (rows: number) =>
      judgeOverlap({ conflicting: 0, conflicts: [] }, SETTINGS, rows, 0).warnings[0]!.message
    assert.match(said(1), /^the only row is in earlier files/)
    assert.match(said(2), /^all 2 rows are in earlier files/)
  })
})

describe('an earlier file in a message', () => {
  it('is counted back', () => {
    assert.deepEqual([1, 2].map(earlierFile), ['the file before', 'the file 2 files before'])
  })
})
