import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { GetTemplateCommand } from '@aws-sdk/client-cloudformation'
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { stackNameOf } from '../../lib/environments.ts'
import { type AwsCli, startAwsCli } from '../aws-cli/aws-cli.ts'
import { barsFile, someBars, temporaryFolder } from '../parquet-files.ts'
import type { Resource } from '../policies/resolve.ts'
import { type Account, newAccount } from './deployment.ts'
import { startGateway } from './gateway.ts'
import { recordedCalls, rowsOfTable } from './recorded-calls.ts'
import { runbookScripts, runScript, type Shell } from './runbook.ts'
import { pythonOfTools } from './tools.ts'

/** All that the function can be told to write. */
const SETTINGS = { chartPrefix: 'charts/', droppedPrefix: 'removed/', eventBus: 'default', onRemoved: 'remove' }
const RECORDER = new URL('./record-calls.js', import.meta.url).href

const bars = someBars(300)
const good = barsFile([...bars, { ...bars[3]!, close: 1 }])
let account: Account
let outputs: Readonly<Record<string, string>>
before(async () => {
  account = await newAccount(['local'])
  await account.bootstrap()
  await account.deploy('local')
  outputs = await account.outputs('local')
})
after(() => account?.stop())

const Bucket = () => outputs.BucketName!
const put = (Key: string, Body: Uint8Array) => account.s3.send(new PutObjectCommand({ Bucket: Bucket(), Key, Body }))
const remove = (Key: string) => account.s3.send(new DeleteObjectCommand({ Bucket: Bucket(), Key }))
const send = (QueueUrl: string, MessageBody: string) =>
  account.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))
const isThere = (Key: string) =>
  account.s3.send(new HeadObjectCommand({ Bucket: Bucket(), Key })).then(
    () => true,
    () => false,
  )

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 90_000
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error(`${what}: not within 90 s\n${account.host.log.slice(-5).join('\n')}`)
    await setTimeout(100)
  }
}

/** Changes what the emulator knows of a function; its variables are added to those that it has. */
async function configure(name: string, change: { Timeout?: number; variables?: Record<string, string> }) {
  const url = `${account.emulator.endpoint}/2015-03-31/functions/${name}/configuration`
  const { Environment, Timeout } = (await (await fetch(url)).json()) as {
    readonly Environment: { readonly Variables: Record<string, string> }
    readonly Timeout: number
  }
  const Variables = { ...Environment.Variables, ...change.variables }
  const body = JSON.stringify({ Timeout: change.Timeout ?? Timeout, Environment: { Variables } })
  const answer = await fetch(url, { method: 'PUT', body })
  assert.ok(answer.ok, await answer.text())
  account.host.recycle()
}

async function invoke(name: string, event: object): Promise<unknown> {
  const url = `${account.emulator.endpoint}/2015-03-31/functions/${name}/invocations`
  return (await fetch(url, { method: 'POST', body: JSON.stringify(event) })).json()
}

const command = (script: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, ['--import', RECORDER, `bin/${script}.ts`, '--environment', 'local', ...args], {
    env: { ...process.env, ...account.operator, RECORDED_CALLS: account.callsFile },
  })

const KEY = 'incoming/runbook.parquet'

async function followRunbook(endpoint: string, cli: AwsCli): Promise<void> {
  const both = { AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_S3: endpoint }
  const shell: Shell = { folder: temporaryFolder(), environment: { ...account.operator, ...both }, cli }
  const versioning = { Bucket: Bucket(), VersioningConfiguration: { Status: 'Enabled' as const } }
  await account.s3.send(new PutBucketVersioningCommand(versioning))
  for (const bytes of [good, good.subarray(0, 1000)]) await put(KEY, bytes)
  await until('a report', () => isThere('failed/runbook.parquet.json'))
  // not by way of the recorder: an operator does not do this
  const unseen: Shell = { ...shell, environment: account.emulator.environment }
  const key = (await runScript('aws kms create-key --query KeyMetadata.KeyId --output text', unseen)).trim()
  await runScript(`aws kms schedule-key-deletion --key-id ${key}`, unseen)
  const names = await runScript('npm run --silent status -- --environment local --names', shell)
  const known = `${names}\nKEY=${KEY}\nKMS_KEY=${key}\n`

  const status = await runScript('npm run --silent status -- --environment local', shell)
  const printed = [...status.matchAll(/^ {2}(aws .*|npm .*)$/gm)].map((match) => match[1]!)
  assert.ok(printed.length >= 9, status)
  for (const line of printed) await runScript(line, shell)
  // what was switched off
  for (const line of printed.filter((line) => line.includes('--no-enabled'))) {
    await runScript(line.replace('--no-enabled', '--enabled'), shell)
  }
  const scripts = runbookScripts()
  assert.ok(scripts.length > 25, `${scripts.length} blocks`)
  const running = await startWaiting(unseen)
  for (const script of scripts) {
    const backfill = script.includes('stop-execution') ? `BACKFILL=${running}\n` : ''
    // each of these commands takes letters, which it hides from the next one
    for (const part of script.includes('--discard') ? script.split('\n') : [script]) {
      if (part !== script) await send(outputs.DeadLetterQueueUrl!, JSON.stringify({ bucket: Bucket(), key: KEY }))
      await runScript(`${known}${backfill}${part}`, shell)
    }
  }
}

