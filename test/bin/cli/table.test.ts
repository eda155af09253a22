import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { counted, withSeparators } from '../../../bin/cli/table.ts'

describe('numbers in what is printed', () => {
  it('have separators of thousands as toLocaleString sets them', () => {
    for (const value of [0, 7, 999, 1000, 12_345, 999_999, 1_000_000, 5_000_000_000, Number.MAX_SAFE_INTEGER]) {
      assert.equal(withSeparators(value), value.toLocaleString('en-US'))
    }
  })

  it('are followed by the singular for one only', () => {
    assert.deepEqual([counted(0, 'row'), counted(1, 'row'), counted(2000, 'row')], ['0 rows', '1 row', '2,000 rows'])
  })
})
