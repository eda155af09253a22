/** The Lambda: an object appeared under the input prefix, its enriched file goes under the output prefix. */
import middy from '@middy/core'
import type { Context, SQSBatchResponse } from 'aws-lambda'
import type { Quality } from '../market/quality.ts'
import { RefusedError } from '../shared/errors.ts'
import { PARQUET_SUFFIX } from '../shared/names.ts'
import { peakMemoryMiB } from '../shared/peak-memory.ts'
import { openObject } from '../storage/object-source.ts'
import { publishObject } from '../storage/publish-object.ts'
import { newS3Client, type S3Port } from '../storage/s3-client.ts'
import { type Enriched, enrich } from './enrich.ts'
import { type FunctionSettings, parseFunctionSettings } from './function-settings.ts'
import { deliveriesOf, type ObjectCreated } from './object-created.ts'

/** One line of the log: what became of one file, or of a message that tells of none. */
export type LogLine = { readonly requestId?: string | undefined } & (
  | (FileName & Enrichment & { readonly level: 'INFO'; readonly outcome: 'enriched' })
  | (FileName & { readonly level: 'INFO'; readonly outcome: 'ignored'; readonly reason: string })
  | (Partial<FileName> & { readonly level: 'ERROR'; readonly outcome: 'failed'; readonly error: Failure })
)

interface FileName {
  readonly bucket: string
  readonly key: string
}

interface Enrichment {
  readonly outputKey: string
  readonly layout: Enriched['layout']
  readonly columns: Enriched['columns']
  readonly quality: Quality
  readonly bytesRead: number
  readonly bytesWritten: number
  readonly elapsedMs: number
  readonly peakMemoryMiB: number
}

interface Failure {
  readonly name: string
  readonly code?: string
  readonly message: string
  readonly stack?: string | undefined
}

export interface Dependencies {
  readonly s3: S3Port
  readonly settings: FunctionSettings
  readonly log: (line: LogLine) => void
}

/** An SQS event is answered with the messages that have to come again; for another event, a failure is thrown. */
export function createHandler({ s3, settings, log }: Dependencies) {
  return middy<unknown, SQSBatchResponse>().handler(async (event: unknown, context: Context, { signal }) => {
    const requestId = context.awsRequestId
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = []
    for (const { messageId, objects } of deliveriesOf(event)) {
      let file: FileName | undefined
      try {
        for (const object of objects()) {
          file = { bucket: object.bucket, key: object.key }
          const reason = reasonToIgnore(object, settings)
          if (reason !== undefined) log({ level: 'INFO', outcome: 'ignored', requestId, ...file, reason })
          else {
            const enrichment = await enrichObject(s3, object, settings, signal)
            log({ level: 'INFO', outcome: 'enriched', requestId, ...file, ...enrichment })
          }
        }
      } catch (error) {
        log({ level: 'ERROR', outcome: 'failed', requestId, ...file, error: failure(error) })
        if (messageId === undefined) throw error
        batchItemFailures.push({ itemIdentifier: messageId })
      }
    }
    return { batchItemFailures }
  })
}

function reasonToIgnore({ key }: ObjectCreated, { inputPrefix }: FunctionSettings): string | undefined {
  if (!key.startsWith(inputPrefix)) return `the key does not begin with ${inputPrefix}`
  if (!key.endsWith(PARQUET_SUFFIX)) return `the key does not end in ${PARQUET_SUFFIX}`
  return undefined
}

async function enrichObject(
  s3: S3Port,
  object: ObjectCreated,
  settings: FunctionSettings,
  signal: AbortSignal,
): Promise<Enrichment> {
  const started = performance.now()
  const source = await openObject(s3, object, signal)
  const enriched = await enrich(source, settings.enrich)
  const outputKey = settings.outputPrefix + object.key.slice(settings.inputPrefix.length)
  const target = { bucket: object.bucket, key: outputKey }
  const { bytesWritten } = await publishObject(s3, object, source, target, enriched, signal)
  return {
    outputKey,
    layout: enriched.layout,
    columns: enriched.columns,
    quality: enriched.quality,
    bytesRead: source.bytesRead,
    bytesWritten,
    elapsedMs: Math.round(performance.now() - started),
    peakMemoryMiB: peakMemoryMiB(),
  }
}

function failure(error: unknown): Failure {
  if (error instanceof RefusedError) return { name: error.name, code: error.code, message: error.message }
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack }
  return { name: 'unknown', message: String(error) }
}

let lambda: ReturnType<typeof createHandler> | undefined

/** What Lambda calls; set up at the first event, so that importing this module needs no environment. */
export function handler(event: unknown, context: Context): Promise<SQSBatchResponse> {
  lambda ??= createHandler({
    s3: newS3Client(),
    settings: parseFunctionSettings(process.env),
    // not the console: Lambda would wrap the line, which is JSON already, into another one
    log: (line) => process.stdout.write(`${JSON.stringify(line)}\n`),
  })
  return lambda(event, context)
}
