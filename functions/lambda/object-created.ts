/** The door: what S3 says happened, in the envelopes in which it arrives. */
import * as z from 'zod'

export interface ObjectCreated {
  readonly bucket: string
  /** As the object is called, not as the event spells it. */
  readonly key: string
  /** Without quotes; undefined when somebody named the object without knowing what it holds. */
  readonly eTag: string | undefined
  readonly size: number | undefined
  /** Orders the events of one key. */
  readonly sequencer: string | undefined
  /** Only in a bucket that keeps versions. */
  readonly versionId: string | undefined
  /** An event that tells of this object alone and can be sent to the queue again. */
  readonly event: unknown
}

/** What SQS knows of a message. */
export interface Message {
  readonly id: string
  readonly queueArn: string
  readonly receiptHandle: string
  /** How often it was received, this time included. */
  readonly receiveCount: number
  /** Whether it comes back from the dead-letter queue. */
  readonly wasRejected: boolean
}

/** One thing that succeeds or fails as a whole. */
export interface Delivery {
  /** Undefined when the event came without a queue. */
  readonly message: Message | undefined
  /** @throws Error when the delivery does not tell of objects */
  objects(): ObjectCreated[]
}

const sqsEvent = z.object({
  Records: z
    .array(
      z.object({
        messageId: z.string(),
        receiptHandle: z.string(),
        eventSource: z.literal('aws:sqs'),
        eventSourceARN: z.string(),
        body: z.string(),
        attributes: z.object({ ApproximateReceiveCount: z.coerce.number() }),
        messageAttributes: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .min(1),
})

/** Sent once, when the notification is set up. */
const testEvent = z.object({ Event: z.literal('s3:TestEvent') })

const s3Event = z.object({
  Records: z.array(
    z.looseObject({
      eventSource: z.literal('aws:s3'),
      eventVersion: z.string().regex(/^2\.\d+$/, 'expected version 2.x'),
      eventName: z.string(),
      s3: z.looseObject({
        bucket: z.looseObject({ name: z.string().min(1) }),
        object: z.looseObject({
          key: z.string().min(1),
          size: z.int().nonnegative().optional(),
          eTag: z.string().min(1).optional(),
          sequencer: z.string().optional(),
          versionId: z.string().optional(),
        }),
      }),
    }),
  ),
})

const eventBridgeEvent = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.string(),
  detail: z.object({
    version: z.literal('0', 'expected version 0'),
    bucket: z.object({ name: z.string().min(1) }),
    object: z.object({
      key: z.string().min(1),
      size: z.int().nonnegative().optional(),
      etag: z.string().min(1).optional(),
      sequencer: z.string().optional(),
      'version-id': z.string().optional(),
    }),
  }),
})

/** What a person or a backfill sends. */
const namedObject = z.object({ bucket: z.string().min(1), key: z.string().min(1) })

/** An event is one delivery, or one for each SQS message in it: a message that cannot be read fails alone. */
export function deliveriesOf(event: unknown): Delivery[] {
  const queued = sqsEvent.safeParse(event)
  if (!queued.success) return [{ message: undefined, objects: () => objectsOf(event) }]
  return queued.data.Records.map(
    ({ messageId, eventSourceARN, receiptHandle, attributes, messageAttributes, body }) => ({
      message: {
        id: messageId,
        queueArn: eventSourceARN,
        receiptHandle,
        receiveCount: attributes.ApproximateReceiveCount,
        wasRejected: messageAttributes?.code !== undefined,
      },
      objects: () => objectsOf(parsedJson(body, messageId)),
    }),
  )
}

function parsedJson(body: string, messageId: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw new Error(`the body of message ${messageId} is not JSON`, { cause: error })
  }
}

/** The envelope is told by a field that only it has, so that what is wrong within is said in its own terms. */
function objectsOf(event: unknown): ObjectCreated[] {
  const has = (field: string) => typeof event === 'object' && event !== null && field in event
  if (testEvent.safeParse(event).success) return []
  if (has('Records')) return fromS3(parsed(s3Event, event, 'an event of S3'))
  if (has('detail')) return fromEventBridge(parsed(eventBridgeEvent, event, 'an event of S3 from EventBridge'), event)
  if (has('key')) {
    const unknown = { eTag: undefined, size: undefined, sequencer: undefined, versionId: undefined }
    return [{ ...parsed(namedObject, event, 'the name of an object'), ...unknown, event }]
  }
  throw new Error('not an event of S3, directly, through SQS or EventBridge, nor {"bucket": ..., "key": ...}')
}

function parsed<T>(schema: z.ZodType<T>, event: unknown, what: string): T {
  const { data, error } = schema.safeParse(event)
  if (error) {
    const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'event'}: ${message}`)
    throw new Error(`not ${what}: ${problems.join('; ')}`)
  }
  return data
}

function fromS3({ Records }: z.infer<typeof s3Event>): ObjectCreated[] {
  return Records.filter(({ eventName }) => eventName.startsWith('ObjectCreated:')).map((record) => {
    const { key, size, eTag, sequencer, versionId } = record.s3.object
    const bucket = record.s3.bucket.name
    return { bucket, key: decodedKey(key), eTag, size, sequencer, versionId, event: { Records: [record] } }
  })
}

function fromEventBridge(sent: z.infer<typeof eventBridgeEvent>, event: unknown): ObjectCreated[] {
  if (sent['detail-type'] !== 'Object Created') return []
  const { key, size, etag, sequencer, 'version-id': versionId } = sent.detail.object
  return [{ bucket: sent.detail.bucket.name, key, eTag: etag, size, sequencer, versionId, event }]
}

/** Keys in notifications of S3 are form-encoded: `+` is a space, the rest percent-encoded UTF-8. */
function decodedKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '))
  } catch (error) {
    throw new Error(`the key ${JSON.stringify(encoded)} is not percent-encoded UTF-8`, { cause: error })
  }
}
