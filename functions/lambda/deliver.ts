/**
 * Processes one delivery: reconciles, records and announces each key that it names. SQS delivers failed messages again.
 */
import type { NewPages } from '../enrich/enrich.ts'
import { CANARY_PREFIXES, NOTICE, OBJECT_METADATA } from '../shared/names.ts'
import { resetPeakMemory } from '../shared/peak-memory.ts'
import type { Announce } from '../storage/event-bus.ts'
import type { MessageQueue } from '../storage/message-queue.ts'
import { isOneRequest } from '../storage/publish-object.ts'
import type { S3Port } from '../storage/s3-client.ts'
import { UncertainWriteError } from '../storage/write-target.ts'
import type { FunctionEnvironment } from './function-environment.ts'
import { enrichSettingsOf } from './function-settings.ts'
import { type Delivery, eventCode, type Hint, type Message } from './hints.ts'
import { hasSuffix, keysOf, type ReasonToIgnore, reasonToIgnore, settingsFor } from './keys.ts'
import { noticeOf } from './notice.ts'
import type { Outcome } from './outcome.ts'
import { afterwards, cutOffSeconds, giveUp, queueOf, retrySeconds, retrySoon } from './own-messages.ts'
import { reconcile } from './reconcile.ts'
import { sendToSequence, sequenceOf } from './sequences.ts'
import type { FileRecord, Telemetry } from './telemetry.ts'
import { StalledError, startWatch, tooSlow } from './too-slow.ts'

export interface Dependencies {
  readonly s3: S3Port
  readonly queue: MessageQueue
  readonly environment: Omit<FunctionEnvironment, 'queues'>
  readonly telemetry: Telemetry
  /** Undefined: no notices. */
  readonly announce?: Announce | undefined
  /** Creates the store for the pages of the new columns; undefined: memory and disk. */
  readonly newPages?: NewPages | undefined
}

export interface Invocation {
  readonly requestId: string
  /** Aborted in time to end cleanly. */
  readonly deadline: AbortSignal
  /** Of the function. */
  readonly timeoutSeconds: number
  record(file: FileRecord): void
}

/** Delay before another look at a key whose object keeps changing. */
export const LOOK_LATER_SECONDS = 60
/** Number of times that a key is deferred before it fails. */
export const MAX_DEFERRALS = 10
/** Clocks of S3 and SQS; S3 cuts times to seconds. A notice too many is better than none. */
const CLOCK_SKEW_MS = 10_000
const COME_AGAIN = Symbol('come again')

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
      isDone = (await settling.catch((error) => fail(error, { bucket, key }))) !== COME_AGAIN && isDone
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
  const mayLand = isUncertain || invocation.deadline.aborted
  if (!mayLand) await retrySoon(message, dependencies.queue)
  return false
}

