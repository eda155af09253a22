import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { MARKET_OPTIONS } from '../../bin/cli/market-options.ts'
import { type EmbeddedAws, startEmbeddedAws } from '../../bin/local/embedded-aws.ts'
import type { Spool, Verification } from '../../functions/audit/verification.ts'
import { verify } from '../../functions/audit/verify.ts'
import {
  barsFile,
  duckDbRun,
  gathered,
  memorySource,
  readMetadata,
  readRowsOf,
  runProgram,
  runProgramIn,
  someBars,
  temporaryFolder,
} from '../parquet-files.ts'
import { quickOrThorough } from '../thorough.ts'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
const bars = someBars(400)
const overlapping = [...bars.slice(0, 250), ...bars.slice(240).map((bar, i) => (i === 3 ? { ...bar, close: 1 } : bar))]

async function enriched(input: string, output: string, ...options: string[]): Promise<void> {
  const { code, stderr } = await runProgram('enrich', at(input), at(output), ...options)
  // what it warns of is no error
  assert.deepEqual([code, stderr.replaceAll(/^warning: .*\n/gm, '')], [0, ''])
}

writeFileSync(at('clean.parquet'), barsFile(bars, { rowGroupSize: 150 }))
writeFileSync(at('overlapping.parquet'), barsFile(overlapping))
await enriched('clean.parquet', 'appended.parquet')
await enriched('overlapping.parquet', 'compacted.parquet', '--dropped', at('dropped.parquet'))

async function verified(original: string, file: string) {
  const { code, stdout, stderr } = await runProgram('verify', at(original), at(file), '--json')
  return { code, stderr, result: stdout === '' ? undefined : JSON.parse(stdout) }
}

/** The same without a process, which would take ten times the processor time. */
function verifiedHere(original: string, file: string): Promise<Verification> {
  const source = (name: string) => memorySource(new Uint8Array(readFileSync(at(name))))
  const spool: Spool = async (pieces) => ({ ...memorySource(await gathered(pieces)), close: async () => {} })
  return verify(source(original), source(file), 2 ** 30, spool)
}

describe('verify', () => {
  it('holds for files that enrich has written', async () => {
    for (const [original, file] of [
      ['clean.parquet', 'appended.parquet'],
      ['overlapping.parquet', 'compacted.parquet'],
    ] as const) {
      const { code, result } = await verified(original, file)
      assert.deepEqual([code, result.holds, result.problems, result.bytes], [0, true, [], 'same'])
    }
    const { result } = await verified('overlapping.parquet', 'compacted.parquet')
    assert.deepEqual(result.columnsCompared, ['datetime', 'open', 'high', 'low', 'close', 'volume'])
    assert.deepEqual([result.rowsRead, result.rowsWritten, result.duplicatesDropped], [410, 400, 10])
  })

  it('takes the settings from the file', async () => {
    const options = ['--supertrend', '10,1', '--supertrend', '7,2.5,tradingview', '--keep', 'last', '--codec', 'zstd']
    await enriched('overlapping.parquet', 'several.parquet', ...options)
    assert.ok((await verifiedHere('overlapping.parquet', 'several.parquet')).holds)
    writeFileSync(at('other-names.parquet'), barsFile(bars, { timeName: 'when' }))
    await enriched('other-names.parquet', 'named.parquet', '--time-column', 'when', '--symbol-column', 'none')
    assert.ok((await verifiedHere('other-names.parquet', 'named.parquet')).holds)
  })

  it('holds for an enriched file that was enriched again', async () => {
    await enriched('appended.parquet', 'twice.parquet', '--period', '7')
    assert.ok((await verifiedHere('appended.parquet', 'twice.parquet')).holds)
    assert.ok(!(await verifiedHere('clean.parquet', 'twice.parquet')).holds)
  })

  it('finds any byte that was changed', async () => {
    const whole = readFileSync(at('appended.parquet'))
    for (const share of quickOrThorough([0.3, 0.97], [0.02, 0.3, 0.6, 0.93, 0.97])) {
      const changed = Buffer.from(whole)
      changed[Math.floor(share * whole.length)]! ^= 0x10
      writeFileSync(at('changed.parquet'), changed)
      const { holds, problems } = await verifiedHere('clean.parquet', 'changed.parquet')
      assert.ok(!holds && problems.length > 0, `byte at ${share}`)
    }
  })

  it('names the column and the row of a value that another program has changed', async () => {
    const note = (await readMetadata(new Uint8Array(readFileSync(at('compacted.parquet'))))).key_value_metadata!.find(
      ({ key }) => key === 'parquet-supertrend',
    )!.value!
    const copy = async (name: string, select: string) =>
      duckDbRun(
        `COPY (SELECT ${select} FROM '${at('compacted.parquet')}') TO '${at(name)}' (FORMAT parquet, KV_METADATA {'parquet-supertrend': '${note}'})`,
      )
    const changed = "* REPLACE (CASE WHEN datetime = '2024-01-01 00:42:00' THEN 7 ELSE %c END AS %c)"
    for (const column of ['high', 'volume']) {
      await copy('changed.parquet', changed.replaceAll('%c', column))
      const { problems } = await verifiedHere('overlapping.parquet', 'changed.parquet')
      assert.deepEqual(
        problems.filter((problem) => problem.includes(`"${column}"`)),
        [
          `column "${column}" differs in row 42 (the first is row 0)`,
          `column "${column}" differs in row 42 (the first is row 0) as parquet-wasm reads it`,
        ],
      )
    }
    await copy('changed.parquet', '* EXCLUDE (volume)')
    assert.match((await verifiedHere('overlapping.parquet', 'changed.parquet')).problems.join(), /"volume" is missing/)
  })

  it('does not hold for another original, a file that was not enriched, and none at all', async () => {
    writeFileSync(at('another.parquet'), barsFile(someBars(400, 2), { rowGroupSize: 150 }))
    assert.ok(!(await verifiedHere('another.parquet', 'appended.parquet')).holds)
    assert.equal((await verified('clean.parquet', 'clean.parquet')).code, 3)
    writeFileSync(at('nothing.parquet'), 'PAR1')
    assert.ok(!(await verifiedHere('clean.parquet', 'nothing.parquet')).holds)
    const { code, stderr } = await verified('clean.parquet', 'missing.parquet')
    assert.equal(code, 2)
    assert.match(stderr, /missing\.parquet/)
  })
})

