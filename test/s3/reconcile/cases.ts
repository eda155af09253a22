/** What a key holds before, and what is uploaded then: for tests that disturb the work on the last upload. */
import assert from 'node:assert/strict'
import { NOTICE } from '../../../functions/shared/names.ts'
import { eventBus, newEventBridgeClient } from '../../../functions/storage/event-bus.ts'
import { CONTENTS, type Content } from './contents.ts'
import { type DeliveryOptions, deliver, deliverOnce } from './deliver.ts'
import { keysFor, type MarketBucket, upload, wrongsOf } from './market-bucket.ts'
import type { Suite } from './suite.ts'

export interface Case {
  readonly before: readonly Content[]
  readonly last: Content
  /** Whether the settings ask for a chart and a file of the removed rows. */
  readonly hasSecondaries: boolean
}

const { a, b, duplicates, corrupt, largeA, largeB } = CONTENTS
const plain = (last: Content, ...before: Content[]): Case => ({ before, last, hasSecondaries: false })
const beside = (last: Content, ...before: Content[]): Case => ({ before, last, hasSecondaries: true })

export const CASES = {
  'a new file': plain(a),
  'a file that S3 copies': plain(largeA),
  'a corrupt file': plain(corrupt),
  'a good file over a report': plain(a, corrupt),
  'a corrupt file over an output': plain(corrupt, a),
  'another file over an output': plain(b, a),
  'a file that S3 copies over another one': plain(largeB, largeA),
  'a file with a chart and removed rows': beside(duplicates),
  'a file without removed rows over one with them': beside(a, duplicates),
} satisfies Record<string, Case>

const EVENT_BUS = 'notices'

export function settingsFor({ hasSecondaries }: Case) {
  return { eventBus: EVENT_BUS, ...(hasSecondaries && { chartPrefix: 'charts/', droppedPrefix: 'dropped/' }) }
}

export function deliveryFor(suite: Suite, some: Case): DeliveryOptions {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = newEventBridgeClient({ endpoint: suite.bus().endpoint, region: 'us-east-1', credentials })
  return { settings: settingsFor(some), announce: eventBus(client, EVENT_BUS) }
}

/** Brings the key to the state before the last upload, without notices. @returns the event of the last upload */
export async function prepare(bucket: MarketBucket, name: string, some: Case): Promise<object> {
  for (const content of some.before) {
    await deliver(bucket.s3, await upload(bucket, name, content), { settings: settingsFor(some) })
  }
  return upload(bucket, name, some.last)
}

/** The key is right and announced, and a message that comes once more announces nothing. */
export async function assertEnd(suite: Suite, name: string, some: Case, when: string): Promise<void> {
  const bucket = suite.bucket()
  assert.deepEqual(await wrongsOf(bucket, name, some.last, some.hasSecondaries), [], when)
  const { input: key } = keysFor(name)
  const notices = suite.bus().noticesOf(bucket.name, key)
  const expected = some.last.enriched ? NOTICE.enriched : NOTICE.refused
  assert.equal(notices.at(-1)?.detailType, expected, `${when}: the notice`)
  await deliverOnce(bucket.s3, { bucket: bucket.name, key }, deliveryFor(suite, some))
  assert.equal(suite.bus().noticesOf(bucket.name, key).length, notices.length, `${when}: one notice too many`)
}
