/**
 * Finds the failures of S3 that last until the object or its key is changed: they get a report, not hours of attempts.
 */
import { RefusedError } from '../shared/errors.ts'
import { lacksCustomerKey, SourceDeniedError } from '../storage/source-errors.ts'

/** @throws the error itself when trying again later may help */
export function refusalIn(error: unknown): RefusedError {
  const refusal = error instanceof RefusedError ? error : permanentFailure(error)
  if (!refusal) throw error
  return refusal
}

/** @returns undefined when trying again later may help */
function permanentFailure(error: unknown): RefusedError | undefined {
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
  if (name !== 'AccessDenied' || !isKeyOfOthers(message)) return undefined
  const what = 'the function may not use the KMS key that the object is encrypted with'
  return new RefusedError('access-denied', `${what}; allow it kms:Decrypt, then redrive the file`, options)
}

/**
 * Whether a refused kms:Decrypt is explained by the key of the object: its policy does not allow the function, or the key
 * belongs to another account. Any other denial can be a permission that the function lost, which concerns every file and
 * the operator, not the uploader of one.
 */
function isKeyOfOthers(message: string): boolean {
  if (!/kms:/i.test(message)) return false
  const userAccount = /arn:[^:]+:(?:sts|iam)::(\d+):/.exec(message)?.[1]
  const keyAccount = /arn:[^:]+:kms:[^:]*:(\d+):/.exec(message)?.[1]
  const isForeign = userAccount !== undefined && keyAccount !== undefined && userAccount !== keyAccount
  return isForeign || /resource-based polic/i.test(message)
}
