import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { verify } from '../../functions/audit/verify.ts'
import { columnChunk, rowGroup } from '../../functions/parquet/format/column-chunk.ts'
import { COLUMN_CHUNK, COLUMN_META, FILE_METADATA, ROW_GROUP } from '../../functions/parquet/format/fields.ts'
import { leavesOf, readFooter } from '../../functions/parquet/format/footer.ts'
import { pathOf } from '../../functions/parquet/format/schema.ts'
import { asStruct, type ThriftValue, thrift } from '../../functions/parquet/format/thrift.ts'
import type { ByteSource } from '../../functions/shared/byte-source.ts'
import { concatBytes } from '../../functions/shared/concat-bytes.ts'
import { barsFile, enrichBytes, gathered, memorySource, NEW_COLUMNS, SETTINGS, someBars } from '../parquet-files.ts'
import { quickOrThorough } from '../thorough.ts'

const bars = someBars(900)
const OLD_COLUMNS = ['datetime', 'open', 'high', 'low', 'close', 'volume']
const FILES = {
  appended: barsFile(bars, { codec: 'UNCOMPRESSED', rowGroupSize: 400 }),
  compacted: barsFile([...bars, ...bars.slice(850)], { codec: 'UNCOMPRESSED', rowGroupSize: 400 }),
}

function verified(original: ByteSource, enriched: Uint8Array) {
  return verify(original, memorySource(enriched), SETTINGS.memoryBudgetBytes, async (pieces) => ({
    ...memorySource(await gathered(pieces)),
    close: async () => {},
  }))
}

const golden = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../golden/writers/${name}.parquet`, import.meta.url)))

async function chunkOf(file: Uint8Array, column: string, group = 0) {
  const footer = await readFooter(memorySource(file), 2 ** 30)
  const leaf = leavesOf(footer).find((leaf) => pathOf(leaf) === column)!
  return columnChunk(footer, rowGroup(footer, group), leaf)
}

/** The file with other descriptions of the chunks of its last column. */
async function redescribed(file: Uint8Array, change: (chunk: ReturnType<typeof asStruct>) => ThriftValue) {
  const { meta, start } = await readFooter(memorySource(file), 2 ** 30)
  const groups = meta.structs(FILE_METADATA.rowGroups)!.map((group) => {
    const columns = group.list(ROW_GROUP.columns)!
    return group.with({
      [ROW_GROUP.columns]: thrift.list([...columns.slice(0, -1), change(asStruct(columns.at(-1)!))]),
    })
  })
  const footer = meta.with({ [FILE_METADATA.rowGroups]: thrift.list(groups) }).raw
  const end = new Uint8Array(8)
  new DataView(end.buffer).setUint32(0, footer.length, true)
  end.set(Buffer.from('PAR1'), 4)
  return concatBytes([file.subarray(0, start), footer, end])
}

describe('the second reader', () => {
  for (const [layout, original] of Object.entries(FILES)) {
    it(`reads all columns as we do: ${layout}`, async () => {
      const { output } = await enrichBytes(original)
      const { holds, secondReading } = await verified(memorySource(original), output)
      assert.equal(holds, true)
      assert.deepEqual(secondReading, {
        reader: 'parquet-wasm',
        columnsCompared: [...OLD_COLUMNS, ...NEW_COLUMNS],
        columnsNotRead: [],
      })
    })

    it(`finds a value that is another: ${layout}`, async () => {
      const { output } = await enrichBytes(original)
      for (const [column, group] of [
        ['volume', 1],
        ['close', 0],
        ['supertrend_lb', 1],
        ['st_trend_segment', 0],
      ] as const) {
        const { end } = await chunkOf(output, column, group)
        const changed = output.slice()
        changed[end - 1]! ^= 1
        const { holds, problems } = await verified(memorySource(original), changed)
        assert.equal(holds, false)
        const named = problems.filter((problem) => problem.includes(`column "${column}"`))
        assert.ok(
          named.some((problem) => /(as parquet-wasm reads it|cannot be read by parquet-wasm)/.test(problem)),
          problems.join('\n'),
        )
      }
    })

    it(`finds values that our own decoder reads differently: ${layout}`, async () => {
      const { output } = await enrichBytes(original)
      const { end } = await chunkOf(original, 'volume', 1)
      // our decoder is asked first, then parquet-wasm
      let reads = 0
      const source: ByteSource = {
        byteLength: original.length,
        slice: async (start, stop) => {
          const bytes = original.slice(start, stop)
          const isVolume = start < end && end <= stop && stop - start < original.length / 2
          if (isVolume && ++reads % 2 === 0) bytes[end - 1 - start]! ^= 1
          return bytes
        },
      }
      const { problems } = await verified(source, output)
      assert.match(problems.join('\n'), /column "volume" differs in row \d+ .*parquet-wasm/)
    })
  }

  it('compares nested columns, also where rows were dropped', async () => {
    const names = ['pyarrow-types-pages-v2', 'pyarrow-types-pages-v1', 'pyarrow-page-index-pages-v2']
    for (const name of names.slice(0, quickOrThorough(1, 3))) {
      const original = golden(name)
      const { output, layout } = await enrichBytes(original)
      assert.equal(layout, 'compacted')
      const { holds, columnsNotCompared, secondReading } = await verified(memorySource(original), output)
      assert.deepEqual([holds, columnsNotCompared], [true, []])
      assert.ok(secondReading?.columnsCompared.includes('list.list.element'))
    }
  })

  it('finds a value of a nested column that is another', async () => {
    const original = golden('pyarrow-types-pages-v1')
    const { output } = await enrichBytes(original)
    const { end } = await chunkOf(output, 'list.list.element', 1)
    const changed = output.slice()
    changed[end - 1]! ^= 1
    const { problems } = await verified(memorySource(original), changed)
    const named = problems.filter((problem) => problem.startsWith('column "list.list.element" '))
    assert.match(
      named.join('\n'),
      /(differs in row group 1 of the original as parquet-wasm reads it|cannot be read by parquet-wasm)/,
    )
  })

  it('is not asked for a column in a codec that it does not know, or an encrypted one, which is said', async () => {
    const LZO = 3
    const faults = {
      'compressed with LZO; allowed are': (chunk: ReturnType<typeof asStruct>) =>
        chunk.with({
          [COLUMN_CHUNK.metadata]: chunk.struct(COLUMN_CHUNK.metadata)!.with({ [COLUMN_META.codec]: thrift.i32(LZO) }),
        }),
      'is encrypted': (chunk: ReturnType<typeof asStruct>) =>
        chunk.with({ [COLUMN_CHUNK.cryptoMetadata]: thrift.struct({ 1: thrift.struct({}) }) }),
    }
    const whole = golden('pyarrow-types-clean')
    const all = leavesOf(await readFooter(memorySource(whole), 2 ** 30)).map(pathOf)
    for (const [reason, change] of Object.entries(faults)) {
      const original = await redescribed(whole, change)
      const { output } = await enrichBytes(original)
      const { holds, problems, secondReading } = await verified(memorySource(original), output)
      assert.deepEqual([holds, problems], [true, []])
      assert.deepEqual(secondReading?.columnsCompared, [...all.slice(0, -1), ...NEW_COLUMNS])
      const [unread, ...rest] = secondReading?.columnsNotRead ?? []
      assert.deepEqual([unread?.column, rest], [all.at(-1), []])
      assert.ok(unread?.reason.includes(reason), unread?.reason)
    }
  })
})
