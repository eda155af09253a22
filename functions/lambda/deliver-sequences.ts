/** Processes the messages about sequences: one after the other, those of one sequence together. */
import { UncertainWriteError } from '../storage/write-target.ts'
import { advance } from './advance.ts'
import { workLater } from './continue-sequence.ts'
import type { Dependencies, Invocation } from './dependencies.ts'
import { progressOf } from './due-hints.ts'
import { type Delivery, eventCode, type Message } from './hints.ts'
import { ignoredFor } from './ignored-keys.ts'
import { afterwards, cutOffSeconds, giveUp, retrySeconds } from './own-messages.ts'
import { batchOf, KeyError, type Received, type SequenceBatch } from './sequence-batch.ts'
import { sendToSequence, sequenceOf } from './sequences.ts'
import { StalledError } from './too-slow.ts'

/** The last of so many attempts is almost four hours after the first, as with other keys. */
export const MAX_FAILURES = 30
/** Share of the function's time after which no further key is begun: a key that needs more gets a message of its own. */
const BEGINNING_SHARE = 0.6

/** @returns the ids of the messages that SQS has to deliver again */
export async function deliverSequences(
  deliveries: readonly Delivery[],
  dependencies: Dependencies,
  invocation: Invocation,
): Promise<string[]> {
  const failed: string[] = []
  const groups = new Map<string, Received[]>()
  for (const delivery of deliveries) {
    const message = delivery.message!
    try {
      for (const received of await receivedIn(delivery, message, dependencies, invocation)) {
        const group = `${received.hint.bucket} ${received.sequence}`
        groups.set(group, [...(groups.get(group) ?? []), received])
      }
    } catch (error) {
      invocation.record({ requestId: invocation.requestId, outcome: 'failed', error })
      failed.push(message.id)
    }
  }
  const enough = invocation.timing.after(Math.floor(invocation.timeoutSeconds * BEGINNING_SHARE * 1000))
  for (const [at, { batch, messages }] of inTurn([...groups.values()]).entries()) {
    // a file at which the function may have ended has all of its time
    const hasTime = at === 0 || !(batch.isRetried || enough.aborted)
    const isAnswered = hasTime
      ? await isDone(batch, dependencies, invocation, enough)
      : await succeeds(workLater(batch, dependencies, invocation))
    if (!isAnswered) failed.push(...messages)
  }
  return failed
}

/** Sequences in the order of the work: one at which the function may have ended is the first. */
function inTurn(groups: readonly (readonly Received[])[]) {
  const batches = groups.map((group) => ({ batch: batchOf(group), messages: group.map(({ message }) => message.id) }))
  return batches.toSorted((a, b) => Number(b.batch.isRetried) - Number(a.batch.isRetried))
}

function succeeds(sending: Promise<unknown>): Promise<boolean> {
  return sending.then(
    () => true,
    () => false,
  )
}

async function receivedIn(
  delivery: Delivery,
  message: Message,
  { queue, environment }: Dependencies,
  { requestId, deadline, record }: Invocation,
): Promise<Received[]> {
  const { hints, ignored } = delivery.contents()
  for (const reason of ignored) record({ requestId, outcome: 'ignored', code: eventCode(reason), reason })
  const received: Received[] = []
  for (const hint of hints) {
    const { bucket, key } = hint
    const sequence = sequenceOf(environment.settings, key)
    const reason = ignoredFor(hint, environment)
    if (reason) record({ requestId, bucket, key, outcome: 'ignored', ...reason })
    // the settings have changed since it was sent
    else if (sequence === undefined) await queue.send('arrivals', { bucket, key, again: hint.again }, 0, deadline)
    else if (sequence !== hint.sequence) await sendToSequence(queue, sequence, hint, message.id, deadline)
    else received.push({ message, hint, sequence })
  }
  return received
}

/** @returns false when SQS has to deliver the messages again, after their visibility timeout */
async function isDone(
  batch: SequenceBatch,
  dependencies: Dependencies,
  invocation: Invocation,
  enough: AbortSignal,
): Promise<boolean> {
  const wasAtWork = invocation.timing.startWatch()
  try {
    await advance(batch, dependencies, invocation, enough)
    return true
  } catch (thrown) {
    const { requestId, deadline, record } = invocation
    const { bucket } = batch
    const key = thrown instanceof KeyError ? thrown.key : batch.hints[0]!.key
    const cause = thrown instanceof KeyError ? thrown.cause : thrown
    const isCutOff = deadline.aborted && wasAtWork()
    const error = deadline.aborted && !isCutOff ? new StalledError(cause) : cause
    record({ requestId, bucket, key, outcome: 'failed', error })
    // like the end of a killed function: the next receive begins with the key that took the time
    if (isCutOff) return false
    const seconds =
      deadline.aborted || cause instanceof UncertainWriteError ? cutOffSeconds(invocation.timeoutSeconds) : undefined
    return succeeds(tryLater(batch, seconds, error, dependencies))
  }
}

/**
 * Sends the keys to the queue of arrivals, from where they come back later. SQS would hold up the whole sequence instead, and
 * deliver the messages as if the function had ended.
 */
async function tryLater(
  batch: SequenceBatch,
  seconds: number | undefined,
  error: unknown,
  { queue, telemetry }: Dependencies,
) {
  const { receiveCount, firstReceived } = batch
  const since = batch.since ?? firstReceived
  for (const hint of batch.hints) {
    const { bucket, key, again, deferrals, announced } = hint
    const advance = { ...progressOf([hint]), isVerifying: true, since }
    const failures = advance.failures + 1
    telemetry.failedAgain(failures)
    if (failures === MAX_FAILURES) await giveUp(queue, hint, 'failed', String(error))
    else {
      const wait = seconds ?? retrySeconds(Math.max(failures, receiveCount), Math.random())
      const later = { bucket, key, again, deferrals, announced, advance: { ...advance, failures } }
      await queue.send('arrivals', later, wait, afterwards())
    }
  }
}
