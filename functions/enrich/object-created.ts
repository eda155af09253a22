/** The door: what S3 says happened, in the envelopes in which it arrives. */
import * as z from 'zod'

export interface ObjectCreated {
  readonly bucket: string
  /** As the object is called, not as the event spells it. */
  readonly key: string
  /** Without quotes. */
  readonly eTag: string
  readonly size: number
  /** Orders the events of one key. */
  readonly sequencer?: string | undefined
  /** Only in a bucket that keeps versions. */
  readonly versionId?: string | undefined
}

/** One thing that succeeds or fails as a whole. */
export interface Delivery {
  /** Of the SQS message; undefined when the event came without a queue. */
  readonly messageId: string | undefined
  /** @throws Error when the delivery is not a notification of S3 */
  objects(): ObjectCreated[]
}

const sqsEvent = z.object({
  Records: z.array(z.object({ messageId: z.string(), eventSource: z.literal('aws:sqs'), body: z.string() })).min(1),
})

/** Sent once, when the notification is set up. */
const testEvent = z.object({ Event: z.literal('s3:TestEvent') })

const s3Event = z.object({
  Records: z.array(
    z.object({
      eventSource: z.literal('aws:s3'),
      eventVersion: z.string().regex(/^2\.\d+$/, 'expected version 2.x'),
      eventName: z.string(),
      s3: z.object({
        bucket: z.object({ name: z.string().min(1) }),
        object: z.object({
          key: z.string().min(1).transform(decodedKey),
          size: z.int().nonnegative().optional(),
          eTag: z.string().min(1).optional(),
          sequencer: z.string().optional(),
          versionId: z.string().optional(),
        }),
      }),
    }),
  ),
})

/** An event is one delivery, or one for each SQS message in it: a message that cannot be read fails alone. */
export function deliveriesOf(event: unknown): Delivery[] {
  const queued = sqsEvent.safeParse(event)
  if (!queued.success) return [{ messageId: undefined, objects: () => objectsOf(event) }]
  return queued.data.Records.map(({ messageId, body }) => ({
    messageId,
    objects: () => objectsOf(parsedJson(body, messageId)),
  }))
}

function parsedJson(body: string, messageId: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    throw new Error(`the body of message ${messageId} is not JSON`, { cause: error })
  }
}

function objectsOf(notification: unknown): ObjectCreated[] {
  if (testEvent.safeParse(notification).success) return []
  const { data, error } = s3Event.safeParse(notification)
  if (!data) throw new Error(`not an event of S3, nor an SQS message with one: ${problems(error)}`)
  return data.Records.filter(({ eventName }) => eventName.startsWith('ObjectCreated:')).map(({ s3, eventName }) => {
    const { key, size, eTag, sequencer, versionId } = s3.object
    if (size === undefined || eTag === undefined) {
      throw new Error(`the ${eventName} event of ${JSON.stringify(key)} lacks the object's size or eTag`)
    }
    return { bucket: s3.bucket.name, key, eTag, size, sequencer, versionId }
  })
}

/** Keys in notifications are form-encoded: `+` is a space, the rest percent-encoded UTF-8. */
function decodedKey(encoded: string, context: z.RefinementCtx): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '))
  } catch {
    context.addIssue({ code: 'custom', message: `${JSON.stringify(encoded)} is not percent-encoded UTF-8` })
    return z.NEVER
  }
}

function problems(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'event'}: ${message}`).join('; ')
}
