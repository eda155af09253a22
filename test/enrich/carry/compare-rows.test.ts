import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parquetMetadata } from 'hyparquet'
import { CarriedRows } from '../../../functions/enrich/carry/carried-rows.ts'
import { compareRows } from '../../../functions/enrich/carry/compare-rows.ts'
import { openMarketFile } from '../../../functions/enrich/market-file.ts'
import { newTimes } from '../../../functions/market/times/time.ts'
import { barsFile, duckDbRun, memorySource, SETTINGS, someBars, temporaryFolder } from '../../parquet-files.ts'
import { enrichSequence } from '../../sequence-files.ts'

const scratch = temporaryFolder()

/** Ten bars that are the same in each file, but for their volumes. */
async function fileWithVolumes(select: string): Promise<Uint8Array> {
  const name = path.join(scratch, 'volumes.parquet')
  await duckDbRun(`COPY (SELECT TIMESTAMP '2024-01-01' + INTERVAL (i) MINUTE AS datetime, 10.5 AS high, 9.5 AS low,
    10.0 AS close, ${select} AS volume FROM range(10) t(i)) TO '${name}' (FORMAT parquet)`)
  return new Uint8Array(readFileSync(name))
}

/** @returns rows of the second file that differ from those of the first */
async function conflicting(first: Uint8Array, second: Uint8Array) {
  const [, { quality }] = (await enrichSequence([first, second], { conflicts: 'drop' })) as [
    unknown,
    { quality: object },
  ]
  const { duplicatesAgreeing, duplicatesConflicting } = quality as Record<string, number>
  return [duplicatesAgreeing, duplicatesConflicting]
}

describe('the bars that two files of a sequence have', () => {
  it('are each compared with the same bar, whatever the order of the rows', async () => {
    const bars = someBars(20)
    const reversed = bars.toReversed()
    assert.deepEqual(await conflicting(barsFile(bars), barsFile(reversed)), [20, 0])
    assert.deepEqual(await conflicting(barsFile(bars), barsFile([...reversed, ...bars])), [40, 0])
    const other = reversed.map((bar, i) => (i === 3 ? { ...bar, open: bar.open! + 0.125 } : bar))
    assert.deepEqual(await conflicting(barsFile(bars), barsFile(other)), [19, 1])
  })

  it('are compared digit by digit in columns of one type', async () => {
    const volumes = (type: string, last: string) =>
      fileWithVolumes(`CAST(CASE i WHEN 9 THEN ${last} ELSE i END AS ${type})`)
    for (const type of ['BIGINT', 'DECIMAL(18, 2)', 'DECIMAL(38, 2)']) {
      const [one, other] = [await volumes(type, '9007199254740992'), await volumes(type, '9007199254740993')]
      assert.deepEqual(await conflicting(one, one), [10, 0])
      assert.deepEqual(await conflicting(one, other), [9, 1])
    }
  })

  it('are compared as doubles in columns of two types', async () => {
    const types = ['INTEGER', 'BIGINT', 'DOUBLE', 'DECIMAL(18, 1)', 'DECIMAL(18, 2)', 'DECIMAL(38, 2)']
    const files = await Promise.all(types.map((type) => fileWithVolumes(`CAST(i AS ${type})`)))
    for (const [i, first] of files.entries()) {
      for (const second of files.slice(i + 1)) assert.deepEqual(await conflicting(first, second), [10, 0])
    }
    const other = await fileWithVolumes('CAST(i + (i = 4)::INT AS DOUBLE)')
    assert.deepEqual(await conflicting(files[0]!, other), [9, 1])
  })

  it('are compared as 32-bit floats if one of the columns has these', async () => {
    const files = (change: string) =>
      Promise.all(
        ['FLOAT', 'DOUBLE', 'DECIMAL(18, 3)'].map((type) => fileWithVolumes(`CAST(i + 0.1 + ${change} AS ${type})`)),
      )
    const [[float, double, decimal], others] = [await files('0'), await files('(i = 4)::INT / 1000')]
    for (const other of [double!, decimal!]) {
      assert.deepEqual(await conflicting(float!, other), [10, 0])
      assert.deepEqual(await conflicting(other, float!), [10, 0])
    }
    for (const other of others.slice(1)) assert.deepEqual(await conflicting(float!, other), [9, 1])
  })

  it('are read without the other row groups, which may be damaged', async () => {
    const bytes = barsFile(someBars(2000), { rowGroupSize: 500 })
    const [first, , last] = parquetMetadata(bytes.buffer as ArrayBuffer).row_groups.map(({ columns }) =>
      Number(columns[0]!.meta_data!.data_page_offset),
    )
    const damaged = bytes.slice()
    damaged.fill(0, last)
    damaged.set(bytes.subarray(-4000), bytes.length - 4000)
    damaged.fill(0, 4, first! + 4000)
    const files = await Promise.all([bytes, damaged].map((of) => openMarketFile(memorySource(of), SETTINGS)))
    const compare = (row: number) => {
      const rows = new CarriedRows(newTimes(1), new Int32Array(1), Uint32Array.of(row), 1)
      const matched = { earlier: Uint32Array.of(row), places: [0], rows }
      return compareRows(files[0]!, files[1]!, matched, () => assert.fail('a row differs from itself'))
    }
    for (const row of [500, 777, 999]) await compare(row)
    for (const row of [499, 1000]) await assert.rejects(compare(row), { code: 'corrupt' })
  })
})
