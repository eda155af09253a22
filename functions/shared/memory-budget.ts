/** Sizes that a file states are compared with the memory allowed before anything is allocated for them. */
import { RefusedError } from './errors.ts'

/** Memory that the library takes at most, unless it is told otherwise. */
export const DEFAULT_MEMORY_BYTES = 512 * 2 ** 20

export function mib(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20)
}

/** @throws RefusedError `too-big` */
export function checkFits(what: string, neededBytes: number, memoryBudgetBytes: number): void {
  if (neededBytes <= memoryBudgetBytes) return
  throw new RefusedError(
    'too-big',
    `${what} needs ${mib(neededBytes)} MiB of memory; allowed are ${mib(memoryBudgetBytes)} MiB; write the file in smaller parts, or allow more memory`,
  )
}
