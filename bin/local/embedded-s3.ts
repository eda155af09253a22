/** S3 inside this process, reachable from this machine only; its objects live in memory. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { buildApp } from 'fauxqs'
import { PARQUET_CONTENT_TYPE, writeObject } from '../../functions/storage/publish-object.ts'
import { newS3Client } from '../../functions/storage/s3-client.ts'

export interface EmbeddedS3 {
  readonly s3: S3Client
  readonly endpoint: string
  /** Puts an object there and returns what S3 would tell the queue of it. */
  drop(key: string, bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<object>
  /** Writes an object into a file. */
  save(key: string, name: string): Promise<void>
  stop(): Promise<void>
}

export async function startEmbeddedS3(bucket: string): Promise<EmbeddedS3> {
  const app = buildApp({ logger: false })
  // the package's own start function listens on every interface
  const endpoint = await app.listen({ host: '127.0.0.1', port: 0 })
  const s3 = newS3Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    forcePathStyle: true,
  })
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  return {
    s3,
    endpoint,
    drop: async (key, bytes) => {
      await writeObject(s3, { bucket, key, contentType: PARQUET_CONTENT_TYPE }, bytes)
      const { ETag, ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
      return notification(bucket, key, ContentLength, ETag)
    },
    save: async (key, name) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      await pipeline(Body as NodeJS.ReadableStream, createWriteStream(name))
    },
    stop: async () => {
      s3.destroy()
      await app.close()
    },
  }
}

/** The embedded S3 sends none, so this is written as S3 writes it: the key form-encoded, the ETag without quotes. */
function notification(bucket: string, key: string, size: number | undefined, eTag: string | undefined): object {
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        s3: {
          bucket: { name: bucket },
          object: {
            key: encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+'),
            size,
            eTag: eTag?.replaceAll('"', ''),
          },
        },
      },
    ],
  }
}
