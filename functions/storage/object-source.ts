/** An S3 object as a source: ranged reads, all of the same content. */
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3'
import type { ByteSource } from '../parquet/byte-source.ts'
import { quotedETag, type S3Object, type S3Port } from './s3-client.ts'

/** Up to here one request for everything is quicker and cheaper than a footer first and pieces of columns then. */
const WHOLE_OBJECT_BYTES = 8 * 1024 * 1024

export interface ObjectSource extends ByteSource {
  /** Bytes received so far. */
  readonly bytesRead: number
}

/** The object is not what the event told of any more. Nobody has to do anything: what replaced it has its own event. */
export class SourceChangedError extends Error {
  override readonly name = 'SourceChangedError'
  /** `superseded`: its key holds other content by now. `gone`: it was deleted. */
  readonly outcome: 'superseded' | 'gone'

  constructor(object: S3Object, outcome: 'superseded' | 'gone', cause: unknown) {
    const what = outcome === 'gone' ? 'was deleted' : `was replaced; its ETag was ${object.eTag}`
    super(`s3://${object.bucket}/${object.key} ${what}`, { cause })
    this.outcome = outcome
  }
}

/**
 * Every read is pinned to the object's ETag, so the bytes never come from two versions.
 * @throws SourceChangedError here or from `slice`
 */
export async function openObject(s3: S3Port, object: S3Object, signal?: AbortSignal): Promise<ObjectSource> {
  let bytesRead = 0
  const read = async (start: number, end: number, into?: Uint8Array): Promise<Uint8Array> => {
    const length = end - start
    const target = into && into.length >= length ? into.subarray(0, length) : new Uint8Array(length)
    if (length > 0) await fetchRange(s3, object, start, target, signal)
    bytesRead += length
    return target
  }
  const whole = object.size < WHOLE_OBJECT_BYTES ? await read(0, object.size) : undefined
  return {
    byteLength: object.size,
    get bytesRead() {
      return bytesRead
    },
    slice: whole ? async (start, end) => whole.subarray(start, end) : read,
  }
}

async function fetchRange(
  s3: S3Port,
  object: S3Object,
  start: number,
  target: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const range = `${start}-${start + target.length - 1}`
  const command = new GetObjectCommand({
    Bucket: object.bucket,
    Key: object.key,
    IfMatch: quotedETag(object.eTag),
    Range: `bytes=${range}`,
  })
  let answer: GetObjectCommandOutput
  try {
    answer = await s3.send(command, signal && { abortSignal: signal })
  } catch (error) {
    throw sourceChanged(object, error) ?? error
  }
  const body = answer.Body as AsyncIterable<Uint8Array> & { destroy?(): void }
  const status = answer.$metadata.httpStatusCode
  // a server may ignore the range and send the whole object
  if (status !== 206 || answer.ContentRange !== `bytes ${range}/${object.size}`) {
    body.destroy?.()
    throw new Error(`S3 answered ${status} with "${answer.ContentRange}" for bytes ${range} of ${object.size}`)
  }
  let received = 0
  for await (const chunk of body) {
    if (received + chunk.length <= target.length) target.set(chunk, received)
    received += chunk.length
  }
  if (received !== target.length) {
    throw new Error(`S3 sent ${received} bytes of the ${target.length} asked for (bytes ${range} of ${object.size})`)
  }
}

/** @returns undefined when the failure does not tell that the object changed */
export function sourceChanged(object: S3Object, error: unknown): SourceChangedError | undefined {
  if (!(error instanceof Error)) return undefined
  const status = '$metadata' in error && (error.$metadata as { httpStatusCode?: number }).httpStatusCode
  if (status === 412) return new SourceChangedError(object, 'superseded', error)
  if (status === 404 && error.name === 'NoSuchKey') return new SourceChangedError(object, 'gone', error)
  return undefined
}
