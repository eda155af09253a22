/** A bucket, its queues and the function that takes from them, as an operator's command finds them. */
import type { Operated } from '../../../bin/operator/look-again.ts'
import { parseSettings, type SettingsInput } from '../../../functions/lambda/function-settings.ts'
import { FakeBucket } from '../../fakes/bucket.ts'
import { lambdaOn } from '../../fakes/lambda.ts'
import { FakeQueues } from '../../fakes/queues.ts'
import { barsFile, someBars } from '../../parquet-files.ts'

export const good = barsFile(someBars(20))
export const broken = good.subarray(0, 100)

export const REPAIRS = 'https://sqs.example.com/1/stack-repairs'
export const ARRIVALS = 'https://sqs.example.com/1/stack-arrivals'
export const LETTERS = 'https://sqs.example.com/1/stack-dead-letters'

export interface OperatedBucketOptions {
  readonly versioned?: boolean
  readonly settings?: SettingsInput
}

export function operatedBucket({ versioned = false, settings = {} }: OperatedBucketOptions = {}) {
  const bucket = new FakeBucket({ versioned })
  // every request later than the one before it
  let now = Date.UTC(2026, 0, 1)
  bucket.now = () => (now += 1000)
  const queues = new FakeQueues()
  const { handler } = lambdaOn(bucket, { settings })
  const lines: string[] = []
  const done: { key: string; again: boolean; size?: number | null }[] = []
  const operated: Operated = {
    s3: bucket,
    bucket: bucket.name,
    settings: parseSettings(settings, 1024),
    sqs: queues,
    repairsQueueUrl: REPAIRS,
    print: (line) => lines.push(...line.split('\n')),
    now: () => bucket.now(),
    drain: { pollMs: 1, stuckMs: 200 },
  }
  // the function takes what is in the queue; a key with "fails" stays there
  queues.onCount = async (url) => {
    if (url !== REPAIRS) return
    for (const body of queues.take(REPAIRS)) {
      const message = JSON.parse(body)
      if (message.key.includes('fails')) queues.put(REPAIRS, body)
      else {
        done.push(message)
        await handler(message)
      }
    }
  }
  const upload = async (key: string, bytes: Uint8Array, isProcessed = true) => {
    bucket.upload(key, bytes)
    if (isProcessed) await handler({ bucket: bucket.name, key })
  }
  return { bucket, queues, operated, lines, done, upload, handler }
}

/** What S3 sends about a key, as it comes out of the dead-letter queue. */
export function letterOf(bucket: string, ...keys: readonly string[]): string {
  const Records = keys.map((key) => ({
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: { bucket: { name: bucket }, object: { key: key.replaceAll(' ', '+'), size: 1 } },
  }))
  return JSON.stringify({ Records })
}
