/** Why S3 does not send an object: it was replaced, or may not be read, or is missing. */
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { type ObjectAddress, type S3Object, type S3Port, statusOf } from './s3-client.ts'

/** The object was replaced or deleted after the first request. */
export class SourceChangedError extends Error {
  override readonly name = 'SourceChangedError'

  constructor({ bucket, key, eTag }: S3Object, cause: unknown) {
    super(`s3://${bucket}/${key} was replaced or deleted while it was read; its ETag was ${eTag}`, { cause })
  }
}

/** S3 refuses to send the object because of its permissions, its encryption or its storage class. */
export class SourceDeniedError extends Error {
  override readonly name = 'SourceDeniedError'
  override readonly cause: Error

  constructor({ bucket, key }: ObjectAddress, cause: Error) {
    super(`s3://${bucket}/${key} cannot be read: ${cause.name}: ${cause.message}`)
    this.cause = cause
  }
}

/** @returns undefined when the failure has another reason than a changed object */
export function sourceChanged(object: S3Object, error: unknown): SourceChangedError | undefined {
  return statusOf(error) === 412 || isMissing(error) ? new SourceChangedError(object, error) : undefined
}

/** KMS answers with these while it is overloaded or out of order; the key itself can be used. */
const KMS_IS_BUSY = /Throttl|Internal|Timeout|Unavailable|LimitExceeded/

export function sourceDenied(address: ObjectAddress, error: unknown): SourceDeniedError | undefined {
  return error instanceof Error && isDenial(error) ? new SourceDeniedError(address, error) : undefined
}

/** True for S3's refusal to describe or to send an object. */
export function isDenied(error: unknown): boolean {
  return error instanceof SourceDeniedError || (error instanceof Error && isDenial(error))
}

/** S3 answers 400 if a KMS key is disabled or deleted or if the request lacks the uploader's key (SSE-C), else 403. */
export function isDenial(error: Error): boolean {
  const isKeyUnusable = /^KMS/.test(error.name) && !KMS_IS_BUSY.test(error.name)
  return statusOf(error) === 403 || isKeyUnusable || lacksCustomerKey(error)
}

/**
 * Finds out why S3 answered the HEAD of an object with 400. That may be about the object (SSE-C, a KMS key) or about the
 * request (an expired token, another region). Only the answer to a GET has a body that tells which:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 * @returns what S3 answers to the GET; undefined when it sends the object
 */
export async function reasonOfBadRequest(
  s3: S3Port,
  { bucket, key }: ObjectAddress,
  signal?: AbortSignal,
): Promise<Error | undefined> {
  try {
    const command = new GetObjectCommand({ Bucket: bucket, Key: key, Range: 'bytes=0-0' })
    const { Body } = await s3.send(command, signal && { abortSignal: signal })
    ;(Body as { destroy?(): void }).destroy?.()
    return undefined
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}

/**
 * True when the object was uploaded with a key of the uploader (SSE-C), which every request for it has to send. S3 has no
 * separate code for that; its message is "The object was stored using a form of Server Side Encryption. ..."
 */
export function lacksCustomerKey(error: Error): boolean {
  return error.name === 'InvalidRequest' && /server.side encryption/i.test(error.message)
}

/** True for a missing object, and for a missing bucket only after a HEAD: that answer has no body to name the bucket. */
export function isMissing(error: unknown): boolean {
  const name = error instanceof Error ? error.name : ''
  return statusOf(error) === 404 && ['NoSuchKey', 'NotFound', 'NoSuchVersion'].includes(name)
}
