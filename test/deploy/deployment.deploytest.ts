import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createReadStream, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { GetTemplateCommand } from '@aws-sdk/client-cloudformation'
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3'
import {
  DeleteMessageCommand,
  ListQueuesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs'
import { Upload } from '@aws-sdk/lib-storage'
import { countMessages } from '../../bin/operator/queue-drained.ts'
import { METRICS, OBJECT_METADATA, OUTCOME_METRICS } from '../../functions/shared/names.ts'
import { stackNameOf } from '../../lib/environments.ts'
import { makeBars } from '../bench/make-bars.ts'
import { barsFile, duckDbRun, enrichBytes, random, runCli, someBars, temporaryFolder } from '../parquet-files.ts'
import { type Account, newAccount } from './deployment.ts'
import { recordedCalls, rowsOfTable } from './recorded-calls.ts'

/** `dev` is the neighbour: nothing of it may show in `local`, nor be touched. */
const ENVIRONMENTS = ['local', 'dev'] as const
/** Seconds after which a message whose function was killed comes again, and how often; deployed are 6 minutes and 30 times. */
const VISIBILITY_SECONDS = 3
const MAX_RECEIVE_COUNT = 5
/** A machine that runs other tests, too, may take so many times as long as an idle one. */
const BUSY = 4

const scratch = temporaryFolder()
const good = barsFile(someBars(300))
let expected: Uint8Array
let account: Account
let outputs: Readonly<Record<string, string>>
before(async () => {
  account = await newAccount(ENVIRONMENTS)
  await account.bootstrap()
  for (const name of ENVIRONMENTS) await account.deploy(name)
  outputs = await account.outputs('local')
  expected = (await enrichBytes(good)).output
})
after(() => account?.stop())

const bucket = () => outputs.BucketName!

const put = (Key: string, Body: Uint8Array) => account.s3.send(new PutObjectCommand({ Bucket: bucket(), Key, Body }))

/** @returns undefined when there is no such object */
async function objectAt(Key: string): Promise<Uint8Array | undefined> {
  try {
    const { Body } = await account.s3.send(new GetObjectCommand({ Bucket: bucket(), Key }))
    return await Body!.transformToByteArray()
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined
    throw error
  }
}

async function keysUnder(Prefix: string, Bucket = bucket()): Promise<string[]> {
  const keys: string[] = []
  for await (const { Contents = [] } of paginateListObjectsV2({ client: account.s3 }, { Bucket, Prefix })) {
    for (const { Key } of Contents) keys.push(Key!)
  }
  return keys
}

async function eventually<T>(what: string, seconds: number, attempt: () => Promise<T | undefined>): Promise<T> {
  const giveUpAt = Date.now() + BUSY * seconds * 1000
  for (;;) {
    const result = await attempt()
    if (result !== undefined) return result
    if (Date.now() > giveUpAt) {
      throw new Error(
        `${what}: not within ${BUSY * seconds} s; the log ends with\n${account.host.log.slice(-5).join('\n')}`,
      )
    }
    await setTimeout(100)
  }
}

async function assertEnriched(key: string, seconds = 30, content = expected): Promise<void> {
  const enriched = await eventually(`enriched/${key}`, seconds, () => objectAt(`enriched/${key}`))
  assert.ok(Buffer.compare(enriched, content) === 0, key)
}

/** Takes what is there out of the dead-letter queue. */
async function takeDeadLetters(count: number, seconds = 30): Promise<Message[]> {
  const QueueUrl = outputs.DeadLetterQueueUrl!
  const letters: Message[] = []
  const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] })
  await eventually(`${count} dead letters`, seconds, async () => {
    const { Messages = [] } = await account.sqs.send(receive)
    for (const message of Messages) {
      letters.push(message)
      await account.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle! }))
    }
    return letters.length >= count ? letters : undefined
  })
  return letters
}

async function redrive(letters: readonly Message[]): Promise<void> {
  for (const { Body } of letters) {
    await account.sqs.send(new SendMessageCommand({ QueueUrl: outputs.RepairsQueueUrl!, MessageBody: Body! }))
  }
}

