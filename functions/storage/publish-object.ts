/** Writes the enriched object: S3 copies the bytes of the input, and only new bytes are uploaded. */
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { type BytePieces, type OutputBytes, wholeOutput } from '../shared/byte-source.ts'
import { keptMemory } from '../shared/kept-memory.ts'
import { MultipartUpload } from './multipart-upload.ts'
import type { ObjectSource } from './object-source.ts'
import { type ObjectAddress, quotedETag, type S3Object, type S3Port, statusOf } from './s3-client.ts'
import { ConflictError, conditionHeaders, uncertainWrite, type WriteTarget, writeFailure } from './write-target.ts'

export const PARQUET_CONTENT_TYPE = 'application/vnd.apache.parquet'
/** S3 accepts a smaller part only as the last one. */
const MIN_PART_BYTES = 5 * 1024 * 1024
/** 10,000 parts, the limit of S3, are then 78 GiB, more than any output; and several parts fit into memory. */
const PART_BYTES = 8 * 1024 * 1024
/** Most outputs are one part, and a small one. */
const FIRST_BUFFER_BYTES = 256 * 1024
/** Nearly every enriched file adds a smaller share to its input, so its buffer need not grow by being copied. */
const ADDED_SHARE = 1 / 8
/** Parts that are being uploaded while the next one is filled. */
const UPLOADS_AT_ONCE = 2
/** S3 allows 5 GiB; it copies smaller ranges in parallel. */
const COPY_BYTES = 512 * 1024 * 1024

export interface Published {
  /** Bytes uploaded, without those that S3 copied. */
  readonly bytesWritten: number
}

/** True when one request writes the output: its condition then replaces a check before the write. */
export function isOneRequest({ size }: Pick<S3Object, 'size'>): boolean {
  return size < MIN_PART_BYTES
}

export interface Publication {
  /** The object that `source` reads. */
  readonly input: S3Object
  readonly source: ObjectSource
  readonly target: WriteTarget
  readonly output: OutputBytes
}

/**
 * @throws SourceChangedError when the input was replaced before S3 copied it; nothing is published then
 * @throws ConflictError when the target does not meet its condition; nothing is published then
 * @throws UncertainWriteError when it is unknown whether the output was published
 */
export async function publishObject(
  s3: S3Port,
  { input, source, target, output }: Publication,
  signal?: AbortSignal,
): Promise<Published> {
  if (output.layout === 'compacted') return writeObject(s3, target, output.bytes(), signal)
  if (isOneRequest(input)) {
    const expectedBytes = Math.ceil(input.size * (1 + ADDED_SHARE)) + FIRST_BUFFER_BYTES / 8
    return writeObject(s3, target, wholeOutput(source, output), signal, expectedBytes)
  }
  const upload = await MultipartUpload.start(s3, target, signal)
  return finish(upload, async () => {
    for (const [start, end] of copyRanges(input.size)) upload.copy(input, start, end)
    return uploadParts(upload, partsOf(output.bytes()))
  })
}

/**
 * Uploads an object: in one request if it is small, else in parts.
 * @throws ConflictError when the target does not meet its condition
 */
export async function writeObject(
  s3: S3Port,
  target: WriteTarget,
  pieces: BytePieces,
  signal?: AbortSignal,
  expectedBytes = FIRST_BUFFER_BYTES,
): Promise<Published> {
  const parts = partsOf(pieces, expectedBytes)
  try {
    const first = await parts.next()
    if (first.done) throw new Error('an object without bytes is not parquet')
    if (first.value.isLast) {
      await putObject(s3, target, first.value.bytes, signal)
      return { bytesWritten: first.value.bytes.length }
    }
    const upload = await MultipartUpload.start(s3, target, signal)
    return await finish(upload, () => uploadParts(upload, parts, first.value))
  } finally {
    await parts.return(undefined)
  }
}

