/** Waits until a queue is empty. */
import { setTimeout } from 'node:timers/promises'
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs'
import type { SqsPort } from '../../functions/storage/message-queue.ts'

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const

/** @returns the numbers of messages that wait, that are in work or will be tried again, and that are delayed */
export async function countMessages(sqs: SqsPort, QueueUrl: string): Promise<[number, number, number]> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...COUNTS] }))
  return COUNTS.map((name) => Number(Attributes?.[name] ?? 0)) as [number, number, number]
}

export interface DrainOptions {
  readonly pollMs?: number
  /** How long the number of messages may stay the same. It must be longer than one file may take. */
  readonly stuckMs: number
  /** Asked before the wait ends: whether something has been done although the number of messages is the same. */
  readonly hasMoved?: () => Promise<boolean>
  /** Called with the number of messages when it changes. */
  readonly onCount?: (messages: number) => void
}

/** Pause between two looks at a service. */
export const POLL_MS = 5_000
/** SQS counts approximately, and some seconds late. */
const ZEROES_IN_A_ROW = 4

/** @returns 0 when the queue is drained; else the number of messages that are left, which SQS hands out again for hours */
export async function untilDrained(
  sqs: SqsPort,
  queueUrl: string,
  { pollMs = POLL_MS, stuckMs, hasMoved, onCount }: DrainOptions,
): Promise<number> {
  let [last, zeroes, changed] = [-1, 0, performance.now()]
  for (;;) {
    const counts = await countMessages(sqs, queueUrl)
    const messages = counts.reduce((sum, count) => sum + count)
    zeroes = messages === 0 ? zeroes + 1 : 0
    if (zeroes === ZEROES_IN_A_ROW) return 0
    if (messages !== last) {
      if (messages > 0) onCount?.(messages)
      ;[last, changed] = [messages, performance.now()]
    }
    if (messages > 0 && performance.now() - changed > stuckMs) {
      if (!(await hasMoved?.())) return messages
      changed = performance.now()
    }
    await setTimeout(pollMs)
  }
}
