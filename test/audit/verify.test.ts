import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { restore } from '../../functions/audit/restore.ts'
import { verify } from '../../functions/audit/verify.ts'
import { barsFile, enrichBytes, memorySource, readMetadata, SETTINGS, someBars } from '../parquet-files.ts'
import { quickOrThorough } from '../thorough.ts'

async function verified(original: Uint8Array, enriched: Uint8Array) {
  return verify(memorySource(original), memorySource(enriched), SETTINGS.memoryBudgetBytes, async (pieces) => {
    const parts: Uint8Array[] = []
    for await (const piece of pieces) parts.push(piece.slice())
    return { ...memorySource(new Uint8Array(Buffer.concat(parts))), close: async () => {} }
  })
}

const bars = someBars(60)
/** Every so many bytes one is changed: an odd number, so that both masks are used. */
const STEP = quickOrThorough(35, 3)

describe('a bit changed in the footer', () => {
  for (const [layout, original] of [
    ['appended', barsFile(bars)],
    ['compacted', barsFile([...bars, ...bars.slice(50)])],
  ] as const) {
    it(`is found in an ${layout} file, unless it makes another program of the one that wrote it`, async () => {
      const { output } = await enrichBytes(original)
      assert.equal((await verified(original, output)).holds, true)
      const length = new DataView(output.buffer).getUint32(output.length - 8, true)
      const { schema } = await readMetadata(output)
      const accepted: number[] = []
      let tried = 0
      for (let at = output.length - 8 - length; at < output.length; at += STEP) {
        const changed = output.slice()
        changed[at]! ^= at % 2 === 0 ? 1 : 16
        const { holds } = await verified(original, changed)
        tried++
        if (!holds) continue
        accepted.push(at)
        assert.deepEqual((await readMetadata(changed)).schema, schema)
      }
      assert.ok(tried > 900 / STEP)
      // the writer's name and the version, which say what may differ, and a sum of compressed sizes
      // of a small sample, one may be among them
      assert.ok(accepted.length < Math.max(2, 0.03 * tried), `${accepted.length} of ${tried}`)
    })
  }
})

describe('a bit changed in the bytes of the original', () => {
  it('is found wherever restore would give it back', async () => {
    const original = barsFile(bars)
    const { output } = await enrichBytes(original)
    for (let at = 0; at < original.length; at += 2 * STEP + 1) {
      const changed = output.slice()
      changed[at]! ^= 1
      const { holds } = await verified(original, changed)
      if (!holds) continue
      const restoring = restore(memorySource(changed), undefined, SETTINGS.memoryBudgetBytes)
      await assert.rejects(restoring, { code: 'not-enriched' }, `byte ${at}`)
    }
  })
})

describe('a file that another ZSTD compressed', () => {
  it('holds, although its chunks have other encodings, which follow from their sizes', async () => {
    const [original, output] = ['bars', 'enriched'].map(
      // enriched on Node 20.20, which has no ZSTD of its own
      (name) => new Uint8Array(readFileSync(new URL(`./other-zstd/${name}.parquet`, import.meta.url))),
    ) as [Uint8Array, Uint8Array]
    const { problems, bytes } = await verified(original, output)
    assert.deepEqual([problems, bytes], [[], 'other'])
  })
})

describe('a page that cannot be decompressed', () => {
  it('is named by its column and place', async () => {
    const input = barsFile(bars, { codec: 'SNAPPY' })
    const { columns } = (await readMetadata(input)).row_groups[0]!
    const { path_in_schema, data_page_offset } = columns.at(-1)!.meta_data!
    const name = path_in_schema.join('.')
    const damagedAt = Number(data_page_offset) + 60
    const broken = input.slice().fill(0xff, damagedAt, damagedAt + 8)
    await assert.rejects(
      enrichBytes(broken, { columns: { close: name, high: name, low: name } }),
      new RegExp(`the file is damaged: column "${name}": the page at byte ${data_page_offset} `),
    )
  })
})
