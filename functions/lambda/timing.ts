/**
 * The time limits of an invocation, and whether the process was at work within them. Tests replace both, because a loaded
 * machine is slow.
 */

/**
 * Share of the time that work on a file takes from the processor, at least. A function of 512 MiB has 29 % of a processor and
 * a file that is computed takes all of it; one that waits for an answer of S3 takes less than 1 %.
 */
const BUSY_SHARE = 0.02

export interface Timing {
  /** @param ms a whole number @returns a signal that aborts after this time */
  after(ms: number): AbortSignal
  /** @returns a function that says whether the process was at work since, or only waited */
  startWatch(): () => boolean
}

/** By the clock and the processor time of the process. */
export const processTiming: Timing = {
  // a timer of 0 ms would let a quick key pass before it
  after: (ms) =>
    ms > 0 ? AbortSignal.timeout(ms) : AbortSignal.abort(new DOMException('there is no time left', 'TimeoutError')),
  startWatch: () => {
    const [started, usage] = [performance.now(), process.cpuUsage()]
    return () => {
      const { user, system } = process.cpuUsage(usage)
      return (user + system) / 1000 >= BUSY_SHARE * (performance.now() - started)
    }
  },
}
