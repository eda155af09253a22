import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { restore } from '../../functions/audit/restore.ts'
import { verify } from '../../functions/audit/verify.ts'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import { enrichParquet } from '../../functions/library.ts'
import { columnChunk, rowGroup } from '../../functions/parquet/format/column-chunk.ts'
import { DATA_PAGE, DATA_PAGE_V2, DICTIONARY_PAGE } from '../../functions/parquet/format/enumerations.ts'
import { FILE_METADATA, ROW_GROUP, SORTING_COLUMN } from '../../functions/parquet/format/fields.ts'
import { leavesOf, readFooter } from '../../functions/parquet/format/footer.ts'
import { ThriftStruct, thrift } from '../../functions/parquet/format/thrift.ts'
import { pagesOf, readBuffers } from '../../functions/parquet/read/chunk-pages.ts'
import {
  type Bar,
  barsFile,
  duckDbRows,
  duckDbRun,
  enrichAndKeep,
  gathered,
  memorySource,
  NEW_COLUMNS,
  type Row,
  random,
  readMetadata,
  readRows,
  someBars,
  temporaryFolder,
} from '../parquet-files.ts'
import { quickOrThorough } from '../thorough.ts'

const writers = fileURLToPath(new URL('../golden/writers/', import.meta.url))
const scratch = temporaryFolder()
const bars = someBars(300)
const overlapping = barsFile([...bars.slice(0, 200), ...bars.slice(150)], { rowGroupSize: 120, pageSize: 1024 })

async function restored(output: Uint8Array, dropped: Uint8Array | undefined) {
  const { pieces, ...rest } = await restore(memorySource(output), dropped && memorySource(dropped), 2 ** 30)
  return { ...rest, file: await gathered(pieces()) }
}

async function verified(original: Uint8Array, enriched: Uint8Array, dropped: Uint8Array) {
  const spool = async (pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) => ({
    ...memorySource(await gathered(pieces)),
    close: async () => {},
  })
  return verify(memorySource(original), memorySource(enriched), 2 ** 30, spool, { dropped: memorySource(dropped) })
}

const without = (row: Row, names: readonly string[]) =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)))

/** The rows of both files in the order of the input, put together by another reader. */
async function union(output: Uint8Array, dropped: Uint8Array): Promise<Row[]> {
  const all: Row[] = []
  for (const row of await readRows(dropped)) {
    all[Number(row.dropped_row)] = without(row, ['dropped_row', 'kept_row'])
  }
  let at = 0
  for (const row of await readRows(output)) {
    while (all[at]) at++
    all[at] = without(row, NEW_COLUMNS)
  }
  return all
}

/** How many rows two files have, and in how many of them they differ, as DuckDB reads them. */
async function different(a: string, b: string): Promise<Row> {
  const [counted] = await duckDbRows(`SELECT count(*)::INT AS rows,
    count(*) FILTER (a IS DISTINCT FROM b)::INT AS others FROM '${a}' a POSITIONAL JOIN '${b}' b`)
  return counted!
}

/** The same file, which says that it is sorted by the column of this position. */
function sortedBy(file: Uint8Array, column: number): Uint8Array {
  const start = file.length - 8 - new DataView(file.buffer).getUint32(file.length - 8, true)
  const meta = new ThriftStruct(file, start)
  const sorting = thrift.struct({
    [SORTING_COLUMN.columnIdx]: thrift.i32(column),
    [SORTING_COLUMN.descending]: thrift.boolean(false),
    [SORTING_COLUMN.nullsFirst]: thrift.boolean(false),
  })
  const groups = meta
    .structs(FILE_METADATA.rowGroups)!
    .map((group) => group.with({ [ROW_GROUP.sortingColumns]: thrift.list([sorting]) }))
  const footer = meta.with({ [FILE_METADATA.rowGroups]: thrift.list(groups) }).raw
  const length = new Uint8Array(Uint32Array.of(footer.length).buffer)
  return new Uint8Array(Buffer.concat([file.subarray(0, start), footer, length, Buffer.from('PAR1')]))
}

async function noteOf(bytes: Uint8Array): Promise<string> {
  const { key_value_metadata } = await readMetadata(bytes)
  return key_value_metadata!.find(({ key }) => key === 'parquet-supertrend')!.value!
}

