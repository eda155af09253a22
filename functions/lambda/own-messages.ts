/** Sends the messages of the function itself: dead letters, and keys that it reconciles again later. */
import { LETTER_ATTRIBUTES, QUEUES } from '../shared/names.ts'
import { visibilitySeconds } from '../shared/visibility.ts'
import type { MessageQueue } from '../storage/message-queue.ts'
import { UncertainWriteError } from '../storage/write-target.ts'
import type { Hint, Message } from './hints.ts'

/** Delay before another look at a key whose object keeps changing. */
export const LOOK_LATER_SECONDS = 60
/** Number of times that a key is deferred before it fails. */
export const MAX_DEFERRALS = 10

const FIRST_RETRY_SECONDS = 5
const MAX_RETRY_SECONDS = 900
/** The function sends these messages after the deadline, in the seconds that remain until Lambda ends the process. */
const AFTERWARDS_MS = 3_000
/** The longest delay of a message that SQS allows. */
const MAX_DELAY_SECONDS = 900
/** SQS counts attributes towards the size of a message. */
const MAX_REASON_LENGTH = 1000

/** The deadline of a message that the function sends after its own deadline. */
export function afterwards(): AbortSignal {
  return AbortSignal.timeout(AFTERWARDS_MS)
}

/**
 * Delay of the message about a key whose upload was cut off at the deadline. The upload may still take effect, so the message
 * waits as long as one of a killed invocation: for the visibility timeout.
 */
export function cutOffSeconds(timeoutSeconds: number): number {
  return Math.min(MAX_DELAY_SECONDS, visibilitySeconds(timeoutSeconds))
}

/** Sends a message to the dead-letter queue. It names the key, so an operator can redrive it. */
export function giveUp(queue: MessageQueue, { bucket, key }: Hint, code: string, reason: string): Promise<void> {
  const attributes = { [LETTER_ATTRIBUTES.code]: code, [LETTER_ATTRIBUTES.reason]: shortened(reason) }
  return queue.giveUp(JSON.stringify({ bucket, key }), attributes, afterwards())
}

/** Cuts a text between characters: SQS refuses half of a surrogate pair. */
function shortened(reason: string): string {
  return reason.slice(0, MAX_REASON_LENGTH).replace(/[\uD800-\uDBFF]$/, '')
}

/** The queue that a message came from. */
export function queueOf({ queueArn }: Message): 'arrivals' | 'repairs' {
  return queueArn.endsWith(`-${QUEUES.repairs}`) ? 'repairs' : 'arrivals'
}

/** The message that continues the work of another one. */
export function continuationOf({ bucket, key, again, announced, slowUpload }: Hint) {
  return {
    bucket,
    key,
    again,
    continued: true,
    ...(announced !== undefined && { announced }),
    ...(slowUpload !== undefined && { slowUpload }),
  }
}

/**
 * Delay of the message that tries a failed write again.
 * @param receiveCount number of attempts, including the failed one
 */
export function retrySecondsAfter(failure: unknown, receiveCount: number, timeoutSeconds: number): number {
  // the write may still take effect
  if (failure instanceof UncertainWriteError) return cutOffSeconds(timeoutSeconds)
  return retrySeconds(receiveCount, Math.random())
}

/** Shortens the wait of a failed message. If SQS refuses, the message comes after the queue's visibility timeout. */
export async function retrySoon(message: Message, queue: MessageQueue): Promise<void> {
  const seconds = retrySeconds(message.receiveCount, Math.random())
  await queue.retryIn(message, seconds, afterwards()).catch(() => {})
}

/**
 * The wait doubles with each receive, up to 15 minutes. A random part of up to a third is subtracted, so that files
 * that failed at the same time are not retried at the same time. From the first to the thirtieth receive it is almost
 * four hours.
 */
export function retrySeconds(receiveCount: number, jitter: number): number {
  const most = Math.min(MAX_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** receiveCount)
  return Math.ceil(most * (1 - jitter / 3))
}
