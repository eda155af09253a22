import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Compression, readParquet, WriterPropertiesBuilder, writeParquet } from 'parquet-wasm'
import { barsFile, duckDbRun, enrichBytes, someBars, temporaryFolder } from '../parquet-files.ts'
import { Trino } from './trino.ts'

const docs = readFileSync(new URL('../../docs/file-format.md', import.meta.url), 'utf8')
const golden = (name: string) => readFileSync(new URL(`../golden/writers/${name}.parquet`, import.meta.url))

interface Sample {
  /** DuckDB's expression, or the column of a file of another writer. */
  readonly of: string | { readonly file: string; readonly column: string }
  /** As Trino gives it where the type fits. */
  readonly value?: unknown
}

/** By the first column of the table in docs/file-format.md. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  DOUBLE: { of: '1.1::DOUBLE', value: 1.1 },
  FLOAT: { of: '1.5::FLOAT', value: 1.5 },
  'DECIMAL(9,2)': { of: '1.26::DECIMAL(9,2)', value: '1.26' },
  'DECIMAL(38,10)': { of: '1.2600000001::DECIMAL(38,10)', value: '1.2600000001' },
  DATE: { of: "DATE '2024-01-02'", value: '2024-01-02' },
  'TIMESTAMP in milliseconds': { of: "TIMESTAMP_MS '2024-01-02 03:04:05.123'", value: '2024-01-02 03:04:05.123000' },
  'TIMESTAMP in microseconds': { of: "TIMESTAMP '2024-01-02 03:04:05.123456'", value: '2024-01-02 03:04:05.123456' },
  'TIMESTAMP in nanoseconds': {
    of: "TIMESTAMP_NS '2024-01-02 03:04:05.123456001'",
    value: '2024-01-02 03:04:05.123456',
  },
  'TIMESTAMP with a zone': { of: "TIMESTAMPTZ '2024-01-02 03:04:05.123456+00'", value: '2024-01-02 03:04:05.123456' },
  INT96: { of: { file: 'pyarrow-int96', column: 'datetime' }, value: '2024-01-01 00:00:00.000000' },
  'INT 8': { of: '100::TINYINT', value: 100 },
  'INT 16': { of: '30000::SMALLINT', value: 30000 },
  'INT 32': { of: '2000000::INTEGER', value: 2000000 },
  'INT 64, also times as integers': { of: '1706700000000::BIGINT', value: 1706700000000 },
  'unsigned INT 8': { of: '200::UTINYINT', value: 200 },
  'unsigned INT 16': { of: '60000::USMALLINT', value: 60000 },
  'unsigned INT 32': { of: '4000000000::UINTEGER', value: 4000000000 },
  'unsigned INT 64': { of: '18446744073709551615::UBIGINT', value: 2 ** 64 },
  BOOLEAN: { of: 'true', value: true },
  text: { of: "'AAPL'", value: 'AAPL' },
  'TIME in microseconds': { of: "TIME '09:30:00'", value: 34_200_000_000 },
  'TIME in milliseconds': { of: { file: 'pyarrow-types-clean', column: 'time_of_day' } },
  FLOAT16: { of: { file: 'pyarrow-types-clean', column: 'float16' } },
}

const TRINO_NAMES: Readonly<Record<string, string>> = {
  float: 'real',
  int: 'integer',
  string: 'varchar',
  timestamp: 'timestamp(6)',
}

const scratch = temporaryFolder()
let trino: Trino
before(async () => {
  trino = await Trino.start(temporaryFolder())
})
after(async () => trino.stop())

function tableRows(): string[][] {
  const table = docs.slice(docs.indexOf('| in the file | in Glue |')).split('\n\n')[0]!
  return table
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

const typesIn = (cell: string) => [...cell.matchAll(/`([a-z0-9(),]+)`/g)].map(([, type]) => type!)

async function sampleFile({ of }: Sample): Promise<{ file: Uint8Array; column: string }> {
  if (typeof of !== 'string') return { file: golden(of.file), column: of.column }
  const written = path.join(scratch, 'sample.parquet')
  await duckDbRun(`COPY (SELECT ${of} AS sample) TO '${written}' (FORMAT parquet)`)
  return { file: readFileSync(written), column: 'sample' }
}

describe('types in Glue, as docs/file-format.md has them', () => {
  it('are listed for every type that is tried here', () => {
    assert.deepEqual(
      tableRows().map(([name]) => name),
      Object.keys(SAMPLES),
    )
  })

  for (const [i, [name, fitting, refused, wrong]] of tableRows().entries()) {
    it(`for ${name}`, async () => {
      const sample = SAMPLES[name!]!
      const { file, column } = await sampleFile(sample)
      await trino.table(`file_${i}`, { [column]: 'varchar' }, file)
      let declared = 0
      const answerAs = async (type: string) => {
        const table = `table_${i}_${declared++}`
        await trino.declare(table, { [column]: TRINO_NAMES[type] ?? type }, `file_${i}`)
        return trino.rows(`SELECT "${column}" FROM ${table} LIMIT 1`)
      }
      const holdsIfSmall = fitting!.startsWith('none where')
      for (const type of holdsIfSmall ? [] : typesIn(fitting!)) {
        assert.deepEqual(await answerAs(type), [[sample.value]], `${name} as ${type}`)
      }
      for (const type of typesIn(refused!)) {
        await assert.rejects(answerAs(type), /Unsupported Trino column type|overflow|exceeds/, `${name} as ${type}`)
      }
      for (const type of typesIn(wrong!)) {
        assert.notDeepEqual(await answerAs(type), [[sample.value]], `${name} as ${type}`)
      }
    })
  }
})

describe('codecs', () => {
  const columns = { datetime: 'timestamp(6)', close: 'double' }
  const fileOf = (codec: Compression) =>
    writeParquet(readParquet(barsFile(someBars(300))), new WriterPropertiesBuilder().setCompression(codec).build())

  for (const [name, codec] of Object.entries({ LZ4_RAW: Compression.LZ4_RAW, BROTLI: Compression.BROTLI })) {
    it(`Trino has no ${name}`, async () => {
      const table = name.toLowerCase()
      await trino.table(table, columns, fileOf(codec))
      const error = await trino.error(`SELECT sum(close) FROM ${table}`)
      assert.match(error!, new RegExp(`Codec not supported in Parquet: ${name}`))
    })
  }

  for (const name of ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'LZ4'] as const) {
    it(`${name} is read, and so are the new columns`, async () => {
      const { output } = await enrichBytes(fileOf(Compression[name]))
      await trino.table(name, { ...columns, supertrend_ub: 'real' }, output)
      const [row] = await trino.rows(`SELECT sum(close) > 0, sum(coalesce(supertrend_ub, 0)) > 0 FROM ${name}`)
      assert.deepEqual(row, [true, true])
    })
  }

  it('of the new columns is LZ4_RAW where the prices have it, unless another one is named', async () => {
    const input = fileOf(Compression.LZ4_RAW)
    for (const [codec, error] of [
      ['auto', /Codec not supported/],
      ['ZSTD', undefined],
    ] as const) {
      const { output } = await enrichBytes(input, { codec })
      const table = `new_${codec}`.toLowerCase()
      await trino.table(table, { supertrend_ub: 'real' }, output)
      const found = await trino.error(`SELECT sum(supertrend_ub) FROM ${table}`)
      if (error) assert.match(found!, error)
      else assert.equal(found, undefined)
    }
  })

  it('a column that the file lacks is null', async () => {
    await trino.table('misspelt', { close: 'double', closee: 'double' }, barsFile(someBars(20)))
    assert.deepEqual(await trino.rows('SELECT count(close), count(closee) FROM misspelt'), [[20, 0]])
  })
})
