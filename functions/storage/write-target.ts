/** Where an object is written, with what beside it, and on which condition. */
import { type ObjectAddress, quotedETag, statusOf } from './s3-client.ts'

export interface WriteTarget extends ObjectAddress {
  readonly contentType: string
  /** Names and values in ASCII. */
  readonly metadata?: Record<string, string> | undefined
  /** `new`: there must be no object. An ETag, without quotes: the object must have it. Undefined: whatever there is. */
  readonly onlyIf?: 'new' | { readonly eTag: string } | undefined
}

/** Somebody else wrote there, or is writing. Look again what is there. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'

  constructor({ bucket, key }: ObjectAddress, cause: unknown) {
    super(`s3://${bucket}/${key} was written by another delivery at the same time`, { cause })
  }
}

export function conditionHeaders({ onlyIf }: WriteTarget): { IfMatch?: string; IfNoneMatch?: string } {
  if (onlyIf === undefined) return {}
  return onlyIf === 'new' ? { IfNoneMatch: '*' } : { IfMatch: quotedETag(onlyIf.eTag) }
}

/** @returns undefined when the failure is none of the condition's */
export function conflict(target: WriteTarget, error: unknown): ConflictError | undefined {
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
