/**
 * `npm start`: the whole path on this machine. A bucket in this process, a file dropped into it, the function's own
 * handler, and the enriched file on disk.
 */
import { createReadStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Context } from 'aws-lambda'
import type { Enrichment } from '../functions/enrich/enrich-object.ts'
import { parseSettings } from '../functions/enrich/function-settings.ts'
import { createHandler } from '../functions/enrich/handler.ts'
import type { FileRecord } from '../functions/enrich/telemetry.ts'
import { quoted, RefusedError } from '../functions/shared/errors.ts'
import { NEW_COLUMNS, PARQUET_SUFFIX } from '../functions/shared/names.ts'
import { openLocalFile } from '../functions/storage/local-file.ts'
import { type EmbeddedS3, startEmbeddedS3 } from './local/embedded-s3.ts'
import { SAMPLE, sampleFile } from './local/sample.ts'
import { showRows } from './local/show-rows.ts'

const BUCKET = 'market-data'
const OUTPUT_FOLDER = path.join('.local', 'enriched')

type EnrichedFile = FileRecord & Enrichment

interface Drop {
  readonly name: string
  readonly description: string
  bytes(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

async function dropsOf(args: readonly string[]): Promise<Drop[]> {
  if (args.length === 0) return [{ ...SAMPLE, bytes: () => [sampleFile()] }]
  const drops = new Map<string, Drop>()
  for (const file of args) {
    const name = path.basename(file)
    const readable = await openLocalFile(file)
    await readable.close()
    if (!name.endsWith(PARQUET_SUFFIX)) {
      throw new RefusedError(
        'path',
        `${quoted(file)} does not end in ${PARQUET_SUFFIX}, so the function would ignore it`,
      )
    }
    if (drops.has(name)) throw new RefusedError('path', `two files are called ${quoted(name)}; give them one by one`)
    drops.set(name, { name, description: file, bytes: () => createReadStream(file) })
  }
  return [...drops.values()]
}

/** @returns whether the file was enriched */
async function runDrop(embedded: EmbeddedS3, drop: Drop): Promise<boolean> {
  const settings = parseSettings({}, 1024)
  const handler = createHandler({
    s3: embedded.s3,
    settings,
    queue: { retryIn: async () => {}, giveUp: async () => {} },
    telemetry: { record: () => {}, flush: () => {} },
  })
  const key = `${settings.inputPrefix}${drop.name}`
  print(drop.description, `  dropped    s3://${BUCKET}/${key}`)
  const event = await embedded.drop(key, drop.bytes())
  const context = { awsRequestId: 'local', getRemainingTimeInMillis: () => 300_000 } as Context
  const answer = await handler(event, context)
  const files = 'files' in answer ? answer.files : []
  for (const file of files) {
    if (file.outcome === 'rejected') process.stderr.write(`error: ${drop.name}: ${file.reason}\n`)
    else if (file.outcome === 'enriched') {
      await mkdir(OUTPUT_FOLDER, { recursive: true })
      const place = path.join(OUTPUT_FOLDER, drop.name)
      await embedded.save(file.outputKey, place)
      print(...summary(file), '', await showRows(place, shownColumns(file)), '', ...howToOpen(place), '')
    }
  }
  return files.every(({ outcome }) => outcome === 'enriched')
}

function summary({ bucket, outputKey, elapsedMs, layout, quality, bytesRead, bytesWritten }: EnrichedFile): string[] {
  const n = (value: number) => value.toLocaleString('en-US')
  const how =
    layout === 'appended'
      ? 'appended: the bytes that were dropped, then the new columns'
      : 'compacted: written anew without the dropped rows'
  const conflicts = quality.conflicts.map(
    ({ row, keptRow, columns }) =>
      `             row ${n(row)} says another ${columns.join(', ')} than row ${n(keptRow)}`,
  )
  return [
    `  enriched   s3://${bucket}/${outputKey} in ${n(elapsedMs)} ms`,
    `  rows       ${n(quality.rowsRead)} read, ${n(quality.rowsWritten)} written, ${n(quality.series)} series, ${quality.firstTime ?? '-'} to ${quality.lastTime ?? '-'}`,
    `  duplicates ${n(quality.duplicatesDropped)} rows dropped, ${n(quality.duplicatesConflicting)} of them say something else than the row that was kept`,
    ...conflicts,
    `  layout     ${how}`,
    `  bytes      ${n(bytesRead)} read, ${n(bytesWritten)} uploaded`,
  ]
}

function shownColumns({ columns }: EnrichedFile): string[] {
  const { symbol, time, high, low, close } = columns
  return [symbol, time, high, low, close, ...Object.values(NEW_COLUMNS)].filter((name) => name !== undefined)
}

function howToOpen(file: string): string[] {
  const name = file.split(path.sep).join('/')
  return [
    `The enriched file is ${file}. To open it:`,
    `  pandas     python -c "import pandas; print(pandas.read_parquet('${name}'))"`,
    `  polars     python -c "import polars; print(polars.read_parquet('${name}'))"`,
    `  DuckDB     duckdb -c "SELECT * FROM '${name}'"`,
  ]
}

function print(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

async function run(args: readonly string[]): Promise<void> {
  const drops = await dropsOf(args)
  const embedded = await startEmbeddedS3(BUCKET)
  try {
    for (const drop of drops) if (!(await runDrop(embedded, drop))) process.exitCode = 2
  } finally {
    await embedded.stop()
  }
}

try {
  await run(process.argv.slice(2))
} catch (error) {
  const isRefused = error instanceof RefusedError
  const message = isRefused ? error.message : `unexpected: ${error instanceof Error ? error.stack : error}`
  process.stderr.write(`error: ${message}\n`)
  process.exitCode = isRefused ? 2 : 1
}
