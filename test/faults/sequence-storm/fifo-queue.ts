/** A FIFO queue of SQS in memory: one batch of a group at a time, in order, until it is acknowledged. */
import type { VirtualClock } from '../storm/clock.ts'
import type { Chance } from '../storm/fate.ts'
import type { QueuedMessage } from '../storm/queue.ts'

export interface FifoMessage extends QueuedMessage {
  readonly group: string
  firstReceived: number | undefined
}

export function isFifo(message: QueuedMessage): message is FifoMessage {
  return message.group !== undefined
}

const DEDUPLICATION_MS = 300_000

export class FifoQueue {
  readonly #clock: VirtualClock
  readonly #chance: Chance
  readonly #groups = new Map<string, FifoMessage[]>()
  readonly #sentAt = new Map<string, number>()
  #sent = 0
  /** Called when there may be something to receive. */
  onVisible: () => boolean = () => false

  constructor(clock: VirtualClock, chance: Chance) {
    this.#clock = clock
    this.#chance = chance
  }

  get size(): number {
    return [...this.#groups.values()].reduce((sum, { length }) => sum + length, 0)
  }

  send(group: string, body: object, id: string): void {
    const { now } = this.#clock
    if ((this.#sentAt.get(id) ?? Number.NEGATIVE_INFINITY) > now - DEDUPLICATION_MS) return
    this.#sentAt.set(id, now)
    const message = { id: `f${++this.#sent}`, group, body: JSON.stringify(body), attributes: undefined }
    const messages = this.#groups.get(group) ?? []
    this.#groups.set(group, messages)
    messages.push({ ...message, receiveCount: 0, visibleAt: now, firstReceived: undefined })
    this.#announce(now)
  }

  /** Takes up to `count` messages of the groups that nobody works on. */
  receive(count: number, visibilityMs: number): FifoMessage[] {
    const { now } = this.#clock
    const isFree = (messages: FifoMessage[]) =>
      messages.length > 0 && messages.every(({ visibleAt }) => visibleAt <= now)
    const free = [...this.#groups.values()].filter(isFree)
    const taken: FifoMessage[] = []
    while (free.length > 0 && taken.length < count) {
      const [messages] = free.splice(this.#chance.below(free.length), 1)
      taken.push(...messages!.slice(0, count - taken.length))
      if (this.#chance.next() < 0.5) break
    }
    for (const message of taken) {
      message.receiveCount++
      message.firstReceived ??= now
      message.visibleAt = now + visibilityMs
    }
    if (taken.length > 0) this.#announce(now + visibilityMs)
    return taken
  }

  acknowledge(message: FifoMessage): void {
    const messages = this.#groups.get(message.group)!
    const at = messages.indexOf(message)
    if (at >= 0) messages.splice(at, 1)
    this.#announce(this.#clock.now)
  }

  #announce(at: number): void {
    this.#clock.after(at - this.#clock.now + this.#chance.next() * 20, () => this.size > 0 && this.onVisible())
  }
}
