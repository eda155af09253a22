import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  barsFile,
  type CliResult,
  enrichBytes,
  NEW_COLUMNS,
  readRowsOf,
  someBars,
  temporaryFolder,
} from '../parquet-files.ts'
import { callScript } from '../programs.ts'
import { quickOrThorough } from '../thorough.ts'

/** A program that has done nothing for so long hangs: a server left behind would keep it from ending. */
const HANG_MS = 300_000

/** `npm start`, less npm, in a folder and a process of its own. */
function start(folder: string, ...args: string[]): Promise<CliResult> {
  const script = fileURLToPath(new URL('../../bin/local.ts', import.meta.url))
  const cache = new URL('../../bin/start.js', import.meta.url).href
  return new Promise((resolve) => {
    const options = { cwd: folder, timeout: HANG_MS }
    execFile(process.execPath, ['--import', cache, script, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
    })
  })
}

/** The same, but after other programs in one process, which saves the start. */
function call(folder: string, ...args: string[]): Promise<CliResult> {
  return quickOrThorough(
    () => callScript('local', process.env, args, folder),
    () => start(folder, ...args),
  )()
}

/** Waits until `look` finds something. */
async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (let waited = 0; waited < HANG_MS; waited += 50) {
    const found = look()
    if (found) return found
    await setTimeout(50)
  }
  throw new Error(`waited for ${HANG_MS / 1000} s`)
}

describe('npm start -- --watch', () => {
  it('enriches files that are saved into a folder, reports refused ones, and ends with Ctrl-C', async () => {
    const folder = temporaryFolder()
    const at = (...names: string[]) => path.join(folder, ...names)
    writeFileSync(at('before.parquet'), barsFile(someBars(30)))
    const script = fileURLToPath(new URL('../../bin/local.ts', import.meta.url))
    const program = spawn(process.execPath, [script, '--watch', folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    program.stdout.on('data', (text) => {
      said += text
    })
    const ended = new Promise((resolve) => program.once('exit', (code, signal) => resolve(code ?? signal)))
    try {
      await until(() => existsSync(at('enriched', 'before.parquet')))
      const input = barsFile(someBars(100))
      // as a slow writer saves it
      writeFileSync(at('a b.parquet'), input.subarray(0, 1000))
      await setTimeout(100)
      appendFileSync(at('a b.parquet'), input.subarray(1000))
      await until(() => existsSync(at('enriched', 'a b.parquet')))
      assert.ok(readFileSync(at('enriched', 'a b.parquet')).equals((await enrichBytes(input)).output))

      for (let i = 0; i < 2; i++) writeFileSync(at('d.csv'), 'time,high,low,close\n')
      writeFileSync(at('c.parquet'), 'no parquet')
      const report = await until(() => existsSync(at('failed', 'c.parquet.json')) && at('failed', 'c.parquet.json'))
      assert.equal(JSON.parse(readFileSync(report, 'utf8')).code, 'not-parquet')
      writeFileSync(at('c.parquet'), input)
      await until(() => existsSync(at('enriched', 'c.parquet')) && !existsSync(report))
      await until(() => said.match(/^enriched +c\.parquet: 100 rows/m))
      assert.equal(said.match(/^not read +d\.csv: the function takes parquet only/gm)?.length, 1)
      assert.match(said, /^failed +c\.parquet: not a parquet file/m)
      assert.match(said, /aws --endpoint-url http:\/\/127\.0\.0\.1:\d+ s3 ls s3:\/\/market-data\//)
    } finally {
      program.kill('SIGINT')
    }
    assert.equal(await ended, 0)
  })
})

describe('npm start', () => {
  it('enriches the sample, shows it, and leaves it on disk', async () => {
    const folder = temporaryFolder()
    const { code, stdout, stderr } = await start(folder)
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /uploaded +s3:\/\/market-data\/incoming\/aapl\.parquet on http:\/\/127\.0\.0\.1:\d+$/m)
    assert.match(stdout, /enriched +s3:\/\/market-data\/enriched\/aapl\.parquet in [\d,]+ ms/)
    assert.match(stdout, /rows +1,290 read, 1,260 written, 1 series, 2013-05-13T00:00:00 to 2018-05-11T00:00:00/)
    assert.match(stdout, /duplicates 30 rows removed, 2 of them differ from the row that was kept/)
    assert.match(
      stdout,
      /row 1,251 has a different close from row 1,221\n +row 1,269 has a different close from row 1,239/,
    )
    assert.match(stdout, /layout +compacted/)
    assert.match(stdout, /^2013-05-13 .* -1 +1$/m)
    assert.match(stdout, /^2018-05-11 .* 1 +\d+$/m)
    assert.match(stdout, /pandas\.read_parquet\('\.local\/enriched\/aapl\.parquet'\)/)
    assert.match(stdout, /duckdb -c "SELECT \* FROM '\.local\/enriched\/aapl\.parquet'"/)

    const rows = await readRowsOf(path.join(folder, '.local/enriched/aapl.parquet'))
    assert.equal(rows.length, 1260)
    assert.equal(new Set(rows.map((row) => String(row.Date))).size, 1260)
    assert.deepEqual(Object.keys(rows[0]!).slice(-4), NEW_COLUMNS)
  })

  it('enriches the files that it is given', async () => {
    const folder = temporaryFolder()
    const files = ['one two.parquet', 'tägliche+bars.parquet']
    for (const [i, name] of files.entries()) writeFileSync(path.join(folder, name), barsFile(someBars(100 + i)))
    const { code, stdout, stderr } = await call(folder, ...files)
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /layout +appended/)
    for (const name of files) {
      const input = readFileSync(path.join(folder, name))
      const output = readFileSync(path.join(folder, '.local/enriched', name))
      assert.ok(output.subarray(0, input.length).equals(input))
    }
  })

  it('takes a file that is larger than one upload', async () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'large.parquet'), barsFile(someBars(250_000), { codec: 'UNCOMPRESSED' }))
    const { code, stdout, stderr } = await call(folder, 'large.parquet')
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /250,000 read, 250,000 written/)
  })

  it('says what is wrong with a file, goes on with the next, and exits with 2', async () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'text.parquet'), 'time,open,high,low,close\n')
    writeFileSync(path.join(folder, 'fine.parquet'), barsFile(someBars(50)))
    const { code, stdout, stderr } = await call(folder, 'text.parquet', 'fine.parquet')
    assert.equal(code, 2)
    assert.match(stderr, /^error: text\.parquet: .*not a parquet file.*\n$/)
    assert.match(stdout, /50 read, 50 written/)
  })

  for (const [args, message] of [
    [['missing.parquet'], /^error: the input "missing\.parquet" cannot be opened: there is no such file\n$/],
    [['.'], /^error: the input "\." .*\n$/],
    [['bars.csv'], /^error: "bars\.csv" ends in none of \.parquet, \.parq, \.pq.*\n$/],
    [['a.parquet', './a.parquet'], /^error: two files are called "a\.parquet".*\n$/],
  ] as const) {
    it(`refuses ${args.join(' ')} before anything is started`, async () => {
      const folder = temporaryFolder()
      writeFileSync(path.join(folder, 'bars.csv'), '')
      writeFileSync(path.join(folder, 'a.parquet'), barsFile(someBars(5)))
      const { code, stdout, stderr } = await call(folder, ...args)
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, message)
    })
  }
})
