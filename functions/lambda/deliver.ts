/**
 * Processes one delivery: reconciles, records and announces each key that it names. SQS delivers failed messages again.
 */
import { RefusedError } from '../shared/errors.ts'
import { resetPeakMemory } from '../shared/peak-memory.ts'
import type { S3Object } from '../storage/s3-client.ts'
import { UncertainWriteError } from '../storage/write-target.ts'
import type { Dependencies, Invocation } from './dependencies.ts'
import { type Delivery, eventCode, type Hint, type Message } from './hints.ts'
import { ignoredFor, isStranded } from './ignored-keys.ts'
import type { Outcome } from './outcome.ts'
import { afterwards, cutOffSeconds, giveUp, queueOf, retrySecondsAfter, retrySoon } from './own-messages.ts'
import { isOlderThan, publishOutcome, wasWrittenBy } from './publish-outcome.ts'
import { reconcile } from './reconcile.ts'
import { sendToSequence, sequenceOf } from './sequences.ts'
import { oneDeadlineMore, StalledError, startWatch } from './too-slow.ts'
import { workOn } from './work-on.ts'

/** Delay before another look at a key whose object keeps changing. */
export const LOOK_LATER_SECONDS = 60
/** Number of times that a key is deferred before it fails. */
export const MAX_DEFERRALS = 10
const COME_AGAIN = Symbol('come again')
/** After the visibility timeout. */
const COME_LATER = Symbol('come later')

/**
 * @returns true when the delivery is finished; if false, SQS delivers its message again
 * @throws Error when the delivery failed and has no message that SQS could deliver again
 */
export async function deliver(
  delivery: Delivery,
  dependencies: Dependencies,
  invocation: Invocation,
): Promise<boolean> {
  const { message } = delivery
  const { requestId, record } = invocation
  const failures: unknown[] = []
  let isDone = true
  let mustWait = false
  const fail = (error: unknown, file: object = {}) => {
    failures.push(error)
    record({ requestId, ...file, outcome: 'failed', error })
  }
  try {
    const { hints, ignored } = delivery.contents()
    for (const reason of ignored) record({ requestId, outcome: 'ignored', code: eventCode(reason), reason })
    // a failed key does not hold up the keys after it
    for (const hint of hints) {
      const { bucket, key, deadlines } = hint
      const continued = wasReceivedBefore(hint, message)
      // a slow key would hold up those after it each time that their message comes
      const isUnreached = message && hints.length > 1 && invocation.deadline.aborted
      const settling = isUnreached
        ? dependencies.queue.send(queueOf(message), { ...continuationOf(hint), deadlines, continued }, 0, afterwards())
        : settle(hint, message, dependencies, invocation)
      const settled = await settling.catch((error) => fail(error, { bucket, key }))
      isDone &&= settled === undefined
      mustWait ||= settled === COME_LATER
    }
  } catch (error) {
    fail(error)
  }
  if (failures.length === 0 && isDone) return true
  if (!message) {
    if (failures.length > 0) throw failures[0]
    return true
  }
  // a write that may still take effect needs time: its message comes after the visibility timeout
  const isUncertain = failures.some((error) => error instanceof UncertainWriteError)
  // so does a write that the deadline cut off
  const mayLand = isUncertain || mustWait || invocation.deadline.aborted
  if (!mayLand) await retrySoon(message, dependencies.queue)
  return false
}

async function settle(
  hint: Hint,
  message: Message | undefined,
  dependencies: Dependencies,
  invocation: Invocation,
): Promise<typeof COME_AGAIN | typeof COME_LATER | undefined> {
  const { bucket, key } = hint
  const { environment, queue, telemetry } = dependencies
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
  telemetry.start({ ...file, receiveCount: message?.receiveCount, again: hint.again })
  resetPeakMemory()
  const wasAtWork = startWatch()
  const work = workOn(hint, message, dependencies, invocation)
  let atWork: S3Object | undefined
  const verdict = (source: S3Object) => {
    atWork = source
    return work.verdict(source)
  }
  let outcome: Outcome
  try {
    outcome = await reconcile({ ...work, verdict })
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
  if (outcome.outcome === 'deferred') {
    const { deadlines, deferrals } = hint
    // an operator has to look at a key that changes for so long, or at a server whose answers contradict each other
    if (!message || deferrals === MAX_DEFERRALS) throw new Error(outcome.reason)
    const later = { ...continuationOf(hint), deadlines, deferrals: deferrals + 1 }
    await queue.send(queueOf(message), later, LOOK_LATER_SECONDS, deadline)
  }
  const isOld = message && !hint.continued && queueOf(message) === 'repairs' && isOlderThan(message, outcome)
  const wasTriedBefore = wasReceivedBefore(hint, message) || (!message && wasWrittenBy(requestId, outcome))
  const late = outcome.secondaryFailure?.error
  await publishOutcome(hint, outcome, wasTriedBefore && !isOld, dependencies, invocation).catch((error) => {
    // the message has to wait for that write
    throw late instanceof UncertainWriteError ? late : error
  })
  // the data are published, so the file has not failed; but the chart of an older output must not stay
  if (outcome.secondaryFailure === undefined) return undefined
  const { error, source } = outcome.secondaryFailure
  // its separate message has tried it too
  if (error instanceof RefusedError && hint.announced === source) {
    await giveUp(queue, hint, error.code, error.message)
    return undefined
  }
  // a separate message retries the chart for hours, and does not announce the output again
  if (!message || hint.announced === source) return error instanceof UncertainWriteError ? COME_LATER : COME_AGAIN
  const wait = retrySecondsAfter(error, 1, invocation.timeoutSeconds)
  await queue.send(queueOf(message), { bucket, key, announced: source }, wait, deadline)
  return undefined
}

/** True when an earlier receive of this message, or an earlier message, may have worked on the key. */
function wasReceivedBefore({ continued }: Hint, message: Message | undefined): boolean {
  return continued || (message?.receiveCount ?? 1) > 1
}

/** The message that continues the work of another one. */
function continuationOf({ bucket, key, again, announced, slowUpload }: Hint) {
  return {
    bucket,
    key,
    again,
    continued: true,
    ...(announced !== undefined && { announced }),
    ...(slowUpload !== undefined && { slowUpload }),
  }
}
