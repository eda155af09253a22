/** Refuses a file at which the function ended several times, so that it does not block its sequence. */
import { RefusedError } from '../shared/errors.ts'
import type { S3Object } from '../storage/s3-client.ts'

/** Receives that ended without an answer. From the second one on, each of them began with the same key. */
const MAX_RECEIVES = 3

/**
 * A file that was uploaded after the first receive is not the one at which the function ended then: it has attempts of
 * its own. Nothing says at which of the later receives the work came to it, so all of them have to be over.
 * @param fewestReceives that of the message of the batch that was delivered least
 * @param firstReceived in milliseconds since 1970; 0: not known
 * @returns undefined for a file that is tried again
 */
export function failedRepeatedly(
  { fewestReceives, firstReceived }: { readonly fewestReceives: number; readonly firstReceived: number },
  { lastModified }: Pick<S3Object, 'lastModified'>,
): RefusedError | undefined {
  const isNewer = firstReceived > 0 && lastModified !== undefined && lastModified.getTime() > firstReceived
  if (fewestReceives <= (isNewer ? 2 * MAX_RECEIVES : MAX_RECEIVES)) return undefined
  const what = `the function was killed or reached its timeout at this file, in ${MAX_RECEIVES} attempts`
  const remedy = 'raise the memory or the timeout, or split the file; then redrive it'
  return new RefusedError('failed-repeatedly', `${what}; the files after it continue from the one before it; ${remedy}`)
}
