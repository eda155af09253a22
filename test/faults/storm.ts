/**
 * An event storm, replayable by its seed: keys with several versions, events doubled and shuffled, workers side by side,
 * requests that fail before or after they had their effect, workers killed at any request. At the end every key must hold
 * what its newest version asks for.
 */
import assert from 'node:assert/strict'
import type { S3Port } from '../../functions/storage/s3-client.ts'
import { type Created, FakeBucket, failure } from '../fakes/bucket.ts'
import { type DeadLetter, lambdaOn, s3Event, sqsEvent } from '../fakes/lambda.ts'
import { barsFile, enrichBytes, random, someBars } from '../parquet-files.ts'

export interface StormOptions {
  readonly seed: number
  readonly keys: number
  readonly versioned: boolean
}

const MAX_VERSIONS = 5
const MAX_COPIES = 4
const WORKERS = 6
const FAILING_SHARE = 0.2
const KILLED_SHARE = 0.05
const CORRUPT_SHARE = 0.15
/** A fifth of the requests fails: even a message of ten requests is through after some dozens of attempts. */
const MAX_RECEIVES = 200

interface Content {
  readonly bytes: Uint8Array
  /** Undefined for one that cannot be enriched. */
  readonly enriched: Uint8Array | undefined
}

interface Message {
  readonly body: unknown
  receiveCount: number
}

let contents: Promise<Content[]> | undefined

/** Small files, files with duplicates, one that S3 copies, and one that is no parquet file. */
function allContents(): Promise<Content[]> {
  contents ??= Promise.all([
    ...Array.from({ length: 8 }, async (_, i) => {
      const bars = someBars(20 + i, i)
      const bytes = barsFile(i % 3 === 0 ? [...bars, ...bars.slice(-4)] : bars)
      return { bytes, enriched: (await enrichBytes(bytes)).output }
    }),
    enrichBytes(largeFile).then(({ output }) => ({ bytes: largeFile, enriched: output })),
    { bytes: new TextEncoder().encode('time,open,high,low,close\n'), enriched: undefined },
  ])
  return contents
}

const largeFile = barsFile(someBars(120_000), { codec: 'UNCOMPRESSED' })

