/** What the S3 servers have in common that tests start on this machine. */
import type { ChildProcess } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { CreateBucketCommand, ListBucketsCommand, PutBucketVersioningCommand, type S3Client } from '@aws-sdk/client-s3'
import { newS3Client } from '../../functions/storage/s3-client.ts'
import type { ServerUnderTest } from './bucket-contract.ts'

export interface S3Server {
  readonly s3: S3Client
  /** What a process of its own needs in its environment to reach the server. */
  readonly environment: Readonly<Record<string, string>>
  createBucket(name: string, versioned: boolean): Promise<void>
  stop(): Promise<void>
}

const START_MS = 30_000
const STOP_MS = 5_000
export const [ACCESS, SECRET] = ['test', 'testtest']

/** @returns once the server answers */
export async function serverAt(endpoint: string, server: ChildProcess, name: string): Promise<S3Server> {
  const credentials = { accessKeyId: ACCESS, secretAccessKey: SECRET }
  const s3 = newS3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true })
  await ready(s3, server, name)
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
      const stop = new AbortController()
      const isLate = setTimeout(STOP_MS, true, { signal: stop.signal }).catch(() => false)
      if (await Promise.race([ended.then(() => false), isLate])) server.kill('SIGKILL')
      stop.abort()
      await ended
    },
  }
}

/** @returns a server with the two buckets of the contract */
export async function contractServer(starting: Promise<S3Server>): Promise<ServerUnderTest> {
  const { s3, stop, createBucket } = await starting
  await createBucket('plain', false)
  await createBucket('versioned', true)
  return { plain: { s3, Bucket: 'plain' }, versioned: { s3, Bucket: 'versioned' }, stop }
}

async function ready(s3: S3Client, server: ChildProcess, name: string): Promise<void> {
  const giveUpAt = Date.now() + START_MS
  for (;;) {
    try {
      await s3.send(new ListBucketsCommand({}))
      return
    } catch (error) {
      if (server.exitCode !== null || Date.now() > giveUpAt) {
        server.kill()
        throw new Error(`${name} does not answer`, { cause: error })
      }
      await setTimeout(100)
    }
  }
}
