/** The function with its queues, which hand out their messages at once: for tests of what it does with whole sequences. */
import type { SettingsInput } from '../../functions/lambda/function-settings.ts'
import type { FakeBucket } from './bucket.ts'
import { lambdaOn, sqsEvent } from './lambda.ts'

const SEQUENCES = 'arn:aws:sqs:us-east-1:123456789012:bars-sequences.fifo'
/** Of a FIFO queue, in one batch. */
const BATCH = 10

/** Delivers events until no messages are left. @returns the records of all files */
export async function deliverAll(bucket: FakeBucket, settings: SettingsInput, events: readonly unknown[]) {
  const lambda = lambdaOn(bucket, { settings })
  for (const event of events) await lambda.handler(sqsEvent([event]))
  for (;;) {
    const waiting = lambda.sentInGroups.splice(0)
    for (const [, messages] of Map.groupBy(waiting, ({ group }) => group)) {
      for (let i = 0; i < messages.length; i += BATCH) {
        const bodies = messages.slice(i, i + BATCH).map(({ body }) => body)
        await lambda.handler(sqsEvent(bodies, { eventSourceARN: SEQUENCES }))
      }
    }
    const delayed = lambda.sent.splice(0)
    for (const { body } of delayed) await lambda.handler(sqsEvent([body]))
    if (waiting.length + delayed.length === 0) return lambda
  }
}