/** @throws AssertionError when the end is not the one right end */
export async function storm({ seed, keys, versioned }: StormOptions): Promise<{ invocations: number; killed: number }> {
  const next = random(seed)
  const below = (count: number) => Math.floor(next() * count)
  const all = await allContents()
  const [small, large, corrupt] = [all.slice(0, -2), all.at(-2)!, all.at(-1)!]
  const bucket = new FakeBucket({ versioned })
  const newest = new Map<string, { readonly created: Created; readonly content: Content }>()
  const queue: Message[] = []
  const deadLetters: DeadLetter[] = []
  const orphans = new Set<string>()
  let [invocations, killed, dropsLeft] = [0, 0, 0]

  const drops = Array.from({ length: keys }, (_, i) =>
    Array.from({ length: 1 + below(MAX_VERSIONS) }, () => `incoming/key ${i}+.parquet`),
  ).flat()
  dropsLeft = drops.length
  // one key in forty is large; its versions are told apart by being large or not
  const contentOf = (key: string) =>
    next() < CORRUPT_SHARE ? corrupt : key.endsWith(' 7+.parquet') ? large : small[below(small.length)]!

  const drop = () => {
    const [key] = drops.splice(below(drops.length), 1)
    const content = contentOf(key!)
    const created = bucket.drop(key!, content.bytes)
    newest.set(key!, { created, content })
    const copies = 1 + below(MAX_COPIES)
    for (let copy = 0; copy < copies; copy++) {
      queue.splice(below(queue.length + 1), 0, { body: s3Event(bucket.name, created), receiveCount: 0 })
    }
    dropsLeft--
  }

  /** The bucket as one invocation sees it. */
  const flaky = () => {
    let isDead = false
    let isSuperseded = false
    let diesAt = next() < KILLED_SHARE ? below(6) : Number.POSITIVE_INFINITY
    const send = async (command: { input: Record<string, unknown> }, options: object) => {
      const name = command.constructor.name.replace(/Command$/, '')
      assert.ok(
        !isSuperseded || name === 'AbortMultipartUpload' || isDead,
        `${name} after it was known to be superseded`,
      )
      const fate = next()
      if (diesAt-- <= 0) isDead = true
      const failsBefore = isDead || fate < FAILING_SHARE / 2
      if (failsBefore) {
        if (name === 'AbortMultipartUpload') orphans.add(String(command.input.Key))
        throw fate < FAILING_SHARE / 4 ? failure('SlowDown', 503) : new Error('socket hang up')
      }
      const conditional = command.input.IfMatch !== undefined || command.input.IfNoneMatch !== undefined
      if (fate > 0.98 && conditional && (name === 'PutObject' || name === 'CompleteMultipartUpload')) {
        throw failure('ConditionalRequestConflict', 409)
      }
      try {
        const answer = await (bucket.send as (command: object, options: object) => Promise<object>)(command, options)
        if (fate < FAILING_SHARE) {
          if (name === 'GetObject') return { ...answer, Body: cutBody() }
          if (name === 'CreateMultipartUpload') orphans.add(String(command.input.Key))
          throw new Error('connection reset after the request had its effect')
        }
        return answer
      } catch (error) {
        if (name === 'GetObject' && error instanceof Error && error.name === 'PreconditionFailed') isSuperseded = true
        throw error
      }
    }
    return { s3: { send } as unknown as S3Port, isDead: () => isDead }
  }

  const worker = async () => {
    while (queue.length > 0 || dropsLeft > 0) {
      const [message] = queue.splice(below(queue.length), 1)
      if (!message) {
        await new Promise((resolve) => setImmediate(resolve))
        continue
      }
      const { s3, isDead } = flaky()
      const lambda = lambdaOn(s3)
      assert.ok(message.receiveCount < MAX_RECEIVES, 'a message comes for ever')
      const attributes = { ApproximateReceiveCount: String(++message.receiveCount) }
      const answer = await lambda.handler(sqsEvent([message.body], { attributes }))
      invocations++
      if (isDead()) killed++
      else deadLetters.push(...lambda.deadLetters)
      const hasFailed = 'batchItemFailures' in answer && answer.batchItemFailures.length > 0
      if (hasFailed || isDead()) queue.push(message)
    }
  }
  const producer = async () => {
    while (drops.length > 0) {
      drop()
      if (next() < 0.5) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await Promise.all([producer(), ...Array.from({ length: WORKERS }, worker)])

  assert.equal(queue.length, 0)
  const given = new Set(deadLetters.map(({ body }) => eTagIn(body)))
  for (const [key, { created, content }] of newest) {
    const name = key.slice('incoming/'.length)
    const [output, report] = [`enriched/${name}`, `failed/${name}.json`]
    if (content.enriched) {
      assert.ok(
        Buffer.compare(bucket.bytesOf(output) ?? Buffer.alloc(0), content.enriched) === 0,
        `${key}: wrong output`,
      )
      assert.equal(bucket.bytesOf(report), undefined, `${key}: a report is left`)
    } else {
      assert.equal(bucket.metadataOf(report)?.['source-etag'], created.eTag, `${key}: no report`)
      assert.ok(given.has(`${key} ${created.eTag}`), `${key}: not among the dead letters`)
    }
  }
  const corruptETag = [...newest.values()].find(({ content }) => content === corrupt)?.created.eTag
  for (const letter of given) assert.ok(corruptETag === undefined || letter.endsWith(` ${corruptETag}`), letter)
  for (const key of bucket.uploadsUnderWay) assert.ok(orphans.has(key) || killed > 0, `${key}: an upload is left`)
  return { invocations, killed }
}

function eTagIn(body: string): string {
  const { object } = JSON.parse(body).Records[0].s3
  return `${decodeURIComponent(object.key.replaceAll('+', ' '))} ${object.eTag}`
}

function cutBody() {
  return {
    async *[Symbol.asyncIterator]() {
      yield new Uint8Array(3)
    },
    destroy: () => {},
  }
}
