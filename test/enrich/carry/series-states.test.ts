import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { carriedSeries } from '../../../functions/enrich/carry/series-states.ts'
import { newCarriedState } from '../../../functions/market/carry/carried-state.ts'

describe('the series in a state', () => {
  it('have the values of their symbol columns as text', () => {
    const double = Buffer.alloc(8)
    double.writeDoubleLE(-0.5)
    const values = ['n', 'b0', 'b1', 'i-7', `f${double.toString('latin1')}`, `t${Buffer.from('Ä').toString('latin1')}`]
    const hash = `${'\u0001'.repeat(31)}\u00ff`
    // each value is preceded by its length
    const key = [...values, `#${hash}`].map((value) => String.fromCharCode(value.length) + value).join('')
    const state = newCarriedState([{ definition: 'stockstats', period: 14, multiplier: 3 }], ['text'], [key])
    state.times[0] = 86_400_000n
    state.units[0] = 1
    const [series] = carriedSeries(state, 'missing')
    assert.deepEqual(series!.symbols, [null, 'false', 'true', '-7', '-0.5', 'Ä', `sha256:${'01'.repeat(31)}ff`])
    assert.equal(series!.lastTime, '1970-01-02T00:00:00')
    assert.deepEqual(
      series!.supertrends.map(({ definition, bars, zeroPrices }) => [definition, bars, zeroPrices]),
      [['stockstats', 0, 'missing']],
    )
  })
})
