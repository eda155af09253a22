/** Counts the bytes of the new columns: they do not depend on the machine. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Bar, barsFile, enrichBytes, readMetadata, someBars } from '../parquet-files.ts'

const ROWS = 60_000

/** Bars of several series whose rows alternate. */
function alternating(series: number): Bar[] {
  const each = Array.from({ length: series }, (_, of) => someBars(ROWS / series, of + 1))
  return Array.from({ length: ROWS }, (_, i) => ({
    ...each[i % series]![Math.floor(i / series)]!,
    symbol: `S${i % series}`,
  }))
}

/** Bytes per row: of both bands, of the orientation, and of the segment. */
async function bytesPerRow(series: number): Promise<number[]> {
  const { output } = await enrichBytes(barsFile(alternating(series), { rowGroupSize: 30_000 }))
  const chunks = (await readMetadata(output)).row_groups.map(({ columns }) => columns.slice(-4))
  const [upper, lower, orientation, segment] = [0, 1, 2, 3].map((column) =>
    chunks.reduce((sum, group) => sum + Number(group[column]!.meta_data!.total_compressed_size), 0),
  ) as [number, number, number, number]
  return [upper + lower, orientation, segment].map((bytes) => bytes / ROWS)
}

describe('the bytes that a row gains with SNAPPY', () => {
  // before, the four columns took 1.2 bytes a row, 10 with three series and 11 with 500; docs/decisions/performance.md
  for (const [series, most] of [
    [1, [0.77, 0.027, 0.04]],
    [3, [0.87, 0.03, 0.135]],
    [500, [1.03, 0.055, 0.055]],
  ] as const) {
    it(`are at most those of today: ${series} series`, async () => {
      const bytes = await bytesPerRow(series)
      for (const [i, what] of ['bands', 'orientation', 'segment'].entries()) {
        assert.ok(bytes[i]! <= most[i]!, `${what}: ${bytes[i]}`)
      }
    })
  }
})
