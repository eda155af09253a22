import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { type Definition, initialState, supertrend } from '../../functions/market/supertrend.ts'

/** Figures from the tests or documentation of other projects; published/README.md lists them and their differences. */
const folder = new URL('./published/', import.meta.url)

interface Published {
  readonly project: string
  readonly source: string
  readonly definition: Definition
  readonly period: number
  readonly multiplier: number
  readonly agrees: boolean
  readonly note: string
  readonly tolerance: number
  readonly bars: { readonly high: number[]; readonly low: number[]; readonly close: number[] }
  readonly expected: readonly { readonly row: number; readonly line: number | null; readonly orientation?: -1 | 1 }[]
}

/** The expected rows that differ from our values. */
function differences({ definition, period, multiplier, bars, expected, tolerance }: Published): string[] {
  const rows = bars.close.length
  const values = { line: new Float64Array(rows), orientation: new Int8Array(rows), segment: new Int32Array(rows) }
  const prices = {
    high: Float64Array.from(bars.high),
    low: Float64Array.from(bars.low),
    close: Float64Array.from(bars.close),
  }
  supertrend({ definition, period, multiplier })(initialState(), prices, 0, rows, values)
  return expected.flatMap(({ row, line, orientation }) => {
    const ours = values.orientation[row] === 0 ? null : values.line[row]!
    const isSame = ours === null || line === null ? ours === line : Math.abs(ours - line) <= tolerance
    const isSameSide = orientation === undefined || orientation === values.orientation[row]
    return isSame && isSameSide ? [] : [`row ${row}: ${ours} (${values.orientation[row]}), published ${line} (${orientation})`]
  })
}

describe('figures published by independent implementations', () => {
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const published: Published = JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
    const { project, source, definition } = published
    if (published.agrees) {
      it(`${name}: ${project} (${source}) states the values of the ${definition} definition`, () => {
        assert.ok(published.expected.length > 0)
        assert.deepEqual(differences(published), [])
      })
    } else {
      it(`${name}: ${project} (${source}) has another rule than the ${definition} definition`, () => {
        assert.ok(published.note.length > 0)
        assert.notDeepEqual(differences(published), [])
      })
    }
  }
})