/** A message that was received is still there when its file is done, and may come again: after a restart, or on a busy machine. */
async function drained(): Promise<void> {
  const count = () => countMessages(account.sqs, outputs.ArrivalsQueueUrl!)
  await eventually('no message', 90, async () => ((await count()).some((messages) => messages > 0) ? undefined : true))
}

/** What takes hours where it is deployed takes seconds here. */
async function setPatience(seconds: number, maxReceiveCount = 30): Promise<void> {
  const deadLetterTargetArn = outputs.DeadLetterQueueArn!
  const Attributes = {
    VisibilityTimeout: String(seconds),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }),
  }
  await account.sqs.send(new SetQueueAttributesCommand({ QueueUrl: outputs.ArrivalsQueueUrl!, Attributes }))
}

async function setFunction(change: object): Promise<void> {
  // the emulator's alias has the configuration of the function itself
  const [name] = outputs.FunctionName!.split(':')
  const url = `${account.emulator.endpoint}/2015-03-31/functions/${name}/configuration`
  const answer = await fetch(url, { method: 'PUT', body: JSON.stringify(change) })
  assert.ok(answer.ok, await answer.text())
  account.host.recycle()
}

async function invoke(functionName: string, event: unknown): Promise<unknown> {
  const url = `${account.emulator.endpoint}/2015-03-31/functions/${functionName}/invocations`
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(event) })
  return answer.json()
}

const command = (script: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, [`bin/${script}.ts`, '--environment', 'local', ...args], {
    env: { ...process.env, ...account.operator },
  })

/** The lines of the function's log about files, from a place in the log on. */
function filesSince(line: number): Record<string, unknown>[] {
  return account.host.log
    .slice(line)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ message }) => typeof message === 'string' && /^file (?!started)/.test(message))
}

/** The sum of a metric over the lines that CloudWatch makes metrics of. */
function metricSince(line: number, name: string): number {
  return account.host.log
    .slice(line)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => '_aws' in line)
    .reduce((sum, line) => sum + [line[name] ?? 0].flat().reduce<number>((a, b) => a + Number(b), 0), 0)
}

describe('files dropped', () => {
  it('come out as the command line makes them, whatever they are called and however they come', async () => {
    const names = ['plain', 'a b', 'a+b', '100%', 'ünï/日本', 'date=2024-01-01/x'].map((name) => `${name}.parquet`)
    for (const name of names) await put(`incoming/${name}`, good)
    const CopySource = encodeURIComponent(`${bucket()}/incoming/plain.parquet`)
    await account.s3.send(new CopyObjectCommand({ Bucket: bucket(), Key: 'incoming/copied.parquet', CopySource }))
    const large = barsFile(someBars(200_000), { codec: 'UNCOMPRESSED' })
    const upload = new Upload({
      client: account.s3,
      params: { Bucket: bucket(), Key: 'incoming/in parts.parquet', Body: large },
      partSize: 5 * 2 ** 20,
    })
    await upload.done()
    for (const name of [...names, 'copied.parquet']) await assertEnriched(name)
    await assertEnriched('in parts.parquet', 30, (await enrichBytes(large)).output)
    assert.deepEqual(await keysUnder('failed/'), [])
  })

  it('200 at once come out, each once, and the metrics say so', async () => {
    const start = account.host.log.length
    const keys = Array.from({ length: 200 }, (_, i) => `many/${i}.parquet`)
    await Promise.all(keys.map((key) => put(`incoming/${key}`, good)))
    await eventually('200 files', 90, async () =>
      (await keysUnder('enriched/many/')).length === keys.length ? true : undefined,
    )
    for (const key of keys) await assertEnriched(key)
    await eventually('200 lines', 10, async () => (filesSince(start).length >= keys.length ? true : undefined))
    const outcomes = filesSince(start).map(({ key, outcome }) => `${key} ${outcome}`)
    assert.deepEqual(outcomes.toSorted(), keys.map((key) => `incoming/${key} enriched`).toSorted())
    assert.equal(metricSince(start, OUTCOME_METRICS.enriched), keys.length)
    assert.equal(metricSince(start, METRICS.rowsRead), keys.length * 300)
  })
})

