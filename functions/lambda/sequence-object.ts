/**
 * The object that tells readers how far a sequence is complete: `sequences/NAME.json`. All files up to `completeThrough`
 * continue each other. While a file in the middle is inserted or replaced, it names the file before.
 */
import { compareKeys } from '../shared/key-order.ts'
import { openCurrentObject } from '../storage/object-source.ts'
import { putObject } from '../storage/publish-object.ts'
import { ConflictError } from '../storage/write-target.ts'
import type { Place } from './objects.ts'

interface Content {
  readonly sequence: string
  /** Key of an input; null while not even the first file is done. */
  readonly completeThrough: string | null
  /** The file that is tried again, because the function may have ended at it. */
  readonly attempt?: Attempt | undefined
}

interface Attempt {
  readonly key: string
  /** The upload that was opened. */
  readonly upload: string
  /** Number of times that it was opened. */
  readonly count: number
}

/** Before all keys. */
const NONE = ''

export class SequenceObject {
  readonly #place: Place
  readonly #key: string
  readonly #sequence: string
  #eTag: string | undefined
  /** As the object says it; undefined while there is none. */
  #stated: string | undefined
  /** All keys up to this one are known to continue each other. */
  #complete: string | undefined
  #attempt: Attempt | undefined

  constructor(place: Place, key: string, sequence: string) {
    this.#place = place
    this.#key = key
    this.#sequence = sequence
  }

  async read(): Promise<void> {
    const { s3, bucket, signal } = this.#place
    const found = await openCurrentObject(s3, { bucket, key: this.#key }, signal)
    this.#eTag = found?.object.eTag
    const bytes = found && (await found.source.slice(0, found.source.byteLength))
    const content = bytes && contentIn(bytes)
    this.#stated = content?.completeThrough
    this.#complete = this.#stated
    this.#attempt = content?.attempt
  }

  /**
   * To be called before a file is opened at which the function may have ended.
   * @returns the number of times that this upload was opened before, and not done
   */
  async attempt(key: string, upload: string): Promise<number> {
    const before = this.#attempt
    const count = before?.key === key && before.upload === upload ? before.count : 0
    this.#attempt = { key, upload, count: count + 1 }
    await this.#write(this.#stated ?? NONE)
    return count
  }

  /**
   * To be called before a key is written.
   * @param before the last key that is done
   */
  async workFrom(before: string | undefined): Promise<void> {
    const from = before ?? NONE
    if (this.#stated !== undefined && compareKeys(from, this.#stated) < 0) await this.#write(from)
  }

  /** The earlier one of a key and the last that is complete: after that one, work that was given up may be owed. */
  earliestOwed(key: string): string {
    if (this.#complete === undefined || compareKeys(this.#complete, key) >= 0) return key
    return this.#complete === NONE ? this.#sequence : this.#complete
  }

  /** Whether the keys after this one are known to continue it. */
  isKnownAfter(key: string): boolean {
    return this.#complete !== undefined && compareKeys(key, this.#complete) <= 0
  }

  /**
   * Says how far the work came.
   * @param before the last key that was done when it began
   * @param reached the last key that is done now
   * @param isWhole whether the keys after it are as they were
   */
  async workedTo(before: string | undefined, reached: string, isWhole: boolean): Promise<void> {
    // a repair that begins earlier is still owed
    if (this.#complete !== undefined && compareKeys(this.#complete, before ?? NONE) < 0) return
    const isBehind = this.#complete === undefined || compareKeys(this.#complete, reached) < 0
    const complete = isWhole && !isBehind ? this.#complete! : reached
    this.#complete = complete
    const { key } = this.#attempt ?? {}
    const isTried = key !== undefined && compareKeys(key, reached) <= 0
    if (isTried) this.#attempt = undefined
    if (isTried || complete !== this.#stated) await this.#write(complete)
  }

  async #write(completeThrough: string): Promise<void> {
    const { s3, bucket, signal } = this.#place
    const attempt = this.#attempt
    const content: Content = { sequence: this.#sequence, completeThrough: completeThrough || null, attempt }
    const onlyIf = this.#eTag === undefined ? ('new' as const) : { eTag: this.#eTag }
    const target = { bucket, key: this.#key, contentType: 'application/json', onlyIf }
    const { eTag } = await putObject(s3, target, Buffer.from(`${JSON.stringify(content)}\n`), signal).catch((error) => {
      if (!(error instanceof ConflictError)) throw error
      throw new Error(`${this.#key} was written by another worker`, { cause: error })
    })
    this.#eTag = eTag
    this.#stated = completeThrough
  }
}

/** @returns an empty key while not even the first file is done; no sequence for an object that the function did not write */
export function contentIn(bytes: Uint8Array) {
  try {
    const { sequence, completeThrough, attempt } = JSON.parse(Buffer.from(bytes).toString()) as Partial<Content>
    return { sequence, completeThrough: typeof completeThrough === 'string' ? completeThrough : NONE, attempt }
  } catch {
    // all is looked at again
    return { sequence: undefined, completeThrough: NONE, attempt: undefined }
  }
}
