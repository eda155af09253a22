import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { PendingResults } from '../../functions/enrich/pending-results.ts'
import { newValues, type SupertrendValues } from '../../functions/market/supertrend.ts'

interface Row {
  readonly side: number
  readonly line: number
  readonly segment: number
  readonly atr: number
  readonly isFlip: boolean
}

const MAX_ROWS = 40

const number = fc.oneof(fc.constantFrom(1, 2, -3), fc.integer({ min: -50, max: 50 }))
const anyRow = fc.record({
  side: fc.constantFrom(-1, -1, 0, 1, 1),
  line: fc.oneof(number, fc.constant(Number.NaN)),
  segment: fc.nat(9),
  atr: fc.oneof(number, fc.constant(Number.NaN)),
  isFlip: fc.boolean(),
})

function valuesOf(rows: readonly Row[]): SupertrendValues {
  const values = newValues(rows.length, { isDouble: true, hasFurther: true })
  for (const [i, { side, line, segment, atr, isFlip }] of rows.entries()) {
    values.line[i] = line
    values.orientation[i] = side
    values.segment[i] = segment
    values.further!.atr[i] = atr
    values.further!.flip[i] = isFlip ? 1 : 0
  }
  return values
}

/** One bit for each row, set where the condition holds. */
function bitsWhere<T>(rows: readonly T[], isSet: (row: T) => boolean, bytes = (rows.length + 7) >> 3): Uint8Array {
  const bits = new Uint8Array(bytes)
  for (const [i, row] of rows.entries()) if (isSet(row)) bits[i >> 3]! |= 1 << (i & 7)
  return bits
}

function boundsOf(numbers: readonly number[]) {
  const known = numbers.filter((value) => !Number.isNaN(value))
  return { min: Math.min(...known), max: Math.max(...known) }
}

/** What the pages of these rows hold, found slowly. */
function assertPages(pending: PendingResults, rows: readonly Row[]): void {
  const any = bitsWhere(rows, ({ side }) => side !== 0, 5)
  const valued = rows.filter(({ side }) => side !== 0)
  const page = (key: Parameters<PendingResults['pageOf']>[0], expected: readonly number[], valid: Uint8Array) => {
    const { values, bounds, valid: found } = pending.pageOf(key, any)
    assert.deepEqual([...('plain' in values ? values.plain() : (values as Float64Array))], expected, key)
    const { min, max } = bounds
    if (expected.every(Number.isNaN)) assert.ok(min > max, key)
    else assert.deepEqual({ min, max }, boundsOf(expected), key)
    assert.deepEqual(found, valid, key)
  }
  for (const [key, side] of [
    ['upperBand', -1],
    ['lowerBand', 1],
  ] as const) {
    const isOn = (row: Row) => row.side === side
    page(
      key,
      rows.filter(isOn).map(({ line }) => line),
      bitsWhere(rows, isOn, 5),
    )
  }
  page(
    'segment',
    valued.map(({ segment }) => segment),
    any,
  )
  page(
    'atr',
    valued.map(({ atr }) => atr),
    any,
  )
  if (valued.length === 0) return
  page(
    'orientation',
    valued.map(({ side }) => side),
    any,
  )
  const flips = pending.pageOf('flip', any)
  assert.deepEqual(flips.values, { bits: bitsWhere(valued, ({ isFlip }) => isFlip), length: valued.length })
  assert.deepEqual(flips.bounds, boundsOf(valued.map(({ isFlip }) => (isFlip ? 1 : 0))))
}

describe('the results that wait for their page', () => {
  it('are those of all rows, in whatever pieces they come, page after page', () => {
    const anyPage = fc.record({ rows: fc.array(anyRow, { maxLength: MAX_ROWS }), cuts: fc.array(fc.nat(MAX_ROWS)) })
    fc.assert(
      fc.property(fc.array(anyPage, { minLength: 1, maxLength: 3 }), fc.nat(5), (pages, before) => {
        const pending = new PendingResults(MAX_ROWS, { isDouble: true, hasFurther: true })
        for (const { rows, cuts } of pages) {
          // rows before the first one, which belong to another page
          const others = Array.from({ length: before }, () => ({
            side: 1,
            line: 99,
            segment: 99,
            atr: 99,
            isFlip: true,
          }))
          const values = valuesOf([...others, ...rows])
          const ends = [...cuts.filter((cut) => cut < rows.length), rows.length].sort((a, b) => a - b)
          let from = 0
          for (const to of ends) {
            pending.append(values, before + from, before + to)
            from = to
          }
          assertPages(pending, rows)
          pending.clear()
        }
      }),
      { numRuns: 200 },
    )
  })
})
