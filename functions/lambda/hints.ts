/**
 * Turns an event into hints, in any combination of known envelopes. A hint only names a key. Events arrive late, twice
 * and out of order, so the function derives the work from the bucket.
 */
import type * as z from 'zod/mini'
import { type IgnoredCode, LETTER_ATTRIBUTES } from '../shared/names.ts'
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
  sqsMessages,
} from './event-shapes.ts'

/** One key to look at. The function trusts nothing else that an event says. */
export interface Hint {
  readonly bucket: string
  /** The name of the object, decoded from the spelling of the event. */
  readonly key: string
  /**
   * The size that the event states; undefined when it states none, and for a removal. It only decides which requests are
   * sent first.
   */
  readonly size: number | undefined
  /** True for a redrive and `--again`: enrich the file although its output is right. */
  readonly again: boolean
  /** Number of times that work on an upload of this key has reached the deadline. The function's own messages carry it. */
  readonly deadlines: number
  /** The upload that reached the deadline. The function's own messages carry it. */
  readonly slowUpload?: string | undefined
  /** Whether an earlier message began the work on this key. The function's own messages carry it. */
  readonly continued: boolean
  /** The source of the output that an earlier message announced. The function's own messages carry it. */
  readonly announced: string | undefined
  /**
   * Number of times that the key was deferred because its object kept changing. The function's own messages carry it.
   */
  readonly deferrals: number
  /**
   * Whether S3 or the function itself sent the message for this function alone. A message that came by SNS or EventBridge may
   * be about any object. With raw delivery, a message of SNS looks like one of S3.
   */
  readonly isDirect: boolean
  /** The sequence to whose worker the message was sent. The function's own messages carry it. */
  readonly sequence?: string | undefined
  /** How far work on the sequence of the key has come. The function's own messages carry it. */
  readonly advance?: Advanced | undefined
}

/** The fields of a hint that a message about it has. */
export type SentHint = Pick<Hint, 'bucket' | 'key'> & Partial<Hint>

/** The fields that a message passes on to the one that continues it. */
export interface Advanced {
  /** The key that has to be reached; undefined: that of the message. */
  readonly through?: string | undefined
  /** Whether the keys are looked at up to the end of the sequence. */
  readonly isVerifying: boolean
  /** When the first of the messages was received, in milliseconds: outputs and reports written since may be unannounced. */
  readonly since?: number | undefined
  /** Messages before this one. */
  readonly hops: number
  /** Number of those that ended with an error. */
  readonly failures: number
  /** True when the function may have ended at the next key: it is tried alone, and the attempt is counted. */
  readonly isRetried?: boolean | undefined
}

/** A message of SQS without its body. */
export interface Message {
  readonly id: string
  readonly receiptHandle: string
  /** Number of times that SQS has delivered the message, including this one. */
  readonly receiveCount: number
  /** Milliseconds since 1970; undefined: not known. */
  readonly firstReceived: number | undefined
  readonly queueArn: string
}

interface Contents {
  readonly hints: readonly Hint[]
  /** The reasons why other parts of the event need no work, such as `test event` or `Object Tags Added`. */
  readonly ignored: readonly string[]
}

/** A part of an event that succeeds or fails as a whole: a message, or the event. */
export interface Delivery {
  /** Undefined when the event came without a queue. */
  readonly message: Message | undefined
  /** @throws Error when the event cannot be understood */
  contents(): Contents
}

/** After these events the object may be another one, or gone. Other events (tags, ACL, tiers) leave its bytes as they are. */
const CHANGES =
  /^(ObjectCreated:|ObjectRemoved:|LifecycleExpiration:|ObjectRestore:Completed$|Object (Created|Deleted|Restore Completed)$)/
const REMOVALS = /^(ObjectRemoved:|LifecycleExpiration:|Object Deleted$)/

/** The deepest known event has 7 envelopes: a failed S3 event behind SNS, reported by a destination through SNS and SQS. */
const MAX_DEPTH = 10

