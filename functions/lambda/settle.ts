/** Settles one key that a delivery names: reconciles and announces it, and sends the remaining work as a message. */
import { RefusedError } from '../shared/errors.ts'
import { keepingMemory } from '../shared/kept-memory.ts'
import { resetPeakMemory } from '../shared/peak-memory.ts'
import type { S3Object } from '../storage/s3-client.ts'
import { UncertainWriteError } from '../storage/write-target.ts'
import type { Dependencies, Invocation } from './dependencies.ts'
import type { Hint, Message } from './hints.ts'
import { ignoredFor, isStranded } from './ignored-keys.ts'
import type { Outcome } from './outcome.ts'
import {
  afterwards,
  continuationOf,
  cutOffSeconds,
  giveUp,
  LOOK_LATER_SECONDS,
  MAX_DEFERRALS,
  queueOf,
  retrySecondsAfter,
} from './own-messages.ts'
import { isOlderThan, publishOutcome, wasWrittenBy } from './publish-outcome.ts'
import { reconcile } from './reconcile.ts'
import { sendToSequence, sequenceOf } from './sequences.ts'
import { oneDeadlineMore, StalledError } from './too-slow.ts'
import { workOn } from './work-on.ts'

/** The message has to be delivered again. */
const COME_AGAIN = Symbol('come again')
/** The message has to be delivered again, after the visibility timeout. */
export const COME_LATER = Symbol('come later')
type Settled = typeof COME_AGAIN | typeof COME_LATER | undefined

/**
 * @param message undefined for an invocation without a queue
 * @returns undefined when nothing is left to do for this message
 */
export async function settle(
  hint: Hint,
  message: Message | undefined,
  dependencies: Dependencies,
  invocation: Invocation,
): Promise<Settled> {
  const { bucket, key } = hint
  const { environment, queue } = dependencies
  const { requestId, deadline, record } = invocation
  const file = { requestId, bucket, key }
  const ignored = ignoredFor(hint, environment)
  if (ignored) {
    if (message && isStranded(hint, environment)) await giveUp(queue, hint, ignored.code, ignored.reason)
    record({ ...file, outcome: 'ignored', ...ignored })
    return undefined
  }
  deadline.throwIfAborted()
  const sequence = sequenceOf(environment.settings, key)
  if (sequence !== undefined) {
    await sendToSequence(queue, sequence, hint, message?.id ?? requestId, deadline)
    record({ ...file, outcome: 'routed', sequence })
    return undefined
  }
  const outcome = await reconcileInTime(hint, message, dependencies, invocation)
  if (outcome === undefined) return undefined
  if (outcome.outcome === 'deferred') await lookLater(hint, message, outcome.reason, dependencies, invocation)
  await announce(hint, message, outcome, dependencies, invocation)
  return retrySecondaries(hint, message, outcome, dependencies, invocation)
}

/** @returns undefined when the deadline cut the work off and another message continues it */
async function reconcileInTime(
  hint: Hint,
  message: Message | undefined,
  dependencies: Dependencies,
  invocation: Invocation,
): Promise<Outcome | undefined> {
  const { bucket, key } = hint
  const { queue, telemetry } = dependencies
  const { requestId, deadline, timing, record } = invocation
  const file = { requestId, bucket, key }
  telemetry.start({ ...file, receiveCount: message?.receiveCount, again: hint.again })
  resetPeakMemory()
  const wasAtWork = timing.startWatch()
  const work = workOn(hint, message, dependencies, invocation)
  let atWork: S3Object | undefined
  const verdict = (source: S3Object) => {
    atWork = source
    return work.verdict(source)
  }
  try {
    return await keepingMemory(() => reconcile({ ...work, verdict }))
  } catch (error) {
    if (!deadline.aborted) throw error
    if (!message) throw deadline.reason
    if (!atWork || !wasAtWork()) throw new StalledError(error)
    const again = { ...continuationOf(hint), ...oneDeadlineMore(hint, atWork) }
    const retryInSeconds = cutOffSeconds(invocation.timeoutSeconds)
    await queue.send(queueOf(message), again, retryInSeconds, afterwards())
    record({ ...file, outcome: 'failed', error: deadline.reason, retryInSeconds })
    return undefined
  }
}

/** The object of the key keeps changing: sends a message that has it looked at later. */
async function lookLater(
  hint: Hint,
  message: Message | undefined,
  reason: string,
  { queue }: Dependencies,
  { deadline }: Invocation,
): Promise<void> {
  const { deadlines, deferrals } = hint
  // an operator has to look at a key that changes for so long, or at a server whose answers contradict each other
  if (!message || deferrals === MAX_DEFERRALS) throw new Error(reason)
  const later = { ...continuationOf(hint), deadlines, deferrals: deferrals + 1 }
  await queue.send(queueOf(message), later, LOOK_LATER_SECONDS, deadline)
}

async function announce(
  hint: Hint,
  message: Message | undefined,
  outcome: Outcome,
  dependencies: Dependencies,
  invocation: Invocation,
): Promise<void> {
  const isOld = message && !hint.continued && queueOf(message) === 'repairs' && isOlderThan(message, outcome)
  const wasTriedBefore = wasReceivedBefore(hint, message) || (!message && wasWrittenBy(invocation.requestId, outcome))
  const late = outcome.secondaryFailure?.error
  await publishOutcome(hint, outcome, wasTriedBefore && !isOld, dependencies, invocation).catch((error) => {
    // the message has to wait for that write
    throw late instanceof UncertainWriteError ? late : error
  })
}

/** The data are published, so the file has not failed; but the chart of an older output must not stay. */
async function retrySecondaries(
  hint: Hint,
  message: Message | undefined,
  outcome: Outcome,
  { queue }: Dependencies,
  { deadline, timeoutSeconds }: Invocation,
): Promise<Settled> {
  if (outcome.secondaryFailure === undefined) return undefined
  const { error, source } = outcome.secondaryFailure
  // its separate message has tried it too
  if (error instanceof RefusedError && hint.announced === source) {
    await giveUp(queue, hint, error.code, error.message)
    return undefined
  }
  // a separate message retries the chart for hours, and does not announce the output again
  if (!message || hint.announced === source) return error instanceof UncertainWriteError ? COME_LATER : COME_AGAIN
  const { bucket, key } = hint
  const wait = retrySecondsAfter(error, 1, timeoutSeconds)
  await queue.send(queueOf(message), { bucket, key, announced: source }, wait, deadline)
  return undefined
}

/** True when an earlier receive of this message, or an earlier message, may have worked on the key. */
export function wasReceivedBefore({ continued }: Hint, message: Message | undefined): boolean {
  return continued || (message?.receiveCount ?? 1) > 1
}
