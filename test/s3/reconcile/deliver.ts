/** The function in this process, and a queue that brings a message until it is done with. */
import type { Context } from 'aws-lambda'
import { parseSettings, type SettingsInput } from '../../../functions/lambda/function-settings.ts'
import { createHandler } from '../../../functions/lambda/handler.ts'
import type { FileRecord } from '../../../functions/lambda/telemetry.ts'
import type { Announce } from '../../../functions/storage/event-bus.ts'
import type { S3Port } from '../../../functions/storage/s3-client.ts'
import { sqsEvent } from '../../fakes/lambda.ts'
import { SILENT_TELEMETRY } from '../../fakes/silent-telemetry.ts'

const MAX_RECEIVES = 10

export interface DeliveryOptions {
  readonly settings?: SettingsInput
  readonly announce?: Announce | undefined
  /** 2 for a message whose first delivery died. */
  readonly receiveCount?: number
}

/** One delivery. @returns whether it is done with, what became of the files, and what the function sent itself */
export async function deliverOnce(s3: S3Port, body: unknown, options: DeliveryOptions = {}) {
  const files: FileRecord[] = []
  const sent: object[] = []
  const handler = createHandler({
    s3,
    environment: {
      settings: parseSettings(options.settings ?? {}, 512),
      bucket: undefined,
      deployment: { stack: 'stack', number: 1 },
    },
    queue: {
      retryIn: async () => {},
      send: async (_queue, message) => {
        sent.push(message)
      },
      sendInGroup: async () => {},
      giveUp: async () => {},
    },
    telemetry: {
      ...SILENT_TELEMETRY,
      record: (file) => files.push(file),
    },
    announce: options.announce,
  })
  const context = { awsRequestId: 'r1', getRemainingTimeInMillis: () => 120_000 } as Context
  const attributes = { ApproximateReceiveCount: String(options.receiveCount ?? 1) }
  const answer = await handler(sqsEvent([body], { attributes }), context)
  return { isDone: 'batchItemFailures' in answer && answer.batchItemFailures.length === 0, files, sent }
}

/**
 * Delivers until the message, and what the function sent itself, is done with.
 * @returns the number of deliveries
 */
export async function deliver(s3: S3Port, body: unknown, options: DeliveryOptions = {}): Promise<number> {
  const left: { readonly body: unknown; receiveCount: number }[] = [{ body, receiveCount: options.receiveCount ?? 1 }]
  let deliveries = 0
  for (let message = left.shift(); message; message = left.shift()) {
    const { isDone, files, sent } = await deliverOnce(s3, message.body, {
      ...options,
      receiveCount: message.receiveCount,
    })
    deliveries++
    for (const body of sent) left.push({ body, receiveCount: 1 })
    if (isDone) continue
    if (message.receiveCount++ === MAX_RECEIVES) throw new Error(`not done: ${JSON.stringify(files)}`)
    left.push(message)
  }
  return deliveries
}
