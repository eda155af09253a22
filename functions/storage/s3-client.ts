/** The connection to S3. Outside of this folder nothing imports the AWS SDK. */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

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
  // without limits a connection that went silent costs the function's whole timeout; a server-side copy is silent longest
  return new S3Client({ requestHandler: { connectionTimeout: 5_000, socketTimeout: 60_000 }, ...config })
}

/** The headers of conditional requests want quotes. */
export function quotedETag(eTag: string): string {
  return `"${eTag}"`
}

export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode
}
