/** The handler with everything around it replaced by what a test can look into. */
import type { Context } from 'aws-lambda'
import type { NewPages } from '../../functions/enrich/enrich.ts'
import { parseSettings, type SettingsInput } from '../../functions/lambda/function-settings.ts'
import { createHandler } from '../../functions/lambda/handler.ts'
import type { FileRecord } from '../../functions/lambda/telemetry.ts'
import type { S3Port } from '../../functions/storage/s3-client.ts'
import type { Created } from './bucket.ts'

export interface DeadLetter {
  readonly body: string
  readonly attributes: Readonly<Record<string, string>>
}

export interface LambdaOptions {
  readonly settings?: SettingsInput
  readonly announce?: boolean
  readonly remainingMs?: number
  readonly newPages?: NewPages
}

export function lambdaOn(
  s3: S3Port,
  { settings = {}, announce = false, remainingMs = 60_000, newPages }: LambdaOptions = {},
) {
  const files: FileRecord[] = []
  const deadLetters: DeadLetter[] = []
  const retries: { readonly receiptHandle: string; readonly seconds: number }[] = []
  const notices: Record<string, unknown>[] = []
  let flushes = 0
  const handler = createHandler({
    s3,
    settings: parseSettings(settings, 1024),
    newPages,
    queue: {
      retryIn: async ({ receiptHandle }, seconds) => {
        retries.push({ receiptHandle, seconds })
      },
      send: async () => {},
      sendMany: async () => {},
      giveUp: async (body, attributes) => {
        deadLetters.push({ body, attributes })
      },
    },
    telemetry: {
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
  const context = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => remainingMs } as Context
  return {
    files,
    deadLetters,
    retries,
    notices,
    flushes: () => flushes,
    handler: (event: unknown) => handler(event, context),
  }
}

/** What S3 sends of a new object. */
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