/** @throws ConflictError when the target does not meet its condition */
export async function putObject(
  s3: S3Port,
  target: WriteTarget,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<{ readonly eTag: string | undefined }> {
  const command = new PutObjectCommand({
    Bucket: target.bucket,
    Key: target.key,
    ContentType: target.contentType,
    Metadata: target.metadata,
    StorageClass: target.storageClass,
    Body: bytes,
    ContentLength: bytes.length,
    ChecksumAlgorithm: 'CRC32',
    ...conditionHeaders(target),
  })
  try {
    const { ETag } = await s3.send(command, signal && { abortSignal: signal })
    return { eTag: ETag?.replaceAll('"', '') }
  } catch (error) {
    throw writeFailure(target, error)
  }
}

/**
 * Deletes an object if its ETag is still the same.
 * @throws ConflictError when S3 was processing another request for the object
 * @throws UncertainWriteError when S3 may still delete it: also an object with equal bytes that is written in its place
 */
export async function deleteObject(
  s3: S3Port,
  { bucket, key }: ObjectAddress,
  eTag: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    const command = new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: quotedETag(eTag) })
    await s3.send(command, signal && { abortSignal: signal })
  } catch (error) {
    const status = statusOf(error)
    if (status === 412 || status === 404) return
    // another write or deletion at the same moment; S3 does not state its result
    if (status === 409) throw new ConflictError({ bucket, key }, error)
    throw uncertainWrite({ bucket, key }, error) ?? error
  }
}

/** Deletes the current object of a key, if there is one. */
export async function deleteAnyObject(s3: S3Port, { bucket, key }: ObjectAddress): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
}

async function finish(upload: MultipartUpload, transfer: () => Promise<number>): Promise<Published> {
  try {
    const bytesWritten = await transfer()
    await upload.complete()
    return { bytesWritten }
  } catch (error) {
    await upload.abort()
    throw error
  }
}

async function uploadParts(
  upload: MultipartUpload,
  parts: AsyncGenerator<UploadPart>,
  first?: UploadPart,
): Promise<number> {
  const under: Promise<void>[] = []
  let bytesWritten = 0
  const add = async ({ bytes }: UploadPart) => {
    if (under.length === UPLOADS_AT_ONCE) await under.shift()
    under.push(upload.add(bytes))
    bytesWritten += bytes.length
  }
  if (first) await add(first)
  for await (const part of parts) await add(part)
  return bytesWritten
}

interface UploadPart {
  /** Valid until the caller has taken `UPLOADS_AT_ONCE` more parts. */
  readonly bytes: Uint8Array
  readonly isLast: boolean
}

/** Cuts pieces of any size into parts of one size; the last part is shorter. */
async function* partsOf(pieces: BytePieces, expectedBytes = FIRST_BUFFER_BYTES): AsyncGenerator<UploadPart, undefined> {
  const buffers: Uint8Array[] = []
  let taken = 0
  const nextBuffer = () => {
    const slot = taken++ % (UPLOADS_AT_ONCE + 1)
    buffers[slot] ??= new Uint8Array(PART_BYTES)
    return buffers[slot]
  }
  let buffer: Uint8Array = new Uint8Array(keptMemory(Math.min(PART_BYTES, expectedBytes)))
  let length = 0
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      if (length === PART_BYTES) {
        yield { bytes: buffer, isLast: false }
        buffer = nextBuffer()
        length = 0
      }
      const needed = Math.min(PART_BYTES, length + piece.length - at)
      if (needed > buffer.length) {
        const roomy = new Uint8Array(Math.min(PART_BYTES, Math.max(needed, 2 * buffer.length)))
        roomy.set(buffer.subarray(0, length))
        buffer = roomy
      }
      const count = Math.min(PART_BYTES - length, piece.length - at)
      buffer.set(piece.subarray(at, at + count), length)
      length += count
      at += count
    }
  }
  if (length > 0) yield { bytes: buffer.subarray(0, length), isLast: true }
  return undefined
}

/** @returns ranges of about equal size, none smaller than the smallest part that S3 accepts */
export function copyRanges(size: number): (readonly [start: number, end: number])[] {
  const count = Math.ceil(size / COPY_BYTES)
  const border = (i: number) => Math.floor((size * i) / count)
  return Array.from({ length: count }, (_, i) => [border(i), border(i + 1)])
}