/** @returns a state machine with an execution that can be stopped: a backfill of a few files is over too soon */
async function startWaiting(shell: Shell): Promise<string> {
  const definition = JSON.stringify({ StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 600, End: true } } })
  const arn = await runScript(
    `aws stepfunctions create-state-machine --name waiting --definition '${definition}' \\
  --role-arn arn:aws:iam::000000000000:role/any --query stateMachineArn --output text`,
    shell,
  )
  await runScript(`aws stepfunctions start-execution --state-machine-arn ${arn}`, shell)
  return arn.trim()
}

describe('the queues', () => {
  it('have the patience of the template: how long a message is hidden, and how often it comes', async () => {
    const { TemplateBody = '' } = await account.cloudFormation.send(
      new GetTemplateCommand({ StackName: stackNameOf('local') }),
    )
    const resources = Object.values<Resource>(JSON.parse(TemplateBody).Resources)
    for (const QueueUrl of [outputs.ArrivalsQueueUrl!, outputs.RepairsQueueUrl!]) {
      const { Properties } = resources.find(({ Properties }) => QueueUrl.endsWith(`/${Properties?.QueueName}`))!
      const { Attributes } = await account.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      )
      assert.equal(Number(Attributes?.VisibilityTimeout), Properties.VisibilityTimeout)
      const { maxReceiveCount } = JSON.parse(Attributes!.RedrivePolicy!)
      assert.equal(Number(maxReceiveCount), Properties.RedrivePolicy.maxReceiveCount)
    }
  })
})

describe('the calls of the running code', () => {
  it('are made: files that come, change and go, with all that can be written', async () => {
    const [name = ''] = outputs.FunctionName!.split(':')
    await configure(name, { variables: { SETTINGS: JSON.stringify(SETTINGS) } })
    await put('incoming/a.parquet', good)
    await until('an enriched file', () => isThere('enriched/a.parquet'))
    await until('a chart', () => isThere('charts/a.parquet.html'))
    await put('incoming/b.parquet', good.subarray(0, 1000))
    await until('a report', () => isThere('failed/b.parquet.json'))
    await put('incoming/b.parquet', good)
    await until('no report', async () => !(await isThere('failed/b.parquet.json')))
    await remove('incoming/a.parquet')
    await until('no enriched file', async () => !(await isThere('enriched/a.parquet')))
  })

  it('are made: a canary, and an audit that finds something and has no time', async () => {
    assert.match(JSON.stringify(await invoke(outputs.CanaryFunctionName!, {})), /waitedMs/)
    await remove('enriched/b.parquet')
    const audit = outputs.AuditFunctionName!
    // less than what it leaves for the end: it goes on after each key
    await configure(audit, { Timeout: 15, variables: { SETTINGS: JSON.stringify(SETTINGS), MAX_WAIT_SECONDS: '0' } })
    await setTimeout(1500)
    assert.match(JSON.stringify(await invoke(audit, { mode: 'all' })), /continuedAfter/)
    await until('a repair', () => isThere('enriched/b.parquet'))
  })

  it("are made: an operator's commands", async () => {
    await put('incoming/broken.parquet', good.subarray(0, 1000))
    await until('a report', () => isThere('failed/broken.parquet.json'))
    await send(outputs.DeadLetterQueueUrl!, JSON.stringify({ bucket: Bucket(), key: 'incoming/b.parquet' }))
    await command('dead-letters', '--discard', 'incoming/b.parquet')
    await command('backfill', '--prefix', 'incoming/', '--yes')
    await command('audit', '--repair')
    await command('redrive', '--refused')
    await command('status')
  })

  it('are made: the smoke test, which leaves nothing', async () => {
    const { stdout } = await command('smoke')
    assert.match(stdout, /enriched after .*\n.*refused after .*\n.*corrected: .*\n.*a dead letter is redriven .*\n/)
    assert.match(stdout, /\nall is well\n$/)
    const versions = new ListObjectVersionsCommand({ Bucket: Bucket() })
    const { Versions = [], DeleteMarkers = [] } = await account.s3.send(versions)
    const left = [...Versions, ...DeleteMarkers].filter(({ Key }) => Key!.includes('smoke'))
    assert.deepEqual(left, [])
  })

  it('are made: the commands of the runbook, and those that `npm run status` prints', {
    timeout: 1_200_000,
  }, async () => {
    const gateway = await startGateway(account.emulator.endpoint, account.callsFile)
    const cli = await startAwsCli(pythonOfTools())
    try {
      await followRunbook(gateway.endpoint, cli)
    } finally {
      await cli.stop()
      await gateway.stop()
    }
  })

  it('are made: messages that cannot be understood', async () => {
    for (const url of [outputs.ArrivalsQueueUrl!, outputs.RepairsQueueUrl!]) await send(url, '{')
    const call = 'function sqs:ChangeMessageVisibility'
    const isSeen = (queue: string) => recordedCalls(account.callsFile, outputs).has(`${call} ${queue}`)
    await until('both tried again', () => isSeen('arrivals') && isSeen('repairs'))
  })

  it('are those of the table: none is missing there, and each row is used', () => {
    const recorded = recordedCalls(account.callsFile, outputs)
    const { expected, unexpected, known } = rowsOfTable()
    assert.deepEqual([...recorded].filter((call) => !known.has(call)).sort(), [], 'without a row')
    assert.deepEqual([...expected].filter((call) => !recorded.has(call)).sort(), [], 'rows that no call uses')
    const isUnexpected = (call: string) => unexpected.has(call) && !expected.has(call)
    assert.deepEqual([...recorded].filter(isUnexpected).sort(), [], 'said to be unseen, and recorded')
  })
})
