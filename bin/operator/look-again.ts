/** Sends keys to the queue `repairs`, and prints the outcome of each. */
import { inOrder } from '../../functions/bucket-audit/in-order.ts'
import { type Audited, type Finding, isUnsettled, judgeKey } from '../../functions/bucket-audit/judge-key.ts'
import { sequenceOf } from '../../functions/lambda/sequences.ts'
import { type SqsPort, sendAll } from '../../functions/storage/message-queue.ts'
import { type DrainOptions, untilDrained } from './queue-drained.ts'
import { sequenceWatch } from './sequence-watch.ts'
import { shown } from './shown.ts'

export interface Operated extends Audited {
  readonly sqs: SqsPort
  /** All buckets whose files the function enriches; undefined: only `bucket`. */
  readonly buckets?: readonly string[]
  readonly repairsQueueUrl: string
  /** To which the function sends keys whose files continue each other; undefined: there are none. */
  readonly sequencesQueueUrl?: string | undefined
  readonly drain: DrainOptions
  readonly print: (line: string) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const AT_ONCE = 32
/** The clock here and that of S3 may differ. */
const CLOCKS_MS = 60_000

/** A key of one of the buckets whose files the function enriches. */
export interface Named {
  readonly bucket: string
  readonly key: string
}

/** Sends keys to the queue `repairs`. The function computes them again even if they are right. */
export async function sendAgain(
  { sqs, repairsQueueUrl, settings }: Operated,
  objects: readonly Named[],
): Promise<void> {
  await sendAll(
    sqs,
    repairsQueueUrl,
    objects.map(({ bucket, key }) => ({
      bucket,
      key,
      again: true,
      // what failed may owe a repair further on
      ...(sequenceOf(settings, key) !== undefined && { advance: { isVerifying: true } }),
    })),
  )
}

/** Waits until the queue `repairs` is drained, or until nothing moves any more; then it prints how many messages are left. */
export async function repairsTaken(operated: Operated): Promise<void> {
  const { sqs, repairsQueueUrl, sequencesQueueUrl, drain, print } = operated
  let left = await untilDrained(sqs, repairsQueueUrl, drain)
  if (sequencesQueueUrl !== undefined) {
    const hasMoved = await sequenceWatch(operated)
    left += await untilDrained(sqs, sequencesQueueUrl, { ...drain, hasMoved })
  }
  if (left > 0) print(`${left} messages are still tried again, for up to four hours; what follows is how it is now`)
}

/**
 * Sends keys to be computed again, waits, and prints the outcome of each.
 * @param send sends the keys
 * @returns the number of keys without a right output or report that was made since
 */
export async function redrive(
  operated: Operated,
  objects: readonly Named[],
  send: () => Promise<void>,
): Promise<number> {
  const { print, now } = operated
  const madeSince = new Date(now() - CLOCKS_MS)
  await send()
  if (objects.length === 0) return 0
  await repairsTaken(operated)
  const counts = { enriched: 0, refused: 0, gone: 0, failed: 0 }
  async function* all() {
    yield* new Map(objects.map((object) => [JSON.stringify([object.bucket, object.key]), object])).values()
  }
  const judge = async ({ bucket, key }: Named) => {
    const finding = await judgeKey({ ...operated, bucket }, key, madeSince)
    return { ...finding, name: bucket === operated.bucket ? key : `s3://${bucket}/${key}` }
  }
  for await (const finding of inOrder(all(), AT_ONCE, judge)) {
    const outcome = outcomeOf(finding)
    counts[outcome]++
    print(`  ${outcome}${finding.code === undefined ? '' : ` (${finding.code})`}: ${shown(finding.name)}`)
  }
  print(`${counts.enriched} enriched, ${counts.refused} refused, ${counts.gone} gone, ${counts.failed} failed`)
  return counts.failed
}

function outcomeOf(finding: Finding): 'enriched' | 'refused' | 'gone' | 'failed' {
  if (isUnsettled(finding.verdict)) return 'failed'
  return finding.verdict === 'refused' || finding.verdict === 'gone' ? finding.verdict : 'enriched'
}
