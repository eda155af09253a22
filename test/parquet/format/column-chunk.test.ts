import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { COLUMN_META } from '../../../functions/parquet/format/fields.ts'
import { thrift } from '../../../functions/parquet/format/thrift.ts'
import { craft, marketColumns } from '../../faults/crafted-file.ts'
import { enrichBytes } from '../../parquet-files.ts'

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
