/** Processes the messages about sequences: one after the other, those of one sequence together. */
import { UncertainWriteError } from '../storage/write-target.ts'
import { advance } from './advance.ts'
import type { Dependencies, Invocation } from './dependencies.ts'
import { asksAgain, progressOf } from './due-hints.ts'
import { type Delivery, eventCode, type Message } from './hints.ts'
import { ignoredFor } from './ignored-keys.ts'
import { afterwards, cutOffSeconds, giveUp, retrySeconds } from './own-messages.ts'
import { batchOf, KeyError, type Received, type SequenceBatch } from './sequence-batch.ts'
import { sendToSequence, sequenceOf } from './sequences.ts'
import { StalledError, startWatch } from './too-slow.ts'

/** The last of so many attempts is almost four hours after the first, as with other keys. */
export const MAX_FAILURES = 30

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
  for (const group of groups.values()) {
    if (await isDone(group, dependencies, invocation)) continue
    failed.push(...group.map(({ message }) => message.id))
  }
  return failed
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
  group: readonly Received[],
  dependencies: Dependencies,
  invocation: Invocation,
): Promise<boolean> {
  const batch = batchOf(group)
  const wasAtWork = startWatch()
  try {
    await advance(batch, dependencies, invocation)
    return true
  } catch (thrown) {
    const { requestId, deadline, record } = invocation
    const { bucket } = batch
    const key = thrown instanceof KeyError ? thrown.key : batch.hints[0]!.key
    const cause = thrown instanceof KeyError ? thrown.cause : thrown
    const isCutOff = deadline.aborted && wasAtWork()
    const error = deadline.aborted && !isCutOff ? new StalledError(cause) : cause
    record({ requestId, bucket, key, outcome: 'failed', error })
    // counted by SQS, like the end of a killed function: the next receives begin with the key that took the time
    if (isCutOff) return false
    const seconds =
      deadline.aborted || cause instanceof UncertainWriteError ? cutOffSeconds(invocation.timeoutSeconds) : undefined
    return tryLater(batch, seconds, error, dependencies).then(
      () => true,
      () => false,
    )
  }
}

/**
 * Sends the work to the queue of arrivals, from where it comes back later. SQS would hold up the whole sequence instead, and
 * count the failure as one of a key.
 */
async function tryLater(batch: SequenceBatch, seconds: number | undefined, error: unknown, { queue }: Dependencies) {
  const { bucket, hints, since, receiveCount } = batch
  const [first] = hints
  const progress = progressOf(hints)
  const failures = progress.failures + 1
  if (failures === MAX_FAILURES) return giveUp(queue, first!, 'failed', String(error))
  const advanced = { ...progress, isVerifying: true, since: since ?? batch.firstReceived, failures }
  const { key, again, deferrals } = first!
  const wait = seconds ?? retrySeconds(Math.max(failures, receiveCount), Math.random())
  const later = { bucket, key, again, deferrals, advance: advanced }
  for (const message of [later, ...asksAgain(hints.slice(1), key)]) {
    await queue.send('arrivals', message, wait, afterwards())
  }
}
