/** Announces and records what became of a key, and decides whether an earlier attempt may have left it unannounced. */
import { CANARY_PREFIXES, NOTICE, OBJECT_METADATA } from '../shared/names.ts'
import type { Dependencies, Invocation } from './dependencies.ts'
import type { Hint, Message } from './hints.ts'
import { noticeOf } from './notice.ts'
import type { Outcome } from './outcome.ts'
import { giveUp } from './own-messages.ts'

/** Clocks of S3 and SQS; S3 cuts times to seconds. A notice too many is better than none. */
const CLOCK_SKEW_MS = 10_000

/**
 * Announces and records the outcome of a key.
 * @param mayBeUnannounced whether an earlier receive may have written the output or the report, and not announced it
 */
export async function publishOutcome(
  hint: Hint,
  outcome: Outcome,
  mayBeUnannounced: boolean,
  { queue, announce }: Dependencies,
  { requestId, deadline, record }: Invocation,
): Promise<void> {
  const { bucket, key } = hint
  if (outcome.outcome === 'refused' && outcome.reportKey === undefined) {
    await giveUp(queue, hint, outcome.code, outcome.reason)
  }
  const notice = noticeOf(hint, outcome, mayBeUnannounced)
  // only the canary waits for its file
  if (notice && !key.startsWith(CANARY_PREFIXES.all)) {
    await announce?.(NOTICE.source, notice.type, notice.detail, deadline)
  }
  record({ requestId, bucket, key, ...withoutFlips(outcome) })
}

/** They are for the notice; the log has the counts. */
function withoutFlips(outcome: Outcome): Outcome {
  return outcome.outcome === 'enriched' ? { ...outcome, noticeFlips: undefined } : outcome
}

/**
 * True when an earlier attempt of this invocation wrote the output or the report. Lambda keeps the request id when it retries
 * an asynchronous invocation: https://repost.aws/knowledge-center/lambda-function-duplicate-invocations
 */
export function wasWrittenBy(requestId: string, outcome: Outcome): boolean {
  return 'metadata' in outcome && outcome.metadata?.[OBJECT_METADATA.request] === requestId
}

/** True when the output or the report was there before SQS delivered the message for the first time. */
export function isOlderThan({ firstReceived }: Pick<Message, 'firstReceived'>, outcome: Outcome): boolean {
  return firstReceived !== undefined && 'modified' in outcome && isWrittenBefore(firstReceived, outcome.modified)
}

/** @param time in milliseconds since 1970. @param modified when S3 says that an object was written */
export function isWrittenBefore(time: number, modified: Date | undefined): boolean {
  return modified !== undefined && modified.getTime() < time - CLOCK_SKEW_MS
}
