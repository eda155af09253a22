import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { enrichAndKeep, NEW_COLUMNS } from '../../parquet-files.ts'
import { assertFooterIsTrue, LOSSES, losingFile, readTwice, rowsWhere } from '../losing-files.ts'
import { checkPageIndexes } from '../page-walk.ts'

describe('column chunks that lose', () => {
  for (const [what, isLost] of Object.entries(LOSSES)) {
    it(`${what} have the other rows for other readers`, async () => {
      const input = losingFile(isLost)
      const { output, layout, dropped } = await enrichAndKeep(input, { codec: 'UNCOMPRESSED' })
      assert.equal(layout, 'compacted')
      const all = await readTwice(input)
      assert.deepEqual(
        await readTwice(output, NEW_COLUMNS),
        rowsWhere(all, (row) => !isLost(row)),
      )
      assert.deepEqual(await readTwice(dropped, ['dropped_row', 'kept_row']), rowsWhere(all, isLost))
      for (const file of [output, dropped]) {
        await assertFooterIsTrue(file)
        await checkPageIndexes(file)
      }
    })
  }
})
