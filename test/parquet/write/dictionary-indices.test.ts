import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import {
  duckDbRows,
  duckDbRun,
  enrichAndKeep,
  NEW_COLUMNS,
  readMetadata,
  readRows,
  temporaryFolder,
} from '../../parquet-files.ts'
import { quickOrThorough } from '../../thorough.ts'
import { walkFooter, withoutGroup } from '../footer-walk.ts'
import { checkPageIndexes } from '../page-walk.ts'

const scratch = temporaryFolder()
const [input, enriched] = ['input.parquet', 'enriched.parquet'].map((name) => path.join(scratch, name))
const ROWS = 6000

/** Bars, the last of which comes twice and some in the middle. */
async function write(options: string, text: string): Promise<Uint8Array> {
  await duckDbRun(`COPY (
    SELECT TIMESTAMP '2024-01-01' + INTERVAL (bar) MINUTE AS datetime, ${text} AS note, (bar // 100)::INT AS number,
           v + 1 AS high, v - 1 AS low, v AS close
    FROM (SELECT row, least(row, ${ROWS - 2}) - (row = 100)::INT AS bar FROM range(${ROWS}) t(row)),
         LATERAL (SELECT (100 + sin(bar / 9) * 20)::DECIMAL(9, 2)::DOUBLE AS v) ORDER BY row
  ) TO '${input}' (FORMAT parquet, ROW_GROUP_SIZE 2048, ${options})`)
  return new Uint8Array(readFileSync(input!))
}

/** Pages of a column by kind and encoding, of each row group. */
async function pagesOf(bytes: Uint8Array, name: string): Promise<string[][]> {
  const { row_groups } = await readMetadata(bytes)
  return row_groups.map(({ columns }) => {
    const chunk = columns.find(({ meta_data }) => meta_data!.path_in_schema[0] === name)!
    return [...new Set(chunk.meta_data!.encoding_stats?.map((pages) => `${pages.page_type} ${pages.encoding}`))].sort()
  })
}

/** Without what DuckDB states of its own pages, which goes with them. */
async function problemsOf(output: Uint8Array, source: Uint8Array): Promise<string[]> {
  const stated = (await walkFooter(source)).problems.map(withoutGroup)
  return (await walkFooter(output)).problems.filter((problem) => !stated.includes(withoutGroup(problem)))
}

async function assertSameRows(output: Uint8Array, source: Uint8Array): Promise<void> {
  const old = (rows: readonly Record<string, unknown>[]) =>
    rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !NEW_COLUMNS.includes(name))))
  const expected = (rows: readonly Record<string, unknown>[]) =>
    rows.filter((_, row) => row !== 100 && row !== ROWS - 1)
  assert.deepEqual(old(await readRows(output)), expected(await readRows(source)))
  writeFileSync(enriched!, output)
  const rowsOf = (name: string) => duckDbRows(`SELECT * FROM '${name}'`)
  assert.deepEqual(old(await rowsOf(enriched!)), expected(await rowsOf(input!)))
}

describe('texts of pages that lose rows', () => {
  const text = "if(bar % 7 = 0, NULL, 'note ' || bar % 300 || repeat('\u00e9', bar % 5))"
  for (const version of ['V1', 'V2']) {
    for (const codec of quickOrThorough(['snappy', 'zstd'], ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli'])) {
      it(`stay indices into the dictionary that there is, ${codec}, ${version}`, async () => {
        const source = await write(`COMPRESSION ${codec}, PARQUET_VERSION ${version}`, text)
        const { output, layout, dropped } = await enrichAndKeep(source)
        assert.equal(layout, 'compacted')
        for (const pages of await pagesOf(output, 'note')) {
          assert.ok(!pages.some((page) => page.startsWith('DATA') && page.endsWith(' PLAIN')), pages.join())
        }
        for (const bytes of [output, dropped]) assert.deepEqual(await problemsOf(bytes, source), [])
        await assertSameRows(output, source)
      })
    }
  }

  it('are PLAIN when there is no dictionary', async () => {
    const plain = await write('COMPRESSION snappy', "'note ' || bar")
    const { output } = await enrichAndKeep(plain)
    assert.ok((await pagesOf(output, 'note'))[0]!.includes('DATA_PAGE PLAIN'))
    await assertSameRows(output, plain)
  })

  it('may be empty in the last entry of the dictionary', async () => {
    const source = await write('COMPRESSION snappy', "if(bar % 2048 > 2000, '', 'note ' || bar % 300)")
    const { output } = await enrichAndKeep(source)
    await assertSameRows(output, source)
  })

  it('are one text, or none, or of many pages with indexes', async () => {
    for (const text of ["'AAPL'", 'NULL::VARCHAR', "if(bar < 50, 'a', NULL)"]) {
      const source = await write('COMPRESSION snappy', text)
      const { output } = await enrichAndKeep(source)
      assert.deepEqual(await problemsOf(output, source), [])
      await checkPageIndexes(output)
      await assertSameRows(output, source)
    }
  })
})