describe('a file that cannot be enriched', () => {
  it('has a report and no dead letter, and a good one under its key deletes the report', async () => {
    await put('incoming/broken.parquet', good.subarray(0, 1000))
    const report = await eventually('report', 30, () => objectAt('failed/broken.parquet.json'))
    const { code, reason } = JSON.parse(new TextDecoder().decode(report))
    assert.equal(code, 'not-parquet')
    assert.ok(reason.length > 0)
    await put('incoming/after.parquet', good)
    await assertEnriched('after.parquet')

    await put('incoming/broken.parquet', good)
    await assertEnriched('broken.parquet')
    await eventually('no report', 10, async () => ((await keysUnder('failed/')).length === 0 ? true : undefined))
    const { Messages = [] } = await account.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: outputs.DeadLetterQueueUrl! }),
    )
    assert.deepEqual(Messages, [])
  })

  it('loses its report when it is deleted', async () => {
    await put('incoming/broken.parquet', good.subarray(0, 1000))
    await eventually('report', 30, () => objectAt('failed/broken.parquet.json'))
    await account.s3.send(new DeleteObjectCommand({ Bucket: bucket(), Key: 'incoming/broken.parquet' }))
    await eventually('no report', 30, async () => ((await keysUnder('failed/')).length === 0 ? true : undefined))
  })

  it('for lack of memory is refused, not killed', async () => {
    const [ordered, shuffled] = ['ordered.parquet', 'shuffled.parquet'].map((name) => path.join(scratch, name))
    await makeBars(ordered!, { rows: 4_000_000, rowGroupRows: 100_000 })
    await duckDbRun(`COPY (SELECT * FROM '${ordered}' ORDER BY hash(datetime)) TO '${shuffled}' (FORMAT parquet)`)
    const reports = account.host.reports.length
    await put('incoming/shuffled.parquet', readFileSync(shuffled!))
    const report = await eventually('report', 60, () => objectAt('failed/shuffled.parquet.json'))
    assert.match(new TextDecoder().decode(report), /memory/)
    // the function answers after it has written the report
    await eventually('its end', 30, async () => (account.host.reports.length > reports ? true : undefined))
    assert.deepEqual(new Set(account.host.reports.slice(reports).map(({ status }) => status)), new Set(['success']))
    await account.s3.send(new DeleteObjectCommand({ Bucket: bucket(), Key: 'failed/shuffled.parquet.json' }))
  })
})

describe('the function, ended by Lambda', () => {
  for (const [what, key, errorType, begin, end] of [
    [
      'for its memory',
      'killed.parquet',
      'Runtime.OutOfMemory',
      async () => {
        account.host.memoryCapMB = 40
      },
      async () => {
        account.host.memoryCapMB = undefined
      },
    ],
    [
      'for its time',
      'late.parquet',
      'Sandbox.Timedout',
      async () => {
        await setFunction({ Timeout: 2 })
        account.host.isFrozen = true
      },
      async () => {
        account.host.isFrozen = false
        await setFunction({ Timeout: 300 })
      },
    ],
  ] as const) {
    it(`${what}, is tried again and again; more of it and a redrive complete the file`, async () => {
      await setPatience(VISIBILITY_SECONDS, MAX_RECEIVE_COUNT)
      account.host.recycle()
      const reports = account.host.reports.length
      await begin()
      await put(`incoming/${key}`, good)
      const letters = await takeDeadLetters(1, 90)
      const ended = account.host.reports.slice(reports)
      assert.deepEqual(
        ended.map((report) => report.errorType),
        Array(MAX_RECEIVE_COUNT).fill(errorType),
      )
      await end()
      await redrive(letters)
      await assertEnriched(key)
    })
  }

  it('at any moment of 100 files, loses none', async () => {
    await setPatience(VISIBILITY_SECONDS)
    const next = random(7)
    const keys = Array.from({ length: 100 }, (_, i) => `drill/${i}.parquet`)
    await Promise.all(keys.map((key) => put(`incoming/${key}`, good)))
    let kills = 0
    await eventually('100 files', 90, async () => {
      const running = account.host.running()
      const victim = running[Math.floor(next() * running.length)]
      if (victim !== undefined && kills < 20) {
        process.kill(victim, 'SIGKILL')
        kills++
      }
      return (await keysUnder('enriched/drill/')).length === keys.length ? true : undefined
    })
    assert.ok(kills >= 5, `${kills} kills`)
    for (const key of keys) await assertEnriched(key)
    const { Uploads } = await account.s3.send(new ListMultipartUploadsCommand({ Bucket: bucket() }))
    assert.deepEqual(Uploads ?? [], [])
  })
})

