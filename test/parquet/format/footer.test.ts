import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'
import type { EnrichSettings } from '../../../functions/enrich/settings.ts'
import { FILE_METADATA, KEY_VALUE } from '../../../functions/parquet/format/fields.ts'
import { keyValueMetadata, readFooter } from '../../../functions/parquet/format/footer.ts'
import { thrift } from '../../../functions/parquet/format/thrift.ts'
import { RefusedError } from '../../../functions/shared/errors.ts'
import { craft, marketColumns } from '../../faults/crafted-file.ts'
import { duckDbRun, enrichAndKeep, memorySource, temporaryFolder } from '../../parquet-files.ts'
import { quickOrThorough } from '../../thorough.ts'
import { type FooterWalk, walkFooter, withoutGroup } from '../footer-walk.ts'
import { checkPageIndexes } from '../page-walk.ts'

const golden = fileURLToPath(new URL('../../golden/', import.meta.url))

const times: Record<string, { readonly timeColumns?: readonly string[] }> = JSON.parse(
  readFileSync(path.join(golden, 'times/times.json'), 'utf8'),
)

/** Settings that the golden files want; the first with which a file is enriched is taken. */
function settingsOf(name: string): readonly Partial<EnrichSettings>[] {
  const time = times[path.parse(name).name]?.timeColumns
  return [
    ...(time ? [{ columns: { time } }] : []),
    {},
    { conflicts: 'drop' },
    { castPrices: true },
    { columns: { high: 'candle.high', low: 'candle.low', close: 'candle.close' } },
    { columns: { close: 'close#2' } },
  ]
}

/** They are refused whatever is said of them. */
const REFUSED = [
  'cases/M08-gz.parquet',
  'cases/writers/crash-two-batches-min-v1.parquet',
  'times/hhmm-uint16-alone.parquet',
  'times/minutes-double-with-nan.parquet',
  'times/period-B.parquet',
  'times/time-of-day-alone.parquet',
]

async function enriched(name: string, bytes: Uint8Array) {
  for (const settings of settingsOf(name)) {
    try {
      return await enrichAndKeep(bytes, settings)
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
    }
  }
  return undefined
}

/** Of the input, which is not of use any more: with its length and the last magic. */
function footerLength(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true) + 8
}

/** @returns the walk over the output */
async function check(input: Uint8Array, { output, dropped, layout }: Awaited<ReturnType<typeof enrichAndKeep>>) {
  const [before, after] = [await walkFooter(input), await walkFooter(output)]
  // what a writer states of its own pages goes with them
  const statedBefore = new Set(before.problems.map(withoutGroup))
  const ours = (walk: FooterWalk) => walk.problems.filter((problem) => !statedBefore.has(withoutGroup(problem)))
  assert.deepEqual(ours(after), [])
  assert.equal(after.deadBytes, layout === 'appended' ? before.deadBytes + footerLength(input) : 0)
  for (const columns of after.checked) assert.deepEqual(columns.slice(-4), [true, true, true, true])
  await checkPageIndexes(output)
  const removed = await walkFooter(dropped)
  assert.deepEqual([ours(removed), removed.deadBytes], [[], 0])
  return after
}