const rowGroupsOf = async (bytes: Uint8Array) =>
  (await readMetadata(bytes)).row_groups.map(({ num_rows }) => Number(num_rows)).filter((rows) => rows > 0)

const nullsOf = async (bytes: Uint8Array) =>
  (await readMetadata(bytes)).row_groups.map(({ columns }) =>
    columns.map(({ meta_data }) => meta_data!.statistics!.null_count),
  )

describe('the removed rows of files of other writers', () => {
  const names = readdirSync(writers).filter((name) => name.endsWith('.parquet'))
  for (const name of names.filter((_, i) => i % quickOrThorough(10, 1) === 0)) {
    it(`${name}: the enriched file and they have every row, types included`, async () => {
      const input = new Uint8Array(readFileSync(path.join(writers, name)))
      const rows = await readRows(input)
      for (const keep of ['first', 'last'] as const) {
        const { output, dropped, quality } = await enrichAndKeep(input, { keep })
        assert.equal((await readRows(dropped)).length, quality.duplicatesDropped)
        assert.deepEqual(await union(output, dropped), rows)
        const file = path.join(scratch, `${keep}-${name}`)
        writeFileSync(file, dropped)
        const columns = async (of: string) =>
          (await duckDbRows(`DESCRIBE SELECT * FROM '${of}'`)).map((row) => [row.column_name, row.column_type])
        assert.deepEqual(await columns(file), [
          ...(await columns(path.join(writers, name))),
          ['dropped_row', 'BIGINT'],
          ['kept_row', 'BIGINT'],
        ])
        const [counted] = await duckDbRows(`SELECT count(*)::INT AS rows FROM '${file}'`)
        assert.equal(counted!.rows, quality.duplicatesDropped)
      }
    })

    it(`${name}: comes back from the two files`, async () => {
      const input = new Uint8Array(readFileSync(path.join(writers, name)))
      const { output, dropped, layout } = await enrichAndKeep(input, { keep: 'last' })
      const { file, bytes } = await restored(output, dropped)
      assert.equal(bytes, layout === 'appended' ? 'same' : 'other')
      if (bytes === 'same') assert.deepEqual(file, input)
      assert.deepEqual(await readRows(file), await readRows(input))
      assert.deepEqual((await readMetadata(file)).schema.slice(1), (await readMetadata(input)).schema.slice(1))
      const names = [path.join(scratch, `restored-${name}`), path.join(writers, name)] as const
      writeFileSync(names[0], file)
      const [found, expected] = await Promise.all(names.map((of) => duckDbRows(`SELECT * FROM '${of}'`)))
      assert.deepEqual(found, expected)
      const { holds, problems } = await verified(input, output, dropped)
      assert.deepEqual([holds, problems], [true, []])
    })
  }
})

describe('laws of the removed rows', () => {
  const anyBars = fc.array(
    fc.record({
      time: fc.integer({ min: 0, max: 30 }).map((minute) => Date.UTC(2024, 0, 1) + minute * 60_000),
      open: fc.constantFrom(null, 100, 101),
      high: fc.constantFrom(null, 102, 103),
      low: fc.constantFrom(98, 99),
      close: fc.constantFrom(100, 101),
      volume: fc.constantFrom(null, 0, 10),
      symbol: fc.constantFrom(null, '', 'A', 'BTC/USDT'),
    }),
    { minLength: 1, maxLength: 90 },
  )
  const settings = fc.record({ keep: fc.constantFrom('first' as const, 'last' as const) })
  const layouts = fc.record({
    rowGroupSize: fc.constantFrom(1, 7, 50, 1000),
    pageSize: fc.constantFrom(1, 100, 10_000),
  })
  const anyFile = (check: (bars: Bar[], keep: EnrichSettings['keep'], input: Uint8Array) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(anyBars, settings, layouts, (some, { keep }, layout) =>
        check(some, keep, barsFile(some, layout)),
      ),
      { numRuns: quickOrThorough(4, 60) },
    )

  it('the two files have every row once, and say which row each was dropped for', async () => {
    await anyFile(async (some, keep, input) => {
      const { output, dropped } = await enrichAndKeep(input, { keep })
      assert.deepEqual(await union(output, dropped), await readRows(input))
      const keyOf = (row: number) => JSON.stringify([some[row]!.symbol, some[row]!.time])
      const stays = new Map<string, number>()
      for (const row of some.keys()) if (keep === 'last' || !stays.has(keyOf(row))) stays.set(keyOf(row), row)
      const expected = [...some.keys()].filter((row) => stays.get(keyOf(row)) !== row)
      assert.deepEqual(
        (await readRows(dropped)).map((row) => [Number(row.dropped_row), Number(row.kept_row)]),
        expected.map((row) => [row, stays.get(keyOf(row))]),
      )
    })
  })

  it('the original comes back with its rows and row groups, and verify holds', async () => {
    await anyFile(async (_, keep, input) => {
      const { output, dropped } = await enrichAndKeep(input, { keep })
      const { file } = await restored(output, dropped)
      assert.deepEqual(await readRows(file), await readRows(input))
      assert.deepEqual(await rowGroupsOf(file), await rowGroupsOf(input))
      assert.deepEqual(await nullsOf(file), await nullsOf(input))
      assert.deepEqual((await verified(input, output, dropped)).problems, [])
    })
  })
})

