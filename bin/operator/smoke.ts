/**
 * What a user and an operator do, on a deployment: uploads files that are enriched and one that is refused, corrects that
 * one, redrives a dead letter, and deletes what it made. Its files are in a folder of their own, and continue each other
 * where files do.
 */
import { setTimeout } from 'node:timers/promises'
import { keysOf } from '../../functions/lambda/keys.ts'
import { sequenceObjectKey } from '../../functions/lambda/sequences.ts'
import { smokeFolderAt } from '../../functions/shared/smoke-folder.ts'
import { headObject } from '../../functions/storage/object-head.ts'
import { readCurrentObject } from '../../functions/storage/object-source.ts'
import { PARQUET_CONTENT_TYPE, putObject } from '../../functions/storage/publish-object.ts'
import { deleteVersions } from './delete-versions.ts'
import { type Operated, sendAgain } from './look-again.ts'
import { countMessages } from './queue-drained.ts'
import { shown } from './shown.ts'
import { type SmokeFile, SmokeFiles } from './smoke-files.ts'
import { SmokeLetter } from './smoke-letter.ts'

export interface SmokeOptions {
  readonly deadLetterQueueUrl: string
  /** How long each step may take. */
  readonly giveUpMs: number
  readonly pollMs?: number
  readonly signal?: AbortSignal
}

const SMOKE_POLL_MS = 1_000
/** S3 tells the time of an object in whole seconds. */
const A_SECOND_MS = 1_100
/**
 * The function may still react to the deletions: looks that find nothing more. The worker of a sequence looks at all of its
 * keys, and a second queue names them to it.
 */
const EMPTY_LOOKS = { alone: 3, inSequence: 10 } as const

/** @returns whether all steps went well; the files are deleted in any case */
export async function smoke(operated: Operated, options: SmokeOptions): Promise<boolean> {
  const test = new Smoke(operated, options)
  const { print } = operated
  print(`s3://${operated.bucket}/${test.folder}`)
  let isWell = true
  try {
    for (const step of test.steps) {
      options.signal?.throwIfAborted()
      print(`  ${await step()}`)
    }
  } catch (error) {
    isWell = false
    print(`  failed: ${shown(error instanceof Error ? error.message : String(error))}`)
  }
  try {
    print(`  deleted ${await test.cleanUp()} objects`)
  } catch (error) {
    isWell = false
    print(`  not deleted: ${shown(error instanceof Error ? error.message : String(error))}`)
  }
  print(isWell ? 'all is well' : 'something is wrong')
  return isWell
}

class Smoke {
  readonly folder: string
  readonly #operated: Operated
  readonly #options: SmokeOptions
  readonly #files: SmokeFiles
  readonly #letter: SmokeLetter
  /** By the keys of the inputs: an output that the function still has to replace. */
  #earlier: ReadonlyMap<string, Uint8Array> = new Map()

  constructor(operated: Operated, options: SmokeOptions) {
    const { settings, now } = operated
    this.#operated = operated
    this.#options = options
    this.folder = smokeFolderAt(settings.inputPrefix, new Date(now()))
    this.#files = new SmokeFiles(this.folder, settings)
    this.#letter = new SmokeLetter(operated, options.deadLetterQueueUrl, this.#files.first.key)
  }

  get steps(): readonly (() => Promise<string>)[] {
    return [() => this.#enriches(), () => this.#refuses(), () => this.#correctsRefused(), () => this.#redrives()]
  }

  async #enriches(): Promise<string> {
    const { first, last } = this.#files
    for (const file of [first, last]) await this.#upload(file)
    const { waited } = await this.#untilEnriched([first, last])
    return `enriched after ${waited} s, as the engine here makes it`
  }

