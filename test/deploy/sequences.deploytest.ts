import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3'
import { untilDrained } from '../../bin/operator/queue-drained.ts'
import { NOTHING_BEFORE, OBJECT_METADATA } from '../../functions/shared/names.ts'
import { barsFile, enrichBytes, random, readRows, someBars } from '../parquet-files.ts'
import { inFiles, tenDays } from '../sequence-files.ts'
import { type Account, newAccount } from './deployment.ts'

const DAYS = 300
/** As many as a user has in a file of daily bars for a few symbols; their number does not matter here. */
const BARS_A_DAY = 8
const DAY_MS = 86_400_000
/** A worker takes so long for all files on a busy machine, with as many messages waiting. */
const STUCK_MS = 240_000

let account: Account
let outputs: Readonly<Record<string, string>>
let Bucket: string
before(async () => {
  account = await newAccount(['local'], ['files that continue each other'])
  await account.bootstrap()
  await account.deploy('local')
  outputs = await account.outputs('local')
  Bucket = outputs.BucketName!
})
after(() => account?.stop())

const put = (Key: string, Body: Uint8Array) => account.s3.send(new PutObjectCommand({ Bucket, Key, Body }))

async function bytesAt(Key: string): Promise<Uint8Array> {
  const { Body } = await account.s3.send(new GetObjectCommand({ Bucket, Key }))
  return Body!.transformToByteArray()
}

async function keysUnder(Prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { Contents = [] } of paginateListObjectsV2({ client: account.s3 }, { Bucket, Prefix })) {
    keys.push(...Contents.map(({ Key }) => Key!))
  }
  return keys
}

/** Waits until no message is left: a file in the middle may come when all others are done. */
async function drained(): Promise<void> {
  for (const name of ['ArrivalsQueueUrl', 'SequencesQueueUrl']) {
    const left = await untilDrained(account.sqs, outputs[name]!, { pollMs: 200, stuckMs: STUCK_MS })
    assert.equal(left, 0, account.host.log.slice(-5).join('\n'))
  }
}

/** The last key up to which the function says that a sequence is complete. */
async function completeThrough(sequence: string): Promise<string> {
  return JSON.parse(new TextDecoder().decode(await bytesAt(`sequences/${sequence}.json`))).completeThrough
}

const command = async (script: string, ...args: string[]) => {
  const env = { ...process.env, ...account.operator }
  const words = [`bin/${script}.ts`, '--environment', 'local', ...args]
  return (await promisify(execFile)(process.execPath, words, { env })).stdout
}

/** Reads the files of a sequence in the order of their keys, each of which has to continue the one before it. */
async function rowsOfChain(sequence: string) {
  const rows: Record<string, unknown>[] = []
  let before: string = NOTHING_BEFORE
  for (const Key of await keysUnder(`enriched/${sequence}/`)) {
    const { Metadata = {} } = await account.s3.send(new HeadObjectCommand({ Bucket, Key }))
    assert.equal(Metadata[OBJECT_METADATA.after], before, Key)
    before = Metadata[OBJECT_METADATA.state]!
    rows.push(...(await readRows(await bytesAt(Key))))
  }
  return rows
}

/** Of a file, with counts as numbers: one column of a file may be of another kind than that of another. */
const readAlike = async (bytes: Uint8Array) => (await readRows(bytes)).map(alike)
const alike = (row: Record<string, unknown>) => ({ ...row, volume: Number(row.volume) })

const keyOf = (sequence: string, day: number) => `incoming/${sequence}/day-${String(day).padStart(3, '0')}.parquet`
const namedDays = (sequence: string, days: readonly Uint8Array[]) =>
  days.map((bytes, day) => [keyOf(sequence, day), bytes] as const)

describe('the files of a sequence', () => {
  const bars = Array.from({ length: DAYS }, (_, day) =>
    someBars(BARS_A_DAY, day + 1).map((bar) => ({ ...bar, time: bar.time + day * DAY_MS })),
  ).flat()

  it('hold the rows of the one long file, in whatever order they come', async (context) => {
    const { whole, days } = await tenDays()
    const uploads = [...namedDays('ten', days), ...namedDays('daily', inFiles(bars, BARS_A_DAY))]
    const next = random(21)
    const mixed = uploads.map((upload) => ({ upload, at: next() })).sort((a, b) => a.at - b.at)
    const started = Date.now()
    for (const { upload } of mixed) await put(...upload)
    await drained()
    const peak = Math.max(...account.host.reports.map(({ metrics }) => metrics.maxMemoryUsedMB))
    context.diagnostic(`${uploads.length} files: ${((Date.now() - started) / 1000).toFixed(0)} s, peak ${peak} MB`)

    assert.equal(await completeThrough('ten'), keyOf('ten', days.length - 1))
    assert.equal(await completeThrough('daily'), keyOf('daily', DAYS - 1))
    const ended = account.host.reports.filter(({ status }) => status !== 'success')
    assert.deepEqual(ended, [], 'the memory of a function does not grow with the number of files')
    assert.deepEqual((await rowsOfChain('ten')).map(alike), await readAlike((await enrichBytes(whole)).output))
    const one = await enrichBytes(barsFile(bars))
    assert.deepEqual(await rowsOfChain('daily'), await readRows(one.output))
    assert.deepEqual(await keysUnder('failed/'), [])
    assert.match(await command('audit'), new RegExp(`AuditStale 0,.*; ${uploads.length} fine`))
  })
})