describe('a file of removed rows', () => {
  it('has no rows when none was dropped, and the same columns', async () => {
    const { dropped } = await enrichAndKeep(barsFile(bars))
    const { schema, num_rows, row_groups } = await readMetadata(dropped)
    assert.deepEqual([Number(num_rows), row_groups.length], [0, 0])
    const names = ['datetime', 'open', 'high', 'low', 'close', 'volume', 'dropped_row', 'kept_row']
    assert.deepEqual(
      schema.slice(1).map(({ name }) => name),
      names,
    )
  })

  it('says what it is, of which file, and how that was laid out', async () => {
    const { dropped } = await enrichAndKeep(overlapping)
    const { version, ...note } = JSON.parse(await noteOf(dropped))
    assert.equal(typeof version, 'string')
    assert.deepEqual(note, {
      content: 'dropped rows',
      sourceBytes: overlapping.length,
      settings: { keep: 'first' },
      rowsRead: 350,
      duplicatesDropped: 50,
      rowColumns: { dropped: 'dropped_row', kept: 'kept_row' },
      rowGroups: [
        [120, 2],
        [110, 1],
      ],
    })
  })

  it('is the same each time, and for a library', async () => {
    const { dropped } = await enrichAndKeep(overlapping)
    const enriched = await enrichParquet(overlapping)
    assert.deepEqual(await gathered(enriched.droppedBytes()), dropped)
    assert.deepEqual(await gathered(enriched.droppedBytes()), dropped)
    enriched.close()
  })

  it('has row numbers that its statistics bound', async () => {
    const { dropped } = await enrichAndKeep(overlapping)
    const [group] = (await readMetadata(dropped)).row_groups
    const statistics = group!.columns.slice(-2).map(({ meta_data }) => meta_data!.statistics!)
    assert.deepEqual(
      statistics.map(({ min_value, max_value, null_count }) => [min_value, max_value, null_count]),
      [
        [200n, 239n, 0n],
        [150n, 189n, 0n],
      ],
    )
  })

  it('gives its row numbers other names when the file has columns of theirs', async () => {
    const data = (values: readonly number[]) => values.map((value) => BigInt(value))
    const input = (...names: string[]) =>
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: 'datetime', data: [...bars, bars[0]!].map((bar) => new Date(bar.time)), type: 'TIMESTAMP' },
            ...(['high', 'low', 'close'] as const).map((name) => ({
              name,
              data: [...bars, bars[0]!].map((bar) => bar[name]),
              type: 'DOUBLE' as const,
            })),
            ...names.map((name) => ({
              name,
              data: data([...bars.keys(), bars.length]),
              type: 'INT64' as const,
            })),
          ],
        }),
      )
    for (const [own, made] of [
      [['Kept_Row'], ['dropped_row_2', 'kept_row_2']],
      [
        ['dropped_row', 'kept_row_2'],
        ['dropped_row_3', 'kept_row_3'],
      ],
    ] as const) {
      const file = input(...own)
      const { output, dropped } = await enrichAndKeep(file)
      const names = (await readMetadata(dropped)).schema.slice(1).map(({ name }) => name)
      assert.deepEqual(names, ['datetime', 'high', 'low', 'close', ...own, ...made])
      assert.deepEqual((await verified(file, output, dropped)).problems, [])
      assert.deepEqual(await readRows((await restored(output, dropped)).file), await readRows(file))
    }
  })

  it('comes in pages, whatever the number of rows, and in the order of the rows when they were sorted', async () => {
    const many = someBars(66_000)
    const input = barsFile([...many, ...many.toReversed()])
    const { output, dropped } = await enrichAndKeep(input, { keep: 'last' })
    const names = ['input', 'restored', 'rows'].map((name) => path.join(scratch, `${name}-many.parquet`))
    for (const [i, bytes] of [input, (await restored(output, dropped)).file, dropped].entries()) {
      writeFileSync(names[i]!, bytes)
    }
    assert.deepEqual(await different(names[0]!, names[1]!), { rows: 132_000, others: 0 })
    const [numbers] = await duckDbRows(`SELECT count(*)::INT AS rows,
      count(*) FILTER (dropped_row <> row OR kept_row <> 131_999 - row)::INT AS others
      FROM (SELECT *, row_number() OVER () - 1 AS row FROM '${names[2]}')`)
    assert.deepEqual(numbers, { rows: 66_000, others: 0 })
  })
})

