import assert from 'node:assert/strict'
import { it } from 'node:test'
import { HAVE, rowCountText, someRows } from '../../functions/shared/counted-rows.ts'

it('rows are counted in plain English', () => {
  assert.deepEqual(
    [someRows(1, 1, HAVE), someRows(1, 2, HAVE), someRows(2, 2, HAVE), someRows(0, 3, HAVE), rowCountText(0)],
    ['1 of 1 row has', '1 of 2 rows has', '2 of 2 rows have', '0 of 3 rows have', '0 rows'],
  )
})
