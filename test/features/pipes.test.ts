import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { barsFile, enrichBytes, readMetadata, runCli, someBars, temporaryFolder } from '../parquet-files.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
const program = fileURLToPath(new URL('../../bin/parquet-supertrend.ts', import.meta.url))
const bars = someBars(300)
const input = barsFile(bars)
writeFileSync(at('bars.parquet'), input)
const lines = bars.map(({ time, high, low, close }) => `${time},${high},${low},${close}\n`)
writeFileSync(at('bars.csv'), `time,high,low,close\n${lines.join('')}`)
writeFileSync(at('large.parquet'), barsFile(someBars(30_000)))

function bash(script: string) {
  const command = script.replaceAll('PROGRAM', `"${process.execPath}" "${program}"`)
  return promisify(execFile)('bash', ['-c', command], { cwd: scratch, env: { ...process.env, TMPDIR: scratch } })
}

describe('an input that can only be read from its beginning', { skip: process.platform === 'win32' }, () => {
  it('is the process substitution of a shell', async () => {
    await bash('PROGRAM enrich <(cat bars.parquet) a.parquet')
    const { output } = await enrichBytes(input)
    assert.deepEqual(new Uint8Array(readFileSync(at('a.parquet'))), output)
    const { stdout } = await bash('PROGRAM head -n 2 <(cat bars.parquet)')
    assert.match(stdout, /2 rows of 300 rows/)
  })

  it('is a named pipe, also with CSV', async () => {
    await bash('mkfifo p.parquet p.csv; (cat bars.parquet > p.parquet &); PROGRAM enrich p.parquet b.parquet')
    assert.deepEqual(readFileSync(at('b.parquet')), readFileSync(at('a.parquet')))
    assert.equal((await runCli(at('bars.csv'), at('c.parquet'))).code, 0)
    await bash('(cat bars.csv > p.csv &); PROGRAM enrich p.csv d.parquet')
    assert.deepEqual(readFileSync(at('d.parquet')), readFileSync(at('c.parquet')))
  })

  it('is CSV by its content, where no name says so', async () => {
    const expected = readFileSync(at('c.parquet'))
    writeFileSync(at('bars.csv.gz'), gzipSync(readFileSync(at('bars.csv'))))
    for (const script of [
      'cat bars.csv | PROGRAM enrich - f.parquet',
      'cat bars.csv.gz | PROGRAM enrich - f.parquet',
      'PROGRAM enrich <(cat bars.csv) f.parquet',
      'PROGRAM enrich - f.parquet < bars.csv',
    ]) {
      rmSync(at('f.parquet'), { force: true })
      await bash(script)
      assert.deepEqual(readFileSync(at('f.parquet')), expected, script)
    }
    const { stdout } = await bash('cat bars.csv | PROGRAM inspect -')
    assert.match(stdout, /^-: CSV, \d/)
    await bash('PROGRAM verify <(cat bars.csv) c.parquet')
    await bash('PROGRAM verify <(cat bars.csv) c.parquet')
  })

  it('is refused with what it is, if it is neither parquet nor CSV', async () => {
    for (const [made, what] of [
      ['true', /it has 0 bytes/],
      ['printf \'{"a": 1, "b": 2}\\n{"a": 1, "b": 2}\\n\'', /it is JSON/],
      ["printf '<a>1,2</a>\\n<b>1,2</b>'", /it is XML/],
      ["printf 'several words without\\n'", /it is text/],
      ['gzip -c bars.parquet', /compressed with gzip/],
      ["printf 'time;open\\n2024-01-02;\\377;\\n'", /is not UTF-8|damaged/],
    ] as const) {
      await assert.rejects(bash(`${made} | PROGRAM enrich - refused.parquet`), { code: 2, stderr: what })
    }
  })

  it('leaves no copy behind', async () => {
    const { stdout } = await bash('ls -d parquet-supertrend-* 2> /dev/null | wc -l')
    assert.equal(Number(stdout), 0)
  })
})

describe('an output that can only be written from its beginning', { skip: process.platform === 'win32' }, () => {
  it('is the process substitution of a shell', async () => {
    const { stdout } = await bash('PROGRAM enrich bars.parquet >(cat > e.parquet); sleep 0.3')
    assert.match(stdout, /300 rows \(appended\)/)
    assert.deepEqual(readFileSync(at('e.parquet')), readFileSync(at('a.parquet')))
  })

  it('is a named pipe, for each output of a command', async () => {
    const read =
      'mkfifo o.fifo r.fifo; (cat o.fifo > o.parquet 2> /dev/null &); (cat r.fifo > r.parquet 2> /dev/null &);'
    await bash(`${read} PROGRAM enrich bars.parquet o.fifo --dropped r.fifo; sleep 0.3`)
    assert.deepEqual(readFileSync(at('o.parquet')), readFileSync(at('a.parquet')))
    assert.equal((await readMetadata(new Uint8Array(readFileSync(at('r.parquet'))))).num_rows, 0n)
    await bash('(cat o.fifo > back.parquet 2> /dev/null &); PROGRAM restore a.parquet o.fifo; sleep 0.3')
    assert.deepEqual(new Uint8Array(readFileSync(at('back.parquet'))), input)
  })

  it('says so when its reader ends early', async () => {
    const refused = bash(
      'mkfifo early.fifo; (head -c 1 early.fifo > /dev/null 2>&1 &); PROGRAM enrich large.parquet early.fifo',
    )
    await assert.rejects(refused, {
      code: 2,
      stderr: /early\.fifo" cannot be written: its reader ended before the file did/,
    })
  })
})
