/**
 * The door: an event becomes hints, in whatever envelopes it comes. A hint says only which key to look at: events arrive
 * late, twice and out of order, so what there is to do is asked of the bucket alone.
 */
import * as z from 'zod'
import { LETTER_ATTRIBUTES } from '../shared/names.ts'
import {
  batchOfItems,
  eventBridgeEvent,
  list,
  namedObject,
  parsed,
  parsedJson,
  s3Record,
  shown,
  snsMessage,
  sqsMessage,
} from './event-shapes.ts'

/** What an event says: look at this key. Nothing else in it is trusted. */
export interface Hint {
  readonly bucket: string
  /** As the object is called, not as the event spells it. */
  readonly key: string
  /** Size in the event, undefined when unknown or for a removal; decides only which requests are sent first. */
  readonly size: number | undefined
  /** Recompute even if everything is done: a redrive, or `--again`. */
  readonly again: boolean
  /** How often work on this key has reached the deadline (our own messages carry it). */
  readonly deadlines: number
  /** Whether it goes on with work that an earlier message began (our own messages carry it). */
  readonly continued: boolean
  /** The source of the output that an earlier message announced (our own messages carry it). */
  readonly announced: string | undefined
  /** How often the key was left for later because it kept changing (our own messages carry it). */
  readonly deferrals: number
  /**
   * Whether the message was sent for this function alone: by S3 itself, or by the function. What comes by SNS or EventBridge
   * may be about any object; with raw delivery, a message of SNS looks like one of S3.
   */
  readonly isDirect: boolean
}

/** What SQS knows of a message. */
export interface Message {
  readonly id: string
  readonly receiptHandle: string
  /** How often it was received, this time included. */
  readonly receiveCount: number
  readonly queueArn: string
}

interface Contents {
  readonly hints: readonly Hint[]
  /** Why other parts of the event need no work, such as `test event` or `Object Tags Added`. */
  readonly ignored: readonly string[]
}

/** One thing that succeeds or fails as a whole. */
export interface Delivery {
  /** Undefined when the event came without a queue. */
  readonly message: Message | undefined
  /** @throws Error when the event cannot be understood */
  contents(): Contents
}

/** After these the object may be another one, or gone; after others (tags, ACL, tiers) its bytes are what they were. */
const CHANGES =
  /^(ObjectCreated:|ObjectRemoved:|LifecycleExpiration:|ObjectRestore:Completed$|Object (Created|Deleted|Restore Completed)$)/
const REMOVALS = /^(ObjectRemoved:|LifecycleExpiration:|Object Deleted$)/

/** An S3 event that failed behind SNS, and whose report comes through SNS and SQS, is 7 deep. */
const MAX_DEPTH = 10

/** An event is one delivery, or one for each SQS message in it: a message that cannot be read fails alone. */
export function deliveriesOf(event: unknown): Delivery[] {
  // EventBridge Pipes hands over the bare list
  const messages = z
    .array(sqsMessage)
    .min(1)
    .safeParse(has(event, 'Records') ? event.Records : event)
  if (!messages.success) return [{ message: undefined, contents: () => contentsOf(event, true, 0) }]
  return messages.data.map((message) => ({
    message: {
      id: message.messageId,
      receiptHandle: message.receiptHandle,
      receiveCount: message.attributes.ApproximateReceiveCount,
      queueArn: message.eventSourceARN,
    },
    contents: () => fromSqs(message, true, 0),
  }))
}

