/** The messages about one sequence that are processed together. */
import { compareKeys } from '../shared/key-order.ts'
import { progressOf } from './due-hints.ts'
import type { Hint, Message } from './hints.ts'

/** A message about a key of a sequence. */
export interface Received {
  readonly message: Message
  readonly hint: Hint
  readonly sequence: string
}

/** Messages about one sequence that are delivered together. */
export interface SequenceBatch {
  readonly bucket: string
  readonly sequence: string
  /** One for each key, in their order. */
  readonly hints: readonly Hint[]
  /** Number of times that SQS has delivered the messages, including this one. */
  readonly receiveCount: number
  /**
   * Whether the function may have ended at one of the keys. Then only the first key that is not done is tried, and the attempt
   * is counted.
   */
  readonly isRetried: boolean
  /** Outputs and reports written since, in milliseconds since 1970, may be unannounced; undefined: none. */
  readonly since: number | undefined
  /** When SQS delivered the first of the messages for the first time, in milliseconds since 1970. */
  readonly firstReceived: number
}

/** Work on a key failed. */
export class KeyError extends Error {
  readonly key: string
  constructor(key: string, cause: unknown) {
    super(`${key} failed`, { cause })
    this.key = key
  }
}

/** @param group all of one sequence, at least one */
export function batchOf(group: readonly Received[]): SequenceBatch {
  const [{ hint, sequence }] = group as [Received]
  const byKey = new Map<string, Hint>()
  for (const { hint } of group) {
    const other = byKey.get(hint.key)
    byKey.set(hint.key, other ? joinedHints(other, hint) : hint)
  }
  const receiveCount = Math.max(...group.map(({ message }) => message.receiveCount))
  const received = group.map(({ message }) => message.firstReceived)
  const firstReceived = earliest(received) ?? 0
  const since = earliest([
    receiveCount > 1 ? firstReceived : undefined,
    ...group.map(({ hint }) => hint.advance?.since),
  ])
  const hints = [...byKey.values()].sort((a, b) => compareKeys(a.key, b.key))
  return {
    bucket: hint.bucket,
    sequence,
    hints,
    receiveCount,
    isRetried: receiveCount > 1 || hints.some(({ advance }) => advance?.isRetried),
    since,
    firstReceived,
  }
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

/** Two messages about one key. */
function joinedHints(a: Hint, b: Hint): Hint {
  const advances = [a.advance, b.advance]
  return {
    ...a,
    size: a.size === b.size ? a.size : undefined,
    again: a.again || b.again,
    announced: a.announced === b.announced ? a.announced : undefined,
    deferrals: Math.min(a.deferrals, b.deferrals),
    advance: {
      ...progressOf([a, b]),
      isVerifying: advances.some((of) => of?.isVerifying),
      ...(advances.some((of) => of?.isRetried) && { isRetried: true }),
      since: earliest(advances.map((of) => of?.since)),
    },
  }
}

/** Adds a key, which is to be enriched again. */
export function withAgain(batch: SequenceBatch, key: string): SequenceBatch {
  const others = batch.hints.filter((hint) => hint.key !== key)
  const hints = [...others, { ...hintOf(batch, key), again: true }].sort((a, b) => compareKeys(a.key, b.key))
  return { ...batch, hints }
}

/** @returns the message about the key; without one, as if the key had just been uploaded */
export function hintOf({ bucket, hints }: SequenceBatch, key: string): Hint {
  const none = { size: undefined, again: false, deadlines: 0, deferrals: 0, continued: false, announced: undefined }
  return hints.find((hint) => hint.key === key) ?? { bucket, key, ...none, isDirect: true }
}

/** Whether the keys are looked at up to the end of the sequence: the worker that died may owe a repair further on. */
export function isVerified({ isRetried, hints }: SequenceBatch): boolean {
  return isRetried || hints.some(({ advance }) => advance?.isVerifying)
}
