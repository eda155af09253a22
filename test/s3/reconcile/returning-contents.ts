/** Contents that return, without any fault: uploads of one key within some 60 ms, and workers side by side. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { S3Client } from '@aws-sdk/client-s3'
import type { S3Port } from '../../../functions/storage/s3-client.ts'
import { random } from '../../parquet-files.ts'
import { CONTENTS, type Content } from './contents.ts'
import { deliver } from './deliver.ts'
import { type MarketBucket, UNNAMED, upload, wrongsOf } from './market-bucket.ts'
import type { Suite } from './suite.ts'

/**
 * Times are counted in requests of the workers, so that a busy machine does not change what meets what. The next content
 * comes after up to so many; one of them takes six to ten.
 */
const MAX_GAP_REQUESTS = 14
const COPIES_SHARE = 0.3
/** Some writes are held, so that the next content comes and is done with between a worker's reading and its writing. */
const HELD_SHARE = 0.4
const MAX_HELD_REQUESTS = 14
const MAX_HELD_MS = 300
const AT_ONCE = 4

const { a, b, corrupt, largeA, largeB, inPartsA, inPartsB } = CONTENTS
const TIMES = Number(process.env.S3_PROOF_TIMES ?? 1)

const SERIES: readonly (readonly [what: string, contents: readonly Content[], trials: number])[] = [
  ['A, B, A', [a, b, a], 50],
  ['corrupt, A, corrupt', [corrupt, a, corrupt], 15],
  ['A, corrupt, A', [a, corrupt, a], 15],
  ['large A, B, A', [largeA, largeB, largeA], 2],
  ['large A, B, A in parts', [inPartsA, inPartsB, inPartsA], 2],
]

export function returningContents({ bucket, skips }: Suite): void {
  for (const [what, contents, trials] of SERIES) {
    const count = trials * TIMES
    const title = `ends with the last of ${what}`
    it(`${title}, ${count} times`, { skip: skips[title] ?? false }, async (t) => {
      const wrongs = await trialsOf(bucket(), what, contents, count)
      const [unnamed, others] = [wrongs.filter(isUnnamed), wrongs.filter((wrong) => !isUnnamed(wrong))]
      assert.deepEqual(others, [], `${others.length} of ${count} ended wrong`)
      if (contents.at(-1)!.enriched) return
      await t.test('and each report names the older output that is there', () => {
        assert.deepEqual(unnamed, [], `${unnamed.length} of ${count} do not`)
      })
    })
  }
}

const isUnnamed = (wrong: string) => wrong.endsWith(UNNAMED)

/** @returns what is wrong, one line for each trial that ended wrong */
async function trialsOf(bucket: MarketBucket, what: string, contents: readonly Content[], count: number) {
  const wrongs: string[] = []
  let trial = 0
  const runner = async () => {
    while (trial < count) {
      const seed = ++trial
      const name = `${what} ${seed}.parquet`
      await uploadAndDeliver(bucket, name, contents, random(seed))
      const found = await wrongsOf(bucket, name, contents.at(-1)!)
      if (found.length > 0) wrongs.push(`${seed}: ${found.join(', ')}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, runner))
  return wrongs
}

/** Uploads one content after the other, while two to four workers take the events, some of which come twice. */
async function uploadAndDeliver(bucket: MarketBucket, name: string, contents: readonly Content[], next: () => number) {
  const events: object[] = []
  let [isUploading, requests, working, held] = [true, 0, 0, 0]
  const pauseFor = async (count: number, isOver: () => boolean) => {
    const until = requests + Math.floor(next() * count)
    while (requests < until && !isOver()) await setTimeout(1)
  }
  const isQuiet = () => working === held && events.length === 0
  const s3 = portOf(bucket.s3, async (name) => {
    requests++
    if (!/^(Put|Complete)/.test(name) || next() > HELD_SHARE) return
    const latest = performance.now() + MAX_HELD_MS
    held++
    await pauseFor(MAX_HELD_REQUESTS, () => (!isUploading && isQuiet()) || performance.now() > latest)
    held--
  })
  const worker = async () => {
    while (isUploading || events.length > 0) {
      const event = events.shift()
      if (!event) {
        await setTimeout(1)
        continue
      }
      working++
      // a message that was received before is looked at in full from the start
      await deliver(s3, event, { receiveCount: next() < 0.5 ? 1 : 2 })
      working--
    }
  }
  const workers = Array.from({ length: 2 + Math.floor(next() * 3) }, worker)
  for (const content of contents) {
    const event = await upload(bucket, name, content)
    events.push(event)
    if (next() < COPIES_SHARE) events.push(event)
    await pauseFor(MAX_GAP_REQUESTS, isQuiet)
  }
  isUploading = false
  await Promise.all(workers)
}

function portOf(s3: S3Client, before: (name: string) => Promise<void>): S3Port {
  const send = async (command: object, options?: object) => {
    await before(command.constructor.name)
    return (s3.send as (command: object, options?: object) => Promise<unknown>)(command, options)
  }
  return { send } as unknown as S3Port
}
