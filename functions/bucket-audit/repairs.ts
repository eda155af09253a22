/** Sends the keys of an audit to the queue `repairs`, in batches: a bucket may need a million repairs. */
import { type Finding, needsRepair } from './judge-key.ts'

/** Sends messages with these bodies. */
export type SendRepairs = (bodies: readonly object[], signal?: AbortSignal) => Promise<void>

const BATCH_KEYS = 100

export class Repairs {
  readonly #bucket: string
  readonly #send: SendRepairs | undefined
  readonly #signal: AbortSignal | undefined
  #waiting: object[] = []
  #sent: number

  /**
   * @param send undefined: sends nothing
   * @param signal ends a request that stalls
   * @param sent the number of keys that earlier invocations of the audit have sent
   */
  constructor(bucket: string, send: SendRepairs | undefined, signal?: AbortSignal, sent = 0) {
    this.#bucket = bucket
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
    this.#waiting.push({ bucket: this.#bucket, key: finding.key })
    if (this.#waiting.length === BATCH_KEYS) await this.flush()
  }

  /** Sends the keys of an incomplete batch. */
  async flush(): Promise<void> {
    if (this.#waiting.length > 0) await this.#send?.(this.#waiting, this.#signal)
    this.#sent += this.#waiting.length
    this.#waiting = []
  }
}
