/** A real S3 server on this machine: versitygw, one process over two folders. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { CreateBucketCommand, ListBucketsCommand, PutBucketVersioningCommand, type S3Client } from '@aws-sdk/client-s3'
import { newS3Client } from '../../functions/storage/s3-client.ts'
import { freePort } from '../free-port.ts'
import { temporaryFolder } from '../parquet-files.ts'

export interface S3Server {
  readonly s3: S3Client
  /** What a process of its own needs in its environment to reach the server. */
  readonly environment: Readonly<Record<string, string>>
  createBucket(name: string, versioned: boolean): Promise<void>
  stop(): Promise<void>
}

const START_MS = 10_000
const [ACCESS, SECRET] = ['test', 'testtest']

/** The program is named by `VERSITYGW`, which `run.ts` sets. */
export async function startVersitygw(): Promise<S3Server> {
  const program = process.env.VERSITYGW
  if (!program) throw new Error('VERSITYGW does not name the server: run this by `npm run test:s3`')
  const folder = temporaryFolder()
  const [objects, versions] = [path.join(folder, 'objects'), path.join(folder, 'versions')]
  for (const name of [objects, versions]) mkdirSync(name)
  const port = await freePort()
  const options = ['--port', `127.0.0.1:${port}`, '--access', ACCESS, '--secret', SECRET, '--quiet']
  const server = spawn(program, [...options, 'posix', '--versioning-dir', versions, objects], { stdio: 'ignore' })
  const endpoint = `http://127.0.0.1:${port}`
  const credentials = { accessKeyId: ACCESS, secretAccessKey: SECRET }
  const s3 = newS3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true })
  await ready(s3, server)
  return {
    s3,
    environment: {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: ACCESS,
      AWS_SECRET_ACCESS_KEY: SECRET,
    },
    createBucket: async (Bucket, versioned) => {
      await s3.send(new CreateBucketCommand({ Bucket }))
      const VersioningConfiguration = { Status: 'Enabled' } as const
      if (versioned) await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
    },
    stop: async () => {
      s3.destroy()
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill()
      await ended
    },
  }
}

async function ready(s3: S3Client, server: ChildProcess): Promise<void> {
  const giveUpAt = Date.now() + START_MS
  for (;;) {
    try {
      await s3.send(new ListBucketsCommand({}))
      return
    } catch (error) {
      if (server.exitCode !== null || Date.now() > giveUpAt) {
        server.kill()
        throw new Error('versitygw does not answer', { cause: error })
      }
      await setTimeout(100)
    }
  }
}