describe('restore', () => {
  it('gives the original back', async () => {
    const { code, stdout } = await runProgram('restore', at('appended.parquet'), at('restored.parquet'), '--json')
    assert.equal(code, 0)
    const original = readFileSync(at('clean.parquet'))
    assert.deepEqual(readFileSync(at('restored.parquet')), original)
    assert.deepEqual(JSON.parse(stdout), { bytesWritten: original.length, bytes: 'same', rows: 400, problems: [] })
  })

  it('gives nested columns back, which it does not compare', async () => {
    const types = fileURLToPath(new URL('../golden/writers/pyarrow-types-pages-v1.parquet', import.meta.url))
    assert.equal((await runProgram('enrich', types, at('nested.parquet'))).code, 0)
    assert.equal((await runProgram('enrich', at('nested.parquet'), at('again.parquet'), '--prefix', 'x_')).code, 0)
    const { code, stdout } = await runProgram('restore', at('again.parquet'), at('restored.parquet'))
    assert.equal(code, 0, stdout)
    assert.deepEqual(readFileSync(at('restored.parquet')), readFileSync(at('nested.parquet')))
  })

  it('says what proves the original', async () => {
    const { stdout } = await runProgram('restore', at('appended.parquet'), at('restored.parquet'))
    assert.match(stdout, /: the first \d+ bytes of .*\n {2}all columns can be read, and give the values/)
    writeFileSync(at('next.parquet'), barsFile(someBars(600).slice(400)))
    await enriched('clean.parquet', 'first.parquet', '--carry')
    await enriched('next.parquet', 'second.parquet', '--after', at('first.parquet'))
    const first = await runProgram('restore', at('first.parquet'), at('restored.parquet'))
    assert.match(first.stdout, /\n {2}all columns can be read/)
    const second = await runProgram('restore', at('second.parquet'), at('restored.parquet'))
    assert.deepEqual([second.code, second.stderr], [0, ''])
    assert.match(
      second.stdout,
      /: the first \d+ bytes of the enriched file\n {2}not checked: it continues another file/,
    )
    assert.deepEqual(readFileSync(at('restored.parquet')), readFileSync(at('next.parquet')))
  })

  it('writes the file unchecked where there is no room for the check', async () => {
    const environment = { TMPDIR: at('no-such-folder') }
    const { code, stdout, stderr } = await runProgramIn(
      environment,
      'restore',
      at('appended.parquet'),
      at('restored.parquet'),
    )
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /\n {2}not checked: a temporary folder cannot be made in /)
    assert.deepEqual(readFileSync(at('restored.parquet')), readFileSync(at('clean.parquet')))
  })

  it('exits with 3 if the bytes cannot be those of the original', async () => {
    const plain = barsFile(bars, { codec: 'UNCOMPRESSED', rowGroupSize: 150 })
    writeFileSync(at('plain.parquet'), plain)
    await enriched('plain.parquet', 'plain-enriched.parquet')
    const price = Buffer.alloc(8)
    price.writeDoubleLE(bars[42]!.high!)
    const places = { price: Buffer.from(plain).indexOf(price) + 6, page: 4 }
    for (const [name, place] of Object.entries(places)) {
      const file = readFileSync(at('plain-enriched.parquet'))
      file[place]! ^= 0x3f
      writeFileSync(at('damaged.parquet'), file)
      const { code, stdout, stderr } = await runProgram('restore', at('damaged.parquet'), at('restored.parquet'))
      assert.equal(code, 3, `${name}: ${stdout}`)
      assert.match(stdout, /: the first \d+ bytes of the enriched file\n {2}not proved to be the original\n$/)
      assert.match(stderr, /^warning: .*damaged\.parquet: the restored file is not proved to be the original: ./)
      const json = await runProgram('restore', at('damaged.parquet'), at('restored.parquet'), '--json')
      assert.ok(JSON.parse(json.stdout).problems.length > 0)
    }
  })

  it('refuses where the original is not in the file any more', async () => {
    await duckDbRun(`COPY (SELECT * FROM '${at('appended.parquet')}') TO '${at('rewritten.parquet')}' (FORMAT parquet)`)
    for (const [file, reason] of [
      ['compacted.parquet', /10 rows were removed/],
      ['clean.parquet', /has no note of parquet-supertrend/],
      ['rewritten.parquet', /has no note of parquet-supertrend/],
    ] as const) {
      const { code, stderr } = await runProgram('restore', at(file), at('none.parquet'))
      assert.equal(code, 2)
      assert.match(stderr, reason)
      assert.ok(!existsSync(at('none.parquet')))
    }
  })
})

