import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkDisjoint, columnChunk, rowGroup } from '../../../functions/parquet/format/column-chunk.ts'
import { COLUMN_CHUNK, COLUMN_META, ROW_GROUP } from '../../../functions/parquet/format/fields.ts'
import { leavesOf, readFooter } from '../../../functions/parquet/format/footer.ts'
import { thrift } from '../../../functions/parquet/format/thrift.ts'
import { craft, marketColumns } from '../../faults/crafted-file.ts'
import { enrichBytes, memorySource } from '../../parquet-files.ts'

const ROWS = 20

/** Minute bars whose footer states other fields of the chunk of `high`. */
function withMeta(meta: Record<number, ReturnType<typeof thrift.i64>>): Uint8Array {
  const columns = marketColumns(ROWS).map((column) => (column.name === 'high' ? { ...column, meta } : column))
  return craft({ columns, rows: ROWS })
}

describe('a column chunk', () => {
  it('is refused within the four bytes that begin a file', async () => {
    for (const offset of [0, 3]) {
      await assert.rejects(
        enrichBytes(withMeta({ [COLUMN_META.dataPageOffset]: thrift.i64(offset) })),
        new RegExp(`column "high" is at bytes ${offset} to \\d+, outside of the data`),
      )
    }
  })

  it('has no dictionary where its offset is 0, as some writers state', async () => {
    const stated = await enrichBytes(withMeta({ [COLUMN_META.dictionaryPageOffset]: thrift.i64(0) }))
    assert.equal(stated.quality.rowsWritten, ROWS)
  })

  it('is refused where it reaches into the footer, by one byte too', async () => {
    const bytes = craft({ columns: marketColumns(ROWS), rows: ROWS })
    const footerStart =
      bytes.length - 8 - new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true)
    const meta = (size: number) => ({ [COLUMN_META.totalCompressedSize]: thrift.i64(size) })
    const columns = (size: number) =>
      marketColumns(ROWS).map((column) => (column.name === 'close' ? { ...column, meta: meta(size) } : column))
    // the last chunk begins behind three others of the same length
    const length = (footerStart - 4) / 4
    await enrichBytes(craft({ columns: columns(length), rows: ROWS }))
    await assert.rejects(enrichBytes(craft({ columns: columns(length + 1), rows: ROWS })), /outside of the data/)
  })
})

async function opened(changes: Parameters<typeof craft>[0] = { columns: marketColumns(ROWS), rows: ROWS }) {
  const footer = await readFooter(memorySource(craft(changes)), 2 ** 30)
  return { footer, leaves: leavesOf(footer) }
}

describe('the chunks of a file', () => {
  /** Each column but the first states another place for its chunk; all chunks have the same length. */
  async function placed(places: (length: number) => readonly number[]) {
    const { footer, leaves } = await opened()
    const { start, end } = columnChunk(footer, rowGroup(footer, 0), leaves[0]!)
    const offsets = places(end - start)
    const columns = marketColumns(ROWS).map((column, i) =>
      i === 0 ? column : { ...column, meta: { [COLUMN_META.dataPageOffset]: thrift.i64(start + offsets[i - 1]!) } },
    )
    return opened({ columns, rows: ROWS })
  }
  const overlap = (byte: number) => ({
    code: 'corrupt',
    message: new RegExp(`two column chunks overlap at byte ${byte}`),
  })

  it('may be in any order, side by side', async () => {
    for (const order of [
      [1, 2, 3],
      [3, 2, 1],
      [2, 3, 1],
    ]) {
      const { footer, leaves } = await placed((length) => order.map((place) => place * length))
      checkDisjoint(footer, leaves)
    }
  })

  it('share no byte', async () => {
    for (const order of [
      [1, 2, 3],
      [3, 2, 1],
      [2, 3, 1],
    ]) {
      for (const moved of [0, 1, 2]) {
        let byte = 0
        const { footer, leaves } = await placed((length) => {
          byte = 4 + order[moved]! * length - 1
          return order.map((place, i) => place * length - Number(i === moved))
        })
        assert.throws(() => checkDisjoint(footer, leaves), overlap(byte), `${order} ${moved}`)
      }
    }
  })

  it('share none over row groups either', async () => {
    const { footer, leaves } = await opened({ columns: marketColumns(ROWS), rows: ROWS, groups: 2 })
    assert.throws(() => checkDisjoint(footer, leaves), overlap(4))
    assert.throws(() => checkDisjoint(footer, leaves.slice(0, 1)), overlap(4))
  })

  it('are described as the schema describes their columns', async () => {
    const refused = async (changes: object, code: string, message: RegExp) => {
      const columns = marketColumns(ROWS).map((column) => (column.name === 'high' ? { ...column, ...changes } : column))
      const { footer, leaves } = await opened({ columns, rows: ROWS })
      assert.throws(() => columnChunk(footer, rowGroup(footer, 0), leaves[1]!), { code, message })
    }
    await refused({ chunk: { [COLUMN_CHUNK.filePath]: thrift.binary('b') } }, 'unsupported', /in another file, "b"/)
    await refused({ chunk: { [COLUMN_CHUNK.cryptoMetadata]: thrift.struct({}) } }, 'encrypted', /"high" is encrypted/)
    await refused({ chunk: { [COLUMN_CHUNK.encryptedColumnMetadata]: thrift.binary('') } }, 'encrypted', /encrypted/)
    const int32 = { [COLUMN_META.type]: thrift.i32(1) }
    await refused({ meta: int32 }, 'corrupt', /"high" is DOUBLE in the schema, INT32 in a chunk/)
    const low = { [COLUMN_META.pathInSchema]: thrift.list([thrift.binary('low')]) }
    await refused({ meta: low }, 'corrupt', /"high" is called "low" in a chunk/)
    const { footer } = await opened({
      ...{ columns: marketColumns(ROWS), rows: ROWS },
      group: { [ROW_GROUP.columns]: thrift.list([]) },
    })
    assert.throws(() => rowGroup(footer, 0), { code: 'corrupt', message: /row group 0 has 0 columns, the schema 4/ })
  })

  it('may be anywhere when they have no values: pyarrow states offset 0', async () => {
    const meta = { [COLUMN_META.dataPageOffset]: thrift.i64(0) }
    const { footer, leaves } = await opened({ columns: [{ name: 'x', type: 'INT32', pages: [], meta }], rows: 0 })
    assert.equal(columnChunk(footer, rowGroup(footer, 0), leaves[0]!).start, 0)
    checkDisjoint(footer, leaves)
  })

  it('have the dictionary that is before the data pages', async () => {
    const chunkWith = async (dictionary: number) => {
      const meta = {
        [COLUMN_META.dataPageOffset]: thrift.i64(10),
        [COLUMN_META.dictionaryPageOffset]: thrift.i64(dictionary),
      }
      const columns = marketColumns(ROWS).map((column) => (column.name === 'ts' ? { ...column, meta } : column))
      const { footer, leaves } = await opened({ columns, rows: ROWS })
      return columnChunk(footer, rowGroup(footer, 0), leaves[0]!).start
    }
    assert.deepEqual(await Promise.all([4, 9, 10, 11, 0, -1].map(chunkWith)), [4, 9, 10, 10, 10, 10])
  })
})
