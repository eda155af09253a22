/** Workers that take messages, side by side, until none are left. */
import type { Context } from 'aws-lambda'
import type { Dependencies } from '../../../functions/lambda/dependencies.ts'
import { createHandler } from '../../../functions/lambda/handler.ts'
import type { Incident } from './fate.ts'
import { type QueuedMessage, receiptOf } from './queue.ts'
import { Worker, type World } from './worker.ts'

const TIMEOUT_MS = 300_000
/** A message that nobody acknowledged comes again soon after the function's timeout. */
export const VISIBILITY_MS = 360_000
const MAX_RECEIVES = 60

export interface InvocationsProps {
  /** Workers at a time. */
  readonly workers: number
  readonly incidents: readonly Incident[]
  /** Takes messages of the queues; none if no worker can have any. */
  receive(): readonly QueuedMessage[]
  acknowledge(message: QueuedMessage): void
  dependenciesOf(worker: Worker, deployment: number): Dependencies
}

export class Invocations {
  readonly #world: World
  readonly #props: InvocationsProps
  readonly #workers: Worker[] = []
  #deployment = 1
  #overlapUntil = 0
  count = 0
  /** When the next invocation found that a worker was killed. */
  readonly deaths: number[] = []
  /** Why the storm cannot end right. */
  readonly failures: string[] = []

  constructor(world: World, props: InvocationsProps) {
    this.#world = world
    this.#props = props
  }

  get isBusy(): boolean {
    return this.#workers.some((worker) => worker.isBusy)
  }

  deploy(overlapMs: number): void {
    this.#deployment = 2
    this.#overlapUntil = this.#world.clock.now + overlapMs
  }

  /** @returns whether a worker took messages */
  start(): boolean {
    const { clock, chance, trace } = this.#world
    const { workers, incidents } = this.#props
    const alive = this.#workers.filter((worker) => !worker.isDead && !worker.isDone)
    if (alive.length >= workers) return false
    const messages = this.#props.receive()
    if (messages.length === 0) return false
    if (messages.some(({ receiveCount }) => receiveCount > MAX_RECEIVES)) this.failures.push('a message comes for ever')
    const isOld = this.#deployment === 2 && clock.now < this.#overlapUntil && chance.next() < 0.5
    const deployment = isOld ? 1 : this.#deployment
    const number = ++this.count
    const own = incidents.filter(({ invocation }) => invocation === number)
    const worker = new Worker(`w${number}`, this.#world, clock.now + VISIBILITY_MS, own)
    for (const _ of this.#workers.filter((other) => other.isDead)) this.deaths.push(clock.now)
    this.#workers.splice(0, this.#workers.length, ...alive, worker)
    this.#world.current = worker
    trace(() => `${worker.name} (deployment ${deployment}) receives ${messages.map(shown).join(', ')}`)
    clock.after(TIMEOUT_MS, () => {
      worker.die()
      return false
    })
    this.#invoke(worker, messages, deployment)
    return true
  }

  #invoke(worker: Worker, messages: readonly QueuedMessage[], deployment: number): void {
    const handler = createHandler(this.#props.dependenciesOf(worker, deployment))
    const event = { Records: messages.map(recordOf) }
    const context = { awsRequestId: `request of ${worker.name}`, getRemainingTimeInMillis: () => TIMEOUT_MS } as Context
    const end = (failed: readonly string[]) => {
      if (worker.isDead) return
      this.#world.trace(() => `${worker.name} ends${failed.length > 0 ? `, failed: ${failed.join(', ')}` : ''}`)
      worker.isDone = true
      for (const message of messages) if (!failed.includes(message.id)) this.#props.acknowledge(message)
      this.start()
    }
    handler(event, context).then(
      (answer) => end('batchItemFailures' in answer ? answer.batchItemFailures.map((item) => item.itemIdentifier) : []),
      () => end(messages.map(({ id }) => id)),
    )
  }
}

function recordOf(message: QueuedMessage) {
  const { id, body, receiveCount, group, firstReceived } = message
  return {
    messageId: id,
    receiptHandle: receiptOf(message),
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:us-east-1:123456789012:bars-${group === undefined ? 'arrivals' : 'sequences.fifo'}`,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      ...(firstReceived !== undefined && { ApproximateFirstReceiveTimestamp: String(Math.floor(firstReceived)) }),
    },
    body,
  }
}

function shown({ id, receiveCount, body }: QueuedMessage): string {
  const key = /"key":"([^"]*)"/.exec(body)?.[1]
  const advance = /"advance":\{[^}]*\}/.exec(body)?.[0]
  return `${id} (${key}${body.includes('Removed') ? ', removed' : ''}${advance ? `, ${advance}` : ''}), receive ${receiveCount}`
}
