import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ColumnDigest, DIGEST_ROWS } from '../../../functions/parquet/read-back/column-digest.ts'

type Rows = readonly (number | null)[]

/** @param cut rows of a piece */
function digestOf(rows: Rows, cut: number): ColumnDigest {
  const digest = new ColumnDigest()
  for (let from = 0; from < rows.length; ) {
    const isNull = rows[from] === null
    let to = from + 1
    while (to < Math.min(rows.length, from + cut) && (rows[to] === null) === isNull) to++
    if (isNull) digest.addNulls(to - from)
    else digest.addWords(Int32Array.from(rows.slice(from, to) as number[]), 0, to - from)
    from = to
  }
  return digest
}

const someRows = fc.array(fc.option(fc.integer(), { freq: 3 }), { minLength: 1, maxLength: 3 * DIGEST_ROWS })

describe('the digest of a column', () => {
  it('does not depend on the pieces in which its rows come', () => {
    fc.assert(
      fc.property(someRows, fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 2000 }), (rows, a, b) => {
        assert.equal(digestOf(rows, a).firstDifference(digestOf(rows, b)), undefined)
        assert.equal(digestOf(rows, a).rows, rows.length)
      }),
      { numRuns: 50 },
    )
  })

  it('finds one bit that differs, and a null in the place of a value', () => {
    fc.assert(
      fc.property(someRows, fc.nat(), fc.integer({ min: 0, max: 31 }), (rows, place, bit) => {
        const row = place % rows.length
        const value = rows[row] ?? null
        const other = rows.with(row, value === null ? 0 : value ^ (1 << bit))
        for (const changed of [other, rows.with(row, value === null ? 7 : null)]) {
          const found = digestOf(rows, 100).firstDifference(digestOf(changed, 100))
          assert.ok(found && found.from <= row && row < found.to && found.to - found.from <= DIGEST_ROWS)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('finds rows that are missing or too many, and rows in another order', () => {
    const rows = Array.from({ length: 3000 }, (_, i) => (i % 7 === 0 ? null : i))
    const swapped = rows.with(1501, rows[1502]!).with(1502, rows[1501]!)
    const differences = [rows.slice(0, -1), [...rows, null], [...rows, 5], swapped].map((other) =>
      digestOf(rows, 64).firstDifference(digestOf(other, 64)),
    )
    assert.deepEqual(differences, [
      { from: 2048, to: 3000 },
      { from: 2048, to: 3001 },
      { from: 2048, to: 3001 },
      { from: 1024, to: 2048 },
    ])
    const whole = Array.from({ length: DIGEST_ROWS }, (_, i) => i)
    assert.deepEqual(digestOf(whole, 64).firstDifference(digestOf([...whole, 1], 64)), {
      from: DIGEST_ROWS,
      to: DIGEST_ROWS + 1,
    })
  })

  it('has room for bytes as it has for words', () => {
    const [a, b] = [new ColumnDigest(), new ColumnDigest()]
    const sides = Int8Array.from({ length: 2500 }, (_, i) => (i % 50 < 20 ? -1 : 1))
    a.addBytes(sides, 0, 2500)
    for (let at = 0; at < 2500; at += 100) b.addBytes(sides, at, at + 100)
    assert.equal(a.firstDifference(b), undefined)
    sides[1030] = sides[1030]! * -1
    const c = new ColumnDigest()
    c.addBytes(sides, 0, 2500)
    assert.deepEqual(a.firstDifference(c), { from: 1024, to: 2048 })
  })
})
