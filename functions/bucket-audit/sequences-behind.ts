/** Counts the sequences that an audit finds behind, each with the first key that is not done. */
import * as z from 'zod'
import { type Finding, isUnsettled } from './judge-key.ts'

/** Sequences that are named: each one has to fit into the event of the next invocation. */
const NAMED_SEQUENCES = 20

/** Sequences that are behind, so far. */
export const sequencesBehind = z.strictObject({
  count: z.int().nonnegative(),
  /** The first ones, each with its oldest key that is not done. */
  named: z.array(z.strictObject({ sequence: z.string(), key: z.string() })),
  /** The one that was found last: its other keys are not counted again. */
  last: z.string().optional(),
})

export type SequencesBehind = z.output<typeof sequencesBehind>

/** @param finding of a key after those that are counted */
export function withFinding(behind: SequencesBehind, { sequence, key, verdict }: Finding): SequencesBehind {
  if (sequence === undefined || sequence === behind.last || !isUnsettled(verdict)) return behind
  const named = behind.named.length < NAMED_SEQUENCES ? [...behind.named, { sequence, key }] : behind.named
  return { count: behind.count + 1, named, last: sequence }
}
