/** Workers that take messages of both queues, until none are left. */
import type { Context } from 'aws-lambda'
import { createHandler } from '../../../functions/lambda/handler.ts'
import { type QueuedMessage, receiptOf, type StormQueue } from '../storm/queue.ts'
import { Worker, type World } from '../storm/worker.ts'
import type { FifoMessage, FifoQueue } from './fifo-queue.ts'
import { dependenciesOf } from './ports.ts'
import type { Ending } from './right-end.ts'

const TIMEOUT_MS = 300_000
/** A message that nobody acknowledged comes again soon after the function's timeout. */
const VISIBILITY_MS = 360_000
const MAX_RECEIVES = 60

interface Queues {
  readonly arrivals: StormQueue
  readonly sequences: FifoQueue
}

export class Invocations {
  readonly #world: World
  readonly #queues: Queues
  readonly #ending: Ending
  readonly #workers: Worker[] = []
  #deployment = 1
  #overlapUntil = 0
  count = 0
  /** When the next invocation found that a worker was killed. */
  readonly deaths: number[] = []
  /** Why the storm cannot end right. */
  readonly failures: string[] = []

  constructor(world: World, queues: Queues, ending: Ending) {
    this.#world = world
    this.#queues = queues
    this.#ending = ending
    queues.arrivals.onVisible = () => this.#start()
    queues.sequences.onVisible = () => this.#start()
  }

  get isBusy(): boolean {
    return this.#workers.some((worker) => worker.isBusy)
  }

  deploy(overlapMs: number): void {
    this.#deployment = 2
    this.#overlapUntil = this.#world.clock.now + overlapMs
  }

  #start(): boolean {
    const { clock, chance, trace } = this.#world
    const alive = this.#workers.filter((worker) => !worker.isDead && !worker.isDone)
    if (alive.length >= this.#ending.plan.workers) return false
    const messages = this.#receive()
    if (messages.length === 0) return false
    if (messages.some(({ receiveCount }) => receiveCount > MAX_RECEIVES)) this.failures.push('a message comes for ever')
    const isOld = this.#deployment === 2 && clock.now < this.#overlapUntil && chance.next() < 0.5
    const deployment = isOld ? 1 : this.#deployment
    const worker = new Worker(`w${++this.count}`, this.#world, clock.now + VISIBILITY_MS, [])
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

  #receive(): readonly (QueuedMessage | FifoMessage)[] {
    const { chance } = this.#world
    const { batchSize, isBatchFull } = this.#ending.plan
    const isFifoFirst = chance.next() < 0.5
    const count = () => (isBatchFull ? batchSize : 1 + chance.below(batchSize))
    const ofSequences = () => this.#queues.sequences.receive(count(), VISIBILITY_MS)
    const ofArrivals = () => this.#queues.arrivals.receive(1, VISIBILITY_MS)
    const first = isFifoFirst ? ofSequences() : ofArrivals()
    return first.length > 0 ? first : isFifoFirst ? ofArrivals() : ofSequences()
  }

  #invoke(worker: Worker, messages: readonly (QueuedMessage | FifoMessage)[], deployment: number): void {
    const { arrivals, sequences } = this.#queues
    const handler = createHandler(dependenciesOf(worker, deployment, this.#world, this.#queues, this.#ending))
    const event = {
      Records: messages.map((message) => ({
        messageId: message.id,
        receiptHandle: receiptOf(message),
        eventSource: 'aws:sqs',
        eventSourceARN: `arn:aws:sqs:us-east-1:123456789012:bars-${'group' in message ? 'sequences.fifo' : 'arrivals'}`,
        attributes: {
          ApproximateReceiveCount: String(message.receiveCount),
          ...('group' in message && { ApproximateFirstReceiveTimestamp: String(Math.floor(message.firstReceived!)) }),
        },
        body: message.body,
      })),
    }
    const context = { awsRequestId: `request of ${worker.name}`, getRemainingTimeInMillis: () => TIMEOUT_MS } as Context
    const end = (failed: readonly string[]) => {
      if (worker.isDead) return
      this.#world.trace(() => `${worker.name} ends${failed.length > 0 ? `, failed: ${failed.join(', ')}` : ''}`)
      worker.isDone = true
      for (const message of messages.filter(({ id }) => !failed.includes(id))) {
        if ('group' in message) sequences.acknowledge(message)
        else arrivals.acknowledge(message)
      }
      this.#start()
    }
    handler(event, context).then(
      (answer) => end('batchItemFailures' in answer ? answer.batchItemFailures.map((item) => item.itemIdentifier) : []),
      () => end(messages.map(({ id }) => id)),
    )
  }
}

function shown({ id, receiveCount, body }: QueuedMessage): string {
  const key = /"key":"([^"]*)"/.exec(body)?.[1]
  const advance = /"advance":(\{[^}]*\})/.exec(body)?.[1] ?? ''
  return `${id} (${key}${body.includes('Removed') ? ', removed' : ''}) ${advance}, receive ${receiveCount}`
}
