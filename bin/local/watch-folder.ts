/** `npm start -- --watch FOLDER`: parquet files saved there are enriched into FOLDER/enriched, as in the bucket. */
import { createReadStream, watch } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { hasSuffix } from '../../functions/lambda/keys.ts'
import type { FileRecord } from '../../functions/lambda/telemetry.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { PARQUET_SUFFIXES } from '../../functions/shared/names.ts'
import { isMarketName } from '../cli/locations.ts'
import { counted } from '../cli/table.ts'
import { BUCKET, type LocalStack, startStack } from './stack.ts'

/** A file that has not changed for so long counts as complete. */
const SETTLED_MS = 300

/** Any credentials work, but the AWS command line sends no request without. */
const CREDENTIALS = 'AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1'

type Print = (line: string) => void

/** Ends when `signal` aborts. */
export async function watchFolder(folder: string, print: Print, signal: AbortSignal): Promise<void> {
  const places = await placesIn(folder)
  const saved: Promise<void>[] = []
  const stack = await startStack((file) => saved.push(saveResult(stack, file, places, print)))
  const uploads = new FolderUploads(folder, stack, print, signal)
  const watcher = watch(folder, (_, name) => uploads.notice(name))
  try {
    print(`watching   ${folder}: save parquet files there, find them in ${places.enriched}; Ctrl-C ends`)
    print(`S3         ${stack.endpoint}: ${CREDENTIALS} aws --endpoint-url ${stack.endpoint} s3 ls s3://${BUCKET}/`)
    for (const name of await readdir(folder)) uploads.notice(name)
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  } finally {
    watcher.close()
    await uploads.settled()
    await stack.stop()
    await Promise.allSettled(saved)
  }
}

/** Folders for the results. */
interface Places {
  readonly enriched: string
  readonly failed: string
}

async function placesIn(folder: string): Promise<Places> {
  const stats = await stat(folder).catch(() => undefined)
  if (!stats?.isDirectory()) {
    throw new RefusedError(
      'path',
      `${quoted(folder)} is not a folder; allowed is one that parquet files are saved into`,
    )
  }
  const places = { enriched: path.join(folder, 'enriched'), failed: path.join(folder, 'failed') }
  for (const place of Object.values(places)) await mkdir(place, { recursive: true })
  return places
}

async function saveResult(stack: LocalStack, file: FileRecord, { enriched, failed }: Places, print: Print) {
  const name = path.basename(file.key ?? '')
  if (file.outcome === 'enriched') {
    await stack.save(file.outputKey, path.join(enriched, name))
    await rm(path.join(failed, `${name}.json`), { force: true })
    const { rowsRead, duplicatesDropped, duplicatesConflicting } = file.quality
    print(
      `enriched   ${name}: ${counted(rowsRead, 'row')}, ${counted(duplicatesDropped, 'duplicate')} removed, ${duplicatesConflicting} of them conflicting, ${file.elapsedMs} ms`,
    )
    for (const { message } of file.quality.warnings) print(`warning    ${name}: ${message}`)
  } else if (file.outcome === 'refused') {
    if (file.reportKey) await stack.save(file.reportKey, path.join(failed, `${name}.json`))
    print(`failed     ${name}: ${file.reason}`)
  } else if (file.outcome === 'failed') print(`again soon ${name}: ${file.error}`)
  else print(`${file.outcome.padEnd(10)} ${name}`)
}

/** Uploads the files of a folder when they are complete, one version after the other. */
class FolderUploads {
  readonly #folder: string
  readonly #stack: LocalStack
  readonly #print: Print
  readonly #signal: AbortSignal
  /** By name, the version that was uploaded last. */
  readonly #uploaded = new Map<string, string>()
  /** Names of CSV files, which were reported. */
  readonly #passedOver = new Set<string>()
  /** By name, the upload that is under way or waits. */
  readonly #busy = new Map<string, Promise<void>>()

  constructor(folder: string, stack: LocalStack, print: Print, signal: AbortSignal) {
    this.#folder = folder
    this.#stack = stack
    this.#print = print
    this.#signal = signal
  }

  /** To be called when a file may have changed. */
  notice(name: string | null): void {
    if (name === null || /^[_.]/.test(name)) return
    if (!hasSuffix(name, PARQUET_SUFFIXES)) {
      this.#passOver(name)
      return
    }
    const before = this.#busy.get(name) ?? Promise.resolve()
    const now = before
      .then(() => this.#upload(name))
      .catch((error) => {
        if (this.#signal.aborted) return
        this.#print(`not read   ${name}: ${error instanceof Error ? error.message : error}`)
      })
    this.#busy.set(name, now)
  }

  /** Other files are ignored; a CSV looks as if it were taken, so the user is told. */
  #passOver(name: string): void {
    if (!isMarketName(name) || this.#passedOver.has(name)) return
    this.#passedOver.add(name)
    const made = `npm run enrich -- ${path.join(this.#folder, name)} OUTPUT`
    this.#print(`not read   ${name}: the function takes parquet only; the command line takes CSV: ${made}`)
  }

  async #upload(name: string): Promise<void> {
    const file = path.join(this.#folder, name)
    const version = await settledVersion(file, this.#signal)
    if (version === undefined || this.#uploaded.get(name) === version) return
    this.#uploaded.set(name, version)
    this.#print(`uploaded   ${name}`)
    await this.#stack.upload(`${this.#stack.inputPrefix}${name}`, createReadStream(file))
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#busy.values())
  }
}

/** @returns size and time of the complete file, undefined when there is no file */
async function settledVersion(file: string, signal: AbortSignal): Promise<string | undefined> {
  for (let before: string | undefined; ; ) {
    const stats = await stat(file).catch(() => undefined)
    if (!stats?.isFile()) return undefined
    const now = `${stats.size} ${stats.mtimeMs}`
    if (now === before) return now
    before = now
    await setTimeout(SETTLED_MS, undefined, { signal })
  }
}
