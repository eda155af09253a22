/** The visibility timeout of the queues, and the shortest `maxWait` that it allows. */
import { Duration } from 'aws-cdk-lib/core'
import { VISIBILITY_SECONDS } from '../functions/shared/names.ts'

/** A killed invocation may have ended a moment after its timeout. */
const MARGIN = Duration.seconds(VISIBILITY_SECONDS.margin)
/** With it, SQS delivers a message thirty times in three hours if its invocation is killed each time. */
const MIN_VISIBILITY = Duration.seconds(VISIBILITY_SECONDS.minimum)

/**
 * AWS advises six times the timeout, so that a throttled message is not received twice; here receiving a message twice is
 * harmless, and a crash should not delay a file by half an hour.
 */
export function visibilityTimeoutOf(timeout: Duration): Duration {
  const seconds = Math.ceil(timeout.toSeconds({ integral: false })) + MARGIN.toSeconds()
  return longer(Duration.seconds(seconds), MIN_VISIBILITY)
}

/**
 * @returns the shortest `maxWait` with which a file whose invocation is killed twice raises no page. SQS delivers its
 * message within a minute of the upload, and for the third time two visibility timeouts later. After that, SQS excludes
 * the message from the age of the oldest one.
 */
export function minWaitOf(timeout: Duration): Duration {
  return Duration.seconds(2 * visibilityTimeoutOf(timeout).toSeconds() + 60)
}

export function longer(a: Duration, b: Duration): Duration {
  return a.toSeconds() < b.toSeconds() ? b : a
}
