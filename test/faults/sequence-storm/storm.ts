/**
 * A storm of sequences, replayable by its seed: files of one series in many keys that are uploaded in any order, replaced and
 * removed, while workers are killed, requests are held and messages come twice. In the end each file must continue the one
 * before it.
 */
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { FakeBucket } from '../../fakes/bucket.ts'
import { s3Event } from '../../fakes/lambda.ts'
import { random } from '../../random.ts'
import { replaceTimers, VirtualClock } from '../storm/clock.ts'
import type { Chance } from '../storm/fate.ts'
import { StormQueue } from '../storm/queue.ts'
import type { Worker, World } from '../storm/worker.ts'
import { FifoQueue } from './fifo-queue.ts'
import { Invocations } from './invocations.ts'
import { type Change, type Plan, planOf } from './plan.ts'
import { type Counts, type Ending, problemsOf } from './right-end.ts'

export interface StormResult {
  /** Why the end is not the one right end. */
  readonly wrong: readonly string[]
  readonly invocations: number
  readonly killed: number
  readonly counts: Counts
  /** Until the last object was written. */
  readonly seconds: number
}

/** A storm that goes on longer does not end. */
const MAX_STEPS = 1_000_000

export async function sequenceStorm(seed: number, trace?: (line: string) => void, plan?: Plan): Promise<StormResult> {
  const run = new SequenceStorm(seed, trace, plan)
  const restore = replaceTimers(run, seed)
  try {
    return await run.run()
  } finally {
    restore()
  }
}

class SequenceStorm implements World {
  readonly clock = new VirtualClock()
  readonly chance: Chance
  readonly plan: Plan
  readonly weather
  current: Worker | undefined
  readonly #traceLine: ((line: string) => void) | undefined
  readonly #arrivals: StormQueue
  readonly #sequences: FifoQueue
  readonly #ending: Ending
  readonly #invocations: Invocations
  /** When deadlines of invocations and of single requests were reached. */
  readonly #deadlines: number[] = []

  constructor(seed: number, trace: ((line: string) => void) | undefined, plan: Plan | undefined) {
    const next = random(seed * 7919)
    this.chance = { next, below: (count) => Math.floor(next() * count) }
    this.plan = plan ?? planOf(this.chance)
    this.weather = this.plan.weather
    this.#traceLine = trace
    const bucket = new FakeBucket({ versioned: this.plan.isVersioned })
    bucket.now = () => this.clock.now
    this.#arrivals = new StormQueue(this.clock, this.chance)
    this.#sequences = new FifoQueue(this.clock, this.chance)
    this.#ending = {
      plan: this.plan,
      bucket,
      contents: new Map(),
      writtenAt: new Map(),
      notices: [],
      deadLetters: [],
      counts: { computations: 0, messages: 0, longestChain: 0, requests: new Map() },
    }
    const queues = { arrivals: this.#arrivals, sequences: this.#sequences }
    this.#invocations = new Invocations(this, queues, this.#ending)
  }

  trace = (line: () => string) => {
    this.#traceLine?.(`${((this.clock.now - this.clock.start) / 1000).toFixed(3).padStart(9)} ${line()}`)
  }

  pause = (ms: number, signal: AbortSignal | undefined) => this.current!.pause(ms, signal)

  timeout = (ms: number) => {
    const controller = new AbortController()
    const worker = this.current
    this.clock.after(ms, () => {
      if (worker?.isDead || worker?.isDone) return false
      this.#deadlines.push(this.clock.now)
      this.current = worker
      controller.abort(new DOMException('the deadline', 'TimeoutError'))
      return true
    })
    return controller.signal
  }

  async run(): Promise<StormResult> {
    this.#begin()
    const { failures } = this.#invocations
    let steps = 0
    for (let goesOn = this.clock.step(); goesOn !== undefined; goesOn = this.clock.step()) {
      if (!goesOn) continue
      // everything that does not wait for a request or a pause happens now
      do await new Promise((resolve) => setImmediate(resolve))
      while (this.#invocations.isBusy)
      if (++steps > MAX_STEPS || failures.length > 0) break
    }
    if (steps > MAX_STEPS) failures.push('the storm does not end')
    const left = this.#arrivals.size + this.#sequences.size
    if (failures.length === 0 && left > 0) failures.push(`${left} messages are left`)
    const { count: invocations, deaths } = this.#invocations
    const wrong = failures.length > 0 ? failures : await problemsOf(this.#ending, [...deaths, ...this.#deadlines])
    const lastWrite = Math.max(this.clock.start, ...this.#ending.writtenAt.values())
    const seconds = (lastWrite - this.clock.start) / 1000
    return { wrong, invocations, killed: deaths.length, counts: this.#ending.counts, seconds }
  }

  #begin(): void {
    const { history, changes, settings, deployedAt, again } = this.plan
    this.trace(() => JSON.stringify({ ...this.plan, history: history.length, changes: changes.length }))
    for (const { key, content } of history) this.#upload(key, content!)
    for (const change of changes) this.#at(change.at, () => this.#change(change))
    for (const { at, key } of again) this.#at(at, () => this.#look(key, { again: true }))
    if (settings[1] !== undefined) this.#at(deployedAt, () => this.#deploy())
  }

  #at(at: number, run: () => void): void {
    this.clock.after(at, () => {
      run()
      return false
    })
  }

  #change({ key, content }: Change): void {
    this.trace(() => (content ? `${key} is ${content.kind} (${content.eTag.slice(0, 6)})` : `${key} is deleted`))
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
    const { next, below } = this.chance
    const { delaysMs, doubled } = this.plan.events
    const delay = () => next() * delaysMs[below(delaysMs.length)]!
    this.#arrivals.send(event, delay())
    if (next() < doubled) this.#arrivals.send(event, delay())
  }

  #look(key: string, more: object = {}): void {
    this.#arrivals.send({ bucket: this.#ending.bucket.name, key, ...more }, 0)
  }

  #deploy(): void {
    const { overlapMs, isEachLookedAt } = this.plan
    this.trace(() => 'a new deployment')
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
