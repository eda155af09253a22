/**
 * `npm start`: the whole path on this machine. Uploads files to a bucket in this process, calls the function's own handler,
 * and saves the enriched files on disk.
 */

import { createReadStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { hasSuffix } from '../functions/lambda/keys.ts'
import type { Enrichment } from '../functions/lambda/outcome.ts'
import type { FileRecord } from '../functions/lambda/telemetry.ts'
import type { BytePieces } from '../functions/shared/byte-source.ts'
import { quoted, RefusedError } from '../functions/shared/errors.ts'
import { PARQUET_SUFFIXES } from '../functions/shared/names.ts'
import { openLocalFile } from '../functions/storage/local-file.ts'
import { callerFolder } from './cli/caller-folder.ts'
import { SAMPLE, sampleFile } from './local/sample.ts'
import { showRows } from './local/show-rows.ts'
import { BUCKET, type LocalStack, startStack } from './local/stack.ts'
import { watchFolder } from './local/watch-folder.ts'

const OUTPUT_FOLDER = path.join('.local', 'enriched')

type EnrichedFile = FileRecord & Enrichment

interface Upload {
  readonly name: string
  readonly description: string
  bytes(): BytePieces
}

async function uploadsOf(args: readonly string[]): Promise<Upload[]> {
  if (args.length === 0) return [{ ...SAMPLE, bytes: () => [sampleFile()] }]
  const uploads = new Map<string, Upload>()
  for (const file of args) {
    const name = path.basename(file)
    const readable = await openLocalFile(file)
    await readable.close()
    if (!hasSuffix(name, PARQUET_SUFFIXES)) {
      throw new RefusedError(
        'path',
        `${quoted(file)} ends in none of ${PARQUET_SUFFIXES.join(', ')}, so the function would ignore it`,
      )
    }
    if (uploads.has(name)) throw new RefusedError('path', `two files are called ${quoted(name)}; give them one by one`)
    uploads.set(name, { name, description: file, bytes: () => createReadStream(file) })
  }
  return [...uploads.values()]
}

/** @returns whether the file was enriched */
async function show(stack: LocalStack, { name }: Upload, file: FileRecord): Promise<boolean> {
  if (file.outcome === 'failed') throw file.error
  if (file.outcome === 'refused') process.stderr.write(`error: ${name}: ${file.reason}\n`)
  if (file.outcome !== 'enriched') return false
  await mkdir(OUTPUT_FOLDER, { recursive: true })
  const place = path.join(OUTPUT_FOLDER, name)
  await stack.save(file.outputKey, place)
  print(...fileSummary(file), '', await showRows(place, columnsToShow(file)), '', ...howToOpen(place), '')
  return true
}

function fileSummary({
  bucket,
  outputKey,
  elapsedMs,
  layout,
  quality,
  bytesRead,
  bytesWritten,
}: EnrichedFile): string[] {
  const n = (value: number) => value.toLocaleString('en-US')
  const how =
    layout === 'appended'
      ? 'appended: the uploaded bytes, then the new columns'
      : 'compacted: rewritten without the removed rows'
  const conflicts = quality.conflicts.map(
    ({ row, keptRow, columns }) =>
      `             row ${n(row)} has a different ${columns.join(', ')} from row ${n(keptRow)}`,
  )
  return [
    `  enriched   s3://${bucket}/${outputKey} in ${n(elapsedMs)} ms`,
    `  rows       ${n(quality.rowsRead)} read, ${n(quality.rowsWritten)} written, ${n(quality.series)} series, ${quality.firstTime ?? '-'} to ${quality.lastTime ?? '-'}`,
    `  duplicates ${n(quality.duplicatesDropped)} rows removed, ${n(quality.duplicatesConflicting)} of them differ from the row that was kept`,
    ...conflicts,
    `  layout     ${how}`,
    ...quality.warnings.map(({ message }) => `  warning    ${message}`),
    `  bytes      ${n(bytesRead)} read, ${n(bytesWritten)} uploaded`,
  ]
}

function columnsToShow({ columns, newColumns }: EnrichedFile): string[] {
  const { symbol, time, high, low, close } = columns
  return [symbol, time, high, low, close, ...newColumns].filter((name) => name !== undefined)
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

const USAGE = `npm start                     a real market file through a bucket and the function on this machine
npm start -- FILE...          the same with your own parquet files
npm start -- --watch FOLDER   files saved there are enriched into FOLDER/enriched until Ctrl-C
`

async function start(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseCommand(args)
  if (values.help) process.stdout.write(USAGE)
  else if (values.watch !== undefined) {
    const stop = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
    await watchFolder(ofCaller(values.watch), print, stop.signal)
  } else await runUploads(await uploadsOf(positionals.map(ofCaller)))
}

function ofCaller(name: string): string {
  const folder = callerFolder(process.env, ['start'])
  return folder === undefined ? name : path.resolve(folder, name)
}

function parseCommand(args: readonly string[]) {
  try {
    const options = { watch: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new RefusedError('settings', error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error))
  }
}

async function runUploads(uploads: readonly Upload[]): Promise<void> {
  let arrived = (_: FileRecord) => {}
  const stack = await startStack((file) => arrived(file))
  try {
    for (const upload of uploads) {
      const taken = new Promise<FileRecord>((resolve) => {
        arrived = resolve
      })
      const key = `${stack.inputPrefix}${upload.name}`
      print(upload.description, `  uploaded   s3://${BUCKET}/${key} on ${stack.endpoint}`)
      await stack.upload(key, upload.bytes())
      if (!(await show(stack, upload, await taken))) process.exitCode = 2
    }
  } finally {
    await stack.stop()
  }
}

try {
  await start(process.argv.slice(2))
} catch (error) {
  const isRefused = error instanceof RefusedError
  const message = isRefused ? error.message : `unexpected: ${error instanceof Error ? error.stack : error}`
  process.stderr.write(`error: ${message}\n`)
  process.exitCode = isRefused ? 2 : 1
}