describe('enrich with --dropped', () => {
  const dropped = async (...args: string[]) => runProgram('enrich', ...args)

  it('writes the removed rows, which verify and restore take', async () => {
    const paths = [at('overlapping.parquet'), at('two.parquet'), '--dropped', at('two-rows.parquet')]
    const report = JSON.parse((await dropped(...paths, '--json')).stdout)
    assert.deepEqual(
      [report.bytesWritten, report.droppedBytesWritten],
      ['two.parquet', 'two-rows.parquet'].map((name) => readFileSync(at(name)).length),
    )
    assert.deepEqual(readFileSync(at('two.parquet')), readFileSync(at('compacted.parquet')))
    assert.deepEqual(readFileSync(at('two-rows.parquet')), readFileSync(at('dropped.parquet')))
    const rows = await readRowsOf(at('two-rows.parquet'))
    assert.deepEqual(
      rows.map((row) => [row.dropped_row, row.kept_row, row.close]),
      overlapping.slice(250, 260).map((bar, i) => [BigInt(250 + i), BigInt(240 + i), bar.close]),
    )
    assert.match((await dropped(...paths)).stdout, /two-rows\.parquet: 10 removed rows\n/)

    const files = [at('two.parquet'), '--dropped', at('two-rows.parquet')]
    const verification = await runProgram('verify', at('overlapping.parquet'), ...files, '--json')
    assert.deepEqual([verification.code, JSON.parse(verification.stdout).dropped.bytes], [0, 'same'])
    const { stdout } = await runProgram('verify', at('overlapping.parquet'), ...files)
    assert.match(stdout, /no row of the original is lost/)
    writeFileSync(at('damaged.parquet'), readFileSync(at('dropped.parquet')).fill(7, 100, 110))
    const damaged = [at('two.parquet'), '--dropped', at('damaged.parquet')]
    assert.equal((await runProgram('verify', at('overlapping.parquet'), ...damaged)).code, 3)

    const [, ...options] = files
    const restored = await runProgram('restore', at('two.parquet'), at('whole.parquet'), ...options)
    assert.equal(restored.stdout, `${at('whole.parquet')}: 410 rows, 10 of them restored from the removed rows\n`)
    assert.deepEqual(await readRowsOf(at('whole.parquet')), await readRowsOf(at('overlapping.parquet')))
    const json = await runProgram('restore', at('two.parquet'), at('whole.parquet'), ...options, '--json')
    const bytesWritten = readFileSync(at('whole.parquet')).length
    assert.deepEqual(JSON.parse(json.stdout), { bytesWritten, bytes: 'other', rows: 410, problems: null })
  })

  it('replaces one from before by an empty one when no row is dropped', async () => {
    writeFileSync(at('stale.parquet'), readFileSync(at('dropped.parquet')))
    assert.equal((await dropped(at('clean.parquet'), at('whole.parquet'), '--dropped', at('stale.parquet'))).code, 0)
    assert.deepEqual(await readRowsOf(at('stale.parquet')), [])
    const files = [at('whole.parquet'), '--dropped', at('stale.parquet')]
    assert.equal((await runProgram('verify', at('clean.parquet'), ...files)).code, 0)
  })

  it('leaves one from before as it was when the file is refused', async () => {
    writeFileSync(at('before.parquet'), 'as it was')
    writeFileSync(at('no.parquet'), 'no parquet')
    assert.equal((await dropped(at('no.parquet'), at('x.parquet'), '--dropped', at('before.parquet'))).code, 2)
    assert.equal(readFileSync(at('before.parquet'), 'utf8'), 'as it was')
  })

  it('has the rows of a file that is enriched in its own place', async () => {
    const place = at('place.parquet')
    writeFileSync(place, readFileSync(at('overlapping.parquet')))
    assert.equal((await dropped(place, place, '--dropped', at('of-place.parquet'))).code, 0)
    assert.deepEqual(readFileSync(at('of-place.parquet')), readFileSync(at('dropped.parquet')))
    assert.equal((await runProgram('restore', place, place, '--dropped', at('of-place.parquet'))).code, 0)
    assert.deepEqual(await readRowsOf(place), await readRowsOf(at('overlapping.parquet')))
  })

  it('writes neither file when one of them cannot be written', async () => {
    mkdirSync(at('limited'))
    const program = fileURLToPath(new URL('../../bin/parquet-supertrend.ts', import.meta.url))
    const enrich = `"${process.execPath}" "${program}" enrich overlapping.parquet`
    // the removed rows take 2 KB, the enriched file 23
    for (const [command, reason] of [
      [
        `${enrich} limited/enriched.parquet --dropped limited/dropped.parquet`,
        /enriched\.parquet.*larger than is allowed/,
      ],
      [`${enrich} limited/enriched.parquet --dropped none/dropped.parquet`, /the output's folder .* does not exist/],
    ] as const) {
      // Node's own files of compiled code are longer
      const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' }
      const script = `ulimit -f 8; ${command}; echo $?`
      const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], { cwd: scratch, env })
      assert.equal(stdout, '2\n')
      assert.match(stderr, reason)
      assert.deepEqual(readdirSync(at('limited')), [])
    }
  })

  it('writes to standard output', async () => {
    const program = fileURLToPath(new URL('../../bin/parquet-supertrend.ts', import.meta.url))
    const command = `"${process.execPath}" "${program}" enrich - piped.parquet --dropped - --json < overlapping.parquet > piped-rows.parquet`
    const { stderr } = await promisify(execFile)('bash', ['-c', command], { cwd: scratch })
    assert.equal(JSON.parse(stderr).duplicatesDropped, 10)
    assert.deepEqual(readFileSync(at('piped-rows.parquet')), readFileSync(at('dropped.parquet')))
    assert.deepEqual(readFileSync(at('piped.parquet')), readFileSync(at('compacted.parquet')))
  })

  it('refuses a place that another file has or gets', async () => {
    symlinkSync('overlapping.parquet', at('link.parquet'))
    for (const [output, rows] of [
      ['same.parquet', 'same.parquet'],
      ['same.parquet', 'elsewhere/../overlapping.parquet'],
      ['same.parquet', 'link.parquet'],
    ] as const) {
      mkdirSync(at('elsewhere'), { recursive: true })
      const { code, stderr } = await dropped(at('overlapping.parquet'), at(output), '--dropped', `${scratch}/${rows}`)
      assert.equal(code, 2)
      assert.match(stderr, /^error: --dropped: .* is an INPUT or OUTPUT too/)
      assert.ok(!existsSync(at('same.parquet')))
    }
    const { stderr } = await dropped(at('overlapping.parquet'), '-', '--dropped', '-')
    assert.match(stderr, /"-" is an INPUT or OUTPUT too/)
  })

  it('takes a folder with --out-dir, and only there', async () => {
    const inputs = [at('clean.parquet'), at('overlapping.parquet')]
    const folders = ['--out-dir', at('kept'), '--dropped-dir', at('rows')]
    const { code, stdout } = await dropped(...inputs, ...folders, '--json')
    assert.equal(code, 0)
    const lines = stdout.trim().split('\n')
    assert.deepEqual(
      lines.map((line) => path.relative(scratch, JSON.parse(line).dropped)),
      ['rows/clean.parquet', 'rows/overlapping.parquet'],
    )
    assert.deepEqual(readFileSync(at('rows/overlapping.parquet')), readFileSync(at('dropped.parquet')))
    assert.deepEqual(await readRowsOf(at('rows/clean.parquet')), [])

    for (const [options, reason] of [
      [['--out-dir', at('kept'), '--dropped', at('x.parquet')], /it is --dropped-dir FOLDER/],
      [['--dropped-dir', at('rows')], /it is --dropped FILE/],
      [['--out-dir', at('kept'), '--dropped-dir', at('kept')], /is an INPUT or OUTPUT too/],
      [['--out-dir', at('kept'), '--dropped-dir', scratch], /is an INPUT or OUTPUT too/],
    ] as const) {
      const refused = await dropped(...inputs, ...options)
      assert.equal(refused.code, 2)
      assert.match(refused.stderr, reason)
    }
  })
})

