/** The handler of the Lambda function: it reconciles each key under the input prefix that an event names. */
import middy from '@middy/core'
import type { Context, SQSBatchResponse } from 'aws-lambda'
import type { Announce } from '../storage/event-bus.ts'
import type { MessageQueue, QueueUrls } from '../storage/message-queue.ts'
import { newS3Client } from '../storage/s3-client.ts'
import { deliver } from './deliver.ts'
import { deliverSequences } from './deliver-sequences.ts'
import type { Dependencies } from './dependencies.ts'
import { parseEnvironment } from './function-environment.ts'
import type { Delivery } from './hints.ts'
import { eventParser, type LimitedContext, telemetryFlush, workDeadline } from './middlewares.ts'
import { isFromSequences } from './sequences.ts'
import { type FileRecord, newTelemetry } from './telemetry.ts'
import { processTiming } from './timing.ts'

/** The answer to an event without a queue. */
export type Answer = SQSBatchResponse | { readonly files: readonly FileRecord[] }

/** Answers an SQS event with the messages that SQS has to deliver again; throws the failure of any other event. */
export function createHandler(dependencies: Dependencies) {
  const { telemetry, timing = processTiming } = dependencies
  return middy<unknown, Answer>({ timeoutEarlyInMillis: 0 })
    .use(telemetryFlush(telemetry))
    .use(eventParser())
    .use(workDeadline(timing))
    .handler((deliveries, context) =>
      answerTo(deliveries as readonly Delivery[], dependencies, context as LimitedContext),
    )
}

async function answerTo(
  deliveries: readonly Delivery[],
  dependencies: Dependencies,
  { awsRequestId: requestId, deadline, timeoutSeconds, timing }: LimitedContext,
): Promise<Answer> {
  const files: FileRecord[] = []
  const record = (file: FileRecord) => {
    files.push(file)
    dependencies.telemetry.record(file)
  }
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = []
  const invocation = { requestId, deadline, timeoutSeconds, timing, record }
  const ofSequences = deliveries.filter(({ message }) => message && isFromSequences(message))
  const failed = await deliverSequences(ofSequences, dependencies, invocation)
  batchItemFailures.push(...failed.map((itemIdentifier) => ({ itemIdentifier })))
  for (const delivery of deliveries) {
    if (ofSequences.includes(delivery)) continue
    const isDone = await deliver(delivery, dependencies, invocation)
    if (!isDone && delivery.message) batchItemFailures.push({ itemIdentifier: delivery.message.id })
  }
  return deliveries.some(({ message }) => message) ? { batchItemFailures } : { files }
}

// in Lambda at once: wrong settings fail the start, and the set-up is done before the first event
let lambda = process.env.AWS_LAMBDA_FUNCTION_NAME === undefined ? undefined : createHandler(fromEnvironment())

/** The function's entry point. */
export function handler(event: unknown, context: Context): Promise<Answer> {
  lambda ??= createHandler(fromEnvironment())
  return lambda(event, context)
}

function fromEnvironment(): Dependencies {
  const { queues, ...environment } = parseEnvironment(process.env)
  const { eventBus: bus } = environment.settings
  return {
    s3: newS3Client(),
    queue: queueOnFirstUse(queues),
    environment,
    telemetry: newTelemetry(),
    announce: bus === undefined ? undefined : busOnFirstUse(bus),
  }
}

/** Loads the client of SQS when the first message is sent: the usual file needs none, and loading it delays each start. */
function queueOnFirstUse(urls: QueueUrls): MessageQueue {
  let loading: Promise<MessageQueue> | undefined
  const queue = () => {
    loading ??= import('../storage/message-queue.ts').then((module) => module.messageQueue(module.newSqsClient(), urls))
    return loading
  }
  return {
    retryIn: async (...args) => (await queue()).retryIn(...args),
    send: async (...args) => (await queue()).send(...args),
    sendInGroup: async (...args) => (await queue()).sendInGroup(...args),
    giveUp: async (...args) => (await queue()).giveUp(...args),
  }
}

/** The same for EventBridge. */
function busOnFirstUse(name: string): Announce {
  let loading: Promise<Announce> | undefined
  return async (...args) => {
    loading ??= import('../storage/event-bus.ts').then((module) => module.eventBus(module.newEventBridgeClient(), name))
    return (await loading)(...args)
  }
}