async function settle(
  hint: Hint,
  message: Message | undefined,
  dependencies: Dependencies,
  invocation: Invocation,
): Promise<typeof COME_AGAIN | undefined> {
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
  let outcome: Outcome
  try {
    outcome = await reconcile(workOn(hint, message, dependencies, invocation))
  } catch (error) {
    if (!deadline.aborted) throw error
    if (!message) throw deadline.reason
    if (!wasAtWork()) throw new StalledError(error)
    const again = { ...continuationOf(hint), deadlines: hint.deadlines + 1 }
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
  await publishOutcome(hint, outcome, wasTriedBefore && !isOld, dependencies, invocation)
  // the data are published, so the file has not failed; but the chart of an older output must not stay
  if (outcome.secondaryFailure === undefined) return undefined
  const { source } = outcome.secondaryFailure
  // a separate message retries the chart for hours, and does not announce the output again
  if (!message || hint.announced === source) return COME_AGAIN
  await queue.send(queueOf(message), { bucket, key, announced: source }, retrySeconds(1, Math.random()), deadline)
  return undefined
}

/**
 * Announces and records the outcome of a key.
 * @param mayBeUnannounced whether an earlier receive may have written what is there, and not announced it
 */
export async function publishOutcome(
  hint: Hint,
  outcome: Outcome,
  mayBeUnannounced: boolean,
  { queue, announce }: Dependencies,
  { requestId, deadline, record }: Invocation,
): Promise<void> {
  const { bucket, key } = hint
  if (outcome.outcome === 'refused' && outcome.reportKey === undefined) {
    await giveUp(queue, hint, outcome.code, outcome.reason)
  }
  const notice = noticeOf(hint, outcome, mayBeUnannounced)
  // only the canary waits for its file
  if (notice && !key.startsWith(CANARY_PREFIXES.all)) {
    await announce?.(NOTICE.source, notice.type, notice.detail, deadline)
  }
  record({ requestId, bucket, key, ...outcome })
}

/** True when an earlier receive of this message, or an earlier message, may have worked on the key. */
function wasReceivedBefore({ continued }: Hint, message: Message | undefined): boolean {
  return continued || (message?.receiveCount ?? 1) > 1
}

/**
 * True when an earlier attempt of this invocation wrote the output or the report. Lambda keeps the request id when it retries
 * an asynchronous invocation: https://repost.aws/knowledge-center/lambda-function-duplicate-invocations
 */
function wasWrittenBy(requestId: string, outcome: Outcome): boolean {
  return 'metadata' in outcome && outcome.metadata?.[OBJECT_METADATA.request] === requestId
}

/** True when the output or the report was there before SQS delivered the message for the first time. */
export function isOlderThan({ firstReceived }: Pick<Message, 'firstReceived'>, outcome: Outcome): boolean {
  return firstReceived !== undefined && 'modified' in outcome && isWrittenBefore(firstReceived, outcome.modified)
}

/** @param time in milliseconds since 1970. @param modified when S3 says that an object was written */
export function isWrittenBefore(time: number, modified: Date | undefined): boolean {
  return modified !== undefined && modified.getTime() < time - CLOCK_SKEW_MS
}

/** The message that continues the work of another one. */
function continuationOf({ bucket, key, again, announced }: Hint) {
  return { bucket, key, again, continued: true, ...(announced !== undefined && { announced }) }
}

export function ignoredFor(
  { bucket, key }: Hint,
  environment: Dependencies['environment'],
): ReasonToIgnore | undefined {
  if (!isOurs(bucket, environment)) {
    const ours = [environment.bucket, ...(environment.sourceBuckets ?? [])].join(' or ')
    return { code: 'other-bucket', reason: `the bucket is not ${ours}` }
  }
  return reasonToIgnore(settingsFor(environment.settings, key), key)
}

function isOurs(name: string, { bucket, sourceBuckets = [] }: Dependencies['environment']): boolean {
  return bucket === undefined || bucket === name || sourceBuckets.includes(name)
}

/**
 * True when the input prefix was changed while this message waited: the message must not get lost. The settings may name
 * the former prefixes. If they do not, only S3's own notifications and the function's own messages prove it; those of SNS
 * or EventBridge may be about any object.
 */
function isStranded({ bucket, key, isDirect }: Hint, environment: Dependencies['environment']): boolean {
  const { settings } = environment
  const { inputPrefix, formerPrefixes, outputPrefix, failurePrefix, chartPrefix, droppedPrefix, suffixes } = settings
  const own = [inputPrefix, outputPrefix, failurePrefix, chartPrefix, droppedPrefix]
  const isElsewhere = !own.some((prefix) => prefix !== undefined && key.startsWith(prefix))
  const mayBeFormer = formerPrefixes?.some((prefix) => key.startsWith(prefix)) ?? isDirect
  return mayBeFormer && isElsewhere && hasSuffix(key, suffixes) && isOurs(bucket, environment)
}

export function workOn(
  { bucket, key, size, again, deadlines }: Hint,
  message: Message | undefined,
  { s3, environment: { settings: all, deployment }, newPages }: Dependencies,
  { requestId, deadline: signal, timeoutSeconds }: Invocation,
) {
  const settings = settingsFor(all, key)
  const enrich = enrichSettingsOf(settings, key)
  const isNew = size !== undefined && !again && (message?.receiveCount ?? 1) === 1
  return {
    s3,
    bucket,
    keys: keysOf(settings, key),
    enrich,
    deployment,
    onRemoved: settings.onRemoved,
    overwriteForeign: settings.overwriteForeign,
    storageClass: settings.storageClass,
    isRepair: message !== undefined && queueOf(message) === 'repairs',
    isProbablyNewAndSmall: isNew && isOneRequest({ size }),
    again,
    verdict: tooSlow(deadlines),
    requestId,
    timeoutSeconds,
    signal,
    newPages,
  }
}
