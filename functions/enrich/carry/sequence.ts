/** A file as one of a sequence: it continues the series of the files before, and passes its state on to the next file. */
import { type CarriedState, newCarriedState } from '../../market/carry/carried-state.ts'
import { Continuation } from '../../market/carry/continuation.ts'
import { keyType } from '../../market/carry/series-key.ts'
import { decodeState, encodeState, STATE_VERSION, stateDigest } from '../../market/carry/state-bytes.ts'
import type { ByteSource } from '../../shared/byte-source.ts'
import { RefusedError } from '../../shared/errors.ts'
import type { Computed } from '../compute.ts'
import type { CarryNote } from '../footer-note.ts'
import type { MarketFile } from '../market-file.ts'
import type { EnrichSettings } from '../settings.ts'
import { checkForgotten } from './forgotten-series.ts'
import type { SequenceLimits } from './look-back.ts'
import { compareWithEarlier, type Overlap } from './overlap.ts'
import { checkSameSettings, stateSettings } from './state-settings.ts'

/** The state and the files from which a file of a sequence continues. */
export interface Carry extends SequenceLimits {
  /** The state after the file before; undefined for the first file. */
  readonly state: Uint8Array | undefined
  /** Names the file before, for messages. */
  readonly name: string
  /**
   * The enriched files before this one, the newest first. They are opened only for a file that has bars from before its
   * beginning, as rolling downloads have.
   */
  earlier(): AsyncIterable<ByteSource> | Iterable<ByteSource>
}

/** The state that an enriched file passes on. */
export interface CarriedOn {
  readonly state: Uint8Array
  readonly overlap: Overlap
  /** Series that no file before has. */
  readonly newSeries: number
  /** @param offset of the state in the file */
  note(offset: number): CarryNote
}

export class Sequence {
  readonly #carry: Carry
  readonly #settings: EnrichSettings
  readonly #previous: CarriedState | undefined

  /** @throws RefusedError when the state cannot be continued with these settings */
  constructor(carry: Carry, settings: EnrichSettings) {
    checkKeep(settings)
    this.#carry = carry
    this.#settings = settings
    if (!carry.state) return
    const decoded = decodeState(carry.state, carry.name)
    checkSameSettings(decoded.settings, stateSettings(settings, carry.forgetAfter), carry.name)
    this.#previous = decoded.state
  }

  /** For one reading of the file; undefined for a file without rows, which passes the state on as it is. */
  continuation({ footer, columns, descriptions, times }: MarketFile): Continuation | undefined {
    if (footer.rows === 0) return undefined
    const keyTypes = columns.series.map((column) => keyType(descriptions[column]!))
    return new Continuation(this.#previous, { keyTypes, times }, this.#settings.supertrends)
  }

  /**
   * @param continuation with which the file was computed
   * @throws RefusedError `before-previous` when a row is before the end of the files before, and none of them has it, or
   *   repeats a bar of a series that was forgotten
   */
  async carriedOn(file: MarketFile, computed: Computed, continuation: Continuation | undefined): Promise<CarriedOn> {
    const { state: before, forgetAfter, lookBack, earlier } = this.#carry
    const overlapping = { file, computed, continuation, carry: this.#carry }
    const overlap = await compareWithEarlier(overlapping, this.#settings)
    if (forgetAfter !== undefined && continuation) {
      await checkForgotten(file, continuation, this.#settings, { forgetAfter, lookBack }, earlier)
    }
    const state = this.#stateAfter(computed, continuation, forgetAfter)
    return {
      state,
      overlap,
      newSeries: continuation?.newSeries ?? 0,
      note: (offset) => ({
        after: before ? stateDigest(before) : null,
        duplicatesOfPrevious: computed.carried.size,
        ...(forgetAfter === undefined ? {} : { forgetAfter }),
        state: { version: STATE_VERSION, offset, length: state.length, sha256: stateDigest(state) },
      }),
    }
  }

  #stateAfter(computed: Computed, continuation: Continuation | undefined, forgetAfter: number | undefined): Uint8Array {
    if (!continuation && this.#carry.state) return this.#carry.state
    const { supertrends } = this.#settings
    const next = continuation ? continuation.after(computed.state, forgetAfter) : newCarriedState(supertrends, [], [])
    return encodeState(next, stateSettings(this.#settings, forgetAfter))
  }
}

/** @throws RefusedError `settings` */
export function checkKeep({ keep }: Pick<EnrichSettings, 'keep'>): void {
  if (keep === 'first') return
  throw new RefusedError(
    'settings',
    'with carry, keep is "last"; allowed is "first", because a later file cannot change one that is published',
  )
}
