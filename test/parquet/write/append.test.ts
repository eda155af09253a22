import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { SupertrendParameters } from '../../../functions/market/supertrend.ts'
import { barsFile, enrichBytes, NEW_COLUMNS, readMetadata, someBars } from '../../parquet-files.ts'
import { referenceRows } from '../../reference.ts'
import { walkFooter } from '../footer-walk.ts'
import { assertFooterIsTrue, readTwice } from '../losing-files.ts'

const STOCKSTATS = { definition: 'stockstats', period: 14, multiplier: 3 } as const
const TRADINGVIEW = { definition: 'tradingview', period: 10, multiplier: 2 } as const
const bars = someBars(700)
const input = barsFile(bars, { rowGroupSize: 250, pageSize: 512 })

/** What both readers find in the new columns, and what the published rules give. */
async function assertNewColumns(output: Uint8Array, parameters: SupertrendParameters): Promise<void> {
  const expected = referenceRows(bars, parameters).map(({ upper, lower, orientation, segment }) => [
    upper,
    lower,
    orientation,
    segment,
  ])
  const { hyparquet, duckDb } = await readTwice(output)
  for (const rows of [hyparquet, duckDb]) {
    assert.deepEqual(
      rows.map((row) => NEW_COLUMNS.map((name) => row[name] ?? null)),
      expected,
    )
  }
}

describe('columns that are appended', () => {
  for (const parameters of [STOCKSTATS, TRADINGVIEW]) {
    it(`leave the bytes before them alone, and are the ${parameters.definition} values for other readers`, async () => {
      const { output, layout } = await enrichBytes(input, { supertrends: [parameters] })
      assert.equal(layout, 'appended')
      assert.ok(Buffer.from(input).equals(output.subarray(0, input.length)))
      assert.deepEqual(await readTwice(output, NEW_COLUMNS), await readTwice(input))
      await assertNewColumns(output, parameters)
      await assertFooterIsTrue(output)
    })
  }

  it('take the place of those of an earlier run, in the counts of bytes as well', async () => {
    const first = await enrichBytes(input, { supertrends: [STOCKSTATS] })
    const again = await enrichBytes(first.output, { supertrends: [TRADINGVIEW] })
    assert.equal(again.layout, 'appended')
    assert.ok(Buffer.from(first.output).equals(again.output.subarray(0, first.output.length)))
    const { row_groups } = await readMetadata(again.output)
    assert.deepEqual(
      row_groups.map(({ columns }) => columns.map(({ meta_data }) => meta_data!.path_in_schema[0]).slice(-4)),
      row_groups.map(() => NEW_COLUMNS),
    )
    await assertNewColumns(again.output, TRADINGVIEW)
    await assertFooterIsTrue(again.output)
    const dead = await Promise.all([first.output, again.output].map(async (file) => (await walkFooter(file)).deadBytes))
    assert.ok(dead[0]! < dead[1]!, 'the pages of the first run belong to nothing')
  })

  it('are counted in the sizes that row groups state', async () => {
    const name = new URL('../../golden/writers/pyarrow-types-clean.parquet', import.meta.url)
    const { output, layout } = await enrichBytes(new Uint8Array(readFileSync(name)))
    assert.equal(layout, 'appended')
    const { row_groups } = await readMetadata(output)
    // those that the input states none of are left out, and walkFooter then compares nothing
    assert.ok(row_groups.every(({ total_compressed_size, file_offset }) => total_compressed_size && file_offset))
    await assertFooterIsTrue(output)
  })
})
