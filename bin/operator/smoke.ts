/**
 * What a user and an operator do, on a deployment: uploads a file that is enriched and one that is refused, corrects that
 * one, redrives a dead letter, and deletes what it made. Its files are in a folder of their own.
 */
import { setTimeout } from 'node:timers/promises'
import { enrichedBytes } from '../../functions/enrich/enriched-bytes.ts'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import { keysOf } from '../../functions/lambda/keys.ts'
import { RefusedError } from '../../functions/shared/errors.ts'
import { SMOKE_PREFIX } from '../../functions/shared/names.ts'
import { headObject } from '../../functions/storage/object-head.ts'
import { readCurrentObject } from '../../functions/storage/object-source.ts'
import { PARQUET_CONTENT_TYPE, putObject } from '../../functions/storage/publish-object.ts'
import { deleteVersions } from './delete-versions.ts'
import { type Operated, sendAgain } from './look-again.ts'
import { countMessages } from './queue-drained.ts'
import { shown } from './shown.ts'
import { checkStoredValues, smokeFile } from './smoke-bars.ts'
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
/** The function may still react to what was deleted. */
const EMPTY_PASSES = 3
const CARRIED =
  'the setting carry is set, and a sequence of files is no place for a test; the canary tests this deployment'

/**
 * @returns whether all steps went well; the files are deleted in any case
 * @throws RefusedError where files continue each other
 */
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
  readonly #good: string
  readonly #refused: string
  readonly #bytes: Uint8Array
  readonly #settings: EnrichSettings
  readonly #letter: SmokeLetter

  constructor(operated: Operated, options: SmokeOptions) {
    const { settings, now } = operated
    // its files would be part of a sequence of somebody's files, whose later files would then be computed again
    if (settings.carry) throw new RefusedError('settings', CARRIED)
    const time = new Date(now()).toISOString().replaceAll(/[:.]/g, '-')
    this.#operated = operated
    this.#options = options
    this.folder = `${settings.inputPrefix}${SMOKE_PREFIX}${time}/`
    this.#good = `${this.folder}good/bars${settings.suffixes[0]}`
    this.#refused = `${this.folder}refused/bars${settings.suffixes[0]}`
    this.#settings = settings.enrich
    this.#bytes = smokeFile(this.#settings)
    this.#letter = new SmokeLetter(operated, options.deadLetterQueueUrl, this.#good)
  }

  get steps(): readonly (() => Promise<string>)[] {
    return [() => this.#enriches(), () => this.#refuses(), () => this.#correctsRefused(), () => this.#redrives()]
  }

  async #enriches(): Promise<string> {
    await this.#upload(this.#good, this.#bytes)
    const waited = await this.#untilEnriched(this.#good)
    return `enriched after ${waited} s, as the engine here makes it and with the values of stockstats`
  }

  async #refuses(): Promise<string> {
    await this.#upload(this.#refused, this.#bytes.subarray(0, this.#bytes.length / 2))
    const started = performance.now()
    const report = await this.#within(`${this.#refused} has no report`, () => this.#reportOf(this.#refused))
    if (report.code !== 'not-parquet') throw new Error(`${this.#refused} is refused (${report.code}): ${report.reason}`)
    return `refused after ${secondsSince(started)} s: ${report.code}`
  }

  async #correctsRefused(): Promise<string> {
    await this.#upload(this.#refused, this.#bytes)
    const gone = async () => ((await this.#reportOf(this.#refused)) === undefined ? true : undefined)
    await this.#within(`the report of ${this.#refused} is still there`, gone)
    await this.#untilEnriched(this.#refused)
    return 'corrected: enriched, and its report is gone'
  }

  /** A key of a dead letter is looked at again. No alarm counts a letter that is received as soon as it is there. */
  async #redrives(): Promise<string> {
    const { s3, sqs, bucket, settings, repairsQueueUrl } = this.#operated
    const { output } = keysOf(settings, this.#good)
    const before = await headObject(s3, { bucket, key: output })
    await setTimeout(A_SECOND_MS)
    await this.#letter.send()
    await this.#letter.take((objects) => sendAgain(this.#operated, objects))
    const again = async () => {
      const head = await headObject(s3, { bucket, key: output })
      return Number(head?.lastModified) > Number(before?.lastModified) ? true : undefined
    }
    await this.#within(`${this.#good} was sent from the dead letters, and was not enriched again`, again).catch(
      async (error) => {
        const [waiting] = await countMessages(sqs, repairsQueueUrl)
        throw new Error(`${error.message}; ${waiting} messages wait in repairs`)
      },
    )
    await this.#untilEnriched(this.#good)
    return 'a dead letter is redriven by its key, and its file is enriched again'
  }

  async #upload(key: string, bytes: Uint8Array): Promise<void> {
    const { s3, bucket } = this.#operated
    await putObject(s3, { bucket, key, contentType: PARQUET_CONTENT_TYPE }, bytes)
  }

  /** @returns the seconds until the enriched file was there, whose bytes and values are right */
  async #untilEnriched(key: string): Promise<number> {
    const { s3, bucket, settings } = this.#operated
    const { output } = keysOf(settings, key)
    const started = performance.now()
    const enriched = await this.#within(`${key} is not enriched`, async () => {
      const report = await this.#reportOf(key)
      if (report) throw new Error(`${key} is refused (${report.code}): ${report.reason}`)
      return readCurrentObject(s3, { bucket, key: output })
    })
    const waited = secondsSince(started)
    const expected = await enrichedBytes(this.#bytes, this.#settings)
    if (Buffer.compare(enriched, expected) !== 0) {
      throw new Error(`${output} is not what the engine of this clone makes; is it the clone that was deployed?`)
    }
    await checkStoredValues(enriched, this.#settings)
    return waited
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
    const { inputPrefix, outputPrefix, failurePrefix, chartPrefix, droppedPrefix } = settings
    if (this.#letter.isThere) await this.#letter.take(async () => {})
    const name = this.folder.slice(inputPrefix.length)
    // the inputs last: the function then finds nothing to remove with them, which in a bucket with versions would leave traces
    const prefixes = [outputPrefix, failurePrefix, chartPrefix, droppedPrefix, inputPrefix]
    let deleted = 0
    for (let empty = 0; empty < EMPTY_PASSES; ) {
      const before = deleted
      for (const prefix of prefixes) {
        if (prefix !== undefined) deleted += await deleteVersions(s3, { bucket, prefix: `${prefix}${name}` })
      }
      empty = deleted === before ? empty + 1 : 0
      await setTimeout(this.#options.pollMs ?? SMOKE_POLL_MS)
    }
    return deleted
  }
}

function secondsSince(since: number): number {
  return Math.round((performance.now() - since) / 1000)
}
