/** Sends messages to the queues, and changes their visibility. */
import {
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs'
import { MESSAGE_LIMITS, until } from './request-limits.ts'

export type SqsPort = Pick<SQSClient, 'send'>

export interface QueueUrls {
  readonly arrivals: string
  readonly repairs: string
  readonly deadLetters: string
  /** Undefined: no files continue each other. */
  readonly sequences?: string | undefined
}

/** The queues whose messages the function receives. */
type WorkQueue = 'arrivals' | 'repairs'

/** The fields by which SQS identifies a received message. */
interface ReceivedMessage {
  readonly queueArn: string
  readonly receiptHandle: string
}

/** Each call ends with an error when its `signal` aborts. */
export interface MessageQueue {
  /** Makes a failed message visible after some seconds instead of the queue's whole visibility timeout. */
  retryIn(message: ReceivedMessage, seconds: number, signal?: AbortSignal): Promise<void>
  /** @param delaySeconds before the message can be received; at most 900 */
  send(queue: WorkQueue, body: object, delaySeconds: number, signal?: AbortSignal): Promise<void>
  /** Sends a message to the queue that hands out one group at a time. */
  sendInGroup(group: string, body: object, deduplicationId: string, signal?: AbortSignal): Promise<void>
  /** Sends a JSON text to the dead-letter queue, where it waits for an operator. Attribute values must not be empty. */
  giveUp(body: string, attributes: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void>
}

/** The maximum number of messages that SQS accepts in one request. */
const MAX_BATCH_MESSAGES = 10
/**
 * Size of all bodies in one request. SQS accepts 1 MiB since August 2025; queues with an older `MaximumMessageSize`, and
 * emulators of SQS, accept 256 KiB.
 */
const MAX_BATCH_BYTES = 256 * 1024

export function newSqsClient(config: SQSClientConfig = {}): SQSClient {
  return new SQSClient({ requestHandler: MESSAGE_LIMITS, ...config })
}

export function messageQueue(sqs: SqsPort, urls: QueueUrls): MessageQueue {
  return {
    retryIn: async ({ queueArn, receiptHandle }, VisibilityTimeout, signal) => {
      const QueueUrl = urlOf(queueArn, urls.arrivals)
      const change = { QueueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout }
      await sqs.send(new ChangeMessageVisibilityCommand(change), until(signal))
    },
    send: async (queue, body, DelaySeconds, signal) => {
      const message = { QueueUrl: urls[queue], MessageBody: bodyText(body), DelaySeconds }
      await sqs.send(new SendMessageCommand(message), until(signal))
    },
    sendInGroup: async (MessageGroupId, body, MessageDeduplicationId, signal) => {
      const QueueUrl = urls.sequences
      if (QueueUrl === undefined) throw new Error('there is no queue for sequences; the setting carry needs one')
      const message = { QueueUrl, MessageBody: bodyText(body), MessageGroupId, MessageDeduplicationId }
      await sqs.send(new SendMessageCommand(message), until(signal))
    },
    giveUp: async (body, attributes, signal) => {
      const MessageAttributes = Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: inXml(value) }]),
      )
      const message = { QueueUrl: urls.deadLetters, MessageBody: inXml(body), MessageAttributes }
      await sqs.send(new SendMessageCommand(message), until(signal))
    },
  }
}

/**
 * Sends many messages, ten to a request.
 * @throws Error when SQS refused a message twice; the others may have been sent, so that sending all of them again
 * sends some twice
 */
export async function sendAll(
  sqs: SqsPort,
  url: string,
  bodies: readonly object[],
  signal?: AbortSignal,
): Promise<void> {
  for (const batch of batchesOf(bodies.map(bodyText))) {
    const refused = await sendBatch(sqs, url, batch, signal)
    if (refused.length > 0) await sendBatchAgain(sqs, url, refused, signal)
  }
}

function bodyText(body: object): string {
  return inXml(JSON.stringify(body))
}

/**
 * SQS refuses a message with a character that XML does not allow, and a key may contain such characters. JSON itself
 * escapes control characters and lone surrogates; this function escapes the others.
 */
function inXml(text: string): string {
  return text.replace(NOT_IN_XML, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const NOT_IN_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu

/**
 * Makes the URL of a queue from its ARN and the URL of another queue of the region. The two differ only in account and
 * name, also with the host of a VPC endpoint or an emulator.
 */
function urlOf(queueArn: string, otherUrl: string): string {
  const [, account, name] = /^arn:[^:]+:sqs:[^:]*:([^:]+):([^:]+)$/.exec(queueArn) ?? []
  if (account === undefined || name === undefined) {
    throw new Error(`"${queueArn}" is not the ARN of a queue; expected is arn:aws:sqs:REGION:ACCOUNT:NAME`)
  }
  return new URL(`../${account}/${name}`, otherUrl).href
}

/** @yields as many bodies as fit into one request; a body that is too large alone, so that the error of SQS names it */
function* batchesOf(bodies: readonly string[]): Generator<SendMessageBatchRequestEntry[]> {
  let batch: SendMessageBatchRequestEntry[] = []
  let batchBytes = 0
  for (const body of bodies) {
    const bytes = Buffer.byteLength(body)
    if (batch.length === MAX_BATCH_MESSAGES || (batch.length > 0 && batchBytes + bytes > MAX_BATCH_BYTES)) {
      yield batch
      batch = []
      batchBytes = 0
    }
    batch.push({ Id: `${batch.length}`, MessageBody: body })
    batchBytes += bytes
  }
  if (batch.length > 0) yield batch
}

interface RefusedEntry {
  readonly entry: SendMessageBatchRequestEntry
  readonly reason: string
}

/** A request may succeed although SQS refuses some of its messages. */
async function sendBatch(
  sqs: SqsPort,
  QueueUrl: string,
  Entries: SendMessageBatchRequestEntry[],
  signal: AbortSignal | undefined,
): Promise<RefusedEntry[]> {
  const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }), until(signal))
  return Failed.map(({ Id, Code, Message }) => {
    const entry = Entries.find((sent) => sent.Id === Id)
    if (!entry) throw new Error(`${QueueUrl} refused a message "${Id}" that was not sent`)
    return { entry, reason: `${Code}${Message ? ` ${Message}` : ''}` }
  })
}

/** Repeats refused messages once: SQS is overloaded for moments only. */
async function sendBatchAgain(
  sqs: SqsPort,
  url: string,
  refused: readonly RefusedEntry[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const entries = refused.map(({ entry }) => entry)
  const [first, ...others] = await sendBatch(sqs, url, entries, signal)
  if (!first) return
  const more = others.length > 0 ? `, and ${others.length} more` : ''
  throw new Error(`${url} refused ${first.entry.MessageBody?.slice(0, 200)} twice: ${first.reason}${more}`)
}
