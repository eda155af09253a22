/** Sends the messages that continue the work on a sequence. */
import type { Dependencies, Invocation } from './dependencies.ts'
import { afterKey, lastOf, progressOf } from './due-hints.ts'
import type { Advanced, Hint } from './hints.ts'
import { giveUp, LOOK_LATER_SECONDS, MAX_DEFERRALS } from './own-messages.ts'
import { hintOf, isVerified, KeyError, type SequenceBatch } from './sequence-batch.ts'
import { sendToSequence } from './sequences.ts'

/** Messages that continue each other. Each one does at least one key, and most of them minutes of work. */
const MAX_HOPS = 1000

/** Where the work on a sequence stopped. */
interface Stop {
  readonly batch: SequenceBatch
  /** The next key. */
  readonly key: string
  /** The messages that are not done. */
  readonly due: readonly Hint[]
  /** Whether the function may have ended at the key. */
  readonly isRetried?: boolean
}

/** The function's time belongs to another sequence: sends the keys of the batch to their sequence again. */
export async function workLater(
  batch: SequenceBatch,
  dependencies: Dependencies,
  invocation: Invocation,
): Promise<void> {
  const { hints, isRetried } = batch
  await continueAt({ batch, key: hints[0]!.key, due: hints, isRetried }, dependencies, invocation)
}

/** The time ran out: sends the next key to the sequence. */
export async function continueAt(stop: Stop, { queue }: Dependencies, invocation: Invocation): Promise<void> {
  const { batch, key, due } = stop
  const { bucket, sequence } = batch
  const { requestId, deadline } = invocation
  const advanced = advancedOf(stop)
  if (advanced.hops > MAX_HOPS) {
    const reason = `${MAX_HOPS} messages continued each other, and the sequence is not at its end`
    return giveUp(queue, hintOf(batch, key), 'too-many-hops', reason)
  }
  const { again } = hintOf(batch, key)
  for (const message of [{ bucket, key, again, advance: advanced }, ...afterKey(due, key)]) {
    await sendToSequence(queue, sequence, message, `${requestId} continues`, deadline)
  }
}

/** The object of the key keeps changing; those after it have to wait. */
export async function continueLater(
  stop: Stop,
  reason: string,
  { queue }: Dependencies,
  { deadline }: Invocation,
): Promise<void> {
  const { batch, key, due } = stop
  const { deferrals, again } = hintOf(batch, key)
  if (deferrals === MAX_DEFERRALS) throw new KeyError(key, new Error(reason))
  const later = { bucket: batch.bucket, key, again, deferrals: deferrals + 1, advance: advancedOf(stop) }
  for (const message of [later, ...afterKey(due, key)]) {
    await queue.send('arrivals', message, LOOK_LATER_SECONDS, deadline)
  }
}

function advancedOf({ batch, due, isRetried }: Stop): Advanced {
  const { hops, failures } = progressOf(batch.hints)
  const progress = { through: lastOf(due), since: batch.since, hops: hops + 1, failures }
  return { ...progress, isVerifying: isVerified(batch), ...(isRetried && { isRetried }) }
}
