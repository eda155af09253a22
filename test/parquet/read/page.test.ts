import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DATA_PAGE, DATA_PAGE_V2 } from '../../../functions/parquet/format/enumerations.ts'
import { checksumOf, craft, marketColumns } from '../../faults/crafted-file.ts'
import { enrichBytes } from '../../parquet-files.ts'
import { quickOrThorough } from '../../thorough.ts'

describe('pages that are longer than one read', () => {
  const rows = quickOrThorough(300_000, 400_000)
  for (const pageRows of quickOrThorough([75_000, 150_000], [30_000, 75_000, 100_000, 150_000])) {
    for (const kind of [DATA_PAGE, DATA_PAGE_V2]) {
      it(`of kind ${kind}, with ${pageRows} rows each, keep their checksums and levels`, async () => {
        const columns = marketColumns(rows).map((column) => {
          const all = column.pages[0]!.body
          const pages = Array.from({ length: Math.ceil(rows / pageRows) }, (_, i) => {
            const body = all.subarray(8 * i * pageRows, 8 * (i + 1) * pageRows)
            return { kind, values: body.length / 8, body, header: checksumOf(body) }
          })
          return { ...column, pages }
        })
        const { quality } = await enrichBytes(craft({ columns, rows }))
        assert.equal(quality.rowsWritten, rows)
      })
    }
  }
})
