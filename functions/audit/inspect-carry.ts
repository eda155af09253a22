/** The state from which an enriched file continues, and the one that it passes on. */
import { stateIn } from '../enrich/carry/previous-state.ts'
import { decodeState } from '../market/carry/state-bytes.ts'
import type { ByteSource } from '../shared/byte-source.ts'
import { RefusedError } from '../shared/errors.ts'
import type { Note } from './read-note.ts'

export interface InspectedCarry {
  /** SHA-256 of the state that the file continues from; null for the first file of a sequence. */
  readonly after: string | null
  /** Removed rows that an earlier file has. */
  readonly duplicatesOfPrevious: number
  readonly forgetAfter: number | null
  /** The state that it passes on. */
  readonly state: {
    readonly sha256: string
    readonly bytes: number
    /** Null when it cannot be read. */
    readonly series: number | null
    /** The reason why no file can continue from it. */
    readonly problem: string | null
  }
}

/** @returns null for a file that was enriched without carry */
export async function inspectCarry(
  input: ByteSource,
  note: Note | undefined,
  memoryBudgetBytes: number,
): Promise<InspectedCarry | null> {
  if (!note?.carry) return null
  const { after, duplicatesOfPrevious, forgetAfter = null, state } = note.carry
  let series: number | null = null
  let problem: string | null = null
  try {
    series = decodeState(await stateIn(input, 'it', memoryBudgetBytes), 'it').state.keys.length
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    problem = error.message
  }
  return {
    after,
    duplicatesOfPrevious,
    forgetAfter,
    state: { sha256: state.sha256, bytes: state.length, series, problem },
  }
}
