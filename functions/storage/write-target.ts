/** The target of a write: its key, metadata and condition; and the errors of writes. */
import type { StorageClass } from '../shared/names.ts'
import { attemptsOf, type ObjectAddress, quotedETag, statusOf } from './s3-client.ts'

export interface WriteTarget extends ObjectAddress {
  readonly contentType: string
  /** Names and values in ASCII. */
  readonly metadata?: Record<string, string> | undefined
  /** Undefined: the bucket's default. */
  readonly storageClass?: StorageClass | undefined
  /** `new`: there must be no object. An ETag, without quotes: the object must have it. Undefined: no condition. */
  readonly onlyIf?: 'new' | { readonly eTag: string } | undefined
}

/** Another delivery wrote the key, or is writing it. The caller has to look at the key again. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
  /** Whether the SDK sent the write more than once: S3 may then have refused the second one because of the first. */
  readonly mayBeOwn: boolean

  constructor({ bucket, key }: ObjectAddress, cause: unknown) {
    super(`s3://${bucket}/${key} was written by another delivery at the same time`, { cause })
    this.mayBeOwn = attemptsOf(cause) !== 1
  }
}

export function conditionHeaders({ onlyIf }: WriteTarget): { IfMatch?: string; IfNoneMatch?: string } {
  if (onlyIf === undefined) return {}
  return onlyIf === 'new' ? { IfNoneMatch: '*' } : { IfMatch: quotedETag(onlyIf.eTag) }
}

/**
 * The answer to a write was lost, or S3 failed while it answered. The write may have taken effect, and a
 * CompleteMultipartUpload may take effect minutes later.
 */
export class UncertainWriteError extends Error {
  override readonly name = 'UncertainWriteError'

  constructor({ bucket, key }: ObjectAddress, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`s3://${bucket}/${key} may have been written or not: ${why}`, { cause })
  }
}

/** @returns an UncertainWriteError, a ConflictError or the error itself */
export function writeFailure(target: WriteTarget, error: unknown): unknown {
  return uncertainWrite(target, error) ?? conflict(target, error) ?? error
}

/** @returns undefined when S3 said that nothing was written or deleted */
export function uncertainWrite(address: ObjectAddress, error: unknown): UncertainWriteError | undefined {
  const status = statusOf(error)
  return status === undefined || status >= 500 ? new UncertainWriteError(address, error) : undefined
}

/** @returns undefined when the failure has another reason than the condition */
function conflict(target: WriteTarget, error: unknown): ConflictError | undefined {
  const status = statusOf(error)
  const name = error instanceof Error ? error.name : ''
  const isConflict =
    status === 412 ||
    // two conditional writes at the same moment
    (status === 409 && name === 'ConditionalRequestConflict') ||
    // the object that had to be there was deleted
    (status === 404 && name === 'NoSuchKey' && target.onlyIf !== undefined)
  return isConflict ? new ConflictError(target, error) : undefined
}
