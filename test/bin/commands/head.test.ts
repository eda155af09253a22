import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { duckDbRun, runProgram, temporaryFolder } from '../../parquet-files.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)

writeFileSync(
  at('rows.parquet'),
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'date', data: [0, 1, 2, 3].map((day) => new Date(Date.UTC(2024, 0, 2 + day))), type: 'TIMESTAMP' },
        { name: 'symbol', data: ['A', 'B\u001b[31m', 'A', 'B\u001b[31m'], type: 'STRING' },
        ...['high', 'low', 'close'].map((name) => ({ name, data: [1, 0.1 + 0.2, 2.5, 1e-9], type: 'DOUBLE' as const })),
        { name: 'small', data: [0.1, null, 1 / 3, 2].map((x) => x), type: 'FLOAT' },
      ],
    }),
  ),
)

async function lines(...args: string[]) {
  const { code, stdout, stderr } = await runProgram('head', at('rows.parquet'), ...args)
  assert.deepEqual([code, stderr], [0, ''])
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/))
}

describe('head', () => {
  it('prints times with a Z if the column states that they are in UTC, and only then', async () => {
    const time = "TIMESTAMP '2024-01-02 09:30:00'"
    await duckDbRun(
      `COPY (SELECT ${time} AS local, ${time}::TIMESTAMPTZ AS utc, ${time}::TIMESTAMP_NS AS nanos) TO '${at('zones.parquet')}'`,
    )
    const { stdout } = await runProgram('head', at('zones.parquet'))
    const [local, utc, nanos] = stdout.split('\n')[1]!.trim().split(/ {2,}/)
    assert.deepEqual([local, nanos], ['2024-01-02T09:30:00', '2024-01-02T09:30:00'])
    assert.match(utc!, /^2024-01-0\dT\d\d:\d\d:00Z$/)
  })

  it('prints each column whatever it is called, those of one name with their numbers', async () => {
    const names = ['__proto__', 'close', 'constructor', 'close', 'close#2']
    const columnData = names.map((name, i) => ({ name, data: [i], type: 'INT32' as const }))
    writeFileSync(at('names.parquet'), new Uint8Array(parquetWriteBuffer({ columnData })))
    const { stdout } = await runProgram('head', at('names.parquet'))
    assert.deepEqual(
      stdout
        .split('\n')
        .slice(0, 2)
        .map((line) => line.trim().split(/ {2,}/)),
      [
        ['__proto__', 'close#1', 'constructor', 'close#3', 'close#2'],
        ['0', '1', '2', '3', '4'],
      ],
    )
  })

  it('prints the first rows with their numbers rounded and their text made safe', async () => {
    assert.deepEqual(await lines('-n', '2'), [
      ['date', 'symbol', 'high', 'low', 'close', 'small'],
      ['2024-01-02', 'A', '1', '1', '1', '0.1'],
      ['2024-01-03', 'B\\u{1b}[31m', '0.3', '0.3', '0.3', '-'],
      ['2 rows of 4 rows'],
    ])
  })

  it('prints all digits of decimals and times', async () => {
    await duckDbRun(`COPY (SELECT
      TIMESTAMP_NS '2024-01-02 09:30:00.123456789' AS ns, TIMESTAMP '1969-12-31 23:59:59.000001' AS us,
      TIMESTAMP_NS '2024-01-02 00:00:00' AS day, '12345678901234567890.123456789012345678'::DECIMAL(38, 18) AS wide,
      '-0.050'::DECIMAL(9, 3) AS narrow, '-1234567890123.5'::DECIMAL(18, 4) AS long, NULL::DECIMAL(9, 3) AS none,
      '120'::DECIMAL(9, 0) AS whole) TO '${at('digits.parquet')}' (FORMAT parquet)`)
    const { stdout } = await runProgram('head', at('digits.parquet'))
    assert.deepEqual(stdout.split('\n')[1]!.trim().split(/ {2,}/), [
      '2024-01-02T09:30:00.123456789',
      '1969-12-31T23:59:59.000001',
      '2024-01-02',
      '12345678901234567890.123456789012345678',
      '-0.05',
      '-1234567890123.5',
      '-',
      '120',
    ])
  })

  it('refuses a file that is damaged or is no parquet file', async () => {
    const good = readFileSync(at('rows.parquet'))
    const pages = Buffer.from(good).fill(0xff, 4, 200)
    for (const [name, bytes, reason] of [
      ['empty', Buffer.alloc(0), /^error: not a parquet file: it has 0 bytes/],
      ['cut', good.subarray(0, -20), /^error: /],
      ['json', Buffer.from('{"a": 1, "b": [1, 2, 3]}'), /^error: .*JSON/],
      ['footer', Buffer.from(good).fill(0xff, good.length - 60, good.length - 8), /^error: /],
      ['pages', pages, /^error: the file is damaged or cannot be read: /],
    ] as const) {
      writeFileSync(at(name), bytes)
      const { code, stderr } = await runProgram('head', at(name))
      assert.deepEqual([name, code, stderr.split('\n').length], [name, 2, 2])
      assert.match(stderr, reason)
    }
  })

  it('prints the rows of a symbol', async () => {
    const rows = await lines('--symbol', 'A')
    assert.deepEqual(
      rows.slice(1).map(([date]) => date),
      ['2024-01-02', '2024-01-04', '2 rows of 4 rows'],
    )
  })

  it('refuses an unknown symbol and a wrong number', async () => {
    for (const [args, reason] of [
      [['--symbol', 'C'], /no row has "C"/],
      [['-n', '0'], /--rows is "0"/],
      [['-n', '1.5'], /--rows is "1.5"/],
    ] as const) {
      const { code, stderr } = await runProgram('head', at('rows.parquet'), ...args)
      assert.equal(code, 2)
      assert.match(stderr, reason)
    }
  })
})
