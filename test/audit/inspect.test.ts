import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { inspect } from '../../functions/audit/inspect.ts'
import { COLUMN_CHUNK, COLUMN_META } from '../../functions/parquet/format/fields.ts'
import { asStruct, thrift } from '../../functions/parquet/format/thrift.ts'
import { chunkName, editChunks } from '../edit-chunks.ts'
import { barsFile, memorySource, SETTINGS, someBars } from '../parquet-files.ts'

const golden = (name: string) => readFileSync(new URL(`../golden/writers/${name}.parquet`, import.meta.url))
const limitsOf = async (file: Uint8Array) => (await inspect(memorySource(file), SETTINGS)).limits

describe('inspect says which columns Trino and Athena cannot read', () => {
  it('in a file of LZ4_RAW or BROTLI', async () => {
    for (const [name, codec] of [
      ['lz4', 'LZ4_RAW'],
      ['brotli', 'BROTLI'],
    ] as const) {
      assert.deepEqual(await limitsOf(golden(`pyarrow-${name}-pages-v1`)), [
        `Trino and Athena cannot read the columns "datetime", "open", "high" and 3 more: they do not support ${codec}, only SNAPPY, ZSTD, GZIP and LZ4`,
      ])
    }
  })

  it('and nothing of the others', async () => {
    for (const name of ['snappy', 'zstd', 'gzip', 'none']) {
      assert.deepEqual(await limitsOf(golden(`pyarrow-${name}-pages-v1`)), [])
    }
  })

  it('where a later row group has the codec, and where columns have several', async () => {
    // CODECS in parquet.thrift: BROTLI 4, LZ4_RAW 7
    const codecs: Record<string, number> = { volume: 4, open: 7 }
    const file = editChunks(barsFile(someBars(40), { rowGroupSize: 20 }), (chunk, group) => {
      const codec = group === 1 ? codecs[chunkName(chunk)] : undefined
      if (codec === undefined) return {}
      return {
        [COLUMN_CHUNK.metadata]: asStruct(
          chunk.struct(COLUMN_CHUNK.metadata)!.with({ [COLUMN_META.codec]: thrift.i32(codec) }),
        ).with({}),
      }
    })
    assert.deepEqual(await limitsOf(file), [
      'Trino and Athena cannot read the columns "open" and "volume": they do not support LZ4_RAW and BROTLI, only SNAPPY, ZSTD, GZIP and LZ4',
    ])
  })
})
