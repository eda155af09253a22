/** Files of 4 GiB and more: nothing that is computed of a length or an offset may end at 32 bits. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { enrich } from '../../functions/enrich/enrich.ts'
import type { ByteSource } from '../../functions/shared/byte-source.ts'
import { barsFile, enrichBytes, gathered, readRows, SETTINGS, someBars } from '../parquet-files.ts'

const HOLE_BYTES = 5 * 2 ** 30

/** The bytes with a hole of zeros before `at`, of which only what is asked for is made. */
function withHole(bytes: Uint8Array, at: number): ByteSource {
  return {
    byteLength: bytes.length + HOLE_BYTES,
    slice: async (start, end) => {
      assert.ok(end - start < 2 ** 26, `${end - start} bytes at once`)
      const out = new Uint8Array(end - start)
      out.set(bytes.subarray(Math.min(start, at), Math.min(end, at)))
      const [from, to] = [start, end].map((place) => Math.max(at, place - HOLE_BYTES))
      out.set(bytes.subarray(from, to), Math.min(end - start, Math.max(0, at + HOLE_BYTES - start)))
      return out
    },
  }
}

const footerStart = (bytes: Uint8Array) => bytes.length - 8 - Buffer.from(bytes).readUInt32LE(bytes.length - 8)

function rowsOf({ byteLength, slice }: ByteSource) {
  const file = {
    byteLength,
    slice: async (start: number, end = byteLength) => (await slice(start, end)).buffer as ArrayBuffer,
  }
  return parquetReadObjects({ file, compressors })
}

describe('a file of more than 4 GiB', () => {
  const bars = someBars(500)
  for (const readBack of [0, 0.05, 1]) {
    it(`is enriched as one without the hole in it, readBack ${readBack}`, async () => {
      const small = barsFile(bars)
      const at = footerStart(small)
      const enriched = await enrich(withHole(small, at), { ...SETTINGS, readBack })
      assert.equal(enriched.layout, 'appended')
      const added = await gathered(enriched.bytes())
      enriched.close()
      const output = withHole(new Uint8Array(Buffer.concat([small, added])), at)
      assert.deepEqual(await rowsOf(output), await readRows((await enrichBytes(small)).output))
    })

    it(`loses its duplicates, readBack ${readBack}`, async () => {
      const small = barsFile([...bars, ...bars.slice(-40)])
      const enriched = await enrich(withHole(small, footerStart(small)), { ...SETTINGS, readBack })
      assert.equal(enriched.layout, 'compacted')
      const output = await gathered(enriched.bytes())
      enriched.close()
      assert.deepEqual(await readRows(output), await readRows((await enrichBytes(small)).output))
    })
  }
})
