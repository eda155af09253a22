/** How many earlier files are searched for the bars that a file repeats. */
import { RefusedError } from '../../shared/errors.ts'

/** Files with rows: a rolling download of a week, one file per day. */
export const DEFAULT_LOOK_BACK = 7
/** A year of daily files. A search opens one file after the other, so more would take minutes for one file. */
export const MAX_LOOK_BACK = 366
/** Files without rows do not count, but they are opened too. */
const MAX_EMPTY_FILES = 23

/** The numbers of files that hold for a whole sequence. */
export interface SequenceLimits {
  /** Files without a series after which it is forgotten; undefined for never. */
  readonly forgetAfter?: number | undefined
  /** Earlier files with rows that are searched for repeated bars; undefined for `DEFAULT_LOOK_BACK`. */
  readonly lookBack?: number | undefined
}

/** Files that a search opens at most. */
export function maxOpenedFiles({ lookBack = DEFAULT_LOOK_BACK }: SequenceLimits): number {
  return lookBack + MAX_EMPTY_FILES
}

/** @throws RefusedError `settings` */
export function checkSequenceLimits({ forgetAfter, lookBack }: SequenceLimits): void {
  const refuse = (what: string) => {
    throw new RefusedError('settings', what)
  }
  if (forgetAfter !== undefined && !(Number.isSafeInteger(forgetAfter) && forgetAfter > 0)) {
    refuse(`forgetAfter is ${forgetAfter}; allowed is an integer from 1 up`)
  }
  if (lookBack !== undefined && !(Number.isInteger(lookBack) && lookBack >= 1 && lookBack <= MAX_LOOK_BACK)) {
    refuse(`lookBack is ${lookBack}; allowed is an integer from 1 to ${MAX_LOOK_BACK}`)
  }
}
