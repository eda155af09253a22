import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { spellingsOf } from '../../functions/market/column-spellings.ts'

const spellings = (...names: readonly string[]) =>
  spellingsOf(names.map((name) => ({ name, physical: 'DOUBLE', width: 0, logical: { kind: 'none' } })))

describe('the spelling of a tuple of pandas', () => {
  it('is the level with most names of prices', () => {
    assert.deepEqual(spellings("('Close', 'AAPL')", "('High', 'AAPL')"), ['close', 'high'])
    assert.deepEqual(spellings("('AAPL', 'Close')", "('AAPL', 'High')"), ['close', 'high'])
  })

  it('does not depend on columns that are no tuples', () =>
    assert.deepEqual(spellings("('AAPL', 'Close')", "('AAPL', 'High')", 'Open', 'High', 'Low', 'Close'), [
      ...['close', 'high'],
      ...['open', 'high', 'low', 'close'],
    ]))
})
