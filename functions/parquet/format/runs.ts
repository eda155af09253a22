/** Integers as runs: equal ones side by side are one run. */

export interface ValueRuns {
  /** The value of each run. */
  readonly values: Int32Array
  /** The number of values up to the end of each run. */
  readonly ends: Int32Array
  readonly count: number
}

/** The number of all values. */
export function lengthOfRuns({ ends, count }: ValueRuns): number {
  return count === 0 ? 0 : ends[count - 1]!
}