describe('inspect', () => {
  it('names the columns with the reason, and shows conflicts side by side', async () => {
    const { code, stdout } = await runProgram('inspect', at('overlapping.parquet'), '--json')
    assert.equal(code, 0)
    const { columns, quality, rows, layout, outputBytes } = JSON.parse(stdout)
    assert.deepEqual(
      columns.map(({ name, uses }: { name: string; uses: { role: string }[] }) => [
        name,
        ...uses.map(({ role }) => role),
      ]),
      ['datetime', 'open', 'high', 'low', 'close', 'volume'].map((name) => [name, name === 'datetime' ? 'time' : name]),
    )
    assert.deepEqual([rows, layout, quality.stepSeconds, quality.duplicatesDropped], [410, 'compacted', 60, 10])
    assert.equal(outputBytes, readFileSync(at('compacted.parquet')).length)
    assert.deepEqual(quality.conflicts, [
      { row: 253, keptRow: 243, columns: ['close'], values: { close: { kept: bars[243]!.close, dropped: 1 } } },
    ])
  })

  it('is readable', async () => {
    const { stdout } = await runProgram('inspect', at('overlapping.parquet'), '--close-column', 'open')
    assert.match(
      stdout,
      /open +double +SNAPPY +[\d,]+ +close, open +named by --close-column, its name is a usual one for open/,
    )
    assert.match(stdout, /usual step 60 s, 0 gaps/)
    const { stdout: conflicts } = await runProgram('inspect', at('overlapping.parquet'))
    assert.match(conflicts, /row 243 \(kept\) \| row 253 \(removed\): close [\d.]+ \| 1\n/)
  })

  it('lists the columns of a file that cannot be enriched, and says why', async () => {
    await duckDbRun(`COPY (SELECT 1 AS a, 'x' AS b) TO '${at('other.parquet')}' (FORMAT parquet)`)
    const { code, stdout, stderr } = await runProgram('inspect', at('other.parquet'))
    assert.equal(code, 2)
    assert.match(stdout, /a +int/)
    assert.match(stderr, /^error: no time column/)
  })

  it('notes the contents that Trino and Athena cannot read, which is no warning', async () => {
    await duckDbRun(
      `COPY (SELECT * FROM '${at('clean.parquet')}') TO '${at('lz4.parquet')}' (FORMAT parquet, COMPRESSION lz4_raw)`,
    )
    const { code, stdout, stderr } = await runProgram('inspect', at('lz4.parquet'), '--strict')
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(
      stdout,
      /^ {2}note: Trino and Athena cannot read the columns "datetime", "open", "high" and 3 more: they do not support LZ4_RAW/m,
    )
  })
})

