/** Refuses a file at which the function ended several times, so that it does not block its sequence. */
import { RefusedError } from '../shared/errors.ts'

/** Receives that ended without an answer. From the second one on, each of them began with the same key. */
const MAX_RECEIVES = 3

/** @returns undefined for a file that is tried again */
export function failedRepeatedly(receiveCount: number): RefusedError | undefined {
  if (receiveCount <= MAX_RECEIVES) return undefined
  const what = `the function was killed or reached its timeout at this file, in ${MAX_RECEIVES} attempts`
  const remedy = 'raise the memory or the timeout, or split the file; then redrive it'
  return new RefusedError('failed-repeatedly', `${what}; the files after it continue from the one before it; ${remedy}`)
}
