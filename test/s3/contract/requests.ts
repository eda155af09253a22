/** Requests to the bucket under test, as short as the laws want them. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import type { S3Port } from '../../../functions/storage/s3-client.ts'

export interface BucketUnderTest {
  readonly s3: S3Port
  readonly Bucket: string
}

export type Law = (what: string, test: () => Promise<void>) => void

export interface Upload {
  readonly Bucket: string
  readonly Key: string
  readonly UploadId: string
}

export const MIN_PART_BYTES = 5 * 1024 * 1024

export const bytes = (length: number, first = 0) => Uint8Array.from({ length }, (_, i) => (first + i) % 251)
export const md5 = (body: Uint8Array) => createHash('md5').update(body).digest('base64')
export const crc = (body: Uint8Array, flipped = 0) => {
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE((crc32(body) ^ flipped) >>> 0)
  return checksum.toString('base64')
}

export type Requests = ReturnType<typeof requestsTo>

let keys = 0

export function requestsTo(bucket: () => BucketUnderTest) {
  const start = async (Key: string, more: object = {}): Promise<Upload> => {
    const { s3, Bucket } = bucket()
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))
    return { Bucket, Key, UploadId: UploadId! }
  }
  const part = async (upload: Upload, PartNumber: number, Body: Uint8Array, more: object = {}) => {
    const { ETag, ChecksumCRC32 } = await bucket().s3.send(
      new UploadPartCommand({ ...upload, PartNumber, Body, ...more }),
    )
    return { PartNumber, ETag, ChecksumCRC32 }
  }
  return {
    bucket,
    newKey: () => `folder/key ${keys++}+%ü.parquet`,
    /** @returns the object's ETag */
    put: async (Key: string, Body: Uint8Array, more: object = {}) => {
      const { s3, Bucket } = bucket()
      return (await s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))).ETag!
    },
    get: async (Key: string, more: object = {}) => {
      const { s3, Bucket } = bucket()
      const answer = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }))
      return { answer, body: await answer.Body!.transformToByteArray() }
    },
    head: (Key: string, more: object = {}) => {
      const { s3, Bucket } = bucket()
      return s3.send(new HeadObjectCommand({ Bucket, Key, ...more }))
    },
    remove: async (Key: string, more: object = {}) => {
      const { s3, Bucket } = bucket()
      await s3.send(new DeleteObjectCommand({ Bucket, Key, ...more }))
    },
    start,
    part,
    /** @param source a key, with `?versionId=` if need be */
    copy: async (upload: Upload, PartNumber: number, source: string, more: object = {}) => {
      const [key, query] = source.split('?')
      const path = key!.split('/').map(encodeURIComponent).join('/')
      const CopySource = `${upload.Bucket}/${path}${query === undefined ? '' : `?${query}`}`
      const copied = await bucket().s3.send(new UploadPartCopyCommand({ ...upload, PartNumber, CopySource, ...more }))
      return { PartNumber, ETag: copied.CopyPartResult?.ETag, ChecksumCRC32: copied.CopyPartResult?.ChecksumCRC32 }
    },
    complete: async (upload: Upload, Parts: CompletedPart[], more: object = {}) => {
      await bucket().s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...more }))
    },
    /** An upload of one part that only has to be completed. */
    ready: async (Key: string, body: Uint8Array) => {
      const upload = await start(Key)
      return { upload, parts: [await part(upload, 1, body)] }
    },
  }
}

/** For `assert.rejects`: what S3 calls the failure, and its status. */
export function fails(name: string | RegExp, httpStatusCode: number) {
  return (error: unknown) => {
    assert.ok(error instanceof Error)
    if (typeof name === 'string') assert.equal(error.name, name)
    else assert.match(error.name, name)
    const { $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
    assert.equal($metadata?.httpStatusCode, httpStatusCode)
    return true
  }
}
