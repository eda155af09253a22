import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createReadStream, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { GetObjectCommand, ListMultipartUploadsCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { makeBars } from '../bench/make-bars.ts'
import { s3Event, sqsEvent } from '../fakes/lambda.ts'
import { runCli, temporaryFolder } from '../parquet-files.ts'
import type { Invocation, InvocationResult } from './invocation.ts'
import { startMinio } from './minio.ts'
import type { S3Server } from './server.ts'
import { startVersitygw } from './versitygw.ts'

const BUCKET = 'market-data'
const MEMORY_CAP_MIB = 256

const SERVERS = { versitygw: startVersitygw, MinIO: startMinio }

async function invoke(server: S3Server, invocation: Invocation): Promise<InvocationResult> {
  const script = fileURLToPath(new URL('invocation.ts', import.meta.url))
  const env = { ...process.env, ...server.environment }
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(invocation)], { env })
  return JSON.parse(stdout)
}

async function upload(s3: S3Client, key: string, Body: Readable, size: number) {
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body, ContentLength: size }))
  const eTag = ETag!.replaceAll('"', '')
  return sqsEvent([s3Event(BUCKET, { key, eTag, size, sequencer: '01', versionId: undefined })])
}

async function objectAt(s3: S3Client, Key: string): Promise<Uint8Array> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }))
  return Body!.transformToByteArray()
}

interface LargeFile {
  readonly input: string
  readonly size: number
  readonly enriched: Uint8Array
}

let large: Promise<LargeFile> | undefined

async function makeLargeFile(): Promise<LargeFile> {
  const folder = temporaryFolder()
  const [input, output] = [path.join(folder, 'input.parquet'), path.join(folder, 'output.parquet')]
  await makeBars(input, { rows: 5_000_000, rowGroupRows: 100_000 })
  assert.equal((await runCli(input, output)).code, 0)
  return { input, size: statSync(input).size, enriched: readFileSync(output) }
}

for (const [name, start] of Object.entries(SERVERS)) {
  let server: S3Server
  before(async () => {
    server = await start()
    await server.createBucket(BUCKET, false)
  })
  after(() => server.stop())

  describe(`a file of 5 million rows in ${name}`, () => {
    it('is enriched in bounded memory, and only its new columns are uploaded', async () => {
      // the same for both servers
      large ??= makeLargeFile()
      const { input, size, enriched } = await large
      assert.ok(size > 100e6)
      const result = await invoke(server, {
        event: await upload(server.s3, 'incoming/large.parquet', createReadStream(input), size),
      })
      const file = result.files[0]
      assert.ok(file?.outcome === 'enriched', JSON.stringify(file))
      assert.equal(Buffer.compare(await objectAt(server.s3, 'enriched/large.parquet'), enriched), 0)
      const uploaded = result.requests.reduce((sum, { uploadedBytes }) => sum + uploadedBytes, 0)
      assert.equal(uploaded, enriched.length - size)
      assert.ok(file.peakMemoryMiB < MEMORY_CAP_MIB, `${file.peakMemoryMiB} MiB`)
      const { Uploads } = await server.s3.send(
        new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: 'enriched/large' }),
      )
      assert.deepEqual(Uploads ?? [], [])
    })
  })
}
