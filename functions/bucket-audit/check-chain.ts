/** Finds files of a sequence that do not continue the one before them. */

import { keysOf } from '../lambda/keys.ts'
import { Neighbours } from '../lambda/neighbours.ts'
import { findWritten } from '../lambda/objects.ts'
import { sequenceOf, sequencePlaceOf } from '../lambda/sequences.ts'
import { linksBefore } from '../lambda/walk-back.ts'
import { NOTHING_BEFORE } from '../shared/names.ts'
import type { Audited, Finding } from './judge-key.ts'

/** The known facts about the file before. */
type Running = { readonly state: string } | 'unknown'

export class ChainCheck {
  readonly #audited: Audited
  #sequence: string | undefined
  #running: Running = 'unknown'

  /** @param isFromStart whether the first finding is that of the first key */
  constructor(audited: Audited, isFromStart: boolean) {
    this.#audited = audited
    if (isFromStart) this.#running = { state: NOTHING_BEFORE }
  }

  /**
   * @param judged of the next key, in the order of keys
   * @returns the same finding with its sequence; `stale` for an output that is right but for what it continues
   */
  async check(judged: Finding): Promise<Finding> {
    const { key, verdict, link } = judged
    const sequence = sequenceOf(this.#audited.settings, key)
    if (sequence === undefined) return judged
    const finding = { ...judged, sequence }
    const isSame = sequence === this.#sequence
    if (!isSame && this.#sequence !== undefined) this.#running = { state: NOTHING_BEFORE }
    this.#sequence = sequence
    // a refused file passes the state on
    if (verdict === 'refused') return finding
    const before = this.#running
    this.#running = link ? { state: link.state } : 'unknown'
    if (verdict !== 'fine' || !link || before === 'unknown' || link.after === before.state) return finding
    // names of which one begins with another are found in another order than that of their keys
    return (await this.#continues(sequence, key)) ? finding : { key, sequence, verdict: 'stale', code: 'broken-chain' }
  }

  async #continues(sequence: string, key: string): Promise<boolean> {
    const { settings } = this.#audited
    const neighbours = new Neighbours(sequencePlaceOf(this.#audited, settings, sequence))
    const own = (await findWritten(this.#audited, keysOf(settings, key).output))?.own
    for await (const { state } of linksBefore(this.#audited, settings, neighbours, key)) return own?.after === state
    return own?.after === NOTHING_BEFORE
  }
}
