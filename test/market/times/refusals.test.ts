import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refusals, refuseNulls } from '../../../functions/market/times/refusals.ts'

describe('a time that is refused', () => {
  const refuse = refusals('the time column "t"', 100)

  it('is named with its row and the reason', () => {
    assert.throws(() => refuse.value(7, '"x"'), {
      code: 'time',
      message: 'the time column "t" holds "x" in row 107 (the first is row 0)',
    })
    assert.throws(() => refuse.value(7, '"x"', 'which is no time'), { message: /in row 107 .*\), which is no time$/ })
  })

  it('is a missing one, in any row of the piece', () => {
    const column = (rows: number, validity?: number) => ({
      ...{ rows, values: new Uint8Array() },
      validity: validity === undefined ? undefined : Uint8Array.of(validity),
    })
    assert.doesNotThrow(() => refuseNulls(column(3), refuse))
    // the bits behind the last row say nothing
    assert.doesNotThrow(() => refuseNulls(column(3, 0b0111), refuse))
    for (const [bits, row] of [
      [0b1110, 100],
      [0b1101, 101],
      [0b1011, 102],
    ] as const) {
      assert.throws(() => refuseNulls(column(3, bits), refuse), {
        code: 'time',
        message: `the time column "t" has no value in row ${row} (the first is row 0); every bar needs a time`,
      })
    }
  })
})