describe('restore', () => {
  it('puts single rows back between others, with nulls, booleans and texts', async () => {
    const name = path.join(scratch, 'scattered.parquet')
    await duckDbRun(`COPY (SELECT TIMESTAMP '2024-01-01' + INTERVAL (i - (i % 50 = 1)::INT) MINUTE AS datetime,
      10.0 + i % 7 AS high, 9.0 + i % 7 AS low, 9.5 AS close,
      CASE WHEN i % 3 > 0 THEN i % 2 = 0 END AS flag, CASE WHEN i % 4 > 0 THEN repeat('x', i % 90) END AS label,
      CASE WHEN i % 7 > 0 THEN (i % 200)::UTINYINT END AS small, i::HUGEINT::DECIMAL(30, 4) AS amount, uuid() AS id,
      [i, i + 1] AS pair, CASE WHEN i % 6 > 0 THEN {'a': i, 'b': [i::VARCHAR]} END AS deep
      FROM range(40_000) t(i)) TO '${name}' (FORMAT parquet, ROW_GROUP_SIZE 100_000)`)
    const input = new Uint8Array(readFileSync(name))
    // the first row among them
    const { output, dropped, quality } = await enrichAndKeep(input, { keep: 'last' })
    assert.equal(quality.duplicatesDropped, 800)
    const { file } = await restored(output, dropped)
    writeFileSync(path.join(scratch, 'whole.parquet'), file)
    const counted = await different(path.join(scratch, 'whole.parquet'), name)
    assert.deepEqual(counted, { rows: 40_000, others: 0 })
  })

  it('gives back all columns but those that were replaced, and no sort order by wrong numbers', async () => {
    const times = [...bars.slice(0, 100), ...bars.slice(0, 100), ...bars.slice(90)]
    const file = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'trend_orientation', type: 'INT32', data: times.map((_, i) => i) },
          { name: 'datetime', type: 'TIMESTAMP', data: times.map((bar) => new Date(bar.time)) },
          ...(['high', 'low', 'close'] as const).map((name) => {
            return { name, type: 'DOUBLE' as const, data: times.map((bar) => bar[name]) }
          }),
        ],
        // the second row group loses all its rows, the third some
        rowGroupSize: 100,
      }),
    )
    const input = sortedBy(file, 1)
    const { output, dropped, quality } = await enrichAndKeep(input)
    assert.equal(quality.duplicatesDropped, 110)
    assert.deepEqual(
      (await readRows(dropped)).map((row) => row.trend_orientation),
      times.flatMap((_, i) => (i >= 100 && i < 210 ? [i] : [])),
    )
    const back = (await restored(output, dropped)).file
    assert.deepEqual(
      await readRows(back),
      (await readRows(input)).map((row) => without(row, ['trend_orientation'])),
    )
    assert.deepEqual(
      (await readMetadata(back)).row_groups.map((group) => group.sorting_columns?.map((column) => column.column_idx)),
      [[0], undefined, [0], [0], [0]],
    )
    assert.deepEqual((await verified(input, output, dropped)).problems, [])
  })

  it('has pages of the version that the input has', async () => {
    for (const version of [1, 2]) {
      const name = `pyarrow-snappy-pages-v${version}.parquet`
      const input = new Uint8Array(readFileSync(path.join(writers, name)))
      const { output, dropped } = await enrichAndKeep(input)
      const { file } = await restored(output, dropped)
      const footer = await readFooter(memorySource(file), 2 ** 30)
      const kinds = new Set<number>()
      for (const leaf of leavesOf(footer)) {
        for (const [i, rows] of footer.groupRows.entries()) {
          const chunk = columnChunk(footer, rowGroup(footer, i), leaf)
          const pages = pagesOf({ source: memorySource(file), leaf, chunk, rows, buffers: readBuffers(footer) })
          for await (const page of pages) kinds.add(page.kind)
        }
      }
      kinds.delete(DICTIONARY_PAGE)
      assert.deepEqual([...kinds], [version === 1 ? DATA_PAGE : DATA_PAGE_V2])
    }
  })

  it('leaves bloom filters behind, and does not say that they are there', async () => {
    const name = path.join(scratch, 'bloom.parquet')
    await duckDbRun(`COPY (SELECT TIMESTAMP '2024-01-01' + INTERVAL (least(i, 4999)) MINUTE AS datetime,
      'venue-' || (i % 300) AS origin, 12.0 + i % 7 AS high, 9.0 + i % 7 AS low, 11.0 + i % 7 AS close
      FROM range(5010) t(i)) TO '${name}' (FORMAT parquet)`)
    const input = new Uint8Array(readFileSync(name))
    const { output, dropped } = await enrichAndKeep(input)
    const { file } = await restored(output, dropped)
    const offsets = async (bytes: Uint8Array) =>
      (await readMetadata(bytes)).row_groups.flatMap(({ columns }) =>
        columns.map(({ meta_data }) => meta_data!.bloom_filter_offset),
      )
    assert.ok((await offsets(input)).some((offset) => offset !== undefined))
    assert.ok((await offsets(file)).every((offset) => offset === undefined))
    // DuckDB asks a filter before it reads: a wrong one would lose rows
    writeFileSync(name, file)
    const [row] = await duckDbRows(`SELECT count(*)::INT AS rows FROM '${name}' WHERE origin = 'venue-7'`)
    assert.equal(row!.rows, 17)
  })

  it('leaves nothing of enriching in the footer', async () => {
    const input = new Uint8Array(readFileSync(path.join(writers, 'pyarrow-types-pages-v1.parquet')))
    const { output, dropped } = await enrichAndKeep(input)
    const { key_value_metadata: before } = await readMetadata(input)
    const { key_value_metadata: after } = await readMetadata((await restored(output, dropped)).file)
    assert.deepEqual(
      after!.map(({ key }) => key),
      before!.map(({ key }) => key),
    )
    const schema = Buffer.from(after!.find(({ key }) => key === 'ARROW:schema')!.value!, 'base64')
    assert.ok(schema.includes('America/New_York'))
    const without = await enrichAndKeep(overlapping)
    const { file } = await restored(without.output, without.dropped)
    assert.equal((await readMetadata(file)).key_value_metadata, undefined)
  })

  it('refuses without the removed rows, and with those of another file or other settings', async () => {
    const { output, dropped } = await enrichAndKeep(overlapping)
    const refused = (ours: Uint8Array, theirs: Uint8Array | undefined, message: RegExp) =>
      assert.rejects(restored(ours, theirs), { code: 'not-enriched', message })
    await refused(output, undefined, /50 rows were removed.*--dropped/)
    await refused(output, overlapping, /has no note that it contains removed rows/)
    await refused(dropped, dropped, /the file contains removed rows; give the enriched file/)
    await refused(output, (await enrichAndKeep(overlapping, { keep: 'last' })).dropped, /with other settings/)
    const longer = barsFile([...bars.slice(0, 200), ...bars.slice(149)])
    await refused(output, (await enrichAndKeep(longer)).dropped, /sourceBytes \d+/)
    const clean = await enrichAndKeep(barsFile(bars))
    await refused(clean.output, dropped, /do not fit each other/)
  })

  it('refuses the removed rows of a file of the same size', async () => {
    const options = { rowGroupSize: 500, codec: 'UNCOMPRESSED' } as const
    const other = someBars(300, 2)
    const [ours, theirs] = [bars, other].map((some) => barsFile([...some.slice(0, 200), ...some.slice(150)], options))
    assert.equal(ours!.length, theirs!.length)
    const [{ output }, { dropped }] = [await enrichAndKeep(ours!), await enrichAndKeep(theirs!)]
    await assert.rejects(restored(output, dropped), { code: 'not-enriched', message: /bounds of column "open"/ })
  })

  it('refuses files that another program has rewritten', async () => {
    const { output, dropped } = await enrichAndKeep(overlapping)
    const copy = async (bytes: Uint8Array, select: string, groupRows: number) => {
      const [from, to] = [path.join(scratch, 'from.parquet'), path.join(scratch, `to-${select.length}.parquet`)]
      writeFileSync(from, bytes)
      const metadata = `KV_METADATA {'parquet-supertrend': '${await noteOf(bytes)}'}`
      await duckDbRun(
        `COPY (SELECT ${select} FROM '${from}') TO '${to}' (FORMAT parquet, ROW_GROUP_SIZE ${groupRows}, ${metadata})`,
      )
      return new Uint8Array(readFileSync(to))
    }
    const refused = { code: 'not-enriched', message: /do not fit each other/ }
    await assert.rejects(restored(await copy(output, '*', 5000), dropped), refused)
    await assert.rejects(restored(output, await copy(dropped, '*', 5000)), refused)
    await assert.rejects(restored(output, await copy(dropped, '* EXCLUDE kept_row', 5000)), refused)
    const fewer = await copy(output, '* EXCLUDE st_trend_segment', 5000)
    await assert.rejects(restored(fewer, dropped), { ...refused, message: /the enriched file was rewritten/ })
  })

  describe('of removed rows that another program has made', () => {
    const PRICES = ['open', 'high', 'low', 'close', 'volume'] as const
    const columnsOf = (rows: readonly Bar[], names: readonly string[] = PRICES) => [
      { name: 'datetime', data: rows.map((bar) => new Date(bar.time)), type: 'TIMESTAMP' as const },
      ...PRICES.map((price, i) => {
        return { name: names[i]!, data: rows.map((bar) => bar[price]), type: 'DOUBLE' as const }
      }),
    ]
    // without statistics, which would tell the files apart
    const input = new Uint8Array(
      parquetWriteBuffer({
        columnData: columnsOf([...bars.slice(0, 200), ...bars.slice(197)]),
        statistics: false,
        rowGroupSize: 150,
      }),
    )

    /** Restores with a file that has the note of an honest one. */
    async function withRows(
      numbers: readonly number[],
      { note = {}, rowGroupSize = 100, names = PRICES as readonly string[] } = {},
    ) {
      const { output, dropped } = await enrichAndKeep(input)
      const file = parquetWriteBuffer({
        columnData: [
          ...columnsOf(bars.slice(197, 200), names),
          ...['dropped_row', 'kept_row'].map((name) => {
            return { name, data: numbers.map(BigInt), type: 'INT64' as const, nullable: false }
          }),
        ],
        statistics: false,
        rowGroupSize,
        kvMetadata: [
          { key: 'parquet-supertrend', value: JSON.stringify({ ...JSON.parse(await noteOf(dropped)), ...note }) },
        ],
      })
      return restored(output, new Uint8Array(file))
    }

    it('takes them when they are right', async () => {
      assert.deepEqual(await readRows((await withRows([200, 201, 202])).file), await readRows(input))
    })

    it('refuses row numbers that are not ascending', async () => {
      for (const numbers of [
        [200, 200, 201],
        [202, 201, 200],
        [-1, 0, 1],
        [0, 1, 2 ** 40],
      ]) {
        await assert.rejects(withRows(numbers), { code: 'corrupt', message: /column "dropped_row" has row/ })
      }
    })

    it('refuses rows that are in other row groups, or in none', async () => {
      const misfit = (numbers: readonly number[], message: RegExp, options = {}) =>
        assert.rejects(withRows(numbers, options), { code: 'not-enriched', message })
      await misfit([149, 150, 151], /rows 149 to 151 are in one row group, rows 0 to 149 in another/)
      const larger = {
        rowGroupSize: 1,
        note: {
          rowGroups: [
            [151, 1],
            [149, 1],
            [3, 1],
          ],
        },
      }
      await misfit([0, 1, 200], /rows 1 to 1 are in one row group, rows 151 to 299 in another/, larger)
      await misfit([500, 501, 502], /row group 1 has 147 rows where 150 belong/)
      const fewer = { note: { rowGroups: [[150, 1]] } }
      await misfit([500, 501, 502], /one of them has more row groups than belong: 2/, fewer)
      const without = {
        note: {
          rowGroups: [
            [150, 1],
            [147, 1],
            [3, 1],
          ],
        },
      }
      await misfit([500, 501, 502], /one of them has more row groups than belong: 1/, without)
    })

    it('refuses other columns', async () => {
      const others = { code: 'not-enriched', message: /their columns differ/ }
      const names = ['open', 'high', 'low', 'close', 'count']
      await assert.rejects(withRows([200, 201, 202], { names }), others)
    })
  })

  it('ends every damaged pair of files with a refusal, or with all the rows', async () => {
    const { output, dropped } = await enrichAndKeep(overlapping)
    const next = random(7)
    const runs = quickOrThorough(16, 300)
    let refused = 0
    for (let run = 0; run < runs; run++) {
      const [ours, theirs] = [output.slice(), dropped.slice()]
      const damaged = run % 2 === 0 ? ours : theirs
      damaged[Math.floor(next() * damaged.length)]! ^= 1 << Math.floor(next() * 8)
      try {
        // pages without a checksum are copied as they are
        assert.equal((await readMetadata((await restored(ours, theirs)).file)).num_rows, 350n)
      } catch (error) {
        if (!(error instanceof Error && error.name === 'RefusedError')) throw error
        refused++
      }
    }
    assert.ok(refused > runs / 2, `${refused} refused`)
  })
})

