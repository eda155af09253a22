/** How long a message is hidden whose invocation was killed, and what that means for the promise `maxWait`. */
import { Duration } from 'aws-cdk-lib/core'

/** A killed invocation may have ended a moment after its timeout. */
const MARGIN = Duration.seconds(60)
/** A message whose invocation is killed each time is received thirty times in three hours then. */
const MIN_VISIBILITY = Duration.seconds(390)

/**
 * AWS advises six times the timeout, so that a throttled message is not received twice; here receiving a message twice is
 * harmless, and a crash should not delay a file by half an hour.
 */
export function visibilityTimeoutOf(timeout: Duration): Duration {
  const seconds = Math.ceil(timeout.toSeconds({ integral: false })) + MARGIN.toSeconds()
  return longer(Duration.seconds(seconds), MIN_VISIBILITY)
}

/**
 * The shortest `maxWait` with which a file whose invocation is killed twice does not page: its message is received for the
 * third time two visibility timeouts after the first time, which is within a minute. Later on, SQS leaves a message out of
 * the age of the oldest one.
 */
export function minWaitOf(timeout: Duration): Duration {
  return Duration.seconds(2 * visibilityTimeoutOf(timeout).toSeconds() + 60)
}

export function longer(a: Duration, b: Duration): Duration {
  return a.toSeconds() < b.toSeconds() ? b : a
}
