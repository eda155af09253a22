import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { before, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Template } from 'aws-cdk-lib/assertions'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { Stack } from 'aws-cdk-lib/core'
import { type EmbeddedAws, startEmbeddedAws } from '../../bin/local/embedded-aws.ts'
import { parseSettings } from '../../functions/lambda/function-settings.ts'
import { EnrichedTable, type TableDescription } from '../../lib/enriched-table.ts'
import { type Environment, stackNameOf } from '../../lib/environments.ts'
import { newApp } from '../lib/synthesised.ts'
import {
  barsFile,
  duckDbRows,
  duckDbRun,
  enrichAndKeep,
  enrichBytes,
  NEW_COLUMNS,
  type Row,
  readRows,
  readRowsOf,
  someBars,
  temporaryFolder,
} from '../parquet-files.ts'
import { enrichFile } from '../sequence-files.ts'
import { codeBlocks } from './code-blocks.ts'
import { readDocument, USER_DOCUMENTS } from './documents.ts'
import { lacks, runPython } from './python.ts'

const blocks = codeBlocks(USER_DOCUMENTS).filter(({ language }) => ['python', 'sql', 'ts'].includes(language))
const tested = new Set<string>()

/** The text of a snippet that a test of this file executes. */
function snippet(name: string): string {
  const found = blocks.filter((block) => block.name === name)
  assert.equal(found.length, 1, `the documents have ${found.length} snippets ${name}`)
  tested.add(name)
  return found[0]!.text
}

const DUCKDB_ON_S3 = fileURLToPath(new URL('./duckdb_on_s3.py', import.meta.url))
const AWS_CLI = fileURLToPath(new URL('./aws_cli.py', import.meta.url))
const folder = temporaryFolder()
const at = (name: string) => path.join(folder, name)
const ENRICHED_KEY = 'enriched/bars.parquet'
let enriched: Row[] = []

before(async () => {
  const bars = barsFile(someBars(500))
  const { output } = await enrichBytes(bars)
  enriched = await readRows(output)
  writeFileSync(at('bars.parquet'), bars)
  writeFileSync(at('enriched.parquet'), output)
  // in a csv, epochs look like numbers, and times with a zone are rare
  const columns = "strftime(datetime, '%Y-%m-%d %H:%M:%S') AS datetime, * EXCLUDE (datetime)"
  await duckDbRun(`COPY (SELECT ${columns} FROM '${at('bars.parquet')}') TO '${at('bars.csv')}'`)
})

/** Runs a function with a new S3 that has the enriched file in the bucket `market-data`. */
async function onS3(run: (aws: EmbeddedAws) => Promise<void>): Promise<void> {
  const aws = await startEmbeddedAws('market-data')
  try {
    await aws.upload(ENRICHED_KEY, [readFileSync(at('enriched.parquet'))])
    await run(aws)
  } finally {
    await aws.stop()
  }
}

const inBucket = (text: string) => text.replaceAll('BUCKET', 'market-data')
const onBucket = (text: string) => text.replaceAll('enriched.parquet', `s3://market-data/${ENRICHED_KEY}`)

function pick(rows: readonly Row[]): Row[] {
  const names = ['datetime', 'close', ...NEW_COLUMNS]
  return rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name]])))
}

/** Checks that the uploaded file has the bars, by its enriched values. */
async function assertDropped(aws: EmbeddedAws): Promise<void> {
  await aws.save('incoming/bars.parquet', at('dropped.parquet'))
  const { output } = await enrichBytes(readFileSync(at('dropped.parquet')))
  assert.deepEqual(pick(await readRows(output)), pick(enriched))
}

const flips = () => enriched.filter((row, i) => i > 0 && row.trend_orientation !== enriched[i - 1]!.trend_orientation)
const later = () => enriched.filter(({ st_trend_segment }) => Number(st_trend_segment) >= 2)
const closes = (rows: readonly Row[]) => rows.map(({ close }) => close)

/** Names such as `npm run status -- --names` prints; each is its own value. */
const NAMED = [...new Set([...readDocument('docs/runbook.md').matchAll(/\$([A-Z_]+)/g)].map((match) => match[1]!))]

