/** The state that the next key of a sequence continues from, while the sequence is advanced. */

import type { SequenceLimits } from '../enrich/carry/look-back.ts'
import { stateIn } from '../enrich/carry/previous-state.ts'
import type { Carry } from '../enrich/carry/sequence.ts'
import { stateDigest } from '../market/carry/state-bytes.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { RefusedError } from '../shared/errors.ts'
import { NOTHING_BEFORE } from '../shared/names.ts'
import { openCurrentObject } from '../storage/object-source.ts'
import { contentsDigest, type OwnObject } from './identity.ts'
import { findWritten, type Place } from './objects.ts'
import type { WorkCarry } from './work.ts'

/** An enriched file, and the state that it passes on. */
export interface Link {
  readonly input: string
  /** Key of the output. */
  readonly output: string
  /** Digest. */
  readonly state: string
}

/** The file before has been replaced or cannot be read; trying again may help. */
class PredecessorError extends Error {
  override readonly name = 'PredecessorError'
}

/** An output was rewritten or damaged, so that no file can continue it. Its file can be enriched again, if it is there. */
export class DamagedLinkError extends Error {
  override readonly name = 'DamagedLinkError'
  /** Of the damaged output. */
  readonly input: string

  constructor({ input, output }: Link, cause: RefusedError) {
    const remedy = `upload ${input} again, or delete ${output}`
    super(`${output} passes no state on (${cause.code}), and ${input} cannot be enriched again: ${remedy}`, { cause })
    this.input = input
  }
}

export class RunningState {
  readonly #place: Place
  readonly #memoryBudgetBytes: number
  /** Finds the outputs before the first one that is known, the newest first. */
  readonly #beforeFirst: () => AsyncIterable<Link>
  /** Outputs that continue each other, the oldest first. */
  readonly #links: Link[]
  /** The latest state that was computed here. */
  #bytes: Uint8Array | undefined
  /** Number of earlier outputs that the file has been compared with. */
  #opened = 0

  constructor(
    place: Place,
    memoryBudgetBytes: number,
    beginning: Link | undefined,
    beforeFirst: () => AsyncIterable<Link>,
  ) {
    this.#place = place
    this.#memoryBudgetBytes = memoryBudgetBytes
    this.#links = beginning ? [beginning] : []
    this.#beforeFirst = beforeFirst
  }

  /** The state that the next key continues. */
  carry({ forgetAfter, lookBack }: SequenceLimits): WorkCarry {
    return {
      after: this.#links.at(-1)?.state ?? NOTHING_BEFORE,
      forgetAfter,
      lookBack,
      open: () => this.#open({ forgetAfter, lookBack }),
      onState: (state) => {
        this.#bytes = state
      },
      compared: (count = this.#opened) => this.#compared(count),
    }
  }

  /** The next key continues from this output. */
  passOn(link: Link): void {
    this.#links.push(link)
  }

  async #open(limits: SequenceLimits): Promise<Carry> {
    const last = this.#links.at(-1)
    this.#opened = 0
    return {
      state: last && (await this.#stateOf(last)),
      name: last?.output ?? '',
      ...limits,
      earlier: () => this.#earlier(),
    }
  }

  async #stateOf(link: Link): Promise<Uint8Array> {
    const { output, state } = link
    if (this.#bytes && stateDigest(this.#bytes) === state) return this.#bytes
    const enriched = await this.#read(link)
    const bytes = await stateIn(enriched, output, this.#memoryBudgetBytes).catch((error) => {
      // it is not the file that continues which is at fault
      throw error instanceof RefusedError ? new DamagedLinkError(link, error) : error
    })
    if (stateDigest(bytes) !== state) throw new PredecessorError(`${output} was replaced while a file continued it`)
    return bytes
  }

  async *#earlier(): AsyncGenerator<ByteSource, undefined> {
    let opened = 0
    for await (const link of this.#newestFirst()) {
      this.#opened = Math.max(this.#opened, ++opened)
      yield await this.#read(link)
    }
    return undefined
  }

  async *#newestFirst(): AsyncGenerator<Link, undefined> {
    yield* this.#links.toReversed()
    yield* this.#beforeFirst()
    return undefined
  }

  /**
   * The state alone does not tell which bars the earlier files have: a volume may have been corrected.
   * @returns undefined for no outputs
   */
  async #compared(count: number): Promise<string | undefined> {
    if (count === 0) return undefined
    const outputs: (OwnObject | undefined)[] = []
    for await (const { output } of this.#newestFirst()) {
      outputs.push((await findWritten(this.#place, output))?.own)
      if (outputs.length === count) break
    }
    return `${count} ${contentsDigest(outputs)}`
  }

  async #read({ output }: Link): Promise<ByteSource> {
    const { s3, bucket, signal } = this.#place
    try {
      const open = await openCurrentObject(s3, { bucket, key: output }, signal)
      if (open) return open.source
    } catch (error) {
      // it is not the file itself that S3 denies, or that changed
      throw new PredecessorError(`${output}, which a file continues, cannot be read`, { cause: error })
    }
    throw new PredecessorError(`${output}, which a file continues, is gone`)
  }
}