describe('enrich with --out-dir', () => {
  it('does not replace its inputs', async () => {
    mkdirSync(at('own/below'), { recursive: true })
    copyFileSync(at('clean.parquet'), at('own/one.parquet'))
    copyFileSync(at('clean.parquet'), at('own/below/two.parquet'))
    symlinkSync(at('own'), at('link'))
    for (const inputs of [
      [at('own')],
      [at('own/*.parquet')],
      [at('own/one.parquet')],
      [at('link/below/../*.parquet')],
    ]) {
      for (const folder of [at('own'), at('link'), `${at('own')}/below/..`]) {
        const { code, stderr } = await runProgram('enrich', ...inputs, '--out-dir', folder)
        assert.equal(code, 2, `${inputs} ${folder}`)
        assert.match(stderr, /^error: --out-dir would replace the input ".*"; name another folder/)
      }
    }
    for (const name of ['one', 'below/two']) {
      assert.deepEqual(readFileSync(at(`own/${name}.parquet`)), readFileSync(at('clean.parquet')))
    }
    const { code } = await runProgram('enrich', at('own'), '--out-dir', at('own/enriched'))
    assert.equal(code, 0)
  })

  it('takes names and patterns, and goes on after a file that is refused', async () => {
    mkdirSync(at('many'), { recursive: true })
    for (const name of ['a', 'b']) writeFileSync(at(`many/${name}.parquet`), barsFile(bars))
    writeFileSync(at('many/broken.parquet'), 'no parquet')
    const { code, stdout, stderr } = await runProgram('enrich', at('many/*.parquet'), '--out-dir', at('out'), '--json')
    assert.equal(code, 2)
    assert.match(stderr, /^error: .*broken\.parquet: not a parquet file/)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      lines.map(({ output, rowsWritten, error }) => [path.basename(output), rowsWritten ?? error.code]),
      [
        ['a.parquet', 400],
        ['b.parquet', 400],
        ['broken.parquet', 'not-parquet'],
      ],
    )
    assert.equal((await readRowsOf(at('out/b.parquet'))).length, 400)
    assert.ok(!existsSync(at('out/broken.parquet')))
  })

  it('refuses two inputs of one name before it writes anything', async () => {
    mkdirSync(at('elsewhere'), { recursive: true })
    writeFileSync(at('elsewhere/clean.parquet'), barsFile(bars))
    const inputs = [at('clean.parquet'), at('elsewhere/clean.parquet')]
    const { code, stderr } = await runProgram('enrich', ...inputs, '--out-dir', at('none'))
    assert.equal(code, 2)
    assert.match(stderr, /two inputs would both become/)
    assert.ok(!existsSync(at('none')))
  })
})

