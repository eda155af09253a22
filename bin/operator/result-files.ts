/** Reads the files in which Step Functions keeps what became of the child executions of a backfill. */
import { BACKFILL_RESULTS_PREFIX } from '../../functions/shared/names.ts'
import { listObjects } from '../../functions/storage/list-objects.ts'
import { readCurrentObject } from '../../functions/storage/object-source.ts'
import type { S3Port } from '../../functions/storage/s3-client.ts'

export interface UnsentKey {
  readonly key: string
  /** What Step Functions says about the child execution that should have sent it. */
  readonly why: string
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html */
interface Manifest {
  readonly ResultFiles?: Readonly<Record<string, readonly { readonly Key: string }[]>>
}
interface ChildExecution {
  /** The input of the child, as JSON; some emulators of Step Functions write the value itself. */
  readonly Input?: unknown
  readonly Error?: string
  readonly Cause?: string
}

/** Of a child that was sent to nothing: it was never started, or it failed. */
const NOT_SENT = ['FAILED', 'PENDING']

/** @yields the keys that a map run has not sent; a child that failed may have sent some of its keys */
export async function* unsentKeys(s3: S3Port, bucket: string, mapRunArn: string): AsyncGenerator<UnsentKey, undefined> {
  // the last part of arn:aws:states:REGION:ACCOUNT:mapRun:NAME/LABEL:ID is the folder of its files
  const folder = `${mapRunArn.split(':').at(-1)}/manifest.json`
  for await (const objects of listObjects(s3, { bucket, prefix: BACKFILL_RESULTS_PREFIX })) {
    const found = objects.find(({ key }) => key.endsWith(folder))
    if (!found) continue
    const { ResultFiles = {} } = JSON.parse((await readText(s3, bucket, found.key)) ?? '{}') as Manifest
    for (const { Key } of NOT_SENT.flatMap((status) => ResultFiles[status] ?? [])) {
      for (const child of await readChildren(s3, bucket, Key)) yield* unsentOf(child)
    }
    return undefined
  }
  return undefined
}

function* unsentOf({ Input, Error: error, Cause: cause }: ChildExecution): Generator<UnsentKey> {
  const input = typeof Input === 'string' ? JSON.parse(Input) : Input
  const { Items = [] } = (input ?? {}) as { readonly Items?: readonly { readonly Key: string }[] }
  const why = [error, cause].filter((text) => text !== undefined).join(': ') || 'not started'
  for (const { Key } of Items) yield { key: Key, why }
}

/** A list, or with the output type JSONL of a ResultWriter a child on each line. */
async function readChildren(s3: S3Port, bucket: string, key: string): Promise<ChildExecution[]> {
  const text = (await readText(s3, bucket, key)) ?? '[]'
  if (text.trimStart().startsWith('[')) return JSON.parse(text)
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line)]))
}

async function readText(s3: S3Port, bucket: string, key: string): Promise<string | undefined> {
  const bytes = await readCurrentObject(s3, { bucket, key })
  return bytes && Buffer.from(bytes).toString()
}
