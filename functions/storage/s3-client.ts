/** The S3 client. Only this folder imports the AWS SDK. */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { S3_LIMITS } from './request-limits.ts'

/** The part of a client that the functions use; a test passes its own to count requests or to make them fail. */
export type S3Port = Pick<S3Client, 'send'>

export interface ObjectAddress {
  readonly bucket: string
  readonly key: string
}

/** The contents of a key at one moment. */
export interface S3Object extends ObjectAddress {
  /** Without quotes. */
  readonly eTag: string
  /** Bytes. */
  readonly size: number
  /** Only in a bucket that keeps versions. */
  readonly versionId?: string | undefined
  readonly lastModified?: Date | undefined
}

export function newS3Client(config: S3ClientConfig = {}): S3Client {
  // requests that need a checksum name their own; with the SDK's, S3 refuses parts of an upload without an algorithm
  return new S3Client({ requestHandler: S3_LIMITS, requestChecksumCalculation: 'WHEN_REQUIRED', ...config })
}

/** The headers of conditional requests need quotes. */
export function quotedETag(eTag: string): string {
  return `"${eTag}"`
}

export function statusOf(error: unknown): number | undefined {
  return metadataOf(error)?.httpStatusCode
}

/** @returns the number of times that the SDK sent the failed request; undefined when the error does not state it */
export function attemptsOf(error: unknown): number | undefined {
  return metadataOf(error)?.attempts
}

function metadataOf(error: unknown): ResponseMetadata | undefined {
  return error instanceof Error && '$metadata' in error ? (error.$metadata as ResponseMetadata) : undefined
}

interface ResponseMetadata {
  readonly httpStatusCode?: number
  readonly attempts?: number
}
