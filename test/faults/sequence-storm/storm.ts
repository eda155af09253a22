/**
 * A storm of sequences, replayable by its seed: files of one series in many keys that are uploaded in any order, replaced and
 * removed, while workers are killed, requests are held and messages come twice. In the end each file must continue the one
 * before it.
 */
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { s3Event } from '../../fakes/lambda.ts'
import { Invocations, VISIBILITY_MS } from '../storm/invocations.ts'
import { type QueuedMessage, StormQueue } from '../storm/queue.ts'
import { inWorld, type StormResult, StormWorld } from '../storm/storm-world.ts'
import { FifoQueue, isFifo } from './fifo-queue.ts'
import { type Change, type Plan, planOf } from './plan.ts'
import { dependenciesOf } from './ports.ts'
import { type Counts, type Ending, problemsOf } from './right-end.ts'

export interface SequenceStormResult extends StormResult {
  readonly counts: Counts
  /** Until the last object was written. */
  readonly seconds: number
}

/** A storm that goes on longer does not end. */
const MAX_STEPS = 1_000_000

export function sequenceStorm(seed: number, trace?: (line: string) => void, plan?: Plan): Promise<SequenceStormResult> {
  const world = new StormWorld(seed, trace, (chance) => plan ?? planOf(chance))
  return inWorld(world, seed, () => new SequenceStorm(world).run())
}

class SequenceStorm {
  readonly #world: StormWorld<Plan>
  readonly #arrivals: StormQueue
  readonly #sequences: FifoQueue
  readonly #ending: Ending
  readonly #invocations: Invocations

  constructor(world: StormWorld<Plan>) {
    const { clock, chance, plan, bucket } = world
    this.#world = world
    this.#arrivals = new StormQueue(clock, chance)
    this.#sequences = new FifoQueue(clock, chance)
    this.#ending = {
      plan,
      bucket,
      contents: new Map(),
      writtenAt: new Map(),
      openings: [],
      notices: [],
      deadLetters: [],
      counts: { computations: 0, messages: 0, longestChain: 0, mostFailures: 0, requests: new Map() },
    }
    const queues = { arrivals: this.#arrivals, sequences: this.#sequences }
    this.#invocations = new Invocations(world, {
      workers: plan.workers,
      incidents: [],
      receive: () => this.#receive(),
      acknowledge: (message) =>
        isFifo(message) ? this.#sequences.acknowledge(message) : this.#arrivals.acknowledge(message),
      dependenciesOf: (worker, deployment) => dependenciesOf(worker, deployment, world, queues, this.#ending),
    })
    for (const queue of Object.values(queues)) queue.onVisible = () => this.#invocations.start()
  }

  async run(): Promise<SequenceStormResult> {
    this.#begin()
    const { clock, deadlines } = this.#world
    await this.#world.blow(this.#invocations, MAX_STEPS)
    const { failures, count: invocations, deaths } = this.#invocations
    const left = this.#arrivals.size + this.#sequences.size
    if (failures.length === 0 && left > 0) failures.push(`${left} messages are left`)
    const wrong = failures.length > 0 ? failures : await problemsOf(this.#ending, [...deaths, ...deadlines])
    const lastWrite = Math.max(clock.start, ...this.#ending.writtenAt.values())
    const seconds = (lastWrite - clock.start) / 1000
    return { wrong, invocations, killed: deaths.length, counts: this.#ending.counts, seconds }
  }

  /** Messages of one of the queues. */
  #receive(): readonly QueuedMessage[] {
    const { chance, plan } = this.#world
    const { batchSize, isBatchFull } = plan
    const isFifoFirst = chance.next() < 0.5
    const count = () => (isBatchFull ? batchSize : 1 + chance.below(batchSize))
    const ofSequences = () => this.#sequences.receive(count(), VISIBILITY_MS)
    const ofArrivals = () => this.#arrivals.receive(1, VISIBILITY_MS)
    const first = isFifoFirst ? ofSequences() : ofArrivals()
    return first.length > 0 ? first : isFifoFirst ? ofArrivals() : ofSequences()
  }

  #begin(): void {
    const { history, changes, settings, deployedAt, again } = this.#world.plan
    this.#world.trace(() => JSON.stringify({ ...this.#world.plan, history: history.length, changes: changes.length }))
    for (const { key, content } of history) this.#upload(key, content!)
    for (const change of changes) this.#at(change.at, () => this.#change(change))
    for (const { at, key } of again) this.#at(at, () => this.#look(key, { again: true }))
    if (settings[1] !== undefined) this.#at(deployedAt, () => this.#deploy())
  }

  #at(at: number, run: () => void): void {
    this.#world.clock.after(at, () => {
      run()
      return false
    })
  }

  #change({ key, content }: Change): void {
    this.#world.trace(() => (content ? `${key} is ${content.kind} (${content.eTag.slice(0, 6)})` : `${key} is deleted`))
    if (content) this.#notify(this.#upload(key, content))
    else this.#delete(key)
  }

  #delete(key: string): void {
    const { bucket, contents } = this.#ending
    contents.delete(key)
    bucket.request(new DeleteObjectCommand({ Bucket: bucket.name, Key: key }))()
    const event = s3Event(bucket.name, { key, eTag: '', size: 0, sequencer: '0', versionId: undefined })
    for (const record of event.Records) record.eventName = 'ObjectRemoved:Delete'
    this.#notify(event)
  }

  #upload(key: string, content: NonNullable<Change['content']>) {
    const { bucket, contents } = this.#ending
    contents.set(key, content)
    return s3Event(bucket.name, bucket.upload(key, content.bytes, {}, content.eTag))
  }

  #notify(event: object): void {
    const { next, below } = this.#world.chance
    const { delaysMs, doubled } = this.#world.plan.events
    const delay = () => next() * delaysMs[below(delaysMs.length)]!
    this.#arrivals.send(event, delay())
    if (next() < doubled) this.#arrivals.send(event, delay())
  }

  #look(key: string, more: object = {}): void {
    this.#arrivals.send({ bucket: this.#ending.bucket.name, key, ...more }, 0)
  }

  #deploy(): void {
    const { overlapMs, isEachLookedAt } = this.#world.plan
    this.#world.trace(() => 'a new deployment')
    this.#invocations.deploy(overlapMs)
    this.#at(overlapMs, () => {
      const keys = [...this.#ending.contents.keys()].sort()
      const folders = new Set<string>()
      for (const key of keys) {
        const folder = key.slice(0, key.lastIndexOf('/'))
        if (isEachLookedAt || !folders.has(folder)) this.#look(key)
        folders.add(folder)
      }
    })
  }
}
