import assert from 'node:assert/strict'
import { it } from 'node:test'
import { pageModule } from './page-modules.ts'

const { suggestions } = await pageModule('symbol-field.js')

it('symbols are found by any part of their name, and never more of them than a list can show', () => {
  assert.deepEqual(suggestions(['AAPL', 'MSFT', 'GOOG'], ' ap'), ['AAPL'])
  assert.deepEqual(suggestions(['AAPL XNAS', 'AAPL XLON'], 'xl'), ['AAPL XLON'])
  assert.deepEqual(suggestions(['A', 'B'], ''), ['A', 'B'])
  const many = Array.from({ length: 10_000 }, (_, i) => `S${i}`)
  assert.equal(suggestions(many, 's').length, 50)
})
