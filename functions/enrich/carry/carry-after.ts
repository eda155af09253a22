/** Continues from files that are given one by one, as the command line and the library do. */
import { isState, STATE_START_BYTES } from '../../market/carry/state-bytes.ts'
import type { ByteSource } from '../../shared/byte-source.ts'
import { checkChain } from './chain.ts'
import { checkSequenceLimits, type SequenceLimits } from './look-back.ts'
import { stateIn } from './previous-state.ts'
import type { Carry } from './sequence.ts'

/**
 * @param previous the enriched file before or its state, then further enriched files, the newest first; none for the first file
 *   of a sequence
 * @param names of these, for messages
 * @throws RefusedError when there is no state to continue from, or the files do not continue each other
 */
export async function carryAfter(
  previous: readonly ByteSource[],
  memoryBudgetBytes: number,
  limits: SequenceLimits = {},
  names: readonly string[] = [],
): Promise<Carry> {
  checkSequenceLimits(limits)
  const { forgetAfter, lookBack } = limits
  const [last] = previous
  const name = names[0] ?? 'the file before'
  if (!last) return { state: undefined, name, forgetAfter, lookBack, earlier: () => [] }
  const isOnlyState = isState(await last.slice(0, Math.min(STATE_START_BYTES, last.byteLength)))
  const state = isOnlyState
    ? (await last.slice(0, last.byteLength)).slice()
    : await stateIn(last, name, memoryBudgetBytes)
  const earlier = previous.slice(isOnlyState ? 1 : 0)
  if (earlier.length > 1) {
    await checkChain(earlier, (at) => names[at] ?? `file ${at + 1} of after`, memoryBudgetBytes, lookBack)
  }
  return { state, name, forgetAfter, lookBack, earlier: () => earlier }
}
