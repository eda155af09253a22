/** An S3 object as a source: ranged reads, all of the same content. */
import { setTimeout } from 'node:timers/promises'
import { GetObjectCommand, type GetObjectCommandOutput, HeadObjectCommand } from '@aws-sdk/client-s3'
import type { ByteSource, Room } from '../shared/byte-source.ts'
import { type ObjectAddress, quotedETag, type S3Object, type S3Port, statusOf } from './s3-client.ts'

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

/** S3 itself answers one request in some thousands with an error or a broken body. */
const ATTEMPTS = 4
const FIRST_PAUSE_MS = 50

/**
 * Every read is pinned to the object's ETag, and to its version where there are versions, so the bytes never come from
 * two contents.
 * @throws SourceChangedError here or from `slice`
 */
export async function openObject(s3: S3Port, object: S3Object, signal?: AbortSignal): Promise<ObjectSource> {
  let bytesRead = 0
  const read = async (start: number, end: number, room?: Room): Promise<Uint8Array> => {
    const length = end - start
    const target = room ? room(length) : new Uint8Array(length)
    if (length > 0 || object.size === 0) await withRetries(() => fetchRange(s3, object, start, target, signal), signal)
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

async function withRetries(attempt: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      const status = statusOf(error)
      const isFinal = error instanceof SourceChangedError || (status !== undefined && status >= 400 && status < 500)
      if (isFinal || signal?.aborted || attempts === ATTEMPTS) throw error
      // with jitter: functions that were refused together must not come back together
      await setTimeout(FIRST_PAUSE_MS * 2 ** attempts * (0.5 + Math.random() / 2), undefined, signal && { signal })
    }
  }
}

async function fetchRange(
  s3: S3Port,
  object: S3Object,
  start: number,
  target: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const isWhole = target.length === object.size
  const range = `${start}-${start + target.length - 1}`
  const command = new GetObjectCommand({
    Bucket: object.bucket,
    Key: object.key,
    VersionId: object.versionId,
    IfMatch: quotedETag(object.eTag),
    ...(!isWhole && { Range: `bytes=${range}` }),
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
  const isAsked = isWhole
    ? status === 200 && answer.ContentLength === object.size
    : status === 206 && answer.ContentRange === `bytes ${range}/${object.size}`
  if (!isAsked) {
    body.destroy?.()
    const got = `${status}, ${answer.ContentLength} bytes, range "${answer.ContentRange}"`
    throw new Error(`S3 answered ${got} for ${isWhole ? 'all' : `bytes ${range}`} of ${object.size}`)
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
  const status = statusOf(error)
  if (status === 412) return new SourceChangedError(object, 'superseded', error)
  const name = error instanceof Error ? error.name : ''
  // a bare NotFound is how a HEAD says it; a version that is gone was deleted on purpose
  if (status === 404 && ['NoSuchKey', 'NotFound', 'NoSuchVersion'].includes(name)) {
    return new SourceChangedError(object, 'gone', error)
  }
  return undefined
}

/** @returns the object's content of now */
export async function currentObject(s3: S3Port, address: ObjectAddress, signal?: AbortSignal): Promise<S3Object> {
  const head = await headObject(s3, address, signal)
  if (!head) throw new SourceChangedError({ ...address, eTag: '', size: 0 }, 'gone', undefined)
  return { ...address, eTag: head.eTag, size: head.size, versionId: head.versionId }
}

export interface ObjectHead {
  readonly eTag: string
  readonly size: number
  readonly versionId: string | undefined
  readonly metadata: Readonly<Record<string, string>>
}

/** @returns undefined when there is no such object */
export async function headObject(
  s3: S3Port,
  { bucket, key }: ObjectAddress,
  signal?: AbortSignal,
): Promise<ObjectHead | undefined> {
  try {
    const command = new HeadObjectCommand({ Bucket: bucket, Key: key })
    const { ETag, ContentLength, VersionId, Metadata } = await s3.send(command, signal && { abortSignal: signal })
    if (ETag === undefined || ContentLength === undefined) throw new Error(`S3 described ${key} without ETag or length`)
    // a bucket whose versioning was switched off again says "null", its events say nothing
    const versionId = VersionId === 'null' ? undefined : VersionId
    return { eTag: ETag.replaceAll('"', ''), size: ContentLength, versionId, metadata: Metadata ?? {} }
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}
