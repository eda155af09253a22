/**
 * An event storm, replayable by its seed: contents that return, events that come twice and late, workers side by side,
 * requests that are held, fail, lose their answer or take effect late, workers that are killed, two deployments at once.
 * In the end every key must hold what its current object requires.
 */
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { Context } from 'aws-lambda'
import type { Dependencies } from '../../../functions/lambda/deliver.ts'
import { createHandler } from '../../../functions/lambda/handler.ts'
import { identityMetadata, settingsDigest } from '../../../functions/lambda/identity.ts'
import { keysOf } from '../../../functions/lambda/keys.ts'
import type { S3Port } from '../../../functions/storage/s3-client.ts'
import { FakeBucket } from '../../fakes/bucket.ts'
import { s3Event } from '../../fakes/lambda.ts'
import { random } from '../../random.ts'
import { replaceTimers, VirtualClock } from './clock.ts'
import { type Content, settingsOf } from './contents.ts'
import { eventDelayMs, type KeyPlan, type Plan, planOf, settingsInput } from './plan.ts'
import { type QueuedMessage, receiptOf, StormQueue } from './queue.ts'
import { type Ending, problemsOf } from './right-end.ts'
import { type Chance, Worker, type World } from './worker.ts'

export interface StormResult {
  /** Why the end is not the one right end. */
  readonly wrong: readonly string[]
  readonly invocations: number
  readonly killed: number
}

const TIMEOUT_MS = 300_000
/** A message that nobody acknowledged comes again soon after the function's timeout. */
const VISIBILITY_MS = 360_000
const WORKERS = 4
const DOUBLED_SHARE = 0.08
/** A storm that goes on longer does not end. */
const MAX_STEPS = 200_000
const MAX_RECEIVES = 60

export function planOfSeed(seed: number): Plan {
  return planOf(chanceOf(seed))
}

function chanceOf(seed: number): Chance {
  const next = random(seed * 7919)
  return { next, below: (count: number) => Math.floor(next() * count) }
}

export async function storm(seed: number, trace?: (line: string) => void): Promise<StormResult> {
  const run = new Storm(seed, trace)
  const restore = replaceTimers(run, seed)
  try {
    return await run.run()
  } finally {
    restore()
  }
}

class Storm implements World {
  readonly clock = new VirtualClock()
  readonly chance: Chance
  readonly plan: Plan
  readonly weather
  current: Worker | undefined
  readonly #traceLine: ((line: string) => void) | undefined
  readonly #bucket: FakeBucket
  readonly #queue: StormQueue
  readonly #ending: Ending
  readonly #workers: Worker[] = []
  #deployment = 1
  #overlapUntil = 0
  #invocations = 0
  #killed = 0
  readonly #failures: string[] = []

