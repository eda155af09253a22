/** Keys that an audit sends to be looked at again, a batch at a time: the bucket may need a million repairs. */
import { type Finding, needsRepair } from './judge-key.ts'

/** Bodies of messages. */
export type SendRepairs = (bodies: readonly object[]) => Promise<void>

const BATCH_KEYS = 100

export class Repairs {
  readonly #bucket: string
  readonly #send: SendRepairs | undefined
  #waiting: object[] = []
  #sent: number

  /**
   * @param send undefined: nothing is sent
   * @param sent how many an earlier part of the audit has sent
   */
  constructor(bucket: string, send: SendRepairs | undefined, sent = 0) {
    this.#bucket = bucket
    this.#send = send
    this.#sent = sent
  }

  /** How many keys were sent. */
  get sent(): number {
    return this.#sent
  }

  async add(finding: Finding): Promise<void> {
    if (!this.#send || !needsRepair(finding)) return
    this.#waiting.push({ bucket: this.#bucket, key: finding.key })
    if (this.#waiting.length === BATCH_KEYS) await this.flush()
  }

  /** Sends what still waits. */
  async flush(): Promise<void> {
    if (this.#waiting.length > 0) await this.#send?.(this.#waiting)
    this.#sent += this.#waiting.length
    this.#waiting = []
  }
}
