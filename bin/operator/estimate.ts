/** What a backfill will take, from the sizes of its files. */

export interface Estimate {
  readonly files: number
  readonly bytes: number
  readonly seconds: number
  readonly dollars: number
}

/** Measured: a small file takes 0.1 s of the function with its requests, a large one 1 s for each 60 MB. */
const SECONDS_PER_FILE = 0.1
const BYTES_PER_SECOND = 60e6
/** In us-east-1: https://aws.amazon.com/lambda/pricing/, /s3/pricing/, /step-functions/pricing/ */
const DOLLARS = {
  gbSecond: 0.0000133334,
  invocation: 0.0000002,
  /** Reading: two HEADs and a few GETs; writing: one PUT or a few parts. */
  requests: 5 * 0.0000004 + 3 * 0.000005,
  /** Two for each item of a distributed map. */
  transitions: 2 * 0.000025,
} as const

/** @param sizes bytes of each file */
export function estimateBackfill(sizes: readonly number[], memoryMiB: number, concurrency: number): Estimate {
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  const busy = sizes.length * SECONDS_PER_FILE + bytes / BYTES_PER_SECOND
  const longest = sizes.reduce((most, size) => Math.max(most, SECONDS_PER_FILE + size / BYTES_PER_SECOND), 0)
  const perFile = DOLLARS.invocation + DOLLARS.requests + DOLLARS.transitions
  return {
    files: sizes.length,
    bytes,
    seconds: Math.max(longest, busy / concurrency),
    dollars: busy * (memoryMiB / 1024) * DOLLARS.gbSecond + sizes.length * perFile,
  }
}
