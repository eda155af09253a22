/** `npm start -- --watch FOLDER`: parquet files saved there are enriched into FOLDER/enriched, as in the bucket. */
import { createReadStream, watch } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { FileRecord } from '../../functions/lambda/telemetry.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { PARQUET_SUFFIXES } from '../../functions/shared/names.ts'
import { BUCKET, startStack } from './stack.ts'

/** A file that has not changed for so long is taken to be complete. */
const SETTLED_MS = 300

/** Any would do, but the AWS command line asks nothing without. */
const CREDENTIALS = 'AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1'

/** Ends when `signal` aborts. */
export async function watchFolder(folder: string, print: (line: string) => void, signal: AbortSignal): Promise<void> {
  const stats = await stat(folder).catch(() => undefined)
  if (!stats?.isDirectory()) {
    throw new RefusedError(
      'path',
      `${quoted(folder)} is not a folder; allowed is one that parquet files are saved into`,
    )
  }
  const places = { enriched: path.join(folder, 'enriched'), failed: path.join(folder, 'failed') }
  for (const place of Object.values(places)) await mkdir(place, { recursive: true })

  const saved: Promise<void>[] = []
  const stack = await startStack((file) => saved.push(save(file)))
  const save = async (file: FileRecord) => {
    const name = path.basename(file.key ?? '')
    if (file.outcome === 'enriched') {
      await stack.save(file.outputKey, path.join(places.enriched, name))
      await rm(path.join(places.failed, `${name}.json`), { force: true })
      const { rowsRead, duplicatesDropped, duplicatesConflicting } = file.quality
      print(
        `enriched   ${name}: ${rowsRead} rows, ${duplicatesDropped} duplicates dropped, ${duplicatesConflicting} of them conflicting, ${file.elapsedMs} ms`,
      )
      for (const { message } of file.quality.warnings) print(`warning    ${name}: ${message}`)
    } else if (file.outcome === 'refused') {
      if (file.reportKey) await stack.save(file.reportKey, path.join(places.failed, `${name}.json`))
      print(`failed     ${name}: ${file.reason}`)
    } else if (file.outcome === 'failed') print(`again soon ${name}: ${file.error}`)
    else print(`${file.outcome.padEnd(10)} ${name}`)
  }

  const dropped = new Map<string, string>()
  const take = async (name: string) => {
    const file = path.join(folder, name)
    const version = await settledVersion(file, signal)
    if (version === undefined || dropped.get(name) === version) return
    dropped.set(name, version)
    print(`dropped    ${name}`)
    await stack.drop(`${stack.inputPrefix}${name}`, createReadStream(file))
  }
  const busy = new Map<string, Promise<void>>()
  const notice = (name: string | null) => {
    const isMarketFile = PARQUET_SUFFIXES.some((suffix) => name?.toLowerCase().endsWith(suffix))
    if (name === null || !isMarketFile || /^[_.]/.test(name)) return
    const before = busy.get(name) ?? Promise.resolve()
    const now = before
      .then(() => take(name))
      .catch((error) => {
        if (!signal.aborted) print(`not read   ${name}: ${error instanceof Error ? error.message : error}`)
      })
    busy.set(name, now)
  }

  const watcher = watch(folder, (_, name) => notice(name))
  try {
    print(`watching   ${folder}: save parquet files there, find them in ${places.enriched}; Ctrl-C ends`)
    print(`S3         ${stack.endpoint}: ${CREDENTIALS} aws --endpoint-url ${stack.endpoint} s3 ls s3://${BUCKET}/`)
    for (const name of await readdir(folder)) notice(name)
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  } finally {
    watcher.close()
    await Promise.allSettled(busy.values())
    await stack.stop()
    await Promise.allSettled(saved)
  }
}

/** @returns what tells the file's content apart from later ones, undefined when there is no file */
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
