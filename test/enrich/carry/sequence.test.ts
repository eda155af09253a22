import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type EnrichOptions, enrichParquet } from '../../../functions/library.ts'
import { concatBytes } from '../../../functions/shared/concat-bytes.ts'
import { barsFile, NEW_COLUMNS, readRows, someBars } from '../../parquet-files.ts'

async function enriched(bytes: Uint8Array, options: EnrichOptions) {
  const result = await enrichParquet(bytes, { readBack: 1, ...options })
  const pieces: Uint8Array[] = []
  for await (const piece of result.bytes()) pieces.push(piece.slice())
  result.close()
  return { output: concatBytes(pieces), ...result }
}

const valuesOf = async (output: Uint8Array) =>
  (await readRows(output)).map((row) => NEW_COLUMNS.map((column) => row[column] ?? null))

describe('a sequence of files', () => {
  it('holds the values of the one long file', async () => {
    const bars = someBars(1000)
    const long = await enriched(barsFile(bars), { carry: true })
    const first = await enriched(barsFile(bars.slice(0, 390)), { carry: true })
    const second = await enriched(barsFile(bars.slice(390, 700)), { after: first.output })
    const third = await enriched(barsFile(bars.slice(700)), { after: second.output })
    const parts = [first, second, third]
    assert.deepEqual(
      (await Promise.all(parts.map(({ output }) => valuesOf(output)))).flat(),
      await valuesOf(long.output),
    )
    assert.deepEqual(third.state, long.state)
  })
})
