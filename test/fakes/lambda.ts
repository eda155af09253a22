/** The handler with everything around it replaced by what a test can look into. */
import type { Context } from 'aws-lambda'
import type { NewPages } from '../../functions/enrich/enrich.ts'
import { parseSettings, type SettingsInput } from '../../functions/lambda/function-settings.ts'
import { createHandler } from '../../functions/lambda/handler.ts'
import type { FileRecord, FileStart, SequenceProgress } from '../../functions/lambda/telemetry.ts'
import type { Timing } from '../../functions/lambda/timing.ts'
import type { S3Port } from '../../functions/storage/s3-client.ts'
import type { Created } from './bucket.ts'

export interface DeadLetter {
  readonly body: string
  readonly attributes: Readonly<Record<string, string>>
}

export interface LambdaOptions {
  readonly settings?: SettingsInput
  readonly memoryMiB?: number
  readonly bucket?: string
  readonly sourceBuckets?: readonly string[]
  /** Number of the deployment; all are of one stack. */
  readonly deployment?: number
  readonly announce?: boolean
  readonly remainingMs?: number
  readonly timing?: Timing
  readonly requestId?: string
  readonly newPages?: NewPages
  /** SQS takes no message of the function. */
  readonly isSendingDenied?: boolean
}

/** A message that the function sent to a queue of its own. */
export interface Sent {
  readonly queue: string
  readonly body: object
  readonly delaySeconds: number
}

/** A message about a sequence. */
export interface SentInGroup {
  readonly group: string
  readonly body: object
  readonly id: string
}

export function lambdaOn(s3: S3Port, options: LambdaOptions = {}) {
  const { settings = {}, memoryMiB = 1024, bucket, deployment = 1, announce = false, remainingMs = 60_000 } = options
  const { sourceBuckets = [], requestId = 'request-1' } = options
  const files: FileRecord[] = []
  const started: FileStart[] = []
  const deadLetters: DeadLetter[] = []
  const sent: Sent[] = []
  const sentInGroups: SentInGroup[] = []
  const advanced: SequenceProgress[] = []
  const failedAgain: number[] = []
  const retries: { readonly receiptHandle: string; readonly queueArn: string; readonly seconds: number }[] = []
  const notices: Record<string, unknown>[] = []
  let flushes = 0
  const handler = createHandler({
    s3,
    environment: {
      settings: parseSettings(settings, memoryMiB),
      bucket,
      sourceBuckets,
      deployment: { stack: 'stack', number: deployment },
    },
    newPages: options.newPages,
    timing: options.timing,
    queue: {
      retryIn: async ({ queueArn, receiptHandle }, seconds) => {
        retries.push({ queueArn, receiptHandle, seconds })
      },
      send: async (queue, body, delaySeconds) => {
        if (options.isSendingDenied) throw new Error('SQS is out')
        sent.push({ queue, body, delaySeconds })
      },
      sendInGroup: async (group, body, id) => {
        if (options.isSendingDenied) throw new Error('SQS is out')
        // SQS drops a message with the id of another one
        if (sentInGroups.every((sent) => sent.id !== id)) sentInGroups.push({ group, body, id })
      },
      giveUp: async (body, attributes) => {
        deadLetters.push({ body, attributes })
      },
    },
    telemetry: {
      advanced: (progress) => advanced.push(progress),
      failedAgain: (failures) => failedAgain.push(failures),
      start: (file) => started.push(file),
      record: (file) => files.push(file),
      flush: () => {
        flushes++
      },
    },
    ...(announce && {
      announce: async (source, detailType, detail) => {
        notices.push({ source, detailType, ...detail })
      },
    }),
  })
  const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => remainingMs } as Context
  return {
    files,
    started,
    deadLetters,
    sent,
    sentInGroups,
    advanced,
    failedAgain,
    retries,
    notices,
    flushes: () => flushes,
    handler: (event: unknown) => handler(event, context),
  }
}

/** What S3 sends about a new object. */
export function s3Event(bucket: string, ...created: readonly Created[]) {
  return {
    Records: created.map(({ key, eTag, size, sequencer, versionId }) => ({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: {
        bucket: { name: bucket },
        object: {
          key: encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+'),
          size,
          eTag,
          sequencer,
          ...(versionId !== undefined && { versionId }),
        },
      },
    })),
  }
}

/** Messages of SQS, each with one body. */
export function sqsEvent(bodies: readonly unknown[], message: Readonly<Record<string, unknown>> = {}) {
  return {
    Records: bodies.map((body, i) => ({
      messageId: `m${i}`,
      receiptHandle: `r${i}`,
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:arrivals',
      attributes: { ApproximateReceiveCount: '1' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...message,
    })),
  }
}
