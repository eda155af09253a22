/** Opens the state that `verify` needs to compute a file of a sequence again. */
import { stateIn } from '../enrich/carry/previous-state.ts'
import type { Carry } from '../enrich/carry/sequence.ts'
import { stateDigest } from '../market/carry/state-bytes.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { RefusedError } from '../shared/errors.ts'
import type { Note } from './read-note.ts'

/** Opens the state from which a file continues. @param forgetAfter as the file states it */
export type OpenCarry = (forgetAfter: number | undefined) => Promise<Carry>

/** @returns the problem if the given state is not the one that the file states */
export async function statedCarry(
  { carry }: Note,
  open: OpenCarry | undefined,
): Promise<{ readonly carry?: Carry; readonly problem?: string }> {
  if (!carry) return open ? { problem: 'it was enriched without carry, so it continues from no file' } : {}
  const { after, forgetAfter } = carry
  if (!open) {
    if (after === null) return { carry: { state: undefined, name: '', earlier: () => [], forgetAfter } }
    return {
      problem: `it continues from the state ${digestStart(after)} of another file; name that file with --after, or all files with --carry`,
    }
  }
  const given = await openOrProblem(open, forgetAfter)
  if ('problem' in given) return given
  const digest = given.state ? stateDigest(given.state) : null
  if (digest === after) return { carry: given }
  const states =
    after === null ? 'it is the first of its sequence' : `it continues from the state ${digestStart(after)}`
  const passed = digest === null ? 'it is the first one given' : `${given.name} passes on ${digestStart(digest)}`
  return { problem: `${states}, but ${passed}` }
}

/** A file before without a state that can be used is a difference; one that cannot be read is refused. */
async function openOrProblem(
  open: OpenCarry,
  forgetAfter: number | undefined,
): Promise<Carry | { readonly problem: string }> {
  try {
    return await open(forgetAfter)
  } catch (error) {
    if (!(error instanceof RefusedError && /^(no-)?state/.test(error.code))) throw error
    return { problem: `what it continues from cannot be used: ${error.message}` }
  }
}

/** @param expected the state that the file passes on if it is right; undefined when it has none */
export async function stateProblems(
  enriched: ByteSource,
  { carry }: Note,
  expected: Uint8Array | undefined,
  memoryBudgetBytes: number,
): Promise<string[]> {
  if (!carry || !expected) return []
  if (carry.state.sha256 !== stateDigest(expected)) {
    return [`it passes on the state ${digestStart(carry.state.sha256)}; it is ${digestStart(stateDigest(expected))}`]
  }
  try {
    const found = await stateIn(enriched, 'it', memoryBudgetBytes)
    return Buffer.compare(found, expected) === 0 ? [] : ['the state in it is damaged']
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    return [error.message]
  }
}

/** Enough of a digest to compare it by eye. */
function digestStart(digest: string): string {
  return digest.slice(0, 12)
}