describe('the end of a file', () => {
  const columns = marketColumns(2)
  const file = craft({ columns, rows: 2 })
  const read = (bytes: Uint8Array, budget = 2 ** 30) => readFooter(memorySource(bytes), budget)
  const refused = (bytes: Uint8Array, code: string, message: RegExp) => assert.rejects(read(bytes), { code, message })
  /** With other bytes from an offset on; a negative one counts from the end. */
  const changed = (at: number, bytes: string) => {
    const copy = Buffer.from(file)
    copy.write(bytes, at < 0 ? copy.length + at : at, 'latin1')
    return new Uint8Array(copy)
  }
  const footerLength = Buffer.from(file).readUInt32LE(file.length - 8)

  it('has the magic number twice', async () => {
    await refused(new Uint8Array(11), 'not-parquet', /it has 11 bytes, the smallest has 12/)
    await refused(new Uint8Array(12), 'not-parquet', /it ends with /)
    await refused(changed(-4, 'PAR2'), 'not-parquet', /it ends with "PAR2" instead of "PAR1"/)
    await refused(changed(0, 'PAR2'), 'not-parquet', /it starts with "PAR2" instead of "PAR1"/)
    await refused(changed(-4, 'PARE'), 'encrypted', /an encrypted footer/)
    await refused(changed(0, 'PARE'), 'encrypted', /an encrypted footer/)
  })

  it('states a length of the footer that leaves the first magic number', async () => {
    const alone = (length: number) => {
      const bytes = Buffer.concat([Buffer.from('PAR1'), file.subarray(-8 - footerLength)])
      bytes.writeUInt32LE(length, bytes.length - 8)
      return new Uint8Array(bytes)
    }
    assert.equal((await read(alone(footerLength))).start, 4)
    await refused(alone(footerLength + 1), 'corrupt', new RegExp(`its length is given as ${footerLength + 1} bytes`))
  })

  it('is read at once or in two requests, and has to fit into memory', async () => {
    for (const length of [10, 65_000, 70_000, 200_000]) {
      const pair = { [KEY_VALUE.key]: thrift.binary('k'), [KEY_VALUE.value]: thrift.binary('x'.repeat(length)) }
      const pairs = { [FILE_METADATA.keyValueMetadata]: thrift.list([thrift.struct(pair), thrift.struct(pair)]) }
      const bytes = craft({ columns, rows: 2, footer: pairs })
      const footer = await read(bytes)
      assert.equal(keyValueMetadata(footer).get('k'), 'x'.repeat(length))
      assert.equal(footer.start, bytes.length - 8 - Buffer.from(bytes).readUInt32LE(bytes.length - 8))
    }
    await assert.rejects(read(file, 3 * footerLength - 1), { code: 'too-big' })
  })

  it('costs a second request only for a footer that does not fit into the first one', async () => {
    const withPair = (length: number) => {
      const pair = { [KEY_VALUE.key]: thrift.binary('k'), [KEY_VALUE.value]: thrift.binary('x'.repeat(length)) }
      return craft({
        columns,
        rows: 2,
        footer: { [FILE_METADATA.keyValueMetadata]: thrift.list([thrift.struct(pair)]) },
      })
    }
    const most = 65_536 - 8
    const lengthOf = (bytes: Uint8Array) => Buffer.from(bytes).readUInt32LE(bytes.length - 8)
    const text = 60_000 + most - lengthOf(withPair(60_000))
    for (const [more, requests] of [
      [0, 1],
      [1, 2],
    ] as const) {
      const bytes = withPair(text + more)
      assert.equal(lengthOf(bytes), most + more)
      const source = memorySource(bytes)
      const starts: number[] = []
      const slice = (start: number, end: number) => {
        if (start > 0) starts.push(start)
        return source.slice(start, end)
      }
      await readFooter({ byteLength: bytes.length, slice }, 2 ** 30)
      assert.equal(starts.length, requests)
    }
  })

  it('states the number of rows of its row groups', async () => {
    const stating = (rows: number) => craft({ columns, rows: 2, footer: { [FILE_METADATA.numRows]: thrift.i64(rows) } })
    assert.deepEqual((await read(stating(2))).warnings.list(), [])
    await refused(stating(3), 'corrupt', /it states 3 rows, its row groups 2/)
    // as the first versions of parquet-rs did
    const none = await read(stating(0))
    assert.deepEqual([none.rows, none.warnings.list().map(({ code }) => code)], [2, ['row-count']])
    const encrypted = { [FILE_METADATA.encryptionAlgorithm]: thrift.struct({}) }
    await refused(craft({ columns, rows: 2, footer: encrypted }), 'encrypted', /encrypted or signed/)
  })

  it('states no more rows than are supported, or than its bytes may hold', async () => {
    /** With a column of so many bytes. */
    const of = (rows: number, bytes = 0) => {
      const pages = [{ values: 2, body: new Uint8Array(bytes) }]
      return craft({ columns: [...columns, { name: 'x', type: 'INT32', pages }], rows })
    }
    await refused(of(2 ** 31), 'too-big', /2147483648 rows; at most 2147483647 are supported/)
    await refused(of(2 ** 31 - 1), 'too-big', /2147483647 rows in \d+ bytes/)
    assert.equal((await read(of(10_000_000))).rows, 10_000_000)
    await refused(of(10_000_001), 'too-big', /10000001 rows in \d+ bytes; at most 1000 per byte, and always 10000000/)
    const { start } = await read(of(2, 30_000))
    assert.ok(start > 30_000)
    assert.equal((await read(of(1000 * start, 30_000))).rows, 1000 * start)
    await refused(of(1000 * start + 1, 30_000), 'too-big', /rows in \d+ bytes/)
  })
})

