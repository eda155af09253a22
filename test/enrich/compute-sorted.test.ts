import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ComputeOutput } from '../../functions/enrich/compute.ts'
import { computeSorted } from '../../functions/enrich/compute-sorted.ts'
import { openMarketFile } from '../../functions/enrich/market-file.ts'
import type { UnstreamedRow } from '../../functions/market/duplicates/streamed-rows.ts'
import { barsFile, memorySource, SETTINGS, someBars } from '../parquet-files.ts'

describe('the message about rows that do not fit into memory', () => {
  const refused = async (unstreamed: UnstreamedRow, message: RegExp) => {
    const file = await openMarketFile(memorySource(barsFile(someBars(100))), SETTINGS)
    // nothing is computed
    const computed = computeSorted(file, { ...SETTINGS, memoryBudgetBytes: 1000 }, unstreamed, {} as ComputeOutput)
    await assert.rejects(computed, { code: 'too-big', message })
  }

  it('says which row made it necessary to hold them, and why', async () => {
    await refused(
      { row: 7, because: 'earlier' },
      /^the rows are not in time order: row 7 \(the first is row 0\) is earlier than a row before it of its series, and sorting 100 of them needs 1 MiB of memory; allowed are 1 MiB; sort the file by time, /,
    )
    await refused(
      { row: 7, because: 'unknown' },
      /of its series, and the times before are too irregular to find its duplicate, and sorting 100 of them/,
    )
    await refused(
      { row: 7, because: 'again', of: 3 },
      /^the last row of each time is kept, but rows of one time, row 7 \(the first is row 0\) and row 3, are not side by side, and holding 100 /,
    )
  })
})
