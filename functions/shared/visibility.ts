/** The visibility timeout of the queues, which the stack sets and the function waits for. */

/** A killed invocation may have ended a moment after its timeout. */
const MARGIN_SECONDS = 60
/** With it, SQS delivers a message thirty times in three hours if its invocation is killed each time. */
const MIN_SECONDS = 390

/**
 * AWS advises six times the timeout, so that a throttled message is not received twice; here receiving a message twice is
 * harmless, and a crash should not delay a file by half an hour. Two workers may then have one sequence: each writes only over
 * the objects that it has seen, and a file that is opened twice at a time counts two attempts at most.
 *
 * @param timeoutSeconds of the function
 * @returns seconds
 */
export function visibilitySeconds(timeoutSeconds: number): number {
  return Math.max(MIN_SECONDS, Math.ceil(timeoutSeconds) + MARGIN_SECONDS)
}