describe('enrich with an --out-dir that cannot be a folder', () => {
  for (const [folder, reason] of [
    ['clean.parquet', /cannot be made: it is a file/],
    ['clean.parquet/below', /a part of its path is a file/],
    ['x'.repeat(300), /its name is too long/],
    ['', /it is no name of a folder/],
  ] as const) {
    it(`refuses ${JSON.stringify(folder.slice(0, 30))}`, async () => {
      const place = folder === '' ? '' : at(folder)
      const { code, stderr } = await runProgram('enrich', at('clean.parquet'), '-o', place)
      assert.equal(code, 2, stderr)
      assert.match(stderr, /^error: --out-dir: the folder [^\n]+\n$/)
      assert.match(stderr, reason)
    })
  }
})

describe('pipes', () => {
  const program = fileURLToPath(new URL('../../bin/parquet-supertrend.ts', import.meta.url))

  it('give the file that a name gives', async () => {
    const command = `"${process.execPath}" "${program}" enrich - - --json < clean.parquet > piped.parquet`
    const { stderr } = await promisify(execFile)('bash', ['-c', command], { cwd: scratch })
    assert.equal(JSON.parse(stderr).rowsWritten, 400)
    assert.deepEqual(readFileSync(at('piped.parquet')), readFileSync(at('appended.parquet')))
  })
})

describe('standard output that does not take the whole file', () => {
  const inBash = async (command: string) => {
    const temporary = at('temporary')
    mkdirSync(temporary, { recursive: true })
    const program = fileURLToPath(new URL('../../bin/parquet-supertrend.ts', import.meta.url))
    const run = command.replaceAll('PROGRAM', `"${process.execPath}" "${program}"`)
    const env = { ...process.env, TMPDIR: temporary }
    const script = `${run}; echo "\${PIPESTATUS[@]}" >&2`
    const { stderr } = await promisify(execFile)('bash', ['-c', script], { cwd: scratch, env })
    assert.deepEqual(readdirSync(temporary), [])
    return stderr
  }

  it('is refused, and no copy is left', async () => {
    writeFileSync(at('wide.parquet'), barsFile(someBars(20_000)))
    const commands = [
      'cat wide.parquet | PROGRAM enrich - - | head -c 100 > /dev/null',
      'PROGRAM enrich wide.parquet - | head -c 100 > /dev/null',
      'PROGRAM chart wide.parquet --out - | head -c 6 > /dev/null',
    ]
    for (const command of commands.slice(0, quickOrThorough(1, 3))) {
      assert.match(await inBash(command), /^error: the output .*: its reader ended before the file did.*\n(0 )?2 0\n$/)
    }
    const full = await inBash('PROGRAM enrich clean.parquet - > /dev/full')
    assert.match(full, /^error: the output .*: the disk is full.*\n2\n$/)
  })

  for (const signal of quickOrThorough<NodeJS.Signals[]>(['SIGTERM'], ['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    it(`leaves no copy behind after ${signal}`, async (t) => {
      const temporary = at(`temporary-${signal}`)
      mkdirSync(temporary)
      const program = fileURLToPath(new URL('../../bin/parquet-supertrend.ts', import.meta.url))
      const child = spawn(process.execPath, [program, 'enrich', '-', at('none.parquet')], {
        env: { ...process.env, TMPDIR: temporary },
        stdio: ['pipe', 'ignore', 'ignore'],
      })
      t.after(() => child.kill('SIGKILL'))
      const ended = once(child, 'exit')
      child.stdin.write('PAR1')
      while (readdirSync(temporary).length === 0) await setTimeout(10)
      child.kill(signal)
      assert.deepEqual(await ended, [null, signal])
      assert.deepEqual(readdirSync(temporary), [])
    })
  }
})

