import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { elementsOfTuple, tupleOf } from '../../functions/shared/pandas-tuple.ts'

/** Printed by Python 3.11: `str(tuple)`. */
const PRINTED: readonly [readonly string[], string][] = [
  [['Close', 'AAPL'], "('Close', 'AAPL')"],
  [['Close'], "('Close',)"],
  [['Close', '', 'usd'], "('Close', '', 'usd')"],
  [["O'Neil", 'a "b"'], `("O'Neil", 'a "b"')`],
  [[`'"`, 'a\\b'], String.raw`('\'"', 'a\\b')`],
  [['a\nb', 'a\tb', '\u0000', '\u007f'], String.raw`('a\nb', 'a\tb', '\x00', '\x7f')`],
  [['\u00a0', '\u200b', '\u{e0001}', 'é😀'], String.raw`('\xa0', '\u200b', '\U000e0001', 'é😀')`],
  [['(a, b)', "'", ', '], `('(a, b)', "'", ', ')`],
]

describe('a tuple as Python prints it', () => {
  for (const [parts, printed] of PRINTED) {
    it(printed, () => {
      assert.equal(tupleOf(parts), printed)
      assert.deepEqual(elementsOfTuple(printed), parts)
    })
  }

  it('may lack a level', () => assert.deepEqual(elementsOfTuple("('Close', None)"), ['Close', '']))

  for (const name of ['Close', '', '()', '(Close)', "('Close'", "'Close'", "('Close', AAPL)", "('Close')x"]) {
    it(`is not ${name || 'an empty name'}`, () => assert.equal(elementsOfTuple(name), undefined))
  }

  it('is not a name of megabytes, which takes no time either', () => {
    assert.equal(elementsOfTuple(`(${"'a', ".repeat(1_000_000)}'a')`), undefined)
  })
})
