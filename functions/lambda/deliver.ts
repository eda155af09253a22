/**
 * Processes one delivery: reconciles, records and announces each key that it names. SQS delivers failed messages again.
 */
import { UncertainWriteError } from '../storage/write-target.ts'
import type { Dependencies, Invocation } from './dependencies.ts'
import { type Delivery, eventCode, type Hint, type Message } from './hints.ts'
import { afterwards, continuationOf, queueOf, retrySoon } from './own-messages.ts'
import { COME_LATER, settle, wasReceivedBefore } from './settle.ts'

/**
 * @returns true when the delivery is finished; if false, SQS delivers its message again
 * @throws Error when the delivery failed and has no message that SQS could deliver again
 */
export async function deliver(
  delivery: Delivery,
  dependencies: Dependencies,
  invocation: Invocation,
): Promise<boolean> {
  const { message } = delivery
  const { requestId, record } = invocation
  const failures: unknown[] = []
  let isDone = true
  let mustWait = false
  const fail = (error: unknown, file: object = {}) => {
    failures.push(error)
    record({ requestId, ...file, outcome: 'failed', error })
  }
  try {
    const { hints, ignored } = delivery.contents()
    for (const reason of ignored) record({ requestId, outcome: 'ignored', code: eventCode(reason), reason })
    // a failed key does not hold up the keys after it
    for (const hint of hints) {
      const { bucket, key } = hint
      // a slow key would hold up those after it each time that their message comes
      const isUnreached = message && hints.length > 1 && invocation.deadline.aborted
      const settling = isUnreached
        ? postpone(hint, message, dependencies)
        : settle(hint, message, dependencies, invocation)
      const settled = await settling.catch((error) => fail(error, { bucket, key }))
      isDone &&= settled === undefined
      mustWait ||= settled === COME_LATER
    }
  } catch (error) {
    fail(error)
  }
  if (failures.length === 0 && isDone) return true
  if (!message) {
    if (failures.length > 0) throw failures[0]
    return true
  }
  // a write that may still take effect needs time: its message comes after the visibility timeout
  const isUncertain = failures.some((error) => error instanceof UncertainWriteError)
  // so does a write that the deadline cut off
  const mayLand = isUncertain || mustWait || invocation.deadline.aborted
  if (!mayLand) await retrySoon(message, dependencies.queue)
  return false
}

/** Sends a message of its own for a key that was not reached before the deadline. */
function postpone(hint: Hint, message: Message, { queue }: Dependencies): Promise<void> {
  const { deadlines } = hint
  const continued = wasReceivedBefore(hint, message)
  return queue.send(queueOf(message), { ...continuationOf(hint), deadlines, continued }, 0, afterwards())
}