describe('a footer states the place and the contents of each page', () => {
  const names = globSync('**/*.parquet', { cwd: golden }).sort()
  for (const name of names.filter((_, i) => i % quickOrThorough(6, 1) === 0)) {
    it(`of ${name}, enriched`, async () => {
      const input = new Uint8Array(readFileSync(path.join(golden, name)))
      const result = await enriched(name, input)
      assert.equal(result === undefined, REFUSED.includes(name), 'whether the file is refused')
      if (result) await check(input, result)
    })
  }

  it('and of bounds of pages that keep a dictionary and lose rows', async () => {
    const some = (count: number, of: (i: number) => unknown) => Array.from({ length: count }, (_, i) => of(i))
    const price = (i: number) => 50 + (i % 40) / 4 - (i % 3 === 0 ? 100 : 0)
    const input = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          // each seventh minute comes twice
          {
            name: 'datetime',
            type: 'INT64',
            data: some(9000, (i) => BigInt(1_700_000_000 + 60 * (i - Number(i % 7 === 6)))),
          },
          {
            name: 'text',
            type: 'STRING',
            data: some(9000, (i) => (i % 5 === 0 ? null : `a${(i % 7) * 3}`)),
            nullable: true,
          },
          ...['high', 'low', 'close'].map((name) => ({ name, type: 'DOUBLE' as const, data: some(9000, price) })),
          { name: 'trades', type: 'INT32', data: some(9000, (i) => (i % 9) - 4) },
        ].map((column) => ({ ...column, columnIndex: true, offsetIndex: true }) as ColumnSource),
        rowGroupSize: 4500,
        pageSize: 4096,
      }),
    )
    const walked = await check(input, await enrichAndKeep(input, { conflicts: 'drop' }))
    assert.deepEqual(walked.problems, [])
  })

  it('and of bloom filters and distinct values, which DuckDB counts', async () => {
    const file = path.join(temporaryFolder(), 'input.parquet')
    for (const duplicates of [0, 500]) {
      // some row groups lose rows, and with them a value of `trades`; others lose none
      await duckDbRun(`COPY (
        SELECT TIMESTAMP '2024-01-01' + INTERVAL (i % ${9000 - duplicates}) MINUTE AS datetime, 'S' || (i % 7) AS venue, v AS open,
               v + 1 AS high, v - 1 AS low, v AS close, if(i % 11 = 0, NULL, if(i < 8500, i % 5, 9)) AS trades
        FROM (SELECT i, (100 + sin((i % ${9000 - duplicates}) / 9) * 20)::DECIMAL(9, 2)::DOUBLE AS v FROM range(9000) t(i)) ORDER BY i
      ) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`)
      const input = new Uint8Array(readFileSync(file))
      const { blooms, distinct } = await walkFooter(input)
      assert.ok(blooms > 0 && distinct > 0, `${blooms} bloom filters, ${distinct} counts`)
      const result = await enrichAndKeep(input, { columns: { symbol: 'none' } })
      assert.equal(result.layout, duplicates ? 'compacted' : 'appended')
      assert.equal((await check(input, result)).blooms, blooms)
    }
  })
})