describe('the services, restarted while 100 files are worked on,', () => {
  it('find every file enriched in the end', async () => {
    await setPatience(VISIBILITY_SECONDS)
    const keys = Array.from({ length: 100 }, (_, i) => `restart/${i}.parquet`)
    await Promise.all(keys.map((key) => put(`incoming/${key}`, good)))
    await account.emulator.restart()
    const done = (await keysUnder('enriched/restart/')).length
    assert.ok(done < keys.length, 'nothing was left to do')
    for (const key of keys) await assertEnriched(key, 60)
    assert.deepEqual(await keysUnder('failed/'), [])
  })
})

describe('a file of 5 million rows', () => {
  it('comes out within 256 MB', async (context) => {
    // one that comes again now would be hidden for half an hour if its delivery failed
    await drained()
    await setPatience(1800)
    const [input, output] = [path.join(scratch, 'large.parquet'), path.join(scratch, 'large-enriched.parquet')]
    await makeBars(input, { rows: 5_000_000, rowGroupRows: 100_000 })
    const start = account.host.log.length
    const [Body, ContentLength] = [createReadStream(input), statSync(input).size]
    await account.s3.send(
      new PutObjectCommand({ Bucket: bucket(), Key: 'incoming/large.parquet', Body, ContentLength }),
    )
    assert.equal((await runCli(input, output)).code, 0)
    await assertEnriched('large.parquet', 120, readFileSync(output))
    const [file] = await eventually('its line', 10, async () => (filesSince(start)[0] ? filesSince(start) : undefined))
    const { bytesRead, bytesWritten, elapsedMs } = file as Record<string, number>
    const { maxMemoryUsedMB, memorySizeMB } = account.host.reports.at(-1)!.metrics
    assert.equal(memorySizeMB, 256)
    context.diagnostic(`peak ${maxMemoryUsedMB} MB, ${elapsedMs} ms, ${bytesRead} bytes down, ${bytesWritten} bytes up`)
    assert.equal(bytesWritten, statSync(output).size - ContentLength)
  })
})

