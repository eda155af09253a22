/** Schemas of the events, with the fields that the function reads. Services add other fields without notice. */
import { en } from 'zod/locales'
import * as z from 'zod/mini'
import { printable } from '../shared/errors.ts'

// `zod/mini` has no messages before that; `zod`, which has, takes ten milliseconds more of each cold start
z.config(en())

const name = z.string('expected a name').check(z.minLength(1, 'expected a name'))
const text = z.string('expected a text')
const count = z.int('expected a whole number').check(z.nonnegative('expected 0 or more'))
/** A wrong size costs one request and nothing more, so it is not an error. */
const size = z.catch(z.optional(count), undefined)

const version = (major: number) =>
  z.string(`expected a version ${major}.x`).check(z.regex(RegExp(`^${major}\\.\\d+$`), `expected a version ${major}.x`))

export const list = z.array(z.unknown(), 'expected a list')

export const sqsMessage = z.object({
  messageId: name,
  receiptHandle: name,
  eventSource: z.literal('aws:sqs', 'expected "aws:sqs"'),
  eventSourceARN: name,
  body: text,
  attributes: z.object({
    ApproximateReceiveCount: z.coerce.number('expected a number'),
    // EventBridge Pipes and emulators may leave it out
    ApproximateFirstReceiveTimestamp: z.catch(z.optional(z.coerce.number()), undefined),
  }),
  messageAttributes: z.optional(z.record(z.string(), z.unknown())),
})

export const sqsMessages = z.array(sqsMessage).check(z.minLength(1))

export const snsMessage = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  Message: text,
})

export const s3Record = z.object({
  // MinIO sends minio:s3, and Ceph ceph:s3
  eventSource: text.check(z.regex(/^\w+:s3$/, 'expected "aws:s3"')),
  // S3 raises the minor version when it adds fields, and the major one when a field changes its meaning
  eventVersion: version(2),
  eventName: name,
  s3: z.object({ bucket: z.object({ name }), object: z.object({ key: name, size }) }),
})

export const eventBridgeEvent = z.object({
  source: z.literal('aws.s3', 'expected "aws.s3"'),
  'detail-type': name,
  detail: z.object({
    version: z.literal('0', 'expected version "0"'),
    'event-version': z.optional(version(1)),
    bucket: z.object({ name }),
    object: z.object({ key: name, size }),
  }),
})

/** The message of an operator, of a backfill or of this function itself. */
export const namedObject = z.object({
  bucket: name,
  key: name,
  size,
  again: z._default(z.boolean('expected true or false'), false),
  deadlines: z._default(count, 0),
  slowUpload: z.optional(text),
  deferrals: z._default(count, 0),
  continued: z._default(z.boolean('expected true or false'), false),
  announced: z.optional(text),
  /** The sequence to whose worker the message was sent. */
  sequence: z.optional(text),
  /** Of a key in a sequence: how far work on the sequence has come. */
  advance: z.optional(
    z.object({
      through: z.optional(text),
      isVerifying: z._default(z.boolean('expected true or false'), false),
      since: z.optional(count),
      hops: z._default(count, 0),
      failures: z._default(count, 0),
      isRetried: z.optional(z.boolean('expected true or false')),
    }),
  ),
})

/** The event of a Distributed Map of Step Functions with an ItemBatcher: rows of a listing, and the fields that they share. */
export const batchOfItems = z.object({
  Items: z.array(z.looseObject({}), 'expected a list'),
  BatchInput: z.optional(z.looseObject({})),
})

/** A list of a thousand wrong items must not make a message of a thousand lines. */
const MAX_PROBLEMS = 5

/** @throws Error that states for each wrong field the value that was found and the values that are allowed */
export function parsed<T>(schema: z.ZodMiniType<T>, value: unknown, what: string): T {
  const { data, error } = schema.safeParse(value, { reportInput: true })
  if (!error) return data
  const problems = error.issues.slice(0, MAX_PROBLEMS).map(({ path, message, input }) => {
    const field = path.map(String).join('.')
    return `${field}${field && ': '}${message}, found ${shown(input)}`
  })
  throw new Error(`not ${what}: ${problems.join('; ')}`)
}

export function parsedJson(json: string, what: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new Error(`${what} is not JSON: found ${shown(json)}`, { cause: error })
  }
}

export function shown(value: unknown): string {
  return printable(JSON.stringify(value) ?? String(value))
}
