/**
 * Finds the failures of S3 that last until the object or its key is changed: they get a report, not hours of attempts.
 */
import { RefusedError } from '../shared/errors.ts'
import { lacksCustomerKey, SourceDeniedError } from '../storage/object-source.ts'

/** A new permission may take a minute to take effect everywhere. */
const DENIED_RECEIVES = 3

/** @returns undefined when trying again later may help */
export function permanentFailure(error: unknown, receiveCount: number): RefusedError | undefined {
  if (!(error instanceof SourceDeniedError)) return undefined
  const { name, message } = error.cause
  const options = { cause: error }
  if (name === 'InvalidObjectState') {
    const what = 'the object is in an archive storage class'
    return new RefusedError('archived', `${what}; restore it, and the function enriches it then`, options)
  }
  if (/^KMS/.test(name)) {
    const what = `the KMS key that the object is encrypted with cannot be used (${name})`
    return new RefusedError('kms-key', `${what}; enable the key, then redrive the file`, options)
  }
  if (lacksCustomerKey(error.cause)) {
    const what = 'the object is encrypted with a key of the uploader (SSE-C), which the function does not have'
    return new RefusedError('customer-key', `${what}; upload it without such a key`, options)
  }
  // other codes, such as RequestTimeTooSkewed or AccountProblem, do not concern the object
  if (name !== 'AccessDenied') return undefined
  if (/kms/i.test(message)) {
    const what = 'the function may not use the KMS key that the object is encrypted with'
    return new RefusedError('access-denied', `${what}; allow it kms:Decrypt, then redrive the file`, options)
  }
  if (receiveCount < DENIED_RECEIVES) return undefined
  const what = 'S3 denies the function access to the object'
  return new RefusedError('access-denied', `${what}; allow it s3:GetObject, then redrive the file`, options)
}
