/** Settles one key of a sequence: reconciles it with the state that it continues from, and announces it. */
import { RefusedError } from '../shared/errors.ts'
import { resetPeakMemory } from '../shared/peak-memory.ts'
import type { S3Object } from '../storage/s3-client.ts'
import type { Dependencies, Invocation } from './dependencies.ts'
import { failedRepeatedly } from './failed-repeatedly.ts'
import type { Hint } from './hints.ts'
import type { Outcome } from './outcome.ts'
import { giveUp, MAX_DEFERRALS, retrySecondsAfter } from './own-messages.ts'
import { isOlderThan, publishOutcome } from './publish-outcome.ts'
import { reconcile } from './reconcile.ts'
import type { RunningState } from './running-state.ts'
import { hintOf, type SequenceBatch } from './sequence-batch.ts'
import { uploadOf } from './too-slow.ts'
import { leftToNewer, type Work } from './work.ts'
import { workOn } from './work-on.ts'

/** A key, and the known facts about its sequence. */
interface SequenceKey {
  readonly key: string
  readonly batch: SequenceBatch
  /** The beginning of the key. */
  readonly running: RunningState
  /** True: the message was delivered before, so that the output may exist. */
  readonly isVerifying: boolean
  /** Is called before the file is computed. */
  onWork(): Promise<void>
  /** Counts an attempt on an upload of the file. @returns the number of attempts before */
  onAttempt(upload: string): Promise<number>
}

/** @returns `deferred` when the object kept changing: nothing is announced */
export async function settleInSequence(
  sequenceKey: SequenceKey,
  dependencies: Dependencies,
  invocation: Invocation,
): Promise<Outcome> {
  const { key, batch, isVerifying } = sequenceKey
  const { requestId, deadline } = invocation
  const { telemetry, queue } = dependencies
  deadline.throwIfAborted()
  const hint = hintOf(batch, key)
  const { receiveCount, since, bucket } = batch
  telemetry.start({ requestId, bucket, key, receiveCount, again: hint.again })
  resetPeakMemory()
  const work = workInSequence(hint, sequenceKey, dependencies, invocation)
  const isNew = work.isProbablyNewAndSmall && !isVerifying
  const outcome = await reconcile({ ...work, isProbablyNewAndSmall: isNew })
  if (outcome.outcome === 'superseded') throw leftToNewer(work, 'it has to advance the sequence')
  if (outcome.outcome === 'deferred') return outcome
  if (outcome.outcome === 'refused' && outcome.code === 'failed-repeatedly') {
    await giveUp(queue, hint, outcome.code, outcome.reason)
  }
  const mayBeUnannounced = since !== undefined && !isOlderThan({ firstReceived: since }, outcome)
  await publishOutcome(hint, outcome, mayBeUnannounced, dependencies, invocation)
  await retrySecondariesLater(hint, outcome, dependencies, invocation)
  return outcome
}

function workInSequence(
  hint: Hint,
  { batch, running, onWork, onAttempt }: SequenceKey,
  dependencies: Dependencies,
  invocation: Invocation,
): Work {
  const carry = running.carry(dependencies.environment.settings.carry ?? {})
  return {
    ...workOn(hint, undefined, dependencies, invocation),
    carry: {
      ...carry,
      open: async () => {
        await onWork()
        return carry.open()
      },
    },
    // a killed function cannot say at which key it was, so each attempt is counted before the file is opened
    verdict: async (source: S3Object) =>
      batch.isRetried ? failedRepeatedly(await onAttempt(uploadOf(source))) : undefined,
  }
}

/** A separate message retries the chart, and does not announce the output again. */
async function retrySecondariesLater(
  hint: Hint,
  { secondaryFailure }: Outcome,
  { queue }: Dependencies,
  { deadline, timeoutSeconds }: Invocation,
): Promise<void> {
  if (secondaryFailure === undefined) return
  const { error, source } = secondaryFailure
  const { bucket, key, deferrals } = hint
  const isAgain = hint.announced === source
  if (isAgain && error instanceof RefusedError) return giveUp(queue, hint, error.code, error.message)
  if (isAgain && deferrals === MAX_DEFERRALS) throw error
  const later = { bucket, key, announced: source, deferrals: isAgain ? deferrals + 1 : 0 }
  const wait = retrySecondsAfter(error, later.deferrals + 1, timeoutSeconds)
  await queue.send('arrivals', later, wait, deadline)
}
