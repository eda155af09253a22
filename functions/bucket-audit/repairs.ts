/** Sends the keys of an audit to the queue `repairs`, in batches: a bucket may need a million repairs. */
import type { FunctionSettings } from '../lambda/function-settings.ts'
import { sequenceOf } from '../lambda/sequences.ts'
import { type Finding, needsRepair } from './judge-key.ts'

/** Sends messages with these bodies. */
export type SendRepairs = (bodies: readonly object[], signal?: AbortSignal) => Promise<void>

/** Messages that are sent together. */
export const BATCH_KEYS = 100

/** The message about a key that is not done. Of a sequence, all keys after it are looked at. */
export function repairOf(bucket: string, settings: FunctionSettings, key: string): object {
  const isInSequence = sequenceOf(settings, key) !== undefined
  return { bucket, key, ...(isInSequence && { advance: { isVerifying: true } }) }
}

export class Repairs {
  readonly #bucket: string
  readonly #settings: FunctionSettings
  /** Whose first key was sent. */
  readonly #sequences = new Set<string>()
  readonly #send: SendRepairs | undefined
  readonly #signal: AbortSignal | undefined
  #waiting: object[] = []
  #sent: number

  /**
   * @param send undefined: sends nothing
   * @param signal ends a request that stalls
   * @param sent the number of keys that earlier invocations of the audit have sent
   */
  constructor(
    bucket: string,
    settings: FunctionSettings,
    send: SendRepairs | undefined,
    signal?: AbortSignal,
    sent = 0,
  ) {
    this.#bucket = bucket
    this.#settings = settings
    this.#send = send
    this.#signal = signal
    this.#sent = sent
  }

  /** The number of keys that were sent. */
  get sent(): number {
    return this.#sent
  }

  async add(finding: Finding): Promise<void> {
    if (!this.#send || !needsRepair(finding)) return
    const { key, verdict } = finding
    const sequence = sequenceOf(this.#settings, key)
    // the first key of a sequence has all after it looked at, except a report alone, which is in no listing
    const isListed = verdict !== 'orphaned-report'
    if (sequence !== undefined && isListed) {
      if (this.#sequences.has(sequence)) return
      this.#sequences.add(sequence)
    }
    this.#waiting.push(repairOf(this.#bucket, this.#settings, key))
    if (this.#waiting.length === BATCH_KEYS) await this.flush()
  }

  /** Sends the keys of an incomplete batch. */
  async flush(): Promise<void> {
    if (this.#waiting.length > 0) await this.#send?.(this.#waiting, this.#signal)
    this.#sent += this.#waiting.length
    this.#waiting = []
  }
}
