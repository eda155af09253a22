/**
 * Advances a sequence: brings its keys to the state that they require, each continuing the one before. Messages about a
 * sequence come to one worker at a time. Step numbers are those of docs/decisions/carry.md.
 */
import { compareKeys } from '../shared/key-order.ts'
import { continueAt, continueLater } from './continue-sequence.ts'
import type { Dependencies, Invocation } from './dependencies.ts'
import { withKeys } from './due-hints.ts'
import { enrichSettingsOf } from './function-settings.ts'
import type { Hint } from './hints.ts'
import { keysOf } from './keys.ts'
import { Neighbours } from './neighbours.ts'
import type { Place } from './objects.ts'
import type { Outcome } from './outcome.ts'
import { DamagedLinkError, RunningState } from './running-state.ts'
import { isVerified, KeyError, type SequenceBatch, withAgain } from './sequence-batch.ts'
import { SequenceObject } from './sequence-object.ts'
import { sequenceObjectKey, sequencePlaceOf } from './sequences.ts'
import { settleInSequence } from './settle-in-sequence.ts'
import { type Beginning, linksBefore, walkBack } from './walk-back.ts'

/** @param enough is over when no further key is begun */
export async function advance(
  batch: SequenceBatch,
  dependencies: Dependencies,
  invocation: Invocation,
  enough: AbortSignal,
): Promise<void> {
  await new SequenceWork(batch, dependencies, invocation, enough).run()
}

class SequenceWork {
  #batch: SequenceBatch
  readonly #dependencies: Dependencies
  readonly #invocation: Invocation
  readonly #isVerifying: boolean
  readonly #enough: AbortSignal
  readonly #place: Place
  readonly #object: SequenceObject
  readonly #progress = { made: 0, walkedBack: 0 }
  /** Keys whose output was damaged, and that were therefore enriched again. */
  readonly #repaired = new Set<string>()

  constructor(batch: SequenceBatch, dependencies: Dependencies, invocation: Invocation, enough: AbortSignal) {
    this.#batch = batch
    this.#dependencies = dependencies
    this.#invocation = invocation
    this.#isVerifying = isVerified(batch)
    this.#enough = enough
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
      try {
        const reached = await this.#advanceFrom(due)
        due = due.filter(({ key }) => reached !== undefined && compareKeys(key, reached) > 0)
      } catch (error) {
        due = this.#repairing(error)
      }
    }
  }

  /**
   * Has the file of a damaged output enriched again, before the one that continues it.
   * @throws the error, if it is another one, or if that was done: the file itself is gone
   */
  #repairing(error: unknown): readonly Hint[] {
    const cause = error instanceof KeyError ? error.cause : undefined
    if (!(cause instanceof DamagedLinkError) || this.#repaired.has(cause.input)) throw error
    this.#repaired.add(cause.input)
    this.#batch = withAgain(this.#batch, cause.input)
    return this.#batch.hints
  }

  /** @returns the key after which nothing is owed for the first of the hints; undefined when nothing is left to do here */
  async #advanceFrom(due: readonly Hint[]): Promise<string | undefined> {
    const { settings } = this.#dependencies.environment
    const neighbours = new Neighbours(sequencePlaceOf(this.#place, settings, this.#batch.sequence))
    // 1. start at the smallest key, and walk back to the nearest one that is done
    const [first] = due
    const start = this.#isVerifying ? this.#object.earliestOwed(first!.key) : first!.key
    const limits = { since: this.#batch.since, isOver: () => this.#enough.aborted }
    const beginning = await walkBack(this.#place, settings, neighbours, start, limits)
    this.#progress.walkedBack += beginning.steps
    if (beginning.isUnfinished) return this.#continueAt(beginning.key, due)
    const running = this.#runningState(beginning, first!.key, neighbours)
    const done = beginning.after?.input
    let reached: string | undefined
    const end = async (isWhole: boolean) => {
      if (reached !== undefined) await this.#object.workedTo(done, reached, isWhole)
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
      const outcome = await this.#settle(key, running, done)
      if (outcome.outcome === 'deferred') {
        await end(false)
        await continueLater(this.#stop(key, due), outcome.reason, this.#dependencies, this.#invocation)
        return undefined
      }
      reached = key
      if (this.#isEnd(key, through, outcome)) {
        await end(true)
        return key
      }
      mustContinue = this.#enough.aborted || this.#isFirstStale(outcome)
    }
    await end(true)
    return undefined
  }

  #runningState({ key, after }: Beginning, first: string, neighbours: Neighbours): RunningState {
    const { settings } = this.#dependencies.environment
    const { memoryBudgetBytes } = enrichSettingsOf(settings, first)
    const before = () => linksBefore(this.#place, settings, neighbours, after?.input ?? key)
    return new RunningState(this.#place, memoryBudgetBytes, after, before)
  }

  async #settle(key: string, running: RunningState, done: string | undefined): Promise<Outcome> {
    const sequenceKey = {
      key,
      batch: this.#batch,
      running,
      isVerifying: this.#isVerifying,
      onWork: () => this.#object.workFrom(done),
      onAttempt: (upload: string) => this.#object.attempt(key, upload),
    }
    const outcome = await settleInSequence(sequenceKey, this.#dependencies, this.#invocation).catch((error) => {
      throw new KeyError(key, error)
    })
    if (outcome.outcome === 'enriched') this.#progress.made++
    const { passesOn } = outcome
    const { output } = keysOf(this.#dependencies.environment.settings, key)
    if (passesOn !== undefined) running.passOn({ input: key, output, state: passesOn })
    return outcome
  }

  /** 3. A key that already continues from the running state ends the work, and so do those after it. */
  #isEnd(key: string, through: string, outcome: Outcome): boolean {
    const { mayBeNews = false } = outcome
    // an output that this worker may have written, with an answer that was lost, is not one that was there
    const isPublished = outcome.outcome === 'unchanged' && outcome.outputKey !== undefined && !mayBeNews
    return isPublished && !this.#isVerifying && compareKeys(key, through) > 0 && this.#object.isKnownAfter(key)
  }

  /** True after the first key that was not done, when the function may have ended at it. */
  #isFirstStale({ outcome, mayBeNews = false }: Outcome): boolean {
    const isStale = outcome === 'enriched' || outcome === 'refused' || mayBeNews
    return isStale && this.#batch.isRetried
  }

  async #continueAt(key: string, due: readonly Hint[]): Promise<undefined> {
    await continueAt(this.#stop(key, due), this.#dependencies, this.#invocation)
  }

  #stop(key: string, due: readonly Hint[]) {
    return { batch: this.#batch, key, due }
  }
}
