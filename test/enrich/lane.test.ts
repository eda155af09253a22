import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { laneOf, refill } from '../../functions/enrich/lane.ts'
import { openMarketFile } from '../../functions/enrich/market-file.ts'
import { barsFile, memorySource, SETTINGS, someBars } from '../parquet-files.ts'

/** Reads the volumes of a file in row groups of 100 rows. @returns by piece, its first row and its volumes */
async function pieces(rows: number, needs?: (from: number, to: number) => boolean) {
  const bars = someBars(rows).map((bar, i) => ({ ...bar, volume: i }))
  const file = await openMarketFile(memorySource(barsFile(bars, { rowGroupSize: 100 })), SETTINGS)
  const allocate = (count: number) => new Float64Array(count)
  const read = (raw: { readonly values: Uint8Array; readonly rows: number }, out: Float64Array, at: number) => {
    const { buffer, byteOffset } = raw.values
    out.set(new Float64Array(buffer.slice(byteOffset, byteOffset + 8 * raw.rows)), at)
  }
  const lane = laneOf(file, file.columns.volume!, allocate, read, needs)
  const found: { readonly firstRow: number; readonly volumes: number[] }[] = []
  while (await refill(lane)) {
    assert.equal(lane.position, 0)
    found.push({ firstRow: lane.firstRow, volumes: [...lane.values.subarray(0, lane.rows)] })
    lane.position = lane.rows
  }
  return found
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describe('a column on its way into memory', () => {
  it('has all rows of the file, in their order', async () => {
    const found = await pieces(1050)
    assert.deepEqual(
      found.flatMap(({ volumes }) => volumes),
      numbers(0, 1050),
    )
    for (const { firstRow, volumes } of found) assert.equal(volumes[0], firstRow)
  })

  it('knows the first row of each piece when pages that are not needed are left out', async () => {
    const isNeeded = (row: number) => row === 250 || row === 399 || row === 700
    const found = await pieces(1000, (from, to) => numbers(from, to).some(isNeeded))
    for (const { firstRow, volumes } of found) {
      assert.deepEqual(volumes, numbers(firstRow, firstRow + volumes.length))
    }
    const rows = found.flatMap(({ volumes }) => volumes)
    assert.deepEqual(rows, [...numbers(200, 400), ...numbers(700, 800)])
  })
})
