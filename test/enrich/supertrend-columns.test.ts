import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SupertrendColumns } from '../../functions/enrich/supertrend-columns.ts'
import { newValues } from '../../functions/market/supertrend.ts'
import { NEW_PAGE_ROWS } from '../../functions/parquet/write/data-page.ts'

const NAMES = { upperBand: 'ub', lowerBand: 'lb', orientation: 'o', segment: 's' }

/** The columns of one Supertrend with these sides, in one row group. The line is the number of the row. */
function columnsOf(sides: readonly number[]): SupertrendColumns {
  const columns = new SupertrendColumns([NAMES], 'UNCOMPRESSED', sides.length)
  const values = newValues(sides.length)
  for (const [row, side] of sides.entries()) {
    values.line[row] = side === 0 ? Number.NaN : row
    values.orientation[row] = side
    values.segment[row] = 1
  }
  columns.write([values], 0, sides.length)
  columns.endRowGroup()
  return columns
}

describe('the new columns', () => {
  it('have nulls where a row has no value in them', () => {
    const nulls = (sides: readonly number[]) => Object.keys(NAMES).map((_, column) => columnsOf(sides).hasNulls(column))
    assert.deepEqual(nulls([-1, -1]), [false, true, false, false])
    assert.deepEqual(nulls([1, 1]), [true, false, false, false])
    assert.deepEqual(nulls([-1, 1]), [true, true, false, false])
    assert.deepEqual(nulls([0, 1]), [true, true, true, true])
  })

  it('have bounds of both bands together, if any row has a value', () => {
    assert.deepEqual(columnsOf([0, 0, 1, -1, 1, 0]).lineBounds(0), { min: 2, max: 4 })
    assert.deepEqual(columnsOf([-1]).lineBounds(0), { min: 0, max: 0 })
    assert.equal(columnsOf([0, 0]).lineBounds(0), undefined)
  })

  it('count the rows of all pages', () => {
    for (const rows of [0, 1, NEW_PAGE_ROWS - 1, NEW_PAGE_ROWS, NEW_PAGE_ROWS + 1]) {
      const columns = columnsOf(new Array<number>(rows).fill(1))
      assert.equal(columns.rowsWritten, rows)
      columns.close()
    }
  })
})
