/**
 * Advances a sequence: brings its keys to the state that they require, each continuing the one before. Messages about a
 * sequence come to one worker at a time. Step numbers are those of docs/decisions/carry.md.
 */

import { RefusedError } from '../shared/errors.ts'
import { compareKeys } from '../shared/key-order.ts'
import { resetPeakMemory } from '../shared/peak-memory.ts'
import type { S3Object } from '../storage/s3-client.ts'
import { LOOK_LATER_SECONDS, MAX_DEFERRALS } from './deliver.ts'
import type { Dependencies, Invocation } from './dependencies.ts'
import { asksAgain, lastOf, progressOf, withKeys } from './due-hints.ts'
import { failedRepeatedly } from './failed-repeatedly.ts'
import { enrichSettingsOf } from './function-settings.ts'
import type { Advanced, Hint } from './hints.ts'
import { keysOf } from './keys.ts'
import { Neighbours } from './neighbours.ts'
import type { Place } from './objects.ts'
import type { Outcome } from './outcome.ts'
import { giveUp, retrySecondsAfter } from './own-messages.ts'
import { isOlderThan, publishOutcome } from './publish-outcome.ts'
import { reconcile } from './reconcile.ts'
import { RunningState } from './running-state.ts'
import { SequenceObject } from './sequence-object.ts'
import { sendToSequence, sequenceObjectKey, sequencePlaceOf } from './sequences.ts'
import { linksBefore, walkBack } from './walk-back.ts'
import { leftToNewer } from './work.ts'
import { workOn } from './work-on.ts'

/** Messages about one sequence that are delivered together. */
export interface SequenceBatch {
  readonly bucket: string
  readonly sequence: string
  /** One for each key, in their order. */
  readonly hints: readonly Hint[]
  /** Number of times that SQS has delivered the messages, including this one. */
  readonly receiveCount: number
  /** That of the message that was delivered least: the first key of a new message has not failed yet. */
  readonly fewestReceives: number
  /** What was written since, in milliseconds since 1970, may be unannounced; undefined: nothing. */
  readonly since: number | undefined
  /** When SQS delivered the first of the messages for the first time, in milliseconds since 1970. */
  readonly firstReceived: number
}

/** Share of the function's time after which no further key is begun: a key that needs more gets a message of its own. */
const BEGINNING_SHARE = 0.6
/** Messages that continue each other. Each one does at least one key, and most of them minutes of work. */
const MAX_HOPS = 1000

/** Work on a key failed. */
export class KeyError extends Error {
  readonly key: string
  constructor(key: string, cause: unknown) {
    super(`${key} failed`, { cause })
    this.key = key
  }
}

export async function advance(batch: SequenceBatch, dependencies: Dependencies, invocation: Invocation): Promise<void> {
  await new SequenceWork(batch, dependencies, invocation).run()
}

class SequenceWork {
  readonly #batch: SequenceBatch
  readonly #dependencies: Dependencies
  readonly #invocation: Invocation
  readonly #hints: ReadonlyMap<string, Hint>
  readonly #isVerifying: boolean
  readonly #enough: AbortSignal
  readonly #place: Place
  readonly #object: SequenceObject
  readonly #progress = { made: 0, walkedBack: 0 }

  constructor(batch: SequenceBatch, dependencies: Dependencies, invocation: Invocation) {
    this.#batch = batch
    this.#dependencies = dependencies
    this.#invocation = invocation
    this.#hints = new Map(batch.hints.map((hint) => [hint.key, hint]))
    // 3. the worker that died may owe a repair further on
    this.#isVerifying = batch.receiveCount > 1 || batch.hints.some(({ advance }) => advance?.isVerifying)
    this.#enough = AbortSignal.timeout(Math.floor(invocation.timeoutSeconds * BEGINNING_SHARE * 1000))
    const { s3, environment } = dependencies
    const { bucket, sequence } = batch
    this.#place = { s3, bucket, signal: invocation.deadline }
    this.#object = new SequenceObject(this.#place, sequenceObjectKey(environment.settings, sequence), sequence)
  }

