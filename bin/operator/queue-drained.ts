/** Waits until a queue has nothing left to do. */
import { setTimeout } from 'node:timers/promises'
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs'
import type { SqsPort } from '../../functions/storage/message-queue.ts'

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const

/** @returns messages that wait, that are worked on or tried again later, and that are delayed */
export async function countMessages(sqs: SqsPort, QueueUrl: string): Promise<[number, number, number]> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...COUNTS] }))
  return COUNTS.map((name) => Number(Attributes?.[name] ?? 0)) as [number, number, number]
}

export interface DrainOptions {
  readonly pollMs?: number
  /** How long the number of messages may stay the same; longer than one file may take. */
  readonly stuckMs: number
  /** Told of each number that is new. */
  readonly onCount?: (messages: number) => void
}

const POLL_MS = 5_000
/** SQS counts approximately, and some seconds late. */
const ZEROES_IN_A_ROW = 4

/** @returns messages that are left because nothing moves any more: they are tried again for hours; 0 when it is drained */
export async function untilDrained(
  sqs: SqsPort,
  queueUrl: string,
  { pollMs = POLL_MS, stuckMs, onCount }: DrainOptions,
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
    if (messages > 0 && performance.now() - changed > stuckMs) return messages
    await setTimeout(pollMs)
  }
}
