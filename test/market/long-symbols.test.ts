import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { LongSymbols } from '../../functions/market/long-symbols.ts'

/** What a program does that numbers symbols, and hashes only those that are not found. */
function numbered(rows: readonly string[]) {
  const known = new LongSymbols()
  const all = new Map<string, number>()
  // rows of a piece are in the same memory as those of the piece before
  const piece = Buffer.alloc(1000)
  let hashed = 0
  for (const [i, row] of rows.entries()) {
    const end = 3 + piece.write(row, 3)
    piece[end] = i & 255
    const found = known.codeOf(piece, 3, end)
    const code = all.get(row) ?? all.size
    all.set(row, code)
    if (found === undefined) {
      hashed++
      known.add(piece, 3, end, code)
    } else assert.equal(found, code, row)
  }
  return { hashed, different: all.size }
}

const rowsOf = (symbols: number, times: number, pad: number) =>
  Array.from({ length: symbols * times }, (_, i) => `S${i % symbols}`.padEnd(pad, 'x'))

describe('the codes of long symbols', () => {
  it('are those of the same bytes, whatever the symbols are', () => {
    const symbol = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 65, maxLength: 70 })
    fc.assert(fc.property(fc.array(symbol, { maxLength: 200 }), (rows) => void numbered(rows)))
  })

  it('are found again for a few thousand symbols, also similar ones', () => {
    assert.deepEqual(numbered(rowsOf(14, 100, 100)), { hashed: 14, different: 14 })
    for (const pad of [65, 100, 256]) {
      const { hashed } = numbered(rowsOf(3000, 10, pad))
      assert.ok(hashed < 3000 + 0.05 * 27_000, `${hashed} of 30,000 rows with ${pad} bytes`)
    }
  })

  it('are forgotten when there are more, or longer ones, so that their memory is limited', () => {
    assert.equal(numbered(rowsOf(1, 3, 257)).hashed, 3)
    assert.ok(numbered(rowsOf(100_000, 2, 70)).hashed > 180_000)
  })
})