/** An envelope is told by a field that only it has, so that what is wrong within is said in its own terms. */
function contentsOf(event: unknown, isDirect: boolean, depth: number): Contents {
  if (depth > MAX_DEPTH) throw new Error(`the event is more than ${MAX_DEPTH} envelopes deep`)
  const within = (inner: unknown) => contentsOf(inner, false, depth + 1)
  const each = (events: readonly unknown[]) => together(events.map((one) => contentsOf(one, isDirect, depth + 1)))
  if (Array.isArray(event)) return each(event)
  if (has(event, 'Records')) return each(parsed(list, event.Records, 'the records of an event'))
  if (has(event, 's3')) return fromS3(parsed(s3Record, event, 'a record of S3'), isDirect)
  if (has(event, 'body')) return fromSqs(parsed(sqsMessage, event, 'a message of SQS'), isDirect, depth)
  if (has(event, 'Sns')) return within(event.Sns)
  if (has(event, 'Message')) {
    const { Type, Message } = parsed(snsMessage, event, 'a message of SNS')
    return Type === 'Notification' ? within(parsedJson(Message, 'the message of SNS')) : ignored(Type)
  }
  // what Lambda tells a destination of an asynchronous invocation: the event again, and how it ended
  if (has(event, 'requestPayload')) return within(event.requestPayload)
  if (has(event, 'detail')) {
    if (has(event.detail, 'requestPayload')) return within(event.detail)
    return fromEventBridge(parsed(eventBridgeEvent, event, 'an event of S3 from EventBridge'))
  }
  if (has(event, 'Items')) {
    const { Items, BatchInput } = parsed(batchOfItems, event, 'a batch of Step Functions')
    return together(Items.map((item) => fromName({ ...BatchInput, ...item })))
  }
  // sent once, when a notification is set up
  if (has(event, 'Event') && event.Event === 's3:TestEvent') return ignored('test event')
  if (has(event, 'key') || has(event, 'Key')) return fromName(event, isDirect)
  const known = '(directly or through SQS, SNS, EventBridge, a Lambda destination), {"bucket", "key"} or {"Items"}'
  throw new Error(`not an event of S3 ${known}: found ${shown(event)}`)
}

/** A message that this function gave up says why in an attribute. When it comes back, the work is to be done again. */
function fromSqs(message: z.infer<typeof sqsMessage>, isDirect: boolean, depth: number): Contents {
  const body = parsedJson(message.body, `the body of message ${message.messageId}`)
  const contents = contentsOf(body, isDirect, depth + 1)
  if (message.messageAttributes?.[LETTER_ATTRIBUTES.code] === undefined) return contents
  return { ...contents, hints: contents.hints.map((hint) => ({ ...hint, again: true })) }
}

function fromS3({ eventName, s3: { bucket, object } }: z.infer<typeof s3Record>, isDirect: boolean): Contents {
  const kind = eventName.replace(/^s3:/, '')
  if (!CHANGES.test(kind)) return ignored(kind)
  return changed(kind, bucket.name, { ...object, key: formDecoded(object.key) }, isDirect)
}

/** Unlike S3's own notifications, EventBridge has keys in plain text. */
function fromEventBridge({ 'detail-type': kind, detail }: z.infer<typeof eventBridgeEvent>): Contents {
  return CHANGES.test(kind) ? changed(kind, detail.bucket.name, detail.object, false) : ignored(kind)
}

/** What a message of this function itself says, and an event does not. */
const NEW = { deadlines: 0, continued: false, deferrals: 0, announced: undefined }

function changed(kind: string, bucket: string, object: Pick<Hint, 'key'> & Partial<Hint>, isDirect: boolean): Contents {
  const size = REMOVALS.test(kind) ? undefined : object.size
  return {
    hints: [{ bucket, key: object.key, size, again: /Restore/.test(kind), ...NEW, isDirect }],
    ignored: [],
  }
}

/** Step Functions capitalizes as the S3 API does: `Bucket`, `Key`, `Size`. */
function fromName(event: object, isDirect = false): Contents {
  const fields = Object.entries(event).map(([field, value]) => [field.replace(/^[A-Z]/, (c) => c.toLowerCase()), value])
  const object = parsed(namedObject, Object.fromEntries(fields), 'the name of an object')
  return { hints: [{ ...object, size: object.size, announced: object.announced, isDirect }], ignored: [] }
}

function ignored(reason: string): Contents {
  return { hints: [], ignored: [reason] }
}

function together(parts: readonly Contents[]): Contents {
  if (parts.length === 0) return ignored('empty list')
  return { hints: parts.flatMap(({ hints }) => hints), ignored: parts.flatMap(({ ignored }) => ignored) }
}

/** S3 form-encodes keys in its notifications: `+` is a space, the rest percent-encoded UTF-8. */
function formDecoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch (error) {
    throw new Error(`the key ${shown(key)} is not percent-encoded UTF-8`, { cause: error })
  }
}

function has<F extends string>(value: unknown, field: F): value is Record<F, unknown> {
  return typeof value === 'object' && value !== null && field in value
}
