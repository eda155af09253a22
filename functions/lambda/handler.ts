/** The Lambda: an object appeared under the input prefix, its enriched file goes under the output prefix. */
import middy from '@middy/core'
import type { Context, SQSBatchResponse } from 'aws-lambda'
import type { NewPages } from '../enrich/enrich.ts'
import { NOTICE, PARQUET_SUFFIX } from '../shared/names.ts'
import { type Announce, eventBus, newEventBridgeClient } from '../storage/event-bus.ts'
import { type MessageQueue, messageQueue, newSqsClient } from '../storage/message-queue.ts'
import { newS3Client, type S3Port } from '../storage/s3-client.ts'
import { enrichObject } from './enrich-object.ts'
import { type FunctionSettings, parseFunctionSettings } from './function-settings.ts'
import { eventParser, type LimitedContext, telemetryFlush, workDeadline } from './middlewares.ts'
import type { Delivery, Message, ObjectCreated } from './object-created.ts'
import type { Enrichment, Outcome } from './outcome.ts'
import { type FileRecord, newTelemetry, type Telemetry } from './telemetry.ts'

export interface Dependencies {
  readonly s3: S3Port
  readonly queue: MessageQueue
  readonly settings: FunctionSettings
  readonly telemetry: Telemetry
  /** Undefined when nobody wants to be told. */
  readonly announce?: Announce | undefined
  /** Makes the place where the pages of the new columns wait; undefined for memory and disk. */
  readonly newPages?: NewPages | undefined
}

/** Without a queue, the answer says what became of the files. */
export type Answer = SQSBatchResponse | { readonly files: readonly FileRecord[] }

const FIRST_RETRY_SECONDS = 5
const MAX_RETRY_SECONDS = 900

/** An SQS event is answered with the messages that have to come again; for another event, a failure is thrown. */
export function createHandler(dependencies: Dependencies) {
  const { telemetry } = dependencies
  return middy<unknown, Answer>({ timeoutEarlyInMillis: 0 })
    .use(telemetryFlush(telemetry))
    .use(eventParser())
    .use(workDeadline())
    .handler((deliveries, context) =>
      answerTo(deliveries as readonly Delivery[], dependencies, context as LimitedContext),
    )
}

async function answerTo(
  deliveries: readonly Delivery[],
  dependencies: Dependencies,
  { awsRequestId, deadline }: LimitedContext,
): Promise<Answer> {
  const files: FileRecord[] = []
  const record = (file: FileRecord) => {
    files.push(file)
    dependencies.telemetry.record(file)
  }
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = []
  for (const delivery of deliveries) {
    const isDone = await take(delivery, dependencies, awsRequestId, deadline, record)
    if (!isDone && delivery.message) batchItemFailures.push({ itemIdentifier: delivery.message.id })
  }
  return deliveries.some(({ message }) => message) ? { batchItemFailures } : { files }
}

/**
 * @returns whether the delivery is done with; if not, its message comes again
 * @throws Error when there is no message to come again
 */
async function take(
  { message, objects }: Delivery,
  dependencies: Dependencies,
  requestId: string,
  signal: AbortSignal,
  record: (file: FileRecord) => void,
): Promise<boolean> {
  let file: { bucket?: string; key?: string } = {}
  try {
    for (const object of objects()) {
      file = { bucket: object.bucket, key: object.key }
      record({ requestId, ...file, ...(await outcomeOf(object, message, dependencies, requestId, signal)) })
    }
    return true
  } catch (error) {
    const retryInSeconds = message && (await retrySoon(message, dependencies.queue))
    record({ requestId, ...file, outcome: 'failed', error: signal.aborted ? signal.reason : error, retryInSeconds })
    if (!message) throw error
    return false
  }
}

async function outcomeOf(
  object: ObjectCreated,
  message: Message | undefined,
  { s3, queue, settings, announce, newPages }: Dependencies,
  requestId: string,
  signal: AbortSignal,
) {
  const reason = reasonToIgnore(object, settings)
  if (reason !== undefined) return { outcome: 'ignored', reason } as const
  const outcome = await enrichObject(
    s3,
    settings,
    object,
    {
      requestId,
      isAgain: message?.wasRejected ?? false,
      send: (attributes) => queue.giveUp(JSON.stringify(object.event), attributes),
    },
    signal,
    newPages,
  )
  // an earlier delivery may have published the file and failed before it said so
  const isUnsaid = outcome.outcome === 'unchanged' && message !== undefined && message.receiveCount > 1
  if (announce && (outcome.outcome === 'enriched' || isUnsaid)) await announce(...notice(object, outcome))
  return outcome
}

function reasonToIgnore({ key }: ObjectCreated, settings: FunctionSettings): string | undefined {
  if (!key.startsWith(settings.inputPrefix)) return `the key does not begin with ${settings.inputPrefix}`
  if (!key.endsWith(PARQUET_SUFFIX)) return `the key does not end in ${PARQUET_SUFFIX}`
  return undefined
}

function notice({ bucket, key }: ObjectCreated, outcome: Outcome) {
  const { outputKey, layout, elapsedMs, quality } =
    outcome.outcome === 'enriched' ? outcome : ({} as Partial<Enrichment>)
  const { rowsRead, rowsWritten, duplicatesDropped, duplicatesConflicting, warnings } = quality ?? {}
  const counts = { rowsRead, rowsWritten, duplicatesDropped, duplicatesConflicting, warnings }
  return [NOTICE.source, NOTICE.detailType, { bucket, key, outputKey, layout, ...counts, elapsedMs }] as const
}

/** @returns undefined when SQS could not be told: then the message comes after the queue's visibility timeout */
async function retrySoon(message: Message, queue: MessageQueue): Promise<number | undefined> {
  const most = Math.min(MAX_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** message.receiveCount)
  const seconds = Math.ceil(most * (0.5 + Math.random() / 2))
  return queue.retryIn(message, seconds).then(
    () => seconds,
    () => undefined,
  )
}

// in Lambda at once: wrong settings fail the start, and the set-up is done before the first event
let lambda = process.env.AWS_LAMBDA_FUNCTION_NAME === undefined ? undefined : createHandler(fromEnvironment())

/** What Lambda calls. */
export function handler(event: unknown, context: Context): Promise<Answer> {
  lambda ??= createHandler(fromEnvironment())
  return lambda(event, context)
}

function fromEnvironment(): Dependencies {
  const { queues, ...settings } = parseFunctionSettings(process.env)
  return {
    s3: newS3Client(),
    queue: messageQueue(newSqsClient(), queues),
    settings,
    telemetry: newTelemetry(),
    announce: settings.eventBus === undefined ? undefined : eventBus(newEventBridgeClient(), settings.eventBus),
  }
}