describe('s3:// URIs', () => {
  let aws: EmbeddedAws
  const environment = () => ({
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  })
  const run = (...args: string[]) => runProgramIn(environment(), ...args)

  before(async () => {
    aws = await startEmbeddedAws('bars')
  })
  after(() => aws.stop())

  it('are not replaced by --out-dir', async () => {
    await run('restore', at('appended.parquet'), 's3://bars/own/a.parquet')
    for (const folder of ['s3://bars/own', 's3://bars/own/']) {
      const { code, stderr } = await run('enrich', 's3://bars/own/', '--out-dir', folder)
      assert.equal(code, 2)
      assert.match(stderr, /^error: --out-dir would replace the input "s3:\/\/bars\/own\/a\.parquet"/)
    }
  })

  it('stand wherever a path does', async () => {
    const uri = 's3://bars/in/clean.parquet'
    const steps = [
      ['restore', at('appended.parquet'), uri],
      ['inspect', uri],
      ['enrich', uri, 's3://bars/out/enriched.parquet'],
      ['verify', at('clean.parquet'), 's3://bars/out/enriched.parquet'],
      ['enrich', uri, '--out-dir', 's3://bars/many/'],
      ['verify', uri, 's3://bars/many/clean.parquet'],
      ['verify', 's3://bars/in/', 's3://bars/many/'],
      ['restore', 's3://bars/out/enriched.parquet', at('from-s3.parquet')],
      ['enrich', at('overlapping.parquet'), 's3://bars/out/two.parquet', '--dropped', 's3://bars/out/rows.parquet'],
      ['verify', at('overlapping.parquet'), 's3://bars/out/two.parquet', '--dropped', 's3://bars/out/rows.parquet'],
      ['restore', 's3://bars/out/two.parquet', 's3://bars/in/place.parquet', '--dropped', 's3://bars/out/rows.parquet'],
      ['enrich', 's3://bars/in/place.parquet', 's3://bars/in/place.parquet', '--dropped', at('s3-rows.parquet')],
      ['chart', 's3://bars/out/enriched.parquet', '--out', 's3://bars/out/chart.html'],
      ['chart', at('clean.parquet'), '--out', 's3://bars/out/local.html'],
    ]
    for (const step of steps) {
      const { code, stderr } = await run(...step)
      assert.deepEqual([code, stderr.replaceAll(/^warning: .*\n/gm, '')], [0, ''], step.join(' '))
    }
    assert.deepEqual(readFileSync(at('from-s3.parquet')), readFileSync(at('clean.parquet')))
    assert.equal((await readRowsOf(at('s3-rows.parquet'))).length, 10)
    const types = ['enriched.parquet', 'chart.html', 'local.html'].map(async (name) => {
      const head = await aws.s3.send(new HeadObjectCommand({ Bucket: 'bars', Key: `out/${name}` }))
      return head.ContentType
    })
    const html = 'text/html; charset=utf-8'
    assert.deepEqual(await Promise.all(types), ['application/vnd.apache.parquet', html, html])
  })

  it('get the removed rows before the output, which may replace the only file that has them', async () => {
    const missing = 's3://no-such-bucket/x.parquet'
    assert.equal((await run('enrich', at('overlapping.parquet'), missing, '--dropped', at('first.parquet'))).code, 2)
    assert.deepEqual(readFileSync(at('first.parquet')), readFileSync(at('dropped.parquet')))
    assert.equal((await run('enrich', at('overlapping.parquet'), at('last.parquet'), '--dropped', missing)).code, 2)
    assert.ok(!existsSync(at('last.parquet')))
    assert.deepEqual(
      readdirSync(scratch).filter((name) => name.endsWith('.partial')),
      [],
    )
  })

  it('name the missing file', async () => {
    for (const [uri, reason] of [
      ['s3://bars/nothing.parquet', /there is no such object\n/],
      ['s3://bars/*.parquet', /there is no such object; patterns are for local files\n/],
      ['s3://no-such-bucket/x.parquet', /there is no such bucket/],
      ['s3://bars', /names no object/],
    ] as const) {
      const { code, stderr } = await run('inspect', uri)
      assert.equal(code, 2, stderr)
      assert.match(stderr, reason)
    }
  })
})

