import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Builder } from 'flatbuffers'
import { encapsulate, writeSchema } from '../../../functions/parquet/format/arrow-ipc.ts'
import { ARROW_SCHEMA } from '../../../functions/parquet/format/arrow-schema.ts'
import { DICTIONARY_PAGE } from '../../../functions/parquet/format/enumerations.ts'
import { FILE_METADATA, KEY_VALUE } from '../../../functions/parquet/format/fields.ts'
import { keyValueMetadata, readFooter } from '../../../functions/parquet/format/footer.ts'
import { columnLevels, PANDAS } from '../../../functions/parquet/format/pandas-metadata.ts'
import { thrift } from '../../../functions/parquet/format/thrift.ts'
import { varint } from '../../../functions/parquet/format/varint.ts'
import { bytesOf, craft, marketColumns } from '../../faults/crafted-file.ts'
import { enrichBytes, memorySource } from '../../parquet-files.ts'

const pairs = (of: Readonly<Record<string, string>>) =>
  thrift.list(
    Object.entries(of).map(([key, value]) =>
      thrift.struct({ [KEY_VALUE.key]: thrift.binary(key), [KEY_VALUE.value]: thrift.binary(value) }),
    ),
  )

describe('how many levels the columns of a frame have', () => {
  const frame = (levels: number) => JSON.stringify({ column_indexes: Array.from({ length: levels }, () => ({})) })
  const schemaWith = (pandas: string) => {
    const builder = new Builder(1024)
    const schema = writeSchema(builder, [], [[PANDAS, pandas]])
    // a message: version, kind of its header, header
    builder.startObject(5)
    builder.addFieldInt16(0, 4, 0)
    builder.addFieldInt8(1, 1, 0)
    builder.addFieldOffset(2, schema, 0)
    builder.finish(builder.endObject())
    return Buffer.from(encapsulate(builder.asUint8Array())).toString('base64')
  }
  const levelsOf = async (metadata: Readonly<Record<string, string>>) => {
    const file = craft({ columns: marketColumns(4), rows: 4, footer: { 5: pairs(metadata) } })
    return columnLevels(await readFooter(memorySource(file), 2 ** 30))
  }

  it('is that of the copy within the Arrow schema, which pyarrow takes', async () => {
    assert.equal(await levelsOf({ [PANDAS]: frame(3), [ARROW_SCHEMA]: schemaWith(frame(2)) }), 2)
    assert.equal(await levelsOf({ [PANDAS]: frame(1), [ARROW_SCHEMA]: schemaWith(frame(2)) }), 2)
    assert.equal(await levelsOf({ [PANDAS]: frame(2), [ARROW_SCHEMA]: schemaWith(frame(1)) }), 1)
  })

  it('is that of the file, where there is no such copy', async () => {
    assert.equal(await levelsOf({ [PANDAS]: frame(3) }), 3)
    assert.equal(await levelsOf({ [PANDAS]: frame(3), [ARROW_SCHEMA]: 'none' }), 3)
    assert.equal(await levelsOf({}), 1)
  })
})

describe('categories, of a file that loses a row', () => {
  const ROWS = 64
  const categories = { name: 'kind', pandas_type: 'categorical', numpy_type: 'int8' }

  /** The metadata for pandas of a column with a dictionary of so many entries, of which 63 rows are left. */
  const described = async (entries: number, createdBy: string) => {
    const [time, ...others] = marketColumns(ROWS)
    const times = BigInt64Array.from({ length: ROWS }, (_, i) => BigInt(1_700_000_000 + 60 * Math.min(i, ROWS - 2)))
    const dictionary = bytesOf(Float64Array.from({ length: entries }, (_, i) => i))
    const indices = Buffer.concat([Uint8Array.of(8), varint(2 * (ROWS / 8) + 1), new Uint8Array(ROWS)])
    const pages = [
      { kind: DICTIONARY_PAGE, values: entries, body: dictionary },
      { values: ROWS, encoding: 8, body: indices },
    ]
    const columns = [
      { ...time!, pages: [{ values: ROWS, body: bytesOf(times) }] },
      ...others,
      { name: 'kind', type: 'DOUBLE' as const, pages },
    ]
    const pandas = JSON.stringify({ index_columns: [], column_indexes: [], columns: [categories] })
    const footer = {
      [FILE_METADATA.keyValueMetadata]: pairs({ [PANDAS]: pandas }),
      [FILE_METADATA.createdBy]: thrift.binary(createdBy),
    }
    const { output, layout } = await enrichBytes(craft({ columns, rows: ROWS, footer }))
    assert.equal(layout, 'compacted')
    const text = keyValueMetadata(await readFooter(memorySource(output), 2 ** 30)).get(PANDAS)!
    return JSON.parse(text).columns[0]
  }

  it('are none any more where the dictionary of fastparquet is gone', async () => {
    const fastparquet = 'fastparquet-python version 2026.9.0'
    const mixed = { name: 'kind', pandas_type: 'mixed', numpy_type: 'object' }
    assert.deepEqual(await described(ROWS, fastparquet), mixed)
    assert.deepEqual(await described(4, fastparquet), categories)
  })

  it('stay where another writer wrote them, whose reader looks at the pages', async () => {
    assert.deepEqual(await described(ROWS, 'parquet-cpp-arrow version 25.0.1'), categories)
  })
})
