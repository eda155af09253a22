import assert from 'node:assert/strict'
import { statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { duckDbRows, duckDbRun, runCli, runProgram, temporaryFolder } from '../../parquet-files.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)

async function enriched(name: string, ...args: string[]) {
  const { code, stderr } = await runCli(at(name), at(`${name}.parquet`), ...args)
  assert.deepEqual([code, stderr], [0, ''])
  return duckDbRows(`SELECT * FROM '${at(`${name}.parquet`)}'`)
}

/** Writes bars as CSV with DuckDB. */
async function writeCsv(name: string, options: string) {
  await duckDbRun(`COPY (
    SELECT TIMESTAMP '2024-01-02 09:30:00' + INTERVAL 1 MINUTE * i AS datetime, 'A, "B"' AS symbol, 100 + i % 7 AS open,
      101.25 + i % 7 AS high, 99.5 + i % 7 AS low, 100.125 + i % 7 AS close,
      CASE WHEN i % 5 = 0 THEN NULL ELSE 10 * i END AS volume, '00' || (i % 3) AS code
    FROM range(50) AS t(i)) TO '${at(name)}' (FORMAT csv, HEADER, ${options})`)
}

describe('a CSV input', () => {
  for (const [name, delimiter] of [
    ['comma.csv', ','],
    ['semicolon.csv', ';'],
    ['bar.csv', '|'],
    ['tab.tsv', '\t'],
    ['packed.csv.gz', ','],
  ] as const) {
    it(`has the columns that DuckDB reads, with ${JSON.stringify(delimiter)} in ${name}`, async () => {
      await writeCsv(name, `DELIM '${delimiter}'`)
      const rows = await enriched(name, '--symbol-column', 'symbol')
      const expected = await duckDbRows(
        `SELECT * FROM read_csv('${at(name)}', types = {'code': 'VARCHAR', 'open': 'DOUBLE', 'volume': 'DOUBLE'})`,
      )
      const shown = (value: unknown) => JSON.stringify(value, (_, of) => (typeof of === 'bigint' ? Number(of) : of))
      assert.equal(rows.length, 50)
      const original = rows.map((row) => Object.fromEntries(Object.keys(expected[0]!).map((key) => [key, row[key]])))
      assert.equal(shown(original.map(withoutUnit)), shown(expected.map(withoutUnit)))
      const type = await duckDbRows(
        `SELECT typeof(datetime) AS of, typeof(open) AS open FROM '${at(`${name}.parquet`)}' LIMIT 1`,
      )
      assert.match(String(type[0]!.of), /^TIMESTAMP/)
      assert.equal(type[0]!.open, 'DOUBLE')
    })
  }

  it('may have numbers with decimal commas', async () => {
    const lines = ['time;open;high;low;close', '2024-01-02;1,5;2;1;1,25', '2024-01-03;1,5;2,5;1;2']
    writeFileSync(at('german.csv'), lines.join('\r\n'))
    const rows = await enriched('german.csv')
    assert.deepEqual(
      rows.map(({ open, high, close }) => [open, high, close]),
      [
        [1.5, 2, 1.25],
        [1.5, 2.5, 2],
      ],
    )
  })

  for (const [name, lines, expected] of [
    // [open, high, low, close, volume, other]
    ['points-group', ['998,5;1.002;991,1;1.001;12.345;1.234,5'], [[998.5, 1002, 991.1, 1001, 12_345, 1234.5]]],
    ['mixed-column', ['98,5;1.250,00;9,1;100;1.234.567;1.234'], [[98.5, 1250, 9.1, 100, 1_234_567, 1234]]],
    ['three-decimals', ['1,085;1,092;1,080;1,091;12.345;2,5'], 'volume'],
    ['three-decimals-only', ['1,085;1,092;1,080;1,091;12;2,5'], [[1.085, 1.092, 1.08, 1.091, 12, 2.5]]],
    ['points', ['148.123;148.2;148;148.1;12.345;2.5'], [[148.123, 148.2, 148, 148.1, 12.345, 2.5]]],
    // what a comma means beside decimal points is not guessed: the text stays
    ['commas-group', ['98.5;99.5;98;98.5;12,345;1,234'], [[98.5, 99.5, 98, 98.5, '12,345', '1,234']]],
    ['both', ['98,5;99,5;98;98,5;12.5;1'], 'volume'],
  ] as const) {
    it(`has one kind of decimals in all columns: ${name}`, async () => {
      const rows = lines.map((line, i) => `2024-01-0${i + 2};${line}`)
      writeFileSync(at(`${name}.csv`), ['time;open;high;low;close;volume;other', ...rows].join('\n'))
      if (typeof expected === 'string') {
        const { code, stderr } = await runCli(at(`${name}.csv`), at(`${name}.parquet`))
        assert.equal(code, 2)
        assert.match(
          stderr,
          new RegExp(`in "open" and "[^"]*" in "${expected}", so it is not clear whether a comma or`),
        )
        return
      }
      assert.deepEqual(
        (await enriched(`${name}.csv`)).map(({ open, high, low, close, volume, other }) =>
          [open, high, low, close, volume, other].map((value) => (typeof value === 'bigint' ? Number(value) : value)),
        ),
        expected,
      )
    })
  }

  it('has no decimal commas where the comma is the delimiter', async () => {
    const lines = ['time,open,high,low,close', '2024-01-02,"1,234","2,345","1,000","1,234"']
    writeFileSync(at('thousands.csv'), lines.join('\n'))
    const { code, stderr } = await runCli(at('thousands.csv'), at('thousands.parquet'))
    assert.equal(code, 2)
    assert.match(stderr, /"high" \(text\) is not numeric/)
  })

  it('keeps text that a number would change, and times of other forms', async () => {
    const lines = ['time,symbol,open,high,low,close,id', '20240102 093000,000001,1,1,1,1,12345678901234567890']
    writeFileSync(at('text.csv'), lines.join('\n'))
    const [row] = await enriched('text.csv', '--time-format', '%Y%m%d %H%M%S')
    assert.deepEqual([row!.time, row!.symbol, row!.id], ['20240102 093000', '000001', '12345678901234567890'])
  })

  it('has columns of the types that the file of another day has', async () => {
    const header = 'time,ticker,Open,high,low,close,volume,id'
    const days = [
      `2024-01-02,7,1,2,1e-05,1,,74736E104`,
      `2024-01-03,A,1.5,0012,1,1.00000000000000000001,10,74736E104`,
      '2024-01-04,1.00,1,1,1,1,1.5e3,1.5E4\n2024-01-04,1.0,1,1,1,1,12345678901234567890,1e+20',
    ]
    const types = ['VARCHAR', 'DOUBLE', 'DOUBLE', 'DOUBLE', 'DOUBLE', 'DOUBLE']
    const names = ['ticker', 'Open', 'high', 'low', 'close', 'volume']
    for (const [i, day] of days.entries()) {
      writeFileSync(at(`day-${i}.csv`), `${header}\n${day}\n`)
      const rows = await enriched(`day-${i}.csv`)
      const [found] = await duckDbRows(
        `SELECT ${names.map((name) => `typeof(${name}) AS ${name}`).join()} FROM '${at(`day-${i}.csv.parquet`)}' LIMIT 1`,
      )
      assert.deepEqual(Object.values(found!), types)
      assert.equal(rows.length, i === 2 ? 2 : 1)
      assert.deepEqual(rows[0]!.id, i === 2 ? 15_000 : '74736E104')
    }
    const [first] = await duckDbRows(`SELECT * FROM '${at('day-0.csv.parquet')}'`)
    assert.deepEqual([first!.ticker, first!.low, first!.volume], ['7', 1e-5, null])
  })

  it('has the named symbols as text and the named prices as numbers, also for verify', async () => {
    writeFileSync(at('named.csv'), 'time,of,high,low,last\n2024-01-02,1.0,2,1,1\n2024-01-02,1.00,2,1,1\n')
    const rows = await enriched('named.csv', '--symbol-column', 'of', '--close-column', 'last')
    assert.deepEqual(
      rows.map(({ of, last }) => [of, last]),
      [
        ['1.0', 1],
        ['1.00', 1],
      ],
    )
    const { code, stderr } = await runProgram('verify', at('named.csv'), at('named.csv.parquet'))
    assert.deepEqual([code, stderr], [0, ''])
  })

  it('can be verified and inspected, and is enriched in a batch', async () => {
    await writeCsv('batch-1.csv', `DELIM ','`)
    const batch = await runCli(at('batch-*.csv'), '--out-dir', at('out'), '--symbol-column', 'symbol')
    assert.equal(batch.code, 0)
    const output = path.join(at('out'), 'batch-1.parquet')
    const verified = await runProgram('verify', at('batch-1.csv'), output)
    assert.deepEqual([verified.code, verified.stderr], [0, ''])
    const inspected = await runProgram('inspect', at('batch-1.csv'), '--symbol-column', 'symbol')
    const bytes = statSync(at('batch-1.csv')).size.toLocaleString('en-US')
    assert.match(inspected.stdout, new RegExp(`: CSV, ${bytes} bytes, 50 rows\n\n +column +type +used as +because\n`))
  })

  it('is refused with the place when it is no table', async () => {
    const refused = async (name: string, text: string | Uint8Array, output = 'refused.parquet') => {
      writeFileSync(at(name), text)
      const { code, stderr } = await runCli(at(name), at(output))
      assert.equal(code, 2, stderr)
      return stderr
    }
    assert.match(
      await refused('ragged.csv', 'time,open,high,low,close\n1,2,3,4,5\n1,2,3\n'),
      /is damaged: Invalid Record Length: expect 5, got 3 on line 3/,
    )
    assert.match(
      await refused('utf16.csv', Buffer.from('\ufefftime,close\n', 'utf16le')),
      /is UTF-16 text; save it as UTF-8/,
    )
    const latin = (last: string) => Buffer.from(`time,symbol,high,low,close\n1,\xc4,1,1,1\n1,${last}`, 'latin1')
    for (const [name, bytes] of [
      ['latin.csv', latin('\xd6,1,1,1\n')],
      ['cut-letter.csv', Buffer.from('time,symbol,high,low,close\n1,A,1,1,\u00e4').subarray(0, -1)],
      ['latin.csv.gz', gzipSync(latin('\xd6,1,1,1\n'))],
    ] as const) {
      assert.match(await refused(name, bytes), /" is not UTF-8; save it as UTF-8/)
    }
    for (const [name, header] of [
      ['twice.csv', 'time,close,high,close'],
      ['numbered.csv', 'time,column3,,low'],
    ] as const) {
      assert.match(await refused(name, `${header}\n2024-01-02,1,1,1\n`), /has several columns "(close|column3)"; give/)
    }
    assert.match(await refused('one.csv', 'hello\n'), /is no CSV/)
    assert.match(await refused('empty.csv', ''), /begins with an empty line/)
    assert.match(
      await refused('cut.csv.gz', gzipSync('time,close\n1,2\n'.repeat(1000)).subarray(0, 50)),
      /is damaged: unexpected end of file/,
    )
    assert.match(
      await refused('good.csv', 'time,high,low,close\n2024-01-02,1,1,1\n', 'out.csv'),
      /would be a parquet file/,
    )
  })

  it('without a header is refused by the names that it gets', async () => {
    writeFileSync(at('bare.csv'), '2024-01-02,1,2,0.5,1.5\n2024-01-03,1,2,0.5,1.5\n')
    const { code, stderr } = await runCli(at('bare.csv'), at('bare.parquet'))
    assert.equal(code, 2)
    assert.match(
      stderr,
      /column1.*; the first line of the CSV has numbers instead of names, .* --time-column column1\n$/,
    )
    const inspected = await runProgram('inspect', at('bare.csv'))
    assert.match(inspected.stdout, /: CSV without a header, 46 bytes, 2 rows\n/)
    assert.match(inspected.stderr, /the first line of the CSV has numbers/)
    for (const command of ['chart', 'flips']) {
      assert.match((await runProgram(command, at('bare.csv'))).stderr, /the first line of the CSV has numbers/)
    }
    const json = JSON.parse((await runProgram('inspect', at('bare.csv'), '--json')).stdout.split('\n')[0]!)
    assert.deepEqual([json.bytes, json.csv, json.createdBy, json.rows], [46, { hasHeader: false }, undefined, 2])
    assert.deepEqual(json.columns[0], { name: 'column1', type: 'date', uses: [] })
    const names = ['time', 'open', 'high', 'low', 'close'].flatMap((role, i) => [`--${role}-column`, `column${i + 1}`])
    assert.equal((await enriched('bare.csv', ...names)).length, 2)
  })
})

/** Times as DuckDB gives them, whatever their unit. */
function withoutUnit(row: Record<string, unknown>) {
  return { ...row, datetime: String(row.datetime) }
}