  constructor(seed: number, trace: ((line: string) => void) | undefined) {
    this.chance = chanceOf(seed)
    this.plan = planOf(this.chance)
    this.weather = this.plan.weather
    this.#traceLine = trace
    this.#bucket = new FakeBucket({ versioned: this.plan.isVersioned })
    this.#bucket.now = () => this.clock.now
    this.#queue = new StormQueue(this.clock, this.chance)
    this.#queue.onVisible = () => this.#startWorker()
    this.#ending = {
      plan: this.plan,
      bucket: this.#bucket,
      contents: new Map(),
      writtenAt: new Map(),
      notices: [],
      deadlines: new Map(),
      deadLetters: [],
      uploads: new Map(),
    }
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
      this.trace(() => `${worker?.name} reaches its deadline`)
      this.current = worker
      controller.abort(new DOMException('the deadline', 'TimeoutError'))
      return true
    })
    return controller.signal
  }

  async run(): Promise<StormResult> {
    this.trace(() => JSON.stringify({ ...this.plan, keys: undefined }))
    for (const key of this.plan.keys) this.#schedule(key)
    for (const { at, key } of this.plan.redrives) this.#at(at, () => this.#look(key, 0, true))
    if (this.plan.settings[1] !== undefined) this.#at(this.plan.deployedAt, () => this.#deploy())
    let steps = 0
    for (let goesOn = this.clock.step(); goesOn !== undefined; goesOn = this.clock.step()) {
      if (!goesOn) continue
      // everything that does not wait for a request or a pause happens now
      do await new Promise((resolve) => setImmediate(resolve))
      while (this.#workers.some((worker) => worker.isBusy))
      if (++steps > MAX_STEPS || this.#failures.length > 0) break
    }
    if (steps > MAX_STEPS) this.#failures.push('the storm does not end')
    if (this.#failures.length === 0 && this.#queue.size > 0)
      this.#failures.push(`${this.#queue.size} messages are left`)
    const wrong = this.#failures.length > 0 ? this.#failures : await problemsOf(this.#ending)
    return { wrong, invocations: this.#invocations, killed: this.#killed }
  }

  #at(at: number, run: () => void): void {
    this.clock.after(at, () => {
      run()
      return false
    })
  }

  #schedule({ key, history, isOutputForeign, isReportForeign, changes }: KeyPlan): void {
    const { output, report } = keysOf(settingsOf({}), key)
    if (isOutputForeign) this.#bucket.drop(output, Buffer.from('foreign'))
    if (isReportForeign) this.#bucket.drop(report, Buffer.from('foreign'))
    if (history && !isOutputForeign && !isReportForeign) this.#begin(key, history)
    for (const { at, content } of changes) {
      this.#at(at, () => (content ? this.#upload(key, content) : this.#remove(key)))
    }
  }

  /** The object is there, with an output of an engine that made other bytes; somebody starts a backfill. */
  #begin(key: string, content: Content): void {
    const created = this.#bucket.drop(key, content.bytes)
    this.#ending.contents.set(key, content)
    this.clock.now += 5_000
    const settings = settingsOf(settingsInput(this.plan, this.plan.settings[0]))
    const { output, report, chart, dropped } = keysOf(settings, key)
    const memoryMiB = Math.floor(settings.enrich.memoryBudgetBytes / 2 ** 20)
    const deployment = { stack: 'stack', number: 0 }
    const source = { ...created, bucket: this.#bucket.name, lastModified: this.#bucket.modifiedOf(key) }
    const identity = { source, digest: settingsDigest(settings.enrich), memoryMiB, deployment }
    const Metadata = { ...identityMetadata(identity), 'engine-version': '0' }
    const put = (Key: string, metadata = {}) =>
      this.#bucket.request(
        new PutObjectCommand({ Bucket: this.#bucket.name, Key, Body: 'old', Metadata: { ...Metadata, ...metadata } }),
      )()
    if (this.chance.next() < 0.5) put(report, { code: 'old' })
    else {
      put(output)
      for (const secondary of [chart, dropped]) if (secondary !== undefined && this.chance.next() < 0.7) put(secondary)
    }
    this.#look(key, 0, false)
  }

  #upload(key: string, content: Content): void {
    this.trace(() => `${key} becomes ${content.name}`)
    const created = this.#bucket.drop(key, content.bytes)
    this.#ending.contents.set(key, content)
    this.#notify(s3Event(this.#bucket.name, created))
  }

  #remove(key: string): void {
    if (!this.#ending.contents.delete(key)) return
    this.trace(() => `${key} is deleted`)
    this.#bucket.request(new DeleteObjectCommand({ Bucket: this.#bucket.name, Key: key }))()
    if (!this.plan.areRemovalsNotified) return
    const event = s3Event(this.#bucket.name, { key, eTag: '', size: 0, sequencer: '0', versionId: undefined })
    for (const record of event.Records) record.eventName = 'ObjectRemoved:Delete'
    this.#notify(event)
  }

  #notify(event: object): void {
    this.#queue.send(event, eventDelayMs(this.chance))
    if (this.chance.next() < DOUBLED_SHARE) this.#queue.send(event, eventDelayMs(this.chance))
  }

  #look(key: string, delayMs: number, again: boolean): void {
    this.#queue.send({ bucket: this.#bucket.name, key, ...(again && { again }) }, delayMs)
  }

  #deploy(): void {
    this.trace(() => 'a new deployment')
    this.#deployment = 2
    this.#overlapUntil = this.clock.now + this.plan.overlapMs
    this.#at(this.plan.overlapMs, () => {
      for (const key of this.#ending.contents.keys()) this.#look(key, this.chance.next() * 2_000, false)
    })
  }

  #startWorker(): boolean {
    const alive = this.#workers.filter((worker) => !worker.isDead && !worker.isDone)
    if (alive.length >= WORKERS) return false
    const messages = this.#queue.receive(1 + this.chance.below(this.plan.batchSize), VISIBILITY_MS)
    if (messages.length === 0) return false
    if (messages.some(({ receiveCount }) => receiveCount > MAX_RECEIVES))
      this.#failures.push('a message comes for ever')
    const isOld = this.#deployment === 2 && this.clock.now < this.#overlapUntil && this.chance.next() < 0.5
    const deployment = isOld ? 1 : this.#deployment
    const worker = new Worker(`w${++this.#invocations}`, this, this.clock.now + VISIBILITY_MS)
    this.#killed += this.#workers.filter((other) => other.isDead).length
    this.#workers.splice(0, this.#workers.length, ...alive, worker)
    this.current = worker
    this.trace(() => `${worker.name} (deployment ${deployment}) receives ${messages.map(shown).join(', ')}`)
    this.#at(TIMEOUT_MS, () => worker.die())
    this.#invoke(worker, messages, deployment)
    return true
  }

  #invoke(worker: Worker, messages: readonly QueuedMessage[], deployment: number): void {
    const handler = createHandler(this.#dependencies(worker, deployment))
    const event = {
      Records: messages.map((message) => ({
        messageId: message.id,
        receiptHandle: receiptOf(message),
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:arrivals',
        attributes: { ApproximateReceiveCount: String(message.receiveCount) },
        body: message.body,
      })),
    }
    const context = { awsRequestId: `request of ${worker.name}`, getRemainingTimeInMillis: () => TIMEOUT_MS } as Context
    const end = (failed: readonly string[]) => {
      if (worker.isDead) return
      this.trace(() => `${worker.name} ends${failed.length > 0 ? `, failed: ${failed.join(', ')}` : ''}`)
      worker.isDone = true
      for (const message of messages) if (!failed.includes(message.id)) this.#queue.acknowledge(message)
      this.#startWorker()
    }
    handler(event, context).then(
      (answer) => end('batchItemFailures' in answer ? answer.batchItemFailures.map((item) => item.itemIdentifier) : []),
      () => end(messages.map(({ id }) => id)),
    )
  }

  #dependencies(worker: Worker, number: number): Dependencies {
    const { plan } = this
    const settings = settingsOf(settingsInput(plan, plan.settings[number - 1]!))
    const call = async (name: string, execute: () => unknown, signal?: AbortSignal) => {
      const takeEffect = () => {
        execute()
        return {}
      }
      await worker.call({ name, isWrite: true, isConditional: false, execute: takeEffect }, signal)
    }
    return {
      s3: this.#s3For(worker),
      environment: { settings, bucket: this.#bucket.name, deployment: { stack: 'stack', number } },
      telemetry: {
        start: () => {},
        record: (file) => {
          const error = 'error' in file ? `${file.error}` : ''
          this.trace(() => `${worker.name} records ${file.key} ${file.outcome} ${error}`)
          if (!('error' in file) || file.retryInSeconds === undefined) return
          this.#ending.deadlines.set(file.key!, (this.#ending.deadlines.get(file.key!) ?? 0) + 1)
        },
        flush: () => {},
      },
      queue: {
        retryIn: ({ receiptHandle }, seconds, signal) =>
          call('retryIn', () => this.#queue.retryIn(receiptHandle, seconds * 1000), signal),
        send: (_, body, seconds, signal) => call('send', () => this.#queue.send(body, seconds * 1000), signal),
        giveUp: (body, _, signal) =>
          call('giveUp', () => this.#ending.deadLetters.push(JSON.parse(body).key as string), signal),
      },
      announce: plan.doesAnnounce
        ? (_, type, detail, signal) => {
            const { key, code } = detail as { key: string; code?: string }
            const execute = () => this.#ending.notices.push({ at: this.clock.now, key, type, code })
            return call(`announce ${type}`, execute, signal)
          }
        : undefined,
    }
  }

  #s3For(worker: Worker): S3Port {
    const { writtenAt, uploads } = this.#ending
    const send = (command: Parameters<FakeBucket['request']>[0], options?: { readonly abortSignal?: AbortSignal }) => {
      const name = command.constructor.name.replace(/Command$/, '')
      const { Key, IfMatch, IfNoneMatch } = command.input
      const request = this.#bucket.request(command)
      const isObjectWrite = name === 'PutObject' || name === 'CompleteMultipartUpload'
      const execute = () => {
        const answer = request()
        if (isObjectWrite) writtenAt.set(Key, this.clock.now)
        if (name === 'CreateMultipartUpload') uploads.set(answer.UploadId as string, worker)
        return answer
      }
      const isWrite = name !== 'GetObject' && name !== 'HeadObject'
      const isConditional = isObjectWrite && (IfMatch ?? IfNoneMatch) !== undefined
      const condition = IfMatch ?? IfNoneMatch ?? ''
      const call = { name: `${name} ${Key} ${condition.slice(0, 8)}`, isWrite, isConditional, execute }
      return worker.call(call, options?.abortSignal)
    }
    return { send } as unknown as S3Port
  }
}

function shown({ id, receiveCount, body }: QueuedMessage): string {
  const key = /"key":"([^"]*)"/.exec(body)?.[1]
  return `${id} (${key}${body.includes('Removed') ? ', removed' : ''}), receive ${receiveCount}`
}
