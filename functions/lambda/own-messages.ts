/** Sends the messages of the function itself: dead letters, and keys that it looks at again later. */
import { LETTER_ATTRIBUTES, QUEUES } from '../shared/names.ts'
import type { MessageQueue } from '../storage/message-queue.ts'
import type { Hint, Message } from './hints.ts'

const FIRST_RETRY_SECONDS = 5
const MAX_RETRY_SECONDS = 900
/** The function sends these messages after the deadline, in the seconds that remain until Lambda ends the process. */
const AFTERWARDS_MS = 3_000
/** SQS counts attributes towards the size of a message. */
const MAX_REASON_LENGTH = 1000

/** The deadline of a message that the function sends after its own deadline. */
export function afterwards(): AbortSignal {
  return AbortSignal.timeout(AFTERWARDS_MS)
}

/** Puts a letter where an operator looks; it names the key, so that it can be sent again. */
export function giveUp(queue: MessageQueue, { bucket, key }: Hint, code: string, reason: string): Promise<void> {
  const attributes = { [LETTER_ATTRIBUTES.code]: code, [LETTER_ATTRIBUTES.reason]: shortened(reason) }
  return queue.giveUp(JSON.stringify({ bucket, key }), attributes, afterwards())
}

/** Cut between characters: SQS takes no half of a surrogate pair. */
function shortened(reason: string): string {
  return reason.slice(0, MAX_REASON_LENGTH).replace(/[\uD800-\uDBFF]$/, '')
}

/** The queue that a message came from. */
export function queueOf({ queueArn }: Message): 'arrivals' | 'repairs' {
  return queueArn.endsWith(`-${QUEUES.repairs}`) ? 'repairs' : 'arrivals'
}

/** When SQS does not take this, the message comes after the queue's visibility timeout. */
export async function retrySoon(message: Message, queue: MessageQueue): Promise<void> {
  const seconds = retrySeconds(message.receiveCount, Math.random())
  await queue.retryIn(message, seconds, afterwards()).catch(() => {})
}

/**
 * Twice as long with each receive, up to 15 minutes, less up to a third: files that failed together do not come back
 * together. Between the first and the thirtieth receive are almost four hours.
 */
export function retrySeconds(receiveCount: number, jitter: number): number {
  const most = Math.min(MAX_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** receiveCount)
  return Math.ceil(most * (1 - jitter / 3))
}