  async #refuses(): Promise<string> {
    const { key, bytes } = this.#files.refused
    await this.#upload({ key, bytes: bytes.subarray(0, bytes.length / 2) })
    const started = performance.now()
    const report = await this.#within(`${key} has no report`, () => this.#reportOf(key))
    if (report.code !== 'not-parquet') throw new Error(`${key} is refused (${report.code}): ${report.reason}`)
    return `refused after ${secondsSince(started)} s: ${report.code}`
  }

  async #correctsRefused(): Promise<string> {
    const { refused, all } = this.#files
    await this.#upload(refused)
    const gone = async () => ((await this.#reportOf(refused.key)) === undefined ? true : undefined)
    await this.#within(`the report of ${refused.key} is still there`, gone)
    const { enriched } = await this.#untilEnriched(all)
    await this.#files.checkValues(enriched)
    const later = this.#operated.settings.carry ? ', the file after it continues it' : ''
    return `corrected: enriched${later}, and its report is gone; all values are those of stockstats`
  }

  /** A key of a dead letter is looked at again. No alarm counts a letter that is received as soon as it is there. */
  async #redrives(): Promise<string> {
    const { s3, sqs, bucket, settings, repairsQueueUrl } = this.#operated
    const { first, all } = this.#files
    const { output } = keysOf(settings, first.key)
    const before = await headObject(s3, { bucket, key: output })
    await setTimeout(A_SECOND_MS)
    await this.#letter.send()
    await this.#letter.take((objects) => sendAgain(this.#operated, objects))
    const again = async () => {
      const head = await headObject(s3, { bucket, key: output })
      return Number(head?.lastModified) > Number(before?.lastModified) ? true : undefined
    }
    await this.#within(`${first.key} was sent from the dead letters, and was not enriched again`, again).catch(
      async (error) => {
        const [waiting] = await countMessages(sqs, repairsQueueUrl)
        throw new Error(`${error.message}; ${waiting} messages wait in repairs`)
      },
    )
    await this.#untilEnriched(all)
    return 'a dead letter is redriven by its key, and its file is enriched again'
  }

  async #upload({ key, bytes }: SmokeFile): Promise<void> {
    const { s3, bucket } = this.#operated
    await putObject(s3, { bucket, key, contentType: PARQUET_CONTENT_TYPE }, bytes)
  }

  /**
   * @param good the files that are not refused, in their order
   * @returns the seconds until the enriched files were there, whose bytes are right
   */
  async #untilEnriched(good: readonly SmokeFile[]) {
    const started = performance.now()
    const expected = await this.#files.enriched(good)
    for (const { key } of good) {
      await this.#within(`${key} is not enriched`, async () => {
        const report = await this.#reportOf(key)
        if (report) throw new Error(`${key} is refused (${report.code}): ${report.reason}`)
        return this.#isRight(key, expected.get(key)!)
      })
    }
    this.#earlier = expected
    return { waited: secondsSince(started), enriched: [...expected.values()] }
  }

  /** @returns undefined while the function has not written the output */
  async #isRight(key: string, expected: Uint8Array): Promise<true | undefined> {
    const { s3, bucket, settings } = this.#operated
    const { output } = keysOf(settings, key)
    const enriched = await readCurrentObject(s3, { bucket, key: output })
    if (!enriched) return undefined
    if (Buffer.compare(enriched, expected) === 0) return true
    const earlier = this.#earlier.get(key)
    if (earlier && Buffer.compare(enriched, earlier) === 0) return undefined
    throw new Error(`${output} is not what the engine of this clone makes; is it the clone that was deployed?`)
  }

  async #reportOf(key: string): Promise<{ readonly code: string; readonly reason: string } | undefined> {
    const { s3, bucket, settings } = this.#operated
    const report = await readCurrentObject(s3, { bucket, key: keysOf(settings, key).report })
    return report && JSON.parse(Buffer.from(report).toString())
  }

  async #within<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    const { giveUpMs, pollMs = SMOKE_POLL_MS, signal } = this.#options
    const giveUpAt = performance.now() + giveUpMs
    for (;;) {
      const answer = await ask()
      if (answer !== undefined) return answer
      signal?.throwIfAborted()
      if (performance.now() > giveUpAt) throw new Error(`${what} after ${Math.round(giveUpMs / 1000)} s`)
      await setTimeout(pollMs)
    }
  }

  /** @returns the number of objects and versions that were deleted */
  async cleanUp(): Promise<number> {
    const { s3, bucket, settings } = this.#operated
    if (this.#letter.isThere) await this.#letter.take(async () => {})
    const looks = settings.carry ? EMPTY_LOOKS.inSequence : EMPTY_LOOKS.alone
    let deleted = 0
    for (let empty = 0; empty < looks; ) {
      const before = deleted
      for (const prefix of this.#prefixes) deleted += await deleteVersions(s3, { bucket, prefix })
      empty = deleted === before ? empty + 1 : 0
      await setTimeout(this.#options.pollMs ?? SMOKE_POLL_MS)
    }
    return deleted
  }

  /** All that it made, and all that the function made of it. */
  get #prefixes(): readonly string[] {
    const { settings } = this.#operated
    const { inputPrefix, outputPrefix, failurePrefix, chartPrefix, droppedPrefix, carry } = settings
    const name = this.folder.slice(inputPrefix.length)
    const made = [outputPrefix, failurePrefix, chartPrefix, droppedPrefix]
    const ofFiles = made.flatMap((prefix) => (prefix === undefined ? [] : [`${prefix}${name}`]))
    const ofSequence = carry ? [sequenceObjectKey(settings, this.folder)] : []
    // the inputs last: the function then finds nothing to remove with them, which in a bucket with versions would leave traces
    return [...ofFiles, ...ofSequence, this.folder]
  }
}

function secondsSince(since: number): number {
  return Math.round((performance.now() - since) / 1000)
}
