/** Refuses a file at which the function ended several times, so that it does not block its sequence. */
import { RefusedError } from '../shared/errors.ts'

/** Attempts that ended without an answer. */
const MAX_ATTEMPTS = 3

/**
 * @param attempts number of times that the file was opened, and the function ended before it was done
 * @returns undefined for a file that is tried again
 */
export function failedRepeatedly(attempts: number): RefusedError | undefined {
  if (attempts < MAX_ATTEMPTS) return undefined
  const what = `the function was killed or reached its timeout at this file, in ${attempts} attempts`
  const remedy = 'raise the memory or the timeout, or split the file; then redrive it'
  return new RefusedError('failed-repeatedly', `${what}; the files after it continue from the one before it; ${remedy}`)
}
