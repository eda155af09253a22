/** What users and operators do in a storm: they upload, delete, deploy, and have keys looked at. */
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { identityMetadata, settingsDigest } from '../../../functions/lambda/identity.ts'
import { keysOf } from '../../../functions/lambda/keys.ts'
import { s3Event } from '../../fakes/lambda.ts'
import { type Content, settingsOf } from './contents.ts'
import type { Chance } from './fate.ts'
import { type EventTimes, type KeyPlan, type PlannedLook, settingsInput } from './plan.ts'
import type { StormQueue } from './queue.ts'
import type { Ending } from './right-end.ts'
import type { World } from './worker.ts'

/** What is there before the first event is so old. */
const HISTORY_MS = 5_000
const BACKFILL_MS = 2_000

export class Users {
  readonly #world: World
  readonly #queue: StormQueue
  readonly #ending: Ending

  constructor(world: World, queue: StormQueue, ending: Ending) {
    this.#world = world
    this.#queue = queue
    this.#ending = ending
  }

  /** @param deploy lets another deployment take messages, at first beside the one that is there */
  begin(deploy: (overlapMs: number) => void): void {
    const { keys, looks, settings, deployedAt } = this.#ending.plan
    for (const key of keys) this.#schedule(key)
    for (const look of looks) this.#at(look.at, () => this.#lookAsPlanned(look))
    if (settings[1] !== undefined) this.#at(deployedAt, () => this.#deploy(deploy))
  }

  #at(at: number, run: () => void): void {
    this.#world.clock.after(at, () => {
      run()
      return false
    })
  }

  #schedule({ key, history, isOutputForeign, isReportForeign, changes }: KeyPlan): void {
    const { bucket } = this.#ending
    const { output, report } = keysOf(settingsOf({}), key)
    if (isOutputForeign) bucket.upload(output, Buffer.from('foreign'))
    if (isReportForeign) bucket.upload(report, Buffer.from('foreign'))
    if (history && !isOutputForeign && !isReportForeign) this.#remember(key, history)
    for (const { at, content } of changes) {
      this.#at(at, () => (content ? this.#upload(key, content) : this.#delete(key)))
    }
  }

  /** The object is there, with an output of an engine that made other bytes; somebody starts a backfill. */
  #remember(key: string, content: Content): void {
    const { bucket, contents, plan } = this.#ending
    const { clock, chance } = this.#world
    const created = bucket.upload(key, content.bytes, {}, content.eTag)
    contents.set(key, content)
    clock.now += HISTORY_MS
    const settings = settingsOf(settingsInput(plan, 1))
    const { output, report, chart, dropped } = keysOf(settings, key)
    const memoryMiB = Math.floor(settings.enrich.memoryBudgetBytes / 2 ** 20)
    const deployment = { stack: 'stack', number: 0 }
    const source = { ...created, bucket: bucket.name, lastModified: bucket.modifiedOf(key) }
    const identity = { source, digest: settingsDigest(settings.enrich), memoryMiB, timeoutSeconds: 0, deployment }
    const Metadata = { ...identityMetadata(identity), 'engine-version': '0' }
    const put = (Key: string, metadata = {}) =>
      bucket.request(
        new PutObjectCommand({ Bucket: bucket.name, Key, Body: 'old', Metadata: { ...Metadata, ...metadata } }),
      )()
    if (chance.next() < 0.5) put(report, { code: 'old' })
    else {
      put(output)
      for (const secondary of [chart, dropped]) if (secondary !== undefined && chance.next() < 0.7) put(secondary)
    }
    this.#look(key, 0)
  }

  #upload(key: string, content: Content): void {
    const { bucket, contents } = this.#ending
    this.#world.trace(() => `${key} becomes ${content.name}`)
    const created = bucket.upload(key, content.bytes, {}, content.eTag)
    contents.set(key, content)
    this.#notify(s3Event(bucket.name, created))
  }

  #delete(key: string): void {
    const { bucket, contents, plan } = this.#ending
    if (!contents.delete(key)) return
    this.#world.trace(() => `${key} is deleted`)
    bucket.request(new DeleteObjectCommand({ Bucket: bucket.name, Key: key }))()
    if (!plan.areRemovalsNotified) return
    const event = s3Event(bucket.name, { key, eTag: '', size: 0, sequencer: '0', versionId: undefined })
    for (const record of event.Records) record.eventName = 'ObjectRemoved:Delete'
    this.#notify(event)
  }

  #notify(event: object): void {
    const { chance } = this.#world
    const { events } = this.#ending.plan
    this.#queue.send(event, eventDelayMs(chance, events))
    if (chance.next() < events.doubled) this.#queue.send(event, eventDelayMs(chance, events))
  }

  #look(key: string, delayMs: number, more: object = {}): void {
    this.#queue.send({ bucket: this.#ending.bucket.name, key, ...more }, delayMs)
  }

  #lookAsPlanned({ key, again, deadlines }: PlannedLook): void {
    const slowUpload = this.#ending.bucket.uploadOf(key)
    if (deadlines > 0) this.#ending.deadlines.set(`${key} ${slowUpload}`, deadlines)
    this.#look(key, 0, { ...(again && { again }), ...(deadlines > 0 && { deadlines, slowUpload, continued: true }) })
  }

  #deploy(deploy: (overlapMs: number) => void): void {
    const { plan, contents } = this.#ending
    this.#world.trace(() => 'a new deployment')
    deploy(plan.overlapMs)
    if (!plan.isRolledOut) return
    this.#at(plan.overlapMs, () => {
      for (const key of contents.keys()) this.#look(key, this.#world.chance.next() * BACKFILL_MS)
    })
  }
}

function eventDelayMs({ next }: Chance, { delays }: EventTimes): number {
  let left = next()
  const delay = delays.find(({ share }) => {
    left -= share
    return left < 0
  })
  return next() * (delay ?? delays.at(-1)!).ms
}