describe('verify with the removed rows', () => {
  it('finds a changed value, a missing row and a file of another run', async () => {
    const from = path.join(scratch, 'dropped.parquet')
    const rows = [...bars.slice(0, 200), ...bars.slice(150)]
    // times that DuckDB writes as it reads them
    const times = { name: 'datetime', data: rows.map((bar) => BigInt(bar.time)), type: 'INT64' as const }
    const prices = (['high', 'low', 'close', 'volume'] as const).map((name) => {
      return { name, data: rows.map((bar) => bar[name]), type: 'DOUBLE' as const }
    })
    const original = new Uint8Array(parquetWriteBuffer({ columnData: [times, ...prices] }))
    const { output, dropped } = await enrichAndKeep(original)
    writeFileSync(from, dropped)
    const changed = async (select: string, rest = '') => {
      const to = path.join(scratch, 'changed.parquet')
      const metadata = `KV_METADATA {'parquet-supertrend': '${await noteOf(dropped)}'}`
      await duckDbRun(`COPY (SELECT ${select} FROM '${from}' ${rest}) TO '${to}' (FORMAT parquet, ${metadata})`)
      return (await verified(original, output, new Uint8Array(readFileSync(to)))).problems
    }
    assert.deepEqual(await changed('* REPLACE (CASE WHEN dropped_row = 203 THEN 7 ELSE volume END AS volume)'), [
      'removed rows: column "volume" differs in row 3 (the first is row 0)',
    ])
    assert.deepEqual(await changed('* REPLACE (kept_row + 1 AS kept_row)'), [
      'removed rows: column "kept_row" differs in row 0 (the first is row 0)',
    ])
    assert.match((await changed('*', 'WHERE dropped_row < 249')).join(), /"datetime" differs in row 49/)
    assert.match((await changed('* EXCLUDE volume')).join(), /"volume" is missing/)
    // written by another program, and right
    assert.deepEqual(await changed('*'), [])
    const { problems } = await verified(original, output, (await enrichAndKeep(barsFile(bars))).dropped)
    assert.match(problems.join(), /removed rows: the two files do not fit each other/)
    assert.match(
      (await verified(original, output, output)).problems.join(),
      /has no note that it contains removed rows/,
    )
    assert.match((await verified(original, dropped, dropped)).problems.join(), /the file contains removed rows/)
  })

  it('finds any byte that was changed in their values', async () => {
    const { output, dropped } = await enrichAndKeep(overlapping)
    for (const share of [0.01, 0.2, 0.4, 0.6]) {
      const changed = dropped.slice()
      changed[Math.floor(share * changed.length)]! ^= 0x10
      const { holds, problems } = await verified(overlapping, output, changed)
      assert.deepEqual([holds, problems.length > 0], [false, true], `byte at ${share}`)
    }
  })
})
