/** Decides whether work that reached its deadline was slow itself or only waited, and refuses a file that is slow. */
import { RefusedError } from '../shared/errors.ts'
import type { S3Object } from '../storage/s3-client.ts'
import type { Hint } from './hints.ts'

/** A file that was not done within the function's time so often is reported. */
const MAX_DEADLINES = 2
/** The work reached the deadline and had done next to nothing: S3 did not answer, which says nothing about the file. */
export class StalledError extends Error {
  override readonly name = 'StalledError'

  constructor(cause: unknown) {
    super('S3 did not answer until the deadline', { cause })
  }
}

/** The fields of a message that count the deadlines of one upload. */
type Slow = Pick<Hint, 'deadlines' | 'slowUpload'>

/** @returns the fields of the message that continues the work on an upload that reached the deadline once more */
export function oneDeadlineMore(before: Slow, source: S3Object): Slow {
  return { deadlines: deadlinesOf(before, source) + 1, slowUpload: uploadOf(source) }
}

/** The file may have been replaced since: deadlines of another upload do not count. */
function deadlinesOf({ deadlines, slowUpload }: Slow, source: S3Object): number {
  return slowUpload === uploadOf(source) ? deadlines : 0
}

/** Names one upload of a source: the same bytes may be uploaded again. */
export function uploadOf({ eTag, versionId, lastModified }: S3Object): string {
  return [eTag, versionId, lastModified?.toISOString()].filter((part) => part !== undefined).join(' ')
}

/** @returns undefined for a file that may be tried again */
export function tooSlow(before: Slow, source: S3Object): RefusedError | undefined {
  const deadlines = deadlinesOf(before, source)
  if (deadlines < MAX_DEADLINES) return undefined
  const what = `the file was not done within the function's timeout, ${deadlines} times`
  const remedy = 'raise the timeout (15 minutes at most) or the memory, which brings processor time, or split the file'
  return new RefusedError('too-slow', `${what}; ${remedy}, then redrive it`)
}
