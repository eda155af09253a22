/** The connection to S3. Outside of this folder nothing imports the AWS SDK. */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { S3_LIMITS } from './request-limits.ts'

/** All that is needed of a client; a test puts its own in front to count requests or to fail them. */
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
  // what needs a checksum names its own; the SDK's would make S3 refuse parts of an upload without an algorithm
  return new S3Client({ requestHandler: S3_LIMITS, requestChecksumCalculation: 'WHEN_REQUIRED', ...config })
}

/** The headers of conditional requests want quotes. */
export function quotedETag(eTag: string): string {
  return `"${eTag}"`
}

export function statusOf(error: unknown): number | undefined {
  return metadataOf(error)?.httpStatusCode
}

/** @returns how often the SDK sent the request that failed; undefined when it does not say */
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
