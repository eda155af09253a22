/** Reads an S3 object as a source, with ranged requests that all return bytes of one content. */
import { setTimeout } from 'node:timers/promises'
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { type ByteSource, type Room, sourceOf } from '../shared/byte-source.ts'
import { describedBy } from './object-head.ts'
import { type ObjectAddress, quotedETag, type S3Object, type S3Port, statusOf } from './s3-client.ts'
import { isMissing, SourceChangedError, SourceDeniedError, sourceChanged, sourceDenied } from './source-errors.ts'

/** Up to this size one request for the whole object is faster and cheaper than requests for its footer and columns. */
const WHOLE_OBJECT_BYTES = 8 * 1024 * 1024

export interface ObjectSource extends ByteSource {
  /** Bytes received so far. */
  readonly bytesRead: number
}

/** S3 answers about one request in some thousands with an error or an incomplete body. */
const ATTEMPTS = 4
const FIRST_PAUSE_MS = 50

/**
 * Every request names the object's ETag, so the bytes never come from two contents. No request names the version: a
 * bucket with versions then behaves like one without, and reading ends when the object is deleted or replaced.
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
  if (object.size < WHOLE_OBJECT_BYTES) return wholeObject(await read(0, object.size))
  return {
    byteLength: object.size,
    isRemote: true,
    get bytesRead() {
      return bytesRead
    },
    slice: read,
  }
}

function wholeObject(bytes: Uint8Array): ObjectSource {
  return { ...sourceOf(bytes), bytesRead: bytes.length }
}

/** @returns all bytes of the current object of a key; undefined when there is none */
export async function readCurrentObject(
  s3: S3Port,
  address: ObjectAddress,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const current = await openCurrentObject(s3, address, signal)
  return current?.source.slice(0, current.source.byteLength)
}

export interface OpenObject {
  readonly object: S3Object
  readonly source: ObjectSource
}

/**
 * Opens the current object of a key that is probably small: one request returns its metadata and its bytes.
 * @param room for the bytes of a small object
 * @returns undefined when the key has no object
 * @throws SourceChangedError when a larger object changes meanwhile
 */
export async function openCurrentObject(
  s3: S3Port,
  address: ObjectAddress,
  signal?: AbortSignal,
  room: Room = (length) => new Uint8Array(length),
): Promise<OpenObject | undefined> {
  return withRetries(async () => {
    let answer: GetObjectCommandOutput
    try {
      const command = new GetObjectCommand({ Bucket: address.bucket, Key: address.key })
      answer = await s3.send(command, signal && { abortSignal: signal })
    } catch (error) {
      if (isMissing(error)) return undefined
      throw sourceDenied(address, error) ?? error
    }
    const object = { ...address, ...describedBy(answer, address) }
    const body = answer.Body as Body
    if (object.size < WHOLE_OBJECT_BYTES) {
      const bytes = room(object.size)
      await receive(body, bytes, `all of ${object.size}`)
      return { object, source: wholeObject(bytes) }
    }
    body.destroy?.()
    return { object, source: await openObject(s3, object, signal) }
  }, signal)
}

async function withRetries<T>(attempt: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      const status = statusOf(error)
      const isKnown = error instanceof SourceChangedError || error instanceof SourceDeniedError
      const isFinal = isKnown || (status !== undefined && status >= 400 && status < 500)
      if (isFinal || signal?.aborted || attempts === ATTEMPTS) throw error
      // with jitter: functions that S3 refused at the same time must not retry at the same time
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
    IfMatch: quotedETag(object.eTag),
    ...(!isWhole && { Range: `bytes=${range}` }),
  })
  let answer: GetObjectCommandOutput
  try {
    answer = await s3.send(command, signal && { abortSignal: signal })
  } catch (error) {
    throw sourceChanged(object, error) ?? sourceDenied(object, error) ?? error
  }
  const body = answer.Body as Body
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
  await receive(body, target, `bytes ${range} of ${object.size}`)
}

type Body = AsyncIterable<Uint8Array> & { destroy?(): void }

async function receive(body: Body, target: Uint8Array, asked: string): Promise<void> {
  let received = 0
  for await (const piece of body) {
    if (received + piece.length <= target.length) target.set(piece, received)
    received += piece.length
  }
  if (received !== target.length) {
    throw new Error(`S3 sent ${received} bytes of the ${target.length} asked for (${asked})`)
  }
}
