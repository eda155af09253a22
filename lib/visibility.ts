/** The visibility timeout of the queues, the shortest `maxWait` that it allows, and how long the canary waits. */
import { Duration } from 'aws-cdk-lib/core'
import { visibilitySeconds } from '../functions/shared/visibility.ts'

export function visibilityTimeoutOf(timeout: Duration): Duration {
  return Duration.seconds(visibilitySeconds(timeout.toSeconds({ integral: false })))
}

/**
 * @returns the shortest `maxWait` with which a file whose invocation is killed twice raises no page. SQS delivers its
 * message within a minute of the upload, and for the third time two visibility timeouts later. After that, SQS excludes
 * the message from the age of the oldest one.
 */
export function minWaitOf(timeout: Duration): Duration {
  return Duration.seconds(2 * visibilityTimeoutOf(timeout).toSeconds() + 60)
}

/** The longest that Lambda lets the canary wait for its file. */
export const MAX_CANARY_WAIT = Duration.minutes(15)

/** @returns the time that the canary waits: before `maxWait` is over, no file is late */
export function canaryWaitOf(maxWait: Duration): Duration {
  return maxWait.toSeconds() < MAX_CANARY_WAIT.toSeconds() ? maxWait : MAX_CANARY_WAIT
}

export function longer(a: Duration, b: Duration): Duration {
  return a.toSeconds() < b.toSeconds() ? b : a
}