describe('the commands of the runbook', () => {
  it('are requests that the AWS CLI makes of them', { skip: lacks('awscli') }, async () => {
    const lines = codeBlocks(readDocument('docs/runbook.md')).flatMap(({ text }) => text.split('\n'))
    // `aws s3` makes several requests of a command, and needs answers; npm run test:deploy has it
    const commands = lines
      .map((line) => line.replace(/^[A-Z]+=\$\((aws .*)\)$/, '$1'))
      .filter((line) => /^aws (?!s3 )/.test(line))
    const requests: string[] = []
    const server = createServer(async (request, response) => {
      const { method, url = '', headers } = request
      const body = await text(request)
      const [, action] = /\bAction=(\w+)/.exec(body) ?? []
      requests.push(
        `${headers['x-amz-target'] ?? action ?? `${method} ${url.split(/[?&](?!versions|notification)/)[0]}`}`,
      )
      response.end(url.startsWith('/BUCKET') || action ? `<Answer><${action}Result/></Answer>` : '{}')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const aws = { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
    const values: Readonly<Record<string, string>> = {
      SINCE: '1700000000000',
      ARRIVALS_SOURCE: '01234567-89ab-cdef-0123-456789abcdef',
      REPAIRS_SOURCE: '11234567-89ab-cdef-0123-456789abcdef',
      SEQUENCES: `${aws.endpoint}/1/sequences.fifo`,
      ARRIVALS: `${aws.endpoint}/1/arrivals`,
      REPAIRS: `${aws.endpoint}/1/repairs`,
    }
    const names = NAMED.map((name) => `${name}=${values[name] ?? name}`)
    const script = `aws() { printf '%s\\037' "$@"; echo; }\n${[...names, ...commands].join('\n')}`
    writeFileSync(at('commands'), execFileSync('bash', ['-euc', script]))
    try {
      await runPython([AWS_CLI, at('commands')], { folder, aws })
    } finally {
      server.close()
    }
    assert.equal(requests.length, commands.length)
    assert.deepEqual([...new Set(requests)].sort(), [
      'AWSEvents.DescribeRule',
      'AWSEvents.EnableRule',
      'AWSStepFunctions.ListExecutions',
      'AWSStepFunctions.StopExecution',
      'AmazonSQS.GetQueueAttributes',
      'AmazonSQS.StartMessageMoveTask',
      'GET /2016-08-19/account-settings',
      'GET /BUCKET?notification',
      'GET /BUCKET?versions',
      'GraniteServiceVersion20100801.EnableAlarmActions',
      'GraniteServiceVersion20100801.GetMetricStatistics',
      'ListSubscriptionsByTopic',
      'Logs_20140328.FilterLogEvents',
      'POST /2015-03-31/functions/CANARY/invocations',
      'PUT /2015-03-31/event-source-mappings/01234567-89ab-cdef-0123-456789abcdef',
      'PUT /2015-03-31/event-source-mappings/11234567-89ab-cdef-0123-456789abcdef',
      'PUT /BUCKET/KEY',
      'TrentService.CancelKeyDeletion',
      'TrentService.DescribeKey',
      'TrentService.EnableKey',
    ])
  })
})

describe('the snippets that upload a file', () => {
  it('work with the AWS CLI', { skip: lacks('awscli') }, async () => {
    const [copy, list, empty, ...more] = [...readDocument('docs/deployment.md').matchAll(/^aws (.+)$/gm)].map((match) =>
      inBucket(match[1]!).split(' '),
    )
    assert.deepEqual(more, [])
    await onS3(async (aws) => {
      await runPython(['-m', 'awscli', ...copy!], { folder, aws })
      await assertDropped(aws)
      assert.match(await runPython(['-m', 'awscli', ...list!], { folder, aws }), / bars\.parquet\n$/)
      await runPython(['-m', 'awscli', ...empty!], { folder, aws })
      await assert.rejects(runPython(['-m', 'awscli', ...list!], { folder, aws }))
    })
  })

  for (const [name, ...others] of [['boto3'], ['pandas', 'pyarrow'], ['polars'], ['awswrangler']] as const) {
    const code = inBucket(snippet(`upload-${name}`))
    it(`work with ${name}`, { skip: lacks(name, ...others) }, async () => {
      await onS3(async (aws) => {
        await runPython(['-c', code], { folder, aws })
        await assertDropped(aws)
      })
    })
  }

  const sql = inBucket(snippet('upload-duckdb'))
  it('work with DuckDB', { skip: lacks('duckdb', 'duckdb_extension_httpfs', 'duckdb_extension_aws') }, async () => {
    await onS3(async (aws) => {
      await runPython([DUCKDB_ON_S3, sql], { folder, aws })
      await assertDropped(aws)
    })
  })
})

describe('the snippets that read the enriched file', () => {
  const query = snippet('read-duckdb')

  it('work with DuckDB', async () => {
    const rows = await duckDbRows(query.replaceAll('enriched.parquet', at('enriched.parquet')))
    assert.ok(rows.length > 0)
    assert.deepEqual(closes(rows), closes(later()))
    assert.ok(rows.every(({ line }) => typeof line === 'number'))
  })

  it('work with DuckDB on S3', { skip: lacks('duckdb', 'duckdb_extension_httpfs') }, async () => {
    await onS3(async (aws) => {
      const rows = JSON.parse(await runPython([DUCKDB_ON_S3, onBucket(query)], { folder, aws }))
      assert.deepEqual(closes(rows), closes(later()))
    })
  })

  const ofDropped = snippet('read-dropped')
  it('work with the dropped rows', async () => {
    const bars = someBars(500)
    const { output, dropped } = await enrichAndKeep(barsFile([...bars, bars[7]!, { ...bars[9]!, close: 1 }, bars[8]!]))
    const files = { 'enriched.parquet': output, 'dropped.parquet': dropped }
    let query = ofDropped
    for (const [name, bytes] of Object.entries(files)) {
      writeFileSync(at(`of-${name}`), bytes)
      query = query.replace(`'${name}'`, `'${at(`of-${name}`)}'`)
    }
    const kept_close = bars[9]!.close
    assert.deepEqual(await duckDbRows(query), [{ dropped_row: '501', kept_row: '9', close: 1, kept_close }])
  })

  for (const [name, check, ...others] of [
    ['pandas', 'print(len(flips))', 'pyarrow'],
    ['polars', 'print(len(trends) - 1)'],
  ] as const) {
    const code = `${snippet(`read-${name}`)}\n${check}`
    it(`work with ${name}, here and on S3`, { skip: lacks(name, ...others) }, async () => {
      assert.ok(flips().length > 0)
      assert.equal(Number(await runPython(['-c', code], { folder })), flips().length)
      await onS3(async (aws) => {
        assert.equal(Number(await runPython(['-c', onBucket(code)], { folder, aws })), flips().length)
      })
    })
  }

  const spark = `${snippet('read-spark')}\nprint(up.count(), up.where("stop is null").count())`
  const noSpark = lacks('pyspark') || (spawnSync('java', ['-version']).status !== 0 && 'no Java for pyspark')
  it('work with Spark, of a folder here', { skip: noSpark }, async () => {
    // S3 would need 600 MB of libraries more
    mkdirSync(at('bucket/enriched'), { recursive: true })
    writeFileSync(at('bucket/enriched/bars.parquet'), readFileSync(at('enriched.parquet')))
    const code = spark.replaceAll('s3://BUCKET', pathToFileURL(at('bucket')).href)
    const settings = ['--master local[1]', '--conf spark.ui.enabled=false', '--conf spark.sql.shuffle.partitions=1']
    const variables = {
      SPARK_LOCAL_IP: '127.0.0.1',
      PYSPARK_SUBMIT_ARGS: `${settings.join(' ')} pyspark-shell`,
      // for 500 rows compiling well takes longer than it saves: 24 s of processor become 11
      JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC',
    }
    const up = enriched.filter(({ trend_orientation }) => trend_orientation === 1).length
    assert.ok(up > 0)
    assert.equal((await runPython(['-c', code], { folder, variables })).trim(), `${up} 0`)
  })

  const { table }: Pick<Environment, 'table'> = new Function(`return { ${snippet('table')} }`)()
  const athena = snippet('read-athena')
  it('work with the table that is deployed for Athena, in the SQL that DuckDB has in common', async () => {
    const { name, columns } = deployedTable(table!)
    await duckDbRun(`CREATE SCHEMA ${name.split('.')[0]}`)
    // the types of Athena are called the same in DuckDB
    const list = columns.map(({ Name, Type }) => `CAST(${Name} AS ${Type}) AS ${Name}`)
    await duckDbRun(`CREATE VIEW ${name} AS SELECT ${list} FROM '${at('enriched.parquet')}'`)
    assert.deepEqual(closes(await duckDbRows(athena)), closes(flips()))
  })
})

interface GlueTable {
  readonly DatabaseName: string
  readonly TableInput: {
    readonly Name: string
    readonly StorageDescriptor: { readonly Columns: readonly { readonly Name: string; readonly Type: string }[] }
  }
}

/** The table as `cdk deploy -c environment=dev` makes it. */
function deployedTable(description: TableDescription) {
  const name = stackNameOf('dev')
  const stack = new Stack(newApp(), name)
  const bucket = Bucket.fromBucketName(stack, 'Bucket', 'market-data')
  new EnrichedTable(stack, 'Table', { ...description, name, bucket, settings: parseSettings({}, 512) })
  const [found] = Object.values(Template.fromStack(stack).findResources('AWS::Glue::Table'))
  const { DatabaseName, TableInput } = found!.Properties as GlueTable
  return { name: `${DatabaseName}.${TableInput.Name}`, columns: TableInput.StorageDescriptor.Columns }
}

describe('the documents', () => {
  const library = new URL('../../functions/library.ts', import.meta.url).href
  const own = snippet('library').replace("'parquet-supertrend'", `'${library}'`)
  it('have a program of one’s own that enriches', async () => {
    const program = temporaryFolder()
    writeFileSync(path.join(program, 'bars.parquet'), readFileSync(at('bars.parquet')))
    writeFileSync(path.join(program, 'own.ts'), own)
    execFileSync(process.execPath, ['own.ts'], { cwd: program })
    assert.equal((await readRowsOf(path.join(program, 'enriched.parquet'))).length, 500)
  })

  const append = new URL('../../functions/append.ts', import.meta.url).href
  const appending = snippet('append').replace("'parquet-supertrend/append'", `'${append}'`)
  const reading = snippet('read-appended')
  it('append columns of one’s own', async (context) => {
    const program = temporaryFolder()
    const bars = someBars(500).map((bar, i) => (i % 9 === 0 ? { ...bar, volume: null } : bar))
    writeFileSync(path.join(program, 'bars.parquet'), barsFile(bars))
    symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), path.join(program, 'node_modules'))
    writeFileSync(path.join(program, 'append.ts'), appending)
    execFileSync(process.execPath, ['append.ts'], { cwd: program })
    const rows = await readRowsOf(path.join(program, 'bars.parquet'))
    for (const [i, { high, low, volume }] of bars.entries()) {
      assert.equal(rows[i]!.middle, (high! + low!) / 2)
      assert.equal(rows[i]!.is_large, volume === null ? null : volume > 5000)
    }
    await context.test('which pandas reads', { skip: lacks('pandas', 'pyarrow') }, async () => {
      const types = await runPython(['-c', reading], { folder: program })
      assert.match(types, /middle +float64\s+is_large +(object|boolean)/)
    })
  })

  const construct = new URL('../../lib/supertrend-pipeline.ts', import.meta.url).href
  const app = snippet('construct').replace("'parquet-supertrend/cdk'", `'${construct}'`)
  it('have a CDK app that synthesises', () => {
    const [folder, assembly] = [temporaryFolder(), temporaryFolder()]
    symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), path.join(folder, 'node_modules'))
    writeFileSync(path.join(folder, 'app.ts'), app)
    const context = JSON.stringify({ 'aws:cdk:bundling-stacks': [] })
    const env = { ...process.env, CDK_OUTDIR: assembly, CDK_CONTEXT_JSON: context, CDK_VALIDATION: 'false' }
    const printed = execFileSync(process.execPath, ['app.ts'], { cwd: folder, env, encoding: 'utf8' })
    assert.equal(printed.trim(), 'incoming/ enriched/')
    assert.ok(existsSync(path.join(assembly, 'Market.template.json')))
  })

  it('have programs that continue a file, with the next file and with live bars', async () => {
    const folder = temporaryFolder()
    const run = (name: string) => {
      writeFileSync(path.join(folder, 'own.ts'), snippet(name).replace("'parquet-supertrend'", `'${library}'`))
      return execFileSync(process.execPath, ['own.ts'], { cwd: folder, encoding: 'utf8' })
    }
    mkdirSync(path.join(folder, 'out'))
    const [first, second] = [someBars(60).slice(0, 40), someBars(60).slice(40)].map((part) => barsFile(part))
    const { output } = await enrichFile(first!, { carry: true })
    writeFileSync(path.join(folder, 'out/2024-01-02.parquet'), output)
    writeFileSync(path.join(folder, '2024-01-03.parquet'), second!)
    run('carry')
    const expected = await enrichFile(second!, { after: output })
    assert.deepEqual(readFileSync(path.join(folder, 'out/2024-01-03.parquet')), Buffer.from(expected.output))
    assert.match(run('live'), /^\S+ \S+ -?1 \d+ \{"version":1,.*"bars":61,/)
  })

  it('show how to see the metadata with DuckDB', async () => {
    const sql = /`(SELECT decode\(value\).*?)`/s.exec(USER_DOCUMENTS)![1]!.replaceAll(/\s+/g, ' ')
    const [row] = await duckDbRows(sql.replace('enriched.parquet', at('enriched.parquet')))
    assert.equal(JSON.parse(Object.values(row!)[0] as string).rowsRead, 500)
  })

  it('have no snippet of Python, SQL or TypeScript that is not executed here', () => {
    assert.deepEqual(blocks.map(({ name }) => name).sort(), [...tested].sort())
  })
})
