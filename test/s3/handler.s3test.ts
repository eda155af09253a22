import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createReadStream, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { makeBars } from '../bench/make-bars.ts'
import { s3Event, sqsEvent } from '../fakes/lambda.ts'
import { barsFile, enrichBytes, runCli, someBars, temporaryFolder } from '../parquet-files.ts'
import type { Invocation, InvocationResult } from './invocation.ts'
import { startMinio } from './minio.ts'
import type { S3Server } from './server.ts'
import { startVersitygw } from './versitygw.ts'

const BUCKET = 'market-data'
const MEMORY_CAP_MIB = 256

const SERVERS = { versitygw: startVersitygw, MinIO: startMinio }

/** @returns undefined when the process was killed */
function invoke(server: S3Server, invocation: Invocation): Promise<InvocationResult | undefined> {
  const script = fileURLToPath(new URL('invocation.ts', import.meta.url))
  const env = { ...process.env, ...server.environment }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, JSON.stringify(invocation)], { env }, (error, stdout, stderr) => {
      if (!error) resolve(JSON.parse(stdout))
      else if (error.signal === 'SIGKILL') resolve(undefined)
      else reject(new Error(stderr, { cause: error }))
    })
  })
}

async function upload(s3: S3Client, key: string, Body: Uint8Array | Readable, size: number) {
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body, ContentLength: size }))
  const eTag = ETag!.replaceAll('"', '')
  return sqsEvent([s3Event(BUCKET, { key, eTag, size, sequencer: '01', versionId: undefined })])
}

/** @returns undefined when there is no such object */
async function objectAt(s3: S3Client, Key: string): Promise<Uint8Array | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }))
    return await Body!.transformToByteArray()
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined
    throw error
  }
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

  describe(`the function, killed after any of its requests to ${name},`, () => {
    for (const [what, input] of [
      ['a small file', barsFile(someBars(200))],
      ['a file that S3 copies', barsFile(someBars(120_000), { codec: 'UNCOMPRESSED' })],
      ['a file that cannot be enriched', new TextEncoder().encode('no parquet')],
    ] as const) {
      it(`is done with ${what} when the message comes again`, async () => {
        const key = `incoming/${what}.parquet`
        const [output, report] = [`enriched/${what}.parquet`, `failed/${what}.parquet.json`]
        const event = await upload(server.s3, key, input, input.length)
        const expected = what.includes('cannot') ? undefined : (await enrichBytes(input)).output
        const isDone = async () =>
          expected
            ? Buffer.compare((await objectAt(server.s3, output)) ?? Buffer.alloc(0), expected) === 0
            : Boolean(await objectAt(server.s3, report))
        let requests = Number.POSITIVE_INFINITY
        for (let killAfter = 1; killAfter <= requests; killAfter++) {
          const killed = await invoke(server, { event, killAfter })
          if (killed) requests = killed.requests.length
          else {
            const half = await objectAt(server.s3, output)
            assert.ok(half === undefined || (await isDone()), 'half a file is there')
          }
          await invoke(server, { event })
          assert.ok(await isDone(), `not done after a kill at request ${killAfter}`)
          for (const Key of [output, report]) await server.s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }))
        }
        assert.ok(requests >= 3)
      })
    }
  })

  describe(`a file of 5 million rows in ${name}`, () => {
    it('is enriched in bounded memory, and only its new columns are uploaded', async () => {
      // the same for both servers
      large ??= makeLargeFile()
      const { input, size, enriched } = await large
      assert.ok(size > 100e6)
      const result = await invoke(server, {
        event: await upload(server.s3, 'incoming/large.parquet', createReadStream(input), size),
      })
      const file = result?.files[0]
      assert.ok(file?.outcome === 'enriched', JSON.stringify(file))
      assert.equal(Buffer.compare((await objectAt(server.s3, 'enriched/large.parquet'))!, enriched), 0)
      const uploaded = result!.requests.reduce((sum, { uploadedBytes }) => sum + uploadedBytes, 0)
      assert.equal(uploaded, enriched.length - size)
      assert.ok(file.peakMemoryMiB < MEMORY_CAP_MIB, `${file.peakMemoryMiB} MiB`)
      const { Uploads } = await server.s3.send(
        new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: 'enriched/large' }),
      )
      assert.deepEqual(Uploads ?? [], [])
    })
  })
}
