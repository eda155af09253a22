/** The whole stack on this machine: a bucket, its queue, and the function that is called with the queue's messages. */
import { parseSettings } from '../../functions/lambda/function-settings.ts'
import { createHandler } from '../../functions/lambda/handler.ts'
import type { FileRecord } from '../../functions/lambda/telemetry.ts'
import { messageQueue } from '../../functions/storage/message-queue.ts'
import { type EmbeddedAws, startEmbeddedAws } from './embedded-aws.ts'
import { pollQueue } from './event-source.ts'

export const BUCKET = 'market-data'

export interface LocalStack extends EmbeddedAws {
  readonly inputPrefix: string
}

const LOCAL_MEMORY_MIB = 1024

/** @param onFile called with the record of each file that the function has handled, before the next one */
export async function startStack(onFile: (file: FileRecord) => void): Promise<LocalStack> {
  const aws = await startEmbeddedAws(BUCKET)
  const settings = parseSettings({}, LOCAL_MEMORY_MIB)
  const handler = createHandler({
    s3: aws.s3,
    environment: { settings, bucket: BUCKET, deployment: { stack: 'local', number: 0 } },
    queue: messageQueue(aws.sqs, aws.queues),
    telemetry: { start: () => {}, record: onFile, advanced: () => {}, failedAgain: () => {}, flush: () => {} },
  })
  const polling = new AbortController()
  const polled = pollQueue(aws.sqs, aws.queues.arrivals, handler, polling.signal)
  return {
    ...aws,
    inputPrefix: settings.inputPrefix,
    stop: async () => {
      polling.abort()
      await polled
      await aws.stop()
    },
  }
}
