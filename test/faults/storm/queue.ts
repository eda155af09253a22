/** SQS in memory: messages that come again until they are acknowledged. */
import type { VirtualClock } from './clock.ts'
import type { Chance } from './fate.ts'

export interface QueuedMessage {
  readonly id: string
  readonly body: string
  readonly attributes: Readonly<Record<string, unknown>> | undefined
  receiveCount: number
  /** From when on it can be received. */
  visibleAt: number
  /** Only of a FIFO queue. */
  readonly group?: string
  /** Only of a FIFO queue: when it was received first. */
  firstReceived?: number | undefined
}

export class StormQueue {
  readonly #clock: VirtualClock
  readonly #chance: Chance
  readonly #messages = new Set<QueuedMessage>()
  #sent = 0
  /** Called when there may be something to receive. */
  onVisible: () => boolean = () => false

  constructor(clock: VirtualClock, chance: Chance) {
    this.#clock = clock
    this.#chance = chance
  }

  get size(): number {
    return this.#messages.size
  }

  send(body: object, delayMs: number, attributes?: Readonly<Record<string, unknown>>): void {
    const visibleAt = this.#clock.now + delayMs
    const message = { id: `m${++this.#sent}`, body: JSON.stringify(body), attributes, receiveCount: 0, visibleAt }
    this.#messages.add(message)
    this.#announce(message)
  }

  /** Takes up to `count` messages; they come again after the visibility timeout. */
  receive(count: number, visibilityMs: number): QueuedMessage[] {
    const visible = [...this.#messages].filter(({ visibleAt }) => visibleAt <= this.#clock.now)
    const taken: QueuedMessage[] = []
    while (taken.length < count && visible.length > 0) {
      const [message] = visible.splice(this.#chance.below(visible.length), 1)
      message!.receiveCount++
      this.#show(message!, visibilityMs)
      taken.push(message!)
    }
    return taken
  }

  /** Has no effect on a message that was received again since. */
  retryIn(receiptHandle: string, ms: number): void {
    for (const message of this.#messages) if (receiptOf(message) === receiptHandle) this.#show(message, ms)
  }

  acknowledge(message: QueuedMessage): void {
    this.#messages.delete(message)
  }

  #show(message: QueuedMessage, ms: number): void {
    message.visibleAt = this.#clock.now + ms
    this.#announce(message)
  }

  #announce(message: QueuedMessage): void {
    const { visibleAt } = message
    const pollMs = this.#chance.next() * 20
    this.#clock.after(visibleAt - this.#clock.now + pollMs, () => {
      return this.#messages.has(message) && message.visibleAt === visibleAt && this.onVisible()
    })
  }
}

export function receiptOf({ id, receiveCount }: QueuedMessage): string {
  return `${id} ${receiveCount}`
}
