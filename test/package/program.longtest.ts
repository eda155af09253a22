import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { type EmbeddedAws, startEmbeddedAws } from '../../bin/local/embedded-aws.ts'
import { readRowsOf, runProgram, temporaryFolder } from '../parquet-files.ts'
import { NAME, nodes, npm, packed, projectWith, root } from './tarball.ts'

const MOST_MB = 30

/** Files that differ in compression and encoding; none of them loses rows unless it says so. */
const FILES = [
  'pyarrow-none-pages-v1',
  'pyarrow-snappy-pages-v2',
  'pyarrow-gzip-pages-v1',
  'pyarrow-lz4-pages-v2',
  'pyarrow-brotli-pages-v1',
  'pyarrow-delta',
  'pyarrow-byte-stream-split',
  'duckdb-v2-zstd',
]
/** A compacted file, whose ZSTD pages are read by another decoder where Node has none. */
const COMPACTED_ZSTD = 'pyarrow-zstd-pages-v1'

const scratch = temporaryFolder()
const at = (name: string) => path.join(scratch, name)
const golden = (name: string) => path.join(root, `test/golden/writers/${name}.parquet`)

const tarball = packed()
const prefix = temporaryFolder()
npm(scratch, 'install', '--global', '--prefix', prefix, tarball)
for (const name of [...FILES, COMPACTED_ZSTD]) {
  assert.equal((await runProgram('enrich', golden(name), at(`${name}.parquet`))).code, 0)
}

const installed = () => path.join(prefix, 'lib/node_modules', NAME)

describe('the package, installed globally', () => {
  let aws: EmbeddedAws
  before(async () => {
    aws = await startEmbeddedAws('bars')
  })
  after(() => aws.stop())

  it(`takes at most ${MOST_MB} MB and brings no other package`, (t) => {
    const sizes = readdirSync(prefix, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => statSync(path.join(parentPath, name)).size)
    const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6
    t.diagnostic(`${megabytes.toFixed(1)} MB`)
    assert.ok(megabytes > 5 && megabytes <= MOST_MB, `${megabytes} MB`)
    const { dependencies } = JSON.parse(npm(scratch, 'ls', '--global', '--all', '--json', '--prefix', prefix))
    assert.deepEqual(Object.keys(dependencies), [NAME])
    assert.deepEqual(
      Object.keys(dependencies[NAME].dependencies ?? {}).filter((name) => !/^(aws-cdk-lib|constructs)$/.test(name)),
      [],
    )
  })

  it('loads its start as one file beside the entry point, and the rest on demand', () => {
    const dist = path.join(installed(), 'dist')
    const loaded = new Set<string>()
    const load = (name: string) => {
      if (loaded.has(name)) return
      loaded.add(name)
      const code = readFileSync(path.join(dist, name), 'utf8')
      for (const [, imported] of code.matchAll(/^(?:import|\} from) ?"\.\/([^"]+)"/gm)) load(imported!)
    }
    load('parquet-supertrend.js')
    const small = [...loaded].filter((name) => statSync(path.join(dist, name)).size < 4096)
    // the one that is left over has helpers of esbuild
    assert.deepEqual([loaded.size, small.length], [3, 2], [...loaded].join(', '))
    assert.ok(readdirSync(dist).filter((name) => name.endsWith('.js')).length > 50)
  })

  it('has the licenses of what it contains', () => {
    const licenses = readFileSync(path.join(installed(), 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8')
    for (const name of [
      'parquet-wasm',
      'lightweight-charts',
      '@aws-sdk/client-s3',
      '@hpcc-js/wasm-zstd',
      'glob',
      'zod',
    ]) {
      assert.match(licenses, new RegExp(`^${name} \\d+\\.`, 'm'))
    }
  })

  for (const [version, node] of nodes()) {
    const enrich = (...args: string[]) => execFileSync(node, [path.join(installed(), 'bin/cli.js'), 'enrich', ...args])

    for (const name of FILES) {
      it(`enriches ${name} on Node ${version} to the bytes that the clone writes`, () => {
        enrich(golden(name), at('out.parquet'))
        assert.deepEqual(readFileSync(at('out.parquet')), readFileSync(at(`${name}.parquet`)))
      })
    }

    it(`enriches a ZSTD file that loses rows on Node ${version} to the same rows`, async () => {
      enrich(golden(COMPACTED_ZSTD), at('out.parquet'))
      assert.deepEqual(await readRowsOf(at('out.parquet')), await readRowsOf(at(`${COMPACTED_ZSTD}.parquet`)))
    })

    it(`takes patterns, draws and reads S3 on Node ${version}`, async () => {
      enrich(path.join(root, 'test/golden/cases/M10-hive/**/*.parquet'), '--out-dir', at(`hive-${version}`))
      assert.equal(readdirSync(at(`hive-${version}`)).length, 2)
      const program = [path.join(installed(), 'bin/cli.js')]
      execFileSync(node, [...program, 'chart', at('duckdb-v2-zstd.parquet'), '--out', at('chart.html')])
      assert.match(readFileSync(at('chart.html'), 'utf8'), /^<!doctype html>/)
      const env = {
        PATH: process.env.PATH,
        AWS_ENDPOINT_URL_S3: aws.endpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
      }
      const run = promisify(execFile)
      await aws.upload('in.parquet', [readFileSync(golden('pyarrow-delta'))])
      await run(node, [...program, 'enrich', 's3://bars/in.parquet', at('from-s3.parquet')], { env })
      assert.deepEqual(readFileSync(at('from-s3.parquet')), readFileSync(at('pyarrow-delta.parquet')))
    })

    it(`operates a stack on Node ${version}, without the rows of a clone`, () => {
      for (const name of ['alarm-test', 'audit', 'backfill', 'dead-letters', 'redrive', 'smoke', 'status']) {
        const usage = execFileSync(node, [path.join(installed(), 'bin/cli.js'), 'operate', name, '--help'], {
          encoding: 'utf8',
        })
        assert.match(usage, new RegExp(`^parquet-supertrend operate ${name} --stack NAME`))
      }
      const bars = path.join(installed(), 'dist/smoke-bars.csv')
      assert.deepEqual(readFileSync(bars), readFileSync(path.join(root, 'bin/operator/smoke-bars.csv')))
    })

    it(`restores a ZSTD file from its removed rows on Node ${version}`, () => {
      enrich(golden(COMPACTED_ZSTD), at('out.parquet'), '--dropped', at('dropped.parquet'))
      const restored = ['restore', at('out.parquet'), at('restored.parquet'), '--dropped', at('dropped.parquet')]
      execFileSync(node, [path.join(installed(), 'bin/cli.js'), ...restored])
    })
  }
})

describe('the package, installed in a project', () => {
  it('is run by npx', () => {
    const project = projectWith(tarball)
    npm(project, 'exec', '--', NAME, 'enrich', golden('pyarrow-delta'), path.join(project, 'out.parquet'))
    assert.deepEqual(readFileSync(path.join(project, 'out.parquet')), readFileSync(at('pyarrow-delta.parquet')))
  })
})
