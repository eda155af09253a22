/** Decides whether work that reached its deadline was slow itself or only waited, and refuses a file that is slow. */
import { RefusedError } from '../shared/errors.ts'

/** A file that was not done within the function's time so often is reported. */
const MAX_DEADLINES = 2
/**
 * Share of the time that work on a file takes from the processor, at least. A function of 512 MiB has 29 % of a processor and
 * a file that is computed takes all of it; one that waits for an answer of S3 takes less than 1 %.
 */
const BUSY_SHARE = 0.02

/** The work reached the deadline and had done next to nothing: S3 did not answer, which says nothing about the file. */
export class StalledError extends Error {
  override readonly name = 'StalledError'

  constructor(cause: unknown) {
    super('S3 did not answer until the deadline', { cause })
  }
}

/** @returns a function that says whether the process was at work since, or only waited */
export function startWatch(): () => boolean {
  const [started, usage] = [performance.now(), process.cpuUsage()]
  return () => {
    const { user, system } = process.cpuUsage(usage)
    return (user + system) / 1000 >= BUSY_SHARE * (performance.now() - started)
  }
}

/** @returns undefined for a file that may be tried again */
export function tooSlow(deadlines: number): RefusedError | undefined {
  if (deadlines < MAX_DEADLINES) return undefined
  const what = `the file was not done within the function's timeout, ${deadlines} times`
  const remedy = 'raise the timeout (15 minutes at most) or the memory, which brings processor time, or split the file'
  return new RefusedError('too-slow', `${what}; ${remedy}, then redrive it`)
}
