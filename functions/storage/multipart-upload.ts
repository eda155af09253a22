/**
 * Writes an object in parts, of which S3 itself copies some. The object appears as a whole or not at all.
 *
 * The upload names no checksum algorithm. With one, S3 computes the checksums of copied parts, but MinIO refuses to copy
 * (https://github.com/minio/minio/issues/20649). Without one, S3 refuses parts that have one. So uploaded parts carry
 * their MD5, which every server compares, and S3 itself adds a checksum of the whole object (CRC64NVME).
 */
import { createHash } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { until } from './request-limits.ts'
import { quotedETag, type S3Object, type S3Port } from './s3-client.ts'
import { sourceChanged } from './source-errors.ts'
import { conditionHeaders, type WriteTarget, writeFailure } from './write-target.ts'

/** The function keeps 5 seconds after its deadline to abort the upload and to report the outcome of the file. */
const ABORT_MS = 2_000

export class MultipartUpload {
  readonly #s3: S3Port
  readonly #upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string }
  readonly #target: WriteTarget
  readonly #parts: Promise<CompletedPart>[] = []
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal

  private constructor(s3: S3Port, target: WriteTarget, uploadId: string, signal: AbortSignal | undefined) {
    this.#s3 = s3
    this.#target = target
    this.#upload = { Bucket: target.bucket, Key: target.key, UploadId: uploadId }
    this.#signal = signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal
  }

  static async start(s3: S3Port, target: WriteTarget, signal: AbortSignal | undefined): Promise<MultipartUpload> {
    const command = new CreateMultipartUploadCommand({
      Bucket: target.bucket,
      Key: target.key,
      ContentType: target.contentType,
      Metadata: target.metadata,
      StorageClass: target.storageClass,
    })
    const { UploadId } = await s3.send(command, until(signal))
    if (UploadId === undefined) throw new Error('S3 started a multipart upload without an id')
    return new MultipartUpload(s3, target, UploadId, signal)
  }

  /** Makes S3 copy bytes `start` to `end` (exclusive) as the next part. */
  copy(from: S3Object, start: number, end: number): Promise<void> {
    return this.#add(async (PartNumber) => {
      const command = new UploadPartCopyCommand({
        ...this.#upload,
        PartNumber,
        CopySource: copySource(from),
        CopySourceIfMatch: quotedETag(from.eTag),
        // S3 refuses a range of an object that is not larger than 5 MiB
        ...(end - start < from.size && { CopySourceRange: `bytes=${start}-${end - 1}` }),
      })
      try {
        const { CopyPartResult } = await this.#s3.send(command, { abortSignal: this.#signal })
        return { PartNumber, ETag: CopyPartResult?.ETag }
      } catch (error) {
        throw sourceChanged(from, error) ?? error
      }
    })
  }

  /** Uploads the next part; `bytes` must not change until it is done. */
  add(bytes: Uint8Array): Promise<void> {
    return this.#add(async (PartNumber) => {
      const command = new UploadPartCommand({
        ...this.#upload,
        PartNumber,
        Body: bytes,
        ContentLength: bytes.length,
        ContentMD5: createHash('md5').update(bytes).digest('base64'),
      })
      const { ETag } = await this.#s3.send(command, { abortSignal: this.#signal })
      return { PartNumber, ETag }
    })
  }

  #add(send: (partNumber: number) => Promise<CompletedPart>): Promise<void> {
    const part = send(this.#parts.length + 1)
    // `complete` throws the failure; without this handler, an earlier failure would end the process
    part.catch(() => {})
    this.#parts.push(part)
    const done = part.then(() => {})
    done.catch(() => {})
    return done
  }

  /** @throws ConflictError when the target does not meet its condition */
  async complete(): Promise<void> {
    const Parts = await Promise.all(this.#parts)
    const command = new CompleteMultipartUploadCommand({
      ...this.#upload,
      MultipartUpload: { Parts },
      ...conditionHeaders(this.#target),
    })
    try {
      await this.#s3.send(command, { abortSignal: this.#signal })
    } catch (error) {
      throw writeFailure(this.#target, error)
    }
  }

  /** Deletes the uploaded parts. Never throws, because it runs after another failure. */
  async abort(): Promise<void> {
    this.#stop.abort()
    // S3 would keep a part that arrives after the abort
    await Promise.allSettled(this.#parts)
    // without the deadline, which may be the failure; the bucket's lifecycle rule deletes parts that remain
    const signal = AbortSignal.timeout(ABORT_MS)
    await this.#s3.send(new AbortMultipartUploadCommand(this.#upload), until(signal)).catch(() => {})
  }
}

/** Without a version: the part is copied only if the key still holds the object with the ETag. */
function copySource({ bucket, key }: S3Object): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`
}