describe('the operator', () => {
  it('enriches files that were uploaded before, once', async () => {
    const keys = Array.from({ length: 50 }, (_, i) => `old/${i}.parquet`)
    await Promise.all(keys.map((key) => put(`incoming/${key}`, good)))
    for (const key of keys) await assertEnriched(key, 60)
    for (const key of keys) await account.s3.send(new DeleteObjectCommand({ Bucket: bucket(), Key: `enriched/${key}` }))
    const { stdout } = await command('backfill', '--prefix', 'incoming/old/', '--yes')
    assert.match(stdout, /50 files.*\n.*\nsucceeded\n50 of 50 keys sent, 0 not\n/)
    assert.match(stdout, /50 enriched or unchanged, 0 refused, 0 failed\n$/)
    for (const key of keys) await assertEnriched(key)

    const written = async () => {
      const heads = keys.map((key) =>
        account.s3.send(new HeadObjectCommand({ Bucket: bucket(), Key: `enriched/${key}` })),
      )
      return (await Promise.all(heads)).map(({ LastModified, Metadata }) => [
        Number(LastModified),
        Metadata?.[OBJECT_METADATA.sourceETag],
      ])
    }
    const [before, start] = [await written(), account.host.log.length]
    await command('backfill', '--prefix', 'incoming/old/', '--yes')
    assert.deepEqual(await written(), before)
    assert.deepEqual(new Set(filesSince(start).map(({ outcome }) => outcome)), new Set(['unchanged']))
  })

  it('sees the files that wait and those that were given up', async () => {
    await put('incoming/broken again.parquet', good.subarray(0, 1000))
    await eventually('report', 30, () => objectAt('failed/broken again.parquet.json'))
    await drained()
    const { stdout } = await command('status')
    assert.match(stdout, /arrivals: 0 wait, 0 are worked on.*\n.*\n {2}dead letters: 0\n/)
    assert.match(stdout, /refused files: 1 \(1 not-parquet\)/)
    assert.match(stdout, /incoming\/broken again\.parquet/)
  })

  it('is told by the canary that files come through', async () => {
    const answer = await invoke(outputs.CanaryFunctionName!, {})
    assert.ok(Number((answer as { waitedMs?: number }).waitedMs) > 0, JSON.stringify(answer))
    assert.deepEqual(await keysUnder('canary/'), [])
  })
})

describe('the log', () => {
  it('has only metrics that an alarm or the dashboard shows', async () => {
    const StackName = stackNameOf('local')
    const { TemplateBody = '' } = await account.cloudFormation.send(new GetTemplateCommand({ StackName }))
    const names = new Set<string>()
    for (const line of account.host.log) {
      const { _aws } = JSON.parse(line)
      for (const { Metrics } of _aws?.CloudWatchMetrics ?? []) for (const { Name } of Metrics) names.add(Name)
    }
    assert.ok(names.size >= 10)
    assert.deepEqual(
      [...names].filter((name) => !TemplateBody.includes(name)),
      [],
    )
  })
})

describe('the calls of the functions', () => {
  it('is in the table of calls, by which the policies are judged', async () => {
    const recorded = recordedCalls(account.callsFile, outputs, await account.outputs('dev'))
    assert.ok(recorded.size >= 10)
    const { known } = rowsOfTable()
    assert.deepEqual(
      [...recorded].filter((call) => !known.has(call)),
      [],
    )
  })
})

describe('the stacks', () => {
  it('stand side by side', async () => {
    const dev = await account.outputs('dev')
    for (const [name, value] of Object.entries(dev)) {
      // settings may be equal, names may not
      if (!/Prefix$|Concurrency$/.test(name)) assert.notEqual(value, outputs[name], name)
    }
    await account.s3.send(new PutObjectCommand({ Bucket: dev.BucketName!, Key: 'incoming/dev.parquet', Body: good }))
    await eventually('a file of dev', 30, async () => {
      const { Contents = [] } = await account.s3.send(new ListObjectsV2Command({ Bucket: dev.BucketName! }))
      return Contents.some(({ Key }) => Key === 'enriched/dev.parquet') ? true : undefined
    })
    assert.deepEqual(await keysUnder('enriched/dev'), [])
  })

  it('are not changed when the same code is deployed again', async () => {
    for (const name of ENVIRONMENTS) assert.match(await account.deploy(name), /no changes/)
  })

  it('go without a trace once their buckets are empty', async () => {
    for (const name of ENVIRONMENTS) {
      const { BucketName: Bucket = '' } = await account.outputs(name)
      for (const Key of await keysUnder('', Bucket)) await account.s3.send(new DeleteObjectCommand({ Bucket, Key }))
      await account.destroy(name)
      await assert.rejects(account.outputs(name), /does not exist/)
      await assert.rejects(account.s3.send(new ListObjectsV2Command({ Bucket })), { name: 'NoSuchBucket' })
    }
    const { QueueUrls = [] } = await account.sqs.send(new ListQueuesCommand())
    assert.deepEqual(QueueUrls, [])
  })
})