/** @returns one delivery for each SQS message of the event, so that an unreadable message fails alone; else one delivery */
export function deliveriesOf(event: unknown): Delivery[] {
  // EventBridge Pipes sends the list of messages without `Records`
  const messages = sqsMessages.safeParse(has(event, 'Records') ? event.Records : event)
  if (!messages.success) return [{ message: undefined, contents: () => contentsOf(event, true, 0) }]
  return messages.data.map((message) => ({
    message: {
      id: message.messageId,
      receiptHandle: message.receiptHandle,
      receiveCount: message.attributes.ApproximateReceiveCount,
      firstReceived: message.attributes.ApproximateFirstReceiveTimestamp,
      queueArn: message.eventSourceARN,
    },
    contents: () => fromSqs(message, true, 0),
  }))
}

/** Recognizes each envelope by a field that only it has, so that an error message names the fields of that envelope. */
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
  // a destination of an asynchronous invocation receives the event again, and the outcome
  if (has(event, 'requestPayload')) return within(event.requestPayload)
  if (has(event, 'detail')) {
    if (has(event.detail, 'requestPayload')) return within(event.detail)
    return fromEventBridge(parsed(eventBridgeEvent, event, 'an event of S3 from EventBridge'))
  }
  if (has(event, 'Items')) {
    const { Items, BatchInput } = parsed(batchOfItems, event, 'a batch of Step Functions')
    return together(Items.map((item) => fromName({ ...BatchInput, ...item })))
  }
  // S3 sends it once, when a notification is set up
  if (has(event, 'Event') && event.Event === 's3:TestEvent') return ignored('test event')
  if (has(event, 'key') || has(event, 'Key')) return fromName(event, isDirect)
  const known = '(directly or through SQS, SNS, EventBridge, a Lambda destination), {"bucket", "key"} or {"Items"}'
  throw new Error(`not an event of S3 ${known}: found ${shown(event)}`)
}

/** A dead letter that the function sent states a code in an attribute. When it comes back, the key is computed again. */
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

/** EventBridge states keys in plain text; S3's own notifications encode them. */
function fromEventBridge({ 'detail-type': kind, detail }: z.infer<typeof eventBridgeEvent>): Contents {
  return CHANGES.test(kind) ? changed(kind, detail.bucket.name, detail.object, false) : ignored(kind)
}

/** The fields of the function's own messages, for an event that has none of them. */
const NEW = { deadlines: 0, continued: false, deferrals: 0, announced: undefined }

function changed(kind: string, bucket: string, object: Pick<Hint, 'key'> & Partial<Hint>, isDirect: boolean): Contents {
  const size = REMOVALS.test(kind) ? undefined : object.size
  return {
    hints: [{ bucket, key: object.key, size, again: /Restore/.test(kind), ...NEW, isDirect }],
    ignored: [],
  }
}

/** Accepts capitals too: Step Functions writes `Bucket`, `Key` and `Size`, as the S3 API does. */
function fromName(event: object, isDirect = false): Contents {
  const fields = Object.entries(event).map(([field, value]) => [field.replace(/^[A-Z]/, (c) => c.toLowerCase()), value])
  const object = parsed(namedObject, Object.fromEntries(fields), 'the name of an object')
  return { hints: [{ ...object, size: object.size, announced: object.announced, isDirect }], ignored: [] }
}

function ignored(reason: string): Contents {
  return { hints: [], ignored: [reason] }
}

/** Any sender may name an event as it likes, and each code costs a metric, so the list is closed. */
const EVENT_CODES: readonly (readonly [RegExp, IgnoredCode])[] = [
  [/^test event$/, 'test-event'],
  [/^empty list$/, 'empty-list'],
  [/^(Subscription|Unsubscribe)Confirmation$/, 'subscription'],
  [/^Object ?Tag/, 'tags'],
  [/^Object ?A(cl|CL)\b/, 'acl'],
  [/^(Object ?(Restore|Storage Class|Access Tier)|LifecycleTransition|IntelligentTiering)/, 'storage-class'],
  [/^Replication:/, 'replication'],
]

/** @returns the code that the metric counts for a reason of `ignored` */
export function eventCode(reason: string): IgnoredCode {
  return EVENT_CODES.find(([pattern]) => pattern.test(reason))?.[1] ?? 'other-event'
}

function together(all: readonly Contents[]): Contents {
  if (all.length === 0) return ignored('empty list')
  return { hints: all.flatMap(({ hints }) => hints), ignored: all.flatMap(({ ignored }) => ignored) }
}

/** S3 form-encodes keys in its notifications: a space becomes `+`, and the rest is percent-encoded UTF-8. */
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
