/** S3 and SQS inside this process, reachable from this machine only. Objects and messages are held in memory. */

import { createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { buildApp } from 'fauxqs'
import type { BytePieces } from '../../functions/shared/byte-source.ts'
import type { QueueUrls } from '../../functions/storage/message-queue.ts'
import { PARQUET_CONTENT_TYPE, writeObject } from '../../functions/storage/publish-object.ts'
import { newS3Client } from '../../functions/storage/s3-client.ts'

export interface EmbeddedAws {
  readonly endpoint: string
  readonly s3: S3Client
  readonly sqs: SQSClient
  readonly queues: QueueUrls
  /** Writes an object and sends its notification to the queue, as S3 does. @returns the notification */
  upload(key: string, bytes: BytePieces): Promise<object>
  /** Saves an object as a file, which takes its name when it is complete. */
  save(key: string, name: string): Promise<void>
  stop(): Promise<void>
}

const LOCAL_RECEIVE_COUNT = 5

export async function startEmbeddedAws(bucket: string): Promise<EmbeddedAws> {
  const app = buildApp({ logger: false })
  // the package's own start function listens on every interface
  const endpoint = await app.listen({ host: '127.0.0.1', port: 0 })
  const connection = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  }
  const s3 = newS3Client({ ...connection, forcePathStyle: true })
  const sqs = new SQSClient(connection)
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const queues = await createQueues(sqs)
  return {
    endpoint,
    s3,
    sqs,
    queues,
    upload: async (key, bytes) => {
      await writeObject(s3, { bucket, key, contentType: PARQUET_CONTENT_TYPE }, bytes)
      const { ETag, ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
      const event = notification(bucket, key, ContentLength, ETag)
      await sqs.send(new SendMessageCommand({ QueueUrl: queues.arrivals, MessageBody: JSON.stringify(event) }))
      return event
    },
    save: async (key, name) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      const partial = `${name}.partial`
      await pipeline(Body as NodeJS.ReadableStream, createWriteStream(partial))
      await rename(partial, name)
    },
    stop: async () => {
      s3.destroy()
      sqs.destroy()
      await app.close()
    },
  }
}

async function createQueues(sqs: SQSClient): Promise<QueueUrls> {
  const create = async (QueueName: string, Attributes: Record<string, string> = {}) =>
    (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!
  const deadLetters = await create('dead-letters')
  const attributes = new GetQueueAttributesCommand({ QueueUrl: deadLetters, AttributeNames: ['QueueArn'] })
  const deadLetterTargetArn = (await sqs.send(attributes)).Attributes?.QueueArn
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: LOCAL_RECEIVE_COUNT })
  const [arrivals, repairs] = [await create('arrivals', { RedrivePolicy }), await create('repairs', { RedrivePolicy })]
  return { arrivals, repairs, deadLetters }
}

let events = 0

/** The embedded S3 sends no notifications. This one is as S3 writes it: the key form-encoded, the ETag without quotes. */
function notification(bucket: string, key: string, size: number | undefined, eTag: string | undefined): object {
  const object = {
    key: encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+'),
    size,
    eTag: eTag?.replaceAll('"', ''),
    sequencer: (++events).toString(16).toUpperCase().padStart(16, '0'),
  }
  const s3 = { bucket: { name: bucket }, object }
  return { Records: [{ eventVersion: '2.1', eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3 }] }
}
