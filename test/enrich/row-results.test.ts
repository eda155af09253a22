import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RowResults, type Values } from '../../functions/enrich/row-results.ts'
import { newValues } from '../../functions/market/supertrend.ts'
import { BLOCK_ROWS } from '../../functions/shared/block-rows.ts'

/** Numbers each row, and gathers the numbers that a writer gets for each row group. */
function written(groupRows: readonly number[], writes: readonly number[], isKept: (row: number) => boolean) {
  const groups: number[][] = []
  let group: number[] = []
  const writer = {
    write: ([values, other]: readonly Values[], from: number, to: number) => {
      group.push(...values!.segment.subarray(from, to))
      assert.deepEqual(other!.line.subarray(from, to), Float32Array.from(values!.segment.subarray(from, to)))
    },
    endRowGroup: () => {
      groups.push(group)
      group = []
    },
  }
  const results = new RowResults(writer, groupRows, () => newValues(BLOCK_ROWS))
  let next = 0
  for (const rows of writes) {
    const values = [newValues(rows), newValues(rows)]
    const accepted = new Uint8Array(rows)
    for (let row = 0; row < rows; row++, next++) {
      values[0]!.segment[row] = next
      values[1]!.line[row] = next
      accepted[row] = isKept(next) ? 1 : 0
    }
    results.write(values, rows, accepted.includes(0) ? accepted : undefined)
  }
  assert.deepEqual(group, [])
  return groups
}

/** Row groups with the numbers of their kept rows. */
function expected(groupRows: readonly number[], isKept: (row: number) => boolean) {
  let start = 0
  return groupRows.map((rows) => {
    const numbers = Array.from({ length: rows }, (_, i) => start + i)
    start += rows
    return numbers.filter(isKept)
  })
}

describe('the results of kept rows', () => {
  it('are written row group by row group, each of which ends once', () => {
    const sizes = fc.array(fc.constantFrom<number>(0, 1, 2, 7, 50), { maxLength: 8 })
    const law = fc.property(sizes, fc.integer({ min: 1, max: 60 }), fc.nat(4), (groupRows, piece, every) => {
      const rows = groupRows.reduce((a, b) => a + b, 0)
      const writes = Array.from({ length: Math.ceil(rows / piece) }, (_, i) => Math.min(piece, rows - i * piece))
      const isKept = (row: number) => every === 0 || row % (every + 1) !== 0
      assert.deepEqual(written(groupRows, writes, isKept), expected(groupRows, isKept))
    })
    fc.assert(law)
  })

  it('are written in blocks when a long piece loses rows', () => {
    for (const rows of [BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1, 10_000]) {
      const isKept = (row: number) => row % 3 !== 1
      assert.deepEqual(written([rows], [rows], isKept), expected([rows], isKept))
    }
  })
})
