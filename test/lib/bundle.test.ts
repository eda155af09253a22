import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { Template } from 'aws-cdk-lib/assertions'
import { type EmbeddedAws, startEmbeddedAws } from '../../bin/local/embedded-aws.ts'
import { bundle } from '../../lib/bundle.ts'
import { EnrichmentStack } from '../../lib/enrichment-stack.ts'
import { environmentNamed } from '../../lib/environments.ts'
import { barsFile, enrichBytes, someBars, temporaryFolder } from '../parquet-files.ts'
import { newApp } from './synthesised.ts'

const BUCKET = 'market-data'

let embedded: EmbeddedAws
const folder = temporaryFolder()
before(async () => {
  bundle('lambda', folder)
  embedded = await startEmbeddedAws(BUCKET)
})
after(() => embedded.stop())

/** The modules that a module imports with it, and those that they import. */
function loadedAtStart(name: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(name)) return loaded
  loaded.add(name)
  const code = readFileSync(path.join(folder, name), 'utf8')
  for (const [, imported] of code.matchAll(/(?:from|import)"\.\/([^"]+\.mjs)"/g)) loadedAtStart(imported!, loaded)
  return loaded
}

describe('the bundle', () => {
  it('is modules with the codec beside them, and enriches a file without any package installed', async () => {
    const files = readdirSync(folder)
    assert.deepEqual(files.filter((name) => name === 'index.mjs' || !name.endsWith('.mjs')).sort(), [
      'index.mjs',
      'lightweight-charts.standalone.production.js',
      'page',
      'parquet_wasm_bg.wasm',
    ])

    const input = barsFile(someBars(100))
    const notification = await embedded.upload('drop/a b.parquet', [input])
    const attributes = { ApproximateReceiveCount: '1' }
    const eventSourceARN = 'arn:aws:sqs:us-east-1:123456789012:arrivals'
    const message = { messageId: 'm0', receiptHandle: 'r0', eventSource: 'aws:sqs', eventSourceARN, attributes }
    const event = { Records: [{ ...message, body: JSON.stringify(notification) }] }
    // as Lambda's runtime: imports the module, calls the handler
    const invoke = `
      const { handler } = await import('./index.mjs')
      console.log(JSON.stringify(await handler(${JSON.stringify(event)}, { awsRequestId: 'r1', getRemainingTimeInMillis: () => 60000 })))`
    writeFileSync(path.join(folder, 'invoke.mjs'), invoke)
    const { stdout } = await promisify(execFile)(process.execPath, ['invoke.mjs'], {
      cwd: folder,
      env: {
        AWS_ENDPOINT_URL_S3: embedded.endpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_LAMBDA_FUNCTION_NAME: 'enrich',
        ARRIVALS_QUEUE_URL: 'http://127.0.0.1:9/arrivals',
        REPAIRS_QUEUE_URL: 'http://127.0.0.1:9/repairs',
        DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:9/dead-letters',
        SETTINGS: JSON.stringify({
          inputPrefix: 'drop/',
          outputPrefix: 'done/',
          chartPrefix: 'charts/',
          supertrends: [{ period: 10 }],
        }),
      },
    })
    const [start, line, metrics, answer] = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text))
    assert.deepEqual(answer, { batchItemFailures: [] })
    assert.deepEqual([start.message, start.key], ['file started', 'drop/a b.parquet'])
    assert.deepEqual([line.outcome, line.outputKey, line.requestId], ['enriched', 'done/a b.parquet', 'r1'])
    assert.deepEqual([metrics.FilesEnriched, metrics.RowsRead], [1, 100])

    const { Body } = await embedded.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'done/a b.parquet' }))
    const { output } = await enrichBytes(input, {
      supertrends: [{ definition: 'stockstats', period: 10, multiplier: 3 }],
    })
    assert.deepEqual(await Body!.transformToByteArray(), output)
    const chart = await embedded.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'charts/a b.parquet.html' }))
    assert.match(await chart.Body!.transformToString(), /^<!doctype html>/)
  })
})

describe('the start of the function', () => {
  it('loads neither the clients of queues and event buses nor more than 1.12 MB of code', () => {
    const loaded = loadedAtStart('index.mjs')
    assert.deepEqual(
      [...loaded].filter((name) => /^(message-queue|event-bus|wasm)/.test(name)),
      [],
    )
    const bytes = [...loaded].reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0)
    assert.ok(bytes < 1_120_000, `${bytes} bytes`)
  })

  it('knows no other source of credentials than the environment', async () => {
    assert.deepEqual(
      readdirSync(folder).filter((name) => /^(sso|sts|signin|loadSso)/.test(name)),
      [],
    )
    const env = {
      AWS_LAMBDA_FUNCTION_NAME: 'enrich',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_S3: embedded.endpoint,
      ARRIVALS_QUEUE_URL: 'http://127.0.0.1:9/arrivals',
      REPAIRS_QUEUE_URL: 'http://127.0.0.1:9/repairs',
      DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:9/dead-letters',
      // the SDK itself would ask this for credentials
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9/credentials',
    }
    const record = { eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' }
    const s3 = { bucket: { name: BUCKET }, object: { key: 'incoming/bars.parquet' } }
    writeFileSync(
      path.join(folder, 'refused.mjs'),
      `const { handler } = await import('./index.mjs')
      const context = { awsRequestId: 'r1', getRemainingTimeInMillis: () => 60000 }
      await handler(${JSON.stringify({ Records: [{ ...record, s3 }] })}, context).catch(({ message }) => console.log(message))`,
    )
    const { stdout } = await promisify(execFile)(process.execPath, ['refused.mjs'], { cwd: folder, env })
    assert.match(stdout, /^there are no credentials; expected are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in/m)
  })

  it('fails on settings that are misspelt, and says which are allowed', async () => {
    const env = {
      AWS_LAMBDA_FUNCTION_NAME: 'enrich',
      ARRIVALS_QUEUE_URL: 'http://127.0.0.1:9/arrivals',
      REPAIRS_QUEUE_URL: 'http://127.0.0.1:9/repairs',
      DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:9/dead-letters',
    }
    // Lambda's runtime imports the module and reports its error; Node itself would print a line of 100 KB of the bundle
    writeFileSync(path.join(folder, 'start.mjs'), "import('./index.mjs').catch((error) => { throw String(error) })")
    const start = (SETTINGS: string) =>
      promisify(execFile)(process.execPath, ['start.mjs'], { cwd: folder, env: { ...env, SETTINGS } })
    await assert.rejects(
      start('{"perido": 3}'),
      /RefusedError: the settings are refused: unknown: perido; allowed are inputPrefix/,
    )
    // a message of zod itself
    await assert.rejects(start('{"keep": "both"}'), /keep: Invalid option: expected one of "first"\|"last"/)
  })
})

describe('the code of three functions', () => {
  it('is bundled for each', () => {
    const app = newApp({ 'aws:cdk:bundling-stacks': ['**'] })
    const { environment } = environmentNamed('prod')
    const template = Template.fromStack(new EnrichmentStack(app, 'Stack', { environment }))
    const functions = Object.values(template.findResources('AWS::Lambda::Function'))
    assert.equal(functions.length, 3)
    assert.equal(new Set(functions.map(({ Properties }) => Properties.Code.S3Key)).size, 3)
  })
})
