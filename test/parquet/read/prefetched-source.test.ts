import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { enrich } from '../../../functions/enrich/enrich.ts'
import { columnChunk, rowGroup } from '../../../functions/parquet/format/column-chunk.ts'
import { leavesOf, readFooter } from '../../../functions/parquet/format/footer.ts'
import { prefetched } from '../../../functions/parquet/read/prefetched-source.ts'
import { sourceOf } from '../../../functions/shared/byte-source.ts'
import { barsFile, SETTINGS, someBars } from '../../parquet-files.ts'

/** Four of six columns are read: the second and the last one are not. */
const READ = [0, 2, 3, 4]

function remote(bytes: Uint8Array, fails = (_read: number) => false) {
  const asked: [start: number, end: number][] = []
  let under = 0
  let mostUnder = 0
  return {
    asked,
    get mostUnder() {
      return mostUnder
    },
    source: {
      byteLength: bytes.length,
      isRemote: true,
      slice: async (start: number, end: number, room?: (length: number) => Uint8Array) => {
        const read = asked.push([start, end])
        mostUnder = Math.max(mostUnder, ++under)
        const target = room ? room(end - start) : new Uint8Array(end - start)
        await new Promise(setImmediate)
        under--
        if (fails(read)) throw new Error('reset')
        target.set(bytes.subarray(start, end))
        return target
      },
    },
  }
}

async function chunksOf(bytes: Uint8Array) {
  const footer = await readFooter(sourceOf(bytes), 2 ** 30)
  const leaves = leavesOf(footer).filter((_, column) => READ.includes(column))
  const groups = footer.rowGroups.map((_, i) => leaves.map((leaf) => columnChunk(footer, rowGroup(footer, i), leaf)))
  return { footer, leaves, groups }
}

describe('columns read side by side', () => {
  it('take one request for each row group, and the next ones are under way', async () => {
    const bytes = barsFile(someBars(200_000), { codec: 'SNAPPY', rowGroupSize: 20_000 })
    const { footer, leaves, groups } = await chunksOf(bytes)
    const from = remote(bytes)
    const source = prefetched(from.source, footer, leaves)
    const rooms = leaves.map(() => new Uint8Array(2 ** 20))
    for (const chunks of groups) {
      const read = chunks.map(({ start, end }, i) =>
        source.slice(start, end, (length) => rooms[i]!.subarray(0, length)),
      )
      for (const [i, piece] of (await Promise.all(read)).entries()) {
        assert.deepEqual(piece, bytes.subarray(chunks[i]!.start, chunks[i]!.end))
      }
    }
    await source.close()
    assert.ok(from.asked.length <= groups.length, `${from.asked.length} requests for ${groups.length} row groups`)
    assert.ok(from.mostUnder > 1)
    const inOrder = from.asked.every(([start], i) => i === 0 || start >= from.asked[i - 1]![1])
    assert.ok(inOrder, 'no byte is read twice')
  })

  it('may be read more than once, and fail where their answer is awaited', async () => {
    const bytes = barsFile(someBars(60_000), { codec: 'UNCOMPRESSED', rowGroupSize: 20_000 })
    const { footer, leaves, groups } = await chunksOf(bytes)
    const { start, end } = groups[0]![0]!
    const source = prefetched(remote(bytes).source, footer, leaves)
    for (let i = 0; i < 3; i++) assert.deepEqual(await source.slice(start, end), bytes.slice(start, end))
    await source.close()
    const broken = prefetched(remote(bytes, (read) => read === 3).source, footer, leaves)
    assert.deepEqual(await broken.slice(start, end), bytes.slice(start, end))
    await assert.rejects(async () => {
      for (const chunk of groups.flat()) await broken.slice(chunk.start, chunk.end)
    }, /reset/)
    await broken.close()
  })

  it('make the same output as a local file', async () => {
    const bytes = barsFile(someBars(60_000), { codec: 'SNAPPY', rowGroupSize: 7_000 })
    const outputs = await Promise.all(
      [sourceOf(bytes), remote(bytes).source].map(async (source) => {
        const enriched = await enrich(source, SETTINGS)
        const pieces: Uint8Array[] = []
        for await (const piece of enriched.bytes()) pieces.push(piece.slice())
        enriched.close()
        return Buffer.concat(pieces)
      }),
    )
    assert.deepEqual(outputs[0], outputs[1])
  })

  it('leave row groups of more than 4 MiB to the columns', async () => {
    const bytes = barsFile(someBars(200_000), { codec: 'UNCOMPRESSED', rowGroupSize: 200_000 })
    const { footer, leaves, groups } = await chunksOf(bytes)
    const from = remote(bytes)
    const source = prefetched(from.source, footer, leaves)
    const { start } = groups[0]![0]!
    await source.slice(start, start + 1000)
    assert.deepEqual(from.asked, [[start, start + 1000]])
  })
})
