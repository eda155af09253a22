/** The files of a sequence that a program gives to the library. */
import { RefusedError } from '../../shared/errors.ts'
import { type GivenBytes, givenSource } from '../../shared/given-source.ts'
import { carryAfter } from './carry-after.ts'
import type { SequenceLimits } from './look-back.ts'
import type { Carry } from './sequence.ts'

interface GivenCarry extends SequenceLimits {
  readonly carry?: boolean
  readonly after?: GivenBytes | readonly GivenBytes[]
}

/**
 * @returns undefined for a file that is in no sequence
 * @throws RefusedError when the options do not go together, or there is no state to continue from
 */
export async function givenCarry(
  { carry = false, after, forgetAfter, lookBack }: GivenCarry,
  memoryBudgetBytes: number,
): Promise<Carry | undefined> {
  const refuse = (what: string) => {
    throw new RefusedError('settings', what)
  }
  if (typeof carry !== 'boolean') refuse(`carry is ${JSON.stringify(carry)}; allowed is true, false`)
  if (after === null) refuse('after is null; allowed are an enriched file, its state, or a list')
  if (after === undefined && !carry) {
    if (forgetAfter !== undefined) refuse('forgetAfter goes with carry or after')
    if (lookBack !== undefined) refuse('lookBack goes with carry or after')
    return undefined
  }
  const previous = after === undefined ? [] : isList(after) ? after : [after]
  if (after !== undefined && previous.length === 0 && !carry) {
    refuse('after is an empty list; the first file of a sequence takes carry: true')
  }
  const sources = previous.map((each, at) => givenSource(each, isList(after!) ? `after[${at}]` : 'after'))
  return carryAfter(sources, memoryBudgetBytes, { forgetAfter, lookBack })
}

function isList(after: GivenBytes | readonly GivenBytes[]): after is readonly GivenBytes[] {
  return Array.isArray(after)
}