describe('an S3 endpoint that refuses connections', () => {
  it('is named', async () => {
    const endpoint = 'http://127.0.0.1:9'
    const keys = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: 'us-east-1' }
    const { code, stderr } = await runProgramIn(
      { ...keys, AWS_ENDPOINT_URL: endpoint },
      'inspect',
      's3://bars/x.parquet',
    )
    assert.equal(code, 2)
    assert.match(stderr, /^error: [^\n]*"http:\/\/127\.0\.0\.1:9" does not answer \(ECONNREFUSED\)[^\n]*\n$/)
    const empty = { ...keys, AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_S3: '' }
    assert.equal((await runProgramIn(empty, 'inspect', 's3://bars/x.parquet')).stderr, stderr)
    for (const args of [
      ['inspect', 's3://bars/x.parquet'],
      ['enrich', 'docs/aapl.parquet', 's3://bars/x.parquet'],
    ]) {
      const wrong = await runProgramIn({ ...keys, AWS_ENDPOINT_URL: 'nonsense' }, ...args)
      assert.equal(wrong.code, 2)
      assert.match(wrong.stderr, /^error: AWS_ENDPOINT_URL is "nonsense"; allowed is [^\n]*\n$/)
    }
  })
})

describe('the settings of AWS', () => {
  const none = {
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  }
  const refused: [Record<string, string>, RegExp][] = [
    [
      { AWS_PROFILE: 'nope', AWS_REGION: 'us-east-1' },
      /the profile "nope" of AWS_PROFILE has no credentials that can be used; /,
    ],
    [{ AWS_PROFILE: 'nope' }, /the profile "nope" of AWS_PROFILE states no region, or there is no such profile; /],
    [{ AWS_REGION: 'us east' }, /AWS_REGION is "us east"; allowed is the name of a region such as us-east-1/],
    [{ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }, /no region is set; set AWS_REGION/],
  ]
  for (const [variables, reason] of refused) {
    it(`are refused in one line that names the setting: ${Object.keys(variables)}`, async () => {
      const { code, stderr } = await runProgramIn({ ...none, ...variables }, 'head', 's3://bars/x.parquet')
      assert.equal(code, 2)
      assert.match(stderr, reason)
      assert.match(stderr, /^error: "s3:\/\/bars\/x\.parquet" cannot be used: [^\n]*\n$/)
    })
  }
})

describe('the program', () => {
  it('explains itself', async () => {
    for (const args of [[], ['--help'], ['verify', '--help']]) {
      const { code, stdout } = await runProgram(...args)
      assert.equal(code, 0)
      assert.match(stdout, /^Usage: parquet-supertrend/)
    }
    const { stdout } = await runProgram('enrich', '--help')
    for (const [flags] of MARKET_OPTIONS) assert.ok(stdout.includes(flags), flags)
  })

  it('describes a command that is named after help, and refuses another', async () => {
    const [named, option] = [await runProgram('help', 'flips'), await runProgram('flips', '--help')]
    assert.deepEqual([named.code, named.stdout], [0, option.stdout])
    assert.equal((await runProgram('help')).stdout, (await runProgram('--help')).stdout)
    const { code, stderr } = await runProgram('help', 'flip')
    assert.equal(code, 2)
    assert.match(stderr, /^error: there is no command "flip"; allowed are enrich, .*flips/)
  })

  it('completes commands and options', async () => {
    const { code, stdout } = await runProgram('complete', '--', 'ver')
    assert.equal(code, 0)
    assert.match(stdout, /^verify\b/m)
    assert.match((await runProgram('complete', 'bash')).stdout, /parquet-supertrend/)
  })
})