  async run(): Promise<void> {
    await this.#object.read()
    try {
      await this.#advanceAll()
    } finally {
      const { requestId } = this.#invocation
      const { bucket, sequence } = this.#batch
      this.#dependencies.telemetry.advanced({ requestId, bucket, sequence, ...this.#progress })
    }
  }

  async #advanceAll(): Promise<void> {
    let due = this.#batch.hints
    while (due.length > 0) {
      const reached = await this.#advanceFrom(due)
      due = due.filter(({ key }) => reached !== undefined && compareKeys(key, reached) > 0)
    }
  }

  /** @returns the key after which nothing is owed for the first of the hints; undefined when nothing is left to do here */
  async #advanceFrom(due: readonly Hint[]): Promise<string | undefined> {
    const { settings } = this.#dependencies.environment
    const place = this.#place
    const neighbours = new Neighbours(sequencePlaceOf(place, settings, this.#batch.sequence))
    // 1. start at the smallest key, and walk back to the nearest one that is done
    const [first] = due
    const { since } = this.#batch
    const limits = { since, isOver: () => this.#enough.aborted }
    const beginning = await walkBack(place, settings, neighbours, first!.key, limits)
    this.#progress.walkedBack += beginning.steps
    if (beginning.isUnfinished) return this.#continueAt(beginning.key, due)
    const { memoryBudgetBytes } = enrichSettingsOf(settings, first!.key)
    const before = () => linksBefore(place, settings, neighbours, beginning.after?.input ?? beginning.key)
    const running = new RunningState(place, memoryBudgetBytes, beginning.after, before)
    const done = beginning.after?.input
    const object = this.#object
    let reached: string | undefined
    const end = async (isWhole: boolean) => {
      if (reached !== undefined) await object.workedTo(done, reached, isWhole)
    }
    const through = first!.advance?.through ?? first!.key
    // 2. go forward in key order, each key with the running state as its beginning
    let mustContinue = false
    for await (const key of withKeys(neighbours.from(beginning.key), due)) {
      // 4. when the time runs out, the next key gets a message
      if (mustContinue) {
        await end(false)
        return this.#continueAt(key, due)
      }
      const outcome = await this.#settle(key, running, () => object.workFrom(done)).catch((error) => {
        throw new KeyError(key, error)
      })
      if (outcome.outcome === 'deferred') {
        await end(false)
        return this.#continueLater(key, due, outcome.reason)
      }
      reached = key
      if (outcome.outcome === 'enriched') this.#progress.made++
      const { passesOn } = outcome
      if (passesOn !== undefined) running.passOn({ input: key, output: keysOf(settings, key).output, state: passesOn })
      // 3. a key that already continues from the running state ends the work, and so do those after it
      const { outcome: what, mayBeNews = false } = outcome
      // an output that this worker may have written, with an answer that was lost, is not one that was there
      const isPublished = what === 'unchanged' && outcome.outputKey !== undefined && !mayBeNews
      if (isPublished && !this.#isVerifying && compareKeys(key, through) > 0 && object.isKnownAfter(key)) {
        await end(true)
        return key
      }
      const isStale = what === 'enriched' || what === 'refused' || mayBeNews
      mustContinue = this.#enough.aborted || (isStale && this.#batch.receiveCount > 1)
    }
    await end(true)
    return undefined
  }

  async #settle(key: string, running: RunningState, onWork: () => Promise<void>): Promise<Outcome> {
    const { requestId, deadline } = this.#invocation
    const { telemetry } = this.#dependencies
    deadline.throwIfAborted()
    const hint = this.#hintOf(key)
    const { receiveCount, since, bucket } = this.#batch
    telemetry.start({ requestId, bucket, key, receiveCount, again: hint.again })
    resetPeakMemory()
    const { settings } = this.#dependencies.environment
    const carry = running.carry(settings.carry?.forgetAfter)
    const work = {
      ...workOn(hint, undefined, this.#dependencies, this.#invocation),
      carry: {
        ...carry,
        open: async () => {
          await onWork()
          return carry.open()
        },
      },
      // a killed function is a matter of the key that it was at, so later attempts begin with that one
      verdict: (source: S3Object) => failedRepeatedly(this.#batch, source),
    }
    const isNew = work.isProbablyNewAndSmall && !this.#isVerifying
    const outcome = await reconcile({ ...work, isProbablyNewAndSmall: isNew })
    if (outcome.outcome === 'superseded') throw leftToNewer(work, 'it has to advance the sequence')
    if (outcome.outcome === 'deferred') return outcome
    if (outcome.outcome === 'refused' && outcome.code === 'failed-repeatedly') {
      await giveUp(this.#dependencies.queue, hint, outcome.code, outcome.reason)
    }
    const mayBeUnannounced = since !== undefined && !isOlderThan({ firstReceived: since }, outcome)
    await publishOutcome(hint, outcome, mayBeUnannounced, this.#dependencies, this.#invocation)
    await this.#retrySecondaries(hint, outcome)
    return outcome
  }

  /** A separate message retries the chart, and does not announce the output again. */
  async #retrySecondaries(hint: Hint, { secondaryFailure }: Outcome): Promise<void> {
    if (secondaryFailure === undefined) return
    const { error, source } = secondaryFailure
    const { queue } = this.#dependencies
    const { bucket, key, deferrals } = hint
    const isAgain = hint.announced === source
    if (isAgain && error instanceof RefusedError) return giveUp(queue, hint, error.code, error.message)
    if (isAgain && deferrals === MAX_DEFERRALS) throw error
    const later = { bucket, key, announced: source, deferrals: isAgain ? deferrals + 1 : 0 }
    const { deadline, timeoutSeconds } = this.#invocation
    const wait = retrySecondsAfter(error, later.deferrals + 1, timeoutSeconds)
    await queue.send('arrivals', later, wait, deadline)
  }

  #hintOf(key: string): Hint {
    const none = { size: undefined, again: false, deadlines: 0, deferrals: 0, continued: false, announced: undefined }
    return this.#hints.get(key) ?? { bucket: this.#batch.bucket, key, ...none, isDirect: true }
  }

  async #continueAt(key: string, due: readonly Hint[]): Promise<undefined> {
    const { bucket, sequence } = this.#batch
    const { queue } = this.#dependencies
    const { requestId, deadline } = this.#invocation
    const advanced = this.#advanced(due)
    if (advanced.hops > MAX_HOPS) {
      const reason = `${MAX_HOPS} messages continued each other, and the sequence is not at its end`
      await giveUp(queue, this.#hintOf(key), 'too-many-hops', reason)
      return undefined
    }
    for (const message of [{ bucket, key, advance: advanced }, ...asksAgain(due, key)]) {
      await sendToSequence(queue, sequence, message, `${requestId} continues`, deadline)
    }
    return undefined
  }

  /** The object of the key keeps changing; those after it have to wait. */
  async #continueLater(key: string, due: readonly Hint[], reason: string): Promise<undefined> {
    const { deferrals } = this.#hintOf(key)
    if (deferrals === MAX_DEFERRALS) throw new KeyError(key, new Error(reason))
    const { bucket } = this.#batch
    const { queue } = this.#dependencies
    const { deadline } = this.#invocation
    const later = { bucket, key, deferrals: deferrals + 1, advance: this.#advanced(due) }
    for (const message of [later, ...asksAgain(due, key)]) {
      await queue.send('arrivals', message, LOOK_LATER_SECONDS, deadline)
    }
    return undefined
  }

  #advanced(due: readonly Hint[]): Advanced {
    const { hints, since } = this.#batch
    const { hops, failures } = progressOf(hints)
    return { through: lastOf(due), isVerifying: this.#isVerifying, since, hops: hops + 1, failures }
  }
}
